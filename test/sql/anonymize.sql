-- pt_anonymize_table: k holds in what was written, by an independent count; roles; every type; bad input.
CREATE EXTENSION personatwin;
CREATE SCHEMA anonymize;
SET search_path = anonymize, public;
SET client_min_messages = warning;
CREATE TABLE people AS
  SELECT i AS id, 'Name ' || i AS name, 18 + (i * i * 7) % 61 AS age, (ARRAY['F','M'])[1 + i % 2] AS sex,
         'county ' || (i * i) % 7 AS county, ((i * 37) % 1000) / 10.0 AS income, date '2020-01-01' + (i * 11) % 700 AS seen,
         (ARRAY['dismissed','prison','probation'])[1 + (i / 3 + i * i) % 3] AS verdict
    FROM generate_series(1, 2000) i;

-- Text stays text or becomes '*', numbers and dates become ranges that include both ends.
SELECT rows_read, rows_written, people, people_suppressed, smallest_class >= 5 AS k_holds, average_risk = classes / people::float8 AS average,
       maximum_risk <= 0.2 AS maximum, granularity_quality BETWEEN 0.99 AND 1 AS quality
  FROM pt_anonymize_table('people', 'safe1', quasi_identifiers => '{sex,age,county}', keep => '{verdict}');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'safe1'::regclass AND attnum > 0 ORDER BY attnum;
SELECT min(n) >= 5 AS k_holds, sum(n) FROM (SELECT count(*) AS n FROM safe1 GROUP BY age, sex, county) g;
SELECT verdict, count(*) = (SELECT count(*) FROM people p WHERE p.verdict = s.verdict) AS all_there FROM safe1 s GROUP BY 1 ORDER BY 1;
-- Every person is covered by some row, and no row tells what is not so: equal numbers inside each released cell.
SELECT count(*) FROM people p WHERE NOT EXISTS (SELECT FROM safe1 s WHERE p.age <@ s.age AND s.sex IN (p.sex, '*') AND s.county IN (p.county, '*')
  AND s.verdict = p.verdict);
-- The same table in another physical order gives the same rows in the same order.
CREATE TABLE shuffled AS SELECT * FROM people ORDER BY md5(id::text);
SELECT classes > 100 AS many FROM pt_anonymize_table('shuffled', 'safe2', quasi_identifiers => '{county,sex,age}', keep => '{verdict}');
SELECT (SELECT string_agg(s::text, E'\n') FROM safe1 s) = (SELECT string_agg(s::text, E'\n') FROM safe2 s) AS same;

-- By roles: detected and recorded at the first call, identifiers gone, kept by role.
RESET client_min_messages;
SELECT rows_written FROM pt_anonymize_table('people', 'safe3');
SELECT pt_set_role('people', 'verdict', 'outcome');
SELECT pt_set_role('people', 'income', 'quasi-identifier');
SELECT pt_set_role('people', 'seen', 'detail: date');
SELECT rows_written, smallest_class >= 20 AS k_holds FROM pt_anonymize_table('people', 'safe4', 20);
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'safe4'::regclass AND attnum > 0 ORDER BY attnum;
SELECT min(n) >= 20 AS k_holds FROM (SELECT count(*) AS n FROM safe4 GROUP BY age, sex, county, income) g;
SELECT count(*) FROM safe4 s WHERE s::text LIKE '%Name%';
SET client_min_messages = warning;

-- Suppression: at most the share, quality no worse.
SELECT people_suppressed BETWEEN 1 AND 100 AS some, people + people_suppressed AS people, rows_written = people AS rows, smallest_class >= 5 AS k_holds
  FROM pt_anonymize_table('people', 'safe5', 5, '{age,county,seen}', 0.05);

-- People, not rows: 40 people with 10 rows each, at most one value of city a person would be 4 people.
CREATE TABLE visits AS SELECT i % 40 AS who, 'city ' || i % 10 AS city, i % 3 AS reason FROM generate_series(1, 400) i;
SELECT rows_written, people, smallest_class FROM pt_anonymize_table('visits', 'safe6', 5, '{city}', person_key => 'who');
SELECT city, count(*) FROM safe6 GROUP BY 1;
SELECT rows_written, people, smallest_class FROM pt_anonymize_table('visits', 'safe7', 4, '{city}', person_key => 'who');
SELECT count(DISTINCT city) FROM safe7;
-- Rows without a person count for nobody.
CREATE TABLE nobody AS SELECT NULLIF(i % 7, 6) AS who, 'x' AS city FROM generate_series(1, 70) i;
SELECT rows_written, people FROM pt_anonymize_table('nobody', 'safe8', 6, '{city}', person_key => 'who');
SELECT * FROM pt_anonymize_table('nobody', 'safe8b', 7, '{city}', person_key => 'who');

-- Missing values, NaN and infinities, the ends of types, every kind of column.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN grade AS int CHECK (VALUE >= 0);
CREATE TABLE kinds (i2 int2, i4 int4, i8 int8, n numeric, f4 float4, f8 float8, d date, t timestamp, tz timestamptz,
  b boolean, e mood, g grade, a text[], c char(4), v varchar(9), u uuid, j jsonb, gen int GENERATED ALWAYS AS (i4 / 2) STORED);
INSERT INTO kinds SELECT 1, 2147483647, 9223372036854775807, 'NaN', 1.5, 'infinity', 'infinity', 'infinity', '-infinity', true, 'ok', 3, '{x,y}', 'ab', 'v',
  '00000000-0000-0000-0000-000000000001', '{"a": 1}' FROM generate_series(1, 5);
INSERT INTO kinds SELECT 2, -2147483648, -9223372036854775808, 12345678901234567890.5, 0.1, 0.1, '5874897-12-31', '1999-12-31 23:59:59.999999',
  '2020-06-01 12:00:00.123456+00', false, 'sad', 4, '{}', 'cd', 'w', '00000000-0000-0000-0000-000000000002', '{}' FROM generate_series(1, 5);
INSERT INTO kinds (i2) SELECT NULL FROM generate_series(1, 5);
INSERT INTO kinds SELECT 3, 7, 7, 7, 7, 7, '0044-03-15 BC', '0044-03-15 BC', '0044-03-15 BC', NULL, 'happy', 5, NULL, NULL, NULL, NULL, NULL FROM generate_series(1, 5);
SET timezone = 'UTC';
RESET client_min_messages;
SELECT rows_written, classes, granularity_quality FROM pt_anonymize_table('kinds', 'safe9', quasi_identifiers => '{i2,i4,i8,n,f4,f8,d,t,tz,b,e,g,a,c,v,u,j,gen}');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'safe9'::regclass AND attnum > 0 ORDER BY attnum;
\x
\pset null (null)
SELECT DISTINCT ON (s::text) * FROM safe9 s ORDER BY s::text;
\x
SET client_min_messages = warning;
-- Kept columns come through as they are, long ones too.
CREATE TABLE wide AS SELECT i % 2 AS q, repeat(md5(i::text), 400) AS long, ARRAY[i, i + 1] AS a, (i || '.5')::numeric(9,2) AS n FROM generate_series(1, 20) i;
SELECT rows_written FROM pt_anonymize_table('wide', 'safe10', quasi_identifiers => '{q}', keep => '{a,long,n}');
SELECT count(*) FROM wide w JOIN safe10 s ON w.long = s.long AND w.a = s.a AND w.n = s.n AND w.q <@ s.q;
SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'safe10'::regclass AND attname = 'n';
-- A value '*' is not taken for one that is withheld.
CREATE TABLE stars AS SELECT CASE WHEN i <= 6 THEN '*' ELSE i::text END AS q FROM generate_series(1, 12) i;
SELECT classes FROM pt_anonymize_table('stars', 'safe11', quasi_identifiers => '{q}');
SELECT q, count(*) FROM safe11 GROUP BY q ORDER BY q;

-- Views, partitions, quoted names, schemas off the search path, temporary targets.
CREATE SCHEMA "Odd ""Schema";
CREATE TABLE "Odd ""Schema"."Tab le" ("Ä q" text, "; drop table people; --" int) PARTITION BY LIST ("Ä q");
CREATE TABLE "Odd ""Schema".p1 PARTITION OF "Odd ""Schema"."Tab le" FOR VALUES IN ('a');
CREATE TABLE "Odd ""Schema".p2 PARTITION OF "Odd ""Schema"."Tab le" DEFAULT;
INSERT INTO "Odd ""Schema"."Tab le" SELECT chr(97 + i % 3), i FROM generate_series(1, 30) i;
SELECT rows_written, classes FROM pt_anonymize_table('"Odd ""Schema"."Tab le"', '"Odd ""Schema"."T ""x"', quasi_identifiers => '{"Ä q","; drop table people; --"}');
SELECT count(*) FROM "Odd ""Schema"."T ""x";
CREATE VIEW v AS SELECT * FROM people WHERE age < 40;
SELECT rows_written = (SELECT count(*) FROM v) AS all_rows FROM pt_anonymize_table('v', 'pg_temp.safe12', quasi_identifiers => '{age}');
SELECT min(n) >= 5 AS k_holds FROM (SELECT count(*) AS n FROM pg_temp.safe12 GROUP BY age) g;

-- 30 columns, all unique, all identical, empty.
CREATE TABLE many AS SELECT (SELECT row_to_json(r)->>'x' FROM (SELECT i AS x) r) AS c0, i % 2 AS c1, i % 3 AS c2, i % 5 AS c3, i % 7 AS c4, i % 11 AS c5, i % 13 AS c6,
  i % 17 AS c7, i % 19 AS c8, i % 23 AS c9, (i % 2)::text AS d1, (i % 3)::text AS d2, (i % 5)::text AS d3, (i % 7)::text AS d4, (i % 11)::text AS d5,
  (i % 13)::text AS d6, (i % 17)::text AS d7, (i % 19)::text AS d8, (i % 23)::text AS d9, i AS e1, i * 2 AS e2, i * 3 AS e3, i * 5 AS e4, i * 7 AS e5,
  i::text AS f1, (i * 2)::text AS f2, (i * 3)::text AS f3, (i * 5)::text AS f4, (i * 7)::text AS f5 FROM generate_series(1, 1000) i;
SELECT rows_written, smallest_class >= 5 AS k_holds FROM pt_anonymize_table('many', 'safe13',
  quasi_identifiers => (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'many'::regclass AND attnum > 0));
SELECT rows_written, classes, granularity_quality FROM pt_anonymize_table('many', 'safe14', 1000, '{c0}');
SELECT * FROM pt_anonymize_table((SELECT 'people'::regclass), 'safe15', 2000, '{age}');
CREATE TABLE empty (LIKE people);
SELECT * FROM pt_anonymize_table('empty', 'safe16', quasi_identifiers => '{age,sex}');
SELECT count(*) FROM safe16;

-- Errors.
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE what text; why text; how text;
BEGIN
  EXECUTE 'SELECT count(*) FROM ' || call;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL, how = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, NULLIF(why, ''), NULLIF(how, ''));
END $$;
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', 1)$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', -5)$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', suppression => 1.1)$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', suppression => 'NaN')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', k => NULL)$$);
SELECT pg_temp.try($$pt_anonymize_table(NULL, 'bad')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', NULL)$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', 2001, '{age}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age,NULL}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age,age}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age,no_such}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age}', keep => '{no_such}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age}', keep => '{age}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age}', keep => '{name}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{name}')$$);
SELECT pg_temp.try($$pt_anonymize_table('visits', 'bad', quasi_identifiers => '{city}', person_key => 'city')$$);
SELECT pg_temp.try($$pt_anonymize_table('visits', 'bad', quasi_identifiers => '{city}', person_key => 'no_such')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'safe1', quasi_identifiers => '{age}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'no_schema.bad', quasi_identifiers => '{age}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', 'a.b.c.d', quasi_identifiers => '{age}')$$);
SELECT pg_temp.try($$pt_anonymize_table('people', '', quasi_identifiers => '{age}')$$);
SELECT to_regclass('bad') IS NULL AS nothing_left_behind;
BEGIN TRANSACTION READ ONLY;
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age}')$$);
ROLLBACK;
SET personatwin.memory_limit = '64kB';
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age}')$$) ~ '^53200' AS out_of_memory;
RESET personatwin.memory_limit;
-- Rights and row security.
CREATE ROLE regress_anonymizer;
GRANT ALL ON SCHEMA anonymize TO regress_anonymizer;
GRANT SELECT (id, age, sex, verdict, seen) ON people TO regress_anonymizer;
GRANT SELECT ON visits TO regress_anonymizer;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY partly ON visits USING (reason > 0);
SET ROLE regress_anonymizer;
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age}')$$) ~ '^42501' AS no_execute;
RESET ROLE;
GRANT EXECUTE ON FUNCTION pt_anonymize_table TO regress_anonymizer;
SET ROLE regress_anonymizer;
SELECT pg_temp.try($$pt_anonymize_table('people', 'bad', quasi_identifiers => '{age,county}')$$) ~ '^42501' AS no_column;
SELECT rows_written FROM pt_anonymize_table('people', 'mine', quasi_identifiers => '{age,sex}');
SELECT tableowner FROM pg_tables WHERE tablename = 'mine';
SELECT pg_temp.try($$pt_anonymize_table('visits', 'bad', quasi_identifiers => '{city}')$$);
SELECT rows_written = (SELECT count(*) FROM visits) AS visible FROM pt_anonymize_table('visits', 'mine2', quasi_identifiers => '{city}', allow_row_security => true);
RESET ROLE;
DROP OWNED BY regress_anonymizer;
DROP ROLE regress_anonymizer;
-- Cancelled in the middle: the table is gone, the session goes on.
CREATE TABLE large AS SELECT i AS q1, i * 7 % 1000003 AS q2, i * 13 % 1000033 AS q3 FROM generate_series(1::bigint, 300000) i;
SET statement_timeout = '300ms';
SELECT pg_temp.try($$pt_anonymize_table('large', 'bad', quasi_identifiers => '{q1,q2,q3}')$$);
RESET statement_timeout;
SELECT to_regclass('bad') IS NULL AS nothing_left_behind;
-- Hierarchies: labels of the lowest node that k people share; values that the hierarchy doesn't know are 'not shown' above themselves.
CREATE TABLE places (town text, region text, state text);
INSERT INTO places VALUES ('a1', 'A', 'north'), ('a2', 'A', 'north'), ('b1', 'B', 'north'), ('b2', 'B', 'north'), ('c1', 'C', 'south'), ('c2', 'C', 'south');
CREATE TABLE towns AS SELECT (ARRAY['a1','a1','a1','a2','a2','b1','b1','b2','c1','c1','c1','c1','c1','c2','c2','c2','c2','c2','c2','b2'])[i] AS town FROM generate_series(1, 20) i;
SELECT pt_set_hierarchy('towns', 'town', 'places', '{town,region,state}');
SELECT classes, granularity_quality FROM pt_anonymize_table('towns', 'safe17', 4, '{town}');
SELECT town, count(*) FROM safe17 GROUP BY town ORDER BY town;
INSERT INTO towns VALUES ('elsewhere');
RESET client_min_messages;
SELECT classes FROM pt_anonymize_table('towns', 'safe18', 4, '{town}');
SELECT town, count(*) FROM safe18 GROUP BY town ORDER BY town;
-- A table of events, undescribed: the roles of its events are recorded too and serve later runs; nothing that tells who a person is comes through.
SET client_min_messages = warning;
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(300);
SELECT rows_written = rows_read AS all_rows, people, smallest_class >= 5 AS k_holds FROM pt_anonymize_table('court', 'safe19');
SELECT role, count(*) FROM pt_roles('court') WHERE role LIKE 'event%' GROUP BY role ORDER BY role;
SELECT count(*) FROM (SELECT DISTINCT full_name, ssn, phone, email, case_number FROM court) c
 WHERE EXISTS (SELECT FROM safe19 s WHERE s::text LIKE ANY (ARRAY['%' || full_name || '%', '%' || ssn || '%', '%' || phone || '%', '%' || email || '%', '%' || case_number || '%']));
DROP SCHEMA "Odd ""Schema" CASCADE;
DROP SCHEMA anonymize CASCADE;
DROP EXTENSION personatwin;
