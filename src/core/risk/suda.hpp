// Special uniques: SUDA2 scores and DIS scores (Elliot, Manning & Ford 2002; Manning, Haglin &
// Keane 2008; Skinner & Elliot 2002).
#pragma once

#include <cstdint>
#include <memory_resource>
#include <vector>

#include "core/group/recode_tuples.hpp"
#include "core/host.hpp"

namespace pt::risk {

/// More columns have too many subsets.
inline constexpr std::size_t kMostSudaColumns = 20;

struct SudaOptions {
  std::size_t max_size = kMostSudaColumns;  ///< minimal sample uniques of at most so many columns
  double dis_fraction = 0.01;  ///< sampling of the data intrusion simulation, in (0, 1)
};

/// A record that is unique on some subset of the columns.
struct SpecialUnique {
  std::uint32_t tuple = 0;              ///< number in the table of tuples; it stands for one person
  double score = 0;                     ///< sum over its minimal sample uniques of (M - size)!
  double alternative = 0;               ///< the same with (2^(M-size) - 1) size! (M-size)! / M!
  double dis = 0, dis_alternative = 0;  ///< data intrusion simulation scores, 0..1
  std::uint32_t minimal_uniques = 0;    ///< number of its minimal sample uniques
  std::uint32_t smallest = 0;           ///< columns in the smallest of them
};

struct SudaResult {
  explicit SudaResult(std::pmr::memory_resource* memory) : records(memory) {}

  std::pmr::vector<SpecialUnique> records;  ///< those with a score, ascending tuples
  /// By column: 100 x weight of the minimal sample uniques that contain it / sum of all scores.
  /// They add up to more than 100. All 0 when nobody is special.
  std::vector<double> contribution, contribution_alternative;
  std::vector<std::uint64_t> minimal_uniques_of_size;  ///< [s - 1] = how many of s columns
  std::uint64_t uniques = 0;                           ///< people unique on all columns
  std::uint64_t pairs = 0;                             ///< people in classes of two on all columns
};

/// Finds every minimal sample unique: a set of columns on which a record is the only one, and on no
/// proper subset of which it is. Classes are refined subset by subset and shrink; what is unique on
/// a subset is remembered as a bit, and minimal where no subset without one of the columns has it.
/// O(subsets x tuples that are not unique yet); one bit a subset and record that is unique on all
/// columns. Throws 22023 for options out of range, 54000 above kMostSudaColumns columns.
SudaResult suda(Host& host, const group::TupleTable& tuples, const SudaOptions& options = {});

}  // namespace pt::risk
