-- pt_microaggregate: means, order, what is left out, and what is refused.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
RESET client_min_messages;
-- worked out by hand: the outermost rows are 100 and 1; {90, 100}, then {1, 2} and the rest
CREATE TABLE few (x int, name text, "Größe" numeric);
INSERT INTO few VALUES (1, 'a', 10), (2, 'b', 20), (10, 'c', 30), (12, 'd', 40), (90, 'e', 50), (100, 'f', 60);
SELECT rows_read, rows_written, rows_left_out, groups, smallest_group, largest_group, round(information_loss::numeric, 6) AS loss, method_used FROM pt_microaggregate('few', 'few2', '{x}', 2);
SELECT x, count(*) FROM few2 GROUP BY x ORDER BY x;
SELECT round((100 * sum((f.x - m) ^ 2) / (SELECT sum((x - a) ^ 2) FROM few, (SELECT avg(x) AS a FROM few) y))::numeric, 6) AS loss_in_sql
  FROM few f JOIN (VALUES (1, 1.5), (2, 1.5), (10, 11), (12, 11), (90, 95), (100, 95)) v(x, m) USING (x);
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'few2';
SELECT groups, method_used FROM pt_microaggregate('few', 'few3', '{"Größe",x}', 2, keep => '{name}', method => 'fast');
SELECT * FROM few3 ORDER BY name;

-- every row belongs to a group of k to 2k - 1; sums stay; any order of rows and either plan give the same table
CREATE TABLE many AS SELECT i AS id, ((i * 7919::int8) % 1009)::float8 AS a, sqrt(i) AS b, ((i * 31::int8) % 17)::int2 AS c, i % 3 = 0 AS flag FROM generate_series(1, 5000) i;
SELECT rows_written, smallest_group >= 4 AND largest_group < 8 AS sizes, information_loss BETWEEN 0.01 AND 20 AS loss, method_used FROM pt_microaggregate('many', 'many4', '{a,b,c}', 4, keep => '{flag}');
SELECT min(n) >= 4 AS at_least, (SELECT abs(sum(m.a) - (SELECT sum(a) FROM many)) < 1e-6 AND abs(sum(m.b) - (SELECT sum(b) FROM many)) < 1e-6 FROM many4 m) AS sums
  FROM (SELECT count(*) AS n FROM many4 GROUP BY a, b, c) g;
CREATE TABLE shuffled AS SELECT * FROM many ORDER BY md5(id::text);
SELECT method_used FROM pt_microaggregate('shuffled', 'shuffled4', '{a,b,c}', 4, keep => '{flag}');
SELECT (SELECT md5(string_agg(m::text, ';' ORDER BY ctid)) FROM many4 m) = (SELECT md5(string_agg(m::text, ';' ORDER BY ctid)) FROM shuffled4 m) AS same_table;
SELECT method_used FROM pt_microaggregate('many', 'many_fast', '{a,b,c}', 4, method => 'fast'), LATERAL (SELECT 1) x;
SELECT method_used FROM pt_microaggregate('shuffled', 'shuffled_fast', '{a,b,c}', 4, method => 'fast');
SELECT (SELECT md5(string_agg(m::text, ';' ORDER BY ctid)) FROM many_fast m) = (SELECT md5(string_agg(m::text, ';' ORDER BY ctid)) FROM shuffled_fast m) AS same_table;

-- NULL, NaN, infinities are left out; constant columns; identical rows; as many rows as k
CREATE TABLE odd_numbers AS SELECT * FROM (VALUES (1::float8, 7), ('NaN', 7), ('infinity', 7), ('-infinity', 7), (NULL, 7), (3, NULL), (2, 7), (3, 7), (-0.0, 7)) v(x, y);
SELECT rows_read, rows_written, rows_left_out, groups, smallest_group FROM pt_microaggregate('odd_numbers', 'odd2', '{x,y}', 2);
TABLE odd2 ORDER BY 1;
SELECT information_loss, sse, sst, groups FROM pt_microaggregate('odd_numbers', 'odd3', '{y}', 4);
SELECT groups, information_loss FROM pt_microaggregate('few', 'few6', '{x}', 6);
-- labelled columns are the default
SELECT pt_set_role('many', 'a', 'quasi-identifier') IS NULL AS role;
SELECT rows_written FROM pt_microaggregate('many', 'by_role');
SELECT attname FROM pg_attribute WHERE attrelid = 'by_role'::regclass AND attnum > 0;

-- refused, and nothing is left behind
SELECT * FROM pt_microaggregate('few', 'no', '{x}', 1);
SELECT * FROM pt_microaggregate('few', 'no', '{x}', -3);
SELECT * FROM pt_microaggregate('few', 'no', '{x}', 7);
SELECT * FROM pt_microaggregate('few', 'no');
SELECT * FROM pt_microaggregate('few', 'no', '{}');
SELECT * FROM pt_microaggregate('few', 'no', '{x,NULL}');
SELECT * FROM pt_microaggregate('few', 'no', '{y}');
SELECT * FROM pt_microaggregate('few', 'no', '{name}');
SELECT * FROM pt_microaggregate('few', 'no', '{x,x}');
SELECT * FROM pt_microaggregate('few', 'no', '{x}', keep => '{x}');
SELECT * FROM pt_microaggregate('few', 'no', '{x}', method => 'magic');
SELECT * FROM pt_microaggregate('few', 'few2', '{x}', 2);
SELECT * FROM pt_microaggregate(NULL, 'no', '{x}');
SELECT * FROM pt_microaggregate('few', NULL, '{x}');
SELECT * FROM pt_microaggregate('few', 'no', '{x}', NULL);
SELECT pt_set_role('few', 'name', 'identifier') IS NULL AS role;
SELECT * FROM pt_microaggregate('few', 'no', '{x}', 2, keep => '{name}');
TRUNCATE few2;
SELECT * FROM pt_microaggregate('few2', 'no', '{x}', 2);
BEGIN READ ONLY;
SELECT * FROM pt_microaggregate('few', 'no', '{x}', 2);
ROLLBACK;
CREATE ROLE micro_nobody;
GRANT EXECUTE ON FUNCTION pt_microaggregate TO micro_nobody;
GRANT SELECT ON many TO micro_nobody;
GRANT CREATE ON SCHEMA public TO micro_nobody;
ALTER TABLE many ENABLE ROW LEVEL SECURITY;
CREATE POLICY part ON many USING (id < 100);
SET ROLE micro_nobody;
SELECT * FROM pt_microaggregate('few', 'no', '{x}', 2);
SELECT * FROM pt_microaggregate('many', 'no', '{a}', 2);
SELECT rows_read FROM pt_microaggregate('many', 'hidden', '{a}', 2, allow_row_security => true);
RESET ROLE;
SELECT to_regclass('no') IS NULL AS nothing_left;
DROP TABLE few, few2, few3, few6, many, many4, shuffled, shuffled4, many_fast, shuffled_fast, odd_numbers, odd2, odd3, by_role, hidden;
DROP OWNED BY micro_nobody;
DROP ROLE micro_nobody;
DROP EXTENSION personatwin;
