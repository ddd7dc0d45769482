// pt_privacy_report: sql/90-report.sql.
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/report/public_form.hpp"
#include "core/report/render.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/in_service.hpp"
#include "pg/may_see.hpp"
#include "pg/owner.hpp"
#include "pg/report_gather.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

report::Audience audience_argument(const std::string& word) {
  if (word == "internal") return report::Audience::internal;
  if (word == "public") return report::Audience::open;
  throw invalid_parameter("there is no audience \"" + word + "\"", {},
                          "Use 'internal' or 'public'.");
}

/// What is reported: the release that is asked for or in service, with its run; without one a run.
struct Subject {
  std::optional<InService> release;
  std::int64_t run = 0;
};

/// Whether a release of the source is in service, or one that shows the run, if it is given.
bool has_release(Oid source, std::optional<std::int64_t> run) {
  Params params;
  params.oid(source).add(INT8OID, Int64GetDatum(run.value_or(0)), !run);
  return run_as_extension_owner([&] {
    return Spi()
        .value(
            "SELECT 1 FROM personatwin.release r JOIN personatwin.release_version v USING "
            "(release_id) WHERE r.source = $1::regclass AND r.dropped_at IS NULL AND "
            "v.in_service AND ($2 IS NULL OR v.run_id = $2) LIMIT 1",
            params)
        .has_value();
  });
}

Subject find_subject(Oid source, const WhichRelease& which, std::optional<std::int64_t> run,
                     report::Audience audience) {
  bool const must = which.schema || which.name || audience == report::Audience::open;
  Subject subject;
  if (must || has_release(source, run)) {
    subject.release = find_release(source, which);
    if (run && *run != subject.release->run)
      throw invalid_parameter("run " + std::to_string(*run) + " is not the one that " +
                                  subject.release->name.text() + " shows",
                              "That is run " + std::to_string(subject.release->run) + ".",
                              "Leave out run, or schema and name.");
    subject.run = subject.release->run;
  } else {
    subject.run = find_run(source, run);
  }
  return subject;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_privacy_report) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0))
    throw pt::invalid_parameter("source must not be NULL", {}, "Name a table or view.");
  Oid const source = args.oid(0, "source");
  auto const audience = audience_argument(args.text(1, "audience"));
  std::int64_t const attempts = args.int8(5, "attempts");
  if (attempts < 0 || attempts > 10'000'000)
    throw pt::invalid_parameter("attempts must be from 0 to 10000000", {}, "0 runs no attacks.");
  require_source_owner(source);
  Subject const subject = find_subject(source, {args.optional_text(2), args.optional_text(3)},
                                       args.optional_int8(4), audience);
  StoredRun const run = load_run(source, subject.run);
  pt::report::Report report;
  report.audience = audience;
  gather_run(run, subject.release, report);
  gather_measures(run, subject.release, attempts, report);
  PgHost host("pt_privacy_report");
  std::string const page = pt::report::render(
      audience == pt::report::Audience::open ? pt::report::public_form(report) : report, host);
  return text_datum(page);
}
