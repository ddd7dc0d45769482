// The utility of a release for its report: the stored verdict and the research questions.
#include <string>
#include <utility>

#include "pg/datum.hpp"
#include "pg/extension_schema.hpp"
#include "pg/owner.hpp"
#include "pg/report_gather.hpp"
#include "pg/report_rows.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

void gather_stored_verdict(const InService& release, report::Report& report) {
  run_as_extension_owner([&] {
    Spi spi;
    Params const version = Params{}.int8(release.release_id).int4(release.version);
    spi.query(
        "SELECT v.passed FROM personatwin.validation v WHERE v.release_id = $1 AND v.version = $2",
        version, Spi::ReadOnly::yes,
        [&](const Row& row) { report.utility_passed = verdict_or_none(row, 0); });
    spi.query(
        "SELECT x.value->>'part', (x.value->>'required')::float8, (x.value->>'found')::float8, "
        "coalesce((x.value->>'judged')::int8, 0), coalesce((x.value->>'preserved')::int8, 0), "
        "(x.value->>'passed')::bool, x.value->>'why' FROM personatwin.validation v, "
        "jsonb_array_elements(v.parts) WITH ORDINALITY AS x(value, place) "
        "WHERE v.release_id = $1 AND v.version = $2 ORDER BY x.place",
        version, Spi::ReadOnly::yes, [&](const Row& row) {
          report.utility_parts.push_back({text_or_empty(row, 0), number_or_none(row, 1),
                                          number_or_none(row, 2), row.int8(3), row.int8(4),
                                          verdict_or_none(row, 5), text_or_empty(row, 6)});
        });
  });
}

void ask_questions(const std::string& function, const StoredRun& run, const InService& release,
                   report::Report& report) {
  Spi().query(
      "SELECT q.question, q.in_source, q.answerable, q.why, q.scale, q.power, "
      "q.source_estimate, q.release_estimate, q.preserved FROM " +
          function + "(source => $1, schema => $2, name => $3) AS q",
      release_params(run, release), Spi::ReadOnly::no, [&](const Row& row) {
        report::Question q;
        q.text = text_or_empty(row, 0);
        q.in_source = verdict_or_none(row, 1).value_or(false);
        q.answerable = verdict_or_none(row, 2).value_or(false);
        q.why = text_or_empty(row, 3);
        q.scale = text_or_empty(row, 4);
        q.power = number_or_none(row, 5);
        q.source = number_or_none(row, 6);
        q.release = number_or_none(row, 7);
        q.kept = verdict_or_none(row, 8);
        report.questions_in_source += q.in_source ? 1 : 0;
        report.questions_kept += q.in_source && q.kept.value_or(false) ? 1 : 0;
        report.questions.push_back(std::move(q));
      });
}

}  // namespace

void gather_utility(const StoredRun& run, const InService& release, report::Report& report) {
  gather_stored_verdict(release, report);
  unless_impossible(report, "Research questions", [&] {
    ask_questions(extension_schema() + ".pt_research_questions", run, release, report);
  });
}

}  // namespace pt::pg
