-- The catalog: what the extension remembers between calls. Everything here lives in schema personatwin (made in
-- 00-begin.sql), belongs to the owner of the extension and is closed to everybody else; functions reach it from C after they
-- have checked that the caller owns the source. The data of each run and of each published version are plain tables beside
-- these (run_<id>_persona, release_<id>_v<n>_events, ...): dropping one is instant, and pg_dump takes them as they are.

--| ## Installation secret
--|
--| 32 random bytes made at CREATE EXTENSION; the key under persona ids, person hashes and all randomness. A dump that carries it
--| is as sensitive as the source tables: whoever has it can link published ids to runs.
CREATE TABLE personatwin.secret (
  "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"),
  key bytea NOT NULL CHECK (pg_catalog.length(key) OPERATOR(pg_catalog.=) 32)
);
REVOKE ALL ON personatwin.secret FROM PUBLIC;
COMMENT ON TABLE personatwin.secret IS 'one row: the secret of this installation, the key of every keyed hash; as sensitive as the source data';
COMMENT ON COLUMN personatwin.secret."only" IS 'always true, so that there is one row';
COMMENT ON COLUMN personatwin.secret.key IS '32 bytes from the strong random source of the server';
-- Three version 4 uuids hold 366 bits of the server's strong random source; SHA-256 folds them into 32 bytes.
INSERT INTO personatwin.secret (key)
SELECT pg_catalog.sha256(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
         OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
         OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid()));

-- A restore loads the dumped secret into a table that CREATE EXTENSION has filled: the restored one replaces the new one.
CREATE FUNCTION personatwin.secret_replaced() RETURNS trigger
  AS 'MODULE_PATHNAME', 'pt_secret_replaced' LANGUAGE C;
REVOKE ALL ON FUNCTION personatwin.secret_replaced() FROM PUBLIC;
COMMENT ON FUNCTION personatwin.secret_replaced() IS 'trigger of personatwin.secret: a new secret takes the place of the old one';
CREATE TRIGGER secret_replaced BEFORE INSERT ON personatwin.secret
  FOR EACH ROW EXECUTE FUNCTION personatwin.secret_replaced();
COMMENT ON TRIGGER secret_replaced ON personatwin.secret IS 'lets a restore replace the secret made at CREATE EXTENSION';

CREATE SEQUENCE personatwin.run_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.run_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.run_id_seq IS 'numbers of runs; never used twice';

CREATE TABLE personatwin.run (
  run_id bigint PRIMARY KEY,
  source regclass NOT NULL,
  people regclass,
  owner_name name NOT NULL,
  created_at timestamptz NOT NULL,
  parameters jsonb NOT NULL,
  domain text,
  attacker text NOT NULL,
  target_risk float8 NOT NULL,
  individual_limit float8 NOT NULL,
  fingerprint text NOT NULL,
  n_people bigint,
  n_events bigint,
  n_released bigint,
  n_suppressed bigint,
  n_personas int,
  n_classes int,
  population_average_risk float8,
  maximum_risk float8,
  target_met boolean NOT NULL,
  status text NOT NULL,
  metrics jsonb NOT NULL,
  event_columns jsonb NOT NULL,
  person_columns jsonb NOT NULL,
  period text NOT NULL CHECK (period IN ('day', 'week', 'month', 'quarter', 'half-year', 'year', 'none')),
  source_state text,
  source_name text
);
CREATE INDEX run_source ON personatwin.run (source, run_id);
REVOKE ALL ON personatwin.run FROM PUBLIC;
COMMENT ON TABLE personatwin.run IS 'one row per run of pt_create_personas or pt_build; its data are the tables run_<run_id>_persona, _combo, _member, _class and _count; a refreshed one has _withdrawn and _told as well';
COMMENT ON INDEX personatwin.run_source IS 'runs of one source, newest last';
COMMENT ON COLUMN personatwin.run.run_id IS 'number of the run';
COMMENT ON COLUMN personatwin.run.source IS 'the table or view the run has read';
COMMENT ON COLUMN personatwin.run.people IS 'its table of people, if there is one of its own';
COMMENT ON COLUMN personatwin.run.owner_name IS 'who made the run';
COMMENT ON COLUMN personatwin.run.created_at IS 'when';
COMMENT ON COLUMN personatwin.run.parameters IS 'every effective option, the seed included; never published whole';
COMMENT ON COLUMN personatwin.run.domain IS 'domain, named or recognised';
COMMENT ON COLUMN personatwin.run.attacker IS 'the attacker that the target is held against';
COMMENT ON COLUMN personatwin.run.target_risk IS 'wanted upper bound of the average risk over released people, 0..1';
COMMENT ON COLUMN personatwin.run.individual_limit IS 'wanted upper bound of the risk of any released person, 0..1';
COMMENT ON COLUMN personatwin.run.fingerprint IS 'hex digest of the rows and columns that were read, whatever their order';
COMMENT ON COLUMN personatwin.run.n_people IS 'people in the source';
COMMENT ON COLUMN personatwin.run.n_events IS 'events in the source';
COMMENT ON COLUMN personatwin.run.n_released IS 'people in personas';
COMMENT ON COLUMN personatwin.run.n_suppressed IS 'people left out';
COMMENT ON COLUMN personatwin.run.n_personas IS 'number of personas';
COMMENT ON COLUMN personatwin.run.n_classes IS 'number of equivalence classes';
COMMENT ON COLUMN personatwin.run.population_average_risk IS 'mean risk over released people against the attacker';
COMMENT ON COLUMN personatwin.run.maximum_risk IS 'largest risk of a released person against the attacker';
COMMENT ON COLUMN personatwin.run.target_met IS 'whether target_risk and individual_limit both hold';
COMMENT ON COLUMN personatwin.run.status IS 'the word for the level that was reached';
COMMENT ON COLUMN personatwin.run.metrics IS 'all fields of pt_risk_metrics';
COMMENT ON COLUMN personatwin.run.event_columns IS 'released event columns in order: name, role, type, source_type, level';
COMMENT ON COLUMN personatwin.run.person_columns IS 'further released quasi-identifiers in order: name, type';
COMMENT ON COLUMN personatwin.run.period IS 'length of the released periods, or none where people only are released';
COMMENT ON COLUMN personatwin.run.source_name IS 'its qualified name when the run was made: a table of another name is never taken for it';
COMMENT ON COLUMN personatwin.run.source_state IS 'what tells that the tables still hold the rows that were read without reading them again (transaction that wrote this, hash of the rows, position of the write-ahead log, files); NULL where only reading can tell';

CREATE SEQUENCE personatwin.release_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.release_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.release_id_seq IS 'numbers of releases; never used twice';

CREATE TABLE personatwin.release (
  release_id bigint PRIMARY KEY,
  schema_name name NOT NULL,
  name name NOT NULL,
  source regclass NOT NULL,
  source_name text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by name NOT NULL,
  dropped_at timestamptz
);
CREATE UNIQUE INDEX release_in_service ON personatwin.release (schema_name, name) WHERE dropped_at IS NULL;
REVOKE ALL ON personatwin.release FROM PUBLIC;
COMMENT ON TABLE personatwin.release IS 'one row per release: a set of views with stable names; kept after pt_drop_release, because dropping does not undo what was published';
COMMENT ON INDEX personatwin.release_in_service IS 'one release in service per schema and name';
COMMENT ON COLUMN personatwin.release.release_id IS 'number of the release';
COMMENT ON COLUMN personatwin.release.schema_name IS 'schema of the views';
COMMENT ON COLUMN personatwin.release.name IS 'first part of the names of the views';
COMMENT ON COLUMN personatwin.release.source IS 'the table or view that is released';
COMMENT ON COLUMN personatwin.release.source_name IS 'its qualified name at the last publication, for the time when it is gone';
COMMENT ON COLUMN personatwin.release.created_at IS 'time of the first publication';
COMMENT ON COLUMN personatwin.release.created_by IS 'who published first';
COMMENT ON COLUMN personatwin.release.dropped_at IS 'time of pt_drop_release; NULL while the views exist';

CREATE TABLE personatwin.release_version (
  release_id bigint NOT NULL,
  version int NOT NULL,
  run_id bigint NOT NULL,
  published_at timestamptz NOT NULL,
  published_by name NOT NULL,
  profile text,
  rules jsonb NOT NULL,
  personas bigint NOT NULL,
  events bigint NOT NULL,
  people bigint NOT NULL,
  target_risk float8 NOT NULL,
  average_risk float8,
  maximum_risk float8,
  status text NOT NULL,
  checksums jsonb NOT NULL,
  in_service boolean NOT NULL,
  retired_at timestamptz,
  tables integer,
  PRIMARY KEY (release_id, version)
);
CREATE INDEX release_version_run ON personatwin.release_version (run_id);
REVOKE ALL ON personatwin.release_version FROM PUBLIC;
COMMENT ON TABLE personatwin.release_version IS 'one row per published version; its data are the tables release_<release_id>_v<tables>_personas, _events, _about, _groups, _intervals and _digests';
COMMENT ON INDEX personatwin.release_version_run IS 'versions made from one run';
COMMENT ON COLUMN personatwin.release_version.release_id IS 'the release';
COMMENT ON COLUMN personatwin.release_version.version IS 'version, counted from 1';
COMMENT ON COLUMN personatwin.release_version.run_id IS 'the run whose personas these are';
COMMENT ON COLUMN personatwin.release_version.published_at IS 'when';
COMMENT ON COLUMN personatwin.release_version.published_by IS 'by whom';
COMMENT ON COLUMN personatwin.release_version.profile IS 'release profile that was asked for, if any';
COMMENT ON COLUMN personatwin.release_version.rules IS 'every rule with what it required, what was found and whether it passed';
COMMENT ON COLUMN personatwin.release_version.personas IS 'rows of the view of personas';
COMMENT ON COLUMN personatwin.release_version.events IS 'rows of the view of events';
COMMENT ON COLUMN personatwin.release_version.people IS 'people in the personas';
COMMENT ON COLUMN personatwin.release_version.target_risk IS 'target of the run';
COMMENT ON COLUMN personatwin.release_version.average_risk IS 'mean risk over released people';
COMMENT ON COLUMN personatwin.release_version.maximum_risk IS 'largest risk of a released person';
COMMENT ON COLUMN personatwin.release_version.status IS 'the word for the level that was reached';
COMMENT ON COLUMN personatwin.release_version.checksums IS 'SHA-256 of the tables, by view';
COMMENT ON COLUMN personatwin.release_version.in_service IS 'whether the views show this version now';
COMMENT ON COLUMN personatwin.release_version.retired_at IS 'when a later version or pt_drop_release took it out of service';
COMMENT ON COLUMN personatwin.release_version.tables IS 'number in the names of its tables; NULL: the next version has taken them over';

CREATE TABLE personatwin.release_reader (
  release_id bigint NOT NULL,
  reader name NOT NULL,
  PRIMARY KEY (release_id, reader)
);
REVOKE ALL ON personatwin.release_reader FROM PUBLIC;
COMMENT ON TABLE personatwin.release_reader IS 'roles that pt_publish_release has given the views to';
COMMENT ON COLUMN personatwin.release_reader.release_id IS 'the release';
COMMENT ON COLUMN personatwin.release_reader.reader IS 'name of the role';

--| ## Release profiles
--|
--| A profile is a row of data: the rules that a publication must keep, with their source and its date. doc/profiles.md says what each rule means and
--| how it is checked. `pt_define_profile` adds profiles; an unknown rule makes publication fail rather than pass unnoticed.
CREATE TABLE personatwin.profile (
  name text PRIMARY KEY,
  rules jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(rules) OPERATOR(pg_catalog.=) 'object'),
  source text NOT NULL,
  dated date NOT NULL,
  description text NOT NULL,
  built_in boolean NOT NULL DEFAULT false
);
REVOKE ALL ON personatwin.profile FROM PUBLIC;
COMMENT ON TABLE personatwin.profile IS 'release profiles: the rules that a publication under this name must keep';
COMMENT ON COLUMN personatwin.profile.name IS 'name, the argument profile of pt_publish_release';
COMMENT ON COLUMN personatwin.profile.rules IS 'rules with their values, as in doc/profiles.md';
COMMENT ON COLUMN personatwin.profile.source IS 'where the rules come from';
COMMENT ON COLUMN personatwin.profile.dated IS 'date of that source';
COMMENT ON COLUMN personatwin.profile.description IS 'what it is for';
COMMENT ON COLUMN personatwin.profile.built_in IS 'comes with the extension, hence not part of dumps';
INSERT INTO personatwin.profile (name, rules, source, dated, description, built_in) VALUES
  ('public_1pct', '{"average_risk": 0.01, "maximum_risk": 0.10, "min_size": 5, "min_diversity": 2}', 'personatwin requirements', '2026-11-20',
   'safe for public release: 1 % on average, 10 % for anybody, personas of at least 5 people, 2 distinct sensitive values in each', true),
  ('research_5pct', '{"average_risk": 0.05}', 'personatwin requirements', '2026-11-20',
   'for researchers under agreement: 5 % on average', true),
  ('internal_15pct', '{"average_risk": 0.15}', 'personatwin requirements', '2026-11-20',
   'for use inside the agency: 15 % on average', true);

SELECT pg_catalog.pg_extension_config_dump('personatwin.secret', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.run', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.release', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.release_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.release_version', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.release_reader', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.profile', 'WHERE NOT built_in');
