#include "core/protect/rungs.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pt::protect {
namespace {

using model::EventPart;
using model::Period;
using model::Population;

/// How often each event column's value tells two events apart: the Gini-Simpson index of its
/// values.
std::vector<double> distinctness(const Population& population) {
  std::vector<std::uint64_t> events(population.n_combos, 0);
  for (const std::uint64_t w : population.words) ++events[model::EventWord::combo(w)];
  std::vector<double> index(population.event_width(), 0);
  const auto total = static_cast<double>(std::max<std::size_t>(1, population.words.size()));
  for (std::size_t c = 0; c < population.event_width(); ++c) {
    std::vector<std::uint64_t> values(population.event_columns[c].labels.size() + 1, 0);
    for (std::uint32_t i = 0; i < population.n_combos; ++i) {
      const model::Code v = population.event_value(i, c);
      values[v == model::kMissing ? values.size() - 1 : v] += events[i];
    }
    double same = 0;
    for (const std::uint64_t n : values)
      same += (static_cast<double>(n) / total) * (static_cast<double>(n) / total);
    index[c] = 1 - same;
  }
  return index;
}

/// From least to most given up.
void sort_by_loss(const Population& population, const Options& options, Grouping& grouping,
                  std::vector<Setting>& settings) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < settings.size(); ++i)
    order.emplace_back(base_loss(population, options, grouping, settings[i]), i);
  std::sort(order.begin(), order.end());
  std::vector<Setting> sorted;
  for (const auto& [loss, i] : order) sorted.push_back(settings[i]);
  settings = std::move(sorted);
}

}  // namespace

ColumnPath column_path(const Population& population, const Options& options) {
  ColumnPath path;
  const std::vector<double> telling = distinctness(population);
  const auto patience = [&](std::size_t c) {
    const std::string& name = population.event_columns[c].name;
    if (options.preserves(name)) return 4;
    if (population.event_parts[c] == EventPart::type) return 3;
    if (population.event_parts[c] == EventPart::outcome) return 2;
    return options.wants(name) ? 1 : 0;
  };
  std::vector<std::size_t> order(population.event_width());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (patience(a) != patience(b)) return patience(a) < patience(b);
    return telling[a] > telling[b];
  });
  std::vector<std::uint32_t> levels;
  for (const model::Attribute& column : population.event_columns) {
    const bool withheld = std::find(options.withhold.begin(), options.withhold.end(),
                                    column.name) != options.withhold.end();
    levels.push_back(withheld ? levels_of(column) : column.finest_level);
  }
  path.push_back(levels);
  for (const std::size_t c : order) {
    if (telling[c] <= 0) continue;
    const std::uint32_t last = levels_of(population.event_columns[c]) -
                               (population.event_parts[c] == EventPart::type ? 1 : 0);
    while (levels[c] < last) {
      ++levels[c];
      path.push_back(levels);
    }
  }
  return path;
}

PlacePath place_path(const Population& population, const Options& options, std::uint32_t places) {
  PlacePath path;
  const double class_people = std::ceil(1 / options.target_risk - 1e-9);
  const auto all = static_cast<double>(population.size());
  for (std::uint32_t level = std::min(options.geography_level, places); level < places; ++level) {
    path.emplace_back(level, 0);
    path.emplace_back(level, static_cast<std::uint32_t>(std::min(class_people, all)));
  }
  path.emplace_back(places, 0);
  return path;
}

Rungs make_rungs(const Population& population, const Options& options, Grouping& grouping,
                 const ColumnPath& columns) {
  Rungs rungs;
  std::vector<Period> periods;
  for (Period p = options.period.value_or(Period::month);;
       p = static_cast<Period>(static_cast<int>(p) + 1)) {
    periods.push_back(p);
    if (p == Period::year || p == Period::none) break;
  }
  // Without any time, none is what is released, whatever was asked for.
  if (population.event_width() == 0 || population.days.empty() ||
      population.days.back() == model::kNoDay)
    periods = {Period::none};
  const auto place = group::find_protected(population).geography;
  const std::uint32_t places =
      place ? static_cast<std::uint32_t>(population.attributes[*place].hierarchy.levels.size()) + 1
            : 0;
  Setting s;
  s.persona_size = options.max_size;
  s.cohesion = options.cohesion.value_or(0);
  s.cell_people = grouping.smallest_persona();
  for (const Period period : periods)
    for (const auto& levels : columns)
      for (const auto& [level, people] : place_path(population, options, places)) {
        s.period = period;
        s.column_level = levels;
        s.geography_level = level;
        s.place_people = s.cell_people;
        s.place_total = people;
        rungs.settings.push_back(s);
      }
  sort_by_loss(population, options, grouping, rungs.settings);
  // Last resort: small protected cells share labels, more and more of them.
  rungs.coarsest = rungs.settings.front();
  rungs.coarsest.period = periods.back();
  rungs.coarsest.column_level = columns.back();
  rungs.coarsest.geography_level = places;
  rungs.coarsest.place_people = s.cell_people;
  const auto all = static_cast<std::uint32_t>(population.size());
  rungs.first_relabelled = rungs.settings.size();
  for (std::uint64_t people = std::uint64_t{2} * s.cell_people; s.cell_people < all; people *= 2) {
    s.cell_people = static_cast<std::uint32_t>(std::min<std::uint64_t>(people, all));
    for (const Setting& base : {rungs.settings.front(), rungs.coarsest}) {
      Setting relabelled = base;
      relabelled.cell_people = s.cell_people;
      rungs.settings.push_back(relabelled);
    }
  }
  return rungs;
}

}  // namespace pt::protect
