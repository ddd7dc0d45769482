#include "core/protect/protect.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/protect/assembly.hpp"
#include "core/protect/grouping.hpp"
#include "core/protect/ladder.hpp"
#include "core/text/json.hpp"

namespace pt::protect {
namespace {

using model::EventPart;
using model::EventWord;
using model::kMissing;
using model::Population;

/// Searches at most, each with less room than the last, when a sample promised too much. The room
/// shrinks by a hundredth at least, from the fourth round on by twice as much each time, so that
/// half of it is gone in the last: more than a sample of thousands ever errs by.
constexpr int kVerifications = 9;
constexpr int kSlowRounds = 3;
constexpr double kLeastStep = 0.01;
/// Share of the target that an estimate may use at first. The best of many estimates is one that
/// errs downwards, by 4 to 7 % for a million people, and each miss costs a whole grouping.
constexpr double kScoutMargin = 0.93;
/// From so many people on: below, grouping everybody twice costs less than the utility.
constexpr std::uint64_t kManyPeople = 200'000;
constexpr double kNotDefined = std::numeric_limits<double>::quiet_NaN();

/// Event columns whose values the ladder may roll up get their levels: event types first the rare
/// ones, then all, to the categories of the domain.
Population& with_type_levels(Population& population, const Options& options) {
  const auto it =
      std::find(population.event_parts.begin(), population.event_parts.end(), EventPart::type);
  if (it == population.event_parts.end() || options.vocabulary.category_of_type.empty())
    return population;
  const auto column = static_cast<std::size_t>(it - population.event_parts.begin());
  model::Attribute& type = population.event_columns[column];
  const auto& category = options.vocabulary.category_of_type;
  if (!type.hierarchy.empty() || category.size() != type.labels.size()) return population;

  std::vector<std::uint32_t> people(type.labels.size(), 0);
  std::vector<model::Code> seen;
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    seen.clear();
    for (const std::uint64_t w : population.events_of(p)) {
      const model::Code v = population.event_value(EventWord::combo(w), column);
      if (v == kMissing || std::find(seen.begin(), seen.end(), v) != seen.end()) continue;
      seen.push_back(v);
      ++people[v];
    }
  }
  const auto rare = std::max<std::uint64_t>(options.max_size, population.size() / 200);
  for (const bool all : {false, true}) {
    model::Level level;
    std::map<std::string, model::Code> nodes;
    for (model::Code v = 0; v < type.labels.size(); ++v) {
      const bool rolled = (all || people[v] < rare) && !category[v].empty();
      std::string label = rolled ? category[v] : type.labels[v];
      const auto [node, fresh] = nodes.emplace(label, static_cast<model::Code>(nodes.size()));
      if (fresh) level.labels.push_back(label);
      level.node_of_leaf.push_back(node->second);
    }
    const std::size_t before =
        type.hierarchy.empty() ? type.labels.size() : type.hierarchy.levels.back().labels.size();
    if (level.labels.size() < before) type.hierarchy.levels.push_back(std::move(level));
  }
  return population;
}

/// The decision that the assembled result stands for: an estimate, measured on everybody.
Decision verification(const Found& found, const Protected& out, const Options& options,
                      const std::vector<Decision>& decisions) {
  Decision d = decisions.back();
  for (const Decision& earlier : decisions)
    if (earlier.chosen) d = earlier;
  d.step = decisions.back().step + 1;
  d.action = "verify";
  d.average_before = found.measured.average;
  d.maximum_before = found.measured.maximum;
  d.average_after = out.average;
  d.maximum_after = out.maximum;
  d.utility_before = d.utility_after;
  d.holds = Measured{out.average, out.maximum}.holds(options);
  d.chosen = d.holds;
  d.why = "the best estimate, measured on all people";
  return d;
}

/// Whether the target is missed by no more than what the order of adding up changes
/// (Measured::holds): 50 people in every persona and a target of 0.02.
bool is_target_itself(const Protected& out, const Options& options) {
  return out.released > 0 && out.average <= options.target_risk * (1 + 1e-9) &&
         out.maximum <= options.individual_limit;
}

/// What would help when the target is missed: larger personas, tried by doubling.
void advise(Host& host, const Population& population, const Options& options, Grouping& grouping,
            const model::Prf& randomness, const Found& found, Protected& out) {
  out.help =
      "Not even the coarsest setting reaches the target: release fewer quasi-identifiers (give a "
      "column the role 'ignore'), or raise target_risk.";
  if (options.attacker == Attacker::with_register) return;  // he does not look at personas
  Setting s = found.setting;
  for (std::uint64_t size = std::uint64_t{2} * options.max_size; size / 2 < population.size();
       size *= 2) {
    s.persona_size = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, population.size()));
    s.cohesion = 0;
    const Measured m = measure(host, population, options, grouping, s, randomness,
                               std::numeric_limits<std::uint64_t>::max());
    if (!m.holds(options)) continue;
    out.size_that_would_do = s.persona_size;
    out.help = "Personas of up to " + std::to_string(s.persona_size) +
               " people would reach the target: set max_size => " + std::to_string(s.persona_size) +
               ".";
    return;
  }
  const double people = std::ceil(1 / options.target_risk);
  if (static_cast<double>(population.size()) < people)
    out.help = "A target of " + text::json_number(options.target_risk) + " needs at least " +
               text::json_number(people) + " people; the source has " +
               std::to_string(population.size()) + ".";
}

}  // namespace

namespace {

/// Event types get their levels, events their noise: once for all targets.
std::optional<noise::Mechanism> prepare(Host& host, Population& population, const Options& options,
                                        const model::Prf& randomness) {
  options.validate();
  if (options.attacker == Attacker::with_register && !options.register_of)
    throw invalid_parameter("attacker \"register\" needs a table of the population", {},
                            "Name one in population: see pt_register_population.");
  with_type_levels(population, options);
  if (!options.noise.any() || population.event_width() == 0) return std::nullopt;
  return std::optional<noise::Mechanism>(std::in_place, host, population, options.noise,
                                         options.rules, randomness.derive("noise"));
}

Protected protect_prepared(Host& host, const Population& population, const Options& options,
                           const model::Prf& randomness, const noise::Mechanism* mechanism) {
  if (population.size() == 0) {
    Protected empty(host.memory());
    empty.average = empty.maximum = empty.mean_age_width = kNotDefined;
    empty.help = "The source has no people.";
    return empty;
  }
  // The ladder keeps the reserve; whether the target is met is a question of the target itself.
  const Options goal = options.with_reserve_kept();
  auto grouping = std::make_unique<Grouping>(host, population, goal, mechanism);
  Protected out(host.memory());
  std::vector<Decision> decisions;
  const double first = population.size() < kManyPeople ? 1 : kScoutMargin;
  double margin = first;
  Found found;
  std::optional<Setting> only;  // the rung of a promise that was not kept
  for (int round = 1;; ++round) {
    found = climb(host, population, goal, *grouping, randomness, margin, only);
    const std::size_t earlier = decisions.size();
    for (Decision& d : found.decisions) {
      d.step += static_cast<std::uint32_t>(earlier);
      decisions.push_back(std::move(d));
    }
    if (first < 1 && margin == first && !found.holds && found.measured.sampled) {
      margin = 1;  // perhaps it is the margin that can't be held
      round = 0;
      for (Decision& d : decisions) d.chosen = false;
      continue;
    }
    if (only && !found.holds && found.measured.sampled) {
      only.reset();  // others may have more room
      for (Decision& d : decisions) d.chosen = false;
      continue;
    }
    grouping->keep_only(found.setting);
    out = Protected(host.memory());  // before there is another one
    const bool last = !found.measured.sampled || !found.holds || round >= kVerifications;
    out = assemble(host, population, goal, grouping, found.setting,
                   last ? Complete::always : Complete::if_held, &randomness);
    if (!found.measured.sampled) break;
    decisions.push_back(verification(found, out, goal, decisions));
    if (!found.holds || decisions.back().holds || round >= kVerifications) break;
    // The sample promised too much: leave room for the error next time.
    const double step = kLeastStep * (1 << std::max(0, round - kSlowRounds));
    margin *= std::min(1 - step, (1 - kLeastStep) * goal.target_risk / out.average);
    only = found.setting;
    for (Decision& d : decisions) d.chosen = false;
  }
  out.utility = found.utility;
  out.decisions = std::move(decisions);
  const Measured reached{out.average, out.maximum};
  const bool kept = out.released > 0 && reached.holds(goal);
  out.target_met = out.released > 0 && reached.holds(options);
  if (found.holds && !found.measured.sampled && !kept)
    throw internal_error("the assembled personas do not hold what the ladder measured");
  if (!kept) advise(host, population, goal, *grouping, randomness, found, out);
  if (!kept && is_target_itself(out, goal))
    out.help =
        "The average is the target itself, and who adds up in another order may get above it: "
        "target_risk => " +
        text::json_number(options.target_risk * 1.001) + " would hold. " + out.help;
  if (!kept && options.reserve > 0)
    out.help += " The target counts less its reserve of " + text::json_number(options.reserve) +
                " here: a smaller one asks for less.";
  if (mechanism != nullptr)
    out.noise =
        NoiseReport{mechanism->options(), mechanism->changed_share(), mechanism->matrices()};
  return out;
}

}  // namespace

Protected protect(Host& host, Population& population, const Options& options,
                  const model::Prf& randomness) {
  const auto mechanism = prepare(host, population, options, randomness);
  return protect_prepared(host, population, options, randomness, mechanism ? &*mechanism : nullptr);
}

std::vector<FrontierPoint> frontier(Host& host, Population& population, const Options& options,
                                    const model::Prf& randomness,
                                    const std::vector<double>& targets) {
  std::vector<FrontierPoint> points;
  const auto mechanism = prepare(host, population, options, randomness);
  for (const double target : targets) {
    Options at = options;
    at.target_risk = target;
    at.validate();
    const Protected p =
        protect_prepared(host, population, at, randomness, mechanism ? &*mechanism : nullptr);
    points.push_back({target, p.target_met, p.average, p.maximum, p.utility, p.mean_age_width,
                      p.setting.period, static_cast<std::uint32_t>(p.classes.size()),
                      static_cast<std::uint32_t>(p.personas.size()), p.suppressed});
  }
  return points;
}

}  // namespace pt::protect
