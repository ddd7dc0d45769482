// Which release of a source is in service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pg/release_views.hpp"

namespace pt::pg {

/// Schema and name that a caller gives; nothing: any.
struct WhichRelease {
  std::optional<std::string> schema, name;
};

/// A release whose views exist, with the version and the run that they show.
struct InService {
  std::int64_t release_id = 0;
  std::int32_t version = 0;
  std::int64_t run = 0;
  ReleaseName name;
  std::int32_t tables = 0;  ///< number in the names of the tables
};

/// The one release of `source` in service that fits. 55000 when there is none, or several. The
/// caller has checked that the source is the current user's.
[[nodiscard]] InService find_release(Oid source, const WhichRelease& which);

}  // namespace pt::pg
