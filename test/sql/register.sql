-- pt_register_risk: the attacker with a register of the population, against the personas of a run.
CREATE EXTENSION personatwin;
CREATE SCHEMA register;
SET search_path = register, public;
SET client_min_messages = error;
CREATE TABLE people (id int PRIMARY KEY, sex text, race text, age int, county text);
INSERT INTO people SELECT i, (ARRAY['F','M'])[1 + i % 2], CASE WHEN i % 300 = 7 THEN 'Asian' WHEN i % 300 = 8 THEN 'Native' ELSE (ARRAY['Black','White'])[1 + i / 2 % 2] END, 20 + i * 7 % 40, 'c' || i / 7 % 3
  FROM generate_series(1, 1500) i;
CREATE TABLE events (person_id int REFERENCES people, happened date, event_type text);
INSERT INTO events SELECT i, '2020-01-01'::date + i % 4 * 40, (ARRAY['arrest','release'])[1 + i % 2] FROM generate_series(1, 1500) i;
SELECT pt_set_role('events', 'person_id', 'person'), pt_set_role('events', 'happened', 'event time'), pt_set_role('events', 'event_type', 'event type'),
  pt_set_role('people', 'id', 'person'), pt_set_role('people', 'sex', 'quasi-identifier: gender'), pt_set_role('people', 'race', 'quasi-identifier: ethnicity'),
  pt_set_role('people', 'age', 'quasi-identifier: age'), pt_set_role('people', 'county', 'quasi-identifier: geography');
SELECT pt_register_risk('events');
SELECT count(*) > 10 AS personas FROM pt_create_personas('events', 0.05);
-- A census in bands of 5 years: 1000 people in each band for whites and blacks, 100 for the others.
CREATE TABLE census AS SELECT s AS gender, r AS race, c AS county, lo AS age_lo, lo + 4 AS age_hi, CASE WHEN r = 'Other' THEN 100 ELSE 1000 END AS n
  FROM unnest('{F,M}'::text[]) s, unnest('{White,Black,Other}'::text[]) r, unnest('{c0,c1,c2}'::text[]) c, generate_series(15, 75, 5) lo;
SELECT pt_register_population('census', 'census', '{"count": "n", "columns": {"sex": "gender", "race": {"column": "race", "values": {"Asian": "Other", "Native": "Other"}},
  "county": "county", "age": {"low": "age_lo", "high": "age_hi"}}}');
-- Labels for several values are in the release.
SELECT DISTINCT ethnicity FROM pt_create_personas('events', 0.05, dry_run => true) ORDER BY 1;
-- The same in SQL, from what pt_create_personas returns: people of the census in the class's cell, bands in proportion.
CREATE TABLE released AS SELECT class_id, sum(merged_from) AS f, min(age_range::text)::int4range AS age, min(gender) AS gender, min(ethnicity) AS ethnicity, min(geography) AS geography
  FROM pt_create_personas('events', 0.05, dry_run => true) GROUP BY 1;
CREATE TABLE counted AS SELECT r.*, (SELECT sum(n * (upper(o) - lower(o)) / 5.0) FROM (SELECT n, int4range(age_lo, age_hi + 1) * r.age AS o FROM census
    WHERE (gender = r.gender OR r.gender = 'F or M') AND (county = r.geography OR r.geography = 'not shown')
      AND race = ANY (string_to_array(replace(replace(r.ethnicity, 'Asian', 'Other'), 'Native', 'Other'), ' or '))) x WHERE NOT isempty(o)) AS people FROM released r;
SELECT f.released, f.unknown_people, f.short_classes, f.population_size, f.mapped_columns, f.unmapped_columns, f.why,
       abs(f.external_linkage_risk - (SELECT sum(f / people) / sum(f) FROM counted)) < 1e-12 AS average, abs(f.maximum_risk - (SELECT max(1 / people) FROM counted)) < 1e-12 AS maximum,
       abs(f.smallest_cell - (SELECT min(people) FROM counted)) < 1e-6 AS smallest,
       abs(f.estimated_risk - (SELECT sum(f * pt_poisson_risk(f::int8, 1500 * a * g * e * p * (1 - pi) / pi)) / 1500 FROM (SELECT f, 1500 / 163800.0 AS pi,
         sum(f) OVER (PARTITION BY age) / 1500 AS a, sum(f) OVER (PARTITION BY gender) / 1500 AS g, sum(f) OVER (PARTITION BY ethnicity) / 1500 AS e,
         sum(f) OVER (PARTITION BY geography) / 1500 AS p FROM released) x)) < 1e-9 AS estimate
  FROM pt_register_risk('events', 'census') f;
-- The run keeps it.
SELECT r.external_linkage_risk = f.external_linkage_risk AS kept, r.external_linkage_note FROM pt_population_risk('events') r, pt_register_risk('events', 'census') f;
-- A register that knows less; one that does not know everybody; one with fewer people.
SELECT pt_register_population('sexes', 'census', '{"count": "n", "columns": {"sex": "gender"}}');
SELECT smallest_cell, maximum_risk = 1 / smallest_cell AS maximum, mapped_columns, unmapped_columns, why FROM pt_register_risk('events', 'sexes');
CREATE TABLE women AS SELECT * FROM census WHERE gender = 'F';
SELECT pt_register_population('women', 'women', '{"count": "n", "columns": {"sex": "gender"}}');
SELECT unknown_people, unknown_classes = (SELECT count(*) FROM released WHERE gender = 'M') AS classes, external_linkage_risk > 0 AS still, why FROM pt_register_risk('events', 'women');
CREATE TABLE village AS SELECT 'F'::text AS gender, 5 AS n;
SELECT pt_register_population('village', 'village', '{"count": "n", "columns": {"sex": "gender"}}');
SELECT pt_register_risk('events', 'village');
-- The ladder with a register: measured beside the other attackers, and held to the target where he is the attacker. The same in SQL, from what is returned.
CREATE FUNCTION journalist(run int8, census_table regclass, OUT average float8, OUT maximum float8) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($q$SELECT sum(f * risk) / sum(f), max(risk) FROM (SELECT f, coalesce(least(1, 1 / nullif(people, 0)), 1 / f) AS risk FROM (
    SELECT r.f, (SELECT sum(n * (upper(o) - lower(o)) / 5.0) FROM (SELECT n, int4range(age_lo, age_hi + 1) * r.age AS o FROM %s
      WHERE (gender = r.gender OR r.gender = 'F or M') AND (county = r.geography OR r.geography = 'not shown')
        AND race = ANY (string_to_array(replace(replace(r.ethnicity, 'Asian', 'Other'), 'Native', 'Other'), ' or '))) x WHERE NOT isempty(o)) AS people
      FROM (SELECT class_no, sum(merged_from)::float8 AS f, min(age_range::text)::int4range AS age, min(gender) AS gender, min(ethnicity) AS ethnicity, min(geography) AS geography
        FROM personatwin.run_%s_persona GROUP BY 1) r) c) y$q$, census_table, run) INTO average, maximum;
END $$;
SELECT count(*) > 0 AS personas FROM pt_create_personas('events', 0.05, population => 'census');
SELECT attacker, abs(external_linkage_risk - j.average) < 1e-12 AS average, abs(external_linkage_maximum - j.maximum) < 1e-12 AS maximum, external_linkage_note,
       population_average_risk = all_events_average AS target FROM pt_population_risk('events'), journalist(run_id, 'census') j;
SELECT count(*) > 0 AS personas FROM pt_create_personas('events', 0.001, attacker => 'register', population => 'census');
SELECT attacker, target_met, population_average_risk <= 0.001 AS held, population_average_risk = external_linkage_risk AS average, maximum_risk = external_linkage_maximum AS maximum,
       abs(external_linkage_risk - j.average) < 1e-12 AS recounted, abs(external_linkage_maximum - j.maximum) < 1e-12 AS recounted_maximum,
       demographics_average > 0.005 AS membership_would_tell_more FROM pt_population_risk('events'), journalist(run_id, 'census') j;
SELECT r.external_linkage_risk = f.external_linkage_risk AS same, r.external_linkage_maximum = f.maximum_risk AS same_maximum, f.mapped_columns FROM pt_population_risk('events') r, pt_register_risk('events', 'census') f;
-- The risk of a persona is that of its class; a lower target makes coarser classes.
SELECT bool_and(abs(traceability_score - (SELECT max(traceability_score) FROM personatwin.run_3_persona q WHERE q.class_no = p.class_no)) < 1e-15) AS by_class FROM personatwin.run_3_persona p;
SELECT count(DISTINCT class_id) < (SELECT classes FROM pt_population_risk('events')) AS fewer, max(traceability_score) <= 0.002 AS lower FROM pt_create_personas('events', 0.0004, attacker => 'register', individual_limit => 0.05, population => 'census', dry_run => true);
SELECT target_met, population_average_risk <= target_risk AS held FROM pt_frontier('events', '{0.0005,0.002}', attacker => 'register', population => 'census');
CALL pt_build('events', 0.001, attacker => 'register', population => 'census');
SELECT attacker, target_met FROM pt_population_risk('events');
-- A register that does not know the men: among the released people at least. One with too few people; none; ages without bounds.
SELECT count(*) > 0 AS personas FROM pt_create_personas('events', 0.05, population => 'women', max_size => 60);
CREATE TABLE few AS SELECT 'F'::text AS gender, 500 AS n;
SELECT pt_register_population('few', 'few', '{"count": "n", "columns": {"sex": "gender"}}'), pt_register_population('hair', 'census', '{"count": "n", "columns": {"hair": "gender"}}'),
  pt_register_population('years', 'census', '{"count": "n", "columns": {"age": "age_lo"}}');
SELECT count(*) FROM pt_create_personas('events', 0.05, population => 'few');
SELECT count(*) FROM pt_create_personas('events', 0.05, population => 'hair');
SELECT count(*) FROM pt_create_personas('events', 0.05, population => 'years');
SELECT count(*) FROM pt_create_personas('events', 0.05, population => 'nosuch');
SELECT count(*) FROM pt_create_personas('events', 0.05, population => '');
SELECT count(*) FROM pt_create_personas('events', 0.05, attacker => 'register');
-- What is published says who the attacker is; other attacks on it are held against those who know that somebody is in it; a refresh measures with the register again.
SELECT release, version FROM pt_publish_release('events', 'published', run => 3);
SELECT attacker, (risks->>'external_linkage_risk')::float8 <= 0.001 AS risk, risks ? 'external_linkage_maximum' AS maximum FROM published.events_about;
SELECT attack, within_claim FROM pt_attack('events', 'linkability', 100);
INSERT INTO people SELECT 2000 + i, 'F', 'White', 30, 'c0' FROM generate_series(1, 60) i;
INSERT INTO events SELECT 2000 + i, '2020-01-01'::date + i % 4 * 40, 'arrest' FROM generate_series(1, 60) i;
SELECT version FROM pt_refresh_release('events');
SELECT attacker, target_met, abs(external_linkage_risk - j.average) < 1e-12 AS recounted, population_average_risk = external_linkage_risk AS average FROM pt_population_risk('events'), journalist(run_id, 'census') j;
SELECT pt_drop_release('events');
DROP SCHEMA published;
DELETE FROM events WHERE person_id > 2000;
DELETE FROM people WHERE id > 2000;
-- No population: why, and the estimate beside it.
SELECT external_linkage_risk, estimated_risk, why FROM pt_register_risk('events');
SELECT external_linkage_risk, estimated_risk > 0 AS estimated, why FROM pt_register_risk('events', sampling_fraction => 0.01);
-- Bad input and rights.
SELECT pt_register_risk(NULL);
SELECT pt_register_risk('events', 'nosuch');
SELECT pt_register_risk('events', 'census', 99);
SELECT pt_register_risk('events', sampling_fraction => 0);
SELECT pt_register_population('other', 'census', '{"count": "n", "columns": {"hair": "gender"}}');
SELECT pt_register_risk('events', 'other');
SELECT pt_register_population('ages', 'census', '{"count": "n", "columns": {"age": "age_lo"}}');
SELECT pt_register_risk('events', 'ages');
CREATE ROLE register_other;
GRANT ALL ON SCHEMA register TO register_other;
GRANT ALL ON ALL TABLES IN SCHEMA register TO register_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO register_other;
SET ROLE register_other;
SELECT pt_register_risk('events', 'census');
RESET ROLE;
SET default_transaction_read_only = on;
SELECT external_linkage_risk > 0 AS measured FROM pt_register_risk('events', 'sexes');
SET default_transaction_read_only = off;
SELECT external_linkage_note FROM pt_population_risk('events');
DROP SCHEMA register CASCADE;
DROP OWNED BY register_other;
DROP ROLE register_other;
DROP EXTENSION personatwin CASCADE;
