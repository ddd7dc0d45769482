#include "core/protect/released.hpp"

#include <algorithm>
#include <map>

namespace pt::protect {

using model::Attribute;
using model::Code;
using model::kMissing;

namespace {

Code node_of(const Attribute& column, Code value, std::uint32_t level) {
  if (value == kMissing || level == 0) return value;
  return column.hierarchy.levels[level - 1].node_of_leaf[value];
}

}  // namespace

std::uint32_t levels_of(const Attribute& column) {
  return static_cast<std::uint32_t>(column.hierarchy.levels.size()) + 1;
}

Released::Released(const model::Population& population, const Setting& setting)
    : population_(population), level_(setting.column_level) {
  level_.resize(population.event_width(), 0);
  std::optional<std::size_t> type;
  for (std::uint32_t c = 0; c < population.event_width(); ++c) {
    if (level_[c] < levels_of(population.event_columns[c])) columns_.push_back(c);
    if (population.event_parts[c] == model::EventPart::type) type = c;
  }

  for (const std::int32_t day : population.days) {
    const std::int32_t start = day == model::kNoDay || setting.period == model::Period::none
                                   ? model::kNoDay
                                   : model::period_start(day, setting.period);
    if (period_start_.empty() || period_start_.back() != start) period_start_.push_back(start);
    period_of_day_.push_back(static_cast<std::uint32_t>(period_start_.size() - 1));
  }

  std::map<std::vector<Code>, std::uint32_t> seen;
  for (std::uint32_t i = 0; i < population.n_combos; ++i) {
    std::vector<Code> row;
    for (const std::uint32_t c : columns_)
      row.push_back(node_of(population.event_columns[c], population.event_value(i, c), level_[c]));
    const auto [it, fresh] = seen.emplace(std::move(row), n_combos_);
    if (fresh) {
      example_.push_back(i);
      ++n_combos_;
    }
    combo_of_.push_back(it->second);
    Code t = 0;
    if (type) {
      const Code v = population.event_value(i, *type);
      t = v == kMissing ? static_cast<Code>(population.event_columns[*type].labels.size()) : v;
      t = level_[*type] == 0 || v == kMissing
              ? t
              : node_of(population.event_columns[*type], v, level_[*type]);
    }
    type_of_.push_back(t);
    n_types_ = std::max(n_types_, t + 1);
  }
  if (n_combos_ == 0) n_combos_ = 1;
}

std::optional<std::string> Released::value(std::uint32_t combo, std::size_t released_column) const {
  if (combo >= example_.size()) return std::nullopt;  // nobody has an event
  const std::uint32_t c = columns_[released_column];
  const Attribute& column = population_.event_columns[c];
  const Code node = node_of(column, population_.event_value(example_[combo], c), level_[c]);
  if (node == kMissing) return std::nullopt;
  return level_[c] == 0 ? column.labels[node] : column.hierarchy.levels[level_[c] - 1].labels[node];
}

}  // namespace pt::protect
