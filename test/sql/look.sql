-- Looking at runs: risk, decisions, people, dropping; who may. And pt_build.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
\set VERBOSITY terse
\pset null '-'
CREATE ROLE look_owner;
CREATE ROLE look_other;
GRANT CREATE ON SCHEMA public TO look_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO look_owner, look_other;
GRANT SELECT ON pt_progress TO look_owner, look_other;
SET ROLE look_owner;
CREATE TABLE court AS
SELECT 10000000 + e % 2000 AS person_id, 20 + e % 2000 % 40 AS age, (ARRAY['Male', 'Female'])[1 + e % 2000 % 2] AS gender,
       (ARRAY['White', 'Black'])[1 + e % 2000 / 2 % 2] AS race, date '2014-01-01' + e % 500 AS happened,
       (ARRAY['arrest', 'charge', 'reoffense'])[1 + e % 3] AS event_type, (ARRAY['convicted', 'dismissed'])[1 + e % 2] AS outcome
  FROM generate_series(1, 6000) e;
SELECT count(pt_set_role('court', c, r)) FROM (VALUES ('person_id', 'person'), ('age', 'quasi-identifier: age'), ('gender', 'quasi-identifier: gender'),
  ('race', 'quasi-identifier: ethnicity'), ('happened', 'event time'), ('event_type', 'event type'), ('outcome', 'outcome')) v(c, r);
SET client_min_messages = notice;

SELECT * FROM pt_population_risk('court');
SELECT count(*) > 10 FROM pt_create_personas('court', 0.02);

-- one row, every figure where it belongs
SELECT source, attacker, target_risk, individual_limit, population_average_risk <= 0.02 AS average, maximum_risk <= 0.10 AS maximum,
       population_average_risk = all_events_average AS chosen, demographic_concentration_risk = demographics_average AS demographic,
       event_pattern_concentration_risk = events_average AS events, external_linkage_risk, external_linkage_note,
       demographics_average <= one_event_average AND one_event_average <= two_events_average
         AND two_events_average <= all_events_average AS ordered,
       people, events, released + suppressed = people AS counted, smallest_persona >= 5 AND largest_persona <= 50 AS sizes,
       k_anonymity >= smallest_persona AS k, status, target_met, recommendation, help
  FROM pt_population_risk('court') \gx
SELECT (individual_risks->>'maximum')::float4 = maximum_risk::float4 AS maximum, (individual_risks->>'people')::int = released AS people FROM pt_population_risk('court');

-- personas: the score is the persona's largest risk, class risk is 1 / people of the class
SELECT count(*) = (SELECT personas FROM pt_population_risk('court')) AS all, max(risk) = (SELECT maximum_risk FROM pt_population_risk('court')) AS maximum,
       bool_and(demographics_risk = 1.0 / class_people) AS class_risk, bool_and(risk >= demographics_risk) AS at_least,
       sum(merged_from * demographics_risk) / sum(merged_from) - (SELECT demographics_average FROM pt_population_risk('court')) < 1e-12 AS average
  FROM pt_persona_risks('court');

-- the ladder: numbered, one setting kept at the end, what is kept holds
SELECT min(step) = 0 AND count(*) = max(step) + 1 AS numbered, count(*) FILTER (WHERE chosen) = 1 AS one, bool_and(holds) FILTER (WHERE chosen) AS holds FROM pt_decisions('court');

-- one person
SELECT run_id IS NOT NULL AS run, merged_from BETWEEN 5 AND 50 AS persona, class_people >= merged_from AS class, risk <= traceability_score AS risk, age_range @> 27 AS age, gender, ethnicity, why
  FROM pt_explain_person('court', '10000007');
SELECT * FROM pt_explain_person('court', 'nobody');
SELECT count(*) FROM pt_explain_person('court', NULL);

-- the same in committed steps; the number of the run comes back
CALL pt_build('court', 0.02) \gset built_
SELECT source, phase, done, total, activity, run_id = :built_run_id AS run, message FROM pt_progress;
SELECT count(DISTINCT (to_jsonb(r) - 'run_id')::text) AS same FROM pt_runs() u, pt_population_risk('court', u.run_id) r;
BEGIN;
CALL pt_build('court', 0.02);
ROLLBACK;
CALL pt_build('court', 0);
CALL pt_build('court', 0.02, person_key => 'nothing');
SELECT phase, message FROM pt_progress ORDER BY build_id;
SELECT run_id = :built_run_id AS newest, source, people, owner_name, domain, attacker, target_met, n_people, n_events FROM pt_runs() ORDER BY run_id DESC LIMIT 1;

-- others see and drop nothing
RESET ROLE;
GRANT SELECT ON court TO look_other;
SET ROLE look_other;
SELECT count(*) FROM pt_runs();
SELECT count(*) FROM pt_progress;
SELECT count(*) FROM pt_builds();
SELECT count(*) FROM pt_population_risk('court');
SELECT count(*) FROM pt_persona_risks('court');
SELECT count(*) FROM pt_decisions('court');
SELECT count(*) FROM pt_explain_person('court', '10000007');
SELECT count(*) FROM pt_create_personas('court', dry_run => true);
SELECT count(*) FROM pt_frontier('court', '{0.02}');
SELECT pt_drop_run(:built_run_id);
SELECT count(*) FROM personatwin.run;
RESET ROLE;

-- dropping
SET ROLE look_owner;
SELECT pt_drop_run(:built_run_id);
SELECT pt_drop_run(:built_run_id);
SELECT pt_drop_run(NULL);
SELECT count(*) FROM pt_population_risk('court', :built_run_id);
RESET ROLE;
SELECT count(*) FROM pg_class WHERE relname LIKE 'run_' || :built_run_id || '_%';
SELECT count(*) FROM personatwin.decision WHERE run_id = :built_run_id;

SET client_min_messages = warning;
DROP TABLE court;
SELECT count(pt_drop_run(run_id)) FROM pt_runs();
DROP EXTENSION personatwin CASCADE;
DROP OWNED BY look_owner, look_other;
DROP ROLE look_owner, look_other;
