#include "core/stats/mean.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/stats/distributions.hpp"

namespace pt::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Non-centrality at which P(T <= t) = p; decreasing in delta, found by bisection.
double noncentrality(double t, double df, double p) {
  double low = t - 40, high = t + 40;
  for (int i = 0; i < 200; ++i) {
    double const middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    double const at = noncentral_t_cdf(t, df, middle);
    if (std::isnan(at)) return kNaN;
    (at > p ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace

double Moments::variance() const { return n > 1 ? m2 / (n - 1) : kNaN; }

double hedges_correction(double df) {
  return std::exp(log_gamma(df / 2) - std::log(df / 2) / 2 - log_gamma((df - 1) / 2));
}

MeanDifference mean_difference(const Moments& one, const Moments& zero, double confidence) {
  MeanDifference r{{kNaN, kNaN, kNaN, kNaN}, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, {kNaN, kNaN}};
  if (!(one.n > 1) || !(zero.n > 1)) return r;
  double const v1 = one.variance() / one.n, v0 = zero.variance() / zero.n;
  double const difference = one.mean - zero.mean, se = std::sqrt(v1 + v0);
  r.difference = {difference, se, kNaN, kNaN};
  if (!(se > 0)) return r;
  r.t = difference / se;
  r.df = (v1 + v0) * (v1 + v0) / (v1 * v1 / (one.n - 1) + v0 * v0 / (zero.n - 1));
  r.p_value = t_two_sided(r.t, r.df);
  double const half = t_quantile(.5 + confidence / 2, r.df) * se;
  r.difference.low = difference - half;
  r.difference.high = difference + half;
  double const df = one.n + zero.n - 2;
  double const pooled = std::sqrt((one.m2 + zero.m2) / df);
  double const scale = std::sqrt(1 / one.n + 1 / zero.n);
  r.cohens_d = difference / pooled;
  r.hedges_g = hedges_correction(df) * r.cohens_d;
  r.d_se = std::sqrt(scale * scale + r.cohens_d * r.cohens_d / (2 * (one.n + zero.n)));
  double const t = r.cohens_d / scale;
  // Beyond this the series of the non-central t is slow and loses digits; there the large-sample
  // interval is the same to all printed digits.
  if (std::abs(t) < 35 && df < 2000) {
    r.d_interval = {noncentrality(t, df, .5 + confidence / 2) * scale,
                    noncentrality(t, df, .5 - confidence / 2) * scale};
  } else {
    double const z = two_sided_z(confidence);
    r.d_interval = {r.cohens_d - z * r.d_se, r.cohens_d + z * r.d_se};
  }
  return r;
}

RankTest kruskal_wallis(std::span<ValueCounts> values, std::size_t groups) {
  std::sort(values.begin(), values.end(),
            [](const ValueCounts& a, const ValueCounts& b) { return a.value < b.value; });
  std::vector<double> size(groups), rank_sum(groups);
  double before = 0, ties = 0;
  for (std::size_t i = 0; i < values.size();) {
    double here = 0;
    std::size_t j = i;
    for (; j < values.size() && values[j].value == values[i].value; ++j)
      for (double const n : values[j].counts) here += n;
    double const rank = before + (here + 1) / 2;
    for (std::size_t k = i; k < j; ++k)
      for (std::size_t g = 0; g < groups; ++g) {
        size[g] += values[k].counts[g];
        rank_sum[g] += values[k].counts[g] * rank;
      }
    before += here;
    ties += here * here * here - here;
    i = j;
  }
  double const n = before;
  double statistic = 0;
  int present = 0;
  for (std::size_t g = 0; g < groups; ++g)
    if (size[g] > 0) {
      ++present;
      statistic += rank_sum[g] * rank_sum[g] / size[g];
    }
  double const correction = 1 - ties / (n * n * n - n);
  if (present < 2 || !(correction > 0)) return {kNaN, kNaN, kNaN};
  statistic = (12 / (n * (n + 1)) * statistic - 3 * (n + 1)) / correction;
  return {statistic, present - 1.0, chi_square_sf(statistic, present - 1)};
}

void CoMoments::add(double x, double y, double weight) {
  if (!(weight > 0)) return;
  n += weight;
  double const dx = x - mean_x, dy = y - mean_y;
  mean_x += dx * weight / n;
  mean_y += dy * weight / n;
  m2_x += weight * dx * (x - mean_x);
  m2_y += weight * dy * (y - mean_y);
  c += weight * dx * (y - mean_y);
}

void CoMoments::merge(const CoMoments& o) {
  if (o.n == 0) return;
  double const total = n + o.n, dx = o.mean_x - mean_x, dy = o.mean_y - mean_y;
  double const share = n * o.n / total;
  m2_x += o.m2_x + dx * dx * share;
  m2_y += o.m2_y + dy * dy * share;
  c += o.c + dx * dy * share;
  mean_x += dx * o.n / total;
  mean_y += dy * o.n / total;
  n = total;
}

double CoMoments::correlation() const {
  if (!(m2_x > 0) || !(m2_y > 0)) return kNaN;
  return std::clamp(c / (std::sqrt(m2_x) * std::sqrt(m2_y)), -1.0, 1.0);
}

Interval correlation_interval(double r, double n, double z) {
  if (!(n > 3) || std::isnan(r)) return {kNaN, kNaN};
  double const centre = std::atanh(r), half = z / std::sqrt(n - 3);
  return {std::tanh(centre - half), std::tanh(centre + half)};
}

}  // namespace pt::stats
