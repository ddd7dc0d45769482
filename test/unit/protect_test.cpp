#include "core/protect/protect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "compas.hpp"
#include "core/error.hpp"
#include "core/protect/targeted.hpp"
#include "people.hpp"
#include "risk_by_definition.hpp"

using namespace pt;
using namespace pt::protect;

namespace {

const model::Prf kRandomness({5, 5});

void expect_sound(const model::Population& population, const Protected& r, const Options& o) {
  std::vector<std::uint32_t> sizes(r.personas.size(), 0);
  for (const std::uint32_t p : r.persona_of)
    if (p != Protected::kSuppressed) ++sizes[p];
  for (std::size_t p = 0; p < sizes.size(); ++p) {
    EXPECT_EQ(sizes[p], r.personas[p].people);
    EXPECT_GE(sizes[p], o.min_size);
    EXPECT_LE(sizes[p], o.max_size);
  }
  std::uint64_t weights = 0, events = 0;
  for (std::uint64_t i = 0; i < r.pooled.size(); ++i) weights += r.event(i).weight;
  for (std::uint32_t i = 0; i < population.size(); ++i)
    if (r.persona_of[i] != Protected::kSuppressed) events += population.events_of(i).size();
  EXPECT_EQ(weights, events) << "every event of a released person is published once";
}

}  // namespace

TEST(Protect, RisksEqualTheDefinitionOnRandomPeople) {
  Host host;
  for (unsigned seed = 1; seed <= 2; ++seed) {
    auto population = test::encode(host, test::random_people(700, seed));
    Options o;
    o.target_risk = 0.04;
    const Protected r = protect::protect(host, population, o, kRandomness);
    EXPECT_TRUE(r.target_met);
    expect_sound(population, r, o);
    double maximum = 0;
    EXPECT_NEAR(test::average_by_definition(population, r, maximum), r.average, 1e-12);
    EXPECT_NEAR(maximum, r.maximum, 1e-12);
    EXPECT_LE(r.average, o.target_risk);
    EXPECT_LE(r.maximum, o.individual_limit);
    EXPECT_LE(r.risks.demographics_average, r.risks.one_event_average);
    EXPECT_LE(r.risks.one_event_average, r.risks.two_events_average);
    EXPECT_LE(r.risks.two_events_average, r.risks.all_events_average);
    EXPECT_LE(r.risks.events_average, r.risks.all_events_average);
    EXPECT_DOUBLE_EQ(r.risks.demographics_average,
                     static_cast<double>(r.classes.size()) / static_cast<double>(r.released));
  }
}

TEST(Protect, IsAFunctionOfContentAndSeed) {
  Host host;
  const auto people = test::random_people(800, 9);
  auto a = test::encode(host, people), b = test::encode(host, people, 4242);
  Options o;
  o.target_risk = 0.04;
  const Protected x = protect::protect(host, a, o, kRandomness);
  const Protected y = protect::protect(host, b, o, kRandomness);
  EXPECT_EQ(x.persona_of, y.persona_of);
  EXPECT_EQ(x.setting, y.setting);
  ASSERT_EQ(x.pooled.size(), y.pooled.size());
  for (std::size_t i = 0; i < x.pooled.size(); ++i) EXPECT_EQ(x.pooled[i].code, y.pooled[i].code);
}

TEST(Protect, PreservedColumnsAreGivenUpLast) {
  Host host;
  const auto people = test::random_people(1500, 21);
  std::size_t detail = 0;
  const auto run = [&](const Options& o) {
    auto population = test::encode(host, people);
    detail = population.event_columns.size() - 1;
    EXPECT_EQ(population.event_columns[detail].name, "detail");
    return protect::protect(host, population, o, kRandomness);
  };
  Options o;
  o.target_risk = 0.012;
  const Protected plain = run(o);
  ASSERT_TRUE(plain.target_met);
  ASSERT_GT(plain.setting.column_level[detail], 0U) << "else there is nothing to see";
  o.preserve = {"detail"};
  const Protected kept = run(o);
  EXPECT_TRUE(kept.target_met);
  EXPECT_EQ(kept.setting.column_level[detail], 0U);
  EXPECT_LE(kept.average, o.target_risk);
  // Where nothing holds that leaves it whole, it goes.
  o.target_risk = 0.005;
  const Protected last = run(o);
  ASSERT_TRUE(last.target_met);
  EXPECT_GT(last.setting.column_level[detail], 0U);
}

TEST(Protect, OtherAttackersAreHeldToTheTargetToo) {
  Host host;
  auto population = test::encode(host, test::random_people(700, 11));
  for (const Attacker attacker : {Attacker::demographics, Attacker::events}) {
    Options o;
    o.attacker = attacker;
    o.target_risk = 0.02;
    const Protected r = protect::protect(host, population, o, kRandomness);
    EXPECT_TRUE(r.target_met) << word(attacker);
    EXPECT_DOUBLE_EQ(r.average, attacker == Attacker::events ? r.risks.events_average
                                                             : r.risks.demographics_average);
    expect_sound(population, r, o);
  }
}

TEST(Protect, SaysWhatWouldHelpWhenTheTargetIsOutOfReach) {
  Host host;
  auto population = test::encode(host, test::random_people(30, 5));
  const Protected few = protect::protect(host, population, {}, kRandomness);
  EXPECT_FALSE(few.target_met);
  EXPECT_GT(few.average, 0.01);
  EXPECT_NE(few.help.find("at least 100 people"), std::string::npos) << few.help;

  // Everybody has an event type of their own, so only the own persona covers: 1/50 at best.
  auto people = test::random_people(600, 5);
  for (std::size_t i = 0; i < people.size(); ++i)
    people[i].events = {{100, "type " + std::to_string(i), "", ""}};
  auto larger = test::encode(host, people);
  Options o;
  o.target_risk = 0.004;
  const Protected r = protect::protect(host, larger, o, kRandomness);
  EXPECT_FALSE(r.target_met);
  ASSERT_TRUE(r.size_that_would_do) << r.help;
  o.max_size = *r.size_that_would_do;
  EXPECT_TRUE(protect::protect(host, larger, o, kRandomness).target_met)
      << "what it says would help does help";
}

// The ladder goes as far as the target less its reserve, and chooses as for that target.
TEST(Protect, TheLadderKeepsTheReserve) {
  Host host;
  const auto people = test::random_people(700, 1);
  Options o;
  o.target_risk = 0.04;
  o.reserve = 0.5;
  auto population = test::encode(host, people);
  const Protected kept = protect::protect(host, population, o, kRandomness);
  EXPECT_TRUE(kept.target_met);
  EXPECT_LE(kept.average, 0.02);
  for (const Decision& d : kept.decisions)
    EXPECT_EQ(d.holds, d.average_after <= 0.02 && d.maximum_after <= o.individual_limit)
        << d.setting;
  o.reserve = 0;
  const Protected whole = protect::protect(host, population, o, kRandomness);
  EXPECT_GT(whole.average, 0.02) << "else the reserve has changed nothing";
  o.target_risk = 0.02;
  const Protected lower = protect::protect(host, population, o, kRandomness);
  EXPECT_EQ(kept.setting, lower.setting);
  EXPECT_EQ(kept.persona_of, lower.persona_of);
}

TEST(Protect, ATargetWithoutItsReserveIsMetAndSaysSo) {
  Host host;
  auto people = test::random_people(600, 5);
  for (std::size_t i = 0; i < people.size(); ++i)  // only the own persona covers: 1/50 at best
    people[i].events = {{100, "type " + std::to_string(i), "", ""}};
  auto population = test::encode(host, people);
  Options o;
  o.target_risk = 0.022;
  o.reserve = 0.5;
  const Protected r = protect::protect(host, population, o, kRandomness);
  EXPECT_TRUE(r.target_met);
  EXPECT_GT(r.average, 0.011);
  for (const Decision& d : r.decisions) EXPECT_FALSE(d.holds) << d.setting;
  EXPECT_NE(r.help.find("reserve of 0.5"), std::string::npos) << r.help;
}

// Joining classes one by one is a candidate like every other: better, or not taken; what it claims
// is what the definition says; and it holds where it is taken.
TEST(Protect, TargetedJoiningNeverCostsUtility) {
  Host host;
  std::size_t won = 0;
  for (unsigned seed = 1; seed <= 3; ++seed)
    for (const double target : {0.02, 0.01}) {
      auto people = test::random_people(2000, seed);
      for (test::Person& p : people) {  // the risk is that of the young
        p.gender = "F", p.ethnicity = "white", p.county = "county 0";
        if (p.age > 40 && p.events.size() > 1) p.events.resize(1);
      }
      auto population = test::encode(host, people);
      Options o;
      o.target_risk = target;
      const Protected plain = protect::protect(host, population, o, kRandomness);
      o.targeted = true;
      const Protected r = protect::protect(host, population, o, kRandomness);
      EXPECT_EQ(r.target_met, plain.target_met);
      EXPECT_GE(r.utility, plain.utility);
      if (r.setting.undone.empty()) {
        EXPECT_EQ(r.setting, plain.setting);
        EXPECT_EQ(r.persona_of, plain.persona_of);
        continue;
      }
      ++won;
      EXPECT_GT(r.utility, plain.utility);
      EXPECT_EQ(r.classes.size(), r.setting.classes - r.setting.undone.size());
      double maximum = 0;
      EXPECT_NEAR(test::average_by_definition(population, r, maximum), r.average, 1e-12);
      EXPECT_LE(r.average, target);
      expect_sound(population, r, o);
      const auto chosen = std::find_if(r.decisions.begin(), r.decisions.end(),
                                       [](const Decision& d) { return d.chosen; });
      ASSERT_NE(chosen, r.decisions.end());
      EXPECT_EQ(chosen->action, "join_risky_classes");
      EXPECT_EQ(chosen->rung, 1U);
      EXPECT_TRUE(chosen->holds);
      EXPECT_DOUBLE_EQ(chosen->utility_after, r.utility);
      auto shuffled = test::encode(host, people, 4711);
      EXPECT_EQ(protect::protect(host, shuffled, o, kRandomness).persona_of, r.persona_of);
    }
  EXPECT_GT(won, 0U) << "else nothing was tested";
}

// Every set of joins that a brute-force search over a small tree finds loses at least as much.
TEST(Protect, JoinsAreTheOnesThatLoseLeast) {
  Host host;
  auto population = test::encode(host, test::random_people(500, 3));
  Options o;
  o.attacker = Attacker::demographics;
  o.target_risk = 0.02;
  Options finest = o;
  finest.target_risk = 0.03;  // a finer tree than the target would grow
  Grouping grouping(host, population, finest);
  Setting s;
  s.column_level.assign(population.event_width(), 0);
  s.geography_level = 1;
  s.persona_size = o.max_size;
  s.place_people = s.cell_people = grouping.smallest_persona();
  const auto& tree = *grouping.grown(s).tree;
  s.classes = tree.most();
  const auto undone = splits_to_undo(host, population, o, grouping, s);
  ASSERT_TRUE(undone);
  ASSERT_FALSE(undone->empty());
  const auto people = static_cast<double>(population.size() - grouping.grown(s).suppressed);
  const auto average = [&](const std::vector<std::uint32_t>& without) {
    return static_cast<double>(tree.prune(s.classes, without).size()) / people;
  };
  EXPECT_LE(average(*undone), o.target_risk);
  EXPECT_GT(average({}), o.target_risk);
  const double lost = demographic_loss(o, tree.cost(s.classes, *undone));
  // All sets of splits that are closed downwards, by bits.
  const auto branches = tree.branches(s.classes);
  const std::uint32_t first = tree.forced() - tree.splits_of(tree.forced());  // roots
  const std::uint32_t splits = tree.splits_of(s.classes), least = tree.splits_of(tree.forced());
  ASSERT_LE(splits, 16U);
  double best = 1;
  for (std::uint32_t bits = 0; bits < (1U << splits); ++bits) {
    std::vector<std::uint32_t> without;
    for (std::uint32_t k = 0; k < splits; ++k)
      if ((bits >> k & 1U) != 0) without.push_back(k);
    if (!without.empty() && without.front() < least) continue;
    const auto in = [&](std::uint32_t k) { return (bits >> k & 1U) != 0; };
    bool closed = true;
    for (std::uint32_t k = 0; k < splits && closed; ++k)
      for (const std::uint32_t side : {first + 2 * k, first + 2 * k + 1})
        closed = closed && (!in(k) || !branches[side].split || in(*branches[side].split));
    if (!closed || average(without) > o.target_risk) continue;
    best = std::min(best, demographic_loss(o, tree.cost(s.classes, without)));
  }
  EXPECT_GE(lost, best - 1e-12);
  EXPECT_LE(lost, best * 1.05 + 1e-12) << "greedy, but not far from the best";
}

TEST(Protect, TinyAndUniformPopulations) {
  Host host;
  auto nobody = test::encode(host, {});
  const Protected none = protect::protect(host, nobody, {}, kRandomness);
  EXPECT_FALSE(none.target_met);
  EXPECT_TRUE(none.personas.empty());

  auto one = test::encode(host, test::random_people(1, 1));
  const Protected single = protect::protect(host, one, {}, kRandomness);
  EXPECT_EQ(single.suppressed, 1U);
  EXPECT_FALSE(single.target_met);

  std::vector<test::Person> same;
  for (int i = 0; i < 500; ++i)
    same.push_back({std::to_string(i), "F", "A", "c", 40, {{100, "a", "guilty", "F"}}});
  auto identical = test::encode(host, same);
  const Protected all = protect::protect(host, identical, {}, kRandomness);
  EXPECT_TRUE(all.target_met);
  EXPECT_DOUBLE_EQ(all.average, 1.0 / 500);
  EXPECT_EQ(all.homogeneous_personas, all.personas.size()) << "nobody is mended by hiding it";
}

TEST(Protect, BadOptionsAreNamed) {
  Host host;
  auto population = test::encode(host, test::random_people(50, 1));
  const auto message = [&](auto change) -> std::string {
    Options o;
    change(o);
    try {
      protect::protect(host, population, o, kRandomness);
    } catch (const Error& e) {
      EXPECT_EQ(e.sqlstate(), sqlstate::kInvalidParameterValue);
      return e.message();
    }
    return "";
  };
  EXPECT_NE(message([](Options& o) { o.target_risk = NAN; }).find("target_risk"),
            std::string::npos);
  EXPECT_NE(message([](Options& o) { o.target_risk = 0; }).find("target_risk"), std::string::npos);
  for (const double reserve : {-0.1, 0.95, static_cast<double>(NAN)})
    EXPECT_NE(message([&](Options& o) { o.reserve = reserve; }).find("reserve"), std::string::npos)
        << reserve;
  EXPECT_NE(message([](Options& o) { o.individual_limit = 1.5; }).find("individual_limit"),
            std::string::npos);
  EXPECT_NE(message([](Options& o) { o.min_size = 1; }).find("min_size"), std::string::npos);
  EXPECT_NE(message([](Options& o) { o.max_size = 12; }).find("max_size"), std::string::npos);
  EXPECT_NE(message([](Options& o) { o.cohesion = 2; }).find("cohesion"), std::string::npos);
}

TEST(Protect, CancelReachesEveryPhase) {
  struct Cancelled {};
  class CancellingHost : public Host {
   public:
    explicit CancellingHost(int after) : left_(after) {}
    void poll() override {
      if (left_-- <= 0) throw Cancelled{};
    }

   private:
    int left_;
  };
  Host plain;
  auto population = test::encode(plain, test::random_people(600, 3));
  Options o;
  o.target_risk = 0.04;
  for (const int after : {0, 1, 5, 25, 125, 625}) {
    CancellingHost host(after);
    EXPECT_THROW(protect::protect(host, population, o, kRandomness), Cancelled) << after;
  }
}

// DESIGN's measured facts for COMPAS: 1 % under demographics+events with race and sex kept.
TEST(Protect, ReachesOnePercentOnCompas) {
  if (!test::shared_file("data/compas_people.csv.gz"))
    GTEST_SKIP() << "no ../shared/data here (set PT_SHARED); the COMPAS goals are not tested";
  Host host;
  auto population = test::load_compas(host, model::Prf({1, 2, 3}));
  ASSERT_EQ(population.size(), 11'757U);
  ASSERT_EQ(population.words.size(), 56'553U);
  Options o;
  o.cut_points = {18, 25, 45};
  const Protected r = protect::protect(host, population, o, kRandomness);
  EXPECT_TRUE(r.target_met);
  EXPECT_LE(r.average, 0.01);
  EXPECT_LE(r.maximum, 0.10);
  EXPECT_LE(r.mean_age_width, 6);
  EXPECT_EQ(r.suppressed, 0U);
  EXPECT_EQ(r.label_generalized, 17U) << "7 Asian and 10 Native American women";
  EXPECT_EQ(r.homogeneous_personas, 0U);
  EXPECT_LE(r.setting.period, model::Period::half_year);
  EXPECT_EQ(r.column_names, (std::vector<std::string>{"event_type", "outcome", "charge_degree"}));
  expect_sound(population, r, o);
  double maximum = 0;
  EXPECT_NEAR(test::average_by_definition(population, r, maximum), r.average, 1e-12);
}
