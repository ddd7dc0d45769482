// The view _about: what a reader must know of a release, and nothing that would help an attacker.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pg/release_counts.hpp"
#include "pg/release_rows.hpp"
#include "pg/release_rules.hpp"
#include "pg/release_views.hpp"

namespace pt::pg {

/// Columns of the view, in order.
[[nodiscard]] std::vector<PublishedColumn> about_columns();

/// What the one row says beyond the run.
struct About {
  ReleaseName name;
  std::int32_t version = 0;
  std::optional<std::string> profile;
  std::vector<Rule> rules;
  WrittenRows rows;
  WrittenTables tables;
  const std::array<std::vector<PublishedColumn>, kParts.size()>& columns;  ///< of the views
};

/// {"personas": sha256, "events": sha256, "groups": sha256, "intervals": sha256} as JSON.
[[nodiscard]] std::string checksums_json(const WrittenRows& rows, const WrittenTables& tables);

/// Fills `table`, made by the caller with about_columns(). Counts of people are printed only as 0
/// or from the run's minimum size on; parameters only from a list of harmless ones. As owner of the
/// catalog.
void write_about(const StoredRun& run, const About& about, Oid table);

}  // namespace pt::pg
