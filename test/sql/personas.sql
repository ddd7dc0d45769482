-- pt_create_personas and pt_frontier: shapes of sources, repairs, what is returned and stored, determinism.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
SET client_min_messages = notice;
\set VERBOSITY terse

-- people of two counties in one state each; every attribute a function of the number, so that the data are the same everywhere
CREATE SCHEMA "Court – Öst";
CREATE TABLE "Court – Öst"."People" (
    "Person ID" bigint PRIMARY KEY, born date, gender text, race text, county text, state text, income numeric, note text);
INSERT INTO "Court – Öst"."People"
SELECT 1000000000000 + i, date '1960-01-01' + (i * 37 % 14000), CASE WHEN i % 5 = 0 THEN 'Female' ELSE 'Male' END,
       (ARRAY['White', 'White', 'White', 'Black', 'Black', 'Hispanic'])[1 + i % 6], 'county ' || i % 4, 'state ' || i % 2,
       10000 + i % 700, 'free text ' || i
  FROM generate_series(1, 3000) i;
CREATE TABLE "Court – Öst"."Events" (
    event_no int PRIMARY KEY, "Person ID" bigint, happened timestamptz, event_type text, outcome text, degree text);
INSERT INTO "Court – Öst"."Events"
SELECT e, 1000000000000 + 1 + e * 7 % 3000, timestamptz '2014-01-01 12:00+00' + e % 700 * interval '1 day',
       (ARRAY['arrest', 'charge', 'sentencing', 'reoffense'])[1 + e % 4], CASE WHEN e % 4 = 2 THEN (ARRAY['jail', 'probation'])[1 + e % 2] END,
       (ARRAY['F', 'M', 'M'])[1 + e % 3]
  FROM generate_series(1, 9000) e;
CREATE VIEW "Court – Öst".wide AS
SELECT e.event_no, p.*, e.happened, e.event_type, e.outcome, e.degree
  FROM "Court – Öst"."Events" e JOIN "Court – Öst"."People" p USING ("Person ID");
SET client_min_messages = warning;
SELECT count(pt_set_role('"Court – Öst"."People"', c, r)) FROM (VALUES
  ('Person ID', 'person'), ('born', 'quasi-identifier: birth date'), ('gender', 'quasi-identifier: gender'),
  ('race', 'quasi-identifier: ethnicity'), ('county', 'quasi-identifier: geography'), ('state', 'quasi-identifier: geography'),
  ('income', 'sensitive'), ('note', 'ignore')) v(c, r);
SELECT count(pt_set_role('"Court – Öst"."Events"', c, r)) FROM (VALUES
  ('Person ID', 'person'), ('event_no', 'identifier'), ('happened', 'event time'), ('event_type', 'event type'),
  ('outcome', 'outcome'), ('degree', 'detail: category')) v(c, r);
SELECT count(pt_set_role('"Court – Öst".wide', c, r)) FROM (VALUES
  ('Person ID', 'person'), ('born', 'quasi-identifier: birth date'), ('gender', 'quasi-identifier: gender'),
  ('race', 'quasi-identifier: ethnicity'), ('county', 'quasi-identifier: geography'), ('state', 'quasi-identifier: geography'),
  ('income', 'sensitive'), ('note', 'ignore'), ('event_no', 'identifier'), ('happened', 'event time'), ('event_type', 'event type'),
  ('outcome', 'outcome'), ('degree', 'detail: category')) v(c, r);
SET client_min_messages = notice;

-- two tables and a wide view, off the search_path: the same personas
CREATE TEMP TABLE two AS SELECT * FROM pt_create_personas('"Court – Öst"."Events"', 0.02, people => '"Court – Öst"."People"');
CREATE TEMP TABLE one AS SELECT * FROM pt_create_personas('"Court – Öst".wide', 0.02);
SELECT count(*) > 20 AS some, sum(merged_from), min(merged_from) >= 5 AS min, max(merged_from) <= 50 AS max,
       max(traceability_score) <= 0.10 AS limited FROM two;
SELECT count(*) AS differences FROM (
  (SELECT to_jsonb(t) - 'run_id' FROM two t EXCEPT SELECT to_jsonb(o) - 'run_id' FROM one o)
  UNION ALL (SELECT to_jsonb(o) - 'run_id' FROM one o EXCEPT SELECT to_jsonb(t) - 'run_id' FROM two t)) d;
-- ages from birth dates at the last event, classes do not overlap in what they say, pooled events are all there
SELECT bool_and(age_range IS NOT NULL AND age_mean <@ numrange(lower(age_range), upper(age_range)) IS NOT FALSE) FROM
  (SELECT age_range, age_mean::numeric FROM two) x;
SELECT sum(n::int) FROM two, jsonb_each(temporal_patterns) p, jsonb_each_text(p.value) t(k, n);
SELECT DISTINCT generation_method, noise_level, merge_count = merged_from - 1, sampling_weight, attributes, run_id IS NOT NULL FROM two;
-- nothing of the identifiers or the text
SELECT count(*) FROM two t WHERE t::text ~ '10000000|free text';

-- another seed: other ids; the same seed and another order of rows and another plan: the same
CREATE TEMP TABLE seed7 AS SELECT * FROM pt_create_personas('"Court – Öst".wide', 0.02, seed => 7, dry_run => true);
SELECT count(*) FROM seed7 JOIN one USING (persona_id);
CREATE TABLE shuffled AS SELECT * FROM "Court – Öst".wide ORDER BY md5(event_no::text);
SELECT count(pt_set_role('shuffled', "column", role || coalesce(': ' || nullif(kind, ''), ''))) FROM pt_roles('"Court – Öst".wide') WHERE role <> '';
SELECT count(*) FROM (SELECT to_jsonb(o) - 'run_id' FROM one o EXCEPT SELECT to_jsonb(s) - 'run_id' FROM pt_create_personas('shuffled', 0.02) s) d;

-- geography: levels from the coarser column
SELECT DISTINCT geography FROM pt_create_personas('"Court – Öst".wide', 0.05, geography_level => 'state', dry_run => true) ORDER BY 1;
SELECT count(*) > 0 FROM pt_create_personas('"Court – Öst".wide', 0.05, geography_level => '1', attacker => 'demographics', dry_run => true);

-- dry runs store nothing and work in read-only transactions; others are refused there
SELECT count(*) AS runs FROM pt_runs();
BEGIN READ ONLY;
SELECT count(*) > 0 AS some, count(run_id) FROM pt_create_personas('shuffled', 0.02, dry_run => true);
SELECT count(*) FROM pt_create_personas('shuffled', 0.02);
ROLLBACK;
SELECT count(*) AS runs FROM pt_runs();

-- what a run keeps
SELECT run_id AS run FROM one LIMIT 1 \gset
\set persona 'personatwin.run_' :run '_persona'
\set combo 'personatwin.run_' :run '_combo'
\set member 'personatwin.run_' :run '_member'
SELECT count(*) = (SELECT count(*) FROM one) AS personas, sum(merged_from) FROM :persona;
SELECT count(*), count(persona_no) = sum((why IS NULL)::int) AS explained, min(length(person_key)) FROM :member;
SELECT sum(w) FROM :persona, unnest(event_weight) w;
SELECT count(DISTINCT c) = (SELECT count(*) FROM :combo) AS combos FROM :persona, unnest(event_combo) c;
SELECT event_columns, person_columns, period <> 'none' AS has_period, n_people, n_events, attacker, target_met FROM personatwin.run WHERE run_id = :run;

-- a run of people alone
CREATE TABLE census AS SELECT i AS person_id, 20 + i % 50 AS age, (ARRAY['f', 'm'])[1 + i % 2] AS sex, i % 1000 AS income FROM generate_series(1, 4000) i;
SET client_min_messages = warning;
SELECT count(pt_set_role('census', c, r)) FROM (VALUES ('person_id', 'person'), ('age', 'quasi-identifier: age'), ('sex', 'quasi-identifier: gender'), ('income', 'quasi-identifier: number')) v(c, r);
SET client_min_messages = notice;
SELECT count(*) > 10, sum(merged_from), bool_and(attributes ? 'income'), bool_and(event_types = '{}') FROM pt_create_personas('census', 0.02, attacker => 'demographics');
SELECT period FROM pt_runs() ORDER BY run_id DESC LIMIT 1;

-- privacy levels are monotone, explicit arguments win
SELECT bool_and(min_size >= lag_min AND age_tolerance >= lag_age AND geography_steps >= lag_geo AND individual_limit <= lag_limit AND period_rank >= lag_period)
  FROM (SELECT *, lag(min_size, 1, 0) OVER w AS lag_min, lag(age_tolerance, 1, 0) OVER w AS lag_age, lag(geography_steps, 1, 0) OVER w AS lag_geo,
               lag(individual_limit, 1, 1) OVER w AS lag_limit, lag(period_rank, 1, 0) OVER w AS lag_period
          FROM (SELECT *, array_position(ARRAY['day', 'week', 'month', 'quarter', 'half-year', 'year'], period) AS period_rank FROM personatwin.privacy_level) l
        WINDOW w AS (ORDER BY strictness)) m;
SELECT min(merged_from) >= 20 AS strict FROM pt_create_personas('census', 0.02, attacker => 'demographics', privacy_level => 'maximum');
SELECT parameters->>'min_size' AS min_size, parameters->>'privacy_level' AS level, individual_limit FROM pt_runs() ORDER BY run_id DESC LIMIT 1;
SELECT count(*) > 0 FROM pt_create_personas('census', 0.05, attacker => 'demographics', privacy_level => 'maximum', min_size => 7, profile => 'public_1pct');
SELECT parameters->>'min_size' AS min_size, target_risk FROM pt_runs() ORDER BY run_id DESC LIMIT 1;

-- several targets
SELECT target_risk, target_met, population_average_risk <= target_risk AS holds, status FROM pt_frontier('shuffled', ARRAY[0.02, 0.05]);

-- without a column of times no period is claimed, not even one that was asked for
SELECT count(pt_set_role('shuffled', "column", 'ignore')) FROM pt_roles('shuffled') WHERE role = 'event time';
SELECT bool_and(event_period = 'none') AS no_times FROM pt_frontier('shuffled', ARRAY[0.05], period => 'month');

SET client_min_messages = error;
DROP EXTENSION personatwin CASCADE;
DROP SCHEMA "Court – Öst" CASCADE;
DROP TABLE shuffled, census;
