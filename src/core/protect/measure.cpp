#include "core/protect/measure.hpp"

#include <algorithm>
#include <cmath>

namespace pt::protect {
namespace {

using model::Period;

// Weights of the loss; they sum to 1. Dates and ages carry most of what research needs here, and a
// suppressed or relabelled person costs more than any coarsening.
constexpr double kDemographics = 0.30;
constexpr double kTime = 0.22;
constexpr double kColumns = 0.18;
constexpr double kGeography = 0.13;
constexpr double kLabels = 0.13;
constexpr double kPersonas = 0.04;

/// One person in this many relabelled or suppressed costs half of the label loss.
constexpr double kLabelScale = 20;

constexpr std::size_t kFewClasses = 40;

double period_loss(Period period) {
  switch (period) {
    case Period::day:
      return 0;
    case Period::week:
      return 0.1;
    case Period::month:
      return 0.2;
    case Period::quarter:
      return 0.35;
    case Period::half_year:
      return 0.5;
    case Period::year:
      return 0.75;
    case Period::none:
      return 1;
  }
  return 1;
}

double column_loss(const model::Population& population, const Options& options,
                   const Setting& setting) {
  double loss = 0, weights = 0;
  for (std::size_t c = 0; c < population.event_width(); ++c) {
    const model::Attribute& column = population.event_columns[c];
    const bool kept = population.event_parts[c] != model::EventPart::detail ||
                      std::find(options.preserve.begin(), options.preserve.end(), column.name) !=
                          options.preserve.end();
    const double weight = kept ? 2 : 1;
    weights += weight;
    const std::uint32_t level = c < setting.column_level.size() ? setting.column_level[c] : 0;
    loss += weight * level / levels_of(column);
  }
  return weights > 0 ? loss / weights : 0;
}

/// Mean over people of how far up the hierarchy their place is released; 1 = not shown.
double geography_loss(const model::Population& population, const Grown& grown) {
  const auto place = group::find_protected(population).geography;
  if (!place) return 0;
  const auto most = static_cast<double>(population.attributes[*place].hierarchy.levels.size() + 1);
  double loss = 0;
  for (const group::Cell& cell : grown.cells.cells)
    loss += static_cast<double>(cell.people) * cell.place_level / most;
  return loss / static_cast<double>(population.size());
}

double label_loss(const model::Population& population, const Grown& grown) {
  std::uint64_t relabelled = grown.suppressed;
  for (const group::Cell& cell : grown.cells.cells)
    if (cell.relabelled) relabelled += cell.people;
  const double share = static_cast<double>(relabelled) / static_cast<double>(population.size());
  // Steep at first, never flat: relabelling everybody is worse than relabelling a tenth.
  return (std::min(1.0, kLabelScale * share) + share) / 2;
}

double demographic_loss(const Options& options, const group::ClassTree& tree,
                        std::uint32_t classes) {
  const group::ClassTree::Cost cost = tree.cost(classes);
  const double preferred = 2 * options.age_tolerance;
  const double beyond = preferred > 0 ? std::max(0.0, cost.age_width - preferred) / preferred : 0;
  return std::min(1.0, cost.loss / 4) * 0.8 + std::min(1.0, beyond) * 0.2;
}

}  // namespace

Measured measure(Host& host, const model::Population& population, const Options& options,
                 Grouping& grouping, const Setting& setting, const model::Prf& randomness,
                 std::uint64_t most_people) {
  const Grown& grown = grouping.grown(setting);
  const auto classes = grown.tree->prune(setting.classes);
  const std::uint64_t released_people = population.size() - grown.suppressed;
  Measured m;
  if (released_people == 0) return m;
  if (options.attacker == Attacker::demographics) {
    m.average = static_cast<double>(classes.size()) / static_cast<double>(released_people);
    m.maximum = 0;
    for (const auto& c : classes)
      m.maximum = std::max(m.maximum, 1.0 / static_cast<double>(c.people));
    return m;
  }

  const Released released(population, setting);
  // With few classes a draw of whole classes says little; the attacker `events` sees all of them.
  m.sampled = most_people < released_people && classes.size() >= kFewClasses &&
              options.attacker != Attacker::events;
  const double share = static_cast<double>(most_people) / static_cast<double>(released_people);
  const model::Prf draw = randomness.derive("sample of classes");
  double sum = 0;
  std::uint64_t people = 0;
  m.maximum = 0;
  risk::Histories all(host.memory());  // attacker `events` sees all classes at once
  std::vector<std::uint32_t> all_personas;
  std::uint32_t personas = 0;
  const auto add = [&](std::uint64_t consistent) {
    const double r = 1.0 / static_cast<double>(consistent);
    sum += r;
    m.maximum = std::max(m.maximum, r);
  };
  for (const auto& c : classes) {
    host.poll();
    if (m.sampled) {
      const double lot = static_cast<double>(draw.at(c.tuples.front()) >> 11) * 0x1.0p-53;
      if (lot >= share) continue;
    }
    const std::vector<std::uint32_t> members = grouping.people_of(c);
    people += members.size();
    grouping.deal_class(setting, released, members, [&](const DealtClass& dealt) {
      if (options.attacker == Attacker::events) {
        if (all.first.empty()) all.first.push_back(0);
        for (std::size_t i = 0; i < members.size(); ++i) {
          const auto h = dealt.histories->of(i);
          all.codes.insert(all.codes.end(), h.begin(), h.end());
          all.first.push_back(all.codes.size());
          all_personas.push_back(personas + dealt.persona[i]);
        }
        personas += dealt.personas;
        return;
      }
      const auto pooled = risk::pool(host, *dealt.histories, dealt.persona);
      const auto sizes = dealt.sizes();
      std::vector<std::uint64_t> consistent(members.size());
      risk::Cover(host, pooled, sizes).all_events(*dealt.histories, consistent);
      for (const std::uint64_t n : consistent) add(n);
    });
  }
  if (options.attacker == Attacker::events && people > 0) {
    const auto pooled = risk::pool(host, all, all_personas);
    std::vector<std::uint32_t> sizes(personas, 0);
    for (const std::uint32_t p : all_personas) ++sizes[p];
    std::vector<std::uint64_t> consistent(all.people());
    risk::Cover(host, pooled, sizes).all_events(all, consistent);
    for (const std::uint64_t n : consistent) add(n);
  }
  if (people == 0) {
    m.average = m.maximum = 1;
    return m;
  }
  m.average = sum / static_cast<double>(people);
  return m;
}

double base_loss(const model::Population& population, const Options& options, Grouping& grouping,
                 const Setting& setting) {
  const bool events = population.event_width() > 0;
  const Grown& grown = grouping.cells(setting);
  return (events ? kTime * period_loss(setting.period) : 0) +
         (events ? kColumns * column_loss(population, options, setting) : 0) +
         kGeography * geography_loss(population, grown) + kLabels * label_loss(population, grown);
}

double utility(const model::Population& population, const Options& options, Grouping& grouping,
               const Setting& setting) {
  const Grown& grown = grouping.grown(setting);
  const double least = grouping.smallest_persona();
  const double size_loss = options.max_size > least
                               ? std::log(std::max(1.0, setting.persona_size / least)) /
                                     std::log(options.max_size / least)
                               : 0;
  const double persona_loss = 0.5 * (1 - setting.cohesion) + 0.5 * std::min(1.0, size_loss);
  const double loss = base_loss(population, options, grouping, setting) +
                      kDemographics * demographic_loss(options, *grown.tree, setting.classes) +
                      kPersonas * persona_loss;
  return std::max(0.0, 1 - loss);
}

}  // namespace pt::protect
