#include "core/risk/estimators_threshold.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "core/error.hpp"

namespace pt::risk {
namespace {

void check(std::uint64_t k, std::uint64_t people, double population, double significance) {
  if (k < 1) throw invalid_parameter("k must be at least 1");
  if (people < 1) throw invalid_parameter("the sample must have at least one person");
  if (!std::isfinite(population) || population < static_cast<double>(people))
    throw invalid_parameter("the population is smaller than the sample", {},
                            "Its size must be at least the number of people in the sample.");
  if (!(significance > 0) || !(significance < 1))
    throw invalid_parameter("significance must be between 0 and 1", {},
                            "It is the accepted probability of an error; 0.05 is usual.");
}

/// P(Poisson(lambda) > c)
double above(double lambda, std::uint64_t c) {
  return boost::math::gamma_p(static_cast<double>(c) + 1, lambda);
}

/// Smallest c >= least with P(X > c) / scale <= significance.
std::uint64_t smallest(double lambda, std::uint64_t least, double scale, double significance) {
  std::uint64_t high = std::max<std::uint64_t>(least, 1);
  while (above(lambda, high) > significance * scale) high *= 2;
  std::uint64_t low = least;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (above(lambda, middle) <= significance * scale)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/// SafePub's delta(k) for fixed epsilon.
class SafePub {
 public:
  explicit SafePub(double epsilon)
      : beta_(-std::expm1(-epsilon)),
        gamma_((std::expm1(epsilon) + beta_) / std::exp(epsilon)),
        rate_(gamma_ * std::log(gamma_ / beta_) - (gamma_ - beta_)) {}

  /// max over n >= ceil(k / gamma - 1) of P(Bin(n, beta) > floor(n gamma)). Within a run of n with
  /// the same floor the last n has the largest probability; exp(-n rate) bounds all that follow.
  [[nodiscard]] double delta(std::uint64_t k) const {
    double n = std::max(1.0, std::ceil(static_cast<double>(k) / gamma_ - 1 - kSlack));
    double most = 0;
    for (double m = floor_below(n * gamma_); std::exp(-n * rate_) >= most; ++m) {
      n = std::max(n, std::floor((m + 1) / gamma_ + kSlack));
      if (m < n) most = std::max(most, boost::math::ibeta(m + 1, n - m, beta_));
      ++n;  // the first n of the next run, or one still in it
    }
    return most;
  }

 private:
  static constexpr double kSlack = 1e-9;
  static double floor_below(double x) { return std::ceil(x - kSlack * std::max(1.0, x)) - 1; }

  double beta_, gamma_, rate_;
};

}  // namespace

DerivedK derived_k(std::uint64_t k, std::uint64_t people, double population, double significance) {
  check(k, people, population, significance);
  const double lambda = static_cast<double>(k) * static_cast<double>(people) / population;
  const std::uint64_t c = smallest(lambda, 0, 1, significance);
  const std::uint64_t derived = std::min({k, c + 2, people});
  return {derived, c + 1 < k ? above(lambda, c) : 0};
}

DerivedK derived_k_truncated(std::uint64_t k, std::uint64_t people, double population,
                             double significance) {
  check(k, people, population, significance);
  const double lambda = static_cast<double>(k) * static_cast<double>(people) / population;
  const double present = -std::expm1(-lambda);
  const std::uint64_t c = smallest(lambda, 1, present, significance);
  const std::uint64_t derived = std::min({k, c + 1, people});
  return {derived, c + 1 < k ? above(lambda, c) / present : 0};
}

std::uint64_t threshold_to_size(double threshold) {
  constexpr double kLeast = 1e-15, kNear = 0.01;
  if (!(threshold >= kLeast) || !(threshold <= 1))
    throw invalid_parameter("a risk threshold must be above 0 and at most 1", {},
                            "0.1 means that nobody's risk exceeds 10 %.");
  const double size = std::floor(1 / threshold);
  return static_cast<std::uint64_t>(1 / size - threshold >= kNear * threshold ? size + 1 : size);
}

std::uint64_t safepub_k(double epsilon, double delta) {
  constexpr double kLeastEpsilon = 1e-6, kMostEpsilon = 3, kLeastDelta = 1e-15;
  if (!(epsilon >= kLeastEpsilon) || !(epsilon <= kMostEpsilon))
    throw invalid_parameter("epsilon must be between 1e-6 and 3");
  if (!(delta >= kLeastDelta) || !(delta < 1))
    throw invalid_parameter("delta must be at least 1e-15 and below 1");
  const SafePub safe(epsilon);
  std::uint64_t low = 1, high = 1;
  while (safe.delta(high) > delta) {
    low = high + 1;
    high *= 2;
  }
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (safe.delta(middle) <= delta)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

}  // namespace pt::risk
