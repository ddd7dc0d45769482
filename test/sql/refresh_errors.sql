-- What an officer reads when a publication or refresh is refused: what is wrong, where, how to mend it; the version in service stays.
SET client_min_messages = error;
CREATE EXTENSION personatwin;
CREATE TABLE court_events (person int, age int, kind text, outcome text);
INSERT INTO court_events SELECT i, 30, 'theft', CASE WHEN i % 2 = 0 THEN 'guilty' END FROM generate_series(1, 200) i;
SELECT count(pt_set_role('court_events', c, r)) FROM (VALUES ('person', 'person'), ('age', 'quasi-identifier: age'), ('kind', 'event type'), ('outcome', 'outcome')) v(c, r);

-- profiles: unknown, and one that can't pass
SELECT count(*) FROM pt_create_personas('court_events', profile => 'publik');
SELECT count(*) > 0 AS made FROM pt_create_personas('court_events', 0.01, individual_limit => 0.1);
SELECT version FROM pt_publish_release('court_events', 'safe', profile => 'publik');
SELECT pt_define_profile('impossible', '{"average_risk": 0.000001}', 'this test', '2026-11-27', 'can not pass');
SELECT version FROM pt_publish_release('court_events', 'safe', profile => 'impossible');
SELECT rule, required, found, passed, remedy FROM pt_check_profile('court_events', 'impossible');
-- a target that can't be reached: told with the best level, and not published
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM pt_create_personas('court_events', 0.0001);
SET client_min_messages = error;
SELECT version FROM pt_publish_release('court_events', 'safe');
SELECT pt_drop_run(max(run_id)) FROM pt_runs();

SELECT version FROM pt_publish_release('court_events', 'safe');
CREATE FUNCTION in_service() RETURNS text LANGUAGE sql AS $$
  SELECT 'version ' || a.version || ' of ' || (SELECT sum(merged_from) FROM safe.court_events_personas) || ' people' FROM safe.court_events_about a $$;
-- columns that changed: each is an error that names the column, and nothing is published
INSERT INTO court_events SELECT i, 30, 'theft', CASE WHEN i % 2 = 0 THEN 'guilty' END FROM generate_series(201, 260) i;
BEGIN; ALTER TABLE court_events RENAME kind TO what; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
BEGIN; ALTER TABLE court_events DROP COLUMN outcome; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
BEGIN; ALTER TABLE court_events DROP COLUMN age; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
BEGIN; ALTER TABLE court_events ALTER kind TYPE varchar(20); SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
-- a label removed, changed, added
BEGIN; SECURITY LABEL FOR personatwin ON COLUMN court_events.outcome IS NULL; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
BEGIN; SECURITY LABEL FOR personatwin ON COLUMN court_events.age IS NULL; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
BEGIN; SECURITY LABEL FOR personatwin ON COLUMN court_events.kind IS NULL; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
BEGIN; SECURITY LABEL FOR personatwin ON COLUMN court_events.person IS NULL; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
BEGIN; SELECT pt_set_role('court_events', 'outcome', 'detail'); SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
-- a new column without a role stays out; with one it is a change
BEGIN; ALTER TABLE court_events ADD COLUMN shoe_size int; SELECT changed, entered FROM pt_refresh_release('court_events'); ROLLBACK;
BEGIN; ALTER TABLE court_events ADD COLUMN shoe_size int; SELECT pt_set_role('court_events', 'shoe_size', 'quasi-identifier'); SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
SELECT in_service();

-- the target no longer holds: everybody has got an event that nobody else has
BEGIN;
INSERT INTO court_events SELECT person, age, 'affair ' || person, NULL FROM court_events WHERE person <= 200;
SELECT changed FROM pt_refresh_release('court_events');
ROLLBACK;
SELECT in_service();
-- nobody is left
BEGIN; TRUNCATE court_events; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
-- no release under that name, a read-only transaction, NULL
SELECT changed FROM pt_refresh_release('court_events', 'elsewhere');
BEGIN READ ONLY; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;
SELECT changed FROM pt_refresh_release(NULL);
-- a dropped source
SELECT 'court_events'::regclass::oid AS gone \gset
BEGIN;
DROP TABLE court_events;
SAVEPOINT s;
\set VERBOSITY terse
SELECT changed FROM pt_refresh_release(:gone::regclass);
ROLLBACK TO s;
SELECT source, in_service FROM pt_releases();
SELECT in_service();
ROLLBACK;
\set VERBOSITY default
-- a table of the same name is another one
BEGIN; ALTER TABLE court_events RENAME TO old; CREATE TABLE court_events AS TABLE old; SELECT changed FROM pt_refresh_release('court_events'); ROLLBACK;

-- noise: what comes later would be shown without it
CREATE TABLE noisy AS SELECT person + 1000 AS person, age, kind, outcome, date '2020-01-01' + person AS day FROM court_events;
SELECT count(pt_set_role('noisy', c, r)) FROM (VALUES ('person', 'person'), ('age', 'quasi-identifier: age'), ('kind', 'event type'), ('day', 'event time')) v(c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('noisy', 0.05, jitter => 10);
SELECT version FROM pt_publish_release('noisy', 'safe');
\set VERBOSITY terse
SELECT changed FROM pt_refresh_release('noisy');
\set VERBOSITY default
-- nobody is expunged from it either, and nobody remembered, before it is dropped
SELECT count(*) FROM pt_expunge('noisy', '1001');
SELECT pt_drop_release('noisy');
SELECT count(*) AS refreshed, (SELECT count(*) FROM personatwin.expunged) AS remembered_before FROM pt_expunge('noisy', '1001');
SELECT count(*) AS remembered FROM personatwin.expunged;
SELECT changed, entered, version FROM pt_refresh_release('court_events');
SELECT in_service();

-- the same people under other keys would be grouped anew: another spelling, another numbering, whatever is expunged; fewer than half of them are people who left and came
CREATE TABLE cases AS SELECT person_id AS person, age, sex, event_date, event_type, outcome FROM pt_sample_court_events(600, 3);
SELECT count(pt_set_role('cases', c, r)) FROM (VALUES ('person', 'person'), ('age', 'quasi-identifier: age'), ('sex', 'quasi-identifier: gender'), ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('cases', 0.05, individual_limit => 0.2, as_of => '2024-01-01', period => 'month');
SELECT version FROM pt_publish_release('cases', 'safe');
BEGIN; ALTER TABLE cases ALTER person TYPE text USING lpad(person::text, 16, '0'); SELECT changed FROM pt_refresh_release('cases'); ROLLBACK;
\set VERBOSITY terse
BEGIN; UPDATE cases SET person = -person WHERE person % 10 < 7; SELECT changed FROM pt_refresh_release('cases'); ROLLBACK;
BEGIN; UPDATE cases SET person = -person; SELECT changed FROM pt_expunge('cases', '1000000000007'); ROLLBACK;
\set VERBOSITY default
BEGIN; UPDATE cases SET person = -person WHERE person % 10 < 3; SELECT changed, "left" FROM pt_refresh_release('cases'); ROLLBACK;
-- others who come for everybody are no such people
BEGIN; DELETE FROM cases; INSERT INTO cases SELECT -person_id, age, sex, event_date, event_type, outcome FROM pt_sample_court_events(600, 4); SELECT changed, "left" FROM pt_refresh_release('cases'); ROLLBACK;

DROP EXTENSION personatwin CASCADE;
DROP SCHEMA safe CASCADE;
DROP TABLE court_events, noisy, cases;
DROP FUNCTION in_service;
