// A release in service with its run and its source, opened by the owner to compare them.
#pragma once

#include <string>
#include <string_view>

#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/in_service.hpp"
#include "pg/release_run.hpp"

namespace pt::pg {

struct OpenedRelease {
  InService found;
  StoredRun run;
  bool changed = false;  ///< the source is not what the run has read: there can be no verdict
};

/// What a verdict says where the source has changed since the publication.
inline constexpr const char* kSourceChanged = "the source has changed since the publication";

/// Opens the release of `source` in service; a WARNING when the source has changed since. 42501 who
/// does not own the source, 55000 when there is no release in service, or several. Reads the source
/// as the current user, unless its state proves that it is the same.
[[nodiscard]] OpenedRelease open_release(PgHost& host, Oid source, const WhichRelease& which);

/// Above 0 and at most 1, `otherwise` for NULL; 22023 for others.
[[nodiscard]] double share_argument(const Args& args, int i, std::string_view name,
                                    double otherwise);

}  // namespace pt::pg
