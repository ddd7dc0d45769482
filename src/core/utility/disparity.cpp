#include "core/utility/disparity.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "core/stats/distributions.hpp"
#include "core/stats/mean.hpp"
#include "core/stats/preservation.hpp"
#include "core/stats/table.hpp"

namespace pt::utility {
namespace {

using stats::Estimate;
using stats::TwoByTwo;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kCounted = 0.75;  ///< least share of a group's people who are counted by event
constexpr const char* kNotThere = "the release has no such events";
constexpr Estimate kNone{kNaN, kNaN, kNaN, kNaN};

Effect no_effect() {
  Effect e;
  e.value1 = e.value0 = e.p_value = e.standardized = e.rank_p_value = kNaN;
  e.effect = e.difference = e.ratio = e.odds_ratio = e.adjusted = kNone;
  return e;
}

const std::string& label(const Labels& labels, Attribute a) {
  return labels[static_cast<std::size_t>(a)];
}

/// The labels other than that of the attribute, as one key: a stratum.
std::string stratum(const Labels& labels, Attribute a) {
  std::string key;
  for (std::size_t i = 0; i < kAttributes; ++i)
    if (i != static_cast<std::size_t>(a)) key += labels[i] + '\x1f';
  return key;
}

/// log of an estimate of a ratio, with its interval.
Estimate logarithm(const Estimate& e) {
  return {std::log(e.value), e.se, std::log(e.low), std::log(e.high)};
}

double people_of(const Counts& counts, Attribute a, const std::string& group) {
  double n = 0;
  for (const PeopleCount& p : counts.people)
    if (label(p.labels, a) == group) n += p.people;
  return n;
}

/// The effect of a two by two table, adjusted by its strata.
Effect of_table(const TwoByTwo& t, const std::map<std::string, TwoByTwo>& strata, double z) {
  Effect e = no_effect();
  e.n1 = t.n1();
  e.n0 = t.n0();
  if (!(e.n1 > 0) || !(e.n0 > 0)) return e;
  e.value1 = t.p1();
  e.value0 = t.p0();
  e.difference = stats::risk_difference(t, z);
  e.ratio = stats::risk_ratio(t, z);
  e.odds_ratio = stats::odds_ratio(t, z);
  e.standardized = stats::standardized_difference(e.value1, e.value0);
  stats::ProportionTest const test = stats::proportion_test(t);
  e.p_value = test.test.p_value;
  e.test = test.exact ? "Fisher exact" : "two proportions";
  // Nobody or everybody in both groups: there is no odds ratio to speak of.
  bool const varies = t.a + t.c > 0 && t.b + t.d > 0;
  e.effect = varies ? logarithm(e.odds_ratio) : kNone;
  if (strata.size() > 1) {
    std::vector<TwoByTwo> tables;
    for (const auto& [key, table] : strata) tables.push_back(table);
    e.adjusted = stats::mantel_haenszel(tables, z).odds_ratio;
  }
  return e;
}

class Comparison {
 public:
  Comparison(const Counts& source, const Counts& release, const DisparityOptions& options,
             Host& host)
      : source_(source),
        release_(release),
        options_(options),
        host_(host),
        z_(stats::two_sided_z(options.confidence)) {}

  std::vector<Disparity> all() {
    for (std::size_t i = 0; i < kAttributes; ++i) {
      attribute_ = static_cast<Attribute>(i);
      if (!source_.has[i]) continue;
      groups_ = groups(source_, attribute_);
      if (groups_.size() < 2) continue;
      reoffence();
      people_with();
      for (std::size_t c = 0; c < source_.columns.size(); ++c) {
        if (c == 0) events_per_person(source_.columns[c], release_.columns[c]);
        if (source_.columns[c].column.empty()) continue;
        if (source_.columns[c].measure == Measure::number)
          means(source_.columns[c], release_.columns[c]);
        else
          shares(source_.columns[c], release_.columns[c]);
      }
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] const std::string& reference() const { return groups_.front().first; }

  /// Calls f(group) for every group but the reference.
  template <class F>
  void each_group(F&& f) {
    for (std::size_t g = 1; g < groups_.size(); ++g) {
      host_.poll();
      f(groups_[g].first);
    }
  }

  Disparity begin(const char* measure, const char* scale, const std::string& compared) const {
    Disparity d;
    d.attribute = attribute_;
    d.measure = measure;
    d.scale = scale;
    d.compared = compared;
    if (!compared.empty()) d.reference = reference();
    return d;
  }

  /// Share of the people of a group who have an event of a type.
  void people_with() {
    using ByType = std::map<std::string, std::vector<const PeopleWith*>>;
    auto const by_type = [](const Counts& counts) {
      ByType result;
      for (const PeopleWith& p : counts.people_with) result[p.event_type].push_back(&p);
      return result;
    };
    ByType const in_source = by_type(source_), in_release = by_type(release_);
    auto const effect = [&](const std::vector<const PeopleWith*>& rows, const std::string& group) {
      TwoByTwo t;
      std::map<std::string, TwoByTwo> strata;
      for (const PeopleWith* const p : rows) {
        const std::string& l = label(p->labels, attribute_);
        if (l != group && l != reference()) continue;
        for (TwoByTwo* const at : {&t, &strata[stratum(p->labels, attribute_)]}) {
          (l == group ? at->a : at->c) += p->with;
          (l == group ? at->b : at->d) += p->people - p->with;
        }
      }
      return of_table(t, strata, z_);
    };
    for (const auto& [type, rows] : in_source)
      each_group([&, &type = type, &rows = rows](const std::string& group) {
        Disparity d = begin("people with", "log odds ratio", group);
        d.event_type = type;
        d.source = effect(rows, group);
        auto const found = in_release.find(type);
        if (found == in_release.end()) {
          judge(std::move(d), kNotThere, release_.no_people_with);
          return;
        }
        d.release = effect(found->second, group);
        judge(std::move(d), "", counted(found->second, group));
      });
  }

  /// Why people who are not counted forbid a comparison; empty: they don't. A group that is missing
  /// in part is compared by those who are there.
  std::string counted(const std::vector<const PeopleWith*>& rows, const std::string& group) const {
    for (const std::string& g : {group, reference()}) {
      double n = 0;
      for (const PeopleWith* const p : rows)
        if (label(p->labels, attribute_) == g) n += p->people;
      if (n < kCounted * people_of(release_, attribute_, g))
        return "the release counts too few of these people by event";
    }
    return {};
  }

  void reoffence() {
    if (!source_.has_reoffence) return;
    auto effect = [&](const Counts& counts, const std::string& group) {
      TwoByTwo t;
      std::map<std::string, TwoByTwo> strata;
      for (const PeopleCount& p : counts.people) {
        const std::string& l = label(p.labels, attribute_);
        if (l != group && l != reference()) continue;
        for (TwoByTwo* const at : {&t, &strata[stratum(p.labels, attribute_)]}) {
          (l == group ? at->a : at->c) += p.reoffended;
          (l == group ? at->b : at->d) += p.known - p.reoffended;
        }
      }
      return of_table(t, strata, z_);
    };
    each_group([&](const std::string& group) {
      Disparity d = begin("reoffence", "log odds ratio", group);
      d.source = effect(source_, group);
      if (release_.has_reoffence) d.release = effect(release_, group);
      judge(std::move(d), release_.has_reoffence ? "" : "reoffence is not released");
    });
  }

  void events_per_person(const ColumnCounts& source, const ColumnCounts& release) {
    using Events = std::map<std::string, std::map<std::string, double>>;  // type, group
    auto count = [&](const ColumnCounts& columns) {
      Events events;
      for (const EventCount& e : columns.events)
        events[e.event_type][label(e.labels, attribute_)] += e.events;
      return events;
    };
    Events const in_source = count(source), in_release = count(release);
    auto effect = [&](const Counts& counts, const std::map<std::string, double>& by_group,
                      const std::string& group) {
      auto of = [&](const std::string& g) {
        auto const found = by_group.find(g);
        return found == by_group.end() ? 0 : found->second;
      };
      Effect e = no_effect();
      e.n1 = people_of(counts, attribute_, group);
      e.n0 = people_of(counts, attribute_, reference());
      double const s1 = of(group), s0 = of(reference());
      if (!(e.n1 > 0) || !(e.n0 > 0) || s1 + s0 == 0) return e;
      e.value1 = s1 / e.n1;
      e.value0 = s0 / e.n0;
      e.ratio = stats::rate_ratio(s1, e.n1, s0, e.n0, z_);
      e.effect = logarithm(e.ratio);
      double const se = std::sqrt(s1) / e.n1, se0 = std::sqrt(s0) / e.n0;
      double const both = std::hypot(se, se0), difference = e.value1 - e.value0;
      e.difference = {difference, both, difference - z_ * both, difference + z_ * both};
      e.p_value = stats::rate_test(s1, e.n1, s0, e.n0).p_value;
      e.test = "two Poisson rates";
      return e;
    };
    for (const auto& [type, by_group] : in_source)
      each_group([&, &type = type, &by_group = by_group](const std::string& group) {
        Disparity d = begin("events per person", "log rate ratio", group);
        d.event_type = type;
        d.source = effect(source_, by_group, group);
        auto const found = in_release.find(type);
        if (found != in_release.end()) d.release = effect(release_, found->second, group);
        judge(std::move(d),
              found == in_release.end() ? "the event type is not released under its name" : "");
      });
  }

  /// Counts of a column: event type (empty for categories) -> value -> labels and events.
  using ByValue = std::map<std::string, std::map<std::string, std::vector<const EventCount*>>>;
  static ByValue by_value(const ColumnCounts& column) {
    ByValue result;
    for (const EventCount& e : column.events)
      if (e.value)
        result[column.measure == Measure::category ? "" : e.event_type][*e.value].push_back(&e);
    return result;
  }

  Effect share(const std::map<std::string, std::vector<const EventCount*>>& values,
               const std::string& value, const std::string& group) const {
    TwoByTwo t;
    std::map<std::string, TwoByTwo> strata;
    for (const auto& [v, events] : values)
      for (const EventCount* const e : events) {
        const std::string& l = label(e->labels, attribute_);
        if (l != group && l != reference()) continue;
        for (TwoByTwo* const at : {&t, &strata[stratum(e->labels, attribute_)]})
          (l == group ? (v == value ? at->a : at->b) : (v == value ? at->c : at->d)) += e->events;
      }
    return of_table(t, strata, z_);
  }

  /// Of two values one says everything: the rarer.
  static std::vector<std::string> told(
      const std::map<std::string, std::vector<const EventCount*>>& values) {
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [value, events] : values) {
      double n = 0;
      for (const EventCount* const e : events) n += e->events;
      order.emplace_back(n, value);
    }
    if (order.size() == 2) return {std::min(order[0], order[1]).second};
    std::vector<std::string> result;
    if (order.size() > 2)
      for (const auto& [n, value] : order) result.push_back(value);
    return result;
  }

  void shares(const ColumnCounts& source, const ColumnCounts& release) {
    const char* const measure =
        source.measure == Measure::outcome ? "outcome rate" : "category rate";
    ByValue const in_source = by_value(source), in_release = by_value(release);
    static const std::map<std::string, std::vector<const EventCount*>> nothing;
    for (const auto& [type, values] : in_source) {
      auto const found = in_release.find(type);
      auto const& there = found == in_release.end() ? nothing : found->second;
      for (const std::string& value : told(values))
        each_group([&, &type = type, &values = values](const std::string& group) {
          Disparity d = begin(measure, "log odds ratio", group);
          d.event_type = type;
          d.column = source.column;
          d.value = value;
          d.source = share(values, value, group);
          if (!there.empty()) d.release = share(there, value, group);
          judge(std::move(d), !there.empty() ? "" : kNotThere, release.withheld);
        });
      if (values.size() < 2) continue;
      Disparity d = begin("association", "Cramer's V", "");
      d.event_type = type;
      d.column = source.column;
      d.source = association(values);
      if (!there.empty()) d.release = association(there);
      judge(std::move(d), !there.empty() ? "" : kNotThere, release.withheld);
    }
  }

  Effect association(const std::map<std::string, std::vector<const EventCount*>>& values) const {
    stats::Table table{groups_.size(), values.size(),
                       std::vector<double>(groups_.size() * values.size())};
    std::map<std::string, std::size_t> row;
    for (std::size_t g = 0; g < groups_.size(); ++g) row[groups_[g].first] = g;
    std::size_t column = 0;
    for (const auto& [value, events] : values) {
      for (const EventCount* const e : events) {
        auto const found = row.find(label(e->labels, attribute_));
        if (found != row.end()) table.counts[found->second * table.columns + column] += e->events;
      }
      ++column;
    }
    stats::Association const a = stats::association(table);
    Effect e = no_effect();
    e.n1 = a.n;
    e.test = "chi-square";
    e.p_value = a.p_value;
    // A standard error of V near zero: that of its square root of chi-square / n.
    double const least =
        std::min(static_cast<double>(table.rows), static_cast<double>(table.columns)) - 1;
    e.effect = {a.cramers_v, 1 / std::sqrt(a.n * least), kNaN, kNaN};
    if (std::isnan(a.cramers_v)) e.effect = kNone;
    return e;
  }

  void means(const ColumnCounts& source, const ColumnCounts& release) {
    ByValue const in_source = by_value(source), in_release = by_value(release);
    for (const auto& [type, values] : in_source) {
      auto const found = in_release.find(type);
      each_group([&, &type = type, &values = values](const std::string& group) {
        Disparity d = begin("mean", "Hedges g", group);
        d.event_type = type;
        d.column = source.column;
        d.source = mean(values, group);
        if (found != in_release.end()) d.release = mean(found->second, group);
        judge(std::move(d), found != in_release.end() ? "" : kNotThere, release.withheld);
      });
    }
  }

  Effect mean(const std::map<std::string, std::vector<const EventCount*>>& values,
              const std::string& group) const {
    stats::Moments one, zero;
    std::vector<std::array<double, 2>> counts;
    std::vector<double> numbers;
    for (const auto& [text, events] : values) {
      double const x = std::strtod(text.c_str(), nullptr);
      std::array<double, 2> n{};
      for (const EventCount* const e : events) {
        const std::string& l = label(e->labels, attribute_);
        if (l == group) n[0] += e->events;
        if (l == reference()) n[1] += e->events;
      }
      if (!std::isfinite(x) || n[0] + n[1] == 0) continue;
      one.add(x, n[0]);
      zero.add(x, n[1]);
      counts.push_back(n);
      numbers.push_back(x);
    }
    Effect e = no_effect();
    e.n1 = one.n;
    e.n0 = zero.n;
    e.value1 = one.n > 0 ? one.mean : kNaN;
    e.value0 = zero.n > 0 ? zero.mean : kNaN;
    stats::MeanDifference const m = stats::mean_difference(one, zero, options_.confidence);
    e.difference = m.difference;
    e.p_value = m.p_value;
    e.test = "Welch";
    e.standardized = m.cohens_d;
    double const j = m.hedges_g / m.cohens_d;
    if (!std::isnan(j))
      e.effect = {m.hedges_g, m.d_se * j, m.d_interval.low * j, m.d_interval.high * j};
    std::vector<stats::ValueCounts> ranks;
    for (std::size_t i = 0; i < numbers.size(); ++i) ranks.push_back({numbers[i], counts[i]});
    e.rank_p_value = stats::kruskal_wallis(ranks, 2).p_value;
    return e;
  }

  void judge(Disparity d, const std::string& missing, const std::string& withheld = {}) {
    d.effect_preservation = d.interval_overlap = kNaN;
    double const effect = d.source->effect.value;
    if (std::isnan(effect) || std::isnan(d.source->p_value)) {
      d.why = "the source has too little data for this comparison";
    } else if (!release_.has[static_cast<std::size_t>(attribute_)]) {
      d.release.reset();
      d.why = "the attribute is not released";
    } else if (!withheld.empty()) {
      d.release.reset();
      d.why = withheld;
    } else if (!missing.empty()) {
      d.preserved = false;
      d.why = missing;
    } else if (!d.compared.empty() && people_of(release_, attribute_, d.compared) == 0) {
      d.preserved = false;
      d.why = "the group is not released under its own label";
    } else if (!d.reference.empty() && people_of(release_, attribute_, d.reference) == 0) {
      d.preserved = false;
      d.why = "the reference group is not released under its own label";
    } else {
      verdict(d);
    }
    result_.push_back(std::move(d));
  }

  void verdict(Disparity& d) const {
    const Effect &s = *d.source, &r = *d.release;
    if (std::isnan(r.effect.value) || std::isnan(r.p_value)) {
      d.preserved = false;
      d.why = "the release has too little data for this comparison";
      return;
    }
    d.effect_preservation = stats::effect_preservation(s.effect.value, s.effect.se, r.effect.value);
    bool const in_source = s.p_value < options_.significance;
    bool const in_release = r.p_value < options_.significance;
    d.significance_preserved = in_source == in_release;
    // Signs of effects that differ from zero by chance only say nothing.
    d.sign_preserved = (s.effect.value > 0) == (r.effect.value > 0) || (!in_source && !in_release);
    if (!std::isnan(s.effect.low) && !std::isnan(r.effect.low))
      d.interval_overlap =
          stats::interval_overlap({s.effect.low, s.effect.high}, {r.effect.low, r.effect.high});
    bool const size = d.effect_preservation >= options_.required_preservation - 1e-12;
    d.preserved = size && *d.significance_preserved && *d.sign_preserved;
    if (*d.preserved) return;
    d.why = !*d.significance_preserved
                ? (in_source ? "significant in the source only" : "significant in the release only")
            : !*d.sign_preserved ? "the sign differs"
                                 : "the size of the effect differs";
    d.why += incomplete(d);
  }

  /// Says so when only a part of a group's people carry its label, have known figures or are
  /// counted by event.
  [[nodiscard]] std::string incomplete(const Disparity& d) const {
    if (d.compared.empty()) return {};
    std::string note = incomplete(d, d.compared, " people of the group");
    if (note.empty()) note = incomplete(d, d.reference, " people of the reference group");
    return note;
  }

  [[nodiscard]] std::string incomplete(const Disparity& d, const std::string& group,
                                       const char* whom) const {
    double released = 0;
    if (d.measure == "people with") {
      for (const PeopleWith& p : release_.people_with)
        if (p.event_type == d.event_type && label(p.labels, attribute_) == group)
          released += p.people;
    } else {
      for (const PeopleCount& p : release_.people)
        if (label(p.labels, attribute_) == group)
          released += d.measure == "reoffence" ? p.known : p.people;
    }
    double const all = people_of(source_, attribute_, group);
    if (released >= all) return {};
    return ": the release shows " + std::to_string(static_cast<long long>(released)) + " of the " +
           std::to_string(static_cast<long long>(all)) + whom;
  }

  const Counts& source_;
  const Counts& release_;
  const DisparityOptions& options_;
  Host& host_;
  double z_;
  Attribute attribute_ = Attribute::gender;
  std::vector<std::pair<std::string, double>> groups_;
  std::vector<Disparity> result_;
};

}  // namespace

std::vector<std::pair<std::string, double>> groups(const Counts& counts, Attribute a) {
  std::map<std::string, double> people;
  for (const PeopleCount& p : counts.people)
    if (!label(p.labels, a).empty()) people[label(p.labels, a)] += p.people;
  std::vector<std::pair<std::string, double>> result(people.begin(), people.end());
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& x, const auto& y) { return x.second > y.second; });
  return result;
}

std::vector<Disparity> disparities(const Counts& source, const Counts& release,
                                   const DisparityOptions& options, Host& host) {
  return Comparison(source, release, options, host).all();
}

}  // namespace pt::utility
