-- Class profiles and privacy aggregates: published numbers, independent SQL, merging, equality of values, plans, bad input.
CREATE EXTENSION personatwin;
SET extra_float_digits = 0;
CREATE SCHEMA profiles;
SET search_path = profiles, public;
-- The SQLSTATE, message, detail and hint of a statement.
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE why text; how text; result text;
BEGIN EXECUTE statement INTO result; RETURN 'done: ' || coalesce(result, 'NULL');
EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL, how = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, NULLIF(why, ''), NULLIF(how, ''));
END $$;

-- The table of twelve people in doc/privacy-measures.md, made for this project.
CREATE TABLE twelve (sex text, age text, area text, out text, w float8);
INSERT INTO twelve VALUES ('F','30s','N','A',10), ('F','30s','N','A',12), ('F','30s','N','B',8), ('F','30s','N','C',10), ('F','40s','N','A',20), ('F','40s','N','B',15),
  ('F','40s','N','B',25), ('M','30s','S','A',6), ('M','30s','S','C',4), ('M','40s','S','B',2), ('M','40s','S','B',3), ('M','30s','N','C',9);
SELECT pt_k_anonymity(sex, age, area) AS k, pt_class_count(sex, age, area) AS classes, pt_uniques(sex, age, area) AS uniques, pt_uniqueness(sex, age, area) AS uniqueness,
       pt_average_risk(sex, age, area) AS average, pt_average_class_risk(sex, age, area) AS class_average, pt_maximum_risk(sex, age, area) AS maximum,
       pt_discernibility(sex, age, area) AS discernibility, pt_average_class_size(sex, age, area) AS size, pt_normalized_class_size(sex, age, area) AS c_avg FROM twelve;
SELECT pt_l_diversity(out, sex, age, area) AS l, pt_entropy_l_diversity(out, sex, age, area) AS entropy, pt_recursive_l_diversity(out, sex, age, area) AS recursive,
       pt_alpha(out, sex, age, area) AS alpha, pt_t_closeness(out, sex, age, area) AS t, pt_ordered_t_closeness(ascii(out), sex, age, area) AS ordered,
       pt_delta_disclosure(out, sex, age, area) AS delta, pt_strict_delta_disclosure(out, sex, age, area) AS strict, pt_delta_disclosure_for(2, 0, out, sex, age, area) AS log2,
       pt_delta_disclosure_for(2, 1, out, sex, age, area) AS log2_strict, pt_beta_likeness(out, sex, age, area) AS beta, pt_enhanced_beta_likeness(out, sex, age, area) AS enhanced FROM twelve;
-- by class, as the worst of a table of that class and the rest
SELECT c AS class, l, round(entropy::numeric, 10) AS entropy_l, recursive, t, ordered, hierarchical, round(delta::numeric, 10) AS delta, beta FROM (
  SELECT c, pt_l_diversity(out, is_c) AS l, pt_entropy_l_diversity(out, is_c) AS entropy, pt_recursive_l_diversity(out, is_c) AS recursive, pt_t_closeness(out, is_c) AS t,
         pt_ordered_t_closeness(ascii(out), is_c) AS ordered, pt_profile_hierarchical_t_closeness(pt_profile_agg(pt_key(is_c), ascii(out)), '{{65,1},{66,1},{67,2}}') AS hierarchical,
         pt_delta_disclosure(out, is_c) AS delta, pt_beta_likeness(out, is_c) AS beta
    FROM (SELECT c, out, (sex, age, area) = (q.s, q.a, q.r) AS is_c FROM twelve, (VALUES (1,'F','30s','N'), (2,'F','40s','N'), (3,'M','30s','S'), (4,'M','40s','S'), (5,'M','30s','N')) q(c, s, a, r)) x
   GROUP BY c) y ORDER BY c;
SELECT pt_recursive_l_diversity_for(3, out, 'all') AS l3, pt_recursive_l_diversity_for(1, out, 'all') AS l1, pt_recursive_l_diversity_for(4, out, 'all') AS l4 FROM twelve;
-- the population by weights, by a second profile, and by rows that say who is in the sample
SELECT pt_profile_k_map(p) AS k_map, pt_profile_journalist_risk(p) AS journalist, pt_profile_marketer_risk(p) AS marketer, pt_profile_share_at_risk(p, 0.3) AS above, pt_profile_rows(p)
  FROM (SELECT pt_profile_agg(pt_key(sex, age, area), ascii(out), w) AS p FROM twelve) x;
CREATE TABLE population AS SELECT sex, age, area, i = 1 AS in_sample FROM twelve, generate_series(1, 3) i UNION ALL SELECT 'X', '90s', 'N', false FROM generate_series(1, 4);
SELECT pt_k_map(in_sample, sex, age, area), pt_delta_presence(in_sample, sex, age, area) FROM population;
SELECT pt_profile_k_map(s, p), pt_profile_delta_presence(s, p), pt_profile_journalist_risk(s, p), pt_profile_marketer_risk(s, p)
  FROM (SELECT pt_profile(sex, age, area) FILTER (WHERE in_sample) AS s, pt_profile(sex, age, area) AS p FROM population) x;
SELECT (b).* FROM (SELECT unnest(pt_risk_distribution(sex, age, area)) AS b FROM twelve) x WHERE (b).classes > 0;

-- k and the number of classes against GROUP BY on 200 random tables of all kinds of types.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT setseed(0.5);
CREATE TABLE random_rows AS SELECT t, (ARRAY[NULL, 'a', 'A', 'b', 'é', ''])[1 + floor(random() * 6)] AS tx, (ARRAY[NULL, 1.0, 1.00, 2.50, 2.5, 'NaN'])[1 + floor(random() * 6)]::numeric AS nu,
  (ARRAY[NULL, '0', '-0', 'NaN', 'Infinity', '1.5'])[1 + floor(random() * 6)]::float8 AS fl, (ARRAY[NULL, '{1,2}', '{}', '{1,NULL}'])[1 + floor(random() * 4)]::int[] AS ar,
  CASE WHEN random() < .2 THEN NULL ELSE ROW(floor(random() * 2), (ARRAY['x', NULL])[1 + floor(random() * 2)])::pair END AS co, (ARRAY['sad', 'ok', NULL])[1 + floor(random() * 3)]::mood AS en,
  (ARRAY['a', 'A', 'a ', NULL])[1 + floor(random() * 4)]::char(3) AS ch, (ARRAY['{"a": 1.0}', '{"a": 1.00}', '[]'])[1 + floor(random() * 3)]::jsonb AS js,
  (ARRAY['1 day', '24 hours', '1 mon', NULL])[1 + floor(random() * 4)]::interval AS iv, (ARRAY['[1,3)', '[1,2]', 'empty', NULL])[1 + floor(random() * 4)]::int4range AS ra,
  (ARRAY['a', 'A', 'ß', 'b', NULL])[1 + floor(random() * 5)] COLLATE caseless AS ci, (random() < .5) AS bo, current_date + floor(random() * 3)::int AS da, floor(random() * 4)::bigint AS bi
  FROM generate_series(1, 200) t, LATERAL generate_series(1, 5 + t % 60) i;
CREATE TABLE by_sql AS WITH c AS (
  SELECT t, 1 AS what, count(*) AS n FROM random_rows GROUP BY t, tx, nu UNION ALL SELECT t, 2, count(*) FROM random_rows GROUP BY t, fl, ar UNION ALL
  SELECT t, 3, count(*) FROM random_rows GROUP BY t, co, en UNION ALL SELECT t, 4, count(*) FROM random_rows GROUP BY t, ch, js UNION ALL SELECT t, 5, count(*) FROM random_rows GROUP BY t, iv, ra UNION ALL
  SELECT t, 6, count(*) FROM random_rows GROUP BY t, ci, tx UNION ALL SELECT t, 7, count(*) FROM random_rows GROUP BY t, bo, da, bi)
  SELECT t, what, min(n) AS k, count(*) AS classes, sum(n * n)::float8 AS discernibility FROM c GROUP BY t, what;
CREATE TABLE by_aggregate AS
  SELECT t, 1 AS what, pt_k_anonymity(tx, nu) AS k, pt_class_count(tx, nu) AS classes, pt_discernibility(tx, nu) AS discernibility FROM random_rows GROUP BY t UNION ALL
  SELECT t, 2, pt_k_anonymity(fl, ar), pt_class_count(fl, ar), pt_discernibility(fl, ar) FROM random_rows GROUP BY t UNION ALL SELECT t, 3, pt_k_anonymity(co, en), pt_class_count(co, en), pt_discernibility(co, en) FROM random_rows GROUP BY t UNION ALL
  SELECT t, 4, pt_k_anonymity(ch, js), pt_class_count(ch, js), pt_discernibility(ch, js) FROM random_rows GROUP BY t UNION ALL SELECT t, 5, pt_k_anonymity(iv, ra), pt_class_count(iv, ra), pt_discernibility(iv, ra) FROM random_rows GROUP BY t UNION ALL
  SELECT t, 6, pt_k_anonymity(ci, tx), pt_class_count(ci, tx), pt_discernibility(ci, tx) FROM random_rows GROUP BY t UNION ALL SELECT t, 7, pt_k_anonymity(bo, da, bi), pt_class_count(bo, da, bi), pt_discernibility(bo, da, bi) FROM random_rows GROUP BY t;
SELECT count(*), count(*) FILTER (WHERE s IS NOT DISTINCT FROM a) AS equal FROM by_sql s FULL JOIN by_aggregate a USING (t, what);
SELECT what, min(classes), max(classes) FROM by_sql GROUP BY what ORDER BY what;

-- t-closeness and the rest against SQL written from the definitions.
CREATE VIEW shares AS SELECT t, tx AS class, bi AS s, n / sum(n) OVER (PARTITION BY t, tx) AS q, sum(n) OVER (PARTITION BY t, bi) / sum(n) OVER (PARTITION BY t) AS p FROM (SELECT t, tx, bi, count(*)::float8 AS n FROM random_rows GROUP BY t, tx, bi) x;
CREATE TABLE t_by_sql AS SELECT t, max(d) AS closeness, max(delta) AS delta, max(beta) AS beta, min(entropy) AS entropy FROM (SELECT t, class, sum(greatest(q - p, 0)) AS d, max(abs(ln(q / p))) AS delta, max(q / p - 1) AS beta, exp(-sum(q * ln(q))) AS entropy FROM shares GROUP BY t, class) x GROUP BY t;
CREATE TABLE t_by_aggregate AS SELECT t, pt_t_closeness(bi, tx) AS closeness, pt_delta_disclosure(bi, tx) AS delta, pt_beta_likeness(bi, tx) AS beta, pt_entropy_l_diversity(bi, tx) AS entropy FROM random_rows GROUP BY t;
SELECT count(*), max(abs(a.closeness - s.closeness)) < 1e-12 AS t, max(abs(a.delta - s.delta)) < 1e-12 AS delta, max(abs(a.beta - s.beta)) < 1e-9 AS beta, max(abs(a.entropy - s.entropy)) < 1e-9 AS entropy FROM t_by_sql s JOIN t_by_aggregate a USING (t);
CREATE VIEW cumulative AS SELECT t, class, i, sum(q - p) OVER (PARTITION BY t, class ORDER BY i) AS c, m FROM (
  SELECT g.t, class, i, coalesce(q, 0) AS q, g.p, m FROM (SELECT t, s AS i, p, count(*) OVER (PARTITION BY t) AS m FROM (SELECT DISTINCT t, s, p FROM shares) d) g
    CROSS JOIN LATERAL (SELECT DISTINCT class FROM shares WHERE shares.t = g.t) c LEFT JOIN LATERAL (SELECT q FROM shares WHERE shares.t = g.t AND shares.class IS NOT DISTINCT FROM c.class AND s = i) q ON true) x;
SELECT count(*), max(abs(a - s)) < 1e-12 AS ordered FROM (SELECT t, max(d) AS s FROM (SELECT t, class, CASE WHEN max(m) > 1 THEN sum(abs(c)) / (max(m) - 1) ELSE 0 END AS d FROM cumulative GROUP BY t, class) y GROUP BY t) x
  JOIN (SELECT t, pt_ordered_t_closeness(bi, tx) AS a FROM random_rows GROUP BY t) z USING (t);

-- hierarchical distances: paths as the sensitive value, the same as with numbered nodes
SELECT pt_hierarchical_t_closeness(ARRAY[out, CASE out WHEN 'C' THEN 'c' ELSE 'ab' END], sex, age, area) AS t, pt_hierarchical_t_closeness(ARRAY[out, 'x'], sex, age, area) = pt_t_closeness(out, sex, age, area) AS flat_tree FROM twelve;
SELECT count(*), max(abs(a - b)) < 1e-12 AS equal FROM (SELECT t, pt_hierarchical_t_closeness(ARRAY[bi::text, (bi / 2)::text, (bi / 3)::text], tx) AS a, pt_profile_hierarchical_t_closeness(pt_profile_agg(pt_key(tx), bi), '{{0,0,0},{1,0,0},{2,1,0},{3,1,1}}') AS b
  FROM random_rows WHERE bi <> 3 GROUP BY t) x;
SELECT try('SELECT pt_hierarchical_t_closeness(' || p || ', sex) FROM twelve') FROM unnest(ARRAY[$$NULL$$, $$'{a}'$$, $$'{a,NULL}'$$, $$CASE sex WHEN 'F' THEN '{a,b}'::text[] ELSE '{a,b,c}' END$$, $$ARRAY[sex, out]$$, $$ARRAY[out, 'n' || (out = 'A'), 'm', sex]$$, $$ARRAY[out, 'n', out]$$]) p;
-- Missing values as wildcards: against a self-join.
CREATE TABLE w_by_sql AS SELECT t, min(n) AS k, avg(1.0::float8 / n) AS risk, avg((n = 1)::int)::float8 AS uniqueness FROM (SELECT a.t, a.ctid, count(*) AS n FROM random_rows a JOIN random_rows b ON a.t = b.t
  AND (a.tx = b.tx OR a.tx IS NULL OR b.tx IS NULL) AND (a.nu = b.nu OR a.nu IS NULL OR b.nu IS NULL) AND (a.ar = b.ar OR a.ar IS NULL OR b.ar IS NULL) WHERE a.t <= 60 GROUP BY a.t, a.ctid) x GROUP BY t;
SELECT count(*), bool_and(w.k = s.k) AS k, max(abs(w.risk - s.risk)) < 1e-12 AS risk, max(abs(w.uniqueness - s.uniqueness)) < 1e-12 AS uniqueness, sum((w.k <> a.k)::int) > 0 AS differs_from_k FROM w_by_sql s
  JOIN (SELECT t, pt_k_anonymity_wildcard(tx, nu, ar) AS k, pt_average_risk_wildcard(tx, nu, ar) AS risk, pt_uniqueness_wildcard(tx, nu, ar) AS uniqueness FROM random_rows GROUP BY t) w USING (t) JOIN (SELECT t, pt_k_anonymity(tx, nu, ar) AS k FROM random_rows GROUP BY t) a USING (t);
SELECT pt_k_anonymity_wildcard(NULL::int, NULL::text) AS all_match, pt_uniqueness_wildcard(sex, age, area) = pt_uniqueness(sex, age, area) AS without_missing, pt_k_anonymity_wildcard(sex) FILTER (WHERE false) AS nobody FROM twelve;
SELECT try('SELECT pt_profile_wildcard_k(pt_profile(sex)) FROM twelve');
-- FILTER, DISTINCT, windows, GROUPING SETS.
SELECT pt_k_anonymity(sex) FILTER (WHERE area = 'N') AS filtered, pt_k_anonymity(DISTINCT sex, age) AS of_distinct_rows, pt_class_count(DISTINCT sex, age) AS distinct_classes, pt_k_anonymity(sex) FILTER (WHERE false) AS nobody FROM twelve;
SELECT sex, age, pt_k_anonymity(age) OVER (PARTITION BY sex) AS of_sex, pt_class_count(age, area) OVER (ORDER BY sex, age, area) AS running, pt_l_diversity(out, age) OVER (PARTITION BY sex) AS l,
       pt_class_count(out) OVER (ORDER BY sex, age, area, out ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS last_three FROM twelve ORDER BY sex, age, area, out;
SELECT sex, age, count(*), pt_k_anonymity(area, out) AS k, pt_l_diversity(out, area) AS l FROM twelve GROUP BY GROUPING SETS ((sex), (age), (sex, age), ()) ORDER BY sex, age;
-- aggregates that share a state
SELECT pt_k_anonymity(sex, age) AS k, pt_class_count(sex, age) AS classes, pt_average_risk(sex, age) AS risk, pt_profile_k(pt_profile(sex, age)) AS again, pt_l_diversity(out, sex) AS l, pt_t_closeness(out, sex) AS t, pt_l_diversity(out, sex) AS l_again FROM twelve;
-- numbers of different widths are equal, values of equal text in other columns are not
SELECT pt_key(1::smallint, 'a') = pt_key(1::bigint, 'a') AS widths, pt_key('a', 'b') = pt_key('b', 'a') AS order, pt_key('ab', 'c') = pt_key('a', 'bc') AS border, pt_key(NULL, 'a') = pt_key('a', NULL) AS nulls, pt_key(NULL) IS NULL AS null_key;
SELECT pt_keyed('a secret of 16 b', 1) = pt_keyed('a secret of 16 b', 1) AS same, pt_keyed('a secret of 16 b', 1) = pt_keyed('A secret of 16 b', 1) AS other_secret, pt_keyed('a secret of 16 b', 1) = pt_key(1) AS plain;
-- each argument has its own collation
SELECT pt_class_count(x COLLATE caseless) AS caseless, pt_class_count(x COLLATE "C") AS exact, pt_class_count(x, y) AS mixed, pt_class_count(y, x) AS mixed_too, pt_profile_classes(pt_profile_agg(pt_key(x, y))) AS by_key
  FROM (SELECT x COLLATE caseless, y FROM (VALUES ('a', 'b'), ('A', 'b'), ('a', 'B')) v(x, y)) w;
SELECT try($$SELECT pt_class_count(x COLLATE "C", y COLLATE caseless) FROM (VALUES ('a', 'b'), ('A', 'B')) v(x, y)$$);
SELECT try($$SELECT pt_class_count(x, y) FROM (SELECT x COLLATE "C", y COLLATE caseless FROM (VALUES ('a', 'b'), ('a', 'B'), ('A', 'b')) v(x, y)) w$$);
SELECT try($$SELECT pt_class_count(x, y) OVER () FROM (SELECT x COLLATE caseless, y FROM (VALUES ('a', 'b')) v(x, y)) w$$);

-- Merging: of any parts, in any order, the profile of the whole, byte for byte; text, binary, dump.
CREATE TABLE parts AS SELECT i % 7 AS part, pt_profile_agg(pt_key(tx, nu), bi, 1 + i % 5) AS p FROM (SELECT *, row_number() OVER () AS i FROM random_rows) x GROUP BY i % 7;
SELECT pt_profile_agg(pt_key(tx, nu), bi, 1 + i % 5)::text = (SELECT pt_profile_merge(p)::text FROM parts) AS merged,
       (SELECT pt_profile_merge(p ORDER BY part DESC)::text FROM parts) = (SELECT pt_profile_merge(p ORDER BY md5(part::text))::text FROM parts) AS any_order,
       (SELECT pt_profile_merge(h)::text FROM (SELECT pt_profile_merge(p) AS h FROM parts GROUP BY part % 2) y) = (SELECT pt_profile_merge(p)::text FROM parts) AS in_steps
  FROM (SELECT *, row_number() OVER () AS i FROM random_rows) x;
SELECT bool_and(p::text::pt_class_profile::text = p::text) AS text_form, bool_and(pg_column_size(p) > 0) FROM parts;
\getenv builddir PG_ABS_BUILDDIR
\set file :builddir '/results/profiles.bin'
COPY parts TO :'file' WITH (FORMAT binary);
CREATE TABLE parts_again (LIKE parts);
COPY parts_again FROM :'file' WITH (FORMAT binary);
SELECT count(*), bool_and(a.p::text = b.p::text) AS binary_form FROM parts a JOIN parts_again b USING (part);
SELECT pt_profile_merge(NULL::pt_class_profile) IS NULL AS nothing FROM parts;
SELECT pt_profile_combine(NULL, NULL) IS NULL AS neither, pt_profile_rows(pt_profile_combine(a.p, b.p)) = pt_profile_rows(a.p) + pt_profile_rows(b.p) AS added
  FROM parts a, parts b WHERE a.part = 0 AND b.part = 1;
-- adding to a stored profile leaves the stored one as it is
SELECT pt_profile_rows(pt_profile_combine(p, p)) = 2 * pt_profile_rows(p) AS twice, pt_profile_rows(pt_profile_count_weight(p, pt_key(1), 1, 1)) = pt_profile_rows(p) + 1 AS one_more, (SELECT sum(pt_profile_rows(p)) FROM parts) = (SELECT count(*) FROM random_rows) AS unchanged FROM parts WHERE part = 3;

-- Parallel plans: partial and final step, the same bytes as serial.
CREATE TABLE many AS SELECT i % 5000 AS a, md5((i % 7)::text) AS b, i % 4 AS s, i::float8 / 3 + 1 AS w FROM generate_series(1, 40000) i;
ANALYZE many;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT pt_profile_agg(pt_key(a, b), s, w)::text AS p, pt_k_anonymity(a, b) AS k, pt_average_class_risk(a, b) AS r, pt_t_closeness(s, a, b) AS t, pt_ordered_t_closeness(s, b) AS o, pt_recursive_l_diversity_for(3, s, b) AS c FROM many;
SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
EXPLAIN (COSTS off) SELECT pt_profile_agg(pt_key(a, b), s, w)::text AS p, pt_k_anonymity(a, b) AS k FROM many;
CREATE VIEW parallel AS SELECT pt_profile_agg(pt_key(a, b), s, w)::text AS p, pt_k_anonymity(a, b) AS k, pt_average_class_risk(a, b) AS r, pt_t_closeness(s, a, b) AS t, pt_ordered_t_closeness(s, b) AS o, pt_recursive_l_diversity_for(3, s, b) AS c FROM many;
SELECT s.p = p.p AS profile, s.k = p.k AS k, s.r = p.r AS r, s.t = p.t AS t, s.o = p.o AS o, s.c = p.c AS c FROM serial s, parallel p;
RESET max_parallel_workers_per_gather; RESET min_parallel_table_scan_size; RESET parallel_setup_cost; RESET parallel_tuple_cost;
-- Twenty thousand groups in a hash aggregate: their states are counted, and spilled when they pass work_mem.
CREATE FUNCTION plan_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) ' || statement; END $$;
SET max_parallel_workers_per_gather = 0; SET enable_sort = off; SET work_mem = '2MB'; SET hash_mem_multiplier = 1;
SELECT bool_or(line ~ 'Batches: ([2-9]|[0-9]{2,})') AS spills, max(substring(line FROM 'Memory Usage: (\d+)kB')::int) BETWEEN 1500 AND 3000 AS within FROM plan_of('SELECT i % 20000, pt_k_anonymity(i % 3, i % 5) FROM generate_series(1, 60000) i GROUP BY 1') line;
SELECT count(*), min(k), max(k) FROM (SELECT i % 20000, pt_k_anonymity(i % 3, i % 5) AS k FROM generate_series(1, 60000) i GROUP BY 1) x;
RESET work_mem; RESET enable_sort; RESET hash_mem_multiplier; RESET max_parallel_workers_per_gather;
-- Cursors, rollback, cancel; the session goes on.
BEGIN;
DECLARE c CURSOR FOR SELECT a % 100 AS g, pt_k_anonymity(b, s) FROM many GROUP BY 1 ORDER BY 1;
FETCH 2 FROM c;
SAVEPOINT s;
SELECT try($$SELECT pt_k_anonymity(a / (a - a)) FROM many$$);
ROLLBACK TO s;
FETCH 1 FROM c;
ROLLBACK;
SET statement_timeout = '200ms';
SELECT pt_k_anonymity(i, i % 1000003) FROM generate_series(1::bigint, 100000000) i;
RESET statement_timeout;
CREATE PROCEDURE fail_often() LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..2000 LOOP BEGIN PERFORM pt_class_count(a, CASE WHEN a = 20 THEN 1 / (a - 20) END) FROM (SELECT a FROM many LIMIT 30) x; EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$;
CALL fail_often();
CREATE FUNCTION memory() RETURNS bigint LANGUAGE sql AS 'SELECT sum(total_bytes) FROM pg_backend_memory_contexts';
CREATE TEMP TABLE before AS SELECT memory() AS bytes;
CALL fail_often();
SELECT memory() - bytes < 200000 AS no_leak FROM before;

-- Bad input.
SELECT try('SELECT pt_k_anonymity() FROM twelve');
SELECT try('SELECT pt_k_anonymity(' || string_agg('sex', ',') || ') FROM twelve') FROM generate_series(1, 101);
SELECT try('SELECT pt_k_anonymity(' || string_agg('sex', ',') || ') FROM twelve') FROM generate_series(1, 99);
SELECT try('SELECT pt_k_anonymity(' || string_agg('sex', ',') || ') FROM twelve') FROM generate_series(1, 100);
SELECT try('SELECT pt_k_anonymity(sex) FROM twelve WHERE false');
SELECT try('SELECT pt_l_diversity(sex, sex) FROM twelve');
SELECT try('SELECT pt_class_count(x) FROM (VALUES (point(1, 2))) v(x)');
SELECT try('SELECT pt_class_count(ROW(x, 1)) FROM (VALUES (point(1, 2))) v(x)');
SELECT try('SELECT pt_class_count(x) FROM (VALUES (ARRAY[point(1, 2)])) v(x)');
SELECT try('SELECT pt_class_count(ROW(sex, age)) FROM twelve');
SELECT try($$SELECT pt_ordered_t_closeness(out, sex) FROM twelve$$);
SELECT try($$SELECT pt_ordered_t_closeness(1.2345678901234567, sex) FROM twelve$$);
SELECT try($$SELECT pt_ordered_t_closeness(x, 1) FROM (VALUES ('-Infinity'::float8), (-1), (0), ('-0'), (1), ('Infinity'), ('NaN'), (NULL)) v(x)$$);
SELECT try($$SELECT pt_ordered_t_closeness(m, n) FROM (VALUES ('sad'::mood, 1), ('ok', 1), ('happy', 2)) v(m, n)$$);
SELECT try('SELECT pt_recursive_l_diversity_for(' || l || ', out, sex) FROM twelve') FROM unnest(ARRAY['0', '1.5', '-1', 'NULL', '''NaN''', 'length(age) + ascii(sex)']) l;
SELECT try('SELECT pt_delta_disclosure_for(' || b || ', 0, out, sex) FROM twelve') FROM unnest(ARRAY['1', '0', '''NaN''', '''Infinity''']) b;
SELECT try('SELECT pt_k_map(CASE WHEN age = ''30s'' THEN true END, sex) FROM twelve');
SELECT try('SELECT pt_profile_agg(NULL) FROM twelve');
SELECT try('SELECT pt_profile_agg(pt_key(sex), 9223372036854775807) FROM twelve');
SELECT try('SELECT pt_profile_agg(pt_key(sex), 1, ' || w || ') FROM twelve') FROM unnest(ARRAY['NULL', '-1', '0', '''NaN''', '''Infinity''', '1e12', '1e-300']) w;
SELECT try('SELECT pt_profile_merge(p) FROM (SELECT pt_profile(sex) AS p FROM twelve UNION ALL SELECT pt_profile_agg(pt_key(sex), 1) FROM twelve) x');
SELECT try('SELECT pt_profile_l_diversity(pt_profile(sex)) FROM twelve');
SELECT try('SELECT pt_profile_k_map(pt_profile(sex)) FROM twelve');
SELECT try('SELECT pt_profile_k_map(pt_profile(sex), pt_profile(sex) FILTER (WHERE age = ''30s'')) FROM twelve');
SELECT try('SELECT pt_profile_hierarchical_t_closeness(pt_profile_agg(pt_key(sex), ascii(out)), ' || h || ') FROM twelve') FROM unnest(ARRAY['''{1,2}''', '''{{65,1},{66,1}}''', '''{{65,1},{65,2}}''', '''{{65,1,1},{66,1,2},{67,2,2}}''', '''{{65,NULL}}''']) h;
SELECT try('SELECT pt_profile_share_at_risk(pt_profile(sex), 2) FROM twelve');
SELECT try('SELECT pt_keyed(''short'', sex) FROM twelve LIMIT 1');
SELECT try('SELECT pt_keyed(NULL, sex) FROM twelve LIMIT 1');
SELECT try(format('SELECT %L::pt_class_profile', b)) FROM unnest(ARRAY['', 'x', '\x', '\xzz', '\x505443500100000000000000000000000000000000000000', '\x505443500200000000000000000000000000000000000000',
  '\x505443500104000000000000000000000000000000000000', '\x505443500100000001000000000000000100000000000000', '\x50544350010000000100000000000000020000000000000000000000000000000000000000000000010100000000000000ff',
  '\x505443500100000001000000000000000200000000000000000000000000000000000000000000010100000000000000']) b;
SELECT pt_profile_k('\x505443500100000000000000000000000000000000000000'::pt_class_profile) IS NULL AS nobody, pt_profile_classes('\x505443500100000000000000000000000000000000000000') IS NULL AS no_class;
-- sums of weights that pass 2^64 are an error, and no weight vanishes: what is written can be read
WITH RECURSIVE doubled(i, p) AS (SELECT 0, pt_profile_agg(pt_key(1), 1, 999999999999) UNION ALL SELECT i + 1, pt_profile_combine(p, p) FROM doubled WHERE i < 24)
  SELECT round(pt_profile_k_map(p)) AS k_map FROM doubled WHERE i = 24;
SELECT try($$WITH RECURSIVE doubled(i, p) AS (SELECT 0, pt_profile_agg(pt_key(1), 1, 999999999999) UNION ALL SELECT i + 1, pt_profile_combine(p, p) FROM doubled WHERE i < 25) SELECT pt_profile_k_map(p) FROM doubled WHERE i = 25$$);
SELECT abs(pt_profile_k_map(p::text::pt_class_profile) - 1e-12) < 1e-19 AS smallest FROM (SELECT pt_profile_agg(pt_key(1), 1, 1e-12) AS p) x;
-- a sample without its population; final functions on profiles of another kind; an array for several quasi-identifiers
SELECT try($$SELECT pt_profile_delta_presence(pt_profile(sex), '\x505443500100000000000000000000000000000000000000') FROM twelve$$);
SELECT try(format('SELECT %s(pt_profile_agg(pt_key(sex), 1)) FROM twelve', f)) FROM unnest('{pt_profile_recursive_with,pt_profile_delta_with,pt_profile_wildcard_k,pt_profile_path_t_closeness}'::text[]) f;
SELECT try($$SELECT pt_k_anonymity_wildcard(VARIADIC ARRAY[sex, age]) FROM twelve$$);
SELECT pt_class_count(VARIADIC ARRAY[sex, age, area]) = pt_class_count(sex, age, area) AS array_as_value FROM twelve;
-- frames that leave rows behind; profiles as states of foreign aggregates; transition functions called by hand
SELECT i, pt_class_count(i % 3) OVER w AS classes, pt_profile_rows(pt_profile_merge(p) OVER w) AS rows FROM (SELECT i, pt_profile_count_row(NULL, i) AS p FROM generate_series(1, 6) i) x WINDOW w AS (ORDER BY i ROWS BETWEEN 1 FOLLOWING AND 4 FOLLOWING) ORDER BY i;
CREATE AGGREGATE begun(VARIADIC "any") (SFUNC = pt_profile_count_row, STYPE = pt_class_profile, INITCOND = '\x505443500100000000000000000000000000000000000000');
SELECT begun(i % 7, i % 3)::text = pt_profile(i % 7, i % 3)::text AS same FROM generate_series(1, 1000) i;
SELECT pt_profile_rows(pt_profile_count_row(pt_profile_count_row(NULL, 1, 'a'::text), 1, 'a'::text)) AS rows;
SELECT try('SELECT ' || c) FROM unnest(ARRAY['pt_profile_count_row(pt_profile_count_value(NULL, pt_key(1), 1), 1)', 'pt_profile_count_key(NULL, NULL)', 'pt_profile_count_path(NULL, ''{a}'', 1)', 'pt_profile_count_member(NULL, NULL::boolean, 1)',
  'pt_profile_combine(pt_profile_count_with(NULL, 2, 1, 1), pt_profile_count_with(NULL, 3, 1, 1))']) c;
-- nobody can declare other bytes to be one
CREATE CAST (bytea AS pt_class_profile) WITHOUT FUNCTION;
-- texts of toast size
SELECT pt_class_count(x) AS classes, pt_k_anonymity(x, y) AS k FROM (SELECT repeat(md5((i % 3)::text), 100000) || (i % 2) AS x, i % 2 AS y FROM generate_series(1, 12) i) t;
CREATE TABLE wide AS SELECT repeat(md5((i % 3)::text), 3000) AS x, i % 2 AS y FROM generate_series(1, 60) i;
SELECT pt_class_count(x) AS classes, pt_k_anonymity(x, y) AS k, pt_l_diversity(x, y) AS l FROM wide;

-- Anybody may use them; names are as documented.
CREATE ROLE regress_profile_reader;
GRANT USAGE ON SCHEMA profiles TO regress_profile_reader;
GRANT SELECT ON twelve TO regress_profile_reader;
SET ROLE regress_profile_reader;
SELECT pt_k_anonymity(sex, age), pt_l_diversity(out, sex), pt_profile_k(pt_profile_merge(p)) FROM twelve, (SELECT pt_profile_agg(pt_key(sex)) AS p FROM twelve) x;
RESET ROLE;
DROP OWNED BY regress_profile_reader;
DROP ROLE regress_profile_reader;
DROP SCHEMA profiles CASCADE;
DROP EXTENSION personatwin;
