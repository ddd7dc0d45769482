// pt_check_profile: sql/52-profiles.sql.
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/release_rules.hpp"

PT_FUNCTION(pt_check_profile) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  auto const profile = args.optional_text(1);
  ResultSet out(fcinfo);
  require_source_owner(source);
  StoredRun const run = load_run(source, args.optional_int8(2));
  auto const chosen = profile ? profile : run.profile;
  auto const rules = run_as_extension_owner([&] { return check_rules(run, chosen); });
  for (const Rule& rule : rules)
    out.row({rule.name, rule.required, rule.found, rule.passed,
             rule.passed ? ResultSet::Cell() : ResultSet::Cell(rule.remedy)});
  return out.done();
}
