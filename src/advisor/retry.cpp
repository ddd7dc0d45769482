#include "advisor/retry.hpp"

#include <algorithm>
#include <cmath>

namespace pt::advisor {

double backoff(std::int32_t attempt, std::optional<double> asked, double uniform) {
  double const jittered = uniform * std::exp2(std::clamp(attempt, 1, 10));
  double const wanted = asked && std::isfinite(*asked) ? std::max(*asked, jittered) : jittered;
  return std::min(kMaxWait, wanted);
}

Breaker Breaker::after_failure(std::int32_t failures_before) {
  Breaker next;
  next.failures = failures_before + 1;
  int const beyond = next.failures - kFailuresToOpen;
  if (beyond >= 0)
    next.pause = std::min(kLongestPause, kFirstPause * std::exp2(std::min(beyond, 10)));
  return next;
}

}  // namespace pt::advisor
