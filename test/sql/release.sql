-- Publication of a run made by hand: content, order, checksums, rules, grants, versions, dropping.
SET client_min_messages = warning;
\set open_names `grep -v '^#' "$PG_ABS_SRCDIR/tools/open_to_public.txt" | sed "s/.*/'&'/" | paste -sd, | sed 's/.*/ARRAY[&]/'`
CREATE EXTENSION personatwin;
CREATE FUNCTION pt_test_fingerprint(source regclass, run int8) RETURNS text LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_write(target regclass, n int) RETURNS text LANGUAGE c AS '$libdir/personatwin_test';
SET TimeZone = 'Europe/Berlin';
CREATE ROLE rel_owner;
CREATE ROLE rel_reader;
CREATE ROLE rel_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO rel_owner, rel_other;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO rel_owner', current_database()); END $$;
CREATE SCHEMA vault AUTHORIZATION rel_owner;
SET ROLE rel_owner;
CREATE TABLE vault."Court Events" (person int, age int, sex text, at date, kind text, result text, weight int, amount numeric, flag boolean);
INSERT INTO vault."Court Events" SELECT i % 15, 20 + i % 15, 'F', date '2014-01-01' + i, 'theft', 'guilty', i, i, true FROM generate_series(1, 40) i;
SELECT count(*) FROM (VALUES ('person', 'person'), ('age', 'quasi-identifier: age'), ('sex', 'quasi-identifier: gender'), ('at', 'event time'), ('kind', 'event type'),
  ('result', 'outcome'), ('weight', 'detail: number'), ('amount', 'detail: number'), ('flag', 'detail')) v(c, r), pt_set_role('vault."Court Events"', c, r);
RESET ROLE;

-- A run as the pipeline stores it: two classes, three personas of 5, one of them without events.
SELECT nextval('personatwin.run_id_seq') AS run \gset
INSERT INTO personatwin.run (run_id, source, owner_name, created_at, parameters, domain, attacker, target_risk, individual_limit, fingerprint,
    n_people, n_events, n_released, n_suppressed, n_personas, n_classes, population_average_risk, maximum_risk, target_met, status, metrics,
    event_columns, person_columns, period)
VALUES (:run, 'vault."Court Events"', 'rel_owner', now(), '{"seed": 42, "min_size": 5, "target_risk": 0.2, "person_key": "person", "secret_option": 1}', 'criminal_justice',
    'demographics+events', 0.2, 0.25, '', 17, 40, 15, 2, 3, 2, 0.15, 0.2, true, 'unsafe',
    '{"population_average_risk": 0.15, "maximum_risk": 0.2, "k_anonymity": 5, "people": 17, "suppressed": 2, "label_generalized": 7, "individual_risks": [1], "all_events_average": 0.15, "homogeneous_personas": 1, "event_pattern_concentration_risk": 0.1}',
    '[{"name": "kind", "role": "event type", "type": "text", "source_type": "text", "level": 0},
      {"name": "result", "role": "outcome", "type": "text", "source_type": "text", "level": 0},
      {"name": "weight", "role": "detail", "type": "text", "source_type": "integer", "level": 0},
      {"name": "amount", "role": "detail", "type": "text", "source_type": "numeric", "level": 0},
      {"name": "flag", "role": "detail", "type": "text", "source_type": "boolean", "level": 1}]',
    '[{"name": "gender", "type": "text"}, {"name": "income", "type": "integer"}]', 'half-year');
CREATE FUNCTION pg_temp.make_tables(run bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($q$CREATE TABLE personatwin.run_%s_persona (persona_no int PRIMARY KEY, class_no int NOT NULL, persona_key bytea NOT NULL UNIQUE, merged_from int NOT NULL,
    age_range int4range, age_mean float8, gender text, ethnicity text, geography text, attributes jsonb, confidence_level float8, event_types text[],
    temporal_patterns jsonb, outcome_distributions jsonb, recidivism_indicators jsonb, generation_method text, traceability_score float8, noise_level float8,
    merge_count int, sampling_weight float8, event_period int4[], event_combo int4[], event_weight int4[])$q$, run);
  EXECUTE format('CREATE TABLE personatwin.run_%s_combo (combo_no int PRIMARY KEY, values text[])', run);
  EXECUTE format('CREATE TABLE personatwin.run_%s_member (person_key bytea, persona_no int, why text)', run);
  EXECUTE format($q$INSERT INTO personatwin.run_%s_combo VALUES
    (1, '{theft,guilty,3,1.50,yes}'), (2, '{theft,"not guilty",12,2,no}'), (3, '{assault,NULL,NULL,NULL,NULL}'), (7, '{"a,b","say \"hi\"",3,1.5,"x y"}')$q$, run);
  EXECUTE format($q$INSERT INTO personatwin.run_%s_persona VALUES
    (0, 0, '\x00000000000000000000000000000001', 5, '[20,25)', 22.4, 'F', NULL, 'north', '{"gender": "woman", "income": "100"}', 0.8, '{assault,theft}',
     '{"H1 2014": 3}', '{"guilty": 2}', '{"n": 5}', 'merged', 0.2, 0, 1, NULL,
     '{5114,5114,5295,NULL,4930}'::int4[], '{1,2,3,7,1}', '{2,1,1,3,1}'),
    (1, 0, '\x00000000000000000000000000000002', 5, '[20,25)', 22.4, 'F', NULL, 'north', '{"gender": "woman", "income": "100"}', 0.8, '{theft}',
     '{}', '{}', '{"n": 5}', 'merged', 0.2, 0, 1, NULL, '{5114}', '{1}', '{4}'),
    (2, 1, '\x00000000000000000000000000000003', 5, NULL, NULL, 'M', 'Asian, other', NULL, '{"gender": "man"}', NULL, '{}',
     '{}', '{}', '{"n": 0}', 'merged', 0.2, 0, 1, NULL, '{}', '{}', '{}')$q$, run);
  EXECUTE format($q$INSERT INTO personatwin.run_%s_member SELECT ('\x' || lpad(to_hex(i), 32, '0'))::bytea, i / 5 FROM generate_series(0, 14) i$q$, run);
END $$;
SELECT pg_temp.make_tables(:run);
UPDATE personatwin.run SET fingerprint = pt_test_fingerprint(source, run_id) WHERE run_id = :run;

-- published by the owner, read by the reader
SET ROLE rel_owner;
SELECT release, version, run = :run AS run, personas, events, people, views, average_risk, maximum_risk, status, rules FROM pt_publish_release('vault."Court Events"', 'safe', reader => 'rel_reader', name => 'court');
SET ROLE rel_reader;
SELECT merged_from, age_range, age_mean, gender, ethnicity, geography, attribute_gender, income, confidence_level, event_types, recidivism_indicators FROM safe.court_personas ORDER BY income, event_types;
SELECT p.event_types, e.period, e.period_label, e.sequence_position, e.event_type, e.outcome, e.location, e.detail_weight, e.amount, e.flag, e.weight
  FROM safe.court_events e JOIN safe.court_personas p USING (persona_id) ORDER BY p.event_types, e.sequence_position, e.event_type, e.outcome;
SELECT release, version, domain, people, personas, classes, events, event_rows, period, attacker, target_risk, individual_limit, population_average_risk, maximum_risk, target_met, status,
       profile, rules, risks, suppression, noise_share, synthetic_share, parameters FROM safe.court_about;
SELECT c->>'view' AS view, c->>'column' AS "column", c->>'type' AS type, c->>'about' AS about FROM safe.court_about, jsonb_array_elements(columns) c;
SELECT how_to_analyse FROM safe.court_about;
-- ids: version 8 uuids, one class in two personas; rows stand in their order
SELECT count(DISTINCT persona_id), count(DISTINCT class_id), bool_and(persona_id::text ~ '^.{14}8.{4}[89ab]') FROM safe.court_personas;
SELECT array_agg(persona_id) = array_agg(persona_id ORDER BY persona_id) AS personas_in_order FROM safe.court_personas;
SELECT array_agg(e.*::text) = array_agg(e.*::text ORDER BY persona_id, sequence_position, e.*::text COLLATE "C") AS events_in_order FROM safe.court_events e;
-- the checksums can be recomputed, whatever the settings of the session
SET DateStyle = 'German';
SET extra_float_digits = -5;
SELECT checksums->'personas'->>'sql' AS personas_sql, checksums->'events'->>'sql' AS events_sql, checksums->'personas'->>'sha256' AS personas_sha, checksums->'events'->>'sha256' AS events_sha FROM safe.court_about \gset
SELECT sha = :'personas_sha' AS personas_agree FROM (:personas_sql) x(sha);
SELECT sha = :'events_sha' AS events_agree FROM (:events_sql) x(sha);
RESET DateStyle;
RESET extra_float_digits;

-- the reader has the views and nothing else
SELECT * FROM vault."Court Events";
SELECT * FROM personatwin.release_1_v1_personas;
SELECT * FROM personatwin.run;
SELECT * FROM personatwin.secret;
SELECT * FROM pt_releases();
SELECT * FROM pt_publish_release('vault."Court Events"', 'safe');
SELECT pt_drop_release('vault."Court Events"');
INSERT INTO safe.court_personas DEFAULT VALUES;
SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('vault', 'safe', 'personatwin') AND has_schema_privilege(n.oid, 'USAGE')
   AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT') END
 ORDER BY 1, 2;
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('vault', 'personatwin') AND c.relkind IN ('r', 'v', 'm', 'f', 'p') AND (has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR has_any_column_privilege(c.oid, 'SELECT'));
SELECT count(*) FROM pg_stats WHERE schemaname IN ('vault', 'personatwin', 'safe');
SELECT p.proname FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension x ON x.oid = d.refobjid
 WHERE x.extname = 'personatwin' AND has_function_privilege(p.oid, 'EXECUTE') AND p.proname <> ALL (:open_names);
RESET ROLE;

-- somebody else: no rights on the source, none on the release
SET ROLE rel_other;
SELECT * FROM pt_publish_release('vault."Court Events"', 'safe');
SELECT pt_drop_release('vault."Court Events"');
SELECT count(*) FROM pt_releases();
RESET ROLE;

-- a second version: the same run gives the same bytes; grants of the owner and dependent views survive
SET ROLE rel_owner;
GRANT SELECT (event_type) ON safe.court_events TO rel_other;
GRANT SELECT ON safe.court_about TO PUBLIC;
CREATE VIEW vault.dependent AS SELECT event_type, sum(weight) AS n FROM safe.court_events GROUP BY 1;
CREATE TEMP TABLE first_version AS SELECT * FROM safe.court_events;
SELECT release, version, checksums @> jsonb_build_object('personas', :'personas_sha', 'events', :'events_sha') AS same_bytes FROM pt_publish_release('vault."Court Events"', 'safe', name => 'court');
SELECT count(*) FROM (SELECT * FROM first_version EXCEPT ALL SELECT * FROM safe.court_events) x;
SELECT * FROM vault.dependent ORDER BY 1;
SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'safe' AND grantee <> 'rel_owner' ORDER BY 1, 2;
SELECT grantee, column_name FROM information_schema.column_privileges WHERE table_schema = 'safe' AND grantee = 'rel_other';
SELECT version FROM safe.court_about;
-- another name or schema: other ids
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'Other "name"');
SELECT count(*) AS ids_in_common FROM safe.court_personas JOIN safe."Other ""name""_personas" USING (persona_id);
SELECT count(*) AS classes_in_common FROM safe.court_personas JOIN safe."Other ""name""_personas" USING (class_id);
SELECT name, schema, version, source, run = :run AS run, published_by, readers, personas, events, people, target_risk, average_risk, maximum_risk, status, profile, in_service FROM pt_releases();
SELECT obj_description('safe.court_personas'::regclass), col_description('safe.court_events'::regclass, 8);
RESET ROLE;

-- columns that change: refused while a view depends on them, else the view is made anew with its grants
UPDATE personatwin.run SET event_columns = event_columns - 4 WHERE run_id = :run;
DO $$ DECLARE r bigint := (SELECT max(run_id) FROM personatwin.run); BEGIN EXECUTE format('UPDATE personatwin.run_%s_combo SET values = values[1:4]', r); END $$;
SET ROLE rel_owner;
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'court');
DROP VIEW vault.dependent;
SELECT release, version FROM pt_publish_release('vault."Court Events"', 'safe', name => 'court');
SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'safe' AND table_name LIKE 'court%' AND grantee <> 'rel_owner' ORDER BY 1, 2;
SELECT grantee, column_name FROM information_schema.column_privileges WHERE table_schema = 'safe' AND table_name LIKE 'court%' AND grantee = 'rel_other';
SELECT attname FROM pg_attribute WHERE attrelid = 'safe.court_events'::regclass AND attnum > 0 ORDER BY attnum;

-- refusals
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', run => 999999);
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', profile => 'nobody_knows');
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', profile => 'public_1pct');
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', reader => 'rel_nobody');
SELECT release FROM pt_publish_release('vault."Court Events"', 'personatwin');
SELECT release FROM pt_publish_release('vault."Court Events"', 'pg_catalog');
SELECT release FROM pt_publish_release('vault."Court Events"', '');
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => repeat('x', 60));
SELECT release FROM pt_publish_release(NULL, 'safe');
SELECT release FROM pt_publish_release('vault."Court Events"', NULL);
CREATE TABLE vault.empty (a int);
SELECT release FROM pt_publish_release('vault.empty', 'safe');
CREATE TABLE safe.taken_personas (a int);
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'taken');
SELECT count(*) FROM safe.taken_personas;
BEGIN READ ONLY;
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe');
ROLLBACK;
BEGIN READ ONLY;
SELECT pt_drop_release('vault."Court Events"');
ROLLBACK;
RESET ROLE;
-- a profile that passes, one with a rule unknown here
INSERT INTO personatwin.profile VALUES ('local', '{"average_risk": 0.2, "min_size": 5, "min_diversity": 1}', 'test', '2026-01-01', 'a profile of our own'),
                                       ('diverse', '{"min_diversity": 3}', 'test', '2026-01-01', 'more than is measured'),
                                       ('odd', '{"colour": 3}', 'test', '2026-01-01', 'a rule that nobody knows');
SET ROLE rel_owner;
SELECT version, rules FROM pt_publish_release('vault."Court Events"', 'safe', profile => 'local', name => 'court');
SELECT version FROM pt_publish_release('vault."Court Events"', 'safe', profile => 'diverse', name => 'court');
SELECT version FROM pt_publish_release('vault."Court Events"', 'safe', profile => 'odd', name => 'court');
-- not met
RESET ROLE;
UPDATE personatwin.run SET target_met = false, maximum_risk = 0.5 WHERE run_id = :run;
SET ROLE rel_owner;
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'court');
RESET ROLE;
UPDATE personatwin.run SET target_met = true WHERE run_id = :run;
SET ROLE rel_owner;
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'court');
RESET ROLE;
UPDATE personatwin.run SET maximum_risk = 0.2 WHERE run_id = :run;
SET ROLE rel_owner;
-- another run of the same source: what a comparison of the two gives away
RESET ROLE;
SELECT nextval('personatwin.run_id_seq') AS other \gset
INSERT INTO personatwin.run SELECT (jsonb_populate_record(r, jsonb_build_object('run_id', :other, 'event_columns', r.event_columns || '{"name": "flag", "role": "detail", "level": 1}'::jsonb, 'period', 'none'))).*
  FROM personatwin.run r WHERE run_id = :run;
SELECT pg_temp.make_tables(:other);
DO $$ DECLARE o bigint := (SELECT max(run_id) FROM personatwin.run); BEGIN
  EXECUTE format('UPDATE personatwin.run_%s_member SET persona_no = CASE WHEN get_byte(person_key, 15) < 4 THEN 0 WHEN get_byte(person_key, 15) < 10 THEN 1 ELSE 2 END', o);
  EXECUTE format('UPDATE personatwin.run_%s_persona SET sampling_weight = 1.5', o);
END $$;
UPDATE personatwin.run SET fingerprint = pt_test_fingerprint(source, run_id) WHERE run_id = :other;
SET ROLE rel_owner;
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'second', run => :other);
-- dropping what was published lifts nothing; the same grouping under other settings may be published beside it
BEGIN;
SELECT pt_drop_release('vault."Court Events"') > 0 AS dropped;
SELECT pt_drop_run(:run);
SAVEPOINT here;
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'second', run => :other);
ROLLBACK;
RESET ROLE;
DO $$ DECLARE o bigint := (SELECT max(run_id) FROM personatwin.run); BEGIN
  EXECUTE format('UPDATE personatwin.run_%s_member SET persona_no = get_byte(person_key, 15) / 5', o);
END $$;
SET ROLE rel_owner;
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'second', run => :other);
SELECT count(period), count(period_label), count(sequence_position), count(*) FROM safe.second_events;
SELECT sum(sampling_weight * merged_from) AS population FROM safe.second_personas;
SELECT pt_drop_release('vault."Court Events"', name => 'second');
RESET ROLE;
-- a superuser has no run of its own here, but may publish one that it names
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'second');
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'second', run => :other);
SELECT pt_drop_release('vault."Court Events"', name => 'second');
RESET ROLE;
DELETE FROM personatwin.run WHERE run_id = :other;
SET ROLE rel_owner;
-- a reader who can read the source anyway
GRANT USAGE ON SCHEMA vault TO rel_reader;
GRANT SELECT (age) ON vault."Court Events" TO rel_reader;
SELECT version FROM pt_publish_release('vault."Court Events"', 'safe', reader => 'rel_reader', name => 'court');
REVOKE SELECT (age) ON vault."Court Events" FROM rel_reader;
SELECT version FROM pt_publish_release('vault."Court Events"', 'safe', reader => 'rel_owner', name => 'court');
-- the source has changed
UPDATE vault."Court Events" SET result = 'dismissed' WHERE person = 3;
SELECT release FROM pt_publish_release('vault."Court Events"', 'safe', name => 'court');

-- small counts of suppressed people are not printed
SELECT suppression FROM safe.court_about;

-- DROP EXTENSION refuses while releases or runs exist
RESET ROLE;
DO $$ BEGIN DROP EXTENSION personatwin; EXCEPTION WHEN dependent_objects_still_exist THEN RAISE WARNING '%', sqlerrm; END $$;

-- dropping
SET ROLE rel_owner;
CREATE VIEW vault.dependent AS SELECT event_type FROM safe.court_events;
SELECT pt_drop_release('vault."Court Events"', name => 'court');
DROP VIEW vault.dependent;
SELECT pt_drop_release('vault."Court Events"', 'nowhere');
-- the views moved to another schema, a foreign relation in the place of one: ours goes, the other stays
CREATE SCHEMA elsewhere;
ALTER VIEW safe.court_events SET SCHEMA elsewhere;
CREATE TABLE safe.court_events (a int);
SELECT pt_drop_release('vault."Court Events"', name => 'court');
SELECT c.relname FROM pg_class c WHERE relnamespace IN ('safe'::regnamespace, 'elsewhere'::regnamespace) ORDER BY 1;
DROP TABLE safe.court_events;
DROP SCHEMA elsewhere;
SELECT name, version, in_service, readers FROM pt_releases();
-- the source is dropped: the release stays readable, is listed, and can be dropped by name
DROP TABLE vault."Court Events";
SELECT count(*) FROM safe."Other ""name""_personas";
SELECT name, version, source, in_service FROM pt_releases() WHERE in_service;
SELECT pt_drop_release(NULL);
SET ROLE rel_other;
SELECT pt_drop_release(NULL, 'safe', 'Other "name"');
SET ROLE rel_owner;
SELECT pt_drop_release(NULL, 'safe', 'Other "name"');
SELECT count(*) FILTER (WHERE in_service) FROM pt_releases();
RESET ROLE;
SELECT relname FROM pg_class WHERE relnamespace = 'personatwin'::regnamespace AND relname LIKE 'release\_%\_v%';

-- the writer: straight into the heap, or by INSERT where something has to happen per row; the same rows
BEGIN;
CREATE TABLE plain (a int, b text);
CREATE TABLE checked (a int CHECK (a > 0), b text);
SELECT pt_test_write('plain', 2500), pt_test_write('checked', 2500);
SELECT count(*), count(b), sum(a), sum(length(b)) FROM plain;
SELECT count(*) FROM (TABLE plain EXCEPT ALL TABLE checked) x;
SELECT pt_test_write('plain', 0);
CREATE INDEX ON plain (a);
SELECT pt_test_write('plain', 10);
SELECT count(*) FROM plain WHERE a = 3;
ROLLBACK;

-- periods and bands
SELECT pt_period(date '2014-05-17', l), pt_period_label(date '2014-05-17', l) FROM unnest('{day,week,month,quarter,half-year,year}'::text[]) l;
SELECT pt_period(timestamp '2014-12-31 23:59', 'year'), pt_period_label(pt_period(date 'infinity', 'year'), 'year'), pt_period('-infinity'::date, 'week'), pt_period('0044-03-15 BC'::date, 'quarter'), pt_period_label('0044-03-15 BC'::date, 'quarter');
SELECT pt_period(date '2014-01-01', 'decade');
SELECT pt_age_band(37, 5), pt_age_band(-5, 10), pt_age_band(0, 1), pt_age_band(NULL, 5);
SELECT pt_age_band(1, 0);
SELECT pt_age_band(2147483647, 10);
SELECT day FROM generate_series(date '1890-01-01', date '2110-12-31', interval '1 day') day, unnest('{week,month,quarter,year}'::text[]) l
 WHERE lower(pt_period(day::date, l)) <> date_trunc(l, day)::date OR upper(pt_period(day::date, l)) <> (date_trunc(l, day) + CASE l WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || l)::interval END)::date
    OR (l = 'week' AND pt_period_label(day::date, l) <> to_char(day, '"W"IW IYYY')) OR (l = 'quarter' AND pt_period_label(day::date, l) <> to_char(day, '"Q"Q YYYY'));

DROP TABLE vault.empty, safe.taken_personas;
DROP SCHEMA safe, vault;
DELETE FROM personatwin.profile WHERE NOT built_in;
DROP FUNCTION pt_test_fingerprint, pt_test_write;
DO $$ DECLARE t text; BEGIN FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'personatwin'::regnamespace AND relname ~ '^run_[0-9]+_' AND relkind = 'r' LOOP EXECUTE 'DROP TABLE personatwin.' || t; END LOOP; DELETE FROM personatwin.run; END $$;
DROP OWNED BY rel_owner, rel_reader, rel_other;
DROP EXTENSION personatwin;
DROP ROLE rel_owner, rel_reader, rel_other;
