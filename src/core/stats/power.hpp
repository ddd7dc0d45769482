// Power of the two usual tests.
#pragma once

namespace pt::stats {

/// Power of the two-sided test of two proportions with groups of n1 and n0 people (normal
/// approximation, pooled variance under equality). `both_tails` adds the chance of a significant
/// difference in the wrong direction, as R's strict = TRUE does.
[[nodiscard]] double power_two_proportions(double p1, double p0, double n1, double n0, double alpha,
                                           bool both_tails = false);
/// People per group that the test of two proportions needs for `power`; not rounded. NaN for equal
/// proportions.
[[nodiscard]] double size_two_proportions(double p1, double p0, double power, double alpha);
/// Power of the two-sided t test of a standardized difference d (non-central t).
[[nodiscard]] double power_t_test(double d, double n1, double n0, double alpha,
                                  bool both_tails = false);

}  // namespace pt::stats
