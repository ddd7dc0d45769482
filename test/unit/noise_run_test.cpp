// Noise through a whole run: the attackers who know it, against brute force.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "compas.hpp"
#include "core/model/sequence.hpp"
#include "core/protect/protect.hpp"
#include "people.hpp"

using namespace pt;
using namespace pt::protect;
using model::EventWord;

namespace {

const model::Prf kRandomness({5, 5});

/// Events as a reader sees them: first day of the period, and the values of released columns.
using Look = std::vector<std::string>;
using Bag = std::map<Look, std::uint32_t>;

std::vector<Bag> bags_of(const Protected& r) {
  std::vector<Bag> bags(r.personas.size());
  for (std::size_t p = 0; p < bags.size(); ++p)
    for (auto i = r.personas[p].event_begin; i < r.personas[p].event_end; ++i) {
      const EventRow e = r.event(i);
      Look look{std::to_string(e.period_start)};
      for (const auto& v : r.combos[e.combo]) look.push_back(v.value_or("-"));
      bags[p][look] += e.weight;
    }
  return bags;
}

/// The true events of a person, and how each may be published.
struct Truth {
  std::int32_t day;
  std::string type, outcome, detail;
};

/// P(the events, perturbed anew, fit into the bag), by enumerating every shift and every outcome.
double fits(const std::vector<Truth>& events, const Bag& bag, const Protected& r,
            std::int32_t first, std::int32_t last) {
  const auto& noise = *r.noise;
  const auto n = events.size();
  std::vector<std::int32_t> reach, shift;
  double ways = 1;
  for (const Truth& e : events) {
    const std::int32_t a = std::min(
        {static_cast<std::int32_t>(noise.options.jitter_days), e.day - first, last - e.day});
    reach.push_back(a);
    shift.push_back(-a);
    ways *= 2 * a + 1;
  }
  const noise::OutcomeMatrix* matrix = nullptr;
  double sum = 0;
  for (;;) {
    std::vector<std::int32_t> days;
    for (std::size_t i = 0; i < n; ++i) days.push_back(events[i].day + shift[i]);
    std::sort(days.begin(), days.end());
    // outcomes: all combinations
    std::vector<std::size_t> pick(n, 0);
    for (;;) {
      double p = 1;
      Bag known;
      std::size_t alternatives = 1;
      for (std::size_t i = 0; i < n; ++i) {
        std::string outcome = events[i].outcome.empty() ? "-" : events[i].outcome;
        for (const auto& m : noise.matrices)
          if (m.event_type == events[i].type) matrix = &m;
        if (outcome != "-" && matrix != nullptr) {
          const auto from = static_cast<std::size_t>(
              std::find(matrix->outcomes.begin(), matrix->outcomes.end(), outcome) -
              matrix->outcomes.begin());
          p *= matrix->pram.probability(from, pick[i]);
          outcome = matrix->outcomes[pick[i]];
          alternatives = matrix->outcomes.size();
        }
        Look look{std::to_string(model::period_start(days[i], r.setting.period))};
        for (const std::string& name : r.column_names)
          look.push_back(name == "type"      ? events[i].type
                         : name == "outcome" ? outcome
                                             : events[i].detail);
        ++known[look];
      }
      bool inside = true;
      for (const auto& [look, count] : known) {
        const auto it = bag.find(look);
        inside = inside && it != bag.end() && it->second >= count;
      }
      if (inside) sum += p / ways;
      std::size_t i = 0;
      for (; i < n; ++i) {
        if (!events[i].outcome.empty() && ++pick[i] < alternatives) break;
        pick[i] = 0;
      }
      if (i == n) break;
    }
    std::size_t i = 0;
    for (; i < n; ++i) {
      if (++shift[i] <= reach[i]) break;
      shift[i] = -reach[i];
    }
    if (i == n) break;
  }
  return sum;
}

}  // namespace

TEST(NoiseRun, TheAttackersWhoKnowTheNoiseEqualBruteForce) {
  Host host;
  const auto people = test::random_people(600, 21);
  auto population = test::encode(host, people);
  Options o;
  o.target_risk = 0.04;
  o.noise.jitter_days = 4;
  o.noise.outcome = 0.3;
  o.period = model::Period::month;
  const std::vector<std::int32_t> true_days = population.days;
  // Who is who: the keyed hash of a person depends on the id alone.
  std::map<model::Hash128, const test::Person*> by_key;
  for (const auto& p : people) by_key[test::encode(host, {p}).key.front()] = &p;

  const Protected r = protect::protect(host, population, o, kRandomness);
  ASSERT_TRUE(r.noise);
  EXPECT_TRUE(r.target_met);
  EXPECT_GT(r.noise->changed_share, 0.5);
  const auto bags = bags_of(r);
  int compared = 0, between = 0;
  double sum = 0;
  for (std::uint32_t i = 0; i < population.size(); ++i) {
    sum += static_cast<double>(r.risk[i]);
    const test::Person& p = *by_key.at(population.key[i]);
    if (p.events.size() > 2 || compared >= 40) continue;
    std::vector<Truth> events;
    for (const auto& e : p.events) events.push_back({e.day, e.type, e.outcome, e.detail});
    std::sort(events.begin(), events.end(), [](const Truth& a, const Truth& b) {
      return std::tie(a.day, a.type, a.outcome, a.detail) <
             std::tie(b.day, b.type, b.outcome, b.detail);
    });
    double highest = 0, all = 0;
    const std::uint32_t own = r.persona_of[i];
    for (std::size_t q = 0; q < bags.size(); ++q) {
      if (r.personas[q].class_no != r.personas[own].class_no) continue;
      const double fit = fits(events, bags[q], r, true_days.front(), true_days.back());
      highest = std::max(highest, fit);
      all += fit * r.personas[q].people;
      between += fit > 0 && fit < 1 ? 1 : 0;
    }
    EXPECT_NEAR(highest / all, static_cast<double>(r.risk[i]), 1e-6);
    ++compared;
  }
  EXPECT_GE(compared, 40);
  EXPECT_GT(between, 15) << "the noise does leave doubt";
  EXPECT_NEAR(sum / 600, r.average, 1e-6);
  EXPECT_LE(r.maximum, o.individual_limit);
}

TEST(NoiseRun, IsRepeatableAndIndependentOfRowOrder) {
  Host host;
  const auto people = test::random_people(400, 3);
  auto a = test::encode(host, people), b = test::encode(host, people, 99),
       c = test::encode(host, people);
  Options o;
  o.target_risk = 0.05;
  o.noise.jitter_days = 10;
  o.noise.outcome = 0.1;
  const Protected x = protect::protect(host, a, o, kRandomness);
  const Protected y = protect::protect(host, b, o, kRandomness);
  const Protected z = protect::protect(host, c, o, model::Prf({6, 6}));
  EXPECT_EQ(x.persona_of, y.persona_of);
  EXPECT_TRUE(std::equal(a.words.begin(), a.words.end(), b.words.begin(), b.words.end()));
  EXPECT_FALSE(std::equal(a.words.begin(), a.words.end(), c.words.begin(), c.words.end()));
  EXPECT_EQ(z.released, x.released);
}

namespace {

struct Shift {
  double mean, error;  ///< days
  std::uint64_t dates;
};

/// How far dates move on average, over 16 keys: whatever the draws, they stay where they were.
Shift mean_shift(const model::Population& population, const noise::Mechanism& mechanism) {
  double sum = 0, squares = 0;
  std::uint64_t n = 0;
  std::vector<std::int32_t> days, moved;
  for (std::uint8_t key = 0; key < 16; ++key)
    for (std::uint32_t p = 0; p < population.size(); ++p) {
      days.clear();
      for (const noise::NoisyEvent& e : mechanism.events_of(p))
        if (e.day != model::kNoDay) days.push_back(e.day);
      moved.resize(days.size());
      noise::jitter(mechanism.jitter_rule(), model::Prf({key, 1}), population.key[p], days, moved);
      for (std::size_t i = 0; i < days.size(); ++i) {
        sum += moved[i] - days[i];
        // The variance of one date before dates are sorted; sorting leaves the sum as it is.
        const double reach = mechanism.jitter_rule().reach(days[i]);
        squares += reach * (reach + 1) / 3;
      }
      n += days.size();
    }
  const auto dates = static_cast<double>(n);
  return {sum / dates, std::sqrt(squares) / dates, n};
}

/// Perturbs a population and checks order; counts rule violations before and after.
void expect_kept(Host& host, model::Population& population, const model::SequenceRules& rules,
                 std::size_t type_column) {
  const auto months = [&] {
    std::map<std::int32_t, double> counts;
    for (const std::uint64_t w : population.words)
      counts[model::period_start(population.days[EventWord::day(w)], model::Period::month)] += 1;
    return counts;
  };
  const auto violations = [&] {
    std::uint64_t n = 0;
    for (std::uint32_t p = 0; p < population.size(); ++p) {
      std::vector<model::TypedDay> history;
      for (const std::uint64_t w : population.events_of(p))
        history.push_back({population.days[EventWord::day(w)],
                           population.event_value(EventWord::combo(w), type_column)});
      n += rules.violations(history);
    }
    return n;
  };
  const auto before = months();
  const std::uint64_t broken_before = violations();
  noise::NoiseOptions options;
  options.jitter_days = 14;
  const noise::Mechanism mechanism(host, population, options, rules, kRandomness);
  std::uint64_t disordered = 0;
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    std::int32_t last = INT32_MIN;
    for (const noise::NoisyEvent& e : mechanism.events_of(p)) {
      const std::int32_t shown = population.days[EventWord::day(e.shown)];
      disordered += shown < last ? 1 : 0;
      last = shown;
    }
  }
  EXPECT_EQ(disordered, 0U);
  const auto [mean, error, n] = mean_shift(population, mechanism);
  EXPECT_LE(std::abs(mean), 2 * error) << "2 standard errors";
  EXPECT_LE(violations(), broken_before);
  // Pearson correlation of monthly counts
  const auto after = months();
  std::map<std::int32_t, std::pair<double, double>> both;
  for (const auto& [m, c] : before) both[m].first = c;
  for (const auto& [m, c] : after) both[m].second = c;
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (const auto& [m, c] : both) {
    x += c.first;
    y += c.second;
    xx += c.first * c.first;
    yy += c.second * c.second;
    xy += c.first * c.second;
  }
  const auto k = static_cast<double>(both.size());
  const double r = (xy - x * y / k) / std::sqrt((xx - x * x / k) * (yy - y * y / k));
  EXPECT_GE(r, 0.98);
  std::printf(
      "jitter 14 days: %llu dates, mean shift %.4f (standard error %.4f), "
      "rules broken before %llu, after %llu, monthly profile r = %.4f\n",
      static_cast<unsigned long long>(n), mean, error,
      static_cast<unsigned long long>(broken_before), static_cast<unsigned long long>(violations()),
      r);
}

}  // namespace

TEST(NoiseRun, JitterKeepsOrderRulesMeanAndSeasonOnCompas) {
  if (!test::shared_file("data/compas_people.csv.gz")) GTEST_SKIP() << "COMPAS is not here";
  Host host;
  auto population = test::load_compas(host, model::Prf({1, 2, 3}));
  const auto& labels = population.event_columns[0].labels;
  const auto code = [&](const char* label) {
    return static_cast<model::Code>(std::find(labels.begin(), labels.end(), label) -
                                    labels.begin());
  };
  std::vector<model::TypeRule> rules(labels.size());
  for (const char* what : {"jail", "rejail", "custody"}) {
    const auto in = code((std::string(what) + "_in").c_str());
    const auto out = code((std::string(what) + "_out").c_str());
    if (in < labels.size() && out < labels.size()) rules[out].after = {in};
  }
  expect_kept(host, population, model::SequenceRules(rules), 0);
}
