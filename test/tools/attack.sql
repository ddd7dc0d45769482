-- Recomputes the attackers of a release for every person of its source, from the source and the published views alone.
--
-- Including this file makes a function:  pg_temp.run_attack(people, events, release)
--   people    a query: one row a person, columns "person" (text) and the demographics an attacker knows, named as in the
--             _personas view (age int, gender, ethnicity, geography, further quasi-identifiers under their published names)
--   events    a query: one row an event, columns "person" (text), "at" (date or timestamp, may be NULL) and whatever the source has of
--             the columns of the _events view, under their published names (event_type, outcome, location, details)
--   release   schema and name of the release, as in  safe.court_events  (its views are <release>_personas and <release>_events)
--
-- Leaves a temporary table attack_result, one row an attacker:
--   attacker    demographics | demographics+events | events
--   people      people attacked: everybody in "people" whose consistent set is not empty
--   unmatched   people with an empty consistent set: a suppressed person is one of these, nobody else may be
--   surplus     people attacked beyond the number a class says it holds (suppressed people whom chance covers); the ones with the
--               smallest sets are left out of average and maximum
--   ambiguous   people whom the published labels of more than one class cover: they are attacked in the class where they do worst
--   average     mean over people of 1 / (number of people in the consistent set)
--   maximum     largest 1 / (number of people in the consistent set)
-- and attack_person (pno, person, attacker, set_size), attack_column (published event column, attacked or not).
--
-- Method. The class of a person is the one whose published labels cover the known demographics: age_range holds the age; a label covers
-- a value when it is the value, a list that names it ('Asian or Native American'), 'a to b', or 'not shown'; a missing value is
-- covered by NULL, by 'not shown' and by a list with 'not known'. An age_range of NULL is one that is not shown. Of several classes that
-- cover a person his is the one with the most labels equal to his values, then the one with a range: a label is generalised for a whole
-- cell and a range for a whole class, so nobody who has a class of his own is in a wider one.
-- Containment is of multisets: every distinct (period, published event columns) of the person must be in the persona at least as often,
-- weights summed. People with the same class and history are attacked once.

CREATE OR REPLACE FUNCTION pg_temp.label_covers(label text, value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN label = 'not shown' THEN true
                WHEN label IS NULL THEN value IS NULL
                WHEN label = value THEN true
                WHEN label ~ '^-?[0-9.]+ to -?[0-9.]+$' AND value ~ '^-?[0-9.]+$' THEN value::numeric BETWEEN split_part(label, ' to ', 1)::numeric AND split_part(label, ' to ', 2)::numeric
                ELSE coalesce(value, 'not known') = ANY (regexp_split_to_array(label, ', | or ')) END $$;

-- A published attribute of any type against a known value: ranges by containment, everything else as a label.
CREATE OR REPLACE FUNCTION pg_temp.cover_condition(published_type text, label text, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE published_type
           WHEN 'int4range' THEN format('(%1$s IS NULL OR coalesce(%2$s::int <@ %1$s, false))', label, value)
           WHEN 'numrange'  THEN format('(%1$s IS NULL OR coalesce(%2$s::numeric <@ %1$s, false))', label, value)
           WHEN 'daterange' THEN format('(%1$s IS NULL OR coalesce(%2$s::date <@ %1$s, false))', label, value)
           ELSE format('pg_temp.label_covers(%s::text, %s::text)', label, value) END $$;

CREATE OR REPLACE FUNCTION pg_temp.run_attack(people text, events text, release text) RETURNS void LANGUAGE plpgsql SET client_min_messages = warning AS $body$
DECLARE
    -- contract columns of the views that are no attribute an attacker compares
    persona_figures text[] := ARRAY['persona_id','class_id','merged_from','age_mean','confidence_level','event_types','temporal_patterns',
                                    'outcome_distributions','recidivism_indicators','generation_method','sampling_weight'];
    event_figures text[] := ARRAY['persona_id','period','period_label','label','sequence_position','position','sequence','weight'];
    attributes text[]; attribute_types text[]; columns text[]; condition text := 'true'; exactly text := '0'; key_published text; key_known text; known_columns text[];
    c text; i int; t text; shown bigint; periods bigint;
BEGIN
    DROP TABLE IF EXISTS attack_result, attack_person, attack_column, a_person, a_event, a_class, a_persona, a_demo, a_cand, a_item, a_known,
                         a_history, a_person_history, a_contain, a_period, a_map, a_person_demo;
    EXECUTE format('CREATE TEMP TABLE a_person AS SELECT row_number() OVER () AS pno, k.* FROM (%s) k', people);
    EXECUTE format('CREATE TEMP TABLE a_event AS SELECT k.* FROM (%s) k', events);
    ANALYZE a_person;
    IF (SELECT count(*) <> count(DISTINCT person) FROM a_person) THEN RAISE EXCEPTION 'attack: the query of people has a person twice'; END IF;

    -- classes, and what is published of their members
    SELECT array_agg(attname::text ORDER BY attnum), array_agg(format_type(atttypid, NULL) ORDER BY attnum) INTO attributes, attribute_types
      FROM pg_attribute WHERE attrelid = (release || '_personas')::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (persona_figures);
    EXECUTE format('CREATE TEMP TABLE a_persona AS SELECT row_number() OVER () AS no, p.* FROM %s p', release || '_personas');
    EXECUTE format('CREATE TEMP TABLE a_class AS SELECT class_id, sum(merged_from)::bigint AS n, %s FROM a_persona GROUP BY class_id, %s',
        (SELECT string_agg(quote_ident(a), ', ') FROM unnest(attributes) a), (SELECT string_agg(quote_ident(a), ', ') FROM unnest(attributes) a));
    IF (SELECT count(*) <> count(DISTINCT class_id) FROM a_class) THEN RAISE EXCEPTION 'attack: an attribute differs between the personas of a class'; END IF;

    -- candidates: distinct demographics x classes
    FOR i IN 1 .. cardinality(attributes) LOOP
        c := CASE attributes[i] WHEN 'age_range' THEN 'age' ELSE attributes[i] END;
        EXECUTE format('SELECT count(%I) FROM a_class', attributes[i]) INTO shown;
        CONTINUE WHEN shown = 0;    -- a column of the contract that this release does not fill
        IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'a_person'::regclass AND attname = c) THEN
            known_columns := known_columns || c;
            condition := condition || ' AND ' || pg_temp.cover_condition(attribute_types[i], 'c.' || quote_ident(attributes[i]), 'd.' || quote_ident(c));
            exactly := exactly || CASE WHEN attribute_types[i] ~ 'range$' THEN format(' + (c.%I IS NOT NULL OR d.%I IS NULL)::int', attributes[i], c)
                                       ELSE format(' + 100 * (c.%I::text IS NOT DISTINCT FROM d.%I::text)::int', attributes[i], c) END;
        END IF;
    END LOOP;
    IF known_columns IS NULL THEN
        CREATE TEMP TABLE a_demo AS SELECT 1 AS dno;
        CREATE TEMP TABLE a_person_demo AS SELECT pno, 1 AS dno FROM a_person;
    ELSE
        t := (SELECT string_agg(quote_ident(k), ', ') FROM unnest(known_columns) k);
        EXECUTE format('CREATE TEMP TABLE a_demo AS SELECT (row_number() OVER ())::int AS dno, * FROM (SELECT DISTINCT %s FROM a_person) x', t);
        EXECUTE format('CREATE TEMP TABLE a_person_demo AS SELECT p.pno, d.dno FROM a_person p JOIN a_demo d ON ROW(%s)::text = ROW(%s)::text',
            (SELECT string_agg('p.' || quote_ident(k), ', ') FROM unnest(known_columns) k), (SELECT string_agg('d.' || quote_ident(k), ', ') FROM unnest(known_columns) k));
    END IF;
    EXECUTE format('CREATE TEMP TABLE a_cand AS SELECT d.dno, c.class_id, c.n, %s AS exact FROM a_demo d JOIN a_class c ON %s', exactly, condition);
    DELETE FROM a_cand w USING (SELECT dno, max(exact) AS most FROM a_cand GROUP BY dno) m WHERE m.dno = w.dno AND w.exact < m.most;

    -- published event columns; those that hold nothing are columns of the contract that this release does not fill
    CREATE TEMP TABLE attack_column AS
        SELECT a.attname::text AS name, EXISTS (SELECT FROM pg_attribute k WHERE k.attrelid = 'a_event'::regclass AND k.attname = a.attname AND k.attnum > 0) AS attacked
          FROM pg_attribute a WHERE a.attrelid = (release || '_events')::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (event_figures);
    FOR c IN SELECT name FROM attack_column LOOP
        EXECUTE format('SELECT count(%I) FROM %s', c, release || '_events') INTO shown;
        DELETE FROM attack_column WHERE name = c AND shown = 0;
    END LOOP;
    EXECUTE format('SELECT count(period) FROM %s', release || '_events') INTO periods;
    SELECT array_agg(name ORDER BY name) INTO columns FROM attack_column WHERE attacked;
    columns := coalesce(columns, '{}');
    key_published := 'e.period::text'; key_known := 'm.period';
    -- published periods: which one holds each known date. No time, or an infinite one, is published as no period.
    EXECUTE format('CREATE TEMP TABLE a_period AS
        SELECT k.at, CASE WHEN k.at IS NULL OR NOT isfinite(k.at) OR %2$s = 0 THEN NULL ELSE coalesce(p.period::text, ''unpublished'') END AS period
          FROM (SELECT DISTINCT at::date AS at FROM a_event) k LEFT JOIN (SELECT DISTINCT period FROM %1$s WHERE period IS NOT NULL) p ON k.at <@ p.period', release || '_events', periods);
    IF (SELECT count(*) <> count(DISTINCT at) FROM a_period WHERE at IS NOT NULL) THEN RAISE EXCEPTION 'attack: published periods overlap'; END IF;
    -- values: published as they are, or under a label that names them
    CREATE TEMP TABLE a_map (name text, value text, published text);
    FOREACH c IN ARRAY columns LOOP
        EXECUTE format($q$INSERT INTO a_map
            WITH pub AS (SELECT DISTINCT %1$I::text AS v FROM %2$s), src AS (SELECT DISTINCT %1$I::text AS v FROM a_event)
            SELECT %3$L, s.v, CASE WHEN EXISTS (SELECT FROM pub p WHERE p.v IS NOT DISTINCT FROM s.v) THEN s.v
                                   ELSE coalesce((SELECT min(p.v) FROM pub p WHERE pg_temp.label_covers(p.v, s.v)), 'unpublished value') END FROM src s$q$, c, release || '_events', c);
        key_published := key_published || format(', e.%I::text', c);
        key_known := key_known || format(', (SELECT published FROM a_map m%1$s WHERE m%1$s.name = %2$L AND m%1$s.value IS NOT DISTINCT FROM e.%3$I::text)',
                                         array_position(columns, c), c, c);
    END LOOP;
    -- a row of the source that says nothing of an event is no event: its person may have none
    EXECUTE format('DELETE FROM a_event WHERE %s', (SELECT string_agg(format('%I IS NULL', attname), ' AND ') FROM pg_attribute
        WHERE attrelid = 'a_event'::regclass AND attnum > 0 AND attname <> 'person'));
    EXECUTE format('CREATE TEMP TABLE a_item AS SELECT p.no, p.class_id, p.merged_from::bigint AS n, md5(ROW(%s)::text) AS key, sum(e.weight)::bigint AS w
        FROM %s e JOIN a_persona p USING (persona_id) GROUP BY 1, 2, 3, 4', key_published, release || '_events');
    -- the correlated look-ups of key_known run once a distinct known event
    EXECUTE format('CREATE TEMP TABLE a_known AS
        WITH grouped AS (SELECT person::text AS person, at::date AS at %1$s, count(*) AS w FROM a_event GROUP BY 1, 2 %2$s),
             kinds AS (SELECT DISTINCT at %1$s FROM grouped),
             keyed AS MATERIALIZED (SELECT e.*, md5(ROW(%3$s)::text) AS key FROM kinds e JOIN a_period m ON m.at IS NOT DISTINCT FROM e.at)
        SELECT p.pno, k.key, sum(g.w)::bigint AS w
          FROM grouped g JOIN keyed k ON ROW(k.at %4$s)::text = ROW(g.at %5$s)::text JOIN a_person p ON p.person::text = g.person GROUP BY 1, 2',
        (SELECT coalesce(string_agg(format(', %I', k), '' ORDER BY k), '') FROM unnest(columns) k),
        (SELECT coalesce(string_agg(format(', %I', k), '' ORDER BY k), '') FROM unnest(columns) k), key_known,
        (SELECT coalesce(string_agg(format(', k.%I', k), '' ORDER BY k), '') FROM unnest(columns) k),
        (SELECT coalesce(string_agg(format(', g.%I', k), '' ORDER BY k), '') FROM unnest(columns) k));
    ANALYZE a_item; ANALYZE a_known;

    -- one history a distinct bag of items, and the people of each
    CREATE TEMP TABLE a_person_history AS
        SELECT p.pno, d.dno, coalesce(h.bag, '') AS bag FROM a_person p JOIN a_person_demo d USING (pno)
          LEFT JOIN (SELECT pno, md5(string_agg(key || ':' || w, ',' ORDER BY key)) AS bag FROM a_known GROUP BY pno) h USING (pno);
    CREATE TEMP TABLE a_history AS
        SELECT DISTINCT x.bag, k.key, k.w, count(k.key) OVER (PARTITION BY x.pno) AS items
          FROM (SELECT min(pno) AS pno, bag FROM a_person_history GROUP BY bag) x LEFT JOIN a_known k USING (pno);
    ANALYZE a_history; ANALYZE a_person_history;
    -- personas that hold a whole history; an empty one is held by all
    CREATE TEMP TABLE a_contain AS
        SELECT h.bag, i.no, i.class_id, i.n FROM a_history h JOIN a_item i ON i.key = h.key AND i.w >= h.w
         GROUP BY h.bag, h.items, i.no, i.class_id, i.n HAVING count(*) = h.items
        UNION ALL
        SELECT h.bag, p.no, p.class_id, p.merged_from FROM a_history h CROSS JOIN a_persona p WHERE h.key IS NULL;
    ANALYZE a_contain;

    CREATE TEMP TABLE attack_person AS
        SELECT h.pno, p.person::text AS person, 'demographics' AS attacker, c.class_id, c.n AS set_size, c.candidates
          FROM a_person_history h JOIN a_person p USING (pno)
          LEFT JOIN LATERAL (SELECT class_id, n, count(*) OVER () AS candidates FROM a_cand c WHERE c.dno = h.dno ORDER BY n, class_id LIMIT 1) c ON true
        UNION ALL
        SELECT h.pno, p.person::text, 'demographics+events', s.class_id, s.n, s.candidates
          FROM a_person_history h JOIN a_person p USING (pno)
          LEFT JOIN (SELECT DISTINCT ON (dno, bag) dno, bag, class_id, n, count(*) OVER (PARTITION BY dno, bag) AS candidates
                       FROM (SELECT d.dno, d.bag, k.class_id, sum(k.n) AS n
                               FROM (SELECT DISTINCT dno, bag FROM a_person_history) d JOIN a_cand c USING (dno)
                               JOIN a_contain k ON k.bag = d.bag AND k.class_id = c.class_id GROUP BY 1, 2, 3) x
                      ORDER BY dno, bag, n, class_id) s USING (dno, bag)
        UNION ALL
        SELECT h.pno, p.person::text, 'events', NULL, s.n, 1
          FROM a_person_history h JOIN a_person p USING (pno) LEFT JOIN (SELECT bag, sum(n) AS n FROM a_contain GROUP BY bag) s USING (bag);

    CREATE TEMP TABLE attack_result AS
        WITH ranked AS (
            SELECT a.*, row_number() OVER (PARTITION BY attacker, class_id ORDER BY set_size) AS smallest, count(*) OVER (PARTITION BY attacker, class_id) AS held
              FROM attack_person a WHERE set_size IS NOT NULL),
        bounded AS (
            SELECT r.*, greatest(0, held - CASE WHEN attacker = 'events' THEN (SELECT sum(merged_from) FROM a_persona)
                                                ELSE (SELECT n FROM a_class c WHERE c.class_id = r.class_id) END) AS surplus FROM ranked r)
        SELECT attacker, (SELECT count(*) FROM bounded b WHERE b.attacker = x.attacker) AS people,
               count(*) FILTER (WHERE x.set_size IS NULL) AS unmatched,
               (SELECT count(*) FROM bounded b WHERE b.attacker = x.attacker AND b.smallest <= b.surplus) AS surplus,
               count(*) FILTER (WHERE x.candidates > 1) AS ambiguous,
               (SELECT avg(1.0::float8 / b.set_size::float8) FROM bounded b WHERE b.attacker = x.attacker AND b.smallest > b.surplus) AS average,
               (SELECT max(1.0::float8 / b.set_size::float8) FROM bounded b WHERE b.attacker = x.attacker AND b.smallest > b.surplus) AS maximum
          FROM attack_person x GROUP BY attacker;
END $body$;

-- After run_attack: adds the attackers 'demographics+1' and 'demographics+2' to attack_result and attack_person. They know the demographics and
-- those one or two events of the person that leave the fewest people (an event the person has twice may be both of the two). A person with
-- fewer events is attacked with what there is.
CREATE OR REPLACE FUNCTION pg_temp.run_attack_few() RETURNS void LANGUAGE plpgsql SET client_min_messages = warning AS $body$
BEGIN
    DROP TABLE IF EXISTS a_one, a_pair, a_two, a_few;
    -- people of each class in personas that hold an event, and that hold two
    CREATE TEMP TABLE a_one AS SELECT class_id, key, sum(n)::bigint AS n FROM a_item GROUP BY 1, 2;
    CREATE TEMP TABLE a_pair AS
        SELECT DISTINCT bag, k1, k2, w1, w2 FROM (
            SELECT a.bag, a.key AS k1, b.key AS k2, 1 AS w1, 1 AS w2 FROM a_history a JOIN a_history b ON a.bag = b.bag AND a.key < b.key
            UNION ALL SELECT bag, key, key, 2, 2 FROM a_history WHERE w >= 2) x;
    CREATE INDEX ON a_item (key);
    ANALYZE a_one; ANALYZE a_pair; ANALYZE a_cand;
    CREATE TEMP TABLE a_two AS
        SELECT i.class_id, p.k1, p.k2, sum(i.n)::bigint AS n
          FROM (SELECT DISTINCT k1, k2, w1, w2 FROM a_pair) p JOIN a_item i ON i.key = p.k1 AND i.w >= p.w1
          JOIN a_item j ON j.key = p.k2 AND j.w >= p.w2 AND j.no = i.no GROUP BY 1, 2, 3;
    ANALYZE a_two;
    -- the most telling choice of a person in each class that the demographics leave; then the class where the person does worst
    CREATE TEMP TABLE a_few AS
        WITH known AS (SELECT DISTINCT k.dno, k.bag, c.class_id, c.n FROM a_person_history k JOIN a_cand c USING (dno)),
             one AS (SELECT k.dno, k.bag, k.class_id, min(o.n) AS n FROM known k JOIN a_history h USING (bag) JOIN a_one o ON o.key = h.key AND o.class_id = k.class_id GROUP BY 1, 2, 3),
             two AS (SELECT k.dno, k.bag, k.class_id, min(t.n) AS n FROM known k JOIN a_pair p USING (bag) JOIN a_two t ON t.k1 = p.k1 AND t.k2 = p.k2 AND t.class_id = k.class_id GROUP BY 1, 2, 3)
        SELECT dno, bag, class_id, coalesce(one.n, known.n) AS one, coalesce(two.n, one.n, known.n) AS two, count(*) OVER (PARTITION BY dno, bag) AS candidates
          FROM known LEFT JOIN one USING (dno, bag, class_id) LEFT JOIN two USING (dno, bag, class_id);
    ANALYZE a_few;
    INSERT INTO attack_person
        SELECT h.pno, p.person::text, 'demographics+' || m, f.class_id, f.n, f.candidates
          FROM a_person_history h JOIN a_person p USING (pno) CROSS JOIN generate_series(1, 2) m
          LEFT JOIN (SELECT DISTINCT ON (dno, bag, m) dno, bag, m, class_id, CASE m WHEN 1 THEN one ELSE two END AS n, candidates
                       FROM a_few CROSS JOIN generate_series(1, 2) m ORDER BY dno, bag, m, CASE m WHEN 1 THEN one ELSE two END, class_id) f USING (dno, bag, m);
    INSERT INTO attack_result
        SELECT attacker, count(set_size), count(*) - count(set_size), 0::bigint, count(*) FILTER (WHERE candidates > 1), avg(1.0::float8 / set_size), max(1.0::float8 / set_size)
          FROM attack_person WHERE attacker IN ('demographics+1', 'demographics+2') GROUP BY 1;
END $body$;
