#include "core/stats/proportion.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/stats/distributions.hpp"

namespace pt::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Estimate from_log(double log_value, double se, double z) {
  return {std::exp(log_value), se, std::exp(log_value - z * se), std::exp(log_value + z * se)};
}

bool has_zero(const TwoByTwo& t) { return t.a == 0 || t.b == 0 || t.c == 0 || t.d == 0; }

/// The distribution of the first cell given the margins: non-central hypergeometric, its
/// log-weights at odds ratio 1 from `first` on.
class Hypergeometric {
 public:
  explicit Hypergeometric(const TwoByTwo& t) {
    double const a = std::round(t.a), b = std::round(t.b), c = std::round(t.c), d = std::round(t.d);
    double const n1 = a + b, n0 = c + d, events = a + c;
    first_ = std::max(0.0, events - n0);
    double const last = std::min(n1, events);
    observed_ = a;
    for (double x = first_; x <= last; ++x)
      log_weight_.push_back(log_choose(n1, x) + log_choose(n0, events - x));
    top_ = *std::max_element(log_weight_.begin(), log_weight_.end());
  }

  [[nodiscard]] double observed() const { return observed_; }
  [[nodiscard]] double first() const { return first_; }
  [[nodiscard]] double last() const { return first_ + static_cast<double>(log_weight_.size() - 1); }

  [[nodiscard]] double two_sided() const {
    double total = 0, tail = 0;
    double const here = log_weight_[static_cast<std::size_t>(observed_ - first_)];
    for (double const w : log_weight_) {
      double const p = std::exp(w - top_);
      total += p;
      if (w <= here + 1e-7) tail += p;  // relative tolerance as in R's fisher.test
    }
    return std::min(1.0, tail / total);
  }

  /// Mean, P(X <= observed) and P(X >= observed) at ln odds ratio psi.
  struct Moments {
    double mean, lower, upper;
  };
  [[nodiscard]] Moments at(double psi) const {
    double top = -kInfinity;
    for (std::size_t i = 0; i < log_weight_.size(); ++i)
      top = std::max(top, log_weight_[i] + static_cast<double>(i) * psi);
    double total = 0, mean = 0, lower = 0, upper = 0;
    for (std::size_t i = 0; i < log_weight_.size(); ++i) {
      double const p = std::exp(log_weight_[i] + static_cast<double>(i) * psi - top);
      double const x = first_ + static_cast<double>(i);
      total += p;
      mean += p * x;
      if (x <= observed_) lower += p;
      if (x >= observed_) upper += p;
    }
    return {mean / total, lower / total, upper / total};
  }

 private:
  double first_ = 0, observed_ = 0, top_ = 0;
  std::vector<double> log_weight_;
};

/// Root of an increasing function by bisection on [-60, 60], to the last bit.
template <class F>
double root(F&& f) {
  double low = -60, high = 60;
  for (int i = 0; i < 200 && low < high; ++i) {
    double const middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (f(middle) < 0 ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace

Interval wilson(double s, double n, double z) {
  if (!(n > 0)) return {kNaN, kNaN};
  double const centre = (s + z * z / 2) / (n + z * z);
  double const half = z / (n + z * z) * std::sqrt(std::max(0.0, s * (n - s) / n) + z * z / 4);
  // At the ends the bound is the end itself, free of rounding.
  return {s <= 0 ? 0 : std::max(0.0, centre - half), s >= n ? 1 : std::min(1.0, centre + half)};
}

Interval clopper_pearson(double s, double n, double confidence) {
  if (!(n > 0)) return {kNaN, kNaN};
  double const alpha = 1 - confidence;
  return {s <= 0 ? 0 : beta_quantile(alpha / 2, s, n - s + 1),
          s >= n ? 1 : beta_quantile(1 - alpha / 2, s + 1, n - s)};
}

Interval poisson_score(double s, double n, double z) {
  if (!(n > 0)) return {kNaN, kNaN};
  double const half = z * std::sqrt(s + z * z / 4);
  return {s <= 0 ? 0 : std::max(0.0, (s + z * z / 2 - half) / n), (s + z * z / 2 + half) / n};
}

Estimate risk_difference(const TwoByTwo& t, double z) {
  double const p1 = t.p1(), p0 = t.p0();
  Interval const w1 = wilson(t.a, t.n1(), z), w0 = wilson(t.c, t.n0(), z);
  return {p1 - p0, std::sqrt(p1 * (1 - p1) / t.n1() + p0 * (1 - p0) / t.n0()),
          p1 - p0 - std::hypot(p1 - w1.low, w0.high - p0),
          p1 - p0 + std::hypot(w1.high - p1, p0 - w0.low)};
}

Estimate risk_difference_wald(const TwoByTwo& t, double z) {
  Estimate e = risk_difference(t, z);
  e.low = e.value - z * e.se;
  e.high = e.value + z * e.se;
  return e;
}

Estimate risk_ratio(const TwoByTwo& t, double z) {
  if (!(t.a > 0) || !(t.c > 0)) {
    double const ratio = t.c > 0 ? t.p1() / t.p0() : kNaN;
    return {ratio, kNaN, kNaN, kNaN};
  }
  double const se = std::sqrt(1 / t.a - 1 / t.n1() + 1 / t.c - 1 / t.n0());
  return from_log(std::log(t.p1() / t.p0()), se, z);
}

Estimate odds_ratio(const TwoByTwo& t, double z) {
  if (!(t.n1() > 0) || !(t.n0() > 0)) return {kNaN, kNaN, kNaN, kNaN};
  double const add = has_zero(t) ? .5 : 0;
  double const a = t.a + add, b = t.b + add, c = t.c + add, d = t.d + add;
  return from_log(std::log(a) - std::log(b) - std::log(c) + std::log(d),
                  std::sqrt(1 / a + 1 / b + 1 / c + 1 / d), z);
}

Estimate rate_ratio(double s1, double n1, double s0, double n0, double z) {
  if (!(n1 > 0) || !(n0 > 0)) return {kNaN, kNaN, kNaN, kNaN};
  double const add = s1 == 0 || s0 == 0 ? .5 : 0;
  return from_log(std::log((s1 + add) / n1) - std::log((s0 + add) / n0),
                  std::sqrt(1 / (s1 + add) + 1 / (s0 + add)), z);
}

double cohens_h(double p1, double p0) {
  return 2 * std::asin(std::sqrt(p1)) - 2 * std::asin(std::sqrt(p0));
}

double standardized_difference(double p1, double p0) {
  double const variance = (p1 * (1 - p1) + p0 * (1 - p0)) / 2;
  if (p1 == p0) return 0;
  return variance > 0 ? (p1 - p0) / std::sqrt(variance) : kNaN;
}

Test two_proportion_test(const TwoByTwo& t) {
  double const p = (t.a + t.c) / t.n();
  double const variance = p * (1 - p) * (1 / t.n1() + 1 / t.n0());
  if (!(variance > 0) || !std::isfinite(variance)) return {kNaN, kNaN};
  double const statistic = (t.p1() - t.p0()) / std::sqrt(variance);
  return {statistic, normal_two_sided(statistic)};
}

Test fisher_exact(const TwoByTwo& t) {
  if (!(t.n1() > 0) || !(t.n0() > 0)) return {kNaN, kNaN};
  return {fisher_odds_ratio(t, .95).value, Hypergeometric(t).two_sided()};
}

Estimate fisher_odds_ratio(const TwoByTwo& t, double confidence) {
  if (!(t.n1() > 0) || !(t.n0() > 0)) return {kNaN, kNaN, kNaN, kNaN};
  Hypergeometric const h(t);
  double const x = h.observed(), tail = (1 - confidence) / 2;
  if (h.first() == h.last()) return {kNaN, kNaN, 0, kInfinity};
  Estimate e{0, kNaN, 0, kInfinity};
  if (x == h.first())
    e.value = 0;
  else if (x == h.last())
    e.value = kInfinity;
  else
    e.value = std::exp(root([&](double psi) { return h.at(psi).mean - x; }));
  if (x > h.first()) e.low = std::exp(root([&](double psi) { return h.at(psi).upper - tail; }));
  if (x < h.last()) e.high = std::exp(root([&](double psi) { return tail - h.at(psi).lower; }));
  return e;
}

ProportionTest proportion_test(const TwoByTwo& t) {
  double const n = t.n();
  double const events = t.a + t.c;
  double const least = std::min(t.n1(), t.n0()) * std::min(events, n - events) / n;
  if (least < 5 && n <= 10000) return {fisher_exact(t), true};
  return {two_proportion_test(t), false};
}

Test rate_test(double s1, double n1, double s0, double n0) {
  double const pooled = (s1 + s0) / (n1 + n0);
  double const variance = pooled * (1 / n1 + 1 / n0);
  if (!(variance > 0) || !std::isfinite(variance)) return {kNaN, kNaN};
  double const statistic = (s1 / n1 - s0 / n0) / std::sqrt(variance);
  return {statistic, normal_two_sided(statistic)};
}

namespace {
/// Whether a stratum says anything about the odds ratio.
bool tells(const TwoByTwo& t) {
  return t.n1() > 0 && t.n0() > 0 && t.a + t.c > 0 && t.b + t.d > 0 && t.n() > 1;
}
}  // namespace

void MantelHaenszelSums::add(const TwoByTwo& t) {
  if (!tells(t)) return;
  double const n = t.n();
  double const p = (t.a + t.d) / n, q = (t.b + t.c) / n, r = t.a * t.d / n, s = t.b * t.c / n;
  parts[0] += r;
  parts[1] += s;
  parts[2] += p * r;
  parts[3] += p * s + q * r;
  parts[4] += q * s;
  parts[5] += t.a - t.n1() * (t.a + t.c) / n;
  parts[6] += t.n1() * t.n0() * (t.a + t.c) * (t.b + t.d) / (n * n * (n - 1));
  parts[7] += 1;
}

MantelHaenszel MantelHaenszelSums::result(double z) const {
  auto const [r, s, pr, psqr, qs, excess, variance, strata] = parts;
  MantelHaenszel result{
      {kNaN, kNaN, kNaN, kNaN}, {kNaN, kNaN}, {kNaN, kNaN}, static_cast<int>(strata)};
  if (variance > 0) {
    double const x2 = excess * excess / variance;
    result.test = {x2, chi_square_sf(x2, 1)};
  }
  if (r > 0 && s > 0)
    result.odds_ratio = from_log(
        std::log(r / s), std::sqrt(pr / (2 * r * r) + psqr / (2 * r * s) + qs / (2 * s * s)), z);
  return result;
}

MantelHaenszel mantel_haenszel(std::span<const TwoByTwo> strata, double z) {
  MantelHaenszelSums sums;
  for (const TwoByTwo& t : strata) sums.add(t);
  MantelHaenszel result = sums.result(z);
  double const psi = result.odds_ratio.value;
  if (std::isnan(psi)) return result;
  // Breslow and Day (1980) with Tarone's (1985) correction: the expected first cell at the common
  // odds ratio solves a quadratic.
  double statistic = 0, shortfall = 0, total_variance = 0;
  for (const TwoByTwo& t : strata) {
    if (!tells(t)) continue;
    double const m = t.a + t.c, n1 = t.n1(), n0 = t.n0();
    double expected = n1 * m / t.n();
    if (std::abs(psi - 1) > 1e-12) {
      double const qa = psi - 1, qb = -(psi * (n1 + m) + (n0 - m)), qc = psi * n1 * m;
      expected = (-qb - std::sqrt(std::max(0.0, qb * qb - 4 * qa * qc))) / (2 * qa);
    }
    double const v =
        1 / (1 / expected + 1 / (n1 - expected) + 1 / (m - expected) + 1 / (n0 - m + expected));
    statistic += (t.a - expected) * (t.a - expected) / v;
    shortfall += t.a - expected;
    total_variance += v;
  }
  if (result.strata > 1) {
    statistic -= shortfall * shortfall / total_variance;
    result.breslow_day = {statistic, chi_square_sf(statistic, result.strata - 1)};
  }
  return result;
}

}  // namespace pt::stats
