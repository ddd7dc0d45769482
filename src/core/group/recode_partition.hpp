#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/group/recode_ladder.hpp"
#include "core/host.hpp"

namespace pt::group {

/// The tuples to group: leaves of the attributes' ladders instead of codes, and people.
struct Leaves {
  std::span<const Ladder> ladders;        ///< one an attribute
  std::span<const std::uint32_t> leaf;    ///< tuples x attributes, one tuple after the other
  std::span<const std::uint32_t> people;  ///< one element a tuple

  std::size_t size() const { return people.size(); }
  std::span<const std::uint32_t> tuple(std::size_t t) const {
    return leaf.subspan(t * ladders.size(), ladders.size());
  }
};

/// Which group each tuple is in.
struct Partition {
  static constexpr std::uint32_t kFree = 0xFFFFFFFFu;  ///< in no group yet

  std::pmr::vector<std::uint32_t> group_of_tuple;
  std::uint32_t groups = 0;
};

/// The steps of each ladder that a generalisation lattice is made of, ascending; its nodes are
/// their combinations.
using Lattice = std::vector<std::vector<std::size_t>>;

/// All steps of all ladders if that makes at most `limit` nodes; else the longest ladders lose
/// steps in the middle until it does. Empty if even first and last steps make more (about 18
/// attributes for 20,000 nodes), or if there is no ladder.
Lattice choose_lattice(std::span<const Ladder> ladders, std::size_t limit);

/// Groups free tuples by loss-ordered freezing. Nodes of the generalisation lattice are visited in
/// order of loss; at a node the free tuples that fall in one cell with at least `k` people become a
/// group, if no cell of that node or another is cheaper: a visit takes only cells whose own loss
/// has been reached, and the node comes back for its dearer ones. A node's first visit is half-way
/// between its cheapest cell and its average row, which costs half the visits of the exact order
/// and little quality. Stops after `budget` visits of a tuple. What is left stays free: less than
/// `k` people if the budget sufficed. Gives up and returns false when less than 5 % of the people
/// are frozen after `trial` visits of a tuple. The lattice must have 1 to 2^32 - 1 nodes. O(budget
/// x attributes) at most.
bool freeze(const Leaves& leaves, const Lattice& lattice, std::uint32_t k, std::uint64_t trial,
            std::uint64_t budget, Partition& partition, Host& host);

/// Groups free tuples by splitting them top down, for lattices too large to walk: each part is
/// split along the attribute that lowers its loss most, into the children of its node or the two
/// halves of its range, as long as every part keeps at least `k` people; children with fewer stay
/// together at the parent's node. Leaves all free tuples free if they have less than `k` people.
/// O(tuples x attributes x depth of the tree).
void split(const Leaves& leaves, std::uint32_t k, Partition& partition, Host& host);

/// Splits every group in the same way, as far as it goes: ranges get narrower than the steps of the
/// lattice. Numbers the groups anew; free tuples stay free.
void split_groups(const Leaves& leaves, std::uint32_t k, Partition& partition, Host& host);

}  // namespace pt::group
