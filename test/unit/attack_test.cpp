// Attacks against their definitions: brute force, closed forms and the oracle of Anonymeter.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "core/attack/disclosure.hpp"
#include "core/attack/identification.hpp"
#include "core/attack/rates.hpp"
#include "core/error.hpp"
#include "shared.hpp"

using namespace pt;
using namespace pt::attack;

namespace {

Random random_of(std::uint8_t seed) { return Random(model::Prf({seed})); }

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> out;
  std::stringstream in(line);
  for (std::string field; std::getline(in, field, ',');) out.push_back(field);
  return out;
}

}  // namespace

TEST(AttackRates, WilsonByHand) {
  const Interval a = wilson(23, 100, 0.95);
  EXPECT_NEAR(a.centre, .23998824451588613, 1e-15);
  EXPECT_NEAR(a.error, .08155558571285167, 1e-15);
  const Interval b = wilson(1, 4, 0.95);
  EXPECT_NEAR(b.centre, .3724727091136493, 1e-15);
  EXPECT_NEAR(b.low, .0455872608, 1e-10);
  EXPECT_NEAR(b.high, .6993581574, 1e-10);
  EXPECT_EQ(wilson(0, 7, 0.95).low, 0);
  EXPECT_EQ(wilson(7, 7, 0.95).high, 1);
  EXPECT_EQ(residual(exactly(0.5), exactly(1)).centre, 0);  // nothing is left to gain
  EXPECT_DOUBLE_EQ(residual(exactly(0.6), exactly(0.2)).centre, 0.5);
}

TEST(AttackRates, RefusesWhatIsNoRate) {
  EXPECT_THROW(wilson(1, 0, 0.95), Error);
  EXPECT_THROW(wilson(2, 1, 0.95), Error);
  EXPECT_THROW(wilson(-1, 1, 0.95), Error);
  EXPECT_THROW(wilson(1, 2, 0), Error);
  EXPECT_THROW(wilson(1, 2, 1), Error);
  EXPECT_THROW(wilson(1, 2, std::nan("")), Error);
}

TEST(AttackRates, EqualAnonymeters) {
  const auto path = test::shared_file("oracles/anonymeter/anonymeter_wilson.csv");
  if (!path) GTEST_SKIP() << "the oracles are not here (set PT_SHARED)";
  std::ifstream in(*path);
  std::string line;
  std::getline(in, line);
  int rows = 0;
  while (std::getline(in, line)) {
    const auto f = split(line);
    const auto number = [&](std::size_t i) { return std::stod(f[i]); };
    const double confidence = number(3);
    const Interval attack = wilson(number(1), number(0), confidence);
    EXPECT_NEAR(attack.centre, number(4), 1e-12) << line;
    EXPECT_NEAR(attack.error, number(5), 1e-12) << line;
    Interval risk = attack;
    if (!f[2].empty()) {
      // its control group has as many people as the attack has attempts
      const Interval control = wilson(number(2), number(0), confidence);
      EXPECT_NEAR(control.centre, number(6), 1e-12) << line;
      EXPECT_NEAR(control.error, number(7), 1e-12) << line;
      risk = residual(attack, control);
      EXPECT_NEAR(risk.error, number(9), 1e-12) << line;
    }
    EXPECT_NEAR(risk.centre, number(10), 1e-12) << line;
    EXPECT_NEAR(risk.low, number(11), 1e-12) << line;
    EXPECT_NEAR(risk.high, number(12), 1e-12) << line;
    ++rows;
  }
  EXPECT_GE(rows, 12);
}

// ------------------------------------------------------------------------------------------------
// releases of personas

namespace {

/// Random people in random personas, published as they are.
struct World {
  explicit World(unsigned seed, std::uint32_t people = 60, std::uint32_t personas = 7,
                 std::uint32_t cells = 3, std::uint32_t codes = 6)
      : release(std::pmr::get_default_resource()) {
    std::mt19937 random(seed);
    release.size.assign(personas, 0);
    release.width = 1;
    for (std::uint32_t p = 0; p < personas; ++p) {
      release.cell.push_back(p % cells);
      release.attributes.push_back(p % cells);
    }
    release.histories.first.push_back(0);
    for (std::uint32_t i = 0; i < people; ++i) {
      const std::uint32_t p = i < personas ? i : static_cast<std::uint32_t>(random() % personas);
      release.persona_of.push_back(p);
      ++release.size[p];
      std::vector<std::uint64_t> history(random() % 5);
      for (auto& code : history) code = random() % codes;
      std::sort(history.begin(), history.end());
      for (const std::uint64_t code : history) {
        release.histories.codes.push_back(code);
        release.items.push_back({code, p, 1});
      }
      release.histories.first.push_back(release.histories.codes.size());
    }
    for (std::uint32_t code = 0; code < codes; ++code) {
      release.moment.push_back(code / 2);
      release.type.push_back(code / 3);
    }
    release.secrets.push_back({"outcome", {}});
    for (std::uint32_t code = 0; code < codes; ++code) release.secrets[0].value.push_back(code % 2);
    release.arrange();
  }

  /// The definition, word for word.
  bool holds(std::uint32_t persona, std::span<const std::uint64_t> known) const {
    std::map<std::uint64_t, int> left;
    for (std::size_t i = 0; i < release.people(); ++i)
      if (release.persona_of[i] == persona)
        for (const std::uint64_t code : release.histories.of(i)) ++left[code];
    bool all = true;
    for (const std::uint64_t code : known) all = all && --left[code] >= 0;
    return all;
  }
  std::uint64_t consistent(std::size_t person, std::span<const std::uint64_t> known,
                           bool demographics) const {
    std::uint64_t people = 0;
    for (std::uint32_t p = 0; p < release.personas(); ++p)
      if (!demographics || release.cell[p] == release.cell[release.persona_of[person]])
        people += holds(p, known) ? release.size[p] : 0;
    return people;
  }
  double chance(std::size_t person, Knowledge knowledge) const {
    const auto h = release.histories.of(person);
    const auto all = [&](std::span<const std::uint64_t> known) {
      return 1.0 / static_cast<double>(consistent(person, known, knowledge != Knowledge::events));
    };
    if (knowledge == Knowledge::demographics) return all({});
    if (knowledge == Knowledge::all_events || knowledge == Knowledge::events) return all(h);
    double most = all({});
    for (std::size_t a = 0; a < h.size(); ++a) {
      most = std::max(most, all(h.subspan(a, 1)));
      for (std::size_t b = a + 1; knowledge == Knowledge::two_events && b < h.size(); ++b) {
        const std::uint64_t pair[2] = {h[a], h[b]};
        most = std::max(most, all(pair));
      }
    }
    return most;
  }

  Release release;
};

constexpr Knowledge kAll[] = {Knowledge::demographics, Knowledge::one_event, Knowledge::two_events,
                              Knowledge::all_events, Knowledge::events};

}  // namespace

TEST(Attack, ExactMeansEqualTheDefinition) {
  Host host;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const World world(seed, 40 + seed, 5 + seed % 4, 1 + seed % 3, 3 + seed % 5);
    Identification who(host, world.release);
    for (const Knowledge knowledge : kAll) {
      double mean = 0, maximum = 0;
      for (std::size_t i = 0; i < world.release.people(); ++i) {
        mean += world.chance(i, knowledge);
        maximum = std::max(maximum, world.chance(i, knowledge));
      }
      const Exact exact = who.exact(knowledge);
      EXPECT_NEAR(exact.mean, mean / static_cast<double>(world.release.people()), 1e-12);
      EXPECT_DOUBLE_EQ(exact.maximum, maximum);
    }
  }
}

TEST(Attack, TriesSucceedAsOftenAsEnumerated) {
  Host host;
  const World world(3);
  Identification who(host, world.release);
  std::uint8_t seed = 1;
  for (const Knowledge knowledge : kAll) {
    Random random = random_of(seed++);
    const Tried tried = who.simulate(knowledge, 8000, random);
    EXPECT_EQ(tried.attempts, 8000u);
    const Interval interval = wilson(static_cast<double>(tried.successes), 8000, 0.9999);
    const Exact exact = who.exact(knowledge);
    EXPECT_LE(interval.low, exact.mean);
    EXPECT_GE(interval.high, exact.mean);
    EXPECT_GE(tried.persona_hits, tried.successes);
    Random again = random_of(static_cast<std::uint8_t>(seed - 1));
    EXPECT_EQ(who.simulate(knowledge, 8000, again).successes, tried.successes);
  }
}

/// Who weighs counts: three of the events in one persona, one in another of as many people.
TEST(Attack, CountsTellPersonasApart) {
  Host host;
  World world(1, 8, 2, 1, 4);
  Release& release = world.release;
  release.persona_of.assign({0, 0, 0, 0, 1, 1, 1, 1});
  release.size = {4, 4};
  release.histories.codes.assign({0, 0, 0, 1, 0, 1, 1});
  release.histories.first.assign({0, 1, 2, 3, 4, 5, 6, 7, 7});
  release.items.clear();
  for (std::size_t i = 0; i < release.people(); ++i)
    for (const std::uint64_t code : release.histories.of(i))
      release.items.push_back({code, release.persona_of[i], 1});
  release.arrange();
  Identification who(host, release);
  // by containment all eight people fit each of the seven events
  EXPECT_DOUBLE_EQ(who.exact(Knowledge::all_events).mean, 1.0 / 8);
  // by counts 3 of 4 with event 0 are looked for in the right persona, and 2 of 3 with event 1; the
  // one without events in both
  EXPECT_DOUBLE_EQ(who.exact(Knowledge::counts).mean, (5.0 / 4 + 1.0 / 8) / 8);
  EXPECT_DOUBLE_EQ(who.exact(Knowledge::counts).maximum, 0.25);
  // twice the same event: 3 x 2 against 2 x 1 ways, once more the persona with three
  release.histories.codes.assign({0, 0, 0, 1, 0, 0, 1});
  release.histories.first.assign({0, 1, 2, 3, 4, 6, 6, 7, 7});
  release.items.clear();
  for (std::size_t i = 0; i < release.people(); ++i)
    for (const std::uint64_t code : release.histories.of(i))
      release.items.push_back({code, release.persona_of[i], 1});
  release.arrange();
  Identification again(host, release);
  // persons 0, 1, 2 right; 3 and 6 (event 1 once in each) in both; 4 misled; 5 and 7 in both
  EXPECT_DOUBLE_EQ(again.exact(Knowledge::counts).mean, (3.0 / 4 + 4.0 / 8) / 8);
  Random random = random_of(7);
  const Tried tried = again.simulate(Knowledge::counts, 20000, random);
  EXPECT_NEAR(static_cast<double>(tried.successes) / 20000, (3.0 / 4 + 4.0 / 8) / 8, 0.012);
}

TEST(Attack, CandidatesEqualTheDefinition) {
  Host host;
  const World world(5, 80, 11, 3, 4);
  const Identification who(host, world.release);
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < world.release.people(); ++i)
    for (const std::uint32_t cell :
         {world.release.cell[world.release.persona_of[i]], Identification::kAnyCell}) {
      who.candidates(world.release.histories.of(i), cell, found);
      EXPECT_EQ(who.people_of(found), world.consistent(i, world.release.histories.of(i),
                                                       cell != Identification::kAnyCell));
      EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
    }
}

/// A persona that does not show all events of a member (they were perturbed): the attacker who
/// trusts them is led astray, or falls back on the class.
TEST(Attack, PerturbedEventsLeadAstray) {
  Host host;
  World world(1, 2, 2, 1, 4);
  Release& release = world.release;
  release.histories.codes.assign({0, 1});
  release.histories.first.assign({0, 1, 2});
  release.items.clear();
  release.items.push_back({1, 0, 1});  // persona 0 shows what happened to the other
  release.arrange();
  Identification who(host, release);
  // person 0: nobody fits, so one of two; person 1: only the wrong persona fits
  EXPECT_DOUBLE_EQ(who.exact(Knowledge::all_events).mean, 0.25);
  EXPECT_DOUBLE_EQ(who.exact(Knowledge::all_events).maximum, 0.5);
  Random random = random_of(1);
  const Tried tried = who.simulate(Knowledge::all_events, 10000, random);
  EXPECT_NEAR(static_cast<double>(tried.successes) / 10000, 0.25, 0.02);
}

TEST(Attack, NobodyIsAttackedInAnEmptyRelease) {
  Host host;
  Release release(std::pmr::get_default_resource());
  release.histories.first.push_back(0);
  release.arrange();
  Identification who(host, release);
  Random random = random_of(1);
  for (const Knowledge knowledge : kAll) {
    EXPECT_EQ(who.simulate(knowledge, 10, random).attempts, 0u);
    EXPECT_EQ(who.exact(knowledge).mean, 0);
  }
  EXPECT_EQ(single_out(host, release, who, 2, 10, random).attempts, 0u);
  EXPECT_EQ(attack::link(host, release, who, 10, random).attempts, 0u);
}

TEST(Attack, SinglingOutIsolatesWhomItSays) {
  Host host;
  // Two personas of two people each; code 0 happened to one person of persona 0 alone, code 1 to
  // both of persona 1.
  World world(1, 4, 2, 1, 2);
  Release& release = world.release;
  release.persona_of.assign({0, 0, 1, 1});
  release.size.assign({2, 2});
  release.histories.codes.assign({0, 1, 1});
  release.histories.first.assign({0, 1, 1, 2, 3});
  release.items.clear();
  release.items.push_back({0, 0, 1});
  release.items.push_back({1, 1, 2});
  release.arrange();
  Identification who(host, release);
  Random random = random_of(2);
  const Tried tried = single_out(host, release, who, 1, 8000, random);
  EXPECT_EQ(tried.attempts, 8000u);
  EXPECT_NEAR(static_cast<double>(tried.persona_hits) / 8000, 0.5, 0.03);
  EXPECT_NEAR(static_cast<double>(tried.successes) / 8000, 0.25, 0.03);
  // With both attributes the same nothing but events tells the personas apart.
  const Tried many = single_out(host, release, who, 2, 100, random);
  EXPECT_EQ(many.attempts, 100u);
}

TEST(Attack, LinkingAndInferringByClosedForm) {
  Host host;
  const World world(9, 50, 6, 2, 5);
  const Release& release = world.release;
  Identification who(host, release);
  double expected = 0;
  for (std::size_t i = 0; i < release.people(); ++i) {
    const double own = release.size[release.persona_of[i]];
    const double by_demographics = own / static_cast<double>(world.consistent(i, {}, true));
    const double by_events =
        own / static_cast<double>(world.consistent(i, release.histories.of(i), false));
    expected += by_demographics * by_events / own / static_cast<double>(release.people());
  }
  Random random = random_of(7);
  const Tried linked = attack::link(host, release, who, 15000, random);
  const Interval interval = wilson(static_cast<double>(linked.successes), 15000, 0.9999);
  EXPECT_LE(interval.low, expected);
  EXPECT_GE(interval.high, expected);
  EXPECT_EQ(linked.control_attempts, 15000u);
}

namespace {

/// Inference by its definition: the mean over people and their events of whether the most frequent
/// value is the true one, with the person in the release, and without by each ground (moments and
/// types in the class, types anywhere; a wider one where nothing is left).
struct Guessing {
  explicit Guessing(const Release& of) : release(of) {
    double people = 0;
    for (std::size_t i = 0; i < release.people(); ++i) {
      const auto history = release.histories.of(i);
      people += history.empty() ? 0 : 1;
      const auto n = static_cast<double>(history.size());
      for (const std::uint64_t item : history) {
        right += guessed(i, item, 0, false) / n;
        for (int ground = 0; ground < 3; ++ground)
          without[static_cast<std::size_t>(ground)] += guessed(i, item, ground, true) / n;
      }
    }
    right /= people;
    for (double& w : without) w /= people;
    std::printf("inference: %.4f; without the person by moments %.4f, types %.4f, anywhere %.4f\n",
                right, without[0], without[1], without[2]);
  }
  bool guessed(std::size_t person, std::uint64_t item, int ground, bool without_person) const {
    for (; ground < 3; ++ground) {
      const std::vector<std::uint32_t>& like = ground == 0 ? release.moment : release.type;
      std::map<std::uint32_t, int> votes;
      for (std::size_t j = 0; j < release.people(); ++j)
        if (!(without_person && person == j) &&
            (ground == 2 ||
             release.cell[release.persona_of[j]] == release.cell[release.persona_of[person]]))
          for (const std::uint64_t other : release.histories.of(j))
            if (like[other] == like[item]) ++votes[release.secrets[0].value[other]];
      const auto most =
          std::max_element(votes.begin(), votes.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      if (most != votes.end()) return most->first == release.secrets[0].value[item];
    }
    return false;
  }

  const Release& release;
  double right = 0;
  std::array<double, 3> without{};
};

void expect_rate(double expected, std::uint64_t successes, std::uint64_t attempts) {
  const Interval rate =
      wilson(static_cast<double>(successes), static_cast<double>(attempts), 0.9999);
  EXPECT_LE(rate.low, expected);
  EXPECT_GE(rate.high, expected);
}

}  // namespace

TEST(Attack, InferringByItsDefinition) {
  Host host;
  const World world(9, 50, 6, 2, 5);
  const Guessing by_definition(world.release);
  const auto& without = by_definition.without;
  Random random = random_of(8);
  for (const bool knows_period : {true, false}) {
    const Tried inferred =
        infer(host, world.release, world.release.secrets[0], knows_period, 8000, random);
    if (knows_period) expect_rate(by_definition.right, inferred.successes, 8000);
    expect_rate(*std::max_element(without.begin() + (knows_period ? 0 : 1), without.end()),
                inferred.control_successes, 8000);
    EXPECT_EQ(inferred.control_attempts, 8000u);
  }
}

// Where few events share a period the control group does better by the type alone, and may: that
// the period misleads is nothing which the person's data adds.
TEST(Attack, InferringIsHeldAgainstTheBestGuessWithoutThePerson) {
  Host host;
  World world(4, 60, 7, 3, 200);
  Release& release = world.release;
  for (std::uint32_t code = 0; code < 200; ++code) {
    release.moment[code] = code / 5;
    release.type[code] = 0;
    release.secrets[0].value[code] = code % 5 == 0;  // a fifth of the events of every period
  }
  const Guessing by_definition(release);
  ASSERT_LT(by_definition.without[0] + 0.05, by_definition.without[2]);
  Random random = random_of(9);
  const Tried inferred = infer(host, release, release.secrets[0], true, 20000, random);
  expect_rate(by_definition.right, inferred.successes, 20000);
  expect_rate(*std::max_element(by_definition.without.begin(), by_definition.without.end()),
              inferred.control_successes, 20000);
}
