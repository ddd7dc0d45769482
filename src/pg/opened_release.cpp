#include "pg/opened_release.hpp"

#include "pg/crypto.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/release_rules.hpp"

namespace pt::pg {

OpenedRelease open_release(PgHost& host, Oid source, const WhichRelease& which) {
  require_source_owner(source);
  OpenedRelease opened;
  opened.found = find_release(source, which);
  opened.run = load_run(source, opened.found.run);
  opened.changed = present_fingerprint(host, Secret(), opened.run) != opened.run.fingerprint;
  if (opened.changed)
    report(
        WARNING,
        relation_name(source) + " has changed since version " +
            std::to_string(opened.found.version) + " of " + opened.found.name.text() +
            " was published",
        "The figures compare the release with the source as it is now, so there are no verdicts.",
        "Make a new run and publish it.");
  return opened;
}

}  // namespace pt::pg
