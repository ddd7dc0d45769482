#include "core/model/hierarchy_table.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.hpp"

namespace pt::model {

HierarchyTable::HierarchyTable(std::vector<std::string> levels) : levels_(std::move(levels)) {}

void HierarchyTable::add(const std::string& value, std::vector<std::string> nodes) {
  if (nodes.size() != levels_.size())
    throw internal_error("a hierarchy row has " + std::to_string(nodes.size()) + " levels");
  rows_.push_back({value, std::move(nodes)});
  sorted_ = false;
}

void HierarchyTable::sort() const {
  if (sorted_) return;
  std::sort(rows_.begin(), rows_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.value, a.nodes) < std::tie(b.value, b.nodes);
  });
  const auto end = std::unique(rows_.begin(), rows_.end(), [](const Entry& a, const Entry& b) {
    return a.value == b.value && a.nodes == b.nodes;
  });
  rows_.erase(end, rows_.end());
  const auto twice =
      std::adjacent_find(rows_.begin(), rows_.end(),
                         [](const Entry& a, const Entry& b) { return a.value == b.value; });
  if (twice != rows_.end())
    throw data_error("the hierarchy has the value \"" + twice->value + "\" twice",
                     "Its two rows lie under different nodes.",
                     "Make the values of the hierarchy distinct, for example \"Washington, OH\".");
  sorted_ = true;
}

std::vector<std::string> HierarchyTable::values() const {
  sort();
  std::vector<std::string> out;
  for (const auto& row : rows_) out.push_back(row.value);
  return out;
}

void HierarchyTable::check() const {
  sort();
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
    std::map<std::string, std::string> parent;
    for (const auto& row : rows_) {
      if (row.nodes[level].empty()) continue;
      const auto [entry, is_new] = parent.try_emplace(row.nodes[level], row.nodes[level + 1]);
      if (is_new || entry->second == row.nodes[level + 1]) continue;
      throw data_error("level \"" + levels_[level] + "\" of the hierarchy does not nest in \"" +
                           levels_[level + 1] + "\"",
                       "\"" + row.nodes[level] + "\" lies under both \"" + entry->second +
                           "\" and \"" + row.nodes[level + 1] + "\".",
                       "Make the labels of each level distinct, and list the levels from fine to "
                       "coarse.");
    }
  }
}

const std::vector<std::string>* HierarchyTable::find(const std::string& value) const {
  const auto at =
      std::lower_bound(rows_.begin(), rows_.end(), value,
                       [](const Entry& e, const std::string& v) { return e.value < v; });
  return at != rows_.end() && at->value == value ? &at->nodes : nullptr;
}

Hierarchy HierarchyTable::build(std::span<const std::string> labels,
                                std::uint64_t& not_shown) const {
  check();
  const std::size_t depth = levels_.size();
  std::vector<std::string> fallback(depth, kNotShown);
  for (std::size_t level = 0; level < depth && !rows_.empty(); ++level) {
    const std::string& first = rows_.front().nodes[level];
    if (!first.empty() && std::all_of(rows_.begin(), rows_.end(),
                                      [&](const Entry& row) { return row.nodes[level] == first; }))
      fallback[level] = first;
  }
  Hierarchy hierarchy;
  hierarchy.levels.resize(depth);
  std::vector<std::map<std::string, Code>> numbers(depth);
  not_shown = 0;
  for (const auto& label : labels) {
    const auto* nodes = find(label);
    // Above an empty node everything is empty, or the levels would no longer nest.
    bool lost = nodes == nullptr;
    for (std::size_t level = 0; level < depth; ++level) {
      lost = lost || (*nodes)[level].empty();
      const std::string& node = lost ? fallback[level] : (*nodes)[level];
      auto& made = hierarchy.levels[level];
      const auto [entry, is_new] =
          numbers[level].try_emplace(node, static_cast<Code>(made.labels.size()));
      if (is_new) made.labels.push_back(node);
      made.node_of_leaf.push_back(entry->second);
    }
    if (lost) ++not_shown;
  }
  if (const auto fault = find_fault(hierarchy, labels.size()))
    throw data_error("the hierarchy can't be used", *fault);
  return hierarchy;
}

}  // namespace pt::model
