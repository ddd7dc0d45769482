-- Views _groups and _intervals: counts of people from the source itself, and what all published counts together give away.
SET client_min_messages = error;
CREATE EXTENSION personatwin;
CREATE ROLE count_reader;

-- What every published row counts, worked out from the source: bit strings of people. `facts` has a row a person and type with the outcome of the first
-- event of that type (unknown dates last, then the outcome's text), `lives` the periods from the first event to the first later reoffence, or to the end of the data.
CREATE FUNCTION pg_temp.make_sets(schema text) RETURNS void LANGUAGE plpgsql AS $f$
DECLARE n int; r bigint; len text;
BEGIN
  DROP TABLE IF EXISTS who, facts, lives, member_bits, published, sets;
  SELECT run INTO r FROM pt_releases() WHERE in_service;
  CREATE TEMP TABLE who AS SELECT row_number() OVER (ORDER BY person_id)::int AS i, person_id, x.class_id AS class_no FROM (SELECT DISTINCT person_id FROM court) p, pt_explain_person('court', person_id::text) x;
  SELECT count(*) INTO n FROM who;
  SELECT period INTO len FROM personatwin.run WHERE run_id = r;
  CREATE TEMP TABLE facts AS SELECT DISTINCT ON (person_id, event_type) person_id, event_type, coalesce(outcome, 'not known') AS outcome FROM court ORDER BY person_id, event_type, event_date::date, outcome COLLATE "C";
  CREATE TEMP TABLE lives AS
    WITH firsts AS (SELECT person_id, min(event_date)::date AS d FROM court GROUP BY 1),
    nexts AS (SELECT f.person_id, f.d, (min(c.event_date) FILTER (WHERE c.event_date::date > f.d AND c.event_type IN ('reoffense', 'violent_reoffense')))::date AS e FROM firsts f JOIN court c USING (person_id) GROUP BY 1, 2)
    SELECT person_id, e IS NOT NULL AS event, pg_temp.period_no(coalesce(e, (SELECT max(event_date)::date FROM court)), len) - pg_temp.period_no(d, len) AS periods FROM nexts;
  -- classes by their number in the run: what is published of a class is in the run's table, too. Classes that look alike can't be told apart here: rows with them are left out
  EXECUTE format($q$CREATE TEMP TABLE member_bits AS SELECT DISTINCT w.i, w.person_id, p.class_id FROM who w JOIN personatwin.run_%s_persona s USING (class_no)
    JOIN (SELECT DISTINCT class_id, age_range, age_mean, gender, ethnicity, geography FROM %I.court_personas) p
      ON (p.age_range, p.age_mean, p.gender, p.ethnicity, p.geography) IS NOT DISTINCT FROM (s.age_range, s.age_mean, s.gender, s.ethnicity, s.geography)$q$, r, schema);
  EXECUTE format($q$CREATE TEMP TABLE published AS
    SELECT 'any ' || event_type AS what, class_ids, event_type, NULL AS outcome, NULL::int AS low, NULL::int AS high, n FROM %1$I.court_groups WHERE measure = 'any'
    UNION ALL SELECT 'first ' || event_type || ' ' || outcome, class_ids, event_type, outcome, NULL, NULL, n FROM %1$I.court_groups WHERE measure = 'first outcome'
    UNION ALL SELECT 'event ' || "interval", class_ids, NULL, 'event', lower(periods), upper(periods), n_event FROM %1$I.court_intervals
    UNION ALL SELECT 'censored ' || "interval", class_ids, NULL, 'censored', lower(periods), upper(periods), n_censored FROM %1$I.court_intervals
    UNION ALL SELECT 'at risk ' || "interval", class_ids, NULL, 'at risk', lower(periods), upper(periods), n_at_risk FROM %1$I.court_intervals
    UNION ALL SELECT 'class', ARRAY[class_id], NULL, 'class', NULL, NULL, sum(merged_from) FROM %1$I.court_personas GROUP BY class_id
    UNION ALL SELECT 'reoffence', array_agg(DISTINCT class_id), NULL, 'reoffence', NULL, NULL, (recidivism_indicators->>'with_reoffence')::int8 FROM %1$I.court_personas
      WHERE recidivism_indicators->>'scope' <> 'withheld' GROUP BY gender, ethnicity, geography, recidivism_indicators, CASE WHEN recidivism_indicators->>'scope' = 'class' THEN class_id END$q$, schema);
  CREATE TEMP TABLE sets AS
    SELECT p.what, p.class_ids, p.n, coalesce(x.people, '{}') AS people FROM (SELECT row_number() OVER () AS no, * FROM published WHERE NOT class_ids && ARRAY(SELECT class_id FROM member_bits WHERE i IN (SELECT i FROM member_bits GROUP BY i HAVING count(*) > 1))) p
      LEFT JOIN LATERAL (SELECT array_agg(m.i ORDER BY m.i) AS people FROM member_bits m WHERE m.class_id = ANY (p.class_ids) AND CASE
          WHEN p.outcome = 'class' THEN true
          WHEN p.outcome = 'reoffence' THEN EXISTS (SELECT FROM facts f WHERE f.person_id = m.person_id AND f.event_type IN ('reoffense', 'violent_reoffense'))
          WHEN p.event_type IS NULL THEN EXISTS (SELECT FROM lives l WHERE l.person_id = m.person_id AND l.periods >= p.low
            AND (p.outcome = 'at risk' OR ((p.high IS NULL OR l.periods < p.high) AND l.event = (p.outcome = 'event'))))
          WHEN p.outcome IS NULL THEN EXISTS (SELECT FROM facts f WHERE f.person_id = m.person_id AND f.event_type = p.event_type)
          WHEN p.outcome = 'other outcomes' THEN EXISTS (SELECT FROM facts f WHERE f.person_id = m.person_id AND f.event_type = p.event_type
            AND f.outcome NOT IN (SELECT q.outcome FROM published q WHERE q.event_type = p.event_type AND q.outcome IS NOT NULL))
          ELSE EXISTS (SELECT FROM facts f WHERE f.person_id = m.person_id AND f.event_type = p.event_type AND f.outcome = p.outcome) END) x ON true;
END $f$;
CREATE FUNCTION pg_temp.period_no(d date, len text) RETURNS int LANGUAGE sql AS $$
  SELECT CASE len WHEN 'day' THEN d - date '2000-01-01' WHEN 'week' THEN (date_trunc('week', d)::date - date '2000-01-03') / 7
    ELSE (extract(year FROM d) * 12 + extract(month FROM d) - 1)::int / CASE len WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'half-year' THEN 6 WHEN 'year' THEN 12 END END $$;
-- The solver: sums of published counts of one kind (a kind: the rows that differ in their groups alone, which are disjoint) and single counts are subtracted from each other wherever
-- the one set lies within the other, and two disjoint ones from a third: every count that follows so. Whole numbers of people.
CREATE FUNCTION pg_temp.smallest_derivable(OUT counts bigint, OUT differences bigint, OUT smallest bigint) LANGUAGE plpgsql AS $f$
BEGIN
  CREATE TEMP TABLE s AS SELECT row_number() OVER ()::int AS id, what, people, cardinality(people) AS size FROM (
    SELECT what, people FROM sets WHERE n > 0
    UNION SELECT what || ', all groups', array_agg(DISTINCT p ORDER BY p) FROM sets, unnest(people) p WHERE n > 0 GROUP BY what
    UNION SELECT split_part(what, ' ', 1) || ', all', array_agg(DISTINCT p ORDER BY p) FROM sets, unnest(people) p WHERE n > 0 AND what ~ '^(event|censored) ' GROUP BY split_part(what, ' ', 1)) x;
  CREATE TEMP TABLE m AS SELECT id, p FROM s, unnest(people) p;
  CREATE INDEX ON m (p); ANALYZE m; ANALYZE s;
  -- what two sets have in common; a set within another leaves a difference. That all people of a class have an event nobody can know who has not counted them: what the
  -- events of personas tell of it is checked below
  CREATE TEMP TABLE common AS SELECT a.id AS a, b.id AS b, count(*) AS both FROM m a JOIN m b USING (p) WHERE a.id <> b.id GROUP BY 1, 2;
  CREATE TEMP TABLE within AS SELECT c.a, c.b, x.size AS inner_size, y.size AS outer_size FROM common c JOIN s x ON x.id = c.a JOIN s y ON y.id = c.b
    WHERE c.both = x.size AND NOT (x.what = 'class' AND y.what ~ '^(any|first|event|censored|reoffence)');
  SELECT count(*) INTO counts FROM s;
  SELECT count(*), min(d) FILTER (WHERE d > 0) INTO differences, smallest FROM (
    SELECT outer_size - inner_size AS d FROM within
    UNION ALL SELECT w.outer_size - w.inner_size - v.inner_size FROM within w JOIN within v ON v.b = w.b AND v.a < w.a AND NOT EXISTS (SELECT FROM common c WHERE c.a = w.a AND c.b = v.a)
      WHERE w.b IN (SELECT id FROM s WHERE what ~ ', all' OR what = 'class') AND w.a IN (SELECT id FROM s WHERE what ~ ', all') AND v.a IN (SELECT id FROM s WHERE what ~ ', all')
    UNION ALL SELECT size FROM s) x;
  DROP TABLE s, m, common, within;
END $f$;

-- cms_11: counts of people, no events
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(2000);
SELECT count(*) > 0 AS made FROM pt_create_personas('court', 0.1, profile => 'cms_11');
SELECT version FROM pt_publish_release('court', 'cms', reader => 'count_reader');
SELECT count(*) > 20 AS groups, min(nullif(n, 0)) >= 11 AND min(nullif(n_people - n, 0)) >= 11 AND min(n_people) >= 11 AS large_enough, bool_and(unreliable = (n <= 20)) AS marked,
  bool_and(rate = n::float8 / n_people AND low <= rate + 1e-12 AND high >= rate - 1e-12) AS rates, max(abs(low - (pt_rate_ci(n::float8, n_people::float8)).low)) < 1e-9 AS wilson FROM cms.court_groups;
SELECT count(*) > 10 AS intervals, min(nullif(n_event, 0)) >= 11 AND min(nullif(n_censored, 0)) >= 11 AND min(n_at_risk) >= 11 AS large_enough, array_agg(DISTINCT measure) AS measure FROM cms.court_intervals;
SELECT (SELECT count(*) FROM cms.court_events) AS events, tables - 'groups' - 'intervals' AS tables, (tables->>'groups')::int8 = (SELECT count(*) FROM cms.court_groups) AS groups,
  (tables->>'intervals')::int8 = (SELECT count(*) FROM cms.court_intervals) AS intervals, made_with ~ '^personatwin [0-9.]+$' AS made_with, profile_source FROM cms.court_about;
SELECT pg_temp.make_sets('cms');
-- each count is that of the source, worked out independently
SELECT count(*) > 100 AS counts, count(*) FILTER (WHERE n <> cardinality(people)) AS wrong FROM sets;
SELECT counts > 100 AS counts, differences > 100 AS differences, smallest >= 11 AS nothing_smaller FROM pg_temp.smallest_derivable();
-- the solver sees what it should: a count that would give somebody away
INSERT INTO sets SELECT 'planted', class_ids, n - 3, people[4:] FROM sets WHERE what = 'class' ORDER BY n DESC LIMIT 1;
SELECT smallest AS planted FROM pg_temp.smallest_derivable();
-- groups are whole classes: their people are those of their personas, and no class is in two groups of one table
SELECT bool_and(g.n_people = (SELECT sum(merged_from) FROM cms.court_personas p WHERE p.class_id = ANY (g.class_ids))) AS add_up FROM cms.court_groups g WHERE measure = 'any';
SELECT count(*) FROM (SELECT event_type, measure, outcome, c FROM cms.court_groups, unnest(class_ids) c GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) x;
SELECT count(*) FROM (SELECT "interval", c FROM cms.court_intervals, unnest(class_ids) c GROUP BY 1, 2 HAVING count(*) > 1) x;
-- checksums: recomputed by anybody, whatever the settings of the session
SET ROLE count_reader;
SET DateStyle = German;
SET extra_float_digits = -5;
SELECT checksums->'groups'->>'sql' AS groups_sql, checksums->'groups'->>'sha256' AS groups_sha, checksums->'intervals'->>'sql' AS intervals_sql, checksums->'intervals'->>'sha256' AS intervals_sha FROM cms.court_about \gset
SELECT x.sha = :'groups_sha' AS groups FROM (:groups_sql) x(sha);
SELECT x.sha = :'intervals_sha' AS intervals FROM (:intervals_sql) x(sha);
RESET DateStyle;
RESET extra_float_digits;
RESET ROLE;
-- the same run published again: the same bytes
SELECT checksums->>'groups' = :'groups_sha' AND checksums->>'intervals' = :'intervals_sha' AS same FROM pt_publish_release('court', 'cms');
-- under another profile, with events beside them, these counts stay out
SELECT pt_define_profile('loose', '{"min_size": 5}', 'test', '2026-01-01', 'for this test');
SELECT version FROM pt_publish_release('court', 'cms', profile => 'loose');
SELECT (SELECT count(*) FROM cms.court_groups) + (SELECT count(*) FROM cms.court_intervals) AS rows, tables->>'empty_because' AS why FROM cms.court_about;
SELECT pt_drop_release('court');
SELECT count(*) FROM pg_class WHERE relname ~ '^release_' AND relkind = 'r' AND relnamespace = 'personatwin'::regnamespace AND relname ~ '_v[0-9]';
SELECT count(pt_drop_run(run_id)) FROM pt_runs();
SELECT count(*) FROM pg_class WHERE relname ~ '^run_[0-9]' AND relkind = 'r';

-- with events: personas of 5 and more
DROP EXTENSION personatwin;
CREATE EXTENSION personatwin;
SELECT count(*) > 0 AS made FROM pt_create_personas('court', 0.2, individual_limit => 0.2, preserve => '{event_type,outcome}');
SELECT version FROM pt_publish_release('court', 'open');
SELECT count(*) > 20 AS groups, min(nullif(n, 0)) >= 5 AND min(nullif(n_people - n, 0)) >= 5 AS large_enough FROM open.court_groups;
SELECT count(*) > 5 AS intervals, min(nullif(n_event, 0)) >= 5 AND min(nullif(n_censored, 0)) >= 5 AS large_enough FROM open.court_intervals;
SELECT pg_temp.make_sets('open');
SELECT count(*) > 100 AS counts, count(*) FILTER (WHERE n <> cardinality(people)) AS wrong FROM sets;
SELECT smallest >= 5 AS nothing_smaller FROM pg_temp.smallest_derivable();
-- beside the events: each persona has between 1 and min(events, people) people with events of a type. The count of a group leaves the number of any persona, with or without,
-- as open as the events leave it, or at 5 at least.
WITH bag AS (SELECT p.class_id, p.persona_id, p.merged_from AS people, e.event_type, least(sum(e.weight), p.merged_from) AS high FROM open.court_personas p JOIN open.court_events e USING (persona_id) GROUP BY 1, 2, 3, 4),
  g AS (SELECT g.group_id, g.event_type, g.n, b.people, b.high, count(*) OVER w AS lows, sum(b.high) OVER w AS highs FROM open.court_groups g JOIN bag b ON b.class_id = ANY (g.class_ids) AND b.event_type = g.event_type WHERE g.measure = 'any' AND g.n > 0
        WINDOW w AS (PARTITION BY g.group_id, g.event_type)),
  told AS (SELECT *, greatest(1, n - (highs - high)) AS at_least, least(high, n - (lows - 1)) AS at_most FROM g)
SELECT count(*) > 100 AS personas, bool_and(at_most >= least(high, 5)) AS with_it, bool_and(people - at_least >= least(people - 1, 5) OR people = at_least) AS without FROM told;
-- released numbers obey the same: no table of people is by a number, and what the count of a type tells of those whose event has a number (sentence_months) is what the events tell, or 5 people at least
SELECT count(*) AS by_number FROM pg_attribute WHERE attrelid IN ('open.court_groups'::regclass, 'open.court_intervals'::regclass) AND attname = 'sentence_months';
WITH bag AS (SELECT p.class_id, p.persona_id, e.event_type, least(sum(e.weight), p.merged_from) AS high FROM open.court_personas p JOIN open.court_events e USING (persona_id) GROUP BY p.class_id, p.persona_id, p.merged_from, e.event_type),
  g AS (SELECT b.persona_id, g.event_type, least(b.high, g.n - (count(*) OVER (PARTITION BY g.group_id, g.event_type) - 1)) AS at_most
          FROM open.court_groups g JOIN bag b ON b.class_id = ANY (g.class_ids) AND b.event_type = g.event_type WHERE g.measure = 'any' AND g.n > 0),
  number AS (SELECT persona_id, event_type, sentence_months, sum(weight) AS events FROM open.court_events WHERE sentence_months IS NOT NULL GROUP BY 1, 2, 3)
SELECT count(*) > 20 AS numbers, bool_and(at_most >= least(events, 5)) AS with_it FROM number JOIN g USING (persona_id, event_type);
-- the verdict and then the report of one release
SELECT count(*) AS parts FROM pt_validate_release('court');
SELECT bool_and(pt_privacy_report('court', audience) LIKE '%</html>%') AS reports FROM unnest('{internal,public}'::text[]) audience;
SELECT jsonb_array_length(utility) AS parts FROM open.court_about;
-- a refresh shows the same counts, and says so
DELETE FROM court WHERE person_id = (SELECT min(person_id) FROM court);
CREATE TEMP TABLE before AS SELECT * FROM open.court_groups;
SELECT changed, version FROM pt_refresh_release('court');
SELECT count(*) = 0 AS nothing_new FROM (SELECT * FROM open.court_groups EXCEPT SELECT * FROM before) x;
SELECT count(*) > 0 AS some FROM open.court_groups;
SELECT tables->>'counted' AS counted FROM open.court_about;
SELECT checksums->'groups'->>'sql' AS groups_sql, checksums->'groups'->>'sha256' AS groups_sha FROM open.court_about \gset
SELECT x.sha = :'groups_sha' AS groups FROM (:groups_sql) x(sha);
SELECT pt_drop_release('court');
SELECT count(pt_drop_run(run_id)) > 0 AS dropped FROM pt_runs();
DROP TABLE court;
-- outcomes that the source calls as the tables call a category: one row a category, and nobody is lost
CREATE TABLE words AS SELECT h[1] % 4000 AS person_id, 30 + h[1] % 4000 % 5 AS age, date '2022-01-01' + (h[2] % 500)::int AS event_date, 'T' || h[3] % 3 AS event_type,
    CASE WHEN h[4] % 60 = 0 THEN 'rare' WHEN h[4] % 5 = 1 THEN 'other outcomes' WHEN h[4] % 5 = 2 THEN 'not known' WHEN h[4] % 5 > 2 THEN 'o' || h[4] % 5 END AS outcome
  FROM (SELECT ARRAY(SELECT ('x' || substr(md5(k || '/' || i), 1, 7))::bit(28)::int FROM generate_series(1, 4) i) AS h FROM generate_series(1, 12000) k) x;
SELECT count(*) > 0 AS made FROM pt_create_personas('words', 0.05, period => 'year');
SELECT release FROM pt_publish_release('words', 'open');
SELECT count(*) > 0 AS some, count(*) = count(DISTINCT (group_id, event_type, measure, outcome)) AS one_each FROM open.words_groups;
WITH firsts AS (SELECT DISTINCT ON (person_id, event_type) event_type, coalesce(outcome, 'not known') AS outcome FROM words
  ORDER BY person_id, event_type, event_date, nullif(outcome, 'not known') COLLATE "C" NULLS LAST),
truth AS (SELECT event_type, CASE outcome WHEN 'rare' THEN 'other outcomes' ELSE outcome END AS outcome, count(*) AS n FROM firsts GROUP BY 1, 2)
SELECT count(*) > 0 AS some, bool_and(t.n IS NOT NULL AND g.n <= t.n) AS at_most
  FROM (SELECT event_type, outcome, sum(n) AS n FROM open.words_groups WHERE measure = 'first outcome' GROUP BY 1, 2) g LEFT JOIN truth t USING (event_type, outcome);
SELECT pt_drop_release('words');
SELECT count(pt_drop_run(run_id)) > 0 AS dropped FROM pt_runs();
DROP TABLE words;
DROP SCHEMA cms, open;
DROP EXTENSION personatwin;
DROP ROLE count_reader;
