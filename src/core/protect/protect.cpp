#include "core/protect/protect.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/error.hpp"
#include "core/protect/grouping.hpp"
#include "core/protect/ladder.hpp"
#include "core/protect/recidivism.hpp"
#include "core/text/json.hpp"

namespace pt::protect {
namespace {

using model::EventPart;
using model::EventWord;
using model::kMissing;
using model::Meaning;
using model::Population;

constexpr double kHighRisk = 0.25;
/// Searches at most, each with less room than the last, when a sample promised too much.
constexpr int kVerifications = 4;
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
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    std::vector<model::Code> seen;
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

struct Sums {
  double sum = 0, maximum = 0;
  std::uint64_t people = 0;

  void add(double risk) {
    sum += risk;
    maximum = std::max(maximum, risk);
    ++people;
  }
  double average() const { return people > 0 ? sum / static_cast<double>(people) : kNotDefined; }
  double highest() const { return people > 0 ? maximum : kNotDefined; }
};

/// Groups the whole population at the setting found and writes everything down.
class Assembly {
 public:
  Assembly(Host& host, const Population& population, const Options& options, Grouping& grouping,
           const Setting& setting)
      : host_(host),
        population_(population),
        options_(options),
        grouping_(grouping),
        setting_(setting),
        released_(population, setting),
        out_(host.memory()) {
    out_.setting = setting;
    out_.persona_of.assign(population.size(), Protected::kSuppressed);
    out_.risk.assign(population.size(), 0.0F);
    out_.pooled.reserve(population.words.size());  // reserved, not used: no copies while it grows
  }

  Protected run() {
    const Grown& grown = grouping_.grown(setting_);
    const auto classes = grown.tree->prune(setting_.classes);
    name_columns();
    for (const auto& c : classes) {
      host_.progress("group", out_.classes.size(), classes.size());
      add_class(grown, c);
    }
    const auto indicators = recidivism_indicators(reoffence_, options_.min_size);
    if (has_reoffence_)
      for (std::size_t c = 0; c < indicators.size(); ++c)
        out_.classes[c].recidivism_json = indicators[c];
    order_personas();
    assess_events();
    finish_figures();
    return std::move(out_);
  }

 private:
  void name_columns() {
    for (const std::uint32_t c : released_.columns()) {
      out_.column_names.push_back(population_.event_columns[c].name);
      out_.column_of.push_back(c);
    }
    for (std::uint32_t i = 0; i < released_.combos() && population_.n_combos > 0; ++i) {
      std::vector<std::optional<std::string>> row;
      for (std::size_t c = 0; c < released_.columns().size(); ++c)
        row.push_back(released_.value(i, c));
      out_.combos.push_back(std::move(row));
    }
    out_.period_starts = released_.period_starts();
    const auto known = group::find_protected(population_);
    for (std::size_t a = 0; a < population_.width(); ++a)
      if (known.gender != a && known.ethnicity != a && known.geography != a && known.age != a) {
        others_.push_back(a);
        out_.other_names.push_back(population_.attributes[a].name);
      }
    find_reoffence_codes();
  }

  /// combination -> does it mean reoffence
  void find_reoffence_codes() {
    reoffence_combo_.assign(population_.n_combos, false);
    for (std::size_t c = 0; c < population_.event_width(); ++c) {
      const std::vector<bool>* flags = nullptr;
      if (population_.event_parts[c] == EventPart::type)
        flags = &options_.vocabulary.type_is_reoffence;
      if (population_.event_parts[c] == EventPart::outcome)
        flags = &options_.vocabulary.outcome_is_reoffence;
      if (flags == nullptr) continue;
      for (std::uint32_t i = 0; i < population_.n_combos; ++i) {
        const model::Code v = population_.event_value(i, c);
        if (v != kMissing && v < flags->size() && (*flags)[v]) reoffence_combo_[i] = true;
      }
      for (const bool f : *flags) has_reoffence_ = has_reoffence_ || f;
    }
  }

  bool reoffends(std::uint32_t person) const {
    const auto events = population_.events_of(person);
    return std::any_of(events.begin(), events.end(),
                       [&](std::uint64_t w) { return reoffence_combo_[EventWord::combo(w)]; });
  }

  void add_class(const Grown& grown, const group::ClassTree::Class& c) {
    const std::vector<std::uint32_t> people = grouping_.people_of(c);
    const auto class_no = static_cast<std::uint32_t>(out_.classes.size());
    out_.classes.push_back(describe_class(grown, c, people));
    std::uint64_t with = 0;
    if (has_reoffence_)
      for (const std::uint32_t p : people) with += reoffends(p) ? 1 : 0;
    reoffence_.push_back({c.cell, c.people, with});
    demographics_.sum += 1;
    demographics_.maximum = std::max(demographics_.maximum, 1.0 / static_cast<double>(c.people));
    demographics_.people += c.people;

    grouping_.deal_class(setting_, released_, people, [&](const DealtClass& dealt) {
      const auto base = static_cast<std::uint32_t>(out_.personas.size());
      const auto sizes = dealt.sizes();
      for (std::uint32_t p = 0; p < dealt.personas; ++p) {
        PersonaRow row{};
        row.class_no = class_no;
        row.people = sizes[p];
        out_.personas.push_back(row);
        smallest_member_.push_back(Protected::kSuppressed);
      }
      std::vector<bool> homogeneous(dealt.personas, false);
      std::vector<std::uint32_t> values(people.size());
      for (const auto& column : grouping_.sensitive()) {
        for (std::size_t i = 0; i < people.size(); ++i) values[i] = column[people[i]];
        group::mark_homogeneous(dealt.persona, values, homogeneous);
      }
      out_.homogeneous_personas +=
          static_cast<std::uint64_t>(std::count(homogeneous.begin(), homogeneous.end(), true));
      assess_class(dealt, people, sizes, base);
    });
  }

  void assess_class(const DealtClass& dealt, const std::vector<std::uint32_t>& people,
                    const std::vector<std::uint32_t>& sizes, std::uint32_t base) {
    auto pooled = risk::pool(host_, *dealt.histories, dealt.persona);
    risk::Cover cover(host_, pooled, sizes);
    std::vector<std::uint64_t> consistent(people.size());
    const auto add_all = [&](Sums& sums) {
      for (const std::uint64_t n : consistent) sums.add(1.0 / static_cast<double>(n));
    };
    cover.any_events(1, *dealt.histories, consistent);
    add_all(one_event_);
    cover.any_events(2, *dealt.histories, consistent);
    add_all(two_events_);
    cover.all_events(*dealt.histories, consistent);
    add_all(all_events_);
    for (std::size_t i = 0; i < people.size(); ++i) {
      const std::uint32_t p = base + dealt.persona[i];
      out_.persona_of[people[i]] = p;
      smallest_member_[p] = std::min(smallest_member_[p], people[i]);
      const double risk = options_.attacker == Attacker::demographics
                              ? 1.0 / static_cast<double>(people.size())
                              : 1.0 / static_cast<double>(consistent[i]);
      set_risk(people[i], p, risk);
    }
    for (risk::PersonaEvents& e : pooled) {
      e.persona += base;
      out_.pooled.push_back(e);
    }
  }

  void set_risk(std::uint32_t person, std::uint32_t persona, double risk) {
    out_.risk[person] = static_cast<float>(risk);
    out_.personas[persona].risk = std::max(out_.personas[persona].risk, risk);
  }

  ClassRow describe_class(const Grown& grown, const group::ClassTree::Class& c,
                          const std::vector<std::uint32_t>& people) {
    const group::Cell& cell = grown.cells.cells[c.cell];
    const auto known = group::find_protected(population_);
    ClassRow row{};
    row.people = static_cast<std::uint32_t>(c.people);
    row.gender = cell.gender;
    row.ethnicity = cell.ethnicity;
    row.geography = cell.geography;
    if (known.gender && !grown.cells.matches_gender)
      row.gender = grown.tree->label(c, *known.gender);
    if (known.ethnicity && !grown.cells.matches_ethnicity)
      row.ethnicity = grown.tree->label(c, *known.ethnicity);
    row.generalized_label = cell.relabelled;
    if (cell.relabelled) out_.label_generalized += c.people;
    if (cell.place_level > options_.geography_level) out_.place_generalized += c.people;
    if (const auto range = grown.tree->age_range(c)) {
      row.age_low = range->first;
      row.age_high = range->second;
    }
    row.age_mean = known.age ? mean_age(people, *known.age) : kNotDefined;
    if (!row.age_low) row.age_mean = kNotDefined;
    age_width_ += c.age_width * static_cast<double>(c.people);
    for (const std::size_t a : others_) row.others.push_back(grown.tree->label(c, a));
    // The released share of demographic information; a column count of 0 removes nothing.
    row.confidence = 1 - std::min(1.0, c.loss / 2);
    row.weight_mean = kNotDefined;
    if (!population_.weight.empty()) {
      double sum = 0;
      for (const std::uint32_t p : people) sum += static_cast<double>(population_.weight[p]);
      row.weight_mean = sum / static_cast<double>(people.size());
    }
    return row;
  }

  double mean_age(const std::vector<std::uint32_t>& people, std::size_t column) const {
    double sum = 0;
    for (const std::uint32_t p : people) {
      const model::Code v = population_.value(population_.tuple[p], column);
      if (v == kMissing) return kNotDefined;
      sum += population_.attributes[column].values[v];
    }
    return sum / static_cast<double>(people.size());
  }

  /// Personas in the order of their keys, which are those of their smallest members.
  void order_personas() {
    std::vector<std::uint32_t> order(out_.personas.size()), place(out_.personas.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return smallest_member_[a] < smallest_member_[b];
    });
    std::vector<PersonaRow> sorted;
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      place[order[i]] = i;
      sorted.push_back(out_.personas[order[i]]);
      sorted.back().key = population_.key[smallest_member_[order[i]]];
    }
    out_.personas = std::move(sorted);
    for (auto& p : out_.persona_of)
      if (p != Protected::kSuppressed) p = place[p];
    for (auto& e : out_.pooled) e.persona = place[e.persona];
  }

  /// The attacker who knows all events and no demographics sees all personas of all classes.
  void assess_events() {
    risk::merge_equal(out_.pooled);
    host_.poll();
    std::vector<std::uint32_t> sizes;
    for (const PersonaRow& p : out_.personas) sizes.push_back(p.people);
    risk::Cover cover(host_, out_.pooled, sizes);
    risk::EventLookup lookup(cover);
    std::vector<std::uint64_t> history;
    if (options_.attacker == Attacker::events)
      for (PersonaRow& p : out_.personas) p.risk = 0;
    for (std::uint32_t p = 0; p < population_.size(); ++p) {
      if ((p & 0xFFF) == 0) host_.progress("assess", p, population_.size());
      if (out_.persona_of[p] == Protected::kSuppressed) continue;
      history.clear();
      for (const std::uint64_t w : population_.events_of(p)) history.push_back(released_.code(w));
      std::sort(history.begin(), history.end());
      const double risk = 1.0 / static_cast<double>(lookup.people_with(history));
      events_.add(risk);
      if (options_.attacker == Attacker::events) set_risk(p, out_.persona_of[p], risk);
    }
    std::sort(out_.pooled.begin(), out_.pooled.end(),
              [](const risk::PersonaEvents& a, const risk::PersonaEvents& b) {
                return a.persona != b.persona ? a.persona < b.persona : a.code < b.code;
              });
    std::uint64_t at = 0;
    for (std::uint32_t p = 0; p < out_.personas.size(); ++p) {
      out_.personas[p].event_begin = at;
      while (at < out_.pooled.size() && out_.pooled[at].persona == p) ++at;
      out_.personas[p].event_end = at;
    }
  }

  void finish_figures() {
    const bool events = population_.event_width() > 0;
    const auto average = [&](const Sums& s) { return events ? s.average() : kNotDefined; };
    const auto highest = [&](const Sums& s) { return events ? s.highest() : kNotDefined; };
    out_.risks = {demographics_.average(), demographics_.highest(), average(one_event_),
                  highest(one_event_),     average(two_events_),    highest(two_events_),
                  average(all_events_),    highest(all_events_),    average(events_),
                  highest(events_)};
    const Sums& chosen = options_.attacker == Attacker::demographics ? demographics_
                         : options_.attacker == Attacker::events     ? events_
                                                                     : all_events_;
    out_.average = chosen.average();
    out_.maximum = chosen.highest();
    out_.released = demographics_.people;
    out_.suppressed = population_.size() - out_.released;
    out_.mean_age_width = group::find_protected(population_).age && out_.released > 0
                              ? age_width_ / static_cast<double>(out_.released)
                              : kNotDefined;
    for (const PersonaRow& p : out_.personas)
      if (p.risk > kHighRisk) ++out_.high_risk_personas;
  }

  Host& host_;
  const Population& population_;
  const Options& options_;
  Grouping& grouping_;
  Setting setting_;
  Released released_;
  Protected out_;
  std::vector<std::size_t> others_;
  std::vector<bool> reoffence_combo_;
  bool has_reoffence_ = false;
  std::vector<Reoffence> reoffence_;
  std::vector<std::uint32_t> smallest_member_;
  Sums demographics_, one_event_, two_events_, all_events_, events_;
  double age_width_ = 0;
};

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

/// What would help when the target is missed: larger personas, tried by doubling.
void advise(Host& host, const Population& population, const Options& options, Grouping& grouping,
            const model::Prf& randomness, const Found& found, Protected& out) {
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
  else
    out.help =
        "Not even the coarsest setting reaches the target: release fewer quasi-identifiers (give a "
        "column the role 'ignore'), or raise target_risk.";
}

}  // namespace

Protected protect(Host& host, Population& population, const Options& options,
                  const model::Prf& randomness) {
  options.validate();
  if (population.size() == 0) {
    Protected empty(host.memory());
    empty.average = empty.maximum = empty.mean_age_width = kNotDefined;
    empty.help = "The source has no people.";
    return empty;
  }
  with_type_levels(population, options);
  Grouping grouping(host, population, options);
  Protected out(host.memory());
  std::vector<Decision> decisions;
  double margin = 1;
  Found found;
  for (int round = 1;; ++round) {
    found = climb(host, population, options, grouping, randomness, margin,
                  round == 1 ? std::nullopt : std::optional(found.setting));
    const std::size_t earlier = decisions.size();
    for (Decision& d : found.decisions) {
      d.step += static_cast<std::uint32_t>(earlier);
      decisions.push_back(std::move(d));
    }
    grouping.keep_only(found.setting);
    out = Assembly(host, population, options, grouping, found.setting).run();
    if (!found.measured.sampled) break;
    decisions.push_back(verification(found, out, options, decisions));
    if (!found.holds || decisions.back().holds || round == kVerifications) break;
    // The sample promised too much: leave room for the error next time.
    margin *= std::min(0.99, 0.99 * options.target_risk / out.average);
    for (Decision& d : decisions) d.chosen = false;
  }
  out.utility = found.utility;
  out.decisions = std::move(decisions);
  out.target_met = out.released > 0 && Measured{out.average, out.maximum}.holds(options);
  if (found.holds && !found.measured.sampled && !out.target_met)
    throw internal_error("the assembled personas do not hold what the ladder measured");
  if (!out.target_met) advise(host, population, options, grouping, randomness, found, out);
  return out;
}

EventSummary summarize_events(const Population& population, const Protected& result,
                              const PersonaRow& persona) {
  std::optional<std::size_t> type, outcome;
  for (std::size_t c = 0; c < result.column_of.size(); ++c) {
    const EventPart part = population.event_parts[result.column_of[c]];
    if (part == EventPart::type) type = c;
    if (part == EventPart::outcome) outcome = c;
  }
  const std::string unknown = "not known";
  std::map<std::string, std::uint64_t> types;
  std::map<std::int32_t, std::map<std::string, std::uint64_t>> periods;
  std::map<std::string, std::map<std::string, std::uint64_t>> outcomes;
  for (std::uint64_t i = persona.event_begin; i < persona.event_end; ++i) {
    const EventRow event = result.event(i);
    const auto& values = result.combos[event.combo];
    const std::string name = type ? values[*type].value_or(unknown) : unknown;
    types[name] += event.weight;
    periods[event.period_start][name] += event.weight;
    if (outcome && values[*outcome]) outcomes[name][*values[*outcome]] += event.weight;
  }
  const auto object = [](const std::map<std::string, std::uint64_t>& counts) {
    std::string text = "{";
    for (const auto& [key, n] : counts)
      text += (text.size() > 1 ? ", " : "") + text::json_quote(key) + ": " + std::to_string(n);
    return text + "}";
  };
  EventSummary summary;
  for (const auto& [name, n] : types) summary.event_types.push_back(name);
  summary.temporal_patterns = "{";
  for (const auto& [start, counts] : periods) {
    const std::string label =
        start == model::kNoDay ? unknown : model::period_label(start, result.setting.period);
    summary.temporal_patterns += (summary.temporal_patterns.size() > 1 ? ", " : "") +
                                 text::json_quote(label) + ": " + object(counts);
  }
  summary.temporal_patterns += "}";
  summary.outcome_distributions = "{";
  for (const auto& [name, counts] : outcomes)
    summary.outcome_distributions += (summary.outcome_distributions.size() > 1 ? ", " : "") +
                                     text::json_quote(name) + ": " + object(counts);
  summary.outcome_distributions += "}";
  return summary;
}

std::vector<FrontierPoint> frontier(Host& host, Population& population, const Options& options,
                                    const model::Prf& randomness,
                                    const std::vector<double>& targets) {
  std::vector<FrontierPoint> points;
  for (const double target : targets) {
    Options at = options;
    at.target_risk = target;
    const Protected p = protect(host, population, at, randomness);
    points.push_back({target, p.target_met, p.average, p.maximum, p.utility, p.mean_age_width,
                      p.setting.period, static_cast<std::uint32_t>(p.classes.size()),
                      static_cast<std::uint32_t>(p.personas.size()), p.suppressed});
  }
  return points;
}

}  // namespace pt::protect
