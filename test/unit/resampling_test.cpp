// Tests by drawing, bootstrap intervals, Cox: against closed forms and golden values of R.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/stats/cox.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/ranks.hpp"
#include "core/stats/resampling.hpp"

namespace {

using namespace pt::stats;

const pt::model::Prf::Key kKey{7};

TEST(Cox, TiesOfOneEventAreAlike) {
  std::vector<std::vector<LifeRow>> const groups{{{5, 1, 0}, {4, 0, 1}, {3, 1, 0}},
                                                 {{6, 0, 0}, {6, 1, 0}, {5, 1, 2}}};
  // The last interval has two events: there they differ.
  auto const first = [&](Ties ties) { return cox_groups(groups, 0, ties).log_hazard_ratio[1]; };
  EXPECT_NE(first(Ties::efron), first(Ties::breslow));
  std::vector<std::vector<LifeRow>> const single{{{5, 1, 0}, {4, 0, 1}}, {{6, 0, 0}, {6, 1, 0}}};
  EXPECT_NEAR(cox_groups(single, 0, Ties::efron).log_hazard_ratio[1],
              cox_groups(single, 0, Ties::breslow).log_hazard_ratio[1], 1e-12);
}

TEST(Cox, OneIntervalIsTheRatioOfRates) {
  // With Breslow's ties and one interval the hazard ratio is that of the rates.
  std::vector<std::vector<LifeRow>> const groups{{{100, 10, 0}}, {{200, 50, 0}}, {{50, 0, 0}}};
  CoxFit const fit = cox_groups(groups, 0, Ties::breslow);
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.log_hazard_ratio[1], std::log(.25 / .1), 1e-9);
  EXPECT_NEAR(fit.se[1], std::sqrt(1 / 10.0 + 1 / 50.0), 1e-9);
  EXPECT_TRUE(std::isnan(fit.log_hazard_ratio[2]));
  EXPECT_TRUE(std::isnan(cox_groups(groups, 2, Ties::efron).log_hazard_ratio[1]));
}

TEST(Cox, RunawayHasNoEstimate) {
  // Every event of group 1 happens while group 0 is there and has none at that time, and the
  // reverse never: the ratio is infinite.
  std::vector<std::vector<LifeRow>> const groups{{{10, 0, 0}, {10, 1, 9}},
                                                 {{10, 10, 0}, {0, 0, 0}}};
  EXPECT_TRUE(std::isnan(cox_groups(groups, 0, Ties::efron).log_hazard_ratio[1]));
}

TEST(Draws, AgreeWithExactOnes) {
  pt::Host host;
  std::vector<double> const observed{6, 2, 1}, p{.4, .3, .3};
  // All 55 outcomes of 9 observations, the likelier ones left out: by enumeration in R.
  double exact = 0, at = 0;
  auto const chance = [&](double a, double b, double c) {
    return std::exp(log_gamma(10) - log_gamma(a + 1) - log_gamma(b + 1) - log_gamma(c + 1) +
                    a * std::log(.4) + (b + c) * std::log(.3));
  };
  at = chance(6, 2, 1);
  for (int a = 0; a <= 9; ++a)
    for (int b = 0; a + b <= 9; ++b)
      if (chance(a, b, 9 - a - b) <= at * (1 + 1e-7)) exact += chance(a, b, 9 - a - b);
  EXPECT_NEAR(multinomial_exact(observed, p, 1e6, host), exact, 1e-12);
  EXPECT_TRUE(std::isnan(multinomial_exact(observed, p, 10, host)));
  // A fair coin: 9 of 10, two-sided by chi-square, is 22 / 1024.
  std::vector<double> const coin{9, 1}, fair{1, 1};
  EXPECT_NEAR(goodness_of_fit_by_draws(coin, fair, 100000, pt::model::Prf(kKey), host), 22 / 1024.0,
              .002);
}

TEST(Bootstrap, CoversTheMean) {
  pt::Host host;
  pt::model::Prf const random(kKey);
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    std::vector<double> values;
    for (std::uint64_t i = 0; i < 60; ++i)  // exponential, mean 1
      values.push_back(
          -std::log1p(-static_cast<double>(random.at(trial * 1000 + i) >> 11) * 0x1p-53));
    Bootstrap const b = bca(values, Statistic::mean, 500, .95, random.derive("x"), host);
    covered += b.interval.low < 1 && 1 < b.interval.high ? 1 : 0;
  }
  // 95 % less what 60 skewed values cost; Student's interval covers about 92 % here.
  EXPECT_GE(covered, 180);
  EXPECT_LE(covered, 199);
}

TEST(Theil, GroupsOfEqualRatesAreEqual) {
  std::vector<double> const rates{.2, .2}, people{10, 90}, unequal{.1, .3}, even{1, 1};
  EXPECT_NEAR(theil(rates, people), 0, 1e-15);
  EXPECT_NEAR(theil(unequal, even), (.5 * std::log(.5) + 1.5 * std::log(1.5)) / 2, 1e-12);
  EXPECT_TRUE(std::isnan(theil(std::vector<double>{-1, 2}, even)));
}

TEST(Spearman, TiesAndWeights) {
  std::vector<WeightedPair> const pairs{{1, 3, 2}, {2, 1, 1}, {3, 2, 1}};
  std::vector<WeightedPair> const copies{{1, 3, 1}, {1, 3, 1}, {2, 1, 1}, {3, 2, 1}};
  EXPECT_NEAR(spearman(pairs), spearman(copies), 1e-12);
  EXPECT_NEAR(spearman_p_value(.5, 12), t_two_sided(.5 * std::sqrt(10 / .75), 10), 1e-12);
}

}  // namespace
