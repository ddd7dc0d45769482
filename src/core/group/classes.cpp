#include "core/group/classes.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>

namespace pt::group {
namespace {

using model::Attribute;
using model::Code;
using model::kMissing;
using model::Scale;

}  // namespace

struct ClassTree::LaterSplit {
  bool operator()(const Split& a, const Split& b) const {
    if (a.urgency != b.urgency) return a.urgency < b.urgency;
    if (a.gain != b.gain) return a.gain < b.gain;
    return a.node > b.node;  // ties: the older node first
  }
};

ClassTree::ClassTree(Host& host, const model::Population& population,
                     std::span<const std::uint32_t> people, const Cells& cells,
                     const ClassRules& rules)
    : host_(host), population_(population), people_(people), rules_(rules) {
  rules_.min_people_at_cut = std::min(rules_.min_people_at_cut, rules_.min_people);
  const ProtectedColumns known = find_protected(population);
  for (std::size_t a = 0; a < population.width(); ++a) {
    // Columns that are constant in every cell are the cells' business.
    const bool in_cells = (known.gender == a && cells.matches_gender) ||
                          (known.ethnicity == a && cells.matches_ethnicity) || known.geography == a;
    if (in_cells) continue;
    if (known.age == a) age_ = columns_.size();
    columns_.push_back(a);
    const Attribute& attribute = population.attributes[a];
    range_.push_back(attribute.values.empty() ? 0.0
                                              : attribute.values.back() - attribute.values.front());
  }
  for (std::uint32_t c = 0; c < cells.cells.size(); ++c) {
    const Cell& cell = cells.cells[c];
    cell_ages_.push_back(ages_of(cell.tuples));
    all_ages_.first = std::min(all_ages_.first, cell_ages_.back().first);
    all_ages_.second = std::max(all_ages_.second, cell_ages_.back().second);
    const auto begin = static_cast<std::uint32_t>(order_.size());
    order_.insert(order_.end(), cell.tuples.begin(), cell.tuples.end());
    Node node{c, begin, static_cast<std::uint32_t>(order_.size()), cell.people, kNever, kNever,
              0, 0};
    measure(node);
    nodes_.push_back(node);
  }
  roots_ = forced_ = wished_ = static_cast<std::uint32_t>(nodes_.size());

  std::priority_queue<Split, std::vector<Split>, LaterSplit> queue;
  const auto offer = [&](std::uint32_t id) {
    if (auto split = best_split(id)) queue.push(std::move(*split));
  };
  for (std::uint32_t id = 0; id < roots_; ++id) offer(id);
  while (!queue.empty() && most() < rules_.max_classes) {
    host_.poll();
    const Split split = queue.top();
    queue.pop();
    if (split.urgency == Urgency::forced && forced_ == most()) ++forced_;
    if (split.urgency != Urgency::ordinary && wished_ == most()) ++wished_;
    divide(split, static_cast<std::uint32_t>(splits_++));
    offer(static_cast<std::uint32_t>(nodes_.size() - 2));
    offer(static_cast<std::uint32_t>(nodes_.size() - 1));
  }
}

std::pair<double, double> ClassTree::ages_of(std::span<const std::uint32_t> tuples) const {
  std::pair<double, double> ages{INFINITY, -INFINITY};
  if (!age_) return ages;
  const Attribute& a = population_.attributes[columns_[*age_]];
  for (const std::uint32_t t : tuples) {
    const Code v = population_.value(t, columns_[*age_]);
    if (v == kMissing) continue;
    ages.first = std::min(ages.first, a.values[v]);
    ages.second = std::max(ages.second, a.values[v]);
  }
  return ages;
}

double ClassTree::age_loss(double years) const {
  const double width = years / (2 * rules_.age_tolerance);
  return width + std::max(0.0, width - 1);
}

double ClassTree::ordered_loss(std::size_t c, double low, double high, bool mixed) const {
  if (age_ == c) {
    const double whole = (range_[c] + 1) / (2 * rules_.age_tolerance);
    if (mixed) return 2 * whole;
    return age_loss(high - low);
  }
  if (mixed) return 1;
  return range_[c] > 0 ? (high - low) / range_[c] : 0;
}

double ClassTree::nominal_loss(std::size_t c, std::span<const std::uint32_t> tuples) const {
  const Attribute& a = population_.attributes[columns_[c]];
  const Code first = population_.value(tuples.front(), columns_[c]);
  bool exact = true;
  for (const std::uint32_t t : tuples) exact = exact && population_.value(t, columns_[c]) == first;
  if (exact || a.labels.size() < 2) return 0;
  for (const model::Level& level : a.hierarchy.levels) {
    const auto node = [&](std::uint32_t t) {
      const Code v = population_.value(t, columns_[c]);
      return v == kMissing ? kMissing : level.node_of_leaf[v];
    };
    const Code common = node(tuples.front());
    if (common == kMissing || std::any_of(tuples.begin(), tuples.end(),
                                          [&](std::uint32_t t) { return node(t) != common; }))
      continue;
    const auto leaves = std::count(level.node_of_leaf.begin(), level.node_of_leaf.end(), common);
    return static_cast<double>(leaves - 1) / static_cast<double>(a.labels.size() - 1);
  }
  return 1;
}

double ClassTree::loss_of(std::size_t c, std::span<const std::uint32_t> tuples) const {
  const Attribute& a = population_.attributes[columns_[c]];
  if (a.scale == Scale::nominal) return nominal_loss(c, tuples);
  double low = INFINITY, high = -INFINITY;
  bool missing = false;
  for (const std::uint32_t t : tuples) {
    const Code v = population_.value(t, columns_[c]);
    if (v == kMissing) {
      missing = true;
      continue;
    }
    low = std::min(low, a.values[v]);
    high = std::max(high, a.values[v]);
  }
  if (low > high) return 0;  // missing for everybody is exact
  return ordered_loss(c, low, high, missing);
}

void ClassTree::measure(Node& node) const {
  const std::span<const std::uint32_t> tuples{order_.data() + node.begin, node.end - node.begin};
  node.loss = 0;
  for (std::size_t c = 0; c < columns_.size(); ++c) node.loss += loss_of(c, tuples);
  if (!age_) return;
  const Class view{node.cell, tuples, node.people, 0, 0};
  const auto range = age_range(view);
  node.age_width = range ? range->second - range->first : range_[*age_] + 1;
  const Attribute& a = population_.attributes[columns_[*age_]];
  const bool all_missing = std::all_of(tuples.begin(), tuples.end(), [&](std::uint32_t t) {
    return population_.value(t, columns_[*age_]) == kMissing;
  });
  if (all_missing || a.values.empty()) node.age_width = 0;
}

std::vector<Spread> ClassTree::spreads_of(std::span<const std::uint32_t> tuples) const {
  std::vector<Spread> spreads(rules_.sensitive.size());
  for (std::size_t s = 0; s < spreads.size(); ++s)
    for (const std::uint32_t t : tuples) spreads[s].add(rules_.sensitive[s][t]);
  return spreads;
}

bool ClassTree::keeps_diversity(const std::vector<Spread>& whole, const std::vector<Spread>& left,
                                const std::vector<Spread>& right, bool strictly) const {
  for (std::size_t s = 0; s < whole.size(); ++s)
    if (const std::uint32_t most = rules_.most_of_a_persona;
        (strictly ? whole[s].low < whole[s].high : whole[s].diverse(most)) &&
        !(left[s].diverse(most) && right[s].diverse(most)))
      return false;
  return true;
}

void ClassTree::try_ordered(const Node& node, std::uint32_t id, std::size_t c,
                            std::optional<Split>& best) const {
  const Attribute& a = population_.attributes[columns_[c]];
  std::vector<std::uint64_t> histogram(a.values.size(), 0);
  std::uint64_t missing = 0;
  for (std::uint32_t i = node.begin; i < node.end; ++i) {
    const Code v = population_.value(order_[i], columns_[c]);
    (v == kMissing ? missing : histogram[v]) += people_[order_[i]];
  }
  std::vector<Code> present;
  for (Code v = 0; v < histogram.size(); ++v)
    if (histogram[v] > 0) present.push_back(v);
  if (present.empty()) return;
  const double low = a.values[present.front()], high = a.values[present.back()];
  const double whole = ordered_loss(c, low, high, missing > 0) * static_cast<double>(node.people);

  // Spread of the sensitive attributes by value; behind the last value those of missing ones.
  const std::size_t attributes = rules_.sensitive.size();
  std::vector<std::vector<Spread>> by_value(histogram.size() + 1, std::vector<Spread>(attributes));
  for (std::uint32_t i = node.begin; i < node.end; ++i) {
    const Code v = population_.value(order_[i], columns_[c]);
    auto& spreads = by_value[v == kMissing ? histogram.size() : v];
    for (std::size_t s = 0; s < attributes; ++s) spreads[s].add(rules_.sensitive[s][order_[i]]);
  }
  const auto add_all = [](std::vector<Spread>& to, const std::vector<Spread>& from) {
    for (std::size_t s = 0; s < to.size(); ++s) to[s].add(from[s]);
  };
  std::vector<std::vector<Spread>> from_right(present.size() + 1, std::vector<Spread>(attributes));
  for (std::size_t i = present.size(); i-- > 0;) {
    from_right[i] = from_right[i + 1];
    add_all(from_right[i], by_value[present[i]]);
  }
  std::vector<Spread> from_left = by_value.back();
  std::vector<Spread> all = from_left;
  add_all(all, from_right.front());

  // Missing values go left, so a split in front of the first value sets them apart.
  std::uint64_t left = missing;
  for (std::size_t i = 0; i < present.size(); ++i) {
    const bool cut = age_ == c && i > 0 &&
                     std::any_of(rules_.cut_points.begin(), rules_.cut_points.end(), [&](double p) {
                       return a.values[present[i - 1]] < p && p <= a.values[present[i]];
                     });
    const std::uint64_t smaller = std::min(left, node.people - left);
    const Urgency urgency = !cut                          ? Urgency::ordinary
                            : smaller < rules_.min_people ? Urgency::cut_point
                                                          : Urgency::forced;
    if (smaller >= (cut ? rules_.min_people_at_cut : rules_.min_people) &&
        keeps_diversity(all, from_left, from_right[i], urgency == Urgency::cut_point)) {
      const double left_loss =
          i == 0 ? 0 : ordered_loss(c, low, a.values[present[i - 1]], missing > 0);
      const double right_loss = ordered_loss(c, a.values[present[i]], high, false);
      const double gain = whole - left_loss * static_cast<double>(left) -
                          right_loss * static_cast<double>(node.people - left);
      if ((gain > 0 || cut) &&
          (!best || urgency > best->urgency || (urgency == best->urgency && gain > best->gain)))
        best = Split{gain, urgency, id, c, a.values[present[i]], {}};
    }
    left += histogram[present[i]];
    add_all(from_left, by_value[present[i]]);
  }
}

void ClassTree::try_nominal(const Node& node, std::uint32_t id, std::size_t c,
                            std::optional<Split>& best) const {
  const std::span<const std::uint32_t> tuples{order_.data() + node.begin, node.end - node.begin};
  const Attribute& a = population_.attributes[columns_[c]];
  const double whole = nominal_loss(c, tuples) * static_cast<double>(node.people);
  if (whole <= 0) return;
  // Candidates: one node against the rest, at the coarsest level that still divides the node, and
  // single values (the missing one included).
  const auto consider = [&](auto&& side_of) {
    std::vector<std::uint64_t> sides;
    for (const std::uint32_t t : tuples) {
      const std::size_t s = side_of(t);
      if (sides.size() <= s) sides.resize(s + 1, 0);
      sides[s] += people_[t];
    }
    for (std::size_t s = 0; s < sides.size(); ++s) {
      if (sides[s] < rules_.min_people || node.people - sides[s] < rules_.min_people) continue;
      std::vector<std::uint32_t> in, out;
      for (const std::uint32_t t : tuples) (side_of(t) == s ? in : out).push_back(t);
      const double gain = whole - nominal_loss(c, in) * static_cast<double>(sides[s]) -
                          nominal_loss(c, out) * static_cast<double>(node.people - sides[s]);
      if (gain <= 0 || (best && (best->urgency > Urgency::ordinary || gain <= best->gain)))
        continue;
      if (!keeps_diversity(spreads_of(tuples), spreads_of(in), spreads_of(out), false)) continue;
      Split split{gain, Urgency::ordinary, id, c, 0, std::vector<bool>(a.labels.size() + 1, false)};
      for (const std::uint32_t t : in) {
        const Code v = population_.value(t, columns_[c]);
        split.left[v == kMissing ? a.labels.size() : v] = true;
      }
      best = std::move(split);
    }
  };
  const auto value = [&](std::uint32_t t) { return population_.value(t, columns_[c]); };
  consider([&](std::uint32_t t) -> std::size_t { return value(t) == kMissing ? 0 : value(t) + 1; });
  for (const model::Level& level : a.hierarchy.levels)
    consider([&](std::uint32_t t) -> std::size_t {
      return value(t) == kMissing ? 0 : level.node_of_leaf[value(t)] + 1;
    });
}

std::optional<ClassTree::Split> ClassTree::best_split(std::uint32_t id) const {
  const Node& node = nodes_[id];
  std::optional<Split> best;
  if (node.people < std::uint64_t{2} * rules_.min_people_at_cut) return best;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (population_.attributes[columns_[c]].scale == Scale::ordered)
      try_ordered(node, id, c, best);
    else
      try_nominal(node, id, c, best);
  }
  return best;
}

bool ClassTree::goes_left(const Split& split, std::uint32_t tuple) const {
  const std::size_t column = columns_[split.column];
  const Attribute& a = population_.attributes[column];
  const Code v = population_.value(tuple, column);
  if (a.scale == Scale::nominal) return split.left[v == kMissing ? a.labels.size() : v];
  return v == kMissing || a.values[v] < split.threshold;
}

void ClassTree::divide(const Split& split, std::uint32_t number) {
  nodes_[split.node].split_by = number;
  const Node parent = nodes_[split.node];
  const auto begin = order_.begin() + parent.begin, end = order_.begin() + parent.end;
  const auto middle =
      std::stable_partition(begin, end, [&](std::uint32_t t) { return goes_left(split, t); });
  const auto at = static_cast<std::uint32_t>(middle - order_.begin());
  for (const auto& [b, e] : {std::pair{parent.begin, at}, std::pair{at, parent.end}}) {
    Node child{parent.cell, b, e, 0, number, kNever, 0, 0};
    for (std::uint32_t i = b; i < e; ++i) child.people += people_[order_[i]];
    measure(child);
    nodes_.push_back(child);
  }
}

bool ClassTree::active(const Node& node, std::uint32_t splits,
                       std::span<const std::uint32_t> undone) {
  const auto made = [&](std::uint32_t split) {
    return split < splits && !std::binary_search(undone.begin(), undone.end(), split);
  };
  return (node.made_by == kNever || made(node.made_by)) &&
         (node.split_by == kNever || !made(node.split_by));
}

ClassTree::Class ClassTree::view(const Node& node) const {
  return {node.cell,
          {order_.data() + node.begin, node.end - node.begin},
          node.people,
          columns_.empty() ? 0 : node.loss / static_cast<double>(columns_.size()),
          node.age_width};
}

std::uint32_t ClassTree::splits_of(std::uint32_t budget) const {
  return std::clamp(budget, forced_, most()) - roots_;
}

std::vector<ClassTree::Class> ClassTree::prune(std::uint32_t budget,
                                               std::span<const std::uint32_t> undone) const {
  const std::uint32_t splits = splits_of(budget);
  std::vector<Class> classes;
  for (const Node& node : nodes_)
    if (active(node, splits, undone)) classes.push_back(view(node));
  return classes;
}

std::vector<ClassTree::Branch> ClassTree::branches(std::uint32_t budget) const {
  const std::uint32_t splits = splits_of(budget);
  std::vector<Branch> out;
  for (std::size_t n = 0; n < roots_ + std::size_t{2} * splits; ++n) {
    Branch& branch = out.emplace_back(Branch{view(nodes_[n]), std::nullopt});
    const std::uint32_t split = nodes_[n].split_by;
    if (split == kNever || split >= splits) continue;
    branch.split = split;
    branch.left = roots_ + 2 * split;  // sides are added in pairs, in the order of splits
  }
  return out;
}

ClassTree::Cost ClassTree::cost(std::uint32_t budget, std::span<const std::uint32_t> undone) const {
  const std::uint32_t splits = splits_of(budget);
  double loss = 0, width = 0, people = 0;
  for (const Node& node : nodes_) {
    if (!active(node, splits, undone)) continue;
    const auto n = static_cast<double>(node.people);
    loss += n * node.loss;
    width += n * node.age_width;
    people += n;
  }
  if (people == 0) return {0, 0};
  return {columns_.empty() ? 0 : loss / people / static_cast<double>(columns_.size()),
          width / people};
}

std::uint32_t ClassTree::budget_for_age_width(double width) const {
  std::uint32_t low = forced_, high = most();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (cost(middle).age_width <= width)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

}  // namespace pt::group
