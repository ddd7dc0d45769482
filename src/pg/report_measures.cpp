// What is measured for a report while it is made, as the current user.
#include <set>
#include <utility>

#include "pg/datum.hpp"
#include "pg/extension_schema.hpp"
#include "pg/owner.hpp"
#include "pg/report_gather.hpp"
#include "pg/report_rows.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

std::optional<report::Side> side(const Row& row, int first) {
  if (row.is_null(first)) return std::nullopt;
  report::Side s;
  s.n1 = row.float8(first);
  s.n0 = number_or_none(row, first + 1).value_or(0);
  s.value1 = number_or_none(row, first + 2).value_or(0);
  s.value0 = number_or_none(row, first + 3).value_or(0);
  auto const effect = number_or_none(row, first + 4);
  if (!effect) return std::nullopt;
  s.effect = *effect;
  s.low = number_or_none(row, first + 5);
  s.high = number_or_none(row, first + 6);
  s.p_value = number_or_none(row, first + 7);
  return s;
}

void gather_disparities(const std::string& schema, const StoredRun& run, const InService& release,
                        report::Report& report) {
  auto const effect = [](const std::string& of) {
    std::string columns;
    for (const char* const field :
         {"n1", "n0", "value1", "value0", "effect", "low", "high", "p_value"})
      columns += ", (d." + of + ")." + field;
    return columns;
  };
  Spi spi;
  bool changed = false;
  spi.query(
      "SELECT d.attribute, d.measure, d.event_type, d.column_name, d.value, "
      "d.compared_group, d.reference_group, d.scale, d.preserved, d.why" +
          effect("in_source") + effect("in_release") + " FROM " + schema +
          ".pt_disparities(source => $1, schema => $2, name => $3) AS d",
      release_params(run, release), Spi::ReadOnly::no, [&](const Row& row) {
        report::Comparison c;
        c.attribute = text_or_empty(row, 0);
        c.measure = text_or_empty(row, 1);
        c.event_type = text_or_empty(row, 2);
        c.column = text_or_empty(row, 3);
        c.value = text_or_empty(row, 4);
        c.compared = text_or_empty(row, 5);
        c.reference = text_or_empty(row, 6);
        c.scale = text_or_empty(row, 7);
        c.kept = verdict_or_none(row, 8);
        c.why = text_or_empty(row, 9);
        c.source = side(row, 10);
        c.release = side(row, 18);
        changed = changed || c.why == "the source has changed since the publication";
        report.comparisons_judged += c.kept ? 1 : 0;
        report.comparisons_kept += c.kept.value_or(false) ? 1 : 0;
        report.comparisons.push_back(std::move(c));
      });
  if (changed)
    report.remarks.emplace_back(
        "The source has changed since the publication, so differences between groups can't be "
        "judged.");
}

void gather_attacks(const std::string& schema, const StoredRun& run, const InService& release,
                    std::int64_t attempts, report::Report& report) {
  Spi spi;
  spi.query(
      "SELECT a.attack, a.attempts, a.rate, a.low, a.high, a.control_rate, a.residual_risk, "
      "a.claimed_risk, a.exact_mean, a.within_claim, "
      "a.note FROM " +
          schema +
          ".pt_attack(source => $1, schema => $2, name => $3, kind => 'all', attempts => $4, "
          "seed => 1) AS a",
      release_params(run, release).int8(attempts), Spi::ReadOnly::no, [&](const Row& row) {
        report::Attack a;
        a.name = text_or_empty(row, 0);
        a.attempts = row.int8(1);
        a.rate = number_or_none(row, 2);
        a.low = number_or_none(row, 3);
        a.high = number_or_none(row, 4);
        a.control = number_or_none(row, 5);
        a.residual = number_or_none(row, 6);
        a.claimed = number_or_none(row, 7);
        a.exact = number_or_none(row, 8);
        a.within_claim = verdict_or_none(row, 9);
        a.note = text_or_empty(row, 10);
        report.attacks.push_back(std::move(a));
      });
}

/// What became of a column of the source, by its role.
std::string fate(const StoredRun& run, const std::string& name, const std::string& role) {
  auto const is_named = [&name](const auto& columns) {
    for (const auto& column : columns)
      if (column.name == name) return true;
    return false;
  };
  if (role.empty()) return "left out: it has no role";
  if (role == "identifier" || role == "person") return "never released";
  if (role == "event time") return run.period == model::Period::none ? "left out" : "as a period";
  if (role == "event type" || role == "outcome" || role == "location" || role == "detail" ||
      role == "sensitive")
    return is_named(run.event_columns) || is_named(run.person_columns) ? "released" : "left out";
  if (role == "quasi-identifier") return "as a demographic, as far as groups allow";
  return "left out";
}

void gather_columns(const std::string& schema, const StoredRun& run, report::Report& report) {
  std::set<Oid> relations{run.source};
  if (OidIsValid(run.people)) relations.insert(run.people);
  for (Oid const relation : relations) {
    std::string const name = report_text(relation_name(relation));
    Spi spi;
    spi.query(
        "SELECT a.attname::pg_catalog.text, r.role, r.kind FROM pg_catalog.pg_attribute a "
        "LEFT JOIN " +
            schema +
            ".pt_roles($1) r ON r.\"column\" OPERATOR(pg_catalog.=) "
            "a.attname::pg_catalog.text WHERE a.attrelid OPERATOR(pg_catalog.=) $2 AND "
            "a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped ORDER BY a.attnum",
        Params{}.add(REGCLASSOID, ObjectIdGetDatum(relation)).oid(relation), Spi::ReadOnly::no,
        [&](const Row& row) {
          std::string const column = row.text(0), role = row.optional_text(1).value_or("");
          std::string words = role.empty() ? "nothing" : role;
          if (auto const kind = row.optional_text(2)) words += ": " + *kind;
          report.source_columns.push_back(
              {name, report_text(column), words, fate(run, column, role)});
        });
  }
}

void gather_calls(const std::string& schema, const StoredRun& run, report::Report& report) {
  Spi spi;
  spi.query("SELECT r.call FROM " + schema + ".pt_reproduce(run => $1) r ORDER BY r.step",
            Params{}.int8(run.id), Spi::ReadOnly::no,
            [&](const Row& row) { report.calls.push_back(report_text(row.text(0))); });
}

}  // namespace

void unless_impossible(report::Report& report, const std::string& what,
                       const std::function<void()>& f) {
  auto const error = attempt(f);
  if (!error) return;
  if (error->sqlstate() != sqlstate::kObjectNotInPrerequisiteState &&
      error->sqlstate() != sqlstate::kFeatureNotSupported)
    throw *error;
  report.remarks.push_back(what + " could not be measured: " + report_text(error->message()) + ".");
}

void gather_measures(const StoredRun& run, const std::optional<InService>& release,
                     std::int64_t attempts, report::Report& report) {
  std::string const schema = extension_schema();
  gather_columns(schema, run, report);
  gather_calls(schema, run, report);
  if (!release) return;
  gather_utility(run, *release, report);
  unless_impossible(report, "Differences between groups",
                    [&] { gather_disparities(schema, run, *release, report); });
  if (attempts > 0)
    unless_impossible(report, "Attacks",
                      [&] { gather_attacks(schema, run, *release, attempts, report); });
}

}  // namespace pt::pg
