// The tables of people of a run: run_<id>_count.
#pragma once

#include <cstdint>

#include "core/protect/counts.hpp"
#include "pg/refresh_state.hpp"

namespace pt::pg {

/// Writes them: a row a count, classes by their numbers in the run. As owner of the catalog.
void store_counts(std::int64_t run, const protect::CountTables& tables);

/// The same of the run that `continuation` continues, as they were published: they count the people
/// who were there when the classes were made, so that no version can be subtracted from another.
/// Blocks of which a class is out of service are left out. As owner of the catalog.
void carry_counts(std::int64_t run, const Continuation& continuation, std::size_t live_classes);

}  // namespace pt::pg
