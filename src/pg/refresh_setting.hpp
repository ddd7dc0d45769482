// How the next version of a release reads its source: with the options of the run in service, its
// columns and their precision, or not at all when the columns have changed.
#pragma once

#include <string>
#include <vector>

#include "core/model/population.hpp"
#include "core/protect/released.hpp"
#include "core/release/refresh.hpp"
#include "pg/release_run.hpp"
#include "pg/run.hpp"

namespace pt::pg {

/// 0A000 when the run has noise on its events: what comes later would be shown without.
void require_without_noise(const StoredRun& run);

/// The options of a run as the arguments that would give them again, for its next refresh.
[[nodiscard]] CreateArguments arguments_of(const StoredRun& run);

/// 55000 unless the attributes of people are those that are published, in the same order.
void require_same_attributes(const StoredRun& run, const std::vector<std::string>& published,
                             const model::Population& population);

/// How events are released: as in the stored run. 55000 when its columns are not there any more, or
/// are of another type or role.
[[nodiscard]] protect::Setting setting_of(const StoredRun& run, const release::Known& known,
                                          Prepared& prepared);

}  // namespace pt::pg
