-- pt_granularity: closed forms by hand, the figures of pt_anonymize_table, releases of other tools, bad input.
CREATE EXTENSION personatwin;
SET extra_float_digits = 0;
SET client_min_messages = warning;
CREATE SCHEMA granularity;
SET search_path = granularity, public;
CREATE FUNCTION try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE why text; how text; result text;
BEGIN EXECUTE 'SELECT * FROM pt_granularity(' || call || ')' INTO result; RETURN 'no error';
EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL, how = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, NULLIF(why, ''), NULLIF(how, ''));
END $$;
-- By hand. Towns: 5 leaves, north = {a, b}, south = {c, d, e}; losses 0, 1/4, 2/4, 1. Ages 20 .. 60: [20,29] is 9/40, [50,80] 10/40.
CREATE TABLE people (town text, age int, sex text, born date);
INSERT INTO people VALUES ('a', 20, 'F', '2000-01-01'), ('b', 30, 'M', '2000-01-11'), ('c', 40, 'F', '2000-01-21'), ('d', 60, 'M', '2000-04-10');
CREATE TABLE tree (town text, half text, top text);
INSERT INTO tree VALUES ('a', 'north', '*'), ('b', 'north', '*'), ('c', 'south', '*'), ('d', 'south', '*'), ('e', 'south', '*');
SELECT pt_set_hierarchy('people', 'town', 'tree', '{town,half,top}');
CREATE TABLE released (age int4range, town varchar(9), sex text, born daterange);
INSERT INTO released VALUES ('[20,30)', 'a', 'F', '[2000-01-01,2000-01-02)'), ('[30,30]', 'north', '*', '[2000-01-11,2000-01-21]'), ('[50,80]', 'south', 'F', '(,)'), ('(,)', '*', 'M', '[1999-01-01,infinity)');
SELECT * FROM pt_granularity('people', 'released', '{town,age,sex,born}');
SELECT town.loss = (0 + 1/4. + 2/4. + 1) / 4 AS town, age.loss = (9/40. + 0 + 10/40. + 1) / 4 AS age, sex.loss = 1/4. AS sex, born.loss = (0 + .1 + 1 + 1) / 4 AS born
  FROM pt_granularity('people', 'released', '{town}') town, pt_granularity('people', 'released', '{age}') age, pt_granularity('people', 'released', '{sex}') sex, pt_granularity('people', 'released', '{born}') born
 WHERE town.quasi_identifier = '(all)' AND age.quasi_identifier = '(all)' AND sex.quasi_identifier = '(all)' AND born.quasi_identifier = '(all)';
-- the table itself tells everything; stars nothing; half the rows missing count as lost; so do NULLs that the original does not have
SELECT quality FROM pt_granularity('people', 'people', '{town,age,sex,born}') WHERE quasi_identifier = '(all)';
CREATE VIEW stars AS SELECT '*' AS town, '(,)'::int8range AS age, '*'::name AS sex, NULL::date AS born FROM people;
SELECT quasi_identifier, suppressed, loss, quality FROM pt_granularity('people', 'stars', '{town,age,sex,born}');
CREATE VIEW half AS SELECT * FROM people LIMIT 2;
SELECT suppressed, loss FROM pt_granularity('people', 'half', '{town,age}');
-- missing values: a leaf of their own, told exactly by NULL as often as the original has them
CREATE TABLE gaps AS SELECT CASE WHEN i > 2 THEN chr(96 + i) END AS c, CASE WHEN i > 2 THEN i::float8 WHEN i = 2 THEN 'NaN' END AS x FROM generate_series(1, 6) i;
CREATE TABLE gaps_released AS SELECT CASE WHEN i > 3 THEN chr(96 + i) END AS c, CASE WHEN i > 2 THEN numrange(3, 4.5, '[]') END AS x FROM generate_series(1, 6) i;
SELECT quasi_identifier, leaves, suppressed, loss FROM pt_granularity('gaps', 'gaps_released', '{c,x}');
SELECT quality FROM pt_granularity('gaps', 'gaps', '{c,x}');
-- The same as pt_anonymize_table says of its own releases: hierarchies, ranges of all types, missing values, suppression.
SELECT setseed(.5);
CREATE TABLE kinds AS SELECT (ARRAY['a', 'b', 'c', 'd', 'e', NULL])[1 + floor(random() * 6)] AS town, floor(random() * 60)::int2 AS i2, (random() * 1000)::int AS i4, (random() * 1e12)::int8 AS i8, (random() * 100)::numeric(6, 2) AS n, random()::float4 AS f4,
  CASE WHEN random() < .1 THEN 'NaN' ELSE random() END AS f8, date '2000-01-01' + (random() * 900)::int AS d, timestamp '2000-01-01' + random() * interval '9 days' AS t, timestamptz '2000-01-01' + random() * interval '9 days' AS tz, random() < .3 AS b FROM generate_series(1, 400);
SELECT pt_set_hierarchy('kinds', 'town', 'tree', '{town,half,top}');
CREATE FUNCTION same(columns text[], k int, suppression float8) RETURNS text LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE a float8; b float8;
BEGIN
  DROP TABLE IF EXISTS kinds_released;
  SELECT granularity_quality INTO a FROM pt_anonymize_table('kinds', 'kinds_released', k, columns, suppression);
  SELECT quality INTO b FROM pt_granularity('kinds', 'kinds_released', columns) WHERE quasi_identifier = '(all)';
  RETURN CASE WHEN abs(a - b) < 1e-12 AND a BETWEEN .01 AND .99 THEN 'same' ELSE a || ' ' || b END;
END $$;
SELECT columns, same(columns::text[], k, suppression) FROM (VALUES ('{town}', 80, 0.0), ('{town,i2}', 5, 0), ('{i4,n,b}', 7, .1), ('{i8,f4,d}', 5, 0), ('{t,tz}', 9, .2), ('{f8,i2}', 4, 0), ('{b,i2,i4,n,d}', 3, .05)) v(columns, k, suppression);
-- roles of the columns, quoted names, nobody
CREATE TABLE "Odd ""x""" ("a,b" text, "Größe" int);
SELECT * FROM pt_granularity('"Odd ""x"""', '"Odd ""x"""', ARRAY['a,b', 'Größe']);
INSERT INTO "Odd ""x""" VALUES ('x', 3);
SELECT quasi_identifier, leaves, loss FROM pt_granularity('"Odd ""x"""', '"Odd ""x"""', ARRAY['a,b', 'Größe']);
SELECT pt_set_role('people', 'age', 'quasi-identifier'), pt_set_role('people', 'sex', 'quasi-identifier'), pt_set_domain('people', 'custom');
SELECT quasi_identifier, loss FROM pt_granularity('people', 'released');

-- Bad input.
SELECT try($$NULL, 'released'$$);
SELECT try($$'people', NULL$$);
SELECT try($$'people', 'released', '{}'$$);
SELECT try($$'people', 'released', '{age,age}'$$);
SELECT try($$'people', 'released', '{none}'$$);
SELECT try($$'people', 'half', '{age,born,ctid}'$$);
CREATE TABLE more AS SELECT p.* FROM people p, generate_series(1, 2);
SELECT try($$'people', 'more', '{sex}'$$);
CREATE TABLE strange AS SELECT 'west' AS town, 'empty'::int4range AS age, 'f' AS sex, '[2020-01-01,2020-02-01)'::daterange AS born;
SELECT try(format('%L, %L, %L', 'people', 'strange', '{' || c || '}')) FROM unnest('{town,age,sex,born}'::text[]) c;
CREATE TABLE unlike AS SELECT 20.5::numeric AS age, 'F' AS sex, 7 AS born;
SELECT try(format('%L, %L, %L', 'people', 'unlike', '{' || c || '}')) FROM unnest('{age,sex,born}'::text[]) c;
CREATE ROLE regress_granularity;
GRANT USAGE ON SCHEMA granularity TO regress_granularity;
GRANT SELECT ON people TO regress_granularity;
SET ROLE regress_granularity;
SELECT try($$'people', 'released', '{age}'$$);
RESET ROLE;
GRANT EXECUTE ON FUNCTION pt_granularity TO regress_granularity;
SET ROLE regress_granularity;
SELECT try($$'people', 'released', '{age}'$$);
SELECT try($$'people', 'people', '{age}'$$);
RESET ROLE;
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY partly ON people USING (age < 50);
SET ROLE regress_granularity;
SELECT try($$'people', 'people', '{age}'$$);
SELECT cells FROM pt_granularity('people', 'people', '{age}', allow_row_security => true) LIMIT 1;
RESET ROLE;
DROP OWNED BY regress_granularity;
DROP ROLE regress_granularity;
DROP SCHEMA granularity CASCADE;
DROP EXTENSION personatwin;
