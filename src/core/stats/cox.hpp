// Proportional hazards between groups, from life tables.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/stats/survival.hpp"

namespace pt::stats {

enum class Ties : std::uint8_t { efron, breslow };

struct CoxFit {
  std::vector<double> log_hazard_ratio;  ///< of each group; 0 for the reference, NaN: no estimate
  std::vector<double> se;                ///< NaN for the reference
  double log_likelihood = 0;
  int iterations = 0;
  bool converged = false;
};

/// Cox's regression (1972) on indicators of groups: `groups[g][i]` is group g in interval i; all
/// have the same intervals, people who are censored in an interval were at risk in it. Ties by
/// Efron (1977) or Breslow (1974). Newton's method with step halving. A group without events (or
/// where everybody else has none) has no finite estimate: NaN. O(iterations x events x groups^2).
[[nodiscard]] CoxFit cox_groups(std::span<const std::vector<LifeRow>> groups, std::size_t reference,
                                Ties ties);

}  // namespace pt::stats
