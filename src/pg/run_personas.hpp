// The rows of a run's personas: into the run's table, and out of pt_create_personas.
#pragma once

#include "pg/run.hpp"

extern "C" {
#include "postgres_ext.h"
}

namespace pt::pg {

/// Writes the personas of a run into its table of personas, and sends each one to `to` on the way,
/// if it is given. What a continuation keeps of the events of a persona is copied from the run that
/// it continues. As owner of the catalog.
void write_personas(Host& host, Oid table, const Finished& run, const ReturnTo* to,
                    const Continuation* continuation);

}  // namespace pt::pg
