// What the catalog knows of a run and its release.
#include "pg/report_gather.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "core/report/bars.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/release_rules.hpp"
#include "pg/report_rows.hpp"
#include "pg/row_text.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace pt::pg {
namespace {

constexpr const char* kMinute = "'YYYY-MM-DD HH24:MI'";

void gather_figures(Spi& spi, const StoredRun& run, report::Report& report) {
  spi.query(
      std::string("SELECT to_char(r.created_at AT TIME ZONE 'UTC', ") + kMinute +
          "), r.domain, r.attacker, r.target_risk, r.individual_limit, r.population_average_risk, "
          "r.maximum_risk, r.target_met, r.status, r.metrics->>'help', r.n_people, r.n_released, "
          "r.n_events, r.n_personas::int8, r.n_classes::int8, "
          "(r.metrics->>'smallest_persona')::int8, (r.metrics->>'largest_persona')::int8, "
          "(r.metrics->>'k_anonymity')::int8, (r.metrics->>'mean_age_width')::float8, "
          "(r.metrics->>'utility')::float8, r.period, r.n_suppressed, "
          "(r.metrics->>'label_generalized')::int8, (r.metrics->>'homogeneous_personas')::int8, "
          "(r.metrics->>'high_risk_personas')::int8, (r.metrics->>'noise_share')::float8, "
          "(r.metrics->>'synthetic_share')::float8, CASE WHEN NOT r.parameters ? 'refreshes' THEN "
          "(r.parameters->>'reserve')::float8 END FROM personatwin.run r WHERE r.run_id = $1",
      Params{}.int8(run.id), Spi::ReadOnly::yes, [&](const Row& row) {
        auto const optional_count = [&row](int column) {
          return row.is_null(column) ? std::nullopt : std::optional(row.int8(column));
        };
        report.made_at = row.text(0);
        if (!row.is_null(1)) report.domain = text_or_empty(row, 1);
        report.attacker = row.text(2);
        report.target_risk = row.float8(3);
        report.individual_limit = row.float8(4);
        report.average_risk = number_or_none(row, 5);
        report.maximum_risk = number_or_none(row, 6);
        report.target_met = row.boolean(7);
        report.status = row.text(8);
        report.help = text_or_empty(row, 9);
        report.people_in_source = optional_count(10);
        report.people = count_or_zero(row, 11);
        report.events = count_or_zero(row, 12);
        report.personas = count_or_zero(row, 13);
        report.classes = count_or_zero(row, 14);
        report.smallest_persona = optional_count(15);
        report.largest_persona = optional_count(16);
        report.k_anonymity = optional_count(17);
        report.mean_age_width = number_or_none(row, 18);
        report.utility = number_or_none(row, 19);
        report.period = row.text(20);
        report.suppressed = {count_or_zero(row, 21), 0};
        report.label_generalized = {count_or_zero(row, 22), 0};
        report.homogeneous_personas = count_or_zero(row, 23);
        report.high_risk_personas = count_or_zero(row, 24);
        report.noise_share = number_or_none(row, 25).value_or(0);
        report.synthetic_share = number_or_none(row, 26).value_or(0);
        report.reserve = number_or_none(row, 27).value_or(0);
      });
  spi.query(
      "SELECT a.attacker, (r.metrics->>a.average)::float8, (r.metrics->>a.maximum)::float8, "
      "a.attacker = r.attacker, r.metrics->>a.note FROM personatwin.run r, (VALUES "
      "(1, 'demographics', 'demographics_average', 'demographics_maximum', ''), "
      "(2, 'demographics+1', 'one_event_average', 'one_event_maximum', ''), "
      "(3, 'demographics+2', 'two_events_average', 'two_events_maximum', ''), "
      "(4, 'demographics+events', 'all_events_average', 'all_events_maximum', ''), "
      "(5, 'events', 'events_average', 'events_maximum', ''), "
      "(6, 'register', 'external_linkage_risk', '', 'external_linkage_note')) "
      "AS a(place, attacker, average, maximum, note) WHERE r.run_id = $1 ORDER BY a.place",
      Params{}.int8(run.id), Spi::ReadOnly::yes, [&](const Row& row) {
        report.risks.push_back({row.text(0), number_or_none(row, 1), number_or_none(row, 2),
                                row.boolean(3), text_or_empty(row, 4)});
      });
}

/// The personas: of the published version, of the run where nothing is published.
struct PersonaTable {
  std::string name;
  const char* class_column;
};

void gather_personas(Spi& spi, const PersonaTable& table, report::Report& report) {
  std::vector<std::pair<std::int64_t, std::int64_t>> sizes;
  spi.query("SELECT p.merged_from::int8, count(*) FROM " + table.name +
                " p GROUP BY p.merged_from ORDER BY 1",
            [&](const Row& row) { sizes.emplace_back(row.int8(0), row.int8(1)); });
  report.persona_sizes = report::size_bars(sizes);
  std::vector<std::pair<double, std::int64_t>> classes;
  spi.query(
      "SELECT sum(p.merged_from)::int8 FROM " + table.name + " p GROUP BY p." + table.class_column,
      [&](const Row& row) {
        classes.emplace_back(1 / static_cast<double>(row.int8(0)), row.int8(0));
      });
  report.class_risks = report::risk_bars(classes);
  // Geography may have thousands of labels: more than a table can show are left out.
  spi.query(
      "WITH label AS (SELECT a.place, a.attribute, a.label, sum(p.merged_from)::int8 AS people, "
      "count(*) OVER (PARTITION BY a.attribute) AS labels FROM " +
          table.name +
          " p CROSS JOIN LATERAL (VALUES (1, 'gender', p.gender), (2, 'ethnicity', p.ethnicity), "
          "(3, 'geography', p.geography)) AS a(place, attribute, label) "
          "GROUP BY a.place, a.attribute, a.label) "
          "SELECT attribute, coalesce(label, 'unknown'), people FROM label l WHERE labels <= 40 "
          "AND EXISTS (SELECT FROM label o WHERE o.attribute = l.attribute AND o.label IS NOT "
          "NULL) "
          "ORDER BY place, people DESC, label COLLATE \"C\"",
      [&](const Row& row) {
        report.groups.push_back({row.text(0), report_text(row.text(1)), {row.int8(2), 0}});
      });
}

void gather_run_tables(Spi& spi, const StoredRun& run, report::Report& report) {
  std::vector<std::pair<double, std::int64_t>> risks;
  spi.query("SELECT m.risk::float8, count(*) FROM " + run.table("member") +
                " m WHERE m.persona_no IS NOT NULL AND m.risk IS NOT NULL GROUP BY 1",
            [&](const Row& row) { risks.emplace_back(row.float8(0), row.int8(1)); });
  report.person_risks = report::risk_bars(risks);
  spi.query(
      "SELECT coalesce(m.why, 'unknown') COLLATE \"C\" AS reason, count(*)::float8 AS people "
      "FROM " +
          run.table("member") + " m WHERE m.persona_no IS NULL GROUP BY 1 ORDER BY 2 DESC, 1",
      [&](const Row& row) {
        report.left_out.push_back({report_text(row.text(0)), row.float8(1)});
      });
}

void gather_steps(Spi& spi, const StoredRun& run, report::Report& report) {
  spi.query(
      "SELECT step, action, setting, average_after, maximum_after, utility_after, holds, chosen, "
      "why, proposed_by FROM personatwin.decision WHERE run_id = $1 ORDER BY step",
      Params{}.int8(run.id), Spi::ReadOnly::yes, [&](const Row& row) {
        report::Step step;
        step.number = row.int4(0);
        step.action = text_or_empty(row, 1);
        step.setting = text_or_empty(row, 2);
        step.average = number_or_none(row, 3);
        step.maximum = number_or_none(row, 4);
        step.utility = number_or_none(row, 5);
        step.holds = !row.is_null(6) && row.boolean(6);
        step.chosen = !row.is_null(7) && row.boolean(7);
        step.why = text_or_empty(row, 8);
        step.proposed_by = text_or_empty(row, 9);
        report.steps_held += step.holds ? 1 : 0;
        report.steps.push_back(std::move(step));
      });
  report.steps_tried = static_cast<std::int64_t>(report.steps.size());
}

void gather_about(Spi& spi, const InService& found, report::Report& report) {
  report::Release release;
  release.name = report_text(found.name.text());
  release.version = found.version;
  std::string const about = version_table(found.release_id, found.tables, 2);
  spi.query(std::string("SELECT to_char(published_at AT TIME ZONE 'UTC', ") + kMinute +
                "), profile, people, events, personas, classes::int8, event_rows, how_to_analyse "
                "FROM " +
                about,
            [&](const Row& row) {
              release.published_at = row.text(0);
              if (!row.is_null(1)) release.profile = text_or_empty(row, 1);
              report.people = row.int8(2);
              report.events = row.int8(3);
              report.personas = row.int8(4);
              report.classes = count_or_zero(row, 5);
              release.event_rows = count_or_zero(row, 6);
              release.how_to_analyse = text_or_empty(row, 7);
            });
  spi.query("SELECT c.key, c.value->>'sha256', c.value->>'sql' FROM " + about +
                " a, jsonb_each(a.checksums) c ORDER BY c.key COLLATE \"C\" DESC",
            [&](const Row& row) {
              release.checksums.push_back(
                  {release.name + "_" + row.text(0), text_or_empty(row, 1), text_or_empty(row, 2)});
            });
  spi.query(
      "SELECT c.value->>'view', c.value->>'column', c.value->>'type', c.value->>'about' FROM " +
          about +
          " a, jsonb_array_elements(a.columns) WITH ORDINALITY AS c(value, place) "
          "ORDER BY c.place",
      [&](const Row& row) {
        std::string type = text_or_empty(row, 2);
        constexpr std::string_view kCatalog = "pg_catalog.";
        if (type.starts_with(kCatalog)) type.erase(0, kCatalog.size());
        release.columns.push_back(
            {text_or_empty(row, 0), text_or_empty(row, 1), std::move(type), text_or_empty(row, 3)});
      });
  spi.query(
      "SELECT x.value->>'rule', x.value->>'required', x.value->>'found', "
      "(x.value->>'passed')::bool FROM personatwin.release_version v, "
      "jsonb_array_elements(v.rules) WITH ORDINALITY AS x(value, place) "
      "WHERE v.release_id = $1 AND v.version = $2 ORDER BY x.place",
      Params{}.int8(found.release_id).int4(found.version), Spi::ReadOnly::yes, [&](const Row& row) {
        report.rules.push_back({text_or_empty(row, 0),
                                text_or_empty(row, 1),
                                text_or_empty(row, 2),
                                row.boolean(3),
                                {}});
      });
  report.release = std::move(release);
}

/// The least number of people that may be told: of the run, or of a rule of the profile that asks
/// for more.
std::int64_t least_people(const StoredRun& run, const std::vector<report::Rule>& rules) {
  std::int64_t least = run.min_size;
  for (const report::Rule& rule : rules) {
    constexpr std::string_view kAtLeast = ">= ";
    if ((rule.name != "min_size" && rule.name != "min_cell") ||
        !rule.required.starts_with(kAtLeast))
      continue;
    std::int64_t asked = 0;
    std::from_chars(rule.required.data() + kAtLeast.size(),
                    rule.required.data() + rule.required.size(), asked);
    least = std::max(least, asked);
  }
  return least;
}

}  // namespace

std::string report_text(std::string text) {
  return GetDatabaseEncoding() == PG_SQL_ASCII ? text : to_utf8(std::move(text));
}

void gather_run(const StoredRun& run, const std::optional<InService>& release,
                report::Report& report) {
  report.source = report_text(relation_name(run.source));
  report.run = run.id;
  report.version = PT_VERSION;
  run_as_extension_owner([&] {
    Spi spi;
    gather_figures(spi, run, report);
    gather_steps(spi, run, report);
    gather_run_tables(spi, run, report);
    if (release) {
      gather_about(spi, *release, report);
      gather_personas(spi, {version_table(release->release_id, release->tables, 0), "class_id"},
                      report);
    } else {
      gather_personas(spi, {run.table("persona"), "class_no"}, report);
      for (const Rule& rule : check_rules(run, run.profile))
        report.rules.push_back({rule.name, report_text(rule.required), report_text(rule.found),
                                rule.passed, report_text(rule.remedy)});
    }
    report.min_size = least_people(run, report.rules);
    report.server =
        spi.value("SELECT split_part(current_setting('server_version'), ' ', 1)").value_or("");
  });
}

}  // namespace pt::pg
