#pragma once

#include <cstdint>
#include <memory_resource>
#include <vector>

#include "core/host.hpp"

namespace pt::group {

/// How groups are made.
enum class MicroMethod : std::uint8_t {
  automatic,  ///< mdav where it takes at most about a second, else fast
  mdav,
  fast
};

/// Rows of numbers in groups of `k` to 2k - 1.
struct Microaggregation {
  explicit Microaggregation(std::pmr::memory_resource* memory) : group(memory), mean(memory) {}

  std::pmr::vector<std::uint32_t> group;  ///< row -> group, 0, 1, ... in the order they were made
  std::pmr::vector<double> mean;          ///< group x column, in the units of the data
  std::uint32_t groups = 0;
  std::uint32_t smallest = 0, largest = 0;  ///< rows of a group
  MicroMethod method = MicroMethod::mdav;   ///< that was used
  /// Sums of squares of the standardised columns: around the means of the groups, and in all.
  double sse = 0, sst = 0;
  /// 100 sse / sst: the share of the variation that is lost; 0 where there is none.
  double loss_percent() const { return sst > 0 ? 100 * sse / sst : 0; }
};

/// Microaggregation: similar rows are put together in groups of `k` to 2k - 1, whose means replace
/// their values. Similar is meant after standardising each column (divisor n - 1; a constant column
/// counts for nothing).
///
/// mdav (Domingo-Ferrer & Torra 2005): while at least 3k rows remain, the row farthest from their
/// centroid and the row farthest from that one get a group each with their k - 1 nearest rows; of
/// 2k to 3k - 1 rows the farthest from the centroid gets one more; the rest is the last group. Ties
/// go to the first row. O(n^2 / k x columns).
///
/// fast: one group after the other around the remaining row that is farthest from the centroid of
/// all rows (the centroid-based fixed-size method, Laszlo & Mukherjee 2005, with the centroid
/// kept), its nearest rows found in a k-d tree that forgets rows as they are taken. About O(n log
/// n) for few columns, 12 bytes a row and 4 a value beyond the result; loses a few per cent more
/// than mdav.
///
/// `values` is row-major, finite. Error 22023 for k < 2, no columns, or fewer than k rows.
/// Repeatable for the same order of rows.
Microaggregation microaggregate(Host& host, const std::pmr::vector<double>& values,
                                std::size_t columns, std::uint32_t k, MicroMethod method);

/// Parts of microaggregate(): the groups of standardised rows (row -> group; returns their number).
std::uint32_t mdav_groups(Host& host, const std::pmr::vector<double>& z, std::size_t columns,
                          std::uint32_t k, std::pmr::vector<std::uint32_t>& group);
std::uint32_t fast_groups(Host& host, const std::pmr::vector<double>& z, std::size_t columns,
                          std::uint32_t k, std::pmr::vector<std::uint32_t>& group);

}  // namespace pt::group
