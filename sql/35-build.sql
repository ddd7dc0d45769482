-- Personas of large sources: the same as pt_create_personas in committed steps.

CREATE SEQUENCE personatwin.progress_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.progress_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.progress_id_seq IS 'numbers of builds';

CREATE TABLE personatwin.progress (
  build_id bigint PRIMARY KEY DEFAULT pg_catalog.nextval('personatwin.progress_id_seq'),
  source regclass NOT NULL,
  owner_name name NOT NULL,
  pid int NOT NULL,
  backend_start timestamptz NOT NULL,
  phase text NOT NULL DEFAULT 'starting',
  step int NOT NULL DEFAULT 0,
  steps int NOT NULL,
  started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finished_at timestamptz,
  run_id bigint,
  message text
);
REVOKE ALL ON personatwin.progress FROM PUBLIC;
COMMENT ON TABLE personatwin.progress IS 'one row per call of pt_build; shown by the view pt_progress';
COMMENT ON COLUMN personatwin.progress.build_id IS 'number of the call';
COMMENT ON COLUMN personatwin.progress.source IS 'what is read';
COMMENT ON COLUMN personatwin.progress.owner_name IS 'who called';
COMMENT ON COLUMN personatwin.progress.pid IS 'process of the session';
COMMENT ON COLUMN personatwin.progress.backend_start IS 'when that session began: process numbers come back';
COMMENT ON COLUMN personatwin.progress.phase IS 'starting, describing, reading, protecting, storing, done or failed';
COMMENT ON COLUMN personatwin.progress.step IS 'number of the phase';
COMMENT ON COLUMN personatwin.progress.steps IS 'number of phases';
COMMENT ON COLUMN personatwin.progress.started_at IS 'when it began';
COMMENT ON COLUMN personatwin.progress.updated_at IS 'when the phase began';
COMMENT ON COLUMN personatwin.progress.finished_at IS 'when it ended; NULL: running, or the session is gone';
COMMENT ON COLUMN personatwin.progress.run_id IS 'the run, once stored';
COMMENT ON COLUMN personatwin.progress.message IS 'error, when failed';

--| ### pt_build
--|
--| The same as `pt_create_personas` for large sources: commits after describing, reading, protecting and storing, so that it holds no
--| transaction open longer than a step, and shows where it is in the view `pt_progress`. Returns the number of the run; its figures
--| are those of `pt_population_risk`. Can't be called inside a transaction block (2D000). A failure leaves no run, only a row of
--| `pt_progress` with phase `failed`.
--|
--| With `advisor => 'llm'` it asks the model `endpoint` about the caller's latest run while it reads, waits at most `advice_timeout` seconds for the
--| answer with no snapshot held, and goes on by rules if there is none.
--|
--| `CALL pt_build('court_events', 0.01);`
CREATE PROCEDURE @extschema@.pt_build(
    source pg_catalog.regclass,
    target_risk pg_catalog.float8 DEFAULT 0.01,
    people pg_catalog.regclass DEFAULT NULL,
    person_key pg_catalog.text DEFAULT NULL,
    domain pg_catalog.text DEFAULT NULL,
    privacy_level pg_catalog.text DEFAULT NULL,
    min_size pg_catalog.int4 DEFAULT NULL,
    max_size pg_catalog.int4 DEFAULT NULL,
    age_tolerance pg_catalog.float8 DEFAULT NULL,
    geography_level pg_catalog.text DEFAULT NULL,
    gender_match pg_catalog.bool DEFAULT NULL,
    ethnicity_match pg_catalog.bool DEFAULT NULL,
    cohesion pg_catalog.float8 DEFAULT NULL,
    preserve pg_catalog.text[] DEFAULT NULL,
    attacker pg_catalog.text DEFAULT NULL,
    individual_limit pg_catalog.float8 DEFAULT NULL,
    period pg_catalog.text DEFAULT NULL,
    profile pg_catalog.text DEFAULT NULL,
    seed pg_catalog.int8 DEFAULT NULL,
    as_of pg_catalog.date DEFAULT NULL,
    allow_row_security pg_catalog.bool DEFAULT false,
    jitter pg_catalog.int4 DEFAULT 0,
    outcome_noise pg_catalog.float8 DEFAULT 0,
    detail_noise pg_catalog.float8 DEFAULT 0,
    synthetic pg_catalog.float8 DEFAULT 0,
    advisor pg_catalog.text DEFAULT 'rules',
    endpoint pg_catalog.text DEFAULT NULL,
    advice_timeout pg_catalog.int4 DEFAULT 60,
    population pg_catalog.text DEFAULT NULL,
    reserve pg_catalog.float8 DEFAULT 0,
    targeted pg_catalog.bool DEFAULT false,
    INOUT run_id pg_catalog.int8 DEFAULT NULL)
  AS 'MODULE_PATHNAME', 'pt_build' LANGUAGE C;
COMMENT ON PROCEDURE @extschema@.pt_build IS 'pt_create_personas in committed steps, with progress in pt_progress';

--| ### pt_progress
--|
--| A view: one row per call of `pt_build` on a source that the current user owns, running ones with their phase and, in `activity`, how
--| far it is; finished ones with the run or the error. It reads the function `pt_builds()`.
CREATE FUNCTION @extschema@.pt_builds(
    OUT build_id pg_catalog.int8, OUT source pg_catalog.regclass, OUT owner_name pg_catalog.name, OUT pid pg_catalog.int4,
    OUT phase pg_catalog.text, OUT done pg_catalog.int4, OUT total pg_catalog.int4, OUT activity pg_catalog.text,
    OUT started_at pg_catalog.timestamptz, OUT updated_at pg_catalog.timestamptz, OUT finished_at pg_catalog.timestamptz,
    OUT run_id pg_catalog.int8, OUT message pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_builds' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.pt_builds IS 'calls of pt_build on sources that the current user owns';

CREATE VIEW @extschema@.pt_progress AS SELECT * FROM @extschema@.pt_builds();
COMMENT ON VIEW @extschema@.pt_progress IS 'calls of pt_build on sources that the current user owns, with their progress';
COMMENT ON COLUMN @extschema@.pt_progress.build_id IS 'number of the call';
COMMENT ON COLUMN @extschema@.pt_progress.source IS 'what is read';
COMMENT ON COLUMN @extschema@.pt_progress.owner_name IS 'who called';
COMMENT ON COLUMN @extschema@.pt_progress.pid IS 'process of the session';
COMMENT ON COLUMN @extschema@.pt_progress.phase IS 'starting, describing, reading, protecting, storing, done or failed';
COMMENT ON COLUMN @extschema@.pt_progress.done IS 'number of the phase';
COMMENT ON COLUMN @extschema@.pt_progress.total IS 'number of phases';
COMMENT ON COLUMN @extschema@.pt_progress.activity IS 'what the session does at the moment, with percentages';
COMMENT ON COLUMN @extschema@.pt_progress.started_at IS 'when it began';
COMMENT ON COLUMN @extschema@.pt_progress.updated_at IS 'when the phase began';
COMMENT ON COLUMN @extschema@.pt_progress.finished_at IS 'when it ended';
COMMENT ON COLUMN @extschema@.pt_progress.run_id IS 'the run, once stored';
COMMENT ON COLUMN @extschema@.pt_progress.message IS 'error, when failed';
DO LANGUAGE plpgsql $do$
BEGIN
  EXECUTE (SELECT pg_catalog.format('GRANT SELECT ON @extschema@.pt_progress TO %s WITH GRANT OPTION', e.extowner::pg_catalog.regrole)
             FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) 'personatwin');
END
$do$;
