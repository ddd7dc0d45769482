-- Refresh by the clock, and the list of releases with what became of their refreshes.

--| ## Schedules
--|
--| `pt_schedule_release(source, schedule)` refreshes the releases of `source` by the clock, as `pt_refresh_release` does, through pg_cron where that
--| extension is in this database (Debian package `postgresql-15-cron`; `doc/release.md` says how to set it up). `schedule` is what pg_cron takes: five fields
--| for minute, hour, day, month and weekday in GMT, such as `'0 3 * * *'` for every night at three. `schema` and `name` restrict it to one
--| release. Scheduling the same again replaces the schedule. It returns the number of the schedule; the job is called `personatwin_<number>`.
--|
--| The job runs as the role that has scheduled it, with that role's rights at that time. The role must own the source (or be a member of the owning role), be able to log in, and
--| have USAGE on schema `cron`. A refresh that fails leaves the version in service, is recorded and seen in `pt_releases()` and `pt_audit_log()`, and ends pg_cron's
--| run with its error; the next one tries again.
--|
--| 0A000 when pg_cron is not in this database, 22023 for a schedule that pg_cron does not take, 42501 without the rights, 42710 when another role has scheduled the
--| same, 55000 when no release is in service.
CREATE SEQUENCE personatwin.schedule_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.schedule_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.schedule_id_seq IS 'numbers of schedules; never used twice';

CREATE TABLE personatwin.schedule (
  schedule_id bigint PRIMARY KEY,
  source regclass NOT NULL,
  source_name text NOT NULL,
  schema_name name,
  name name,
  schedule text NOT NULL,
  owner_name name NOT NULL,
  created_at timestamptz NOT NULL,
  pid int,
  backend_start timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  succeeded_at timestamptz,
  failures int NOT NULL DEFAULT 0,
  error text
);
REVOKE ALL ON personatwin.schedule FROM PUBLIC;
COMMENT ON TABLE personatwin.schedule IS 'one row per schedule of refreshes, with what became of the last one';
COMMENT ON COLUMN personatwin.schedule.schedule_id IS 'number of the schedule';
COMMENT ON COLUMN personatwin.schedule.source IS 'the table or view whose releases are refreshed';
COMMENT ON COLUMN personatwin.schedule.source_name IS 'its qualified name when it was scheduled';
COMMENT ON COLUMN personatwin.schedule.schema_name IS 'only releases in this schema; NULL: all';
COMMENT ON COLUMN personatwin.schedule.name IS 'only releases of this name; NULL: all';
COMMENT ON COLUMN personatwin.schedule.schedule IS 'when, as pg_cron was told';
COMMENT ON COLUMN personatwin.schedule.owner_name IS 'who has scheduled it, and whom it runs as';
COMMENT ON COLUMN personatwin.schedule.created_at IS 'when it was scheduled';
COMMENT ON COLUMN personatwin.schedule.pid IS 'process of the last refresh';
COMMENT ON COLUMN personatwin.schedule.backend_start IS 'start of that process';
COMMENT ON COLUMN personatwin.schedule.started_at IS 'start of the last refresh';
COMMENT ON COLUMN personatwin.schedule.finished_at IS 'its end; NULL: it runs, or was interrupted';
COMMENT ON COLUMN personatwin.schedule.succeeded_at IS 'end of the last refresh that has succeeded';
COMMENT ON COLUMN personatwin.schedule.failures IS 'refreshes that have failed since then';
COMMENT ON COLUMN personatwin.schedule.error IS 'why the last one has failed; NULL: it has not';
SELECT pg_catalog.pg_extension_config_dump('personatwin.schedule', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.schedule_id_seq', '');

CREATE FUNCTION @extschema@.pt_schedule_release(source pg_catalog.regclass, schedule pg_catalog.text, schema pg_catalog.text DEFAULT NULL,
    name pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_schedule_release' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_schedule_release(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text)
  IS 'refreshes the releases of a source by the clock, through pg_cron';

--| `pt_unschedule_release(source)` ends the schedules of `source`, or those for `schema` and `name` alone, and returns their number; 42704 when there is none. NULL as source
--| stands for sources that were dropped. Whoever has scheduled it, or a superuser, unschedules (42501).
CREATE FUNCTION @extschema@.pt_unschedule_release(source pg_catalog.regclass, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS pg_catalog.int4
  AS 'MODULE_PATHNAME', 'pt_unschedule_release' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_unschedule_release(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS 'ends schedules of refreshes';

--| `CALL pt_run_schedule(number)` is what the job calls: the refresh, with its end written down whatever it is. It commits, so it can't run in a
--| transaction block (2D000). 42704 unless the caller has made the schedule.
CREATE PROCEDURE @extschema@.pt_run_schedule(schedule pg_catalog.int8)
  AS 'MODULE_PATHNAME', 'pt_run_schedule' LANGUAGE C;
COMMENT ON PROCEDURE @extschema@.pt_run_schedule(pg_catalog.int8) IS 'refreshes what a schedule names and writes down how it ended';

--| ## Releases
--|
--| `pt_releases()` lists every version of every release of the sources that the caller owns, dropped ones included (superusers see all).
--| `source` is the present name of the source, or its last name followed by `(missing)` when it was dropped. Versions in service say how they are
--| scheduled: `schedule`, `refreshed_at` (end of the last scheduled refresh that succeeded, whether or not it published), `refresh_failures` since then and `refresh_error` of the last one, if it has failed.
CREATE FUNCTION @extschema@.pt_releases(OUT name pg_catalog.text, OUT schema pg_catalog.text, OUT version pg_catalog.int4, OUT source pg_catalog.text,
    OUT run pg_catalog.int8, OUT published_at pg_catalog.timestamptz, OUT published_by pg_catalog.text, OUT readers pg_catalog.text[],
    OUT personas pg_catalog.int8, OUT events pg_catalog.int8, OUT people pg_catalog.int8, OUT target_risk pg_catalog.float8,
    OUT average_risk pg_catalog.float8, OUT maximum_risk pg_catalog.float8, OUT status pg_catalog.text, OUT profile pg_catalog.text,
    OUT in_service pg_catalog.bool, OUT schedule pg_catalog.text, OUT refreshed_at pg_catalog.timestamptz, OUT refresh_failures pg_catalog.int4,
    OUT refresh_error pg_catalog.text)
  RETURNS SETOF pg_catalog.record
  AS 'MODULE_PATHNAME', 'pt_releases' LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_releases() IS 'versions of the releases of the sources that the caller owns';
