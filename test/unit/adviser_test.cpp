// Proposals compete with the rules: they are measured, and win only by utility among what holds.
#include "core/protect/adviser.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/protect/protect.hpp"
#include "people.hpp"

using namespace pt;
using namespace pt::protect;

namespace {

const model::Prf kRandomness({5, 5});

Protected run(const std::vector<Proposal>& proposals, double target = 0.05) {
  Host host;
  model::Population population = test::encode(host, test::random_people(500, 4));
  Options options;
  options.target_risk = target;
  options.proposals = proposals;
  return protect::protect(host, population, options, kRandomness);
}

std::vector<Decision> by(const Protected& result, const std::string& who) {
  std::vector<Decision> found;
  std::copy_if(result.decisions.begin(), result.decisions.end(), std::back_inserter(found),
               [&](const Decision& d) { return d.proposed_by == who; });
  return found;
}

}  // namespace

TEST(Adviser, ClosedSet) {
  for (const ActionInfo& info : actions()) {
    EXPECT_EQ(parse_action(info.word), info.action);
    EXPECT_EQ(word(info.action), info.word);
    EXPECT_LT(info.low, info.high);
  }
  EXPECT_FALSE(parse_action("lower_protection"));
  EXPECT_FALSE(parse_action(""));
}

TEST(Adviser, EveryProposalIsMeasuredAndLogged) {
  std::vector<Proposal> proposals;
  for (const ActionInfo& info : actions())
    proposals.push_back({info.action, info.low, std::string(info.word) + " reason", "model"});
  const Protected plain = run({}), advised = run(proposals);
  ASSERT_TRUE(plain.target_met);
  EXPECT_TRUE(advised.target_met) << "the target holds whatever is proposed";
  EXPECT_LE(advised.average, 0.05);
  EXPECT_GE(advised.utility, plain.utility) << "the rules' own result always competes";
  const std::vector<Decision> decisions = by(advised, "model");
  for (const ActionInfo& info : actions())
    EXPECT_TRUE(std::any_of(decisions.begin(), decisions.end(), [&](const Decision& d) {
      return d.why.find(std::string(info.word) + " reason") != std::string::npos;
    })) << info.word;
  EXPECT_TRUE(by(plain, "model").empty());
  EXPECT_EQ(std::count_if(advised.decisions.begin(), advised.decisions.end(),
                          [](const Decision& d) { return d.chosen; }),
            1);
}

TEST(Adviser, NonsenseChangesNothing) {
  const Protected plain = run({});
  const Protected advised = run({{Action::merge_classes, -7, "x", "model"},
                                 {Action::merge_classes, 100'000, "more classes", "model"},
                                 {Action::coarsen_period, INT64_MIN, "x", "model"},
                                 {Action::coarsen_columns, INT64_MIN, "x", "model"},
                                 {Action::generalize_geography, -1, "x", "model"}});
  EXPECT_TRUE(advised.target_met);
  EXPECT_EQ(advised.utility, plain.utility);
  EXPECT_EQ(advised.setting, plain.setting);
  for (const Decision& d : by(advised, "model")) EXPECT_FALSE(d.holds || d.chosen) << d.why;
  // Far too much of an action is what the path has at its end.
  const Protected far = run({{Action::coarsen_period, INT64_MAX, "x", "model"},
                             {Action::sort_personas, INT64_MAX, "x", "model"}});
  EXPECT_TRUE(far.target_met);
  EXPECT_GE(far.utility, plain.utility);
}
