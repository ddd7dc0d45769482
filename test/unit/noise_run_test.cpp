// Noise through a whole run: the attackers who know it, against brute force.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

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
