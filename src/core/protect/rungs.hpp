// The rungs of the ladder: settings by what they give up of periods, event columns, places and
// labels.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/protect/measure.hpp"

namespace pt::protect {

/// Levels of the event columns in the order in which they are given up: the most telling details
/// first, one level at a time; then wanted columns, outcomes, and event types up to their
/// categories; then the columns to preserve. Types are never left out.
/// O(events).
using ColumnPath = std::vector<std::vector<std::uint32_t>>;
ColumnPath column_path(const model::Population& population, const Options& options);

/// How geography is given up: in each level first places that are too small to be a class of
/// their own at the target, then everybody's place. (level, people that a place needs to be
/// shown)
/// `places`: the level at which no place is shown.
using PlacePath = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
PlacePath place_path(const model::Population& population, const Options& options,
                     std::uint32_t places);

struct Rungs {
  /// From least to most given up; behind them the last resort, in which small protected cells
  /// share labels, more and more of them.
  std::vector<Setting> settings;
  Setting coarsest;                  ///< of all but the last resort
  std::size_t first_relabelled = 0;  ///< where that begins
};

/// Every combination of period, column levels (a step of `columns`) and geography.
Rungs make_rungs(const model::Population& population, const Options& options, Grouping& grouping,
                 const ColumnPath& columns);

}  // namespace pt::protect
