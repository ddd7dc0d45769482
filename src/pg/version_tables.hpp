// The tables that hold the rows of a version: new ones, or those of the version before, in which
// the rows of personas that have changed are exchanged.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pg/release_columns.hpp"
#include "pg/release_views.hpp"

namespace pt::pg {

/// Columns of the views, in the order of kParts.
using PartColumns = std::array<std::vector<PublishedColumn>, kParts.size()>;

struct VersionTables {
  std::int32_t number = 0;                       ///< in their names
  std::array<std::string, kParts.size()> names;  ///< as SQL names
  std::array<Oid, kParts.size()> oids{};
  Oid digests = InvalidOid;  ///< sums over the rows of each persona: PersonaSums
  bool taken_over = false;   ///< they hold the rows of the version before
};

/// Makes empty tables for version `number`. As owner of the catalog.
[[nodiscard]] VersionTables make_version_tables(const ReleaseName& name, std::int64_t release_id,
                                                std::int32_t number, const PartColumns& columns);

/// The tables of the version in service, whose views are `views`, for a version that continues it
/// with these columns. Nothing when the rows must be written anew: columns, their comments (which
/// say what is withheld) or whether events are published have changed, a view is not as it was made
/// or its owner may not read the table, or the version was published by a personatwin that kept no
/// digests. As owner of the catalog.
[[nodiscard]] std::optional<VersionTables> tables_in_service(
    std::int64_t release_id, const std::array<Oid, kParts.size()>& views,
    const PartColumns& columns, bool with_events);

/// Whether each persona of `run`, by number from 0, is published in `earlier` with the same people
/// and events: it has the same fingerprint. Both fingerprints are kept. As owner of the catalog.
[[nodiscard]] std::vector<bool> same_personas(std::int64_t run, std::int64_t earlier);

}  // namespace pt::pg
