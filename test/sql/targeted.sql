-- Joining the classes with most of the risk, one by one: an action of the ladder that is asked for.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
CREATE TABLE court_events AS SELECT person_id, age, sex, race, event_date, event_type, outcome, charge_degree FROM pt_sample_court_events(5000, 3);
SELECT count(pt_set_role('court_events', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('race', 'quasi-identifier: ethnicity'), ('age', 'quasi-identifier: age'),
  ('event_type', 'event type'), ('outcome', 'outcome'), ('charge_degree', 'detail'), ('event_date', 'event time')) v(c, r);
-- never worse, often better
CREATE TABLE both_ways AS SELECT p.target_risk, p.target_met AS met, t.target_met AS met_targeted, t.population_average_risk <= t.target_risk AS holds, p.utility, t.utility AS targeted
  FROM pt_frontier('court_events', '{0.03,0.025,0.02,0.015,0.012,0.01}') p JOIN pt_frontier('court_events', '{0.03,0.025,0.02,0.015,0.012,0.01}', targeted => true) t USING (target_risk);
SELECT bool_and(met AND met_targeted AND holds) AS all_hold, min(targeted - utility) >= 0 AS never_worse, max(targeted - utility) > 0.001 AS better FROM both_ways;
-- a run whose choice it is
SELECT target_risk AS target FROM both_ways ORDER BY targeted - utility DESC LIMIT 1 \gset
SELECT count(*) > 0 AS made FROM pt_create_personas('court_events', :target, targeted => true, as_of => '2024-01-01');
SELECT action, rung, holds, proposed_by, why FROM pt_decisions('court_events') WHERE chosen;
SELECT min(d.utility_after) > (SELECT max(o.utility_after) FROM pt_decisions('court_events') o WHERE o.holds AND o.action <> 'join_risky_classes') AS better_than_every_setting_that_holds
  FROM pt_decisions('court_events') d WHERE d.chosen;
SELECT parameters->'targeted' AS targeted FROM pt_runs();
SELECT release FROM pt_publish_release('court_events', 'safe');
-- what is published is what was chosen
SELECT target_met, abs(population_average_risk - (SELECT avg(risk) FROM personatwin.run_1_member WHERE persona_no IS NOT NULL)) < 1e-6 AS mean_of_members, parameters->'targeted' AS targeted FROM safe.court_events_about;
SELECT (SELECT count(DISTINCT class_id) FROM safe.court_events_personas) = (SELECT classes FROM pt_population_risk('court_events')) AS classes, sum(merged_from) = 5000 AS everybody FROM safe.court_events_personas;
SELECT bool_and(not_apart) AS classes_do_not_overlap FROM (SELECT a.age_range && b.age_range IS NOT TRUE AS not_apart FROM (SELECT DISTINCT class_id, gender, ethnicity, age_range FROM safe.court_events_personas) a
  JOIN (SELECT DISTINCT class_id, gender, ethnicity, age_range FROM safe.court_events_personas) b ON a.class_id < b.class_id AND a.gender = b.gender AND a.ethnicity = b.ethnicity) x;
SELECT checksums->'events'->>'sha256' AS sums FROM safe.court_events_about \gset
SELECT call LIKE '%targeted => true%' AS said FROM pt_reproduce(1) WHERE step = 1;
DO $$ DECLARE r record; BEGIN FOR r IN SELECT call FROM pt_reproduce(1) ORDER BY step LOOP EXECUTE 'WITH x AS MATERIALIZED (' || r.call || ') SELECT count(*) FROM x'; END LOOP; END $$;
SELECT checksums->'events'->>'sha256' = :'sums' AS same_bytes, version FROM safe.court_events_about;
-- refreshed like every other release
DELETE FROM court_events WHERE person_id = (SELECT min(person_id) FROM court_events);
SET client_min_messages = error;
SELECT changed, "left" FROM pt_refresh_release('court_events');
SET client_min_messages = warning;
SELECT parameters->'targeted' AS targeted, target_met FROM pt_runs() ORDER BY run_id DESC LIMIT 1;
-- the other ways to ask, other attackers, and nothing
CREATE TABLE others AS SELECT * FROM court_events WHERE person_id % 3 = 0;
CALL pt_build('others', 0.05, targeted => true);
SELECT count(*) > 0 AS made FROM pt_create_personas('others', 0.05, attacker => 'demographics', targeted => true, dry_run => true);
SELECT count(*) > 0 AS made FROM pt_create_personas('others', 0.05, attacker => 'events', targeted => true, dry_run => true);
SELECT count(*) > 0 AS made FROM pt_create_personas('others', 0.05, targeted => NULL, dry_run => true);
SELECT count(*) > 0 AS made FROM pt_create_personas('others', 0.05, targeted => true, jitter => 5, dry_run => true);

DROP EXTENSION personatwin CASCADE;
DROP SCHEMA safe CASCADE;
DROP TABLE court_events, both_ways, others;
