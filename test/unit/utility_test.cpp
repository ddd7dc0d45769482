// Correlations, distributions, propensity and compared models on joint tables made here.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/utility/correlation.hpp"
#include "core/utility/model_comparison.hpp"
#include "core/utility/propensity.hpp"

namespace {

using namespace pt::utility;
using Side = JointTable::Side;

const pt::model::Prf::Key kKey{1, 2, 3};

struct Row {
  Side side;
  double x, y;
  const char* group;
  double weight;
};

void fill(JointTable& table, const std::vector<Row>& rows) {
  table.add_column("x", true);
  table.add_column("y", true);
  table.add_column("group", false);
  for (const Row& r : rows) {
    table.number(r.x);
    table.number(r.y);
    table.text(r.group == nullptr ? std::nullopt : std::optional<std::string>(r.group));
    table.end_row(r.side, r.weight);
  }
  table.finish();
}

const std::vector<Row> kRows{
    {Side::source, 1, 2, "a", 1},  {Side::source, 2, 1, "a", 2},  {Side::source, 3, 5, "b", 1},
    {Side::source, 4, 4, "b", 1},  {Side::release, 1, 2, "a", 1}, {Side::release, 2, 1, "a", 1},
    {Side::release, 2, 1, "a", 1}, {Side::release, 3, 5, "b", 1}, {Side::release, 4, 4, "b", 1}};

TEST(Joint, MergesEqualRowsInAnyOrder) {
  pt::Host host;
  JointTable one(host), two(host);
  fill(one, kRows);
  fill(two, {kRows.rbegin(), kRows.rend()});
  ASSERT_EQ(one.rows(), 4U);
  EXPECT_EQ(one.total(Side::source), 5);
  EXPECT_EQ(one.total(Side::release), 5);
  for (std::size_t i = 0; i < one.rows(); ++i)
    for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(one.code(i, c), two.code(i, c));
}

TEST(Correlation, EqualSidesAreEqual) {
  pt::Host host;
  JointTable table(host);
  fill(table, kRows);
  // By hand: x = 1 2 2 3 4, y = 2 1 1 5 4: means 2.4 and 2.6.
  double const r = 5.8 / std::sqrt(5.2 * 13.2);
  auto const numbers = correlate(table, 0, 1, .05, host);
  ASSERT_EQ(numbers.size(), 2U);
  EXPECT_NEAR(numbers[0].source, r, 1e-12);
  EXPECT_EQ(numbers[0].source, numbers[0].release);
  EXPECT_TRUE(numbers[0].preserved.value());
  // Two groups: the correlation ratio is the point-biserial correlation.
  double const biserial = (3.5 - 5.0 / 3) * std::sqrt(1.2 / 5.2);
  EXPECT_NEAR(correlate(table, 0, 2, .05, host)[0].source, biserial, 1e-12);
}

TEST(Correlation, SaysWhenThereIsNone) {
  pt::Host host;
  JointTable table(host);
  fill(table, {{Side::source, 1, 1, "a", 1},
               {Side::source, 1, 2, "b", 1},
               {Side::release, 1, 1, "a", 1},
               {Side::release, 2, 2, "b", 1}});
  auto const constant = correlate(table, 0, 1, .05, host)[0];
  EXPECT_FALSE(constant.preserved.has_value());
  EXPECT_FALSE(constant.why.empty());
  JointTable other(host);
  fill(other, {{Side::source, 1, 1, "a", 1},
               {Side::source, 2, 2, "b", 1},
               {Side::release, 1, 1, "a", 1},
               {Side::release, 1, 2, "a", 1}});
  EXPECT_FALSE(correlate(other, 0, 1, .05, host)[0].preserved.value());
}

TEST(Nearness, CountsMissingAsAValueOfTexts) {
  pt::Host host;
  JointTable table(host);
  fill(table, {{Side::source, 1, 1, "a", 3},
               {Side::source, 2, 1, nullptr, 1},
               {Side::release, 1, 1, "a", 1},
               {Side::release, 3, 1, "b", 1}});
  EXPECT_NEAR(nearness(table, 2).complement, .5, 1e-12);  // a .75/.5, b 0/.5, missing .25/0
  EXPECT_NEAR(nearness(table, 0).complement, .5, 1e-12);  // at 2: 1 against .5
}

std::vector<Row> sides(int n, double shift) {
  std::vector<Row> rows;
  for (int i = 0; i < n; ++i) {
    double const x = i % 17, y = i % 5;
    rows.push_back({Side::source, x, y, i % 3 == 0 ? "a" : "b", 1});
    rows.push_back({Side::release, x + shift, y, i % 3 == 0 ? "a" : "b", 1});
  }
  return rows;
}

TEST(Propensity, KnowsACopyFromAShift) {
  pt::Host host;
  JointTable same(host), shifted(host);
  fill(same, sides(1000, 0));
  fill(shifted, sides(1000, 4));
  pt::model::Prf const random(kKey);
  Propensity const copy = propensity(same, 20, random, host);
  EXPECT_EQ(copy.source_n, 1000);
  EXPECT_LT(copy.pmse, 1e-12);
  EXPECT_EQ(copy.p_value, 1);
  // Snoke et al.: the null mean of K coefficients is about (K - 1) c (1 - c) / N for random labels.
  EXPECT_NEAR(copy.null_mean, 3 * .25 / 2000, 1.5e-4);
  Propensity const moved = propensity(shifted, 20, random, host);
  EXPECT_GT(moved.ratio, 20);
  EXPECT_NEAR(moved.p_value, 1.0 / 21, 1e-12);
  EXPECT_EQ(moved.pmse, propensity(shifted, 20, random, host).pmse);
}

ModelTerm term(const char* name, double b, double se, double p) {
  return {name, "", b, se, b - 1.96 * se, b + 1.96 * se, p, ""};
}

TEST(ComparedModels, Verdicts) {
  std::vector<ModelTerm> const source{
      term("same", 1, .1, .001), term("lost", 1, .1, .001),
      term("null", .01, .1, .9), term("sign", .5, .1, .001),
      term("gone", 1, .1, .001), term("collinear", std::nan(""), std::nan(""), 1)};
  std::vector<ModelTerm> const release{term("same", 1.01, .1, .001), term("lost", 1, .9, .3),
                                       term("null", -.02, .1, .8),   term("sign", -.5, .1, .001),
                                       term("collinear", 1, .1, .5), term("new", 1, .1, .001)};
  auto const rows = compare_models(source, release, {});
  ASSERT_EQ(rows.size(), 7U);
  EXPECT_TRUE(rows[0].preserved.value());
  EXPECT_NEAR(rows[0].standardized_bias, .1, 1e-12);
  EXPECT_NEAR(rows[0].interval_overlap, (.392 - .01) / .392, 1e-9);
  EXPECT_EQ(rows[1].why, "significant in the source only");
  EXPECT_TRUE(rows[2].preserved.value());
  EXPECT_EQ(rows[3].why, "the sign differs");
  EXPECT_FALSE(rows[4].preserved.value());
  EXPECT_FALSE(rows[5].preserved.has_value());
  EXPECT_FALSE(rows[6].preserved.has_value());
  EXPECT_EQ(rows[6].why, "the source does not have this term");
}

}  // namespace
