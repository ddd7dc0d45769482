-- Upgrade from 1.0 to 1.1: what changes in objects that 1.0 has. The Makefile puts the installer parts that are new in
-- 1.1 behind it, then 99-end.sql. test/tap/upgrade.pl compares the result with a fresh installation.
\echo Use "ALTER EXTENSION personatwin UPDATE" to load this file. \quit

ALTER TABLE personatwin.run ADD COLUMN source_state text;
ALTER TABLE personatwin.run ADD COLUMN source_name text;
UPDATE personatwin.run r SET source_name = (SELECT pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(c.relname)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) r.source);
COMMENT ON COLUMN personatwin.run.source_name IS 'its qualified name when the run was made: a table of another name is never taken for it';
COMMENT ON COLUMN personatwin.run.source_state IS 'what tells that the tables still hold the rows that were read without reading them again (transaction that wrote this, hash of the rows, position of the write-ahead log, files); NULL where only reading can tell';
ALTER TABLE personatwin.release_version ADD COLUMN tables integer;
UPDATE personatwin.release_version SET tables = version;
COMMENT ON COLUMN personatwin.release_version.tables IS 'number in the names of its tables; NULL: the next version has taken them over';
ALTER TABLE personatwin.hierarchy ADD COLUMN source_name text, ADD COLUMN hierarchy_name text;
UPDATE personatwin.hierarchy h SET source_name = (SELECT pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(c.relname)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) h.source),
  hierarchy_name = (SELECT pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(c.relname)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) h.hierarchy);
COMMENT ON COLUMN personatwin.hierarchy.source_name IS 'qualified name of the source when the hierarchy was set: a table of another name is never taken for it';
COMMENT ON COLUMN personatwin.hierarchy.hierarchy_name IS 'likewise, of the table or view that holds the hierarchy';

COMMENT ON TABLE personatwin.run IS 'one row per run of pt_create_personas or pt_build; its data are the tables run_<run_id>_persona, _combo, _member, _class and _count; a refreshed one has _withdrawn and _told as well';
COMMENT ON TABLE personatwin.release_version IS 'one row per published version; its data are the tables release_<release_id>_v<tables>_personas, _events, _about, _groups, _intervals and _digests';
COMMENT ON COLUMN @extschema@.pt_published_release.release IS 'schema and name of the release; its views are <release>_personas, _events, _about, _groups and _intervals';
COMMENT ON COLUMN personatwin.profile.rules IS 'rules with their values, as in doc/profiles.md';

-- noise begins: parameters of the three ways to make personas
DROP FUNCTION @extschema@.pt_create_personas;
CREATE FUNCTION @extschema@.pt_create_personas(
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
    dry_run pg_catalog.bool DEFAULT false,
    jitter pg_catalog.int4 DEFAULT 0,
    outcome_noise pg_catalog.float8 DEFAULT 0,
    detail_noise pg_catalog.float8 DEFAULT 0,
    synthetic pg_catalog.float8 DEFAULT 0,
    advisor pg_catalog.text DEFAULT 'rules',
    endpoint pg_catalog.text DEFAULT NULL,
    population pg_catalog.text DEFAULT NULL,
    reserve pg_catalog.float8 DEFAULT 0,
    targeted pg_catalog.bool DEFAULT false)
  RETURNS SETOF @extschema@.pt_persona
  AS 'MODULE_PATHNAME', 'pt_create_personas' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_create_personas IS 'make personas of a people-events source that hold a risk target, store them as a run and return them';
DROP FUNCTION @extschema@.pt_frontier;
CREATE FUNCTION @extschema@.pt_frontier(
    source pg_catalog.regclass,
    targets pg_catalog.float8[],
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
    population pg_catalog.text DEFAULT NULL,
    reserve pg_catalog.float8 DEFAULT 0,
    targeted pg_catalog.bool DEFAULT false,
    OUT target_risk pg_catalog.float8,
    OUT target_met pg_catalog.bool,
    OUT population_average_risk pg_catalog.float8,
    OUT maximum_risk pg_catalog.float8,
    OUT utility pg_catalog.float8,
    OUT mean_age_width pg_catalog.float8,
    OUT event_period pg_catalog.text,
    OUT classes pg_catalog.int4,
    OUT personas pg_catalog.int4,
    OUT suppressed pg_catalog.int8,
    OUT status pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_frontier' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_frontier IS 'what several risk targets would cost in utility; stores nothing';
DROP PROCEDURE @extschema@.pt_build;
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
COMMENT ON COLUMN @extschema@.pt_persona.generation_method IS 'merged: made of real people, as they are; perturbed: with noise on their events; with synthetic events: some of the run''s events are invented';
COMMENT ON COLUMN @extschema@.pt_persona.noise_level IS 'share of its events of which any value was perturbed';
-- noise ends
-- reserve begins: what the steps of the ladder are judged by
COMMENT ON COLUMN personatwin.decision.holds IS 'whether the target, less its reserve where a run is made anew, and the individual limit hold after it';
-- reserve ends
-- adviser begins: who proposed a step of the ladder
ALTER TABLE personatwin.decision ADD COLUMN proposed_by text NOT NULL DEFAULT 'rules';
COMMENT ON COLUMN personatwin.decision.proposed_by IS 'who proposed the step: rules, or the endpoint of a model';
DROP FUNCTION @extschema@.pt_decisions;
CREATE FUNCTION @extschema@.pt_decisions(
    source pg_catalog.regclass, run pg_catalog.int8 DEFAULT NULL,
    OUT step pg_catalog.int4, OUT rung pg_catalog.int4, OUT action pg_catalog.text, OUT setting pg_catalog.text,
    OUT average_before pg_catalog.float8, OUT average_after pg_catalog.float8,
    OUT maximum_before pg_catalog.float8, OUT maximum_after pg_catalog.float8,
    OUT utility_before pg_catalog.float8, OUT utility_after pg_catalog.float8,
    OUT holds pg_catalog.bool, OUT chosen pg_catalog.bool, OUT why pg_catalog.text, OUT proposed_by pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_decisions' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100;
COMMENT ON FUNCTION @extschema@.pt_decisions IS 'every step of the ladder of a run';
-- adviser ends
-- schedules: 58-schedule.sql makes it again
DROP FUNCTION @extschema@.pt_releases();
-- register begins: the largest risk of the attacker with a register
ALTER TYPE @extschema@.pt_risk_metrics ADD ATTRIBUTE external_linkage_maximum pg_catalog.float8;
COMMENT ON COLUMN @extschema@.pt_risk_metrics.external_linkage_note IS 'which register was used and what it does not know, or why external_linkage_risk is NULL';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.external_linkage_maximum IS 'maximum against an attacker with a register of the population; NULL: not measured';
-- register ends

-- min_utility of a publication
DROP FUNCTION @extschema@.pt_publish_release;
CREATE FUNCTION @extschema@.pt_publish_release(source pg_catalog.regclass, schema pg_catalog.text, profile pg_catalog.text DEFAULT NULL,
    reader pg_catalog.text DEFAULT NULL, run pg_catalog.int8 DEFAULT NULL, name pg_catalog.text DEFAULT NULL,
    min_utility pg_catalog.float8 DEFAULT NULL)
  RETURNS SETOF @extschema@.pt_published_release
  AS 'MODULE_PATHNAME', 'pt_publish_release' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 10000;
COMMENT ON FUNCTION @extschema@.pt_publish_release(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.text, pg_catalog.float8)
  IS 'publishes a run as views in a schema that readers may use';
