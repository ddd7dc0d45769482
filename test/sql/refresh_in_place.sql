-- A refresh exchanges the rows of what has changed in the tables of the version in service. What readers then see is what writing the version whole gives.
SET client_min_messages = error;
SET DateStyle = ISO;
CREATE EXTENSION personatwin;
CREATE TABLE pool AS SELECT person_id - 999999999999 AS person_id, age, sex, event_date, event_type, outcome, charge_degree FROM pt_sample_court_events(1500, 3);
CREATE TABLE court_events AS SELECT * FROM pool WHERE person_id <= 1200;
SELECT count(pt_set_role('court_events', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('age', 'quasi-identifier: age'),
  ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('court_events', 0.05, min_size => 5, individual_limit => 0.2, as_of => '2024-01-01');
CREATE ROLE in_place_reader;
SELECT release, version FROM pt_publish_release('court_events', 'safe', reader => 'in_place_reader');

-- whether the views give the checksums that _about and the catalog have, by the published SQL
CREATE FUNCTION checksums_hold() RETURNS bool LANGUAGE plpgsql AS $$
DECLARE part record; found text; good bool := true; n int := 0;
BEGIN
  FOR part IN SELECT key, value->>'sha256' AS recorded, value->>'sql' AS query FROM safe.court_events_about, jsonb_each(checksums) LOOP
    EXECUTE part.query INTO found;
    good := good AND found = part.recorded AND found = (SELECT v.checksums->>part.key FROM personatwin.release_version v WHERE in_service);
    n := n + 1;
  END LOOP;
  RETURN good AND n = 4 AND (SELECT personas = (SELECT count(*) FROM safe.court_events_personas) AND people = (SELECT sum(merged_from) FROM safe.court_events_personas)
    AND event_rows = (SELECT count(*) FROM safe.court_events_events) AND events = (SELECT sum(weight) FROM safe.court_events_events) FROM safe.court_events_about);
END $$;
CREATE TABLE shown (version int, part text, line text);
CREATE FUNCTION see() RETURNS void LANGUAGE sql AS $$
  INSERT INTO shown SELECT (SELECT version FROM safe.court_events_about), part, line FROM (SELECT 'personas' AS part, v::text AS line FROM safe.court_events_personas v
    UNION ALL SELECT 'events', v::text FROM safe.court_events_events v UNION ALL SELECT 'groups', v::text FROM safe.court_events_groups v
    UNION ALL SELECT 'intervals', v::text FROM safe.court_events_intervals v) x $$;
CREATE FUNCTION month(n int) RETURNS void LANGUAGE sql AS $$
  INSERT INTO court_events SELECT * FROM pool WHERE person_id BETWEEN 1201 + (n - 1) * 60 AND 1200 + n * 60;
  INSERT INTO court_events SELECT DISTINCT ON (person_id) person_id, age, sex, event_date + 31, 'arrest', NULL, NULL FROM court_events WHERE hashint8(person_id * 37 + n) % 20 = 0 ORDER BY person_id, event_date;
  DELETE FROM court_events WHERE person_id IN (SELECT DISTINCT ON (md5(person_id || ' ' || n)) person_id FROM court_events ORDER BY md5(person_id || ' ' || n) LIMIT 6) $$;
SELECT checksums_hold();
SELECT see();
-- file of each table: it stays, whatever rows are exchanged
CREATE TABLE files AS SELECT relname, relfilenode FROM pg_class WHERE relname ~ '^release_1_v';

-- each refresh keeps rows, takes some away and brings some
DO $$
BEGIN
  FOR n IN 1..4 LOOP
    PERFORM month(n);
    PERFORM FROM pt_refresh_release('court_events');
    IF NOT checksums_hold() THEN RAISE 'checksums of month % do not hold', n; END IF;
    PERFORM see();
  END LOOP;
END $$;
SELECT count(*) > 0 AS other_files FROM pg_class WHERE relname ~ '^release_1_v' AND (relname, relfilenode) NOT IN (TABLE files);
SELECT version, in_service, tables FROM personatwin.release_version ORDER BY version;
SELECT part, count(*) FILTER (WHERE a.line IS NOT NULL AND b.line IS NOT NULL) > 0 AS kept, count(*) FILTER (WHERE b.line IS NULL) > 0 AS taken_away, count(*) FILTER (WHERE a.line IS NULL) > 0 AS brought
  FROM (SELECT * FROM shown WHERE version = 4) a FULL JOIN (SELECT * FROM shown WHERE version = 5) b USING (part, line) WHERE part IN ('personas', 'events') GROUP BY part ORDER BY part;

-- the same run written whole, as the next version: the same rows and checksums
CREATE TABLE before AS SELECT checksums FROM personatwin.release_version WHERE in_service;
SELECT version FROM pt_publish_release('court_events', 'safe');
SELECT see();
SELECT tables, checksums = (TABLE before) AS same_checksums, checksums_hold() FROM personatwin.release_version WHERE in_service;
(SELECT part, line FROM shown WHERE version = 5 EXCEPT ALL SELECT part, line FROM shown WHERE version = 6) UNION ALL (SELECT part, line FROM shown WHERE version = 6 EXCEPT ALL SELECT part, line FROM shown WHERE version = 5);
-- the reader keeps his rights, and what was written whole is refreshed in place again
SELECT month(5);
BEGIN;
SELECT version, changed FROM pt_refresh_release('court_events');
SELECT checksums_hold();
ROLLBACK;
SELECT checksums_hold(), version FROM safe.court_events_about;
SELECT version, changed FROM pt_refresh_release('court_events');
SELECT checksums_hold(), tables FROM personatwin.release_version WHERE in_service;
SET ROLE in_place_reader;
SELECT count(*) > 0 AS readable FROM safe.court_events_events JOIN safe.court_events_personas USING (persona_id);
SELECT * FROM personatwin.release_1_v6_digests;
RESET ROLE;

-- twice in one transaction, the second time taken back
BEGIN;
SELECT month(6);
SELECT version, changed FROM pt_refresh_release('court_events');
SAVEPOINT once;
SELECT month(7);
SELECT version, changed FROM pt_refresh_release('court_events');
SELECT checksums_hold();
ROLLBACK TO once;
SELECT checksums_hold(), version FROM safe.court_events_about;
ROLLBACK;
SELECT checksums_hold(), version FROM safe.court_events_about;

-- nothing of an expunged person's persona stays in rows or statistics, also where somebody else has renewed these for all columns
SELECT person_id AS person FROM court_events ORDER BY person_id LIMIT 1 \gset
SELECT see();
ANALYZE personatwin.release_1_v6_personas;
ANALYZE personatwin.release_1_v6_digests;
CREATE TABLE shapes AS SELECT persona_id::text, temporal_patterns::text FROM safe.court_events_personas;
SELECT count(*) > 0 AS statistics_there FROM shapes JOIN pg_stats s ON strpos(s.histogram_bounds::text, replace(temporal_patterns, '"', '\"')) > 0 WHERE tablename = 'release_1_v6_personas' AND attname = 'temporal_patterns';
SELECT version, "left" FROM pt_expunge('court_events', :'person');
DELETE FROM court_events WHERE person_id = :person;
SELECT checksums_hold(), tables FROM personatwin.release_version WHERE in_service;
CREATE TABLE withdrawn AS SELECT substr(line, 2, 36) AS persona_id FROM shown WHERE version = 7 AND part = 'personas' EXCEPT SELECT persona_id::text FROM safe.court_events_personas;
SELECT count(*) > 0 AS withdrawn FROM withdrawn;
SELECT count(*) AS rows_left FROM withdrawn JOIN (SELECT persona_id FROM personatwin.release_1_v6_events UNION ALL SELECT persona_id FROM personatwin.release_1_v6_digests) x ON x.persona_id::text = withdrawn.persona_id;
SELECT count(*) AS statistics_left FROM withdrawn JOIN pg_stats s ON strpos(s.most_common_vals::text || s.histogram_bounds::text, withdrawn.persona_id) > 0 WHERE s.schemaname = 'personatwin' AND s.tablename LIKE 'release%';

SELECT count(*) AS shapes_left FROM withdrawn JOIN shapes USING (persona_id) JOIN pg_stats s ON strpos(s.histogram_bounds::text, replace(temporal_patterns, '"', '\"')) > 0 WHERE s.schemaname = 'personatwin' AND s.tablename LIKE 'release%';

-- where all tables are published to subscribers, these lose the rows, too; names are kept and compared however a session quotes them
ALTER TABLE court_events REPLICA IDENTITY FULL;
CREATE PUBLICATION everything FOR ALL TABLES;
SELECT month(8);
SET quote_all_identifiers = on;
SELECT version, changed FROM pt_refresh_release('court_events');
RESET quote_all_identifiers;
SELECT checksums_hold(), tables FROM personatwin.release_version WHERE in_service;
DROP PUBLICATION everything;

-- whole again: when a view is not what it was made as, or its owner may no longer read the tables
CREATE OR REPLACE VIEW safe.court_events_events AS SELECT * FROM personatwin.release_1_v6_events WHERE event_type <> 'arrest';
SELECT month(9);
SELECT version, changed FROM pt_refresh_release('court_events');
SELECT checksums_hold(), tables = version AS whole FROM personatwin.release_version WHERE in_service;
CREATE ROLE in_place_heir;
GRANT USAGE ON SCHEMA safe TO in_place_heir;
ALTER VIEW safe.court_events_events OWNER TO in_place_heir;
SELECT month(10);
SELECT version, changed FROM pt_refresh_release('court_events');
SET ROLE in_place_reader;
SELECT count(*) > 0 AS readable FROM safe.court_events_events JOIN safe.court_events_personas USING (persona_id);
RESET ROLE;
SELECT checksums_hold(), tables = version AS whole FROM personatwin.release_version WHERE in_service;
-- or whose view reads with the rights of the reader, who has none
ALTER VIEW safe.court_events_events SET (security_invoker = true);
SELECT month(12);
SELECT version, changed FROM pt_refresh_release('court_events');
SET ROLE in_place_reader;
SELECT count(*) > 0 AS readable FROM safe.court_events_events JOIN safe.court_events_personas USING (persona_id);
RESET ROLE;
SELECT checksums_hold(), tables = version AS whole FROM personatwin.release_version WHERE in_service;

-- a refresh needs neither the runs before nor the tables of versions that were followed by one written whole
SELECT count(pt_drop_run(run_id)) > 0 AS dropped FROM personatwin.run WHERE run_id NOT IN (SELECT run_id FROM personatwin.release_version WHERE in_service);
SELECT format('DROP TABLE personatwin.%I', relname) FROM pg_class WHERE relnamespace = 'personatwin'::regnamespace AND relkind = 'r' AND relname ~ '^release_1_v6_' ORDER BY 1 \gexec
SELECT month(11);
SELECT version, changed FROM pt_refresh_release('court_events');
SELECT checksums_hold(), tables < version AS in_place FROM personatwin.release_version WHERE in_service;

-- whole again: when digests are missing (earlier versions of personatwin kept none), and when the columns say something else
SELECT format('DROP TABLE personatwin.release_1_v%s_digests', tables) FROM personatwin.release_version WHERE in_service \gexec
INSERT INTO court_events SELECT person_id + 100000, age, sex, event_date, event_type, outcome, charge_degree FROM pool WHERE person_id <= 100;
SELECT version, changed FROM pt_refresh_release('court_events');
SELECT checksums_hold(), tables = version AS whole FROM personatwin.release_version WHERE in_service;
COMMENT ON COLUMN safe.court_events_events.weight IS 'something else';
INSERT INTO court_events SELECT person_id + 200000, age, sex, event_date, event_type, outcome, charge_degree FROM pool WHERE person_id <= 100;
SELECT version, changed FROM pt_refresh_release('court_events');
SELECT checksums_hold(), tables = version AS whole FROM personatwin.release_version WHERE in_service;

-- two releases of one run, each in its own tables; dropping takes all of them
SELECT release, version FROM pt_publish_release('court_events', 'safe', name => 'second');
INSERT INTO court_events SELECT person_id + 300000, age, sex, event_date, event_type, outcome, charge_degree FROM pool WHERE person_id <= 100;
SELECT release, changed FROM pt_refresh_release('court_events');
SELECT r.name, v.tables < v.version AS in_place FROM personatwin.release r JOIN personatwin.release_version v USING (release_id) WHERE in_service ORDER BY 1;
SELECT (SELECT array_agg(merged_from ORDER BY merged_from) FROM safe.court_events_personas) = (SELECT array_agg(merged_from ORDER BY merged_from) FROM safe.second_personas) AS same_people,
  (SELECT array_agg((e::text)) FROM (SELECT period, event_type, outcome, sum(weight) FROM safe.court_events_events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) e)
  = (SELECT array_agg((e::text)) FROM (SELECT period, event_type, outcome, sum(weight) FROM safe.second_events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) e) AS same_events;
SELECT pt_drop_release('court_events');
SELECT count(*) AS tables_left FROM pg_class WHERE relnamespace = 'personatwin'::regnamespace AND relname ~ '^release_[0-9]+_v';

DROP TABLE court_events, pool CASCADE;
DROP FUNCTION checksums_hold, see, month;
DROP SCHEMA safe CASCADE;
DROP EXTENSION personatwin CASCADE;
DROP ROLE in_place_reader, in_place_heir;
