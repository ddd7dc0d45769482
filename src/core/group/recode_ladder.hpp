#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/model/attribute.hpp"

namespace pt::group {

/// What a class releases for one attribute.
///   level 0, hierarchical or nominal attribute: the value with code low (= high).
///   level l >= 1: node low (= high) of hierarchy.levels[l - 1].
///   level 0, ordered attribute without hierarchy: the values with codes low..high inclusive.
///   level 0, low = high = kMissing: all values are missing.
///   level kEverything: nothing is told, not even whether the value is missing.
struct RecodedCell {
  model::Code low = 0;
  model::Code high = 0;
  std::uint8_t level = 0;

  static constexpr std::uint8_t kEverything = 255;
  bool operator==(const RecodedCell&) const = default;
};

/// The ways to generalise one attribute, from single leaves to everything, with the loss of each.
/// Leaves are the codes of the dictionary and, if a value is missing anywhere, one more leaf for
/// that. A hierarchy gives the steps; without one a nominal attribute goes from values straight to
/// everything, an ordered one through ranges that halve the people. Steps nest and the last one is
/// a single node. A range may be cut anywhere when it is released; its steps only guide the search.
class Ladder {
 public:
  /// Set of leaves, as small as its attribute can release it.
  struct Cover {
    std::uint32_t low = 0;    ///< hierarchical: its smallest leaf; ranges: its first leaf
    std::uint32_t high = 0;   ///< hierarchical: the same leaf; ranges: the last leaf
    std::uint32_t level = 0;  ///< hierarchical: step; ranges: 0, or 1 = everything
  };

  /// people_of_leaf: people with each code, the last element those with a missing value;
  /// has_missing says whether any value is missing. max_steps >= 2 bounds the steps made for
  /// ranges.
  Ladder(const model::Attribute& attribute, std::span<const std::uint64_t> people_of_leaf,
         bool has_missing, std::size_t max_steps, std::pmr::memory_resource* memory);

  std::size_t leaves() const { return leaves_; }
  std::size_t steps() const { return loss_of_node_.size(); }
  bool is_range() const { return is_range_; }
  std::uint32_t leaf_of(model::Code code) const {
    return code == model::kMissing ? missing_ : code;
  }
  std::uint32_t missing_leaf() const { return missing_; }

  /// Node of every leaf at a step; step 0 numbers the leaves themselves.
  std::span<const std::uint32_t> nodes(std::size_t step) const {
    return {node_of_leaf_.data() + step * leaves_, leaves_};
  }
  /// Loss of every node of a step, 0 (a single value) to 1 (everything): (leaves under the node
  /// - 1) / (leaves - 1), for ranges their width / the whole width.
  std::span<const double> node_losses(std::size_t step) const { return loss_of_node_[step]; }

  Cover cover_of(std::uint32_t leaf) const { return {leaf, leaf, 0}; }
  Cover join(const Cover& a, const Cover& b) const;
  double loss(const Cover& cover) const;
  RecodedCell cell(const Cover& cover) const;

 private:
  void add_step(std::span<const std::uint32_t> nodes);
  void add_hierarchy(const model::Hierarchy& hierarchy);
  void add_ranges(std::span<const std::uint64_t> people_of_leaf, std::size_t max_steps);
  double loss_of_leaves(std::uint32_t count) const;
  double loss_of_range(std::uint32_t low, std::uint32_t high) const;

  std::pmr::vector<std::uint32_t> node_of_leaf_;             ///< steps x leaves
  std::pmr::vector<std::pmr::vector<double>> loss_of_node_;  ///< [step][node]
  std::span<const double> values_;                           ///< of the attribute, ranges only
  std::size_t leaves_ = 0;
  std::size_t given_levels_ = 0;  ///< levels of the hierarchy
  std::uint32_t missing_ = 0;     ///< leaf of missing values; = number of codes
  bool has_missing_ = false;
  bool is_range_ = false;
};

}  // namespace pt::group
