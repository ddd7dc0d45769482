-- pt_suda, pt_suda_contributions, pt_identifier_ranking, pt_identifier_reduction.
CREATE EXTENSION personatwin;
CREATE SCHEMA suda;
SET search_path = suda, public;
-- A textbook example (sdcMicro's documentation): scores 4, 2, 6, 8, contributions 40, 30, 0, 70.
CREATE TABLE book (id int, age text, gender text, income text, education text);
INSERT INTO book VALUES (1,'20s','male','50k+','highschool'), (2,'20s','male','50k+','highschool'), (3,'20s','male','50k-','highschool'), (4,'20s','male','50k-','highschool'),
  (5,'20s','female','50k-','university'), (6,'20s','female','50k-','highschool'), (7,'20s','female','50k-','middleschool'), (8,'60s','male','50k-','university');
SELECT person, quasi_identifiers, score, round(dis::numeric, 8) AS dis, score_alternative, round(dis_alternative::numeric, 8) AS dis_alternative, minimal_uniques, smallest
  FROM pt_suda('book', '{age,gender,income,education}', person_key => 'id');
SELECT * FROM pt_suda_contributions('book', '{age,gender,income,education}');
SELECT person, score FROM pt_suda('book', '{age,gender,income,education}', 1, person_key => 'id');
-- The same rows in another order, and without a key.
CREATE TABLE shuffled AS SELECT * FROM book ORDER BY md5(id::text);
SELECT (SELECT array_agg(score ORDER BY score) FROM pt_suda('book', '{age,gender,income,education}')) =
       (SELECT array_agg(score ORDER BY score) FROM pt_suda('shuffled', '{education,income,gender,age}')) AS same;

-- Against the definition in SQL: people unique on exactly one of three columns, or pairs of them.
CREATE TABLE many AS SELECT i AS id, (i * i * 7) % 23 AS a, (i * i * i + i) % 17 AS b, NULLIF((i * 5 + i / 3) % 11, 0) AS c FROM generate_series(1, 40) i;
WITH u AS (SELECT id, count(*) OVER (PARTITION BY a) = 1 AS ua, count(*) OVER (PARTITION BY b) = 1 AS ub, count(*) OVER (PARTITION BY c) = 1 AS uc,
    count(*) OVER (PARTITION BY a, b) = 1 AS uab, count(*) OVER (PARTITION BY a, c) = 1 AS uac, count(*) OVER (PARTITION BY b, c) = 1 AS ubc,
    count(*) OVER (PARTITION BY a, b, c) = 1 AS uabc FROM many),
  s AS (SELECT id, 2 * (ua::int + ub::int + uc::int) + (uab AND NOT ua AND NOT ub)::int + (uac AND NOT ua AND NOT uc)::int + (ubc AND NOT ub AND NOT uc)::int
    + (uabc AND NOT uab AND NOT uac AND NOT ubc)::int AS score FROM u)
SELECT count(*) > 10 AS several, bool_and(s.score = coalesce(f.score, 0)) AS all_equal FROM s LEFT JOIN pt_suda('many', '{a,b,c}', person_key => 'id') f ON f.person = s.id::text;

-- Ranking, checked by counting.
SELECT * FROM pt_identifier_ranking('book', '{age,gender,income,education}', 2);
SELECT r.classes = (SELECT count(*) FROM (SELECT DISTINCT a, c FROM many) x) AS classes, r.uniques = (SELECT count(*) FROM (SELECT FROM many GROUP BY a, c HAVING count(*) = 1) x) AS uniques,
       abs(r.separation - (1 - (SELECT sum(n * (n - 1)) FROM (SELECT count(*) AS n FROM many GROUP BY a, c) x) / (40 * 39.0))) < 1e-12 AS separation
  FROM pt_identifier_ranking('many', '{a,b,c}') r WHERE columns = '{a,c}';
SELECT count(*) FROM pt_identifier_ranking('many', '{a,b,c}', 99);
SELECT * FROM pt_identifier_reduction('book', '{age,gender,income,education}');

-- People, not rows: a person with several rows is nobody's double.
CREATE TABLE rows AS SELECT 1 AS who, 'x' AS a FROM generate_series(1, 3) UNION ALL SELECT 2, 'y' UNION ALL SELECT NULL, 'z';
SELECT person, quasi_identifiers, score FROM pt_suda('rows', '{a}', person_key => 'who');
SELECT person, score FROM pt_suda('rows', '{a}');
-- All alike, all different, one row, none.
CREATE TABLE alike AS SELECT 1 AS a, 2 AS b FROM generate_series(1, 5);
SELECT count(*) FROM pt_suda('alike', '{a,b}');
SELECT * FROM pt_suda_contributions('alike', '{a,b}');
CREATE TABLE one AS SELECT 1 AS a, NULL::int AS b;
SELECT quasi_identifiers, score, dis FROM pt_suda('one', '{a,b}');
SELECT * FROM pt_identifier_ranking('one', '{a,b}');
TRUNCATE one;
SELECT count(*) FROM pt_suda('one', '{a,b}');
SELECT count(*) FROM pt_identifier_ranking('one', '{a,b}');
SELECT count(*) FROM pt_identifier_reduction('one', '{a,b}');

-- Bad input.
SELECT pt_suda(NULL);
SELECT pt_suda('book', '{age}', 0);
SELECT pt_suda('book', '{age}', dis_fraction => 1);
SELECT pt_suda('book', '{age}', dis_fraction => NULL);
SELECT pt_suda('book', '{age,nosuch}');
SELECT pt_suda('book', '{}');
SELECT pt_suda('book', '{age}', person_key => 'nosuch');
SELECT pt_identifier_ranking('book', '{age}', 0);
DO $$ BEGIN EXECUTE 'CREATE TABLE wide AS SELECT ' || (SELECT string_agg('1 AS c' || i, ', ') FROM generate_series(1, 60) i); END $$;
SELECT pt_suda('wide', (SELECT array_agg('c' || i) FROM generate_series(1, 21) i));
SELECT pt_identifier_ranking('wide', (SELECT array_agg('c' || i) FROM generate_series(1, 60) i), 5);

DROP SCHEMA suda CASCADE;
DROP EXTENSION personatwin;
