// Fingerprints of membership: which people every published run has put together, and the rule that
// no comparison of a new publication with any earlier one may single out a few of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/release/refresh.hpp"
#include "pg/release_run.hpp"

namespace pt::pg {

/// Makes this transaction the only one that publishes, until its end; whatever others have
/// published is seen, or, with an older snapshot, 40001 is raised. As owner of the catalog.
void lock_publications();

/// Keeps the fingerprint of a run, unless it is there. `known[i]` is the unit of persona i + 1
/// where an earlier run has published the very same persona, 0 elsewhere; empty: none. 55000 when
/// the table of members is gone. As owner of the catalog. O(people).
void keep_membership(std::int64_t run, std::span<const std::int64_t> known = {});

/// Keeps fingerprints of runs that were published before there were any, as far as their data
/// exist. As owner of the catalog.
void keep_older_memberships();

/// 55000 when laying `run` over a membership that was ever published of the same source or people
/// would tell of at least one and fewer than the minimum size of people. Keeps the fingerprint of
/// the run. Publications are locked by the caller. Returns the runs of these memberships that hold
/// people of `run` in other personas. As owner of the catalog. The cost grows with the personas
/// that differ.
[[nodiscard]] std::vector<std::int64_t> require_no_difference(Host& host, const StoredRun& run);

/// Keys of the people who were expunged from the source of a run, or from another source that is
/// made of the same rows (a view, a partition); ascending. As owner of the catalog.
[[nodiscard]] std::vector<model::Hash128> expunged_people(const StoredRun& run);

/// Releases in service of other sources that are made of the same rows, as SQL names; empty: none.
/// As owner of the catalog.
[[nodiscard]] std::string related_releases(Oid source);

/// Was the person with this key ever in a published persona of `source`? As owner of the catalog.
/// O(people published).
[[nodiscard]] bool was_published(Oid source, const model::Hash128& key);

/// Units of the personas of a run, in the order of their numbers. 55000 without a fingerprint. As
/// owner of the catalog.
[[nodiscard]] std::vector<std::int64_t> units_of(std::int64_t run);

/// Lays a version to be over every membership that was published of the source or people of `run`,
/// that of `run` included, as of now: publications are locked by the caller until the last call.
/// Made and called as owner of the catalog.
[[nodiscard]] release::DifferenceCheck difference_check(Host& host, const StoredRun& run);

}  // namespace pt::pg
