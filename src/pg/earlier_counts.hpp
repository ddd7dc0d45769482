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
/// `earlier` and hold people of it: when these have shown any, every class and count must be one
/// that they have shown. A refreshed run shows the counts of the run that it `continues`, or none
/// when that one shows none. As owner of the catalog, after the fingerprint of the run was kept.
/// O(personas + counts).
void hold_counts_back(StoredRun& run, std::span<const std::int64_t> earlier,
                      std::optional<std::int64_t> continues);

/// Keeps fingerprints of the counts of people of this run for good when they are published: they
/// outlive the run. As owner of the catalog.
void keep_counts_published(const StoredRun& run);

}  // namespace pt::pg
