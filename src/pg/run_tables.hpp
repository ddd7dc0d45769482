// The tables of a stored run.
#pragma once

#include "pg/run.hpp"

namespace pt::pg {

/// Creates and fills run_<id>_persona, _combo, _member and what later versions need of the run, and
/// returns the personas on the way, if told where. As owner of the catalog. O(people + events).
void store_run_tables(Host& host, const Finished& run, const ReturnTo* to,
                      const Continuation* continuation);

}  // namespace pt::pg
