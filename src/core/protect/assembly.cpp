#include "core/protect/assembly.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/error.hpp"
#include "core/protect/measure.hpp"
#include "core/protect/posterior.hpp"
#include "core/protect/recidivism.hpp"
#include "core/protect/synthetic.hpp"
#include "core/release/content.hpp"
#include "core/risk/risk_sum.hpp"

namespace pt::protect {
namespace {

using model::EventPart;
using model::EventWord;
using model::kMissing;
using model::Population;
using risk::RiskSum;

constexpr double kHighRisk = 0.25;
constexpr double kNotDefined = std::numeric_limits<double>::quiet_NaN();

/// Groups the whole population at the setting found and writes everything down.
class Assembly {
 public:
  Assembly(Host& host, const Population& population, const Options& options, Grouping& grouping,
           const Setting& setting, const model::Prf* randomness)
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
    if (grouping.mechanism() != nullptr)
      posterior_.emplace(host, population, *grouping.mechanism(), released_, setting.period);
    if (setting.synthetic > 0) {
      if (randomness == nullptr) throw internal_error("synthetic events without randomness");
      synthetic_.emplace(host, population, options, grouping, setting, released_, *randomness);
    }
    out_.pooled.start(std::uint64_t{released_.period_starts().size()} * released_.combos(),
                      population.size() / grouping.smallest_persona() + 1,
                      population.words.size() +
                          (synthetic_ ? synthetic_->added()
                                      : 0));  // reserved, not used: no copies while it grows
  }

  /// Everything but what needs all classes at once.
  void group() {
    const Grown& grown = grouping_.grown(setting_);
    const auto classes = grown.tree->prune(setting_.classes, setting_.undone);
    name_columns();
    for (const auto& c : classes) {
      host_.progress("group", out_.classes.size(), classes.size());
      add_class(grown, c);
    }
    const auto indicators =
        recidivism_indicators(reoffence_, options_.min_size, options_.table_cells);
    if (has_reoffence_)
      for (std::size_t c = 0; c < indicators.size(); ++c)
        out_.classes[c].recidivism_json = indicators[c];
    finish_figures();
  }

  /// After group(): whether the chosen attacker's figures are known.
  [[nodiscard]] bool assessed() const { return options_.attacker != Attacker::events; }
  [[nodiscard]] const Protected& so_far() const { return out_; }
  Protected incomplete() && { return std::move(out_); }

  Protected finish() {
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
    const auto codes = reoffence_combinations(population_, options_.vocabulary);
    has_reoffence_ = codes.has_value();
    if (codes) reoffence_combo_ = *codes;
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
    if (synthetic_) note_synthetic(base, pooled);
    risk::Cover cover(host_, pooled, sizes);
    std::vector<double> risks(people.size());
    if (posterior_) posterior_->set_class(pooled, sizes);
    double by_register = kNotDefined;
    if (options_.register_of) {
      by_register = register_risk(people.size(), options_.register_of->people(out_.classes.back()));
      register_.add(by_register, people.size());
    }
    for (std::size_t i = 0; i < people.size(); ++i) {
      const auto [one, two, all] = cover.consistent(dealt.histories->of(i));
      one_event_.add(1.0 / static_cast<double>(one));
      two_events_.add(1.0 / static_cast<double>(two));
      risks[i] = 1.0 / static_cast<double>(all);
      if (posterior_) {
        const noise::Posterior::Belief b = posterior_->believe(people[i], dealt.persona[i]);
        risks[i] = b.highest / (b.own * sizes[dealt.persona[i]] + b.others);
      }
      all_events_.add(risks[i]);
    }
    for (std::size_t i = 0; i < people.size(); ++i) {
      const std::uint32_t p = base + dealt.persona[i];
      out_.persona_of[people[i]] = p;
      smallest_member_[p] = std::min(smallest_member_[p], people[i]);
      const double risk = options_.attacker == Attacker::demographics
                              ? 1.0 / static_cast<double>(people.size())
                          : options_.attacker == Attacker::with_register ? by_register
                                                                         : risks[i];
      set_risk(people[i], p, risk);
    }
    if (posterior_) count_changed(dealt, base);
    for (risk::PersonaEvents& e : pooled) {
      e.persona += base;
      out_.pooled.add(e);
    }
  }

  /// Adds the synthetic events of the class that is being added, and remembers which they are.
  void note_synthetic(std::uint32_t base, std::pmr::vector<risk::PersonaEvents>& pooled) {
    const std::size_t class_no = out_.classes.size() - 1;
    synthetic_->add_to(class_no, pooled);
    const std::uint64_t combos = released_.combos();
    for (const risk::PersonaEvents& e : synthetic_->of(class_no))
      synthetic_rows_.push_back({base + e.persona, released_.period_starts()[e.code / combos],
                                 static_cast<std::uint32_t>(e.code % combos), e.count});
  }

  /// Synthetic events by persona, and their share in each event type.
  void report_synthetic(const std::vector<std::uint32_t>& place) {
    if (!synthetic_) return;
    SyntheticReport report;
    report.rows = std::move(synthetic_rows_);
    for (SyntheticReport::Row& row : report.rows) row.persona = place[row.persona];
    std::stable_sort(report.rows.begin(), report.rows.end(),
                     [](const auto& a, const auto& b) { return a.persona < b.persona; });
    std::optional<std::size_t> column;
    for (std::size_t c = 0; c < out_.column_of.size() && !column; ++c)
      if (population_.event_parts[out_.column_of[c]] == EventPart::type) column = c;
    std::map<std::optional<std::string>, SyntheticReport::Type> types;
    const auto type_of = [&](std::uint32_t combo) -> SyntheticReport::Type& {
      return types[column ? out_.combos[combo][*column] : std::nullopt];
    };
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < out_.pooled.size(); ++i) {
      const risk::PersonaEvents e = out_.pooled[i];
      type_of(static_cast<std::uint32_t>(e.code % released_.combos())).all += e.count;
      all += e.count;
    }
    for (const SyntheticReport::Row& row : report.rows) type_of(row.combo).synthetic += row.weight;
    for (auto& [label, type] : types) {
      type.event_type = label;
      report.types.push_back(std::move(type));
    }
    report.added = synthetic_->added();
    report.unplaced = synthetic_->unplaced();
    report.share = all > 0 ? static_cast<double>(report.added) / static_cast<double>(all) : 0;
    out_.synthetic = std::move(report);
  }

  /// Shares of perturbed events, by persona.
  void count_changed(const DealtClass& dealt, std::uint32_t base) {
    const noise::Mechanism& mechanism = *grouping_.mechanism();
    std::vector<std::uint64_t> all(dealt.personas, 0), changed(dealt.personas, 0);
    for (std::size_t i = 0; i < dealt.people.size(); ++i) {
      const std::uint64_t first = mechanism.first_event(dealt.people[i]);
      const std::size_t events = mechanism.events_of(dealt.people[i]).size();
      all[dealt.persona[i]] += events;
      for (std::uint64_t e = first; e < first + events; ++e)
        changed[dealt.persona[i]] += mechanism.changed(e) ? 1 : 0;
    }
    for (std::uint32_t p = 0; p < dealt.personas; ++p)
      if (all[p] > 0)
        out_.personas[base + p].noise =
            static_cast<double>(changed[p]) / static_cast<double>(all[p]);
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
    static_cast<ClassLabels&>(row) = labels_of(population_, grown, c);
    row.people = static_cast<std::uint32_t>(c.people);
    row.generalized_label = cell.relabelled;
    if (cell.relabelled) out_.label_generalized += c.people;
    if (cell.place_level > options_.geography_level) out_.place_generalized += c.people;
    row.age_mean = known.age ? mean_age(people, *known.age) : kNotDefined;
    if (!row.age_low) row.age_mean = kNotDefined;
    // The released share of demographic information, from what is shown; a column count of 0
    // removes nothing.
    const group::ClassTree::Cost shown = grown.tree->released_cost(c);
    age_width_ += shown.age_width * static_cast<double>(c.people);
    row.confidence = 1 - std::min(1.0, shown.loss / 2);
    row.weight_mean = kNotDefined;
    if (!population_.weight.empty()) {
      double sum = 0;
      for (const std::uint32_t p : people) sum += static_cast<double>(population_.weight[p]);
      row.weight_mean = sum / static_cast<double>(people.size());
    }
    for (std::size_t a = 0; a < population_.width(); ++a) row.values.push_back(values_of(c, a));
    return row;
  }

  ClassValues values_of(const group::ClassTree::Class& c, std::size_t attribute) const {
    const model::Attribute& column = population_.attributes[attribute];
    std::vector<model::Code> codes;
    for (const std::uint32_t t : c.tuples) codes.push_back(population_.value(t, attribute));
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    ClassValues out;
    out.missing = !codes.empty() && codes.back() == kMissing;
    if (out.missing) codes.pop_back();
    if (column.scale == model::Scale::ordered) {
      if (codes.empty()) return out;
      out.low = column.values[codes.front()];
      out.high = column.values[codes.back()];
      return out;
    }
    for (const model::Code code : codes) out.labels.push_back(column.labels[code]);
    std::sort(out.labels.begin(), out.labels.end());
    return out;
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
    out_.pooled.renumber(place);
    report_synthetic(place);
  }

  /// The attacker who knows all events and no demographics sees all personas of all classes.
  void assess_events() {
    host_.progress("assess", 0, population_.size());
    out_.pooled.sort_by_code();
    out_.content.assign(population_.size(), 0);
    std::vector<std::uint32_t> sizes;
    for (const PersonaRow& p : out_.personas) sizes.push_back(p.people);
    risk::Cover cover(host_, out_.pooled, sizes);
    risk::EventLookup lookup(cover);
    std::vector<std::uint64_t> history;
    const release::Contents contents(population_, released_);
    if (options_.attacker == Attacker::events)
      for (PersonaRow& p : out_.personas) p.risk = 0;
    for (std::uint32_t p = 0; p < population_.size(); ++p) {
      if ((p & 0xFFF) == 0) host_.progress("assess", p, population_.size());
      if (out_.persona_of[p] == Protected::kSuppressed) continue;
      history.clear();
      for (const std::uint64_t w : population_.events_of(p)) history.push_back(released_.code(w));
      std::sort(history.begin(), history.end());
      out_.content[p] = contents.of(population_.events_of(p));
      const double risk = 1.0 / static_cast<double>(lookup.people_with(history));
      events_.add(risk);
      if (options_.attacker == Attacker::events) set_risk(p, out_.persona_of[p], risk);
    }
    out_.pooled.sort_by_persona();
    std::uint64_t at = 0;
    for (std::uint32_t p = 0; p < out_.personas.size(); ++p) {
      out_.personas[p].event_begin = at;
      while (at < out_.pooled.size() && out_.pooled[at].persona == p) ++at;
      out_.personas[p].event_end = at;
    }
  }

  void finish_figures() {
    const bool events = population_.event_width() > 0;
    const auto average = [&](const RiskSum& s) { return events ? s.average() : kNotDefined; };
    const auto highest = [&](const RiskSum& s) { return events ? s.highest() : kNotDefined; };
    out_.risks = {demographics_.average(), demographics_.highest(), average(one_event_),
                  highest(one_event_),     average(two_events_),    highest(two_events_),
                  average(all_events_),    highest(all_events_),    average(events_),
                  highest(events_),        register_.average(),     register_.highest()};
    const RiskSum& chosen = options_.attacker == Attacker::demographics    ? demographics_
                            : options_.attacker == Attacker::events        ? events_
                            : options_.attacker == Attacker::with_register ? register_
                                                                           : all_events_;
    out_.average = chosen.average();
    out_.maximum = chosen.highest();
    out_.released = demographics_.people;
    out_.suppressed = population_.size() - out_.released;
    out_.mean_age_width = group::find_protected(population_).age && out_.released > 0
                              ? age_width_ / static_cast<double>(out_.released)
                              : kNotDefined;
    out_.high_risk_personas = 0;
    for (const PersonaRow& p : out_.personas)
      if (p.risk > kHighRisk) ++out_.high_risk_personas;
  }

  Host& host_;
  const Population& population_;
  const Options& options_;
  Grouping& grouping_;
  Setting setting_;
  Released released_;
  std::optional<noise::Posterior> posterior_;
  std::optional<SyntheticEvents> synthetic_;
  std::vector<SyntheticReport::Row> synthetic_rows_;
  Protected out_;
  std::vector<std::size_t> others_;
  std::vector<bool> reoffence_combo_;
  bool has_reoffence_ = false;
  std::vector<Reoffence> reoffence_;
  std::vector<std::uint32_t> smallest_member_;
  RiskSum demographics_, one_event_, two_events_, all_events_, events_, register_;
  double age_width_ = 0;
};

}  // namespace

Protected assemble(Host& host, const Population& population, const Options& options,
                   std::unique_ptr<Grouping>& grouping, const Setting& setting, Complete complete,
                   const model::Prf* randomness) {
  Assembly assembly(host, population, options, *grouping, setting, randomness);
  assembly.group();
  if (assembly.assessed()) {
    const Protected& grouped = assembly.so_far();
    if (Measured{grouped.average, grouped.maximum}.holds(options))
      grouping.reset();
    else if (complete == Complete::if_held)
      return std::move(assembly).incomplete();
  }
  return assembly.finish();
}

}  // namespace pt::protect
