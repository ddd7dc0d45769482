// Means and their differences, rank tests, correlations. Weights are counts: a value with weight 3
// stands for three observations.
#pragma once

#include <span>
#include <utility>

#include "core/stats/proportion.hpp"

namespace pt::stats {

/// Count, mean and sum of squared deviations, updated one value or one accumulator at a time
/// without cancellation (West 1979; Chan, Golub and LeVeque 1983).
struct Moments {
  double n = 0, mean = 0, m2 = 0;
  void add(double x, double weight = 1) {
    if (!(weight > 0)) return;
    n += weight;
    double const delta = x - mean;
    mean += delta * weight / n;
    m2 += weight * delta * (x - mean);
  }
  void merge(const Moments& other) {
    if (other.n == 0) return;
    double const total = n + other.n, delta = other.mean - mean;
    m2 += other.m2 + delta * delta * n * other.n / total;
    mean += delta * other.n / total;
    n = total;
  }
  /// Unbiased variance; NaN below two observations.
  [[nodiscard]] double variance() const;
};

struct MeanDifference {
  Estimate difference;  ///< mean 1 - mean 0, Welch's standard error and interval
  double t;             ///< Welch's statistic (1947)
  double df;            ///< Welch and Satterthwaite's degrees of freedom
  double p_value;       ///< two-sided
  double cohens_d;      ///< difference / pooled standard deviation
  double hedges_g;      ///< d with Hedges' exact correction J for small samples (1981)
  double d_se;          ///< large-sample standard error of d
  Interval d_interval;  ///< exact interval of d, through the non-central t
};
/// Needs two observations in each group, else all is NaN; so are the tests when nothing varies.
[[nodiscard]] MeanDifference mean_difference(const Moments& one, const Moments& zero,
                                             double confidence);

/// Hedges' J for df degrees of freedom.
[[nodiscard]] double hedges_correction(double df);

/// Kruskal and Wallis' test with correction for ties; p by chi-square with groups - 1 degrees of
/// freedom. `values` are (value, count in each group) in any order; they are sorted here.
struct RankTest {
  double statistic;
  double df;
  double p_value;
};
struct ValueCounts {
  double value;
  std::span<const double> counts;  ///< per group
};
[[nodiscard]] RankTest kruskal_wallis(std::span<ValueCounts> values, std::size_t groups);

/// Sums for the correlation of two columns.
struct CoMoments {
  double n = 0, mean_x = 0, mean_y = 0, m2_x = 0, m2_y = 0, c = 0;
  void add(double x, double y, double weight = 1);
  void merge(const CoMoments& other);
  /// Pearson's r; NaN when a column does not vary.
  [[nodiscard]] double correlation() const;
};
/// Fisher's interval of a correlation from n observations (n > 3).
[[nodiscard]] Interval correlation_interval(double r, double n, double z);

}  // namespace pt::stats
