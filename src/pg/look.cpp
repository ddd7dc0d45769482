// Looking at stored runs: sql/40-look.sql. Everything here is for the owner of the source alone.
#include <cmath>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "pg/audit.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/forward.hpp"
#include "pg/host.hpp"
#include "pg/may_see.hpp"
#include "pg/membership.hpp"
#include "pg/owner.hpp"
#include "pg/person_argument.hpp"
#include "pg/run.hpp"
#include "pg/same_source.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {

std::int64_t find_run(Oid source, std::optional<std::int64_t> run) {
  require_source_owner(source);
  std::string const user = current_user_name(), name = relation_name(source);
  std::optional<std::int64_t> found;
  std::optional<std::string> source_name;
  run_as_extension_owner([&] {
    Spi spi;
    Params params;
    params.oid(source).text(user).add(INT8OID, Int64GetDatum(run.value_or(0)), !run);
    spi.query(
        "SELECT run_id, source_name FROM personatwin.run WHERE source = $1::regclass AND ($3 IS "
        "NULL OR run_id "
        "= $3) "
        "ORDER BY owner_name = $2::name DESC, run_id DESC LIMIT 1",
        params, Spi::ReadOnly::yes, [&](const Row& row) {
          found = row.int8(0);
          source_name = row.optional_text(1);
        });
  });
  if (found) {
    require_source_name(source, source_name, "run " + std::to_string(*found));
    return *found;
  }
  throw wrong_state(
      run ? "run " + std::to_string(*run) + " is no run of " + name : "there is no run of " + name,
      {}, "Make one with pt_create_personas, or see pt_runs().");
}

namespace {

std::optional<std::int64_t> run_argument(const Args& args, int position) {
  return args.optional_int8(position);
}

Oid source_argument(const Args& args) {
  if (args.is_null(0))
    throw invalid_parameter("source must not be NULL", {}, "Name a table or view.");
  return args.oid(0, "source");
}

/// Runs a query on the catalog as its owner and sends its rows on.
void forward_query(const std::string& sql, const Params& params, ResultSet& out) {
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(sql, params, Spi::ReadOnly::yes, [&](const Row& row) { forward(row, out); });
  });
}

std::string run_table(std::int64_t run, const char* table) {
  return "personatwin.run_" + std::to_string(run) + "_" + table;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_population_risk) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::int64_t const run = find_run(source_argument(args), run_argument(args, 1));
  ResultSet out(fcinfo);
  Oid const type = guarded([fcinfo] { return get_func_rettype(fcinfo->flinfo->fn_oid); });
  run_as_extension_owner([&] {
    std::string const record = type_name(type);
    Spi spi;
    spi.query("SELECT (m).* FROM (SELECT jsonb_populate_record(NULL::" + record +
                  ", metrics || jsonb_build_object('source', source::oid::text)) AS m FROM "
                  "personatwin.run "
                  "WHERE run_id = $1) x",
              Params().int8(run), Spi::ReadOnly::yes, [&](const Row& row) { forward(row, out); });
  });
  return out.done();
}

PT_FUNCTION(pt_persona_risks) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::int64_t const run = find_run(source_argument(args), run_argument(args, 1));
  ResultSet out(fcinfo);
  forward_query(
      "SELECT persona_no, class_no, merged_from, sum(merged_from) OVER class, traceability_score, "
      "1 / (sum(merged_from) OVER class)::float8, "
      "CASE WHEN traceability_score < .10 THEN 'ACCEPTABLE' WHEN traceability_score <= .25 THEN "
      "'REVIEW_REQUIRED' "
      "WHEN traceability_score <= .50 THEN 'HIGH' ELSE 'MUST_INCREASE_PROTECTION' END, "
      "age_range, gender, ethnicity, geography, attributes FROM " +
          run_table(run, "persona") +
          " WINDOW class AS (PARTITION BY class_no) ORDER BY traceability_score DESC, persona_no",
      {}, out);
  return out.done();
}

PT_FUNCTION(pt_decisions) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::int64_t const run = find_run(source_argument(args), run_argument(args, 1));
  ResultSet out(fcinfo);
  forward_query(
      "SELECT step, rung, action, setting, average_before, average_after, maximum_before, "
      "maximum_after, utility_before, "
      "utility_after, holds, chosen, why, proposed_by FROM personatwin.decision WHERE run_id = $1 "
      "ORDER BY step",
      Params().int8(run), out);
  return out.done();
}

PT_FUNCTION(pt_runs) {
  using namespace pt::pg;
  ResultSet out(fcinfo);
  forward_query(
      std::string("SELECT r.run_id, r.source, r.people, r.owner_name, r.created_at, r.domain, "
                  "r.attacker, r.target_risk, "
                  "r.individual_limit, r.n_people, r.n_events, r.n_released, r.n_suppressed, "
                  "r.n_personas, r.n_classes, "
                  "r.population_average_risk, r.maximum_risk, r.target_met, r.status, r.period, "
                  "r.parameters "
                  "FROM personatwin.run r LEFT JOIN pg_class c ON ") +
          kIsSource + " WHERE " + kMaySeeRun + " ORDER BY r.run_id",
      Params().oid(GetUserId()), out);
  return out.done();
}

PT_FUNCTION(pt_drop_run) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0)) throw pt::invalid_parameter("run must not be NULL", {}, "See pt_runs().");
  std::int64_t const run = args.int8(0, "run");
  refuse_read_only("pt_drop_run()");
  Params params;
  params.oid(GetUserId()).int8(run);
  bool found = false, allowed = false;
  AuditEntry entry("drop run");
  entry.run = run;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(std::string("SELECT ") + kMaySeeRun +
                  ", coalesce(c.oid, 0::oid) FROM personatwin.run r LEFT JOIN pg_class c ON " +
                  kIsSource + " WHERE r.run_id = $2 FOR UPDATE OF r",
              params, Spi::ReadOnly::no, [&](const Row& row) {
                found = true;
                allowed = !row.is_null(0) && row.boolean(0);
                entry.source = row.oid(1);
              });
    if (!found)
      throw pt::Error(pt::sqlstate::kUndefinedObject, "there is no run " + std::to_string(run), {},
                      "See pt_runs().");
    if (!allowed)
      throw pt::insufficient_privilege(
          "run " + std::to_string(run) + " belongs to the owner of its source", {},
          "Ask the owner of the source to drop it.");
    std::optional<std::string> const release = spi.value(
        "SELECT format('%I.%I, version %s', l.schema_name, l.name, v.version) FROM "
        "personatwin.release_version v "
        "JOIN personatwin.release l USING (release_id) WHERE v.run_id = $1 AND v.in_service LIMIT "
        "1",
        Params().int8(run), Spi::ReadOnly::no);
    if (release)
      throw pt::Error(pt::sqlstate::kObjectInUse, "run " + std::to_string(run) + " is published",
                      "Release in service: " + *release + ".",
                      "Publish another run or drop the release first.");
    keep_older_memberships();
    Params const id = Params().int8(run);
    spi.execute("DELETE FROM personatwin.decision WHERE run_id = $1", id);
    spi.execute("DELETE FROM personatwin.run WHERE run_id = $1", id);
    for (const char* const part :
         {"persona", "combo", "member", "class", "withdrawn", "synthetic", "count", "told"}) {
      std::string const table = run_table(run, part);
      if (spi.value("SELECT to_regclass($1)::text", Params().text(table)))
        spi.execute("DROP TABLE " + table);
    }
  });
  audit(entry);
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_explain_person) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = source_argument(args);
  if (args.is_null(1))
    throw pt::invalid_parameter("person must not be NULL", {}, "Give the person's key as text.");
  std::string const person = args.text(1, "person");
  std::int64_t const run = find_run(source, run_argument(args, 2));
  ResultSet out(fcinfo);
  PgHost host("pt_explain_person");
  std::array<std::uint8_t, 16> const key =
      key_bytes(person_hash(host, Secret(), canonical_person_key(source, person, run)));
  bool found = false;
  run_as_extension_owner([&] {
    Spi spi;
    Params params;
    params.int8(run).add(BYTEAOID,
                         text_datum({reinterpret_cast<const char*>(key.data()), key.size()}));
    spi.query(
        "SELECT r.run_id, m.persona_no, p.class_no, p.merged_from, "
        "(SELECT sum(q.merged_from) FROM " +
            run_table(run, "persona") +
            " q WHERE q.class_no = p.class_no), "
            "r.attacker, m.risk::float8, "
            "1 / (SELECT sum(q.merged_from) FROM " +
            run_table(run, "persona") +
            " q WHERE q.class_no = p.class_no)::float8, "
            "p.traceability_score, p.age_range, p.gender, p.ethnicity, p.geography, p.attributes, "
            "coalesce(m.why, 'released') FROM personatwin.run r CROSS JOIN " +
            run_table(run, "member") + " m LEFT JOIN " + run_table(run, "persona") +
            " p USING (persona_no) WHERE r.run_id = $1 AND m.person_key = $2",
        params, Spi::ReadOnly::yes, [&](const Row& row) {
          found = true;
          forward(row, out);
        });
  });
  if (!found)
    report(NOTICE, "no such person in run " + std::to_string(run), {},
           "Give the key as text, exactly as the person column writes it.");
  return out.done();
}
