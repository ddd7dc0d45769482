// Distribution functions. They wrap Boost.Math, which is slow to compile, in one translation unit.
// Arguments outside the domain give NaN, never an exception.
#pragma once

#include <cstdint>

namespace pt::stats {

/// Upper tail, P(Z > x), of the standard normal.
[[nodiscard]] double normal_sf(double x);
/// P(Z <= x).
[[nodiscard]] double normal_cdf(double x);
/// x with P(Z <= x) = p, 0 < p < 1.
[[nodiscard]] double normal_quantile(double p);
/// P(|Z| > |x|).
[[nodiscard]] double normal_two_sided(double x);

/// P(T <= x), Student's t with df > 0 degrees of freedom, not necessarily whole.
[[nodiscard]] double t_cdf(double x, double df);
[[nodiscard]] double t_quantile(double p, double df);
/// P(|T| > |x|).
[[nodiscard]] double t_two_sided(double x, double df);
/// P(T <= x) of the non-central t with non-centrality delta.
[[nodiscard]] double noncentral_t_cdf(double x, double df, double delta);

/// P(X > x), chi-square with df > 0.
[[nodiscard]] double chi_square_sf(double x, double df);

/// x with P(X <= x) = p, Beta(a, b).
[[nodiscard]] double beta_quantile(double p, double a, double b);

/// ln Gamma(x), x > 0; safe to call from anywhere (no global sign as in lgamma).
[[nodiscard]] double log_gamma(double x);
/// ln of n over k.
[[nodiscard]] double log_choose(double n, double k);

/// The quantile z of the standard normal that a two-sided interval of this confidence (0..1) needs:
/// 1.96 for 0.95. Error 22023 unless 0 < confidence < 1.
[[nodiscard]] double two_sided_z(double confidence);

}  // namespace pt::stats
