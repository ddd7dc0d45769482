#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/group/recode_ladder.hpp"
#include "core/group/recode_tuples.hpp"
#include "core/host.hpp"
#include "core/model/attribute.hpp"

namespace pt::group {

struct RecodeOptions {
  std::int64_t k = 5;      ///< least people in a class, >= 2
  double suppression = 0;  ///< share of the people that may be left out, 0 to 1
  /// Largest lattice walked (its nodes): longer ladders lose steps until it fits; where it can't
  /// fit, tuples are only split top down.
  std::size_t max_nodes = 20'000;
  /// Most visits of a tuple on that walk; what is left then is split top down. 10 to 50 ns each.
  std::uint64_t max_visits = 60'000'000;
};

/// Throws 22023 for options out of range.
void check(const RecodeOptions& options);

/// A table recoded to k-anonymity: classes of people with identical released cells.
struct Recoding {
  explicit Recoding(std::pmr::memory_resource* memory)
      : class_of_tuple(memory), cells(memory), people(memory), loss(memory) {}

  static constexpr std::uint32_t kSuppressed = 0xFFFFFFFFu;

  std::size_t attributes = 0;
  std::pmr::vector<std::uint32_t> class_of_tuple;  ///< or kSuppressed
  std::pmr::vector<RecodedCell> cells;             ///< classes x attributes, no two classes alike
  std::pmr::vector<std::uint64_t> people;          ///< of each class, >= k
  std::pmr::vector<double> loss;                   ///< of each class: mean over attributes, 0 to 1
  std::uint64_t suppressed = 0;                    ///< people in no class

  std::size_t classes() const { return people.size(); }
  std::span<const RecodedCell> cells_of(std::size_t class_no) const {
    return {cells.data() + class_no * attributes, attributes};
  }
};

/// Recodes `table` so that every released combination of cells is shared by at least `options.k`
/// people, with as little granularity loss as can be found (loss of a cell: Ladder). The classes,
/// their order and everything else depend on the set of (tuple, people) alone.
///
/// Method: top-down splitting and, unless the lattice is too large or the data are continuous,
/// loss-ordered freezing of its nodes; the better of the two is taken. Each group is released at
/// the least generalisation that covers its tuples; tuples left over (less than k people) join the
/// class where that adds the least loss. With `suppression`, leftovers and then the classes of the
/// highest loss are left out while they fit.
///
/// `attributes` are sound (model::find_fault), one for each of the table's. Throws 22023 for
/// options out of range and 22000 when there are people, but less than k and more than may be
/// suppressed.
Recoding recode(std::span<const model::Attribute> attributes, const TupleTable& table,
                const RecodeOptions& options, Host& host);

}  // namespace pt::group
