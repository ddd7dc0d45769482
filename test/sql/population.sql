-- Population risk of tables: estimators, population tables, k-map. The table of doc/privacy-measures.md ("example").
CREATE EXTENSION personatwin;
CREATE SCHEMA population;
SET search_path = population, public;
CREATE TABLE eg (sex text, age text, area text, out text, w float8);
INSERT INTO eg VALUES ('F','30s','N','A',10), ('F','30s','N','A',12), ('F','30s','N','B',8), ('F','30s','N','C',10), ('F','40s','N','A',20),
  ('F','40s','N','B',15), ('F','40s','N','B',25), ('M','30s','S','A',6), ('M','30s','S','C',4), ('M','40s','S','B',2), ('M','40s','S','B',3),
  ('M','30s','N','C',9);

-- By hand: 0.8006027216 and 1.2918133703 expected re-identifications, classes / people for the naive one.
SELECT estimator, measure, round(value::numeric, 9) AS value, round(reidentifications::numeric, 9) AS reidentifications, round(uniques::numeric, 6) AS uniques,
       converged, why FROM pt_population_estimates('eg', '{sex,age,area}', weight => 'w');
SELECT DISTINCT round(sampling_fraction_used::numeric, 12) = round(12 / 124.0, 12) AS fraction FROM pt_population_estimates('eg', '{sex,age,area}', weight => 'w');
-- The same fraction given as a number: the models agree; weights are then the same for all.
SELECT estimator, round(reidentifications::numeric, 9) FROM pt_population_estimates('eg', '{area,sex,age}', 12 / 124.0) WHERE measure = 'average_risk' AND converged;
-- Nothing known of the population: what can be said, and why the rest can't.
SELECT estimator, measure, value, why FROM pt_population_estimates('eg', '{sex,age,area}');
-- A census.
SELECT estimator, measure, value, uniques FROM pt_population_estimates('eg', '{sex,age,area}', 1) WHERE converged;
-- Households: two people of risk r1 and r2 are found with 1 - (1-r1)(1-r2), and someone alone with r.
CREATE TABLE homes AS SELECT sex, age, area, w, CASE WHEN row_number() OVER (ORDER BY w DESC) <= 2 THEN 'h' END AS home FROM eg;
SELECT round(sum(1 - (1 - a.r) * (1 - b.r))::numeric * 2 + (SELECT sum(pt_individual_risk(f, fw)) FROM (SELECT count(*) OVER c AS f, sum(w) OVER c AS fw, home FROM homes
         WINDOW c AS (PARTITION BY sex, age, area)) x WHERE home IS NULL)::numeric, 10) AS by_hand,
       (SELECT round(reidentifications::numeric, 10) FROM pt_population_estimates('homes', '{sex,age,area}', weight => 'w', household => 'home')
         WHERE estimator = 'benedetti_franconi_household') AS function
  FROM (SELECT pt_individual_risk(3, 60) AS r) a, (SELECT pt_individual_risk(3, 60) AS r) b;

-- Single formulas.
SELECT pt_individual_risk(4, 40) AS individual, pt_poisson_risk(4, 25.4074074074074) AS poisson, pt_poisson_risk(30, 2) AS backwards,
       pt_derived_k(20, 30162, 60324, 0.01) AS k20, pt_derived_k(20, 30162, 60324, 0.01, true) AS k20_truncated,
       pt_threshold_to_size(0.09) AS size, pt_safepub_k(0.1, 1e-6) AS safepub;
SELECT pt_individual_risk(0, 10);
SELECT pt_individual_risk(1, 'NaN');
SELECT pt_poisson_risk(1, -1);
SELECT pt_derived_k(5, 100, 99);
SELECT pt_threshold_to_size(0);
SELECT pt_safepub_k(0, 0.1);

-- A population table. Ages of the source are years, those of the table bands; two values share one there; another is two.
CREATE TABLE census (area text, gender text, origin text, age_lo int, age_hi int, n bigint);
INSERT INTO census VALUES ('North','F','White',30,39,1000), ('North','F','White',40,49,800), ('North','M','White',30,39,500), ('South','M','Other',30,39,10),
  ('South','M','White',30,39,40), ('South','M','Other',40,49,0), ('North','F','Black',85,NULL,7), ('South','F','White',NULL,NULL,3);
SELECT pt_register_population('census', 'census', '{"count": "n", "columns": {"sex": "gender", "area": {"column": "area", "values": {"N": "North", "S": "South"}},
  "race": {"column": "origin", "values": {"Asian": "Other", "any": ["White", "Other"]}}, "age": {"low": "age_lo", "high": "age_hi"}}}');
SELECT name, relation, registered_by = current_user AS mine, columns FROM pt_populations();
CREATE TABLE sample (id int, sex text, area text, race text, age int, band int4range);
INSERT INTO sample VALUES (1,'F','N','White',35,'[30,40)'), (2,'F','N','White',35,'[30,40)'), (3,'M','S','Asian',31,'[30,40)'), (4,'M','S','any',NULL,NULL),
  (5,'F','N','Black',90,'[85,90)');
-- By hand: 1000/10 = 100 women of 35; 10/10 = 1 man; 50 men of any age; 7 of the open band, whole.
SELECT estimator, measure, value, reidentifications, why FROM pt_population_estimates('sample', population => 'census') WHERE estimator LIKE 'population%';
SELECT (2 / 100.0 + 1 / 1.0 + 1 / 50.0 + 1 / 7.0) / 5 AS marketer, 4 / (100.0 + 1 + 50 + 7) AS classes_by_people;
SELECT * FROM pt_population_k_map('sample', 5, population => 'census');
SELECT holds, k_map FROM pt_population_k_map('sample', 1, population => 'census');
SELECT holds, k_map, classes FROM pt_population_k_map('sample', 50, '{sex,area}', 'census');
-- Cells that the census does not know are reported, never divided by.
INSERT INTO sample VALUES (6,'F','W','White',35,NULL), (7,'M','S','Other',45,NULL), (8,'X','N','White',35,NULL);
SELECT * FROM pt_population_k_map('sample', 1, population => 'census');
SELECT estimator, measure, round(value::numeric, 6) AS value, why FROM pt_population_estimates('sample', population => 'census') WHERE estimator LIKE 'population%';
DELETE FROM sample WHERE id < 6;
SELECT k_map, unknown_people, why FROM pt_population_k_map('sample', 1, population => 'census');
SELECT measure, value, converged, why FROM pt_population_estimates('sample', population => 'census') WHERE estimator LIKE 'population%';
-- More people in a class than in its cell of the census.
TRUNCATE sample;
INSERT INTO sample SELECT i, 'F', 'N', 'Black', 90, '[85,90)' FROM generate_series(1, 20) i;
SELECT k_map, short_classes FROM pt_population_k_map('sample', 1, population => 'census');
SELECT measure, value, why FROM pt_population_estimates('sample', population => 'census') WHERE estimator LIKE 'population%';
-- Ranges as values.
SELECT pt_register_population('bands', 'census', '{"count": "n", "columns": {"band": {"low": "age_lo", "high": "age_hi"}}}');
SELECT k_map FROM pt_population_k_map('sample', 1, population => 'bands');

-- People, not rows: each once, whatever its rows; weights and households must be the person's.
CREATE TABLE visits AS SELECT i % 40 AS who, 'city ' || i % 10 AS city, 2.5 AS w FROM generate_series(1, 400) i;
INSERT INTO visits VALUES (NULL, 'city 1', 9);
SELECT people, population_size, sample_uniques FROM pt_population_uniques('visits', '{city}', weight => 'w', person_key => 'who');
SELECT people, classes, k_anonymity FROM pt_population_k_map('visits', 2, '{city}', sampling_fraction => 0.1, person_key => 'who');
UPDATE visits SET w = 3 WHERE ctid = (SELECT min(ctid) FROM visits WHERE who = 1);
SELECT people FROM pt_population_uniques('visits', '{city}', weight => 'w', person_key => 'who');

-- Values are the same when SQL says so for numbers; NULL is a value; any type; quoted names.
CREATE TABLE "Odd ""t" ("a b" numeric, f float8, d date, j jsonb, b bool, u uuid, arr int[], tz timestamptz);
INSERT INTO "Odd ""t" VALUES (1.0, 0, '2020-01-01', '{}', true, NULL, '{1}', 'infinity'), (1.00, '-0', '2020-01-01', '{}', true, NULL, '{1}', 'infinity'),
  (NULL, 'NaN', '-infinity', NULL, NULL, NULL, NULL, NULL), (NULL, 'NaN', '-infinity', NULL, NULL, NULL, NULL, NULL), ('NaN', 'infinity', NULL, '1', false, NULL, '{}', '2020-01-01');
SELECT classes, people, k_anonymity FROM pt_population_k_map('"Odd ""t"', 2, '{"a b",f,d,j,b,u,arr,tz}', sampling_fraction => 0.5);

-- No data, hardly any data.
CREATE TABLE none (a int, w float8);
SELECT estimator, value, converged, why FROM pt_population_estimates('none', '{a}', 0.5) WHERE measure <> 'sample_uniques';
SELECT * FROM pt_population_uniques('none', '{a}', 0.5);
SELECT * FROM pt_population_k_map('none', 5, '{a}', sampling_fraction => 0.5);
INSERT INTO none VALUES (1, 10);
SELECT estimator, value, converged, why FROM pt_population_estimates('none', '{a}', 0.5) WHERE measure = 'population_uniques';
SELECT estimator, uniques, converged, why FROM pt_population_uniques('none', '{a}', 0.01);

-- Bad input.
SELECT pt_population_estimates(NULL);
SELECT pt_population_estimates('eg', '{}');
SELECT pt_population_estimates('eg', '{sex,NULL}');
SELECT pt_population_estimates('eg', '{sex,nosuch}');
SELECT pt_population_estimates('eg', '{sex,sex}');
SELECT pt_population_estimates('eg', '{sex}', 0);
SELECT pt_population_estimates('eg', '{sex}', 1.5);
SELECT pt_population_estimates('eg', '{sex}', 'NaN');
SELECT pt_population_estimates('eg', '{sex}', 0.5, 'w');
SELECT pt_population_estimates('eg', '{sex}', weight => 'age');
SELECT pt_population_estimates('eg', '{sex}', weight => 'nosuch');
SELECT pt_population_estimates('eg', '{sex}', weight => '');
INSERT INTO none VALUES (2, NULL), (3, -1), (4, 0), (5, 'NaN'), (6, 'infinity');
SELECT pt_population_estimates('none', '{a}', weight => 'w');
UPDATE none SET w = 0.5;
SELECT pt_population_estimates('none', '{a}', weight => 'w');
SELECT pt_population_k_map('eg', 0, '{sex}');
SELECT pt_population_k_map('eg', 5, '{sex}', significance => 1);
SELECT pt_population_k_map('eg', 5, '{sex,out}', population => 'census');
SELECT pt_population_k_map('none', 5, population => 'census');
SELECT pt_population_k_map('eg', 5, population => 'nosuch');
SELECT pt_population_estimates(0::regclass, '{a}');
-- A population smaller than the sample.
CREATE TABLE few AS SELECT 'F'::text AS gender, 3 AS n;
SELECT pt_register_population('few', 'few', '{"count": "n", "columns": {"sex": "gender"}}');
SELECT pt_population_uniques('eg', population => 'few');

-- Mappings that mean nothing.
SELECT pt_register_population('x', 'census', '[]');
SELECT pt_register_population('x', 'census', '{"count": "n"}');
SELECT pt_register_population('x', 'census', '{"count": 3, "columns": {}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": "gender"}, "more": 1}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": {"colum": "gender"}}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": {"low": "age_lo"}}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": {"column": "gender", "low": "age_lo", "high": "age_hi"}}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": 3}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": {"column": "gender", "values": []}}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": {"column": "gender", "values": {"x": [null]}}}}');
SELECT pt_register_population('x', 'census', '{"count": "nosuch", "columns": {"a": "gender"}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": "nosuch"}}');
SELECT pt_register_population('x', 'census', '{"count": "gender", "columns": {"a": "gender"}}');
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"a": {"low": "gender", "high": "age_hi"}}}');
SELECT pt_register_population('', 'census', '{}');
SELECT pt_register_population('x', 'census', NULL);
UPDATE census SET n = -1 WHERE origin = 'Black';
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"sex": "gender"}}');
UPDATE census SET n = NULL WHERE origin = 'Black';
SELECT pt_population_k_map('eg', 5, '{sex}', population => 'census');
UPDATE census SET n = 0;
SELECT pt_register_population('x', 'census', '{"count": "n", "columns": {"sex": "gender"}}');
SELECT count(*) FROM pt_populations() WHERE name = 'x';

-- A column dropped or a table dropped later; names stay until they are forgotten.
UPDATE census SET n = 10;
ALTER TABLE census DROP COLUMN age_hi;
SELECT pt_population_k_map('sample', 5, population => 'bands');
SELECT k_map FROM pt_population_k_map('sample', 5, '{sex}', population => 'census');
DROP TABLE few;
SELECT name, relation FROM pt_populations() ORDER BY 1;
SELECT pt_population_uniques('eg', population => 'few');
SELECT pt_drop_population('few'), pt_drop_population('few');

-- Rights: only the owner registers; whoever may not read the table does not see it; reading is the caller's.
CREATE ROLE population_other;
GRANT USAGE ON SCHEMA population TO population_other;
GRANT SELECT ON eg, sample TO population_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO population_other;
SET ROLE population_other;
SELECT pt_register_population('mine', 'census', '{"count": "n", "columns": {"sex": "gender"}}');
SELECT count(*) FROM pt_populations();
SELECT pt_population_k_map('sample', 5, '{sex}', population => 'census');
SELECT pt_drop_population('census');
CREATE TEMP TABLE own AS SELECT 'F'::text AS gender, 40 AS n;
SELECT pt_register_population('census', 'own', '{"count": "n", "columns": {"sex": "gender"}}');
SELECT pt_register_population('own', 'own', '{"count": "n", "columns": {"sex": "gender"}}');
SELECT k_map FROM pt_population_k_map('sample', 5, population => 'own');
RESET ROLE;
ALTER TABLE eg ENABLE ROW LEVEL SECURITY;
SET ROLE population_other;
SELECT pt_population_k_map('eg', 5, '{sex}', sampling_fraction => 0.1);
SELECT people FROM pt_population_k_map('eg', 5, '{sex}', sampling_fraction => 0.1, allow_row_security => true);
RESET ROLE;
SET default_transaction_read_only = on;
SELECT people FROM pt_population_k_map('eg', 5, '{sex}', sampling_fraction => 0.1);
SELECT pt_drop_population('own');
SET default_transaction_read_only = off;
-- A view may be a population table, and its order does not matter.
CREATE VIEW census_view AS SELECT gender, sum(n) AS n FROM census GROUP BY 1;
SELECT pt_register_population('view', 'census_view', '{"count": "n", "columns": {"sex": "gender"}}');

DROP SCHEMA population CASCADE;
DROP OWNED BY population_other;
DROP ROLE population_other;
DROP EXTENSION personatwin;
