// Statistics against figures from R 4.2.2 (the call stands beside each) and from closed forms.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/mean.hpp"
#include "core/stats/power.hpp"
#include "core/stats/preservation.hpp"
#include "core/stats/proportion.hpp"
#include "core/stats/survival.hpp"
#include "core/stats/table.hpp"

using namespace pt::stats;

namespace {

const double kZ = two_sided_z(.95);

void near(double found, double expected, double relative = 1e-9) {
  EXPECT_LE(std::abs(found - expected), relative * std::max(1e-300, std::abs(expected)))
      << found << " against " << expected;
}

Moments moments(const std::vector<double>& values) {
  Moments m;
  for (double const v : values) m.add(v);
  return m;
}

const std::vector<double> kX{12, 15, 9, 22, 18, 30, 11, 14, 16, 20};
const std::vector<double> kY{10, 8, 14, 7, 9, 12, 13, 6, 11, 5, 9, 10};

}  // namespace

TEST(Stats, TwoByTwo) {
  TwoByTwo const t{45, 55, 30, 90};
  near(risk_difference(t, kZ).value, .2);
  near(risk_ratio(t, kZ).value, 1.8);
  near(odds_ratio(t, kZ).value, 2.45454545454545);
  near(risk_ratio(t, kZ).low, 1.23324586463);
  near(risk_ratio(t, kZ).high, 2.6272133505);
  near(odds_ratio(t, kZ).low, 1.386840758);
  near(odds_ratio(t, kZ).high, 4.34425751743);
  near(two_proportion_test(t).statistic, 3.1161426199);
  near(two_proportion_test(t).p_value, .00183233629926);
  near(risk_difference(t, kZ).low, .0737701756634);
  near(risk_difference(t, kZ).high, .319432963741);
  near(risk_difference_wald(t, kZ).low, .0754612912041);
  near(risk_difference_wald(t, kZ).high, .324538708796);
  // fisher.test(matrix(c(45, 30, 55, 90), 2)) gives 2.44418007 (1.33471284, 4.52914160): its root
  // finder stops at 1e-4. These are R's with uniroot(tol = 1e-15) on the same equations, dhyper.
  Estimate const f = fisher_odds_ratio(t, .95);
  near(f.value, 2.444178116697);
  near(f.low, 1.334745156849);
  near(f.high, 4.529303032536);
  near(fisher_exact(t).p_value, .00260126405752);
  EXPECT_FALSE(proportion_test(t).exact);
  EXPECT_TRUE(proportion_test({3, 1, 1, 4}).exact);
  // 2 * asin(sqrt(.45)) - 2 * asin(sqrt(.25))
  near(cohens_h(.45, .25), 2 * std::asin(std::sqrt(.45)) - 2 * std::asin(.5));
  near(standardized_difference(.45, .25), .2 / std::sqrt((.45 * .55 + .25 * .75) / 2));
}

TEST(Stats, FisherEqualsTheSumOverAllTables) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 50; ++trial) {
    TwoByTwo const t{double(random() % 12), double(random() % 12), double(1 + random() % 12),
                     double(random() % 12)};
    if (t.n1() == 0) continue;
    // brute force: multiply out binomial coefficients
    auto choose = [](int n, int k) {
      double c = 1;
      for (int i = 1; i <= k; ++i) c = c * (n - k + i) / i;
      return c;
    };
    int const n1 = int(t.n1()), n0 = int(t.n0()), m = int(t.a + t.c);
    double total = 0, tail = 0, here = choose(n1, int(t.a)) * choose(n0, m - int(t.a));
    for (int x = std::max(0, m - n0); x <= std::min(n1, m); ++x) {
      double const w = choose(n1, x) * choose(n0, m - x);
      total += w;
      if (w <= here * (1 + 1e-7)) tail += w;
    }
    near(fisher_exact(t).p_value, tail / total, 1e-9);
    Estimate const e = fisher_odds_ratio(t, .95);
    if (e.value > 0 && std::isfinite(e.value)) {
      double sum = 0, mean = 0, upper = 0;
      for (int x = std::max(0, m - n0); x <= std::min(n1, m); ++x) {
        double const w = choose(n1, x) * choose(n0, m - x);
        sum += w * std::pow(e.value, x);
        mean += x * w * std::pow(e.value, x);
      }
      near(mean / sum, t.a, 1e-9);
      sum = 0;
      for (int x = std::max(0, m - n0); x <= std::min(n1, m); ++x) {
        double const w = choose(n1, x) * choose(n0, m - x) * std::pow(e.low, x);
        sum += w;
        if (x >= int(t.a)) upper += w;
      }
      near(upper / sum, .025, 1e-9);
    }
  }
}

TEST(Stats, EdgesOfTwoByTwo) {
  EXPECT_TRUE(std::isnan(odds_ratio({0, 0, 1, 2}, kZ).value));
  near(odds_ratio({0, 5, 3, 2}, kZ).value, (.5 * 2.5) / (5.5 * 3.5));
  EXPECT_TRUE(std::isnan(two_proportion_test({5, 0, 7, 0}).p_value));
  EXPECT_EQ(fisher_exact({5, 0, 7, 0}).p_value, 1);
  EXPECT_EQ(fisher_odds_ratio({3, 0, 0, 4}, .95).value, INFINITY);
  EXPECT_TRUE(std::isnan(risk_ratio({3, 0, 0, 4}, kZ).value));
  EXPECT_EQ(risk_ratio({0, 3, 2, 4}, kZ).value, 0);
  EXPECT_THROW((void)two_sided_z(1), pt::Error);
  EXPECT_THROW((void)two_sided_z(NAN), pt::Error);
}

TEST(Stats, MantelHaenszel) {
  std::vector<TwoByTwo> const strata{{12, 28, 10, 50}, {20, 15, 18, 12}};
  MantelHaenszel const m = mantel_haenszel(strata, kZ);
  near(m.odds_ratio.value, 1.39380530973);
  near(m.odds_ratio.low, .704571664192);
  near(m.odds_ratio.high, 2.75726847981);
  near(m.test.statistic, .920810620826);
  near(m.test.p_value, .337262219698);
  EXPECT_EQ(m.strata, 2);
  // Breslow-Day with Tarone's correction. R, expected cells by uniroot(tol = 1e-14) on
  // e * (n0 - m + e) - psi * (n1 - e) * (m - e), then the sum as in Breslow and Day (1980)
  near(m.breslow_day.statistic, 1.57457139184);
  near(m.breslow_day.p_value, .209544376818);
  // strata that tell nothing change nothing
  std::vector<TwoByTwo> more = strata;
  more.push_back({0, 0, 3, 4});
  more.push_back({5, 0, 6, 0});
  EXPECT_EQ(mantel_haenszel(more, kZ).odds_ratio.value, m.odds_ratio.value);
  EXPECT_TRUE(std::isnan(mantel_haenszel({}, kZ).odds_ratio.value));
}

TEST(Stats, Proportions) {
  near(wilson(7, 50, kZ).low, .0695083342702);
  near(wilson(7, 50, kZ).high, .261861937106);
  EXPECT_EQ(wilson(0, 20, kZ).low, 0);
  near(wilson(0, 20, kZ).high, .161125158053);
  EXPECT_EQ(wilson(20, 20, kZ).high, 1);
  near(clopper_pearson(7, 50, .95).low, .0581917003404);
  near(clopper_pearson(7, 50, .95).high, .267396002497);
  EXPECT_EQ(clopper_pearson(0, 20, .95).low, 0);
  near(clopper_pearson(0, 20, .95).high, .168433470983);
  EXPECT_TRUE(std::isnan(wilson(0, 0, kZ).low));
  // the score interval solves (s - n m)^2 = z^2 n m
  Interval const p = poisson_score(7, 50, kZ);
  for (double const m : {p.low, p.high}) near((7 - 50 * m) * (7 - 50 * m), kZ * kZ * 50 * m);
}

TEST(Stats, Means) {
  MeanDifference const m = mean_difference(moments(kX), moments(kY), .95);
  near(m.t, 3.42086223506);
  near(m.df, 11.9561900043);
  near(m.p_value, .00509569973174);
  near(m.difference.low, 2.61231743155);
  near(m.difference.high, 11.7876825685);
  near(m.cohens_d, 1.56171557586);
  near(hedges_correction(20), .961944533741);
  near(m.hedges_g, 1.50228376145);
  near(m.d_interval.low, .57982818798);
  near(m.d_interval.high, 2.5142003271);
  near(m.d_se * m.d_se, .238764141058);
  EXPECT_TRUE(std::isnan(mean_difference(moments({1}), moments(kY), .95).p_value));
  EXPECT_TRUE(std::isnan(mean_difference(moments({2, 2}), moments({3, 3}), .95).p_value));
  Moments left = moments({12, 15, 9}), right;
  for (std::size_t i = 3; i < kX.size(); ++i) right.add(kX[i]);
  left.merge(right);
  near(left.m2, moments(kX).m2, 1e-14);
  Moments twice;
  for (double const v : kX) twice.add(v, 2);
  near(twice.m2, 2 * moments(kX).m2, 1e-14);
}

TEST(Stats, Ranks) {
  std::vector<std::vector<double>> const groups{kX, kY, {20, 25, 18, 17}};
  std::vector<std::vector<double>> counts;
  std::vector<double> at;
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (double const v : groups[g]) {
      counts.push_back({0, 0, 0});
      counts.back()[g] = 1;
      at.push_back(v);
    }
  std::vector<ValueCounts> values;
  for (std::size_t i = 0; i < at.size(); ++i) values.push_back({at[i], counts[i]});
  RankTest const k = kruskal_wallis(values, 3);
  near(k.statistic, 14.1863207547);
  near(k.p_value, .000830767673041);
  std::vector<ValueCounts> same{{1, counts[0]}, {1, counts[15]}};
  EXPECT_TRUE(std::isnan(kruskal_wallis(same, 3).p_value));
}

TEST(Stats, Tables) {
  Association const a = association({3, 3, {45, 30, 25, 55, 90, 75, 20, 40, 60}});
  near(a.chi_square, 29.5555555556);
  near(a.p_value, 6.02751765685e-06);
  near(a.cramers_v, .183264449869);
  near(a.cramers_v_corrected, .170771515688);
  EXPECT_TRUE(std::isnan(association({2, 2, {3, 0, 4, 0}}).cramers_v));
  near(association({3, 2, {45, 55, 0, 0, 30, 90}}).chi_square, 9.71034482759);
  std::vector<double> const observed{18, 30, 22, 14, 12, 4}, p{.15, .25, .20, .18, .15, .07};
  GoodnessOfFit const g = goodness_of_fit(observed, p);
  near(g.chi_square, 4.5746031746);
  near(g.p_value, .469964261544);
  near(g.cohens_w, .21388321988);
  std::vector<double> const a1{1, 1, 2}, b1{2, 1, 1}, none{0, 0, 0};
  near(total_variation_complement(a1, b1), .75);
  near(kolmogorov_smirnov_complement(a1, b1), .75);
  EXPECT_TRUE(std::isnan(total_variation_complement(a1, none)));
}

TEST(Stats, Power) {
  near(power_two_proportions(.45, .25, 150, 150, .05), .956310861116);
  near(size_two_proportions(.45, .35, .8, .05), 375.565131326, 1e-6);  // R's uniroot
  near(power_two_proportions(.45, .35, size_two_proportions(.45, .35, .8, .05),
                             size_two_proportions(.45, .35, .8, .05), .05),
       .8);
  near(power_t_test(.5, 64, 64, .05), .801458623368);
  EXPECT_GT(power_t_test(.5, 64, 64, .05, true), power_t_test(.5, 64, 64, .05));
}

TEST(Stats, NonCentralTByIntegration) {
  // P(T <= t) = integral of P(Z <= t sqrt(v/df) - delta) over the chi-square density of v
  for (double const delta : {0.0, 1.3, -2.0})
    for (double const t : {-1.0, .5, 3.0}) {
      double const df = 9;
      double sum = 0;
      int const steps = 200000;
      double const top = 80, h = top / steps;
      for (int i = 1; i < steps; ++i) {
        double const v = i * h;
        double const density =
            std::exp((df / 2 - 1) * std::log(v) - v / 2 - df / 2 * std::log(2) - log_gamma(df / 2));
        sum += (i % 2 ? 4 : 2) * density * normal_cdf(t * std::sqrt(v / df) - delta);
      }
      EXPECT_NEAR(noncentral_t_cdf(t, df, delta), sum * h / 3, 1e-9);
    }
}

TEST(Stats, Survival) {
  struct Person {
    double time;
    bool event;
    std::size_t group;
  };
  std::vector<Person> const aml{
      {9, true, 0},  {13, true, 0}, {13, false, 0}, {18, true, 0}, {23, true, 0},   {28, false, 0},
      {31, true, 0}, {34, true, 0}, {45, false, 0}, {48, true, 0}, {161, false, 0}, {5, true, 1},
      {5, true, 1},  {8, true, 1},  {8, true, 1},   {12, true, 1}, {16, false, 1},  {23, true, 1},
      {27, true, 1}, {30, true, 1}, {33, true, 1},  {43, true, 1}, {45, true, 1}};
  std::vector<double> times;
  for (const Person& p : aml) times.push_back(p.time);
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  std::vector<std::vector<LifeRow>> rows(2, std::vector<LifeRow>(times.size()));
  std::vector<LifeRow> all(times.size());
  for (const Person& p : aml)
    for (std::size_t i = 0; i < times.size() && times[i] <= p.time; ++i)
      for (LifeRow* const row : {&rows[p.group][i], &all[i]}) {
        ++row->at_risk;
        if (times[i] == p.time) ++(p.event ? row->events : row->censored);
      }
  auto const table = life_table(all, false, kZ);
  std::vector<double> const s{.913043478261, .826086956522, .782608695652, .739130434783};
  std::vector<double> const se{.0587533847558, .0790341964475, .0860061487038, .0915605371517};
  for (std::size_t i = 0; i < s.size(); ++i) {
    near(table[i].survival, s[i]);
    near(table[i].se, se[i]);
    EXPECT_LT(table[i].low, s[i]);
    EXPECT_GT(table[i].high, s[i]);
  }
  LogRank const test = log_rank(rows, false);
  near(test.chi_square, 3.39638869898);
  EXPECT_EQ(test.df, 1);
  near(test.observed[0] + test.observed[1], test.expected[0] + test.expected[1]);
  // a third group of nobody changes nothing
  rows.emplace_back(times.size());
  near(log_rank(rows, false).chi_square, 3.39638869898);
  EXPECT_EQ(log_rank(rows, false).df, 1);
  // actuarial: 10 at risk, 2 censored, 3 events
  std::vector<LifeRow> const one{{10, 3, 2}};
  near(life_table(one, true, kZ)[0].survival, 1 - 3.0 / 9);
}

TEST(Stats, Correlation) {
  CoMoments c;
  for (std::size_t i = 0; i < kX.size(); ++i) c.add(kX[i], kY[i]);
  // cor.test(x, y[1:10])
  near(c.correlation(), -.247027091687);
  Interval const i = correlation_interval(c.correlation(), 10, kZ);
  near(i.low, -.758656015465);
  near(i.high, .453066849629);
  CoMoments a, b;
  for (std::size_t k = 0; k < 4; ++k) a.add(kX[k], kY[k]);
  for (std::size_t k = 4; k < kX.size(); ++k) b.add(kX[k], kY[k]);
  a.merge(b);
  near(a.correlation(), c.correlation(), 1e-12);
  EXPECT_TRUE(std::isnan(CoMoments().correlation()));
}

TEST(Stats, Preservation) {
  near(interval_overlap({0, 2}, {1, 3}), .5);
  EXPECT_EQ(interval_overlap({0, 2}, {0, 2}), 1);
  EXPECT_LT(interval_overlap({0, 1}, {2, 3}), 0);
  near(effect_preservation(.5, .1, .45), .9);
  near(effect_preservation(.01, .1, .02), .9);
  EXPECT_EQ(effect_preservation(0, 0, 0), 1);
}
