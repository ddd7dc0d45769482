#pragma once

#include <vector>

#include "core/protect/measure.hpp"

namespace pt::protect {

/// Where the search ended.
struct Found {
  Setting setting;
  Measured measured;
  double utility = 0;
  bool holds = false;
  std::vector<Decision> decisions;
};

/// Climbs the ladder: candidates are settings in order of what they give up (periods, event
/// columns, geography, labels); for each, as many and as small classes as hold the target are
/// looked for by bisection, then as much cohesion as is left. The best utility among those that
/// hold wins. With Options::targeted, classes of rungs that missed are then joined where most of
/// the risk is (splits_to_undo). Every setting that was measured is a decision. When nothing holds,
/// the setting of the lowest risk.
///
/// Cost: a few dozen measurements, on a sample when there are more than `scout_people` people
/// (Measured::sampled tells; the caller verifies on the whole). `margin` in (0, 1] is the share of
/// the target that a candidate may use. `only` given: its rung alone is searched, for
/// fewer classes.
Found climb(Host& host, const model::Population& population, const Options& options,
            Grouping& grouping, const model::Prf& randomness, double margin,
            const std::optional<Setting>& only = std::nullopt, std::uint64_t scout_people = 16'000);

}  // namespace pt::protect
