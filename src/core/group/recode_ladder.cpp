#include "core/group/recode_ladder.hpp"

#include <algorithm>
#include <numeric>

namespace pt::group {
namespace {

using model::Code;
using model::kMissing;

/// First leaves of the parts of a partition of 0..size-1 into runs.
using Runs = std::pmr::vector<std::uint32_t>;

/// Halves every run of two or more leaves where its people are most evenly divided.
Runs halve(const Runs& runs, std::span<const std::uint64_t> before, std::uint32_t size) {
  Runs finer(runs.get_allocator());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::uint32_t first = runs[i];
    const std::uint32_t end = i + 1 < runs.size() ? runs[i + 1] : size;
    finer.push_back(first);
    if (end - first < 2) continue;
    const std::uint64_t middle = before[first] + (before[end] - before[first]) / 2;
    const auto* cut = std::lower_bound(before.data() + first + 1, before.data() + end - 1, middle);
    auto at = static_cast<std::uint32_t>(cut - before.data());
    if (at > first + 1 && middle - before[at - 1] < before[at] - middle) --at;
    finer.push_back(at);
  }
  return finer;
}

}  // namespace

Ladder::Ladder(const model::Attribute& attribute, std::span<const std::uint64_t> people_of_leaf,
               bool has_missing, std::size_t max_steps, std::pmr::memory_resource* memory)
    : node_of_leaf_(memory),
      loss_of_node_(memory),
      values_(attribute.values),
      leaves_(attribute.labels.size() + (has_missing ? 1 : 0)),
      given_levels_(attribute.hierarchy.levels.size()),
      missing_(static_cast<std::uint32_t>(attribute.labels.size())),
      has_missing_(has_missing),
      is_range_(attribute.scale == model::Scale::ordered && attribute.hierarchy.empty()) {
  std::pmr::vector<std::uint32_t> nodes(leaves_, memory);
  std::iota(nodes.begin(), nodes.end(), 0u);
  add_step(nodes);
  if (is_range_)
    add_ranges(people_of_leaf, max_steps);
  else
    add_hierarchy(attribute.hierarchy);
  if (node_losses(steps() - 1).size() > 1) {
    std::fill(nodes.begin(), nodes.end(), 0u);
    add_step(nodes);
  }
}

double Ladder::loss_of_leaves(std::uint32_t count) const {
  return leaves_ > 1 ? (count - 1.0) / (static_cast<double>(leaves_) - 1.0) : 0.0;
}

double Ladder::loss_of_range(std::uint32_t low, std::uint32_t high) const {
  if (low == high) return 0.0;
  return (values_[high] / 2 - values_[low] / 2) / (values_.back() / 2 - values_.front() / 2);
}

void Ladder::add_step(std::span<const std::uint32_t> nodes) {
  const std::uint32_t count = nodes.empty() ? 0 : *std::max_element(nodes.begin(), nodes.end()) + 1;
  auto& losses = loss_of_node_.emplace_back(count, 0.0);
  std::pmr::vector<std::uint32_t> under(count, 0, losses.get_allocator());
  std::pmr::vector<std::uint32_t> last(count, 0, losses.get_allocator());
  for (std::uint32_t leaf = 0; leaf < nodes.size(); ++leaf) {
    ++under[nodes[leaf]];
    last[nodes[leaf]] = leaf;
  }
  for (std::uint32_t node = 0; node < count; ++node) {
    if (!is_range_)
      losses[node] = loss_of_leaves(under[node]);
    else if (last[node] == missing_)  // alone, or with the values: everything
      losses[node] = under[node] > 1 ? 1.0 : 0.0;
    else
      losses[node] = loss_of_range(last[node] + 1 - under[node], last[node]);
  }
  node_of_leaf_.insert(node_of_leaf_.end(), nodes.begin(), nodes.end());
}

void Ladder::add_hierarchy(const model::Hierarchy& hierarchy) {
  std::pmr::vector<std::uint32_t> nodes(leaves_, node_of_leaf_.get_allocator());
  for (const model::Level& level : hierarchy.levels) {
    std::copy(level.node_of_leaf.begin(), level.node_of_leaf.end(), nodes.begin());
    if (has_missing_) nodes[missing_] = static_cast<std::uint32_t>(level.labels.size());
    add_step(nodes);
  }
}

void Ladder::add_ranges(std::span<const std::uint64_t> people_of_leaf, std::size_t max_steps) {
  auto* memory = node_of_leaf_.get_allocator().resource();
  const std::uint32_t size = missing_;
  if (size < 2) return;
  std::pmr::vector<std::uint64_t> before(size + 1, 0, memory);
  for (std::uint32_t leaf = 0; leaf < size; ++leaf)
    before[leaf + 1] = before[leaf] + people_of_leaf[leaf];
  constexpr std::size_t kMaxDepth = 24;
  std::pmr::vector<Runs> depths(memory);
  depths.emplace_back(1, 0u);
  while (depths.back().size() < size && depths.size() < kMaxDepth)
    depths.push_back(halve(depths.back(), before, size));
  if (depths.back().size() == size) depths.pop_back();  // the leaves themselves
  const std::size_t reserved = has_missing_ ? 2 : 1;    // the leaves; everything
  const std::size_t wanted =
      std::min(depths.size(), std::max<std::size_t>(max_steps, 2) - reserved);
  std::pmr::vector<std::uint32_t> nodes(leaves_, memory);
  for (std::size_t i = wanted; i-- > 0;) {  // evenly spaced depths, coarser and coarser, 0 last
    const Runs& runs = depths[wanted == 1 ? 0 : i * (depths.size() - 1) / (wanted - 1)];
    for (std::size_t r = 0; r < runs.size(); ++r)
      std::fill(nodes.begin() + runs[r], nodes.begin() + (r + 1 < runs.size() ? runs[r + 1] : size),
                static_cast<std::uint32_t>(r));
    if (has_missing_) nodes[missing_] = static_cast<std::uint32_t>(runs.size());
    add_step(nodes);
  }
}

Ladder::Cover Ladder::join(const Cover& a, const Cover& b) const {
  if (is_range_) {
    if (a.level != 0 || b.level != 0) return {0, 0, 1};
    const Cover both{std::min(a.low, b.low), std::max(a.high, b.high), 0};
    if (both.high == missing_ && both.low != missing_) return {0, 0, 1};
    return both;
  }
  std::uint32_t level = std::max(a.level, b.level);
  while (nodes(level)[a.low] != nodes(level)[b.low]) ++level;
  const std::uint32_t low = std::min(a.low, b.low);
  return {low, low, level};
}

double Ladder::loss(const Cover& cover) const {
  if (!is_range_) return loss_of_node_[cover.level][nodes(cover.level)[cover.low]];
  return cover.level != 0 ? 1.0 : loss_of_range(cover.low, cover.high);
}

RecodedCell Ladder::cell(const Cover& cover) const {
  const RecodedCell everything{0, 0, RecodedCell::kEverything};
  if (is_range_) {
    if (cover.level != 0) return everything;
    if (cover.low == missing_) return {kMissing, kMissing, 0};
    return {cover.low, cover.high, 0};
  }
  if (cover.level > given_levels_) return everything;
  if (cover.low == missing_) return {kMissing, kMissing, 0};
  const Code node = nodes(cover.level)[cover.low];
  return {node, node, static_cast<std::uint8_t>(cover.level)};
}

}  // namespace pt::group
