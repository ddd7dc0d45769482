// The class histogram: what every class-based privacy model is read from, in O(classes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/host.hpp"

namespace pt::risk {

/// People with one value of the sensitive attribute in one class.
struct ValueCount {
  std::uint32_t value;  ///< index into ClassHistogram::values
  std::uint64_t count;
};

/// Sizes of the equivalence classes of a table and, where there is a sensitive attribute, the
/// counts of its values in each class. Classes come in any order; no figure depends on it.
struct ClassHistogram {
  /// Code of a missing sensitive value: a value of its own, the last in the order of values.
  static constexpr std::int64_t kNull = std::numeric_limits<std::int64_t>::max();

  explicit ClassHistogram(std::pmr::memory_resource* memory)
      : size(memory),
        weight(memory),
        first(memory),
        counts(memory),
        values(memory),
        totals(memory) {}

  std::pmr::vector<std::uint64_t> size;  ///< people of each class, at least 1
  /// Sum of the sampling weights of each class; empty without weights.
  std::pmr::vector<double> weight;
  /// counts[first[c]] .. counts[first[c + 1] - 1] belong to class c, ascending by value; empty
  /// without a sensitive attribute.
  std::pmr::vector<std::uint64_t> first;
  std::pmr::vector<ValueCount> counts;
  std::pmr::vector<std::int64_t> values;   ///< distinct codes, ascending
  std::pmr::vector<std::uint64_t> totals;  ///< count of each value over all classes

  [[nodiscard]] std::size_t classes() const { return size.size(); }
  [[nodiscard]] bool has_sensitive() const { return !first.empty(); }
  [[nodiscard]] std::span<const ValueCount> of(std::size_t c) const {
    return {counts.data() + first[c], counts.data() + first[c + 1]};
  }
};

/// A class and a sensitive value (its code) with their count, before classes are put together.
struct Cell {
  std::uint32_t class_index;
  std::int64_t code;
  std::uint64_t count;
};

/// Fills first, counts, values and totals of `out` from cells in any order; cells of one class and
/// code are added up. O(cells + values log values). `out.size` must be set before.
void set_counts(std::span<const Cell> cells, ClassHistogram& out, Host& host);

}  // namespace pt::risk
