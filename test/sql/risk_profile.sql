-- pt_risk_profile: the same figures as the definitions in SQL, people instead of rows, all kinds of sources, bad input.
CREATE EXTENSION personatwin;
SET extra_float_digits = 0;
SET client_min_messages = warning;
CREATE SCHEMA risk_profile;
SET search_path = risk_profile, public;
CREATE FUNCTION try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE why text; how text; result text;
BEGIN EXECUTE 'SELECT * FROM pt_risk_profile(' || call || ')' INTO result; RETURN 'no error';
EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL, how = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, NULLIF(why, ''), NULLIF(how, ''));
END $$;
-- The table of twelve people in doc/privacy-measures.md.
CREATE TABLE twelve (sex text, age text, area text, out text, w float8);
INSERT INTO twelve VALUES ('F','30s','N','A',10), ('F','30s','N','A',12), ('F','30s','N','B',8), ('F','30s','N','C',10), ('F','40s','N','A',20), ('F','40s','N','B',15),
  ('F','40s','N','B',25), ('M','30s','S','A',6), ('M','30s','S','C',4), ('M','40s','S','B',2), ('M','40s','S','B',3), ('M','30s','N','C',9);
\x
SELECT * FROM pt_risk_profile('twelve', '{sex,age,area}', '{out}', weight => 'w', threshold => 0.3, delta_base => 2);
\x
-- the independence-Poisson estimate, with the fraction of the reference table, and from weights
SELECT round((poisson_risk * 12)::numeric, 10) AS reidentifications FROM pt_risk_profile('twelve', '{sex,age,area}', '{}', sampling_fraction => 12 / 124.0);
SELECT round((poisson_risk * 12)::numeric, 10) AS reidentifications, abs(poisson_population_uniques / exp(-18.148148148148148) - 1) < 1e-9 AS unique FROM pt_risk_profile('twelve', '{sex,age,area}', '{}', weight => 'w');
SELECT poisson_risk = average_risk AS whole_population FROM pt_risk_profile('twelve', '{sex,age,area}', '{}', sampling_fraction => 1);
SELECT poisson_risk FROM pt_risk_profile('twelve', '{sex,age,area}', '{}');
-- several sensitive attributes and their combination; a sensitive attribute with a hierarchy; an order
CREATE TYPE grade AS ENUM ('C', 'B', 'A');
CREATE TABLE graded AS SELECT sex, age, area, out, ascii(out) AS code, out::grade AS grade FROM twelve;
CREATE TABLE tree (value text, node text);
INSERT INTO tree VALUES ('A', 'ab'), ('B', 'ab'), ('C', 'c');
SELECT pt_set_hierarchy('graded', 'out', 'tree', '{value,node}');
SELECT sensitive_attribute, sensitive_values, l_diversity, t_closeness, ordered_t_closeness, hierarchical_t_closeness FROM pt_risk_profile('graded', '{sex,age,area}', '{out,code,grade}');
SELECT sensitive_attribute, sensitive_values, l_diversity, alpha, t_closeness FROM pt_risk_profile('graded', '{sex}', '{age,area}');
SELECT pt_l_diversity((age, area), sex), pt_alpha((age, area), sex), pt_t_closeness((age, area), sex) FROM graded;

-- People: distinct ones, in each class they appear in.
SELECT setseed(0.25);
CREATE TABLE visits AS SELECT i AS visit, CASE WHEN random() < .02 THEN NULL ELSE floor(random() * 900)::int END AS person, floor(random() * 4)::int AS a, (ARRAY['x', 'X', 'y', NULL])[1 + floor(random() * 4)] AS b,
  (ARRAY[1.0, 1.00, 2.5, NULL])[1 + floor(random() * 4)]::numeric AS c, floor(random() * 5)::int AS s, repeat('long ', 500) || floor(random() * 3) AS long FROM generate_series(1, 4000) i;
CREATE VIEW expected AS WITH cell AS (SELECT a, b, c, s, count(DISTINCT person)::float8 AS n FROM visits WHERE person IS NOT NULL GROUP BY a, b, c, s),
  class AS (SELECT a, b, c, count(DISTINCT person)::float8 AS f FROM visits WHERE person IS NOT NULL GROUP BY a, b, c),
  share AS (SELECT a, b, c, s, n / sum(n) OVER (PARTITION BY a, b, c) AS q, sum(n) OVER (PARTITION BY s) / sum(n) OVER () AS p FROM cell),
  distance AS (SELECT sum(greatest(q - p, 0)) AS t, count(*) AS l, max(abs(ln(q / p))) AS delta FROM share GROUP BY a, b, c)
  SELECT (SELECT min(f) FROM class) AS k, (SELECT count(*) FROM class) AS classes, (SELECT count(*) / sum(f) FROM class) AS average_risk, (SELECT avg(1 / f) FROM class) AS average_class_risk,
    (SELECT min(l) FROM distance) AS l, (SELECT max(t) FROM distance) AS t, (SELECT max(delta) FROM distance) AS delta, (SELECT count(DISTINCT person) FROM visits) AS people,
    (SELECT count(*) FROM (SELECT person FROM visits WHERE person IS NOT NULL GROUP BY person HAVING count(DISTINCT (a, b, c)) > 1) m) AS several, (SELECT count(*) FROM visits WHERE person IS NULL) AS without;
SELECT p.k = e.k AS k, p.classes = e.classes AS classes, abs(p.average_risk - e.average_risk) < 1e-12 AS average, abs(p.average_class_risk - e.average_class_risk) < 1e-12 AS class_average, p.l_diversity = e.l AS l,
       abs(p.t_closeness - e.t) < 1e-12 AS t, abs(p.delta_disclosure - e.delta) < 1e-12 AS delta, p.people = e.people AS people, p.people_in_several_classes = e.several AS several, p.rows_without_person = e.without AS without
  FROM pt_risk_profile('visits', '{a,b,c}', '{s}', person_key => 'person') p, expected e;
-- every row a person: the aggregates give the same
SELECT p.k = a.k AND p.classes = a.classes AND p.discernibility = a.discernibility AND p.t_closeness = a.t AND p.entropy_l_diversity = a.entropy AND p.ordered_t_closeness = a.ordered AND p.beta_likeness = a.beta AS same
  FROM pt_risk_profile('visits', '{a,b,c,long}', '{s}') p, (SELECT pt_k_anonymity(a, b, c, long) AS k, pt_class_count(a, b, c, long) AS classes, pt_discernibility(a, b, c, long) AS discernibility, pt_t_closeness(s, a, b, c, long) AS t,
    pt_entropy_l_diversity(s, a, b, c, long) AS entropy, pt_ordered_t_closeness(s, a, b, c, long) AS ordered, pt_beta_likeness(s, a, b, c, long) AS beta FROM visits) a;

-- The same figures from any form of the source and in any order of the rows, to the last bit.
CREATE TABLE shuffled AS SELECT * FROM visits ORDER BY md5(visit::text);
CREATE VIEW viewed AS SELECT * FROM shuffled;
CREATE MATERIALIZED VIEW stored AS SELECT * FROM shuffled;
CREATE TABLE parts (LIKE visits) PARTITION BY HASH (visit);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT * FROM visits;
CREATE TABLE parent AS SELECT * FROM visits WHERE visit % 3 = 0;
CREATE TABLE child () INHERITS (parent);
INSERT INTO child SELECT * FROM visits WHERE visit % 3 > 0;
CREATE TABLE altered AS SELECT visit, 0 AS gone, person, a, b, c, s, long FROM visits;
ALTER TABLE altered DROP COLUMN gone, ADD COLUMN added int DEFAULT 7, ADD COLUMN twice int GENERATED ALWAYS AS (a * 2) STORED;
SET extra_float_digits = 1;
CREATE TABLE figures AS SELECT source, (SELECT string_agg(p::text, ';') FROM pt_risk_profile(source, '{a,b,c}', '{s,long}', person_key => 'person') p) AS p, (SELECT string_agg(p::text, ';') FROM pt_risk_profile(source, '{a,b}', '{c,s}', weight => 'visit') p) AS w
  FROM unnest('{visits,shuffled,viewed,stored,parts,parent,altered}'::regclass[]) source;
SELECT count(*), count(DISTINCT p) AS of_people, count(DISTINCT w) AS of_rows FROM figures;
SET extra_float_digits = 0;
SELECT classes, k FROM pt_risk_profile('altered', '{added,twice}', '{}');
-- A person's weight is the largest of any row, whatever the order of the rows; who has several is said.
CREATE TABLE heavier (id int, q text, s text, w float8);
INSERT INTO heavier VALUES (1, 'a', 'x', 10), (1, 'a', 'y', 30), (2, 'a', 'x', 4), (2, 'b', 'x', 2), (3, 'b', 'x', 8), (4, 'b', 'y', 8);
CREATE TABLE lighter AS SELECT * FROM heavier ORDER BY w DESC;
SELECT u.k_map, u.marketer_risk, u.k_map = (SELECT min(f) FROM (SELECT sum(w) AS f FROM (SELECT DISTINCT q, id, max(w) OVER (PARTITION BY id) AS w FROM heavier) p GROUP BY q) c) AS expected, u = d AS any_order
  FROM pt_risk_profile('heavier', '{q}', '{s}', person_key => 'id', weight => 'w') u, pt_risk_profile('lighter', '{q}', '{s}', person_key => 'id', weight => 'w') d;
-- Collations, types without simple bytes, many values in many columns, quoted names.
CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE "Odd ""names""" ("Ünï" text COLLATE caseless, "a,b" text, "select" int[], "s""t" float8, r int4range, j jsonb);
INSERT INTO "Odd ""names""" SELECT (ARRAY['ab', 'AB', 'Ab'])[1 + i % 3], (ARRAY['ab', 'AB'])[1 + i % 2], ARRAY[i % 2, NULL], (ARRAY['0', '-0', 'NaN', 'Infinity'])[1 + i % 4]::float8, int4range(i % 2, 5), ('{"a": ' || i % 2 || '.0}')::jsonb FROM generate_series(1, 24) i;
SELECT k, classes FROM pt_risk_profile('"Odd ""names"""', ARRAY['Ünï'], '{}');
SELECT k, classes FROM pt_risk_profile('"Odd ""names"""', ARRAY['a,b'], '{}');
SELECT k, classes, sensitive_values, l_diversity, ordered_t_closeness FROM pt_risk_profile('"Odd ""names"""', ARRAY['Ünï', 'select', 'r', 'j'], ARRAY['s"t']);
CREATE TABLE large AS SELECT i AS q1, i % 70000 AS q2, i % 3 AS q3, i % 2 AS q4, i % 5 AS q5 FROM generate_series(1, 90000) i;
SELECT p.k, p.classes, p.classes = (SELECT count(DISTINCT (q2, q3, q4, q5)) FROM large) AS equal FROM pt_risk_profile('large', '{q2,q3,q4,q5}', '{}') p;
SELECT classes, l_diversity, sensitive_values FROM pt_risk_profile('large', '{q3,q4}', '{q1,q2}');
-- 1,600 columns
DO $$ BEGIN EXECUTE 'CREATE TABLE broad (' || (SELECT string_agg('c' || i || ' int', ',') FROM generate_series(1, 1600) i) || ')'; END $$;
INSERT INTO broad (c1, c1600) SELECT i % 3, i % 2 FROM generate_series(1, 60) i;
SELECT p.k, p.classes FROM pt_risk_profile('broad', (SELECT array_agg('c' || i) FROM generate_series(1, 1600) i), '{}') p;
-- nobody, one, missing values only
CREATE TABLE nobody (a int, b text, w float8);
SELECT k, classes, uniques, average_risk, l_diversity, t_closeness, k_map, people, rows_read FROM pt_risk_profile('nobody', '{a}', '{b}', weight => 'w');
INSERT INTO nobody VALUES (NULL, NULL, 3);
SELECT k, classes, uniques, average_risk, l_diversity, t_closeness, ordered_t_closeness, enhanced_beta_likeness, k_map, people FROM pt_risk_profile('nobody', '{a}', '{b}', weight => 'w');
SELECT k, people, rows_read, rows_without_person FROM pt_risk_profile('nobody', '{b}', '{}', person_key => 'a');
-- roles of the columns
CREATE TABLE described AS SELECT * FROM visits;
SELECT pt_set_role('described', 'person', 'person'), pt_set_role('described', 'a', 'quasi-identifier'), pt_set_role('described', 'b', 'quasi-identifier'), pt_set_role('described', 's', 'sensitive'), pt_set_domain('described', 'custom');
SELECT d.sensitive_attribute, d = n AS same FROM pt_risk_profile('described') d, pt_risk_profile('visits', '{a,b}', '{s}', person_key => 'person') n;

-- Bad input.
SELECT try($$NULL$$);
SELECT try($$'twelve', '{}'$$);
SELECT try($$'twelve', '{sex,NULL}'$$);
SELECT try($$'twelve', '{sex,sex}'$$);
SELECT try($$'twelve', '{sex,none}'$$);
SELECT try($$'twelve', '{sex}', '{none}'$$);
SELECT try($$'twelve', '{sex}', '{out,out}'$$);
SELECT try($$'twelve', '{sex,out}', '{out}'$$);
SELECT try($$'twelve', '{sex}', '{out}', person_key => 'none'$$);
SELECT try($$'twelve', '{sex}', '{out}', person_key => 'sex'$$);
SELECT try($$'twelve', '{sex}', '{out}', weight => 'none'$$);
SELECT try($$'twelve', '{sex}', '{out}', weight => 'sex'$$);
SELECT try($$'twelve', '{sex}', l => 0$$);
SELECT try($$'twelve', '{sex}', threshold => 'NaN'$$);
SELECT try($$'twelve', '{sex}', delta_base => 1$$);
SELECT try('''twelve'', ''{sex}'', sampling_fraction => ' || f) FROM unnest('{0,1.1,-1,''NaN''}'::text[]) f;
SELECT try($$'twelve', '{{sex,age},{area,out}}'$$);
CREATE TABLE heavy (a int, p point, w float8, n numeric);
INSERT INTO heavy VALUES (1, '(1,2)', 1, 1.2345678901234567);
SELECT try($$'heavy', '{p}', '{}'$$);
SELECT sensitive_attribute, ordered_t_closeness FROM pt_risk_profile('heavy', '{a}', '{n}');
INSERT INTO heavy (a, w) VALUES (1, NULL);
SELECT try($$'heavy', '{a}', '{}', weight => 'w'$$);
UPDATE heavy SET w = -1; SELECT try($$'heavy', '{a}', '{}', weight => 'w'$$);
UPDATE heavy SET w = 1e-13; SELECT try($$'heavy', '{a}', '{}', weight => 'w'$$);
UPDATE heavy SET w = 'NaN'; SELECT try($$'heavy', '{a}', '{}', weight => 'w'$$);
UPDATE heavy SET w = 'Infinity'; SELECT try($$'heavy', '{a}', '{}', weight => 'w'$$);
SET personatwin.memory_limit = '300kB';
SELECT try($$'large', '{q1}', '{}'$$) ~ '^53200' AS out_of_memory;
RESET personatwin.memory_limit;
SET statement_timeout = '30ms';
SELECT count(*) FROM generate_series(1, 50), pt_risk_profile('large', '{q1,q2}', '{q3}');
RESET statement_timeout;
SELECT k FROM pt_risk_profile('twelve', '{sex}', '{}');
-- rights: columns, row security, and the direct scan that must not go around them
CREATE ROLE regress_risk;
GRANT USAGE ON SCHEMA risk_profile TO regress_risk;
GRANT SELECT (a, b, s) ON visits TO regress_risk;
SET ROLE regress_risk;
SELECT try($$'visits', '{a,b}', '{s}'$$) ~ '^42501' AS no_execute;
RESET ROLE;
GRANT EXECUTE ON FUNCTION pt_risk_profile TO regress_risk;
SET ROLE regress_risk;
SELECT k > 0 AS allowed FROM pt_risk_profile('visits', '{a,b}', '{s}');
SELECT try($$'visits', '{a,b,c}', '{s}'$$);
SELECT try($$'twelve', '{sex}', '{}'$$);
RESET ROLE;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY partly ON visits USING (a < 2);
SET ROLE regress_risk;
SELECT try($$'visits', '{a,b}', '{s}'$$);
SELECT rows_read = (SELECT count(a) FROM visits) AS visible_rows FROM pt_risk_profile('visits', '{a,b}', '{s}', allow_row_security => true);
RESET ROLE;
DROP OWNED BY regress_risk;
DROP ROLE regress_risk;
-- the same transaction sees its own rows, others' rows of later are not seen
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM twelve WHERE sex = 'M';
SELECT people, k FROM pt_risk_profile('twelve', '{sex}', '{}');
ROLLBACK;
BEGIN TRANSACTION READ ONLY;
SELECT people, k FROM pt_risk_profile('twelve', '{sex}', '{}');
COMMIT;
DROP SCHEMA risk_profile CASCADE;
DROP EXTENSION personatwin;
