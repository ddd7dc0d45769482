#include "core/model/hierarchy.hpp"

#include <algorithm>

namespace pt::model {
namespace {

std::string at_level(std::size_t level) { return "level " + std::to_string(level + 1) + ": "; }

std::optional<std::string> find_level_fault(const Level& level, std::size_t leaves) {
  if (level.node_of_leaf.size() != leaves)
    return std::to_string(level.node_of_leaf.size()) + " leaves where the attribute has " +
           std::to_string(leaves);
  std::vector<bool> used(level.labels.size(), false);
  for (const Code node : level.node_of_leaf) {
    if (node >= level.labels.size())
      return "a leaf has node " + std::to_string(node) + " without a label";
    used[node] = true;
  }
  for (std::size_t node = 0; node < used.size(); ++node)
    if (!used[node]) return "no leaf is under \"" + level.labels[node] + "\"";
  std::vector<std::string> sorted = level.labels;
  std::sort(sorted.begin(), sorted.end());
  if (!sorted.empty() && sorted.front().empty()) return "a label is empty";
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) return "two nodes have the label \"" + *twice + "\"";
  return std::nullopt;
}

/// Text of the first node of `fine` whose leaves lie in two nodes of `coarse`.
std::optional<std::string> find_split(const Level& fine, const Level& coarse) {
  std::vector<Code> parent(fine.labels.size(), kMissing);
  for (std::size_t leaf = 0; leaf < fine.node_of_leaf.size(); ++leaf) {
    Code& up = parent[fine.node_of_leaf[leaf]];
    const Code now = coarse.node_of_leaf[leaf];
    if (up == kMissing) up = now;
    if (up != now)
      return "\"" + fine.labels[fine.node_of_leaf[leaf]] +
             "\" of the level below lies under both \"" + coarse.labels[up] + "\" and \"" +
             coarse.labels[now] + "\"";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_fault(const Hierarchy& hierarchy, std::size_t leaves) {
  const auto& levels = hierarchy.levels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (const auto fault = find_level_fault(levels[i], leaves)) return at_level(i) + *fault;
    if (i == 0) continue;
    if (const auto fault = find_split(levels[i - 1], levels[i])) return at_level(i) + *fault;
  }
  return std::nullopt;
}

std::vector<std::uint32_t> leaves_under(const Level& level) {
  std::vector<std::uint32_t> count(level.labels.size(), 0);
  for (const Code node : level.node_of_leaf) ++count[node];
  return count;
}

}  // namespace pt::model
