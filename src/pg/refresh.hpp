// Refresh for other parts: the next version of releases in service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/release/refresh.hpp"
#include "pg/host.hpp"
#include "pg/release_views.hpp"

namespace pt::pg {

/// Releases of a source: all, or those of a schema, of a name.
struct Selection {
  Oid source = InvalidOid;
  std::optional<std::string> schema, name;
  bool at_any_cost = false;  ///< take out of service as many people as the target needs
};

/// A release in service.
struct Target {
  ReleaseName name;
  std::int64_t run = 0;
  std::int32_t version = 0;
  std::optional<std::string> profile;
};

/// The releases in service that a selection names, by their number.
[[nodiscard]] std::vector<Target> targets_of(const Selection& selection);

/// 42501 unless the current user owns the source, 55000 when the selection names no release in
/// service, 42P01 when the source was dropped.
void require_refreshable(const Selection& selection);

/// A refresh of one run and the releases that show it.
struct Outcome {
  std::optional<std::int64_t> run;  ///< the new run; none: nothing changed
  release::RefreshCounts counts;
  std::optional<double> average, maximum;
};

/// What became of one release.
struct RefreshedRelease {
  ReleaseName name;
  std::int32_t version = 0;  ///< in service now
  std::int64_t run = 0;      ///< that it shows
  Outcome outcome;
};

/// Publishes the next version of the selected releases in the current transaction, and records
/// `action` in the audit for each. Any error must end the (sub)transaction.
std::vector<RefreshedRelease> refresh_releases(PgHost& host, const Selection& selection,
                                               const char* action);

}  // namespace pt::pg
