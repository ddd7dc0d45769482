// What readers can join two releases of the same people for.
#pragma once

#include <cstdint>
#include <span>

#include "pg/release_run.hpp"

namespace pt::pg {

/// WARNING when each of the run and one of the runs that were published of its people shows of
/// events what the other does not show, or not as finely: a column, or the time. Whoever joins the
/// two releases knows more than either was measured for. `earlier`: runs that share people with
/// this one. As owner of the catalog.
void warn_of_joined_releases(const StoredRun& run, std::span<const std::int64_t> earlier);

}  // namespace pt::pg
