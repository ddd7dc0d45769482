#include "core/risk/estimators_record.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace pt::risk {

double poisson_inverse(std::uint64_t f, double v) {
  if (f == 0 || !(v >= 0) || !std::isfinite(v))
    throw internal_error("a record risk needs a class size of 1 and a finite mean of 0 at least");
  const auto size = static_cast<double>(f);
  if (v == 0) return 1 / size;
  if (size <= v) {  // I_{f+1} = (1 - f I_f) / v
    double value = -std::expm1(-v) / v;
    for (double i = 1; i < size; ++i) value = (1 - i * value) / v;
    return value;
  }
  // I_f = (1 - v I_{f+1}) / f, from far enough above: the error shrinks by v/f a step.
  const double above = std::ceil(60 + 9 * std::sqrt(v));
  double value = 1 / (size + above + v);
  for (double i = size + above - 1; i >= size; --i) value = (1 - v * value) / i;
  return value;
}

double individual_risk(std::uint64_t f, double weights) {
  if (f == 0 || !(weights > 0) || !std::isfinite(weights))
    throw internal_error("an individual risk needs a class size of 1 and a positive weight");
  const auto size = static_cast<double>(f);
  const double p = std::min(1.0, size / weights);
  if (p == 1) return 1 / size;
  // r_f = integral over 0..1 of u^(f-1) / (1 + c u), c = (1-p)/p, hence c r_{f+1} = 1/f - r_f.
  const double c = (1 - p) / p;
  constexpr double kSeriesFrom = 30;
  if (c >= 1 && size < kSeriesFrom) {
    double r = std::log1p(c) / c;
    for (double i = 1; i < size; ++i) r = (1 / i - r) / c;
    return r;
  }
  // (p/f) 2F1(1, 1; f+1; 1-p) after Euler: terms n! f! (1-p)^n / (f+n)!, all positive, falling by
  // half a step at least where c < 1, and like 1 / C(f+n, n) where f is large.
  double term = 1, sum = 1;
  for (double n = 1; term > sum * 1e-18; ++n) {
    term *= (1 - p) * n / (size + n);
    sum += term;
  }
  return p / size * sum;
}

double individual_risk_approximate(std::uint64_t f, double weights) {
  if (f <= 2) return individual_risk(f, weights);
  const double p = std::min(1.0, static_cast<double>(f) / weights);
  return p / (static_cast<double>(f) - (1 - p));
}

PoissonSums poisson_sums(Host& host, std::span<const std::uint32_t> people,
                         std::span<const double> mean, double fraction) {
  PoissonSums sums;
  for (std::size_t j = 0; j < people.size(); ++j) {
    if (j % 64 == 0) host.poll();
    if (people[j] == 0) continue;
    const double v = mean[j] * (1 - fraction) / fraction;
    const double risk = poisson_inverse(people[j], v);
    sums.reidentifications += people[j] * risk;
    if (people[j] == 1) {
      sums.unique += std::exp(-v);
      sums.matches += risk;  // (1 - e^-v) / v
    }
  }
  return sums;
}

}  // namespace pt::risk
