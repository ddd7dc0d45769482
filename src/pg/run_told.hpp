// What the counts of people of a first version tell beside the events of later ones: run_<id>_told.
#pragma once

#include <cstdint>
#include <span>

#include "core/release/refresh.hpp"

namespace pt::pg {

/// Writes what a refresh has noted. As owner of the catalog.
void store_told(std::int64_t run, std::span<const release::Told> told);

/// Reads it into `known`; of a run that is no refresh, the counts that are published of it
/// (run_<id>_count, recidivism_indicators), without bounds. As owner of the catalog.
void load_told(std::int64_t run, release::Known& known);

}  // namespace pt::pg
