// The views _groups and _intervals: counts of people of groups of classes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pg/crypto.hpp"
#include "pg/release_columns.hpp"
#include "pg/release_run.hpp"

namespace pt::pg {

[[nodiscard]] std::vector<PublishedColumn> group_columns();
[[nodiscard]] std::vector<PublishedColumn> interval_columns();

/// What publication has written into one of the two tables.
struct WrittenCounts {
  std::uint64_t rows = 0;
  std::string sha256;
};

struct WrittenTables {
  WrittenCounts groups, intervals;
  std::string note;  ///< why a table is empty; empty: it is not
};

/// Writes both tables, in the order of row texts. `class_ids`: published ids by class_no of the
/// run; `release`: schema and name. Nothing is written when the profile asks for rounded counts,
/// when the run's counts were made for a release without events and this one has them, or when the
/// run has none. As owner of the catalog, under StableText.
[[nodiscard]] WrittenTables write_counts(const Secret& secret, const StoredRun& run,
                                         std::string_view schema, std::string_view name,
                                         const std::map<std::int32_t, Uuid>& class_ids,
                                         Oid groups_table, Oid intervals_table);

/// The query (one row, one text) that recomputes the checksum of one of them.
[[nodiscard]] std::string counts_checksum_sql(const std::string& view);

}  // namespace pt::pg
