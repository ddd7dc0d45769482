// Publication for other parts: a stored run as the next version of a release.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pg/host.hpp"
#include "pg/release_views.hpp"

namespace pt::pg {

/// What a version has become.
struct PublishedVersion {
  std::int32_t version = 0;
  std::int64_t personas = 0, people = 0;
};

/// The version in service that a publication refreshes.
struct Continued {
  std::int64_t run = 0;   ///< that it shows
  bool expunges = false;  ///< somebody is expunged: no statistics stay of what is gone
};

/// Publishes a run of the current user's as the next version of a release, with every check of
/// pt_publish_release.
PublishedVersion publish_run(PgHost& host, Oid source, const ReleaseName& name, std::int64_t run,
                             const std::optional<std::string>& profile,
                             const std::optional<Continued>& continues);

}  // namespace pt::pg
