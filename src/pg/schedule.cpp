// Refresh by the clock through pg_cron: sql/58-schedule.sql.
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pg/audit.hpp"
#include "pg/commit.hpp"
#include "pg/datum.hpp"
#include "pg/json.hpp"
#include "pg/owner.hpp"
#include "pg/refresh.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
#include "utils/timestamp.h"
}

namespace pt::pg {
namespace {

/// A row of personatwin.schedule.
struct Schedule {
  std::int64_t id = 0;
  Selection selection;
  std::string source_name, owner;
};

std::string job_name(std::int64_t schedule) { return "personatwin_" + std::to_string(schedule); }

/// Schedules whose row `s` fulfils a condition on its parameters, with `c` the source in pg_class
/// if it exists; locked until the end of the transaction.
std::vector<Schedule> find_schedules(const std::string& condition, const Params& params) {
  std::vector<Schedule> found;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT s.schedule_id, s.source::oid, s.schema_name::text, s.name::text, s.source_name, "
        "s.owner_name::text FROM personatwin.schedule s LEFT JOIN pg_class c ON c.oid = s.source "
        "WHERE " +
            condition + " ORDER BY s.schedule_id FOR UPDATE OF s",
        params, Spi::ReadOnly::no, [&](const Row& row) {
          Schedule& schedule = found.emplace_back();
          schedule.id = row.int8(0);
          schedule.selection.source = row.oid(1);
          schedule.selection.schema = row.optional_text(2);
          schedule.selection.name = row.optional_text(3);
          schedule.source_name = row.text(4);
          schedule.owner = row.text(5);
        });
  });
  return found;
}

bool cron_here(Spi& spi) {
  return spi.value("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pg_cron'").has_value();
}

/// 0A000 unless pg_cron is in this database. Says where else it is, and how to do without.
void require_cron(Spi& spi, const std::string& source) {
  if (cron_here(spi)) return;
  std::string const database = spi.value("SELECT pg_catalog.current_database()::text").value_or("");
  auto const elsewhere = spi.value(
      "SELECT CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') THEN "
      "pg_catalog.current_setting('cron.database_name', true) END");
  std::string detail =
      "Refreshes are scheduled by the extension pg_cron (Debian package "
      "postgresql-15-cron).";
  if (elsewhere && *elsewhere != database)
    detail += " It keeps its jobs in database " + quote_identifier(*elsewhere) + ".";
  throw Error(sqlstate::kFeatureNotSupported, "pg_cron is not installed in this database", detail,
              "Set shared_preload_libraries = 'pg_cron' and cron.database_name = " +
                  quote_literal(database) +
                  ", restart, and CREATE EXTENSION pg_cron. Or let any other scheduler run SELECT "
                  "* FROM pt_refresh_release(" +
                  quote_literal(source) + ").");
}

/// The procedure that jobs call, as SQL. 42501 when the current user may not call it, or lacks what
/// pg_cron asks for; 55000 when the role can't log in.
std::string require_rights(Spi& spi) {
  std::string const user = quote_identifier(current_user_name());
  std::string procedure;
  bool callable = false, usage = false, login = false;
  spi.query(
      "SELECT pg_catalog.format('%I.%I', n.nspname, p.proname), "
      "pg_catalog.has_function_privilege(p.oid, 'EXECUTE'), "
      "pg_catalog.has_schema_privilege('cron', 'USAGE'), (SELECT r.rolcanlogin FROM "
      "pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) current_user) FROM "
      "pg_catalog.pg_extension e JOIN pg_catalog.pg_depend d ON d.refobjid OPERATOR(pg_catalog.=) "
      "e.oid AND d.deptype OPERATOR(pg_catalog.=) 'e' JOIN pg_catalog.pg_proc p ON p.oid "
      "OPERATOR(pg_catalog.=) d.objid JOIN pg_catalog.pg_namespace n ON n.oid "
      "OPERATOR(pg_catalog.=) p.pronamespace WHERE e.extname OPERATOR(pg_catalog.=) 'personatwin' "
      "AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass AND "
      "p.proname "
      "OPERATOR(pg_catalog.=) 'pt_run_schedule'",
      [&](const Row& row) {
        procedure = row.text(0);
        callable = row.boolean(1);
        usage = row.boolean(2);
        login = row.boolean(3);
      });
  if (!callable)
    throw insufficient_privilege("role " + user + " may not call " + procedure, {},
                                 "GRANT EXECUTE ON PROCEDURE " + procedure + " TO " + user + ";");
  if (!usage)
    throw insufficient_privilege("role " + user + " may not use pg_cron", {},
                                 "GRANT USAGE ON SCHEMA cron TO " + user + ";");
  if (!login)
    throw wrong_state("role " + user + " can't log in, so no job can run as it", {},
                      "Schedule as a role with LOGIN that is a member of the owner of the source.");
  return procedure;
}

/// Keeps the schedule, in place of an earlier one of the same releases. 42710 when that is another
/// role's.
std::int64_t keep_schedule(const Selection& selection, const std::string& schedule) {
  Params same;
  same.oid(selection.source);
  same.optional_text(selection.schema).optional_text(selection.name);
  std::string const user = current_user_name();
  for (const Schedule& earlier : find_schedules(
           "s.source = $1::regclass AND s.schema_name IS NOT DISTINCT FROM $2::name AND s.name IS "
           "NOT DISTINCT FROM $3::name",
           same)) {
    if (earlier.owner != user)
      throw Error(sqlstate::kDuplicateObject,
                  "role " + quote_identifier(earlier.owner) + " has scheduled the releases of " +
                      relation_name(selection.source),
                  {}, "pt_unschedule_release() by that role, or by a superuser, ends it.");
    run_as_extension_owner([&] {
      Spi spi;
      spi.execute("UPDATE personatwin.schedule SET schedule = $2 WHERE schedule_id = $1",
                  Params{}.int8(earlier.id).text(schedule));
    });
    return earlier.id;
  }
  Params row;
  row.oid(selection.source).text(relation_name(selection.source));
  row.optional_text(selection.schema).optional_text(selection.name);
  row.text(schedule).text(user);
  std::int64_t id = 0;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "INSERT INTO personatwin.schedule (schedule_id, source, source_name, schema_name, name, "
        "schedule, owner_name, created_at) VALUES (nextval('personatwin.schedule_id_seq'), "
        "$1::regclass, $2, $3::name, $4::name, $5, $6::name, now()) RETURNING schedule_id",
        row, Spi::ReadOnly::no, [&](const Row& stored) { id = stored.int8(0); });
  });
  return id;
}

/// Hands the job to pg_cron as the current user. 22023 when it does not take the schedule.
void start_job(std::int64_t id, const std::string& schedule, const std::string& procedure) {
  auto const failure = attempt([&] {
    Spi spi;
    spi.execute("SELECT cron.schedule(" + quote_literal(job_name(id)) + ", " +
                quote_literal(schedule) + ", " +
                quote_literal("CALL " + procedure + "(" + std::to_string(id) + ")") + ")");
  });
  if (!failure) return;
  if (failure->message().find("invalid schedule") == std::string::npos) throw Error(*failure);
  throw invalid_parameter("pg_cron does not take the schedule " + quote_literal(schedule),
                          failure->message(),
                          "Give minute, hour, day of the month, month and weekday, as in "
                          "'0 3 * * *' for every night at three (GMT).");
}

/// Takes the job from pg_cron, if it still has it. 42501 when it belongs to another role.
void end_job(const Schedule& schedule) {
  bool const mine = schedule.owner == current_user_name();
  if (!mine && !guarded([] { return superuser(); }))
    throw insufficient_privilege("the schedule " + std::to_string(schedule.id) +
                                     " is that of role " + quote_identifier(schedule.owner),
                                 {}, "That role, or a superuser, unschedules it.");
  Spi spi;
  if (!cron_here(spi)) return;
  spi.execute(
      "SELECT cron.unschedule(j.jobid) FROM cron.job j WHERE j.jobname::pg_catalog.text "
      "OPERATOR(pg_catalog.=) $1 AND j.username OPERATOR(pg_catalog.=) $2 AND j.database "
      "OPERATOR(pg_catalog.=) pg_catalog.current_database()::pg_catalog.text",
      Params{}.text(job_name(schedule.id)).text(schedule.owner));
}

/// The audit row of what was done with a schedule.
AuditEntry audit_entry(const char* action, const Schedule& schedule) {
  AuditEntry entry(action, schedule.selection.source);
  entry.source_name = schedule.source_name;
  entry.parameters = JsonObject()
                         .add("schedule", schedule.id)
                         .add("schema", schedule.selection.schema)
                         .add("name", schedule.selection.name)
                         .text();
  return entry;
}

/// An error as one text: SQLSTATE, message, detail, hint.
std::string in_words(const Error& error) {
  std::string text = error.sqlstate() + ": " + error.message();
  if (!error.detail().empty()) text += "\nDetail: " + error.detail();
  if (!error.hint().empty()) text += "\nHint: " + error.hint();
  return text;
}

/// `what` is SQL; parameter $1 is the number of the schedule.
void update_schedule(const std::string& what, const Params& params) {
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute("UPDATE personatwin.schedule SET " + what + " WHERE schedule_id = $1", params);
  });
}

/// The refresh, then its end in the catalog, each committed. The refresh runs in a subtransaction;
/// its error is raised after it was written down.
void run_schedule(FunctionCallInfo fcinfo, const Schedule& schedule) {
  Spi spi(fcinfo);  // its memory, which is current now, outlives commits
  update_schedule(
      "started_at = clock_timestamp(), finished_at = NULL, pid = $2, backend_start = $3",
      Params{}
          .int8(schedule.id)
          .int4(MyProcPid)
          .add(TIMESTAMPTZOID, TimestampTzGetDatum(MyStartTimestamp)));
  commit_and_go_on(spi);
  auto const refresh = [&schedule] {
    require_refreshable(schedule.selection);
    PgHost host("pt_run_schedule", PortalContext);
    if (refresh_releases(host, schedule.selection, "scheduled refresh").empty())
      require_refreshable(schedule.selection);  // dropped while this call waited
    update_schedule(
        "finished_at = clock_timestamp(), succeeded_at = clock_timestamp(), failures = "
        "0, error = NULL",
        Params{}.int8(schedule.id));
  };
  std::optional<Error> failure;
  try {
    failure = attempt(refresh);
  } catch (const Error& e) {
    failure = e;
  } catch (const std::bad_alloc&) {
    failure = Error(sqlstate::kOutOfMemory, "out of memory");
  }
  if (failure) {
    std::string const words = in_words(*failure);
    update_schedule("finished_at = clock_timestamp(), failures = failures + 1, error = $2",
                    Params{}.int8(schedule.id).text(words));
    AuditEntry entry = audit_entry("refresh failed", schedule);
    entry.result = JsonObject().add("error", words).text();
    audit(entry);
  }
  commit_and_go_on(spi);
  if (failure) throw Error(*failure);
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_schedule_release) {
  using namespace pt::pg;
  Args const args(fcinfo);
  refuse_read_only("pt_schedule_release()");
  Schedule schedule;
  schedule.selection.source = args.oid(0, "source");
  std::string const when = args.text(1, "schedule");
  schedule.selection.schema = args.optional_text(2);
  schedule.selection.name = args.optional_text(3);
  require_refreshable(schedule.selection);
  schedule.source_name = relation_name(schedule.selection.source);
  std::string procedure;
  {
    Spi spi;
    require_cron(spi, schedule.source_name);
    procedure = require_rights(spi);
  }
  schedule.id = keep_schedule(schedule.selection, when);
  start_job(schedule.id, when, procedure);
  AuditEntry entry = audit_entry("schedule", schedule);
  entry.result = JsonObject().add("when", when).text();
  audit(entry);
  return Int64GetDatum(schedule.id);
}

PT_FUNCTION(pt_unschedule_release) {
  using namespace pt::pg;
  Args const args(fcinfo);
  refuse_read_only("pt_unschedule_release()");
  auto const source = args.optional_oid(0);
  if (source) require_source_owner(*source);
  Params params;
  params.oid(source.value_or(InvalidOid));
  params.optional_text(args.optional_text(1)).optional_text(args.optional_text(2));
  params.text(current_user_name()).boolean(guarded([] { return superuser(); }));
  std::vector<Schedule> const found = find_schedules(
      "CASE WHEN $1 = 0::oid THEN c.oid IS NULL AND ($5 OR s.owner_name = $4::name) ELSE s.source "
      "= "
      "$1::regclass END AND ($2 IS NULL OR s.schema_name = $2::name) AND ($3 IS NULL OR s.name = "
      "$3::name)",
      params);
  if (found.empty())
    throw pt::Error(pt::sqlstate::kUndefinedObject, "there is no such schedule", {},
                    "pt_releases() shows how releases are scheduled.");
  for (const Schedule& schedule : found) {
    end_job(schedule);
    run_as_extension_owner([&] {
      Spi spi;
      spi.execute("DELETE FROM personatwin.schedule WHERE schedule_id = $1",
                  Params{}.int8(schedule.id));
    });
    audit(audit_entry("unschedule", schedule));
  }
  return Int32GetDatum(static_cast<std::int32_t>(found.size()));
}

PT_FUNCTION(pt_run_schedule) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::int64_t const id = args.int8(0, "schedule");
  if (!Spi::may_commit(fcinfo))
    throw pt::Error(
        "2D000", "pt_run_schedule commits and can't run inside a transaction block or a function",
        {}, "Call it on its own, or use pt_refresh_release.");
  refuse_read_only("pt_run_schedule()");
  std::vector<Schedule> const found =
      find_schedules("s.schedule_id = $1 AND s.owner_name = $2::name",
                     Params{}.int8(id).text(current_user_name()));
  if (found.empty())
    throw pt::Error(pt::sqlstate::kUndefinedObject,
                    "there is no schedule " + std::to_string(id) + " of yours", {},
                    "pt_releases() shows how releases are scheduled. SELECT cron.unschedule(" +
                        quote_literal(job_name(id)) + ") ends a job that is left over.");
  run_schedule(fcinfo, found.front());
  return Datum{0};
}
