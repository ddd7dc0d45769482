// When to try again, and when to leave an endpoint alone. Pure: the clock and the random number are
// handed in.
#pragma once

#include <cstdint>
#include <optional>

namespace pt::advisor {

inline constexpr std::int32_t kMaxAttempts = 5;
inline constexpr double kMaxWait = 300;  ///< seconds

/// Seconds before attempt number `attempt` + 1, after `attempt` failures (1..): what the provider
/// asks for, or full jitter U(0, 2^attempt) (Brooker 2015) if that is longer; at most kMaxWait.
/// `uniform` is in [0, 1).
[[nodiscard]] double backoff(std::int32_t attempt, std::optional<double> asked, double uniform);

/// Circuit breaker of an endpoint: after kFailuresToOpen retryable failures in a row nothing is
/// sent for kFirstPause seconds, then one probe; each failed probe doubles the pause up to
/// kLongestPause. A success closes it.
struct Breaker {
  static constexpr std::int32_t kFailuresToOpen = 5;
  static constexpr double kFirstPause = 60, kLongestPause = 900;

  std::int32_t failures = 0;  ///< in a row
  double pause = 0;           ///< seconds to leave the endpoint alone from now on; 0: closed

  /// The state after another failure.
  [[nodiscard]] static Breaker after_failure(std::int32_t failures_before);
};

}  // namespace pt::advisor
