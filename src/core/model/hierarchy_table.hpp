// A hierarchy as people keep it: a table with one row per value and one column per level. Here it
// becomes the numbered form that grouping works on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/model/hierarchy.hpp"

namespace pt::model {

/// Label of the node for values that the table doesn't have.
inline constexpr const char* kNotShown = "not shown";

/// Rows of a hierarchy table: the value first, then its node at each level, coarser and coarser.
class HierarchyTable {
 public:
  /// `levels`: names of the levels above the value, for messages; at least one.
  explicit HierarchyTable(std::vector<std::string> levels);

  /// Adds a row; `nodes` has one text a level, empty where the table has none. A repeated row does
  /// no harm. Throws 22000 when the value was added with other nodes.
  void add(const std::string& value, std::vector<std::string> nodes);

  /// The values, sorted by bytes.
  [[nodiscard]] std::vector<std::string> values() const;

  /// Throws 22000 unless the levels nest: values that share a node share all coarser ones.
  void check() const;

  /// The hierarchy over `labels` (code -> value). A label that the table doesn't have, and a node
  /// that is empty, becomes kNotShown, or the only node of a level that has one node. Counts such
  /// labels in `not_shown`. Throws as check(). O(rows x levels x log).
  [[nodiscard]] Hierarchy build(std::span<const std::string> labels,
                                std::uint64_t& not_shown) const;

 private:
  [[nodiscard]] const std::vector<std::string>* find(const std::string& value) const;
  void sort() const;

  struct Entry {
    std::string value;
    std::vector<std::string> nodes;
  };
  std::vector<std::string> levels_;
  mutable std::vector<Entry> rows_;
  mutable bool sorted_ = true;
};

}  // namespace pt::model
