-- Bad arguments and bad data: the right error with what, where and how to mend it, or a counted repair.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
\set VERBOSITY verbose
\set SHOW_CONTEXT never
-- the place in the source of an error is no part of the answer
CREATE TABLE t (person_id int, age int, gender text, race text, happened date, event_type text, outcome text);
SELECT count(pt_set_role('t', c, r)) FROM (VALUES ('person_id', 'person'), ('age', 'quasi-identifier: age'), ('gender', 'quasi-identifier: gender'),
  ('race', 'quasi-identifier: ethnicity'), ('happened', 'event time'), ('event_type', 'event type'), ('outcome', 'outcome')) v(c, r);
CREATE FUNCTION answer(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; detail text; hint text; n bigint;
BEGIN
  EXECUTE 'SELECT count(*) FROM ' || call INTO n;
  RETURN n || ' rows';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN state || ' ' || message || CASE WHEN hint = '' AND detail = '' THEN ' (NO HINT)' ELSE '' END;
END $$;
\pset format unaligned
\pset tuples_only on

-- arguments
SELECT answer('pt_create_personas(''t'', ' || a || ')') FROM (VALUES ('NULL'), ('0'), ('-1'), ('''NaN'''), ('1.5'), ('''Infinity'''),
  ('min_size => 1'), ('min_size => -5'), ('max_size => 0'), ('min_size => 60, max_size => 50'), ('age_tolerance => -1'), ('age_tolerance => ''NaN'''),
  ('cohesion => 2'), ('cohesion => ''NaN'''), ('individual_limit => 0'), ('individual_limit => 2'), ('individual_limit => ''NaN'''),
  ('attacker => ''god'''), ('attacker => ''register'''), ('attacker => ''demographics+1'''), ('period => ''decade'''), ('period => '''''),
  ('privacy_level => ''extreme'''), ('privacy_level => '''''), ('profile => ''x'''), ('domain => ''x'''), ('domain => '''''), ('person_key => ''x'''), ('person_key => '''''),
  ('geography_level => ''galaxy'''), ('geography_level => '''''), ('preserve => ARRAY[''galaxy'']'), ('preserve => ARRAY[NULL]'), ('preserve => ARRAY[[''outcome''],[''event_type'']]'),
  ('as_of => ''infinity'''), ('dry_run => NULL'), ('allow_row_security => NULL'), ('people => 99999')) v(a);
SELECT answer('pt_create_personas(NULL)');
SELECT answer('pt_create_personas(99999)');
SELECT answer('pt_frontier(''t'', NULL)'), answer('pt_frontier(''t'', ''{}'')'), answer('pt_frontier(''t'', ''{0.1,NULL}'')'), answer('pt_frontier(''t'', ''{0.1,2}'')');
SELECT answer('pt_population_risk(NULL)'), answer('pt_population_risk(''t'')'), answer('pt_population_risk(''t'', 77)'), answer('pt_explain_person(''t'', NULL)'),
       answer('pt_drop_run(NULL)'), answer('pt_drop_run(77)');
CREATE SEQUENCE s;
CREATE INDEX i ON t (age);
SELECT answer('pt_create_personas(''s'')'), answer('pt_create_personas(''i'')');

-- data
\pset format aligned
\pset tuples_only off
\set VERBOSITY terse
SET client_min_messages = notice;
SELECT count(*) FROM pt_create_personas('t');
\set VERBOSITY default
SELECT FROM pt_publish_release('t', 'nowhere');
\set VERBOSITY terse
INSERT INTO t VALUES (1, 30, 'm', 'x', '2020-01-01', 'arrest', 'convicted');
SELECT count(*) FROM pt_create_personas('t');
TRUNCATE t;
INSERT INTO t SELECT i, 20 + i % 30, 'm', 'x', '2020-01-01', 'arrest', 'convicted' FROM generate_series(1, 30) i;
SELECT count(*), sum(merged_from) FROM pt_create_personas('t');
SELECT status, target_met, recommendation, help FROM pt_population_risk('t');
-- all identical
TRUNCATE t;
INSERT INTO t SELECT i, 30, 'm', 'x', '2020-01-01', 'arrest', 'convicted' FROM generate_series(1, 500) i;
SELECT count(*), sum(merged_from), max(traceability_score) FROM pt_create_personas('t');
-- all different
TRUNCATE t;
INSERT INTO t SELECT i, i % 90, 'm' || i % 2, 'x' || i % 3, date '2000-01-01' + i * 3, 'type ' || i, 'outcome ' || i FROM generate_series(1, 2000) i;
SELECT count(*) > 0, sum(merged_from) FROM pt_create_personas('t', 0.05);
SELECT target_met, population_average_risk <= 0.05, maximum_risk <= 0.10 FROM pt_population_risk('t');
-- NULLs, ages -5 and 200, infinite, BC and future dates, contradictions, duplicates
TRUNCATE t;
INSERT INTO t SELECT CASE WHEN i % 10 <> 0 THEN i END, (ARRAY[-5, 200, NULL, 30, 31, 32])[1 + i % 6], CASE WHEN i % 2 = 0 THEN 'm' END, CASE WHEN i % 3 = 0 THEN 'x' END,
                     (ARRAY['infinity', '-infinity', NULL, '0044-03-15 BC', '2999-01-01', '2020-01-01', '2020-02-01'])[1 + i % 7]::date,
                     CASE WHEN i % 7 <> 1 THEN 'arrest' END, NULL
  FROM generate_series(1, 3000) i;
INSERT INTO t SELECT i, 33, 'f', 'y', '2020-01-01', 'arrest', NULL FROM generate_series(1, 100) i;
INSERT INTO t SELECT * FROM t WHERE person_id < 50;
SELECT count(*) > 0, sum(merged_from) = (SELECT count(DISTINCT person_id) FROM t) FROM pt_create_personas('t', 0.05);
-- an event column of every kind that can't be an event time
CREATE TABLE wrong AS SELECT i AS person_id, 30 AS age, i AS happened, 'arrest'::text AS event_type FROM generate_series(1, 100) i;
SELECT count(pt_set_role('wrong', c, r)) FROM (VALUES ('person_id', 'person'), ('age', 'quasi-identifier: age'), ('happened', 'event time'), ('event_type', 'event type')) v(c, r);
SELECT count(*) FROM pt_create_personas('wrong');
-- memory
SET personatwin.memory_limit = '1MB';
TRUNCATE t;
INSERT INTO t SELECT i, 30, 'm', 'x', '2020-01-01', 'arrest', 'convicted' FROM generate_series(1, 100000) i;
SELECT count(*) FROM pt_create_personas('t');
RESET personatwin.memory_limit;
-- names that are SQL
CREATE TABLE "; drop table t; --" ("; drop table t; --" int, """quoted""" text, "Größe" int);
INSERT INTO "; drop table t; --" SELECT i, CASE WHEN i % 2 = 0 THEN 'it''s' ELSE '"' END, 20 + i % 40 FROM generate_series(1, 1000) i;
SET client_min_messages = warning;
SELECT count(pt_set_role('"; drop table t; --"', c, r)) FROM (VALUES ('; drop table t; --', 'person'), ('"quoted"', 'quasi-identifier: gender'), ('Größe', 'quasi-identifier: age')) v(c, r);
SELECT count(*) > 0, array_agg(DISTINCT gender) FROM pt_create_personas('"; drop table t; --"', 0.05, attacker => 'demographics');
SELECT count(*) FROM t;
-- a privilege on every column that is read, on no other
CREATE ROLE bad_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO bad_owner;
ALTER TABLE t OWNER TO bad_owner;
REVOKE SELECT ON t FROM bad_owner;
GRANT SELECT (person_id, age, gender, race, happened, event_type) ON t TO bad_owner;
SET ROLE bad_owner;
SELECT count(*) FROM pt_create_personas('t', dry_run => true);
SELECT pt_set_role('t', 'outcome', 'ignore');
SELECT count(*) > 0 FROM pt_create_personas('t', dry_run => true);
RESET ROLE;
-- rows that row security hides
GRANT SELECT ON t TO bad_owner;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY half ON t USING (person_id < 50000);
SET ROLE bad_owner;
SELECT sum(merged_from) FROM pt_create_personas('t', dry_run => true);
ALTER TABLE t FORCE ROW LEVEL SECURITY;
SELECT sum(merged_from) FROM pt_create_personas('t', dry_run => true);
SELECT sum(merged_from) FROM pt_create_personas('t', allow_row_security => true);
SELECT parameters->>'allow_row_security' FROM pt_runs() ORDER BY run_id DESC LIMIT 1;
RESET ROLE;
DROP TABLE t, wrong, "; drop table t; --";
DROP SEQUENCE s;
SELECT count(pt_drop_run(run_id)) > 0 FROM pt_runs();
DROP FUNCTION answer;
DROP OWNED BY bad_owner;
DROP ROLE bad_owner;
DROP EXTENSION personatwin CASCADE;
