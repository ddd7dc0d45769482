-- Tables of people of several runs of the same people: a second run shows no count that the first did not show, since one could be
-- subtracted from the other.
CREATE EXTENSION personatwin;
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(1500, 1);
SET client_min_messages = error;
CREATE FUNCTION make(length text) RETURNS boolean LANGUAGE sql AS
  $$ SELECT count(*) > 0 FROM pt_create_personas('court', 0.1, individual_limit => 0.2, attacker => 'demographics', period => length) $$;

SELECT make('quarter');
SELECT version FROM pt_publish_release('court', 'safe', name => 'first');
SELECT tables->>'empty_because' AS empty_because, (tables->>'groups')::int > 0 AS groups, (tables->>'intervals')::int > 0 AS intervals FROM safe.first_about;
SELECT counts IS NOT NULL AS counts FROM personatwin.membership;

-- the same run under another name, and the same choices once more: the same counts
SELECT version FROM pt_publish_release('court', 'safe', name => 'again');
SELECT make('quarter');
SELECT version FROM pt_publish_release('court', 'safe', name => 'same');
SELECT a.tables = f.tables AS again, s.tables = f.tables AS same FROM safe.first_about f, safe.again_about a, safe.same_about s;

-- other periods of the same personas: other intervals, and other counts are safe beside the events
SELECT make('year');
SELECT version FROM pt_publish_release('court', 'safe', name => 'other');
SELECT tables FROM safe.other_about;
SELECT (SELECT count(*) FROM safe.other_groups) AS groups, (SELECT count(*) FROM safe.other_intervals) AS intervals,
       (SELECT count(*) FROM safe.other_personas WHERE recidivism_indicators IS NOT NULL) AS with_recidivism;
SELECT col_description('safe.other_personas'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'safe.other_personas'::regclass AND attname = 'recidivism_indicators';
SELECT run_id, counts IS NOT NULL AS counts FROM personatwin.membership ORDER BY run_id;

-- a refresh shows what its first version showed
INSERT INTO court SELECT * FROM pt_sample_court_events(3000, 1) WHERE person_id >= 1000000001500;
SELECT release, version, changed, entered > 0 AS entered FROM pt_refresh_release('court') ORDER BY release;
SELECT (SELECT count(*) > 0 FROM safe.first_groups) AS first, (SELECT count(*) FROM safe.other_groups) AS other,
       (SELECT count(*) FROM safe.other_personas WHERE recidivism_indicators IS NOT NULL) AS with_recidivism;
SELECT run_id, counts IS NOT NULL AS counts FROM personatwin.membership ORDER BY run_id;

DROP EXTENSION personatwin CASCADE;
DROP FUNCTION make(text);
DROP TABLE court;
DROP SCHEMA safe CASCADE;
