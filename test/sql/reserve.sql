-- The reserve of a target: kept by the ladder, used up by refreshes, judged by nobody.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
CREATE TABLE pool AS SELECT person_id, age, sex, event_date, event_type, outcome FROM pt_sample_court_events(2000, 3);
CREATE TABLE court_events AS SELECT * FROM pool;
SELECT count(pt_set_role('court_events', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('age', 'quasi-identifier: age'),
  ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('court_events', 0.03, reserve => 0.2, as_of => '2024-01-01');
SELECT target_risk, target_met, population_average_risk <= 0.024 AS reserve_kept, help FROM pt_population_risk('court_events');
-- every step is judged by what has to be reached
SELECT bool_and(holds = (average_after <= 0.024 AND maximum_after <= 0.1)) AS by_what_is_left, count(*) FILTER (WHERE average_after > 0.024 AND average_after <= 0.03) > 0 AS matters FROM pt_decisions('court_events');
SELECT parameters->'reserve' AS reserve FROM pt_runs();
SELECT release FROM pt_publish_release('court_events', 'safe');
SELECT target_risk, target_met, parameters->'reserve' AS reserve, rules->0->>'required' AS required FROM safe.court_events_about;
SELECT checksums->'personas'->>'sha256' AS sums FROM safe.court_events_about \gset
-- the same calls make the same bytes
SELECT regexp_replace(call, '^.*(reserve => [0-9.]+).*$', '\1') AS call FROM pt_reproduce((SELECT max(run_id) FROM pt_runs())) WHERE step = 1;
SELECT 'WITH x AS MATERIALIZED (' || call || ') SELECT count(*) > 0 AS done FROM x' FROM pt_reproduce((SELECT max(run_id) FROM pt_runs())) ORDER BY step \gexec
SELECT checksums->'personas'->>'sha256' = :'sums' AS same_bytes, version FROM safe.court_events_about;

-- People leave until the reserve is used: nobody is taken out of service for the target, which a release without one has to do.
CREATE TABLE plain AS SELECT person_id + 1000000 AS person_id, age, sex, event_date, event_type, outcome FROM pool;
SELECT count(pt_set_role('plain', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('age', 'quasi-identifier: age'),
  ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('plain', 0.03, as_of => '2024-01-01');
SELECT release FROM pt_publish_release('plain', 'safe');
DELETE FROM court_events WHERE person_id IN (SELECT person_id FROM pool GROUP BY person_id ORDER BY md5(person_id::text) LIMIT 6);
DELETE FROM plain WHERE person_id - 1000000 IN (SELECT person_id FROM pool GROUP BY person_id ORDER BY md5(person_id::text) LIMIT 6);
SELECT "left", suspended FROM pt_refresh_release('court_events');
SELECT population_average_risk > 0.024 AS reserve_used, population_average_risk <= 0.03 AS target_holds FROM safe.court_events_about;
SELECT step, action, holds, chosen FROM pt_decisions('court_events');
SELECT target_met, parameters->'reserve' AS reserve FROM pt_runs() WHERE source = 'court_events'::regclass ORDER BY run_id DESC LIMIT 1;
SET client_min_messages = error;
SELECT "left", suspended > 0 AS some_suspended FROM pt_refresh_release('plain');
SET client_min_messages = warning;

-- a reserve that can't be kept: the target holds, and a warning says what is missing
CREATE TABLE odd AS SELECT i AS person, 30 AS age, 'thing ' || i AS kind FROM generate_series(1, 400) i;
SELECT count(pt_set_role('odd', c, r)) FROM (VALUES ('person', 'person'), ('age', 'quasi-identifier: age'), ('kind', 'event type')) v(c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('odd', 0.022, reserve => 0.5);
SELECT target_met, help FROM pt_population_risk('odd');
-- an average that is the target itself: not held, and said so
SELECT count(*) > 0 AS made FROM pt_create_personas('odd', 0.02);
SELECT release FROM pt_publish_release('odd', 'safe');
SELECT count(*) > 0 AS made FROM pt_create_personas('odd', 0.02002);
SELECT release FROM pt_publish_release('odd', 'safe');
-- nobody can be counted there, and the reader is told why the tables are empty
SELECT tables FROM safe.odd_about;

-- the other ways to make personas
SELECT target_risk, target_met, population_average_risk <= target_risk * 0.7 AS reserve_kept FROM pt_frontier('pool', '{0.1,0.05}', reserve => 0.3);
CALL pt_build('pool', 0.05, reserve => 0.3);
SELECT population_average_risk <= 0.035 AS reserve_kept, target_risk FROM pt_population_risk('pool');
-- a bad value, and none
\set VERBOSITY default
SELECT pt_create_personas('pool', reserve => -0.1);
SELECT pt_create_personas('pool', reserve => 0.91);
SELECT pt_create_personas('pool', reserve => 'NaN');
SELECT pt_frontier('pool', '{0.05}', reserve => 1);
CALL pt_build('pool', reserve => 'Infinity');
SELECT count(*) > 0 AS made FROM pt_create_personas('pool', 0.05, reserve => NULL, dry_run => true);

DROP EXTENSION personatwin CASCADE;
DROP SCHEMA safe CASCADE;
DROP TABLE pool, court_events, plain, odd;
