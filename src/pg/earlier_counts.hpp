// Counts of people in publications of several runs: two runs that put the same people into other
// classes may show counts whose difference tells of a few of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "pg/release_run.hpp"

namespace pt::pg {

/// Sets `run.no_counts` and `run.counts_elsewhere` unless the counts of people of `run` (tables of
/// people, recidivism_indicators) can be published beside those of the runs that were published
/// `earlier` and hold people of it: every class and count must be one of theirs. A refreshed run
/// shows the counts of the run that it `continues`, or none when that one shows none. As owner of
/// the catalog, after the fingerprint of the run was kept. O(classes + counts) for each run.
void hold_counts_back(StoredRun& run, std::span<const std::int64_t> earlier,
                      std::optional<std::int64_t> continues);

/// Keeps for good whether counts of people of this run were published. As owner of the catalog.
void keep_counts_published(const StoredRun& run);

}  // namespace pt::pg
