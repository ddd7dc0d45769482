#include "pg/release_about.hpp"

#include "pg/datum.hpp"
#include "pg/json.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

void append_columns(std::string& json, const char* view,
                    const std::vector<PublishedColumn>& columns) {
  for (const PublishedColumn& column : columns) {
    if (json.size() > 1) json += ", ";
    json += JsonObject()
                .add("view", view)
                .add("column", column.name)
                .add("type", type_name(column.type))
                .add("about", column.comment)
                .text();
  }
}

std::string columns_json(const About& about) {
  std::string json = "[";
  for (std::size_t const part : {kPersonas, kEvents, kGroups, kIntervals})
    append_columns(json, kParts[part], about.columns[part]);
  return json + "]";
}

std::string checksums_with_sql(const About& about) {
  auto const entry = [](const std::string& sha256, const std::string& sql) {
    return JsonObject().add("sha256", sha256).add("sql", sql).text();
  };
  return JsonObject()
      .raw("personas",
           entry(about.rows.personas_sha256, personas_checksum_sql(about.name.view_sql(kPersonas))))
      .raw("events",
           entry(about.rows.events_sha256, events_checksum_sql(about.name.view_sql(kEvents))))
      .raw("groups",
           entry(about.tables.groups.sha256, counts_checksum_sql(about.name.view_sql(kGroups))))
      .raw("intervals", entry(about.tables.intervals.sha256,
                              counts_checksum_sql(about.name.view_sql(kIntervals))))
      .text();
}

std::string tables_json(const StoredRun& run, const WrittenTables& tables) {
  Spi spi;
  bool const refreshed = spi.value("SELECT 1 WHERE to_regclass($1) IS NOT NULL",
                                   Params{}.text(run.table("withdrawn")), Spi::ReadOnly::no)
                             .has_value();
  return JsonObject()
      .add("groups", tables.groups.rows)
      .add("intervals", tables.intervals.rows)
      .add("counted", refreshed ? "the people of the first version" : "the people of this version")
      .add("empty_because", tables.note.empty() ? std::nullopt : std::optional(tables.note))
      .text();
}

std::string how_to_analyse(const ReleaseName& name, std::int32_t version) {
  std::string const personas = name.view_sql(kPersonas);
  std::string const events = name.view_sql(kEvents);
  return "A persona stands for merged_from people whose events are pooled; no row tells one of "
         "them from the others.\n"
         "People: weight every persona by merged_from, as in SELECT gender, sum(merged_from) "
         "FROM " +
         personas +
         " GROUP BY gender.\n"
         "Events: weight every row by weight and join on persona_id, as in SELECT p.ethnicity, "
         "e.outcome, sum(e.weight) FROM " +
         personas + " AS p JOIN " + events +
         " AS e USING (persona_id) GROUP BY 1, 2. Counts and rates by the published attributes are "
         "exact for the released people.\n"
         "recidivism_indicators are figures of the class, repeated in its personas: weight them by "
         "merged_from as well.\n"
         "sequence_position ranks the periods of a persona; it is no history of a person. Standard "
         "errors must count people "
         "(merged_from) or personas, never rows of events, as independent.\n"
         "Shares of people with an event, and life tables, are in " +
         name.view_sql(kGroups) + " and " + name.view_sql(kIntervals) +
         ": counts of people of whole groups, to be added up over groups but never subtracted from "
         "counts of events. Groups of too few people are missing there, so the sums need not be "
         "those of everybody; rates whose count (n) is 20 or less are marked unreliable. "
         "The last "
         "interval of a life table is open.\n"
         "Suppressed people have no row. checksums has the SHA-256 of each table and the SQL that "
         "recomputes it.\n"
         "Cite as: " +
         name.text() + ", version " + std::to_string(version) +
         ", made with personatwin " PT_VERSION
         ", with the date in published_at and the checksums: they name these very rows.";
}

constexpr const char* kHowToCorrectSynthetic =
    "\nSome events are synthetic, as synthetic says: no row tells which. Within each gender, "
    "ethnicity and "
    "geography every combination of event type, outcome and details has grown by the same factor, "
    "so shares "
    "among the events of a type and their differences between groups stay as they are; counts and "
    "events a person are estimated by (published count) x (1 - share), with the share of the event "
    "type under synthetic->'by_type', else synthetic->'share'. recidivism_indicators count real "
    "people and need no correction.";

constexpr const char* kHowToCorrect =
    "\nEvents were perturbed as noise says. The share of an outcome among the events of one type "
    "in a "
    "group is estimated by (published share - outcome_noise x share in all data) / (1 - "
    "outcome_noise), the last being the one under noise->'outcomes'; "
    "pt_pram_correct() and pt_pram_band() do that with intervals. Dates have moved by up to "
    "jitter_days either way, on average by nothing; numeric details by up to the share "
    "detail_noise of "
    "themselves, with exact totals within event type, gender and ethnicity.";

/// Options of a run that may be printed: they say how much was protected, not how randomness was
/// drawn or where the data come from.
constexpr const char* kPrintedParameters =
    "ARRAY['target_risk', 'individual_limit', 'attacker', 'privacy_level', 'min_size', 'max_size', "
    "'age_tolerance', 'geography_level', 'gender_match', 'ethnicity_match', 'cohesion', "
    "'preserve', "
    "'period', 'domain', 'profile', 'allow_row_security', 'jitter', 'outcome_noise', "
    "'detail_noise', 'synthetic', 'reserve', 'targeted']";

/// Measures of the run that may be printed: risks and the properties behind them, no counts of
/// people.
constexpr const char* kPrintedMetrics =
    "'(_risk|_average|_maximum|^k_anonymity|^external_linkage_note|^mean_age_width|^smallest_"
    "persona|^largest_persona|^homogeneous_personas|^high_risk_personas|^review_personas)$'";

}  // namespace

std::vector<PublishedColumn> about_columns() {
  return {
      {"release", TEXTOID, "schema and name of the release", -1},
      {"version", INT4OID, "version, counted from 1", -1},
      {"published_at", TIMESTAMPTZOID, "time of publication", -1},
      {"domain", TEXTOID, "what the data are about", -1},
      {"people", INT8OID, "people in the personas", -1},
      {"personas", INT8OID, "rows of the view of personas", -1},
      {"classes", INT4OID, "classes of personas with the same published attributes", -1},
      {"events", INT8OID, "source events that the view of events stands for", -1},
      {"event_rows", INT8OID, "rows of the view of events", -1},
      {"period", TEXTOID, "length of the periods; none: times are not released", -1},
      {"attacker", TEXTOID, "the attacker that the target is held against", -1},
      {"target_risk", FLOAT8OID, "upper bound of the average risk that was asked for", -1},
      {"individual_limit", FLOAT8OID, "upper bound of anybody's risk that was asked for", -1},
      {"population_average_risk", FLOAT8OID, "mean risk over the released people", -1},
      {"maximum_risk", FLOAT8OID, "largest risk of a released person", -1},
      {"target_met", BOOLOID, "whether both bounds hold", -1},
      {"status", TEXTOID, "the word for that level of risk", -1},
      {"profile", TEXTOID, "release profile, if one was asked for", -1},
      {"profile_source", TEXTOID, "where the rules of the profile come from, and its date", -1},
      {"rules", JSONBOID, "rules with required, found and passed", -1},
      {"risks", JSONBOID, "measured risks, all attackers", -1},
      {"suppression", JSONBOID,
       "people left out and people whose gender or ethnicity is shown under a wider "
       "label: 0, a number of at least the minimum size, or that it is below",
       -1},
      {"tables", JSONBOID,
       "tables of people: rows of the views of groups and of intervals; why they are empty; "
       "of which version the counts are",
       -1},
      {"noise_share", FLOAT8OID, "share of event rows that were perturbed", -1},
      {"synthetic_share", FLOAT8OID, "share of events that stand for no source event", -1},
      {"noise", JSONBOID,
       "how events were perturbed: days that dates may have moved, probability that an outcome "
       "was drawn anew and the shares it was drawn from; NULL: not at all",
       -1},
      {"synthetic", JSONBOID,
       "synthetic events: their share of all published ones, and by event type; NULL: none", -1},
      {"utility", JSONBOID,
       "verdict of pt_validate_release on this version, part by part; NULL: not asked for", -1},
      {"parameters", JSONBOID, "options of the run, without what would undo protection", -1},
      {"columns", JSONBOID, "columns of the views: view, column, type, about", -1},
      {"checksums", JSONBOID, "SHA-256 of each table and the SQL that recomputes it", -1},
      {"made_with", TEXTOID, "software and version that made the release", -1},
      {"how_to_analyse", TEXTOID, "how to compute with personas and weights", -1}};
}

std::string checksums_json(const WrittenRows& rows, const WrittenTables& tables) {
  return JsonObject()
      .add("personas", rows.personas_sha256)
      .add("events", rows.events_sha256)
      .add("groups", tables.groups.sha256)
      .add("intervals", tables.intervals.sha256)
      .text();
}

void write_about(const StoredRun& run, const About& about, Oid table) {
  Params params;
  params.int8(run.id).text(about.name.text()).int4(about.version);
  params.int8(static_cast<std::int64_t>(about.rows.people))
      .int8(static_cast<std::int64_t>(about.rows.personas))
      .int8(static_cast<std::int64_t>(about.rows.source_events))
      .int8(static_cast<std::int64_t>(about.rows.events));
  params.optional_text(about.profile).text(to_json(about.rules)).int4(run.min_size);
  params.text(columns_json(about))
      .text(checksums_with_sql(about))
      .text(how_to_analyse(about.name, about.version))
      .text(kHowToCorrect)
      .text(kHowToCorrectSynthetic)
      .text(tables_json(run, about.tables));
  // Through the writer, so that the row is frozen like those of the other tables.
  TableWriter writer(table, TableWriter::Visibility::frozen);
  Spi spi;
  spi.query(
      std::string(
          "SELECT $2, $3, now(), r.domain, $4, $5, r.n_classes, $6, $7, r.period, r.attacker, "
          "r.target_risk, r.individual_limit, r.population_average_risk, r.maximum_risk, "
          "r.target_met, r.status, $8, (SELECT p.source || ' (' || p.dated || ')' FROM "
          "personatwin.profile p WHERE p.name = $8), $9::jsonb, "
          "(SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM jsonb_each(r.metrics) m "
          "WHERE m.key ~ ") +
          kPrintedMetrics +
          "), (SELECT jsonb_object_agg(s.what, CASE WHEN s.n = 0 OR s.n >= $10 THEN to_jsonb(s.n) "
          "ELSE to_jsonb('<' || $10::text) END) "
          "FROM (VALUES ('people', coalesce(r.n_suppressed, 0)), ('label_generalized', "
          "coalesce((r.metrics->>'label_generalized')::int8, 0))) AS s(what, n)), "
          "$16::jsonb, coalesce((r.metrics->>'noise_share')::float8, 0), "
          "coalesce((r.metrics->>'synthetic_share')::float8, 0), r.metrics->'noise', "
          "r.metrics->'synthetic', NULL::jsonb, "
          "(SELECT coalesce(jsonb_object_agg(p.key, p.value), '{}') FROM jsonb_each(r.parameters) "
          "p "
          "WHERE p.key = ANY (" +
          kPrintedParameters +
          ")), $11::jsonb, $12::jsonb, 'personatwin " PT_VERSION
          "', $13 || CASE WHEN r.metrics ? "
          "'noise' THEN $14 ELSE '' END || CASE WHEN r.metrics ? 'synthetic' "
          "THEN $15 ELSE '' END FROM personatwin.run r WHERE r.run_id = $1",
      params, Spi::ReadOnly::no, [&](const Row& row) {
        for (int column = 0; column < row.columns(); ++column)
          if (!row.is_null(column)) writer.copy_datum(column, row.value(column));
        writer.end_row();
      });
  writer.finish();
}

}  // namespace pt::pg
