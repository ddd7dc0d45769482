#include "core/release/refresh.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/release/placing.hpp"
#include "people.hpp"
#include "versions.hpp"

using namespace pt;
using namespace pt::protect;
using namespace pt::release;
using model::Hash128;
using pt::test::kContentKey;
using pt::test::known_of;

namespace {

const model::Prf kRandomness({5, 5});
/// Who is together, by key.
std::set<std::vector<Hash128>> groups(const model::Population& population, const Protected& r) {
  std::map<std::uint32_t, std::vector<Hash128>> by_persona;
  for (std::uint32_t p = 0; p < population.size(); ++p)
    if (r.persona_of[p] != Protected::kSuppressed)
      by_persona[r.persona_of[p]].push_back(population.key[p]);
  std::set<std::vector<Hash128>> out;
  for (auto& [persona, members] : by_persona) out.insert(members);
  return out;
}

class Refresh : public testing::Test {
 protected:
  Refresh() {
    options_.target_risk = 0.05;
    options_.individual_limit = 0.1;
  }

  Refreshed refresh(const model::Population& population, const Known& known,
                    bool at_any_cost = false) {
    const RefreshInput input{
        known, setting_, {}, kContentKey, "1", [](auto) { return std::nullopt; }, at_any_cost};
    return release::refresh(host_, population, options_, input);
  }

  Known first_version(const std::vector<test::Person>& people) {
    model::Population population = test::encode(host_, people);
    const Protected r = protect::protect(host_, population, options_, kRandomness);
    EXPECT_TRUE(r.target_met);
    setting_ = r.setting;
    setting_.place_people = setting_.cell_people = setting_.classes = 0;  // not kept
    groups_ = groups(population, r);
    return known_of(population, r);
  }

  Host host_;
  Options options_;
  Setting setting_;
  std::set<std::vector<Hash128>> groups_;  // of the first version
};

double average_risk(const Known& known) {
  double sum = 0;
  for (const KnownMember& m : known.members) sum += static_cast<double>(m.risk);
  return sum / static_cast<double>(known.members.size());
}

std::vector<test::Person> martians(int n, int age, const std::string& prefix = "martian") {
  std::vector<test::Person> out;
  for (int i = 0; i < n; ++i)
    out.push_back(
        {prefix + std::to_string(i),
         "F",
         "martian",
         "county 1",
         age + i % 3,
         {{5000 + 30 * (i % 4), i % 2 == 0 ? "a" : "b", i % 2 == 0 ? "guilty" : "", "F"}}});
  return out;
}

}  // namespace

TEST_F(Refresh, NothingNewLeavesTheVersion) {
  auto people = test::random_people(1000, 1);
  const Known known = first_version(people);
  const model::Population population = test::encode(host_, people);
  const Refreshed next = refresh(population, known);
  EXPECT_FALSE(next.changed);
  EXPECT_EQ(next.counts.kept, known.personas.size());
  EXPECT_EQ(next.counts.waiting + next.counts.without_class,
            population.size() - known.members.size());
}

TEST_F(Refresh, NewcomersWhomNoClassFitsFoundAClassTogether) {
  auto people = test::random_people(1000, 1);
  const Known known = first_version(people);
  const std::size_t classes = known.classes.size();
  // Fewer than a persona has: they wait.
  auto grown = people;
  for (auto& p : martians(9, 30)) grown.push_back(p);
  model::Population population = test::encode(host_, grown);
  Refreshed next = refresh(population, known);
  EXPECT_FALSE(next.changed);
  EXPECT_EQ(next.counts.without_class, 9u);
  EXPECT_EQ(next.counts.opened, 0u);
  // One more, and they enter, all in one version, in a class that says who they are.
  grown = people;
  for (auto& p : martians(10, 30)) grown.push_back(p);
  population = test::encode(host_, grown);
  next = refresh(population, known);
  EXPECT_TRUE(next.changed);
  EXPECT_EQ(next.counts.opened, 10u);
  EXPECT_EQ(next.counts.entered, 10u);
  EXPECT_EQ(next.counts.without_class, 0u);
  ASSERT_EQ(next.result.classes.size(), classes + 1);
  const ClassRow& row = next.result.classes.back();
  EXPECT_EQ(row.people, 10u);
  EXPECT_EQ(row.ethnicity, "martian");
  EXPECT_EQ(row.gender, "F");
  ASSERT_TRUE(row.age_low && row.age_high);
  EXPECT_LE(*row.age_low, 30);
  EXPECT_GT(*row.age_high, 32);
  EXPECT_NEAR(row.age_mean, 30.9, 1e-9);  // 4 of 30, 3 of 31, 3 of 32
  EXPECT_FALSE(next.origin.back().has_value());
  // Everybody else stays with whom they were.
  for (const auto& group : groups_) EXPECT_EQ(groups(population, next.result).count(group), 1u);
  EXPECT_LE(next.result.average, options_.target_risk);
  EXPECT_LE(next.result.maximum, options_.individual_limit * (1 + 1e-12));

  // From then on it is a class like others, with the figures of its founders.
  const Known second = known_of(population, next);
  for (auto& p : martians(10, 30, "late")) grown.push_back(p);
  population = test::encode(host_, grown);
  const Refreshed third = refresh(population, second);
  EXPECT_EQ(third.counts.entered, 10u);
  EXPECT_EQ(third.counts.opened, 0u);
  ASSERT_EQ(third.result.classes.size(), classes + 1);
  EXPECT_EQ(third.result.classes.back().people, 20u);
  EXPECT_EQ(third.result.classes.back().age_mean, row.age_mean);
}

TEST_F(Refresh, SmallGroupsOfNewcomersShareALabel) {
  auto people = test::random_people(1000, 1);
  const Known known = first_version(people);
  for (auto& p : martians(6, 30)) people.push_back(p);
  for (auto& p : martians(6, 30, "venusian")) {
    p.ethnicity = "venusian";
    people.push_back(p);
  }
  const model::Population population = test::encode(host_, people);
  const Refreshed next = refresh(population, known);
  EXPECT_EQ(next.counts.opened, 12u);
  EXPECT_EQ(next.result.classes.back().ethnicity, "martian or venusian");
  EXPECT_TRUE(next.result.classes.back().generalized_label);
}

TEST_F(Refresh, ANewClassWaitsWhenTheTargetDoesNotHoldWithIt) {
  auto people = test::random_people(1000, 1);
  const Known known = first_version(people);
  const double average = average_risk(known);
  options_.target_risk = average * (1 + 1e-4);  // no room for ten people at 1/10 each
  for (auto& p : martians(10, 30)) people.push_back(p);
  const model::Population population = test::encode(host_, people);
  const Refreshed next = refresh(population, known);
  EXPECT_EQ(next.counts.opened, 0u);
  EXPECT_EQ(next.counts.without_class, 10u);
  EXPECT_EQ(next.counts.suspended, 0u);
  EXPECT_FALSE(next.changed);
  // Every step is written down, the last one is what was published.
  ASSERT_EQ(next.result.decisions.size(), 2u);
  EXPECT_EQ(next.result.decisions[0].action, "refresh");
  EXPECT_FALSE(next.result.decisions[0].holds);
  EXPECT_EQ(next.result.decisions[1].action, "hold_back_classes");
  EXPECT_TRUE(next.result.decisions[1].chosen);
  EXPECT_TRUE(next.result.decisions[1].holds);
}

// People leave: at exactly the target others have to go with them, with a reserve nobody has to.
TEST_F(Refresh, TheReserveIsThereToBeUsed) {
  auto people = test::random_people(1000, 1);
  const Known known = first_version(people);
  const double average = average_risk(known);
  for (std::size_t i = people.size(); i > 60; i -= 60)
    people.erase(people.begin() + static_cast<std::ptrdiff_t>(i) - 1);
  const model::Population population = test::encode(host_, people);
  options_.target_risk = average * (1 + 1e-6);
  EXPECT_GT(refresh(population, known).counts.suspended, 0u);
  options_.reserve = 0.2;
  options_.target_risk = average / (1 - options_.reserve) * (1 + 1e-6);
  const Refreshed next = refresh(population, known);
  EXPECT_EQ(next.counts.suspended, 0u);
  EXPECT_TRUE(next.result.target_met);
  EXPECT_GT(next.result.average, average * (1 + 1e-6));
  EXPECT_LE(next.result.average, options_.target_risk);
  ASSERT_EQ(next.result.decisions.size(), 1u);
  EXPECT_TRUE(next.result.decisions[0].holds) << "judged by the target itself";
}

TEST_F(Refresh, NewcomersEnterWhoDoNoHarmThoughOthersWait) {
  auto people = test::random_people(1000, 1);
  options_.target_risk =
      0.03;  // else ten at one in ten and fifty at one in fifty do no harm together
  const Known known = first_version(people);
  const double average = average_risk(known);
  ASSERT_GT(average, 0.021);
  ASSERT_LT(average, 2.0 / 60);
  options_.target_risk = average * (1 + 1e-4);
  for (auto& p : martians(10, 30)) people.push_back(p);  // one in ten
  for (auto& p : martians(50, 30, "white")) {            // one in fifty
    p.ethnicity = "white";
    people.push_back(p);
  }
  const model::Population population = test::encode(host_, people);
  const Refreshed next = refresh(population, known);
  EXPECT_TRUE(next.changed);
  EXPECT_EQ(next.counts.entered, 50u);
  EXPECT_EQ(next.counts.without_class, 10u);
  EXPECT_LE(next.result.average, options_.target_risk);
}

TEST_F(Refresh, RowsInAnyOrderGiveTheSameVersion) {
  auto people = test::random_people(1500, 4);
  const Known known = first_version(people);
  people.erase(people.begin(), people.begin() + 20);
  for (auto& p : martians(25, 40)) people.push_back(p);
  const model::Population one = test::encode(host_, people, 1),
                          two = test::encode(host_, people, 2);
  const Refreshed a = refresh(one, known), b = refresh(two, known);
  EXPECT_GT(a.counts.opened, 0u);
  EXPECT_EQ(groups(one, a.result), groups(two, b.result));
  ASSERT_EQ(a.result.personas.size(), b.result.personas.size());
  for (std::size_t i = 0; i < a.result.personas.size(); ++i)
    EXPECT_EQ(a.result.personas[i].key, b.result.personas[i].key);
}

TEST_F(Refresh, NobodyLeftIsAnError) {
  auto people = test::random_people(300, 1);
  const Known known = first_version(people);
  EXPECT_THROW(refresh(test::encode(host_, {}), known), Error);
  // Each persona has lost somebody, and too few are gone to deal the others anew.
  std::set<std::uint32_t> seen;
  std::vector<Hash128> left;
  for (const KnownMember& m : known.members)
    if (!seen.insert(m.persona).second) left.push_back(m.key);
  const model::Population all = test::encode(host_, people);
  options_.min_size = options_.max_size;  // as many would have to be lost together
  std::vector<test::Person> stay;
  for (const auto& p : people) {
    const model::Population one = test::encode(host_, {p});
    if (std::binary_search(left.begin(), left.end(), one.key[0])) stay.push_back(p);
  }
  EXPECT_THROW(refresh(test::encode(host_, stay), known), Error);
}

TEST(Unite, NoUpperEndOfAgesStays) {
  ClassRow open{}, closed{};
  open.age_low = 85;
  closed.age_low = 70;
  closed.age_high = 85;
  for (const auto& order : {std::vector<const ClassRow*>{&open, &closed},
                            std::vector<const ClassRow*>{&closed, &open}}) {
    const ClassRow united = unite(order);
    EXPECT_EQ(united.age_low, 70);
    EXPECT_FALSE(united.age_high.has_value());
  }
}
