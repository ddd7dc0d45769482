// Rank correlation of weighted pairs. Weights are counts.
#pragma once

#include <span>

namespace pt::stats {

struct WeightedPair {
  double x = 0, y = 0, weight = 1;
};

/// Spearman's correlation (1904): Pearson's of the ranks, ties with their middle rank. NaN when one
/// does not vary. O(n log n).
[[nodiscard]] double spearman(std::span<const WeightedPair> pairs);

/// Two-sided p value of a rank correlation of n observations, by Student's t with n - 2 degrees of
/// freedom. NaN below three.
[[nodiscard]] double spearman_p_value(double rho, double n);

}  // namespace pt::stats
