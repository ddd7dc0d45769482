#include "core/stats/preservation.hpp"

#include <algorithm>
#include <cmath>

namespace pt::stats {

double interval_overlap(const Interval& o, const Interval& s) {
  double const common = std::min(o.high, s.high) - std::max(o.low, s.low);
  if (o.high == o.low || s.high == s.low) return o.low == s.low && o.high == s.high ? 1 : 0;
  return (common / (o.high - o.low) + common / (s.high - s.low)) / 2;
}

double effect_preservation(double original, double original_se, double released) {
  if (original == released) return 1;
  double const scale =
      std::isnan(original_se) ? std::abs(original) : std::max(std::abs(original), original_se);
  return 1 - std::abs(released - original) / scale;
}

}  // namespace pt::stats
