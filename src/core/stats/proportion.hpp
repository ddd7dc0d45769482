// Rates and the comparison of two of them: intervals, effect sizes, tests, and Mantel-Haenszel
// estimates across strata. Counts are doubles, so that weighted counts fit; a quantity that does
// not exist (a rate of nobody, a ratio with a zero below) is NaN.
#pragma once

#include <array>
#include <span>

namespace pt::stats {

struct Interval {
  double low;
  double high;
};

/// Wilson's score interval of a proportion, s of n (Wilson 1927).
[[nodiscard]] Interval wilson(double s, double n, double z);
/// Clopper and Pearson's exact interval (1934): never covers less than `confidence`.
[[nodiscard]] Interval clopper_pearson(double s, double n, double confidence);
/// Interval of a Poisson rate, s events in n units, by Wilson's idea: the rates m with
/// (s - n m)^2 = z^2 n m (score interval; Garwood's exact one is wider).
[[nodiscard]] Interval poisson_score(double s, double n, double z);

/// A two by two table: group 1 has a events and b without, group 0 has c and d.
struct TwoByTwo {
  double a = 0, b = 0, c = 0, d = 0;
  [[nodiscard]] double n1() const { return a + b; }
  [[nodiscard]] double n0() const { return c + d; }
  [[nodiscard]] double n() const { return a + b + c + d; }
  [[nodiscard]] double p1() const { return a / n1(); }
  [[nodiscard]] double p0() const { return c / n0(); }
};

/// An estimate on its own scale with its interval; `se` belongs to the scale named where it is
/// made.
struct Estimate {
  double value;
  double se;
  double low;
  double high;
};

/// p1 - p0 with Newcombe's interval (1998, method 10); se by Wald.
[[nodiscard]] Estimate risk_difference(const TwoByTwo& t, double z);
/// The same difference with Wald's interval.
[[nodiscard]] Estimate risk_difference_wald(const TwoByTwo& t, double z);
/// p1 / p0 with Katz's interval (1978); se of its logarithm.
[[nodiscard]] Estimate risk_ratio(const TwoByTwo& t, double z);
/// ad / bc with Woolf's interval (1955); se of its logarithm. With a zero cell 0.5 is added to
/// every cell (Haldane 1956).
[[nodiscard]] Estimate odds_ratio(const TwoByTwo& t, double z);
/// Rate ratio (s1/n1) / (s0/n0) of two Poisson counts; se of its logarithm. 0.5 is added to both
/// counts when one is zero.
[[nodiscard]] Estimate rate_ratio(double s1, double n1, double s0, double n0, double z);

/// 2 asin sqrt p1 - 2 asin sqrt p0 (Cohen 1988).
[[nodiscard]] double cohens_h(double p1, double p0);
/// (p1 - p0) / sqrt of the mean variance: standardized difference of proportions.
[[nodiscard]] double standardized_difference(double p1, double p0);

struct Test {
  double statistic;
  double p_value;
};

/// Two proportions, pooled, without continuity correction: z and its two-sided p.
[[nodiscard]] Test two_proportion_test(const TwoByTwo& t);
/// Fisher's exact test, two-sided: the probability of all tables no likelier than this one. The
/// counts are rounded to whole numbers. O(smallest margin). Statistic: the conditional maximum
/// likelihood odds ratio.
[[nodiscard]] Test fisher_exact(const TwoByTwo& t);
/// Conditional maximum likelihood odds ratio with the exact interval that belongs to Fisher's test.
[[nodiscard]] Estimate fisher_odds_ratio(const TwoByTwo& t, double confidence);
/// Fisher's test where an expected count is below 5 and there are at most 10,000 observations,
/// the test of two proportions otherwise. `exact` says which.
struct ProportionTest {
  Test test;
  bool exact;
};
[[nodiscard]] ProportionTest proportion_test(const TwoByTwo& t);
/// Equality of two Poisson rates, conditional on their sum: z and its two-sided p.
[[nodiscard]] Test rate_test(double s1, double n1, double s0, double n0);

struct MantelHaenszel {
  Estimate odds_ratio;  ///< se of the logarithm (Robins, Breslow and Greenland 1986)
  Test test;            ///< chi-square, 1 degree of freedom, without continuity correction
  Test breslow_day;     ///< homogeneity of the odds ratios, Tarone's correction
  int strata;           ///< strata that tell something: both groups and both outcomes present
};
/// Sums over strata from which the common odds ratio and its test come; sums of sums are sums, so
/// parts can be computed apart.
struct MantelHaenszelSums {
  /// R, S, PR, PS + QR, QS, excess of first cells, its variance, strata
  std::array<double, 8> parts{};
  void add(const TwoByTwo& t);
  /// Without Breslow and Day's test, which needs the strata again.
  [[nodiscard]] MantelHaenszel result(double z) const;
};
/// Common odds ratio across strata (Mantel and Haenszel 1959).
[[nodiscard]] MantelHaenszel mantel_haenszel(std::span<const TwoByTwo> strata, double z);

}  // namespace pt::stats
