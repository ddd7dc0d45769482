#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/protect/measure.hpp"

namespace pt::protect {

/// The splits of a setting's classes not to make (Setting::undone) so that the mean risk is at most
/// the target: sides are joined again where that takes most risk away for the demographic loss it
/// adds, one split with all later ones of its sides at a time (weakest-link pruning, Breiman,
/// Friedman, Olshen & Stone 1984, with risk in the place of the error and loss in that of the
/// number of leaves). Of all points at which one more join would do, the one with the least loss is
/// taken. Splits that every setting has, and those at cut points if the setting has all of them,
/// are made. Nothing when no joining does it, or the setting holds the target already.
///
/// For Attacker::demographics and demographics_and_events: the risk of a class is its own affair.
/// Measures every class of every coarser pruning with all of its people: O(depth of the tree) times
/// a whole measurement. O(splits) a join.
std::optional<std::vector<std::uint32_t>> splits_to_undo(Host& host,
                                                         const model::Population& population,
                                                         const Options& options, Grouping& grouping,
                                                         const Setting& setting);

}  // namespace pt::protect
