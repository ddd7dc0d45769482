#include "core/stats/power.hpp"

#include <cmath>
#include <limits>

#include "core/stats/distributions.hpp"

namespace pt::stats {

double power_two_proportions(double p1, double p0, double n1, double n0, double alpha,
                             bool both_tails) {
  double const z = -normal_quantile(alpha / 2);
  double const pooled = (n1 * p1 + n0 * p0) / (n1 + n0);
  double const null = std::sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0));
  double const other = std::sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0);
  double const difference = std::abs(p1 - p0);
  double power = normal_cdf((difference - z * null) / other);
  if (both_tails) power += normal_cdf((-difference - z * null) / other);
  return power;
}

double size_two_proportions(double p1, double p0, double power, double alpha) {
  if (p1 == p0) return std::numeric_limits<double>::quiet_NaN();
  // Equal groups: the difference grows with sqrt n, so the equation has a closed form.
  double const pooled = (p1 + p0) / 2;
  double const null = std::sqrt(2 * pooled * (1 - pooled));
  double const other = std::sqrt(p1 * (1 - p1) + p0 * (1 - p0));
  double const root =
      (normal_quantile(1 - alpha / 2) * null + normal_quantile(power) * other) / std::abs(p1 - p0);
  return root * root;
}

double power_t_test(double d, double n1, double n0, double alpha, bool both_tails) {
  double const df = n1 + n0 - 2;
  double const delta = std::abs(d) / std::sqrt(1 / n1 + 1 / n0);
  double const t = t_quantile(1 - alpha / 2, df);
  double const other = both_tails ? noncentral_t_cdf(-t, df, delta) : 0;
  // Beyond this the non-central t is a shifted normal to all digits that matter.
  if (df > 5000) return normal_sf(t - delta) + (both_tails ? normal_cdf(-t - delta) : 0);
  return 1 - noncentral_t_cdf(t, df, delta) + other;
}

}  // namespace pt::stats
