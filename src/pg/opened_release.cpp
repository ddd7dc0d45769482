#include "pg/opened_release.hpp"

#include "core/error.hpp"
#include "pg/crypto.hpp"
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

double share_argument(const Args& args, int i, std::string_view name, double otherwise) {
  double const value = args.optional_float8(i).value_or(otherwise);
  if (!(value > 0 && value <= 1))
    throw invalid_parameter(std::string(name) + " must lie above 0 and be at most 1");
  return value;
}

}  // namespace pt::pg
