#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/model/code.hpp"

namespace pt::model {

/// One level of a generalisation hierarchy: a partition of the leaves into labelled nodes.
struct Level {
  std::vector<Code> node_of_leaf;   ///< node_of_leaf[code] = node of this leaf; one element a leaf
  std::vector<std::string> labels;  ///< labels[node] = text released for the node
};

/// Generalisation hierarchy of one attribute. levels[0] is one above the leaves, later levels are
/// coarser; a last level of a single node is allowed, not required. No levels: no hierarchy.
struct Hierarchy {
  std::vector<Level> levels;

  bool empty() const { return levels.empty(); }
};

/// Says in one sentence what is wrong with `hierarchy` for an attribute of `leaves` values, or
/// nothing when it is sound. Sound means: every level has one node a leaf, every node number is
/// below the number of labels, every node has a leaf, labels are distinct within a level and not
/// empty, and the levels nest (leaves that share a node share it in every coarser level).
/// O(leaves x levels), plus sorting of labels.
std::optional<std::string> find_fault(const Hierarchy& hierarchy, std::size_t leaves);

/// Number of leaves under each node of `level`, in node order. O(leaves).
std::vector<std::uint32_t> leaves_under(const Level& level);

}  // namespace pt::model
