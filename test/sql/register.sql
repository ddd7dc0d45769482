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
