-- Refreshed runs made again from what the audit knows; newcomers of unseen demographics; the steps of a refresh.
SET client_min_messages = error;
CREATE EXTENSION personatwin;
CREATE TABLE pool AS SELECT person_id - 999999999999 AS person_id, age, sex, race, event_date, event_type, outcome FROM pt_sample_court_events(1000, 3);
CREATE TABLE court_events AS TABLE pool;
SELECT count(pt_set_role('court_events', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('race', 'quasi-identifier: ethnicity'), ('age', 'quasi-identifier: age'),
  ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
CREATE TABLE sums (version int, sums jsonb);
CREATE FUNCTION keep() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO sums SELECT version, jsonb_build_object('personas', checksums->'personas'->'sha256', 'events', checksums->'events'->'sha256') FROM safe.court_events_about; END $$;
CREATE TABLE month1 AS TABLE court_events;
SELECT count(*) > 0 AS made FROM pt_create_personas('court_events', 0.1, individual_limit => 0.1, seed => 5);
SELECT max(run_id) AS first_run FROM pt_runs() \gset
SELECT version FROM pt_publish_release('court_events', 'safe');
SELECT keep();

-- seven of a race that nobody had wait; with four more they enter together, in a class of their own
INSERT INTO court_events SELECT person_id + 5000, 30 + person_id % 4, 'Female', 'Martian', event_date, event_type, outcome FROM pool WHERE person_id <= 7;
DELETE FROM court_events WHERE person_id IN (7, 77, 777);
CREATE TABLE month2 AS TABLE court_events;
SELECT version, changed, in_new_classes, without_class FROM pt_refresh_release('court_events');
SELECT keep();
INSERT INTO court_events SELECT person_id + 5000, 30 + person_id % 4, 'Female', 'Martian', event_date, event_type, outcome FROM pool WHERE person_id BETWEEN 8 AND 11;
CREATE TABLE month3 AS TABLE court_events;
SELECT version, changed, in_new_classes, without_class FROM pt_refresh_release('court_events');
SELECT keep();
SELECT ethnicity, gender, age_range, age_mean, sum(merged_from) AS people FROM safe.court_events_personas WHERE ethnicity = 'Martian' GROUP BY 1, 2, 3, 4;
SELECT step, action, setting, holds, chosen, average_after <= 0.1 AS held, utility_after, why FROM pt_decisions('court_events') ORDER BY step;
SELECT action, run_id - :first_run AS run, version, parameters->'refreshes' AS refreshes, result ? 'fingerprint' AS fingerprint, result->'in_new_classes' AS in_new_classes
  FROM pt_audit_log() WHERE action IN ('create personas', 'publish', 'refresh') ORDER BY entry;
-- the whole way to the last version
SELECT max(run_id) AS last_run FROM pt_runs() \gset
\pset format unaligned
SELECT step, regexp_replace(call, 'as_of => ''[0-9-]+''', 'as_of => ...') AS call, regexp_replace(note, '[0-9a-f]{32}', '...') AS note FROM pt_reproduce(:last_run);
\pset format aligned
SELECT count(*) AS steps_of_the_first FROM pt_reproduce(:first_run);

-- once more, from nothing: releases and runs are dropped, the rows are those of each month
SELECT pt_drop_release('court_events');
SELECT count(pt_drop_run(run_id)) AS dropped FROM pt_runs();
SELECT max(call) FILTER (WHERE step = 1) AS one, max(call) FILTER (WHERE step = 2) AS two, max(call) FILTER (WHERE step = 3) AS three, max(call) FILTER (WHERE step = 4) AS four, count(*) AS steps
  FROM pt_reproduce(:last_run) \gset
TRUNCATE court_events;
INSERT INTO court_events TABLE month1 ORDER BY md5(month1::text);
WITH x AS MATERIALIZED (:one) SELECT count(*) FROM x;
WITH x AS MATERIALIZED (:two) SELECT count(*) FROM x;
SELECT keep();
TRUNCATE court_events;
INSERT INTO court_events TABLE month2;
WITH x AS MATERIALIZED (:three) SELECT count(*) FROM x;
SELECT keep();
TRUNCATE court_events;
INSERT INTO court_events TABLE month3;
WITH x AS MATERIALIZED (:four) SELECT count(*) FROM x;
SELECT keep();
SELECT version, count(*), count(DISTINCT sums) AS bytes FROM sums GROUP BY 1 ORDER BY 1;
-- a key that nobody has is remembered, but the caller is told
SET client_min_messages = warning;
SELECT changed, "left" FROM pt_expunge('court_events', 'l00');
SET client_min_messages = error;
-- a person is expunged: that can't be undone to make earlier versions again
SELECT changed, "left" FROM pt_expunge('court_events', '100');
SELECT bool_or(note LIKE '%never published again%') AS says_so FROM pt_reproduce((SELECT max(run_id) FROM pt_runs()));

-- who was expunged is not published from a view of the same rows either, and whoever expunges is told of what views have published
CREATE TABLE office AS SELECT i AS person_id, 20 + i % 40 AS age, CASE WHEN i % 2 = 0 THEN 'M' ELSE 'F' END AS sex, date '2020-01-01' + i % 900 AS event_date,
  (ARRAY['arrest', 'charge'])[1 + i % 2] AS event_type FROM generate_series(1, 1000) i;
SELECT count(*) AS refreshed FROM pt_expunge('office', '5');
CREATE VIEW office_view AS SELECT * FROM office;
SELECT count(*) > 0 AS made FROM pt_create_personas('office_view', 0.05);
SELECT release FROM pt_publish_release('office_view', 'safe');
CREATE VIEW office_others AS SELECT * FROM office WHERE person_id <> 5;
SELECT count(*) > 0 AS made FROM pt_create_personas('office_others', 0.05);
SELECT release FROM pt_publish_release('office_others', 'safe');
SET client_min_messages = warning;
SELECT count(*) AS refreshed FROM pt_expunge('office', '6');
SET client_min_messages = error;
SELECT "left" FROM pt_refresh_release('office_others');

-- whose events wait has at least the risk of the version before: one in ten people is a limit of 0.1, not more, and nobody is suspended for it
CREATE TABLE cases AS SELECT i AS person, 20 + i / 10 AS age, date '2024-01-15' AS day, 'arrest' AS kind FROM generate_series(0, 199) i;
SELECT count(pt_set_role('cases', c, r)) FROM (VALUES ('person', 'person'), ('age', 'quasi-identifier: age'), ('kind', 'event type'), ('day', 'event time')) v(c, r);
SELECT max(merged_from) FILTER (WHERE 20 <@ age_range) AS people, max(traceability_score) AS risk FROM pt_create_personas('cases', 0.1, individual_limit => 0.1, as_of => '2024-01-01', period => 'month');
SELECT version FROM pt_publish_release('cases', 'safe');
INSERT INTO cases VALUES (0, 20, '2024-03-15', 'charge');
INSERT INTO cases SELECT i, 39, '2024-01-15', 'arrest' FROM generate_series(1000, 1019) i;
SELECT changed, entered, changes_waiting, suspended, maximum_risk FROM pt_refresh_release('cases');

DROP EXTENSION personatwin CASCADE;
DROP SCHEMA safe CASCADE;
DROP TABLE office CASCADE;
DROP TABLE cases, pool, court_events, month1, month2, month3, sums;
DROP FUNCTION keep;
