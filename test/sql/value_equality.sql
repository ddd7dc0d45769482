-- Classes are those of GROUP BY also for types whose hash functions give different values the same hash under every seed: arrays of other shape, bigint halves that
-- cancel out, NULL beside an empty record, documents.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
CREATE TYPE pair AS (a int8, b text);
-- type, four values of which the first two are equal
CREATE TABLE kinds (type text, one text, same text, other text, another text);
INSERT INTO kinds VALUES
  ('int4[]', '{1,2}', '{1,2}', '{{1},{2}}', '[0:1]={1,2}'),
  ('numeric[]', '{1.0,NULL}', '{1.00,NULL}', '{NULL,1}', '{}'),
  ('int8[]', '{1}', '{1}', '{4294967296}', '{1,0}'),
  ('text[]', '{a,NULL}', '{a,NULL}', '{a,"NULL"}', '{aNULL}'),
  ('float8[]', '{-0}', '{0}', '{NaN}', '{infinity}'),
  ('pair', '(1,x)', '(1,x)', '(4294967296,x)', '(1,)'),
  ('pair[]', '{"(,)"}', '{"(,)"}', '{NULL}', '{"(0,)"}'),
  ('int8range', '[1,5)', '[1,4]', '[4294967296,21474836480)', '[1,)'),
  ('numrange', '[1.0,2)', '[1.00,2)', '[1,2]', 'empty'),
  ('jsonb', '{"a":1.0,"b":[]}', '{"b":[],"a":1.00}', '{"a":[],"b":1}', '{"a":"1","b":[]}'),
  ('jsonb', '1', '1.0', '[1]', '"1"'),
  ('jsonb', '[null]', '[null]', '["null"]', '[[]]'),
  ('interval', '1 mon', '30 days', '1 us', '4294967296 us'),
  ('timetz', '10:00+00', '10:00+00', '11:00+01', '10:00+01'),
  ('money', '1', '1.00', '42949672.97', '-1'),
  ('xid8', '1', '1', '4294967296', '0'),
  ('pg_lsn', '0/1', '0/01', '1/0', '0/0'),
  ('inet', '10.0.0.1', '10.0.0.1/32', '10.0.0.1/24', '::1'),
  ('macaddr', '08:00:2b:01:02:03', '08-00-2b-01-02-03', '00:00:00:00:00:00', '08:00:2b:01:02:04');
-- what differs from GROUP BY, by each way of counting (nothing)
CREATE FUNCTION compare_classes(kind kinds) RETURNS text LANGUAGE plpgsql AS $$
DECLARE sizes int8[]; found text;
BEGIN
  DROP TABLE IF EXISTS v;
  EXECUTE format('CREATE TABLE v AS SELECT x::%s AS x, i %% 2 AS s FROM (VALUES (1, %L), (2, %L), (3, %L), (4, %L), (5, NULL)) t(n, x), generate_series(1, n) i', kind.type, kind.one, kind.same, kind.other, kind.another);
  SELECT array_agg(n ORDER BY n) INTO sizes FROM (SELECT count(*) AS n FROM v GROUP BY x) c;
  EXECUTE $q$SELECT concat_ws(' ', CASE WHEN (pt_k_anonymity(x), pt_class_count(x), pt_discernibility(x)) <> ((SELECT min(n) FROM unnest($1) n), cardinality($1), (SELECT sum(n * n) FROM unnest($1) n)) THEN 'classes' END,
    CASE WHEN pt_class_count(pt_key) <> cardinality($1) THEN 'keys' END, CASE WHEN pt_l_diversity(x, 1) <> cardinality($1) THEN 'sensitive' END,
    CASE WHEN (SELECT (k, classes, sensitive_values) FROM pt_risk_profile('v', '{s}', '{x}')) IS DISTINCT FROM (SELECT (min(n), count(*), cardinality($1)::int8) FROM (SELECT count(*) AS n FROM v GROUP BY s) c) THEN 'secrets' END,
    CASE WHEN (SELECT (k, classes, discernibility) FROM pt_risk_profile('v', '{x}', '{}')) IS DISTINCT FROM ((SELECT min(n) FROM unnest($1) n), cardinality($1)::int8, (SELECT sum(n * n)::float8 FROM unnest($1) n)) THEN 'table' END)
    FROM (SELECT x, pt_key(x) FROM v) v$q$ INTO found USING sizes;
  RETURN nullif(found, '');
END $$;
SELECT type, one, compare_classes(kinds) FROM kinds WHERE compare_classes(kinds) IS NOT NULL;
-- anonymous records of changing form
SELECT pt_class_count(r) FROM (VALUES (ROW(1::int8, 'a')), (ROW(4294967296::int8, 'a')), (ROW(1::int8, 'a')), (ROW(1::int8, NULL))) v(r);
SELECT pt_class_count(r) FROM (SELECT CASE WHEN i % 2 = 0 THEN ROW(1, 2) ELSE ROW(1, 2, i / 4) END AS r FROM generate_series(1, 8) i) v;
-- parts without an equality
\set VERBOSITY default
SELECT pt_class_count(ARRAY[point(1, 2)]);
SELECT pt_class_count(ROW(1, point(1, 2)));
SELECT pt_class_count(ARRAY['{"a": 1}'::json]);
DROP TABLE v, kinds CASCADE;
DROP TYPE pair CASCADE;
DROP EXTENSION personatwin CASCADE;
