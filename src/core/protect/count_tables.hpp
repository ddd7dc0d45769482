// Makes the tables of people of a release (counts.hpp).
#pragma once

#include "core/host.hpp"
#include "core/protect/counts.hpp"
#include "core/protect/protect.hpp"

namespace pt::protect {

/// Counts people and merges classes into blocks until nothing that readers can compute stands for 1
/// to min_size - 1 people (doc/release.md, Tables of people, has the rules). O(events) a pass, five
/// passes; about 40 bytes a unit and category, at most 400 units of classes beside the protected
/// cells. Deterministic.
/// `beside_events`: the events will be published, too.
CountTables count_tables(Host& host, const model::Population& population, const Options& options,
                         const Protected& result, bool beside_events);

}  // namespace pt::protect
