// How well an estimate of the source survives in the release.
#pragma once

#include "core/stats/proportion.hpp"

namespace pt::stats {

/// Overlap of two confidence intervals (Karr et al. 2006): the mean of the shares of either that
/// both cover; 1 when equal, negative when apart. Equal points give 1.
[[nodiscard]] double interval_overlap(const Interval& original, const Interval& released);

/// 1 - |released - original| / max(|original|, se of the original): the share of the effect that is
/// kept; the standard error guards effects near zero.
[[nodiscard]] double effect_preservation(double original, double original_se, double released);

}  // namespace pt::stats
