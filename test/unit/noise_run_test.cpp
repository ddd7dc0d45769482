// Noise through a whole run: the attackers who know it, against brute force.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/attack/noise_matching.hpp"
#include "core/attack/rates.hpp"
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

/// Six unknown outcomes at once, more than some of the rooms hold.
TEST(NoiseRun, ManyUnknownOutcomesEqualBruteForce) {
  Host host;
  auto people = test::random_people(90, 17);
  std::mt19937 random(3);
  for (auto& p : people) {
    p.events.clear();
    const unsigned events = 2 + static_cast<unsigned>(random() % 5);
    for (unsigned k = 0; k < events; ++k)
      p.events.push_back({5000 + static_cast<std::int32_t>(random() % 2) * 400, "a",
                          std::string(1, static_cast<char>('p' + random() % 3)), "F"});
  }
  std::map<model::Hash128, const test::Person*> by_key;
  for (const auto& p : people) by_key[test::encode(host, {p}).key.front()] = &p;
  auto population = test::encode(host, people);
  Options o;
  o.target_risk = 0.06;
  o.individual_limit = 0.2;
  o.max_size = 10;
  o.period = model::Period::year;
  o.noise.outcome = 0.6;
  const Protected r = protect::protect(host, population, o, kRandomness);
  const auto bags = bags_of(r);
  ASSERT_GT(bags.size(), r.classes.size());
  int most = 0;
  for (std::uint32_t i = 0; i < population.size(); ++i) {
    const test::Person& p = *by_key.at(population.key[i]);
    if (r.persona_of[i] == Protected::kSuppressed || p.events.size() > 6) continue;
    std::vector<Truth> events;
    for (const auto& e : p.events) events.push_back({e.day, e.type, e.outcome, e.detail});
    std::sort(events.begin(), events.end(),
              [](const Truth& a, const Truth& b) { return a.day < b.day; });
    double highest = 0, all = 0;
    for (std::size_t q = 0; q < bags.size(); ++q) {
      if (r.personas[q].class_no != r.personas[r.persona_of[i]].class_no) continue;
      const double fit = fits(events, bags[q], r, 5000, 5400);
      highest = std::max(highest, fit);
      all += fit * r.personas[q].people;
      most += fit > 0 && fit < 0.9 && events.size() == 6 ? 1 : 0;
    }
    EXPECT_NEAR(highest / all, static_cast<double>(r.risk[i]), 1e-6);
  }
  EXPECT_GT(most, 4) << "rooms are scarce";
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

// ------------------------------------------------------------------------------------------------
// the attack that is run against such a release

namespace {

/// A release as an attacker reads it: the published rows, and of the source who is in which persona
/// and what its events are published as.
struct Attacked {
  Attacked(Host& host, const std::vector<test::Person>& people, const Options& o,
           const model::Prf& seed = kRandomness)
      : protected_(of_run(host, people, o, seed)),
        population(test::encode(host, people)),
        days(population.days),
        mechanism(host, population, o.noise, o.rules, seed.derive("noise")),
        release(std::pmr::get_default_resource()) {
    const auto& r = protected_;
    for (const auto& p : r.personas) {
      release.size.push_back(p.people);
      release.cell.push_back(p.class_no);
    }
    for (std::uint32_t p = 0; p < r.personas.size(); ++p)
      for (auto i = r.personas[p].event_begin; i < r.personas[p].event_end; ++i) {
        const EventRow e = r.event(i);
        release.items.push_back({item(e.period_start, r.combos[e.combo]), p, e.weight});
      }
    release.histories.first.push_back(0);
    for (std::uint32_t i = 0; i < population.size(); ++i) {
      if (r.persona_of[i] == Protected::kSuppressed) continue;
      person_of.push_back(i);
      release.persona_of.push_back(r.persona_of[i]);
      const std::size_t begin = release.histories.codes.size();
      for (const std::uint64_t w : population.events_of(i)) {
        std::vector<std::optional<std::string>> values;
        for (const std::uint32_t c : r.column_of) values.push_back(value(EventWord::combo(w), c));
        release.histories.codes.push_back(item(
            model::period_start(population.days[EventWord::day(w)], r.setting.period), values));
      }
      std::sort(release.histories.codes.begin() + static_cast<std::ptrdiff_t>(begin),
                release.histories.codes.end());
      release.histories.first.push_back(release.histories.codes.size());
    }
    release.moment.resize(items.size());
    release.type.resize(items.size());
    release.arrange();
    number();
  }

  static Protected of_run(Host& host, const std::vector<test::Person>& people, const Options& o,
                          const model::Prf& seed) {
    auto population = test::encode(host, people);
    return protect::protect(host, population, o, seed);
  }
  std::optional<std::string> value(std::uint32_t combo, std::uint32_t column) const {
    const model::Code v = population.event_value(combo, column);
    return v == model::kMissing ? std::nullopt
                                : std::optional(population.event_columns[column].labels[v]);
  }
  using Item = std::pair<std::int32_t, std::vector<std::optional<std::string>>>;
  std::uint64_t item(std::int32_t period, const std::vector<std::optional<std::string>>& values) {
    return items.emplace(Item(period, values), items.size()).first->second;
  }
  void number() {
    std::map<std::vector<std::optional<std::string>>, std::uint32_t> combos;
    for (std::uint32_t c = 0; c < population.n_combos; ++c) {
      std::vector<std::optional<std::string>> values;
      for (const std::uint32_t column : protected_.column_of) values.push_back(value(c, column));
      numbering.combo_of.push_back(
          combos.emplace(values, static_cast<std::uint32_t>(combos.size())).first->second);
    }
    numbering.combos = static_cast<std::uint32_t>(combos.size());
    numbering.period_starts = protected_.period_starts;
    code_of.assign(items.size(), 0);
    for (const auto& [key, i] : items)
      code_of[i] =
          static_cast<std::uint64_t>(std::lower_bound(numbering.period_starts.begin(),
                                                      numbering.period_starts.end(), key.first) -
                                     numbering.period_starts.begin()) *
              numbering.combos +
          combos.at(key.second);
  }

  Protected protected_;
  model::Population population;
  std::vector<std::int32_t> days;  // before noise
  noise::Mechanism mechanism;
  attack::Release release;
  std::map<Item, std::uint64_t> items;
  std::vector<std::uint32_t> person_of;
  noise::Numbering numbering;
  std::vector<std::uint64_t> code_of;
};

/// Somebody who attacks it and knows its noise.
struct NoiseAttacker {
  NoiseAttacker(Host& host, Attacked& world)
      : who(host, world.release),
        posterior(host, world.population, world.mechanism, world.numbering,
                  world.protected_.setting.period),
        matching(host, world.release, who, posterior, world.person_of, world.code_of) {}

  attack::Identification who;
  noise::Posterior posterior;
  attack::NoiseMatching matching;
};

Options noisy_options(model::Period period, std::uint32_t jitter, double outcome) {
  Options o;
  o.target_risk = 0.05;
  o.individual_limit = 0.2;
  o.period = period;
  o.noise.jitter_days = jitter;
  o.noise.outcome = outcome;
  return o;
}

attack::Random dice(std::uint8_t seed) { return attack::Random(model::Prf({seed})); }

}  // namespace

TEST(NoiseRun, TheAttackOnAReleaseEqualsBruteForceAndStaysWithinTheClaim) {
  Host host;
  auto people = test::random_people(160, 4);
  for (auto& p : people) {
    if (p.events.size() > 2) p.events.resize(2);
    for (auto& e : p.events) e.day = 5000 + e.day % 100;  // many personas hold the same events
  }
  Attacked world(host, people, noisy_options(model::Period::month, 3, 0.5));
  const Protected& r = world.protected_;
  ASSERT_GT(r.personas.size(), r.classes.size()) << "there is something to choose";
  std::map<model::Hash128, const test::Person*> by_key;
  for (const auto& p : people) by_key[test::encode(host, {p}).key.front()] = &p;
  const auto bags = bags_of(r);
  double mean = 0, maximum = 0, best = 0;
  for (std::size_t i = 0; i < world.release.people(); ++i) {
    std::vector<Truth> events;
    for (const auto& e : by_key.at(world.population.key[world.person_of[i]])->events)
      events.push_back({e.day, e.type, e.outcome, e.detail});
    std::sort(events.begin(), events.end(), [](const Truth& a, const Truth& b) {
      return std::tie(a.day, a.type, a.outcome, a.detail) <
             std::tie(b.day, b.type, b.outcome, b.detail);
    });
    const std::uint32_t own = world.release.persona_of[i];
    double all = 0, mine = 0, most = 0;
    for (std::uint32_t q = 0; q < bags.size(); ++q) {
      if (r.personas[q].class_no != r.personas[own].class_no) continue;
      const double fit = fits(events, bags[q], r, world.days.front(), world.days.back());
      all += fit * r.personas[q].people;
      most = std::max(most, fit);
      if (q == own) mine = fit;
    }
    EXPECT_GT(mine, 0) << "what was published of a person is in the own persona";
    mean += mine / all;
    best += most / all;
    maximum = std::max(maximum, mine / all);
  }
  mean /= static_cast<double>(world.release.people());
  best /= static_cast<double>(world.release.people());

  NoiseAttacker attacker(host, world);
  const attack::Exact exact = attacker.matching.exact();
  EXPECT_NEAR(exact.mean, mean, 1e-12);
  EXPECT_NEAR(exact.maximum, maximum, 1e-12);
  EXPECT_NEAR(best, r.average, 1e-6) << "what is claimed";
  EXPECT_LE(exact.mean, r.average * (1 + 1e-9));
  EXPECT_LE(exact.maximum, r.maximum * (1 + 1e-9));
  EXPECT_LT(exact.mean, r.average * 0.999) << "the noise does leave doubt";
  EXPECT_GT(exact.mean, r.average / 2) << "a claim halved is caught";

  // Attackers who are told the noise of the events they know.
  for (const auto& [knowledge, average, highest] :
       {std::tuple{attack::Knowledge::one_event, r.risks.one_event_average,
                   r.risks.one_event_maximum},
        {attack::Knowledge::two_events, r.risks.two_events_average, r.risks.two_events_maximum},
        {attack::Knowledge::events, r.risks.events_average, r.risks.events_maximum}}) {
    const attack::Exact told = attacker.who.exact(knowledge);
    EXPECT_NEAR(told.mean, average, 1e-9);
    EXPECT_NEAR(told.maximum, highest, 1e-9);
  }

  // And by trying, which never computes a probability.
  auto random = dice(1);
  const attack::Tried tried = attacker.matching.simulate(15000, random);
  const auto interval = attack::wilson(static_cast<double>(tried.successes), 15000, 0.9999);
  EXPECT_LE(interval.low, exact.mean);
  EXPECT_GE(interval.high, exact.mean);
  EXPECT_GT(tried.persona_hits, tried.successes);
  auto again = dice(1);
  EXPECT_EQ(attacker.matching.simulate(15000, again).successes, tried.successes);
}

/// Where the attacker is told the dates (jitter reaches three periods), where outcomes alone are
/// perturbed and where nothing is, the tries and the closed form agree, too.
TEST(NoiseRun, TriesOfTheAttackEqualTheClosedForm) {
  Host host;
  const auto people = test::random_people(250, 9);
  struct Case {
    model::Period period;
    std::uint32_t jitter;
    double outcome;
  };
  std::uint8_t seed = 1;
  for (const Case& c : {Case{model::Period::month, 40, 0.2}, Case{model::Period::quarter, 20, 0},
                        Case{model::Period::quarter, 0, 0.5}, Case{model::Period::none, 5, 0.3}}) {
    Attacked world(host, people, noisy_options(c.period, c.jitter, c.outcome));
    NoiseAttacker attacker(host, world);
    const attack::Exact exact = attacker.matching.exact();
    EXPECT_LE(exact.mean, world.protected_.average * (1 + 1e-6));
    EXPECT_LE(exact.maximum, world.protected_.maximum * (1 + 1e-6));
    auto random = dice(seed++);
    const auto tried = attacker.matching.simulate(12000, random);
    const auto interval = attack::wilson(static_cast<double>(tried.successes), 12000, 0.9999);
    EXPECT_LE(interval.low, exact.mean) << c.jitter << " " << c.outcome;
    EXPECT_GE(interval.high, exact.mean) << c.jitter << " " << c.outcome;
  }
}

/// What is claimed is about the success of the best guess on average over the noise. A little less:
/// a person's own persona is known to hold what was published of the person, others hold it by
/// chance, and L does not use that (doc/privacy-measures.md, "Knowing the noise").
TEST(NoiseRun, TheClaimIsAboutTheSuccessOfTheBestGuess) {
  Host host;
  auto people = test::random_people(200, 12);
  for (auto& p : people)
    for (auto& e : p.events) e.day = 5000 + e.day % 150;
  double claimed = 0, achieved = 0;
  constexpr int kSeeds = 8;
  for (std::uint8_t seed = 0; seed < kSeeds; ++seed) {
    Attacked world(host, people, noisy_options(model::Period::month, 6, 0.5),
                   model::Prf({9, seed}));
    NoiseAttacker attacker(host, world);
    const attack::Exact exact = attacker.matching.exact();
    EXPECT_LE(exact.mean, world.protected_.average * (1 + 1e-6));
    claimed += world.protected_.average / kSeeds;
    achieved += attacker.matching.best_guess() / kSeeds;
  }
  EXPECT_GT(achieved, claimed * 0.97);
  EXPECT_LT(achieved, claimed * 1.06);
}
