-- pt_km_anonymity against the same in SQL from the definition.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
CREATE TABLE basket AS SELECT 'p' || p AS person, i AS item, CASE WHEN i % 4 > 0 THEN 'c' || i % 4 END AS kind
  FROM generate_series(1, 80) p, generate_series(1, 12) i WHERE hashint4(p * 97 + i * 7919) % (i + 1) = 0;
INSERT INTO basket SELECT * FROM basket WHERE item = 1; -- repetitions count once
INSERT INTO basket VALUES (NULL, 3, 'c1'), ('q', NULL, NULL);
CREATE FUNCTION pg_temp.by_definition(m int, k int) RETURNS TABLE (items_known int, fewest int8, sets int8, uniques int8, below int8, people_below int8) LANGUAGE sql AS $$
  WITH have AS (SELECT DISTINCT person, item FROM basket WHERE person IS NOT NULL AND item IS NOT NULL),
  owned AS (
    SELECT ARRAY[item] AS items, person FROM have
    UNION ALL SELECT ARRAY[a.item, b.item], person FROM have a JOIN have b USING (person) WHERE a.item < b.item
    UNION ALL SELECT ARRAY[a.item, b.item, c.item], person FROM have a JOIN have b USING (person) JOIN have c USING (person) WHERE a.item < b.item AND b.item < c.item),
  counted AS (SELECT items, count(*) AS n, array_agg(person) AS who FROM owned GROUP BY items)
  SELECT size, min(n), count(*), count(*) FILTER (WHERE n = 1), count(*) FILTER (WHERE n < k),
    (SELECT count(DISTINCT w) FROM counted d, unnest(d.who) w WHERE d.n < k AND cardinality(d.items) = c.size) FROM (SELECT cardinality(items) AS size, n FROM counted) c WHERE size <= m GROUP BY size
$$;
SELECT f.items_known, f.fewest_people = d.fewest AS fewest, f.item_sets = d.sets AS sets, f.unique_sets = d.uniques AS uniques, f.sets_below_k = d.below AS below,
       f.people_below_k = d.people_below AS people_below, f.people
  FROM pt_km_anonymity('basket', '{item}', 3, 4, 'person') f JOIN pg_temp.by_definition(3, 4) d USING (items_known) ORDER BY 1;
SELECT items_known, jsonb_array_length(rarest) AS items, rarest->0 ? 'item' AS named FROM pt_km_anonymity('basket', '{item}', person_key => 'person') ORDER BY 1;
-- the rarest set is one: so many people have all of it
SELECT f.items_known, f.fewest_people = (SELECT count(*) FROM (SELECT person FROM basket b JOIN jsonb_array_elements(f.rarest) r ON (r->>'item')::int = b.item WHERE person IS NOT NULL
    GROUP BY person HAVING count(DISTINCT item) = f.items_known) x) AS true_rarest FROM pt_km_anonymity('basket', '{item}', 3, person_key => 'person') f ORDER BY 1;
-- two columns make an item; labels find the person; a column that is sometimes missing
SELECT items_known, item_sets FROM pt_km_anonymity('basket', '{item,kind}', 1, person_key => 'person');
SELECT item_sets FROM pt_km_anonymity('basket', '{kind}', 1, person_key => 'person');
SELECT pt_set_role('basket', 'person', 'person');
SELECT count(*) FROM pt_km_anonymity('basket', '{item}');
-- nobody, one person
CREATE TABLE nothing (person text, item text);
SELECT * FROM pt_km_anonymity('nothing', '{item}', person_key => 'person');
INSERT INTO nothing VALUES ('a', 'x'), ('a', 'y'), ('b', NULL);
SELECT * FROM pt_km_anonymity('nothing', '{item}', 3, person_key => 'person');
-- refused
\set VERBOSITY default
SELECT * FROM pt_km_anonymity('nothing', '{item}');
SELECT * FROM pt_km_anonymity('nothing', NULL, person_key => 'person');
SELECT * FROM pt_km_anonymity('nothing', '{}', person_key => 'person');
SELECT * FROM pt_km_anonymity('nothing', '{hair}', person_key => 'person');
SELECT * FROM pt_km_anonymity('nothing', '{item}', 4, person_key => 'person');
SELECT * FROM pt_km_anonymity('nothing', '{item}', 0, person_key => 'person');
SELECT * FROM pt_km_anonymity('nothing', '{item}', k => 0, person_key => 'person');
SELECT * FROM pt_km_anonymity('nothing', '{item}', k => NULL, person_key => 'person');
SELECT * FROM pt_km_anonymity(NULL, '{item}');
DROP TABLE basket, nothing;
SET client_min_messages = error;
DROP EXTENSION personatwin CASCADE;
