// From a proposal to the setting that it means.
#pragma once

#include <optional>

#include "core/protect/adviser.hpp"
#include "core/protect/rungs.hpp"

namespace pt::protect {

/// The setting that a proposal leads to from `base`; nothing when it changes nothing, asks for
/// finer classes than there are, or for a step that the caller or the data rule out. `columns` is
/// column_path() of the population. The classes are not fitted to what the tree of the setting has.
std::optional<Setting> proposed(const Proposal& proposal, const Setting& base,
                                const model::Population& population, const Options& options,
                                const ColumnPath& columns);

}  // namespace pt::protect
