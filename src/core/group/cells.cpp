#include "core/group/cells.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace pt::group {
namespace {

using model::Attribute;
using model::Code;
using model::kMissing;
using model::Population;

constexpr std::size_t kListedValues = 4;

/// The node of a leaf at a level; level 0 is the leaf itself. Missing stays missing.
Code node_at(const Attribute& a, Code leaf, std::size_t level) {
  if (leaf == kMissing || level == 0) return leaf;
  return a.hierarchy.levels[level - 1].node_of_leaf[leaf];
}

std::optional<std::string> node_label(const Attribute& a, Code node, std::size_t level) {
  if (node == kMissing) return std::nullopt;
  return level == 0 ? a.labels[node] : a.hierarchy.levels[level - 1].labels[node];
}

std::string unlike_values(const Attribute& a, std::string label) {
  while (std::find(a.labels.begin(), a.labels.end(), label) != a.labels.end())
    label += " (generalized)";
  return label;
}

class CellMaker {
 public:
  CellMaker(const Population& population, std::span<const std::uint32_t> people,
            const CellRules& rules)
      : population_(population),
        people_(people),
        rules_(rules),
        columns_(find_protected(population)) {
    if (!rules.match_gender) columns_.gender.reset();
    if (!rules.match_ethnicity) columns_.ethnicity.reset();
  }

  Cells run() {
    count_places();
    // (gender, ethnicity) -> tuples
    std::map<std::pair<Code, Code>, std::vector<std::uint32_t>> groups;
    for (std::uint32_t t = 0; t < population_.n_tuples; ++t)
      if (people_[t] > 0)
        groups[{code(t, columns_.gender), code(t, columns_.ethnicity)}].push_back(t);
    for (auto& [key, tuples] : groups) {
      if (count(tuples) < rules_.min_people)
        small_.push_back(std::move(tuples));
      else
        split_by_geography(tuples);
    }
    place_small();
    Cells out;
    out.matches_gender = rules_.match_gender;
    out.matches_ethnicity = rules_.match_ethnicity;
    for (Draft& draft : cells_) out.cells.push_back(label(std::move(draft)));
    std::sort(out.cells.begin(), out.cells.end(),
              [](const Cell& a, const Cell& b) { return a.tuples.front() < b.tuples.front(); });
    out.suppressed = std::move(suppressed_);
    std::sort(out.suppressed.begin(), out.suppressed.end());
    return out;
  }

 private:
  using Draft = std::vector<std::uint32_t>;  // tuples of a cell to be

  Code code(std::uint32_t tuple, std::optional<std::size_t> column) const {
    return column ? population_.value(tuple, *column) : kMissing;
  }

  std::uint64_t count(const std::vector<std::uint32_t>& tuples) const {
    std::uint64_t n = 0;
    for (const std::uint32_t t : tuples) n += people_[t];
    return n;
  }

  const Attribute* geography() const {
    return columns_.geography ? &population_.attributes[*columns_.geography] : nullptr;
  }

  /// People at each place, by level and node.
  void count_places() {
    const Attribute* place = geography();
    if (place == nullptr) return;
    at_place_.resize(place->hierarchy.levels.size() + 1);
    for (std::size_t level = 0; level < at_place_.size(); ++level)
      for (std::uint32_t t = 0; t < population_.n_tuples; ++t)
        at_place_[level][node_at(*place, code(t, columns_.geography), level)] += people_[t];
  }

  /// Places that are large enough become cells at the finest level that carries them.
  void split_by_geography(const std::vector<std::uint32_t>& tuples) {
    const Attribute* place = geography();
    if (place == nullptr) {
      cells_.push_back(tuples);
      return;
    }
    const std::size_t first = cells_.size();
    const std::uint64_t least = std::max(rules_.min_people, rules_.place_people);
    std::vector<std::uint32_t> pool = tuples;
    const std::size_t levels = place->hierarchy.levels.size();
    for (std::size_t level = std::min<std::size_t>(rules_.geography_level, levels + 1);
         level <= levels && !pool.empty(); ++level) {
      std::map<Code, std::vector<std::uint32_t>> nodes;
      for (const std::uint32_t t : pool)
        nodes[node_at(*place, code(t, columns_.geography), level)].push_back(t);
      pool.clear();
      for (auto& [node, members] : nodes) {
        if (count(members) >= least && at_place_[level][node] >= rules_.place_total)
          cells_.push_back(std::move(members));
        else
          pool.insert(pool.end(), members.begin(), members.end());
      }
    }
    if (pool.empty()) return;
    if (count(pool) >= rules_.min_people || cells_.size() == first) {
      cells_.push_back(std::move(pool));
    } else {
      // Too few even together: they join the smallest cell of the same gender and ethnicity.
      auto smallest =
          std::min_element(cells_.begin() + static_cast<std::ptrdiff_t>(first), cells_.end(),
                           [this](const Draft& a, const Draft& b) { return count(a) < count(b); });
      smallest->insert(smallest->end(), pool.begin(), pool.end());
    }
  }

  /// Joins groups of (gender, ethnicity) that are too small: inside one gender first.
  void place_small() {
    std::map<Code, Draft> by_gender;
    for (const auto& tuples : small_) {
      Draft& pool = by_gender[code(tuples.front(), columns_.gender)];
      pool.insert(pool.end(), tuples.begin(), tuples.end());
    }
    Draft rest;
    for (auto& [gender, pool] : by_gender) {
      if (count(pool) < rules_.min_people) absorb_smallest(pool, gender);
      if (count(pool) >= rules_.min_people)
        cells_.push_back(std::move(pool));
      else
        rest.insert(rest.end(), pool.begin(), pool.end());
    }
    if (rest.empty()) return;
    if (count(rest) < rules_.min_people) absorb_smallest(rest, std::nullopt);
    if (count(rest) >= rules_.min_people)
      cells_.push_back(std::move(rest));
    else
      suppressed_ = std::move(rest);
  }

  /// Moves the smallest cell (of `gender`, or of any) into the pool.
  void absorb_smallest(Draft& pool, std::optional<Code> gender) {
    auto best = cells_.end();
    for (auto it = cells_.begin(); it != cells_.end(); ++it) {
      if (gender && code(it->front(), columns_.gender) != *gender) continue;
      if (best == cells_.end() || count(*it) < count(*best)) best = it;
    }
    if (best == cells_.end()) return;
    pool.insert(pool.end(), best->begin(), best->end());
    cells_.erase(best);
  }

  /// The label of one column over a cell's tuples, and whether it is generalised.
  std::optional<std::string> common_label(const Draft& tuples, std::optional<std::size_t> column,
                                          bool& generalized) const {
    if (!column) return std::nullopt;
    std::set<Code> values;
    for (const std::uint32_t t : tuples) values.insert(population_.value(t, *column));
    const Attribute& a = population_.attributes[*column];
    if (values.size() == 1) return node_label(a, *values.begin(), 0);
    generalized = true;
    const std::vector<Code> codes(values.begin(), values.end());
    return list_label(a, codes);
  }

  std::optional<std::string> place_label(const Draft& tuples, std::uint32_t& shown_level) const {
    const Attribute* place = geography();
    if (place == nullptr) return std::nullopt;
    const std::size_t levels = place->hierarchy.levels.size();
    for (std::size_t level = rules_.geography_level; level <= levels; ++level) {
      std::set<Code> nodes;
      for (const std::uint32_t t : tuples)
        nodes.insert(node_at(*place, code(t, columns_.geography), level));
      if (nodes.size() > 1) continue;
      shown_level = static_cast<std::uint32_t>(level);
      return node_label(*place, *nodes.begin(), level);
    }
    shown_level = static_cast<std::uint32_t>(levels + 1);
    return unlike_values(*place, "not shown");
  }

  Cell label(Draft tuples) const {
    Cell cell;
    std::sort(tuples.begin(), tuples.end());
    cell.people = count(tuples);
    cell.gender = common_label(tuples, columns_.gender, cell.relabelled);
    cell.ethnicity = common_label(tuples, columns_.ethnicity, cell.relabelled);
    cell.geography = place_label(tuples, cell.place_level);
    cell.tuples = std::move(tuples);
    return cell;
  }

  const Population& population_;
  std::span<const std::uint32_t> people_;
  CellRules rules_;
  ProtectedColumns columns_;
  std::vector<Draft> cells_;
  std::vector<Draft> small_;
  std::vector<std::uint32_t> suppressed_;
  std::vector<std::map<Code, std::uint64_t>> at_place_;  // by level
};

}  // namespace

ProtectedColumns find_protected(const Population& population) {
  ProtectedColumns found;
  const auto first = [&](model::Meaning meaning) -> std::optional<std::size_t> {
    const auto it = std::find(population.meaning.begin(), population.meaning.end(), meaning);
    if (it == population.meaning.end()) return std::nullopt;
    return static_cast<std::size_t>(it - population.meaning.begin());
  };
  found.gender = first(model::Meaning::gender);
  found.ethnicity = first(model::Meaning::ethnicity);
  found.geography = first(model::Meaning::geography);
  found.age = first(model::Meaning::age);
  return found;
}

std::string list_label(const Attribute& attribute, std::span<const Code> codes) {
  if (codes.size() > kListedValues || (codes.size() == attribute.labels.size() && codes.size() > 2))
    return unlike_values(attribute, "not shown");
  std::string text;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (i > 0) text += i + 1 == codes.size() ? " or " : ", ";
    text += codes[i] == kMissing ? "not known" : attribute.labels[codes[i]];
  }
  return codes.size() == 1 ? text : unlike_values(attribute, std::move(text));
}

Cells make_cells(const Population& population, std::span<const std::uint32_t> people,
                 const CellRules& rules) {
  return CellMaker(population, people, rules).run();
}

}  // namespace pt::group
