#include "core/stats/distributions.hpp"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace pt::stats {
namespace {

namespace bm = boost::math;
namespace policies = boost::math::policies;
using Quiet = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>,
    policies::rounding_error<policies::ignore_error>, policies::promote_double<false>>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool probability(double p) { return p > 0 && p < 1; }

}  // namespace

double normal_sf(double x) { return std::erfc(x / std::sqrt(2.0)) / 2; }
double normal_cdf(double x) { return normal_sf(-x); }
double normal_two_sided(double x) { return std::erfc(std::abs(x) / std::sqrt(2.0)); }

double normal_quantile(double p) {
  if (!probability(p)) return kNaN;
  return bm::quantile(bm::normal_distribution<double, Quiet>(), p);
}

double t_cdf(double x, double df) {
  if (!(df > 0) || std::isnan(x)) return kNaN;
  if (std::isinf(x)) return x > 0 ? 1 : 0;
  return bm::cdf(bm::students_t_distribution<double, Quiet>(df), x);
}

double t_quantile(double p, double df) {
  if (!(df > 0) || !probability(p)) return kNaN;
  return bm::quantile(bm::students_t_distribution<double, Quiet>(df), p);
}

double t_two_sided(double x, double df) { return 2 * t_cdf(-std::abs(x), df); }

double noncentral_t_cdf(double x, double df, double delta) {
  if (!(df > 0) || !std::isfinite(x) || !std::isfinite(delta)) return kNaN;
  return bm::cdf(bm::non_central_t_distribution<double, Quiet>(df, delta), x);
}

double chi_square_sf(double x, double df) {
  if (!(df > 0) || std::isnan(x)) return kNaN;
  if (x <= 0) return 1;
  if (std::isinf(x)) return 0;
  return bm::cdf(bm::complement(bm::chi_squared_distribution<double, Quiet>(df), x));
}

double beta_quantile(double p, double a, double b) {
  if (!probability(p) || !(a > 0) || !(b > 0)) return kNaN;
  return bm::quantile(bm::beta_distribution<double, Quiet>(a, b), p);
}

double log_gamma(double x) {
  if (!(x > 0)) return kNaN;
  return bm::lgamma(x, Quiet());
}

double log_choose(double n, double k) {
  return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1);
}

double two_sided_z(double confidence) {
  if (!probability(confidence))
    throw invalid_parameter("confidence must lie between 0 and 1", {}, "0.95 is usual.");
  return normal_quantile(0.5 + confidence / 2);
}

}  // namespace pt::stats
