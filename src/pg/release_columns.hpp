// Which columns the views of a release have. Fixed ones come in a fixed order and always exist:
// what the run has not released is NULL in them. Further attributes and details keep the names of
// the source; one that is called like a fixed column becomes attribute_<name> or detail_<name>.
#pragma once

#include <string>
#include <vector>

#include "pg/release_run.hpp"

namespace pt::pg {

/// A column of a published table.
struct PublishedColumn {
  std::string name;
  Oid type = InvalidOid;
  std::string comment;
  int from = -1;  ///< index in StoredRun::event_columns or person_columns; -1: not taken from one
};

/// Whether the profile of the publication leaves a column of personas NULL: event_types,
/// temporal_patterns and outcome_distributions, which sum up events, and recidivism_indicators,
/// which count people.
[[nodiscard]] bool is_withheld(const StoredRun& run, const PublishedColumn& column);

[[nodiscard]] std::vector<PublishedColumn> persona_columns(const StoredRun& run,
                                                           bool with_sampling_weight);
[[nodiscard]] std::vector<PublishedColumn> event_columns(const StoredRun& run);

}  // namespace pt::pg
