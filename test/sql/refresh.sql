-- Twenty-four monthly refreshes: what a comparison of any two versions can give away, checked from who was published together.
SET client_min_messages = error;
CREATE EXTENSION personatwin;
CREATE TABLE pool AS SELECT person_id - 999999999999 AS person_id, age, sex, event_date, event_type, outcome FROM pt_sample_court_events(3000, 3);
CREATE TABLE court_events AS SELECT * FROM pool WHERE person_id <= 1500;
SELECT count(pt_set_role('court_events', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('age', 'quasi-identifier: age'),
  ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
-- nothing to refresh yet
SELECT * FROM pt_refresh_release('court_events');
SELECT count(*) > 0 AS made FROM pt_create_personas('court_events', 0.03, min_size => 5, individual_limit => 0.1, as_of => '2024-01-01');
SELECT release, version FROM pt_publish_release('court_events', 'safe');
SELECT changed, version, kept_personas > 0 AS kept FROM pt_refresh_release('court_events');

-- what the release shows, month by month
CREATE TABLE seen (version int, persona_id uuid, class_id uuid, merged_from int, events text);
CREATE TABLE reports (month int, entered int8, waiting int8, shown int8, waiting_changes int8, lost int8, withdrawn int8, redealt int8, suspended int8);
CREATE TABLE gone (person_id int8, version int);
CREATE FUNCTION see() RETURNS void LANGUAGE sql AS $$
  INSERT INTO seen SELECT (SELECT version FROM safe.court_events_about), p.persona_id, p.class_id, p.merged_from,
    (SELECT string_agg(e::text, E'\n') FROM safe.court_events_events e WHERE e.persona_id = p.persona_id) FROM safe.court_events_personas p $$;
SELECT see();
DO $$
DECLARE
  person int8;
  r record;
BEGIN
  FOR month IN 1..24 LOOP
    -- 2 % newcomers, 1 % with new events, 0.5 % leave, one of them by pt_expunge and the others from the table alone
    INSERT INTO court_events SELECT * FROM pool WHERE person_id BETWEEN 1501 + (month - 1) * 30 AND 1500 + month * 30;
    INSERT INTO court_events SELECT DISTINCT ON (person_id) person_id, age, sex, event_date + 31, 'arrest', NULL FROM court_events WHERE hashint8(person_id * 37 + month) % 100 = 0 ORDER BY person_id, event_date;
    IF month = 1 THEN
      PERFORM FROM pt_create_personas('court_events', 0.03, min_size => 5, individual_limit => 0.1, as_of => '2024-01-01');
      EXECUTE format('CREATE TABLE anew AS SELECT * FROM personatwin.run_%s_member WHERE persona_no IS NOT NULL', (SELECT max(run_id) FROM pt_runs()));
      PERFORM pt_drop_run(max(run_id)) FROM pt_runs();
    END IF;
    INSERT INTO gone SELECT person_id, month + 1 FROM (SELECT DISTINCT person_id FROM court_events) x ORDER BY md5(person_id || ' ' || month) LIMIT 7;
    SELECT min(g.person_id) INTO person FROM gone g WHERE version = month + 1;
    DELETE FROM court_events WHERE person_id IN (SELECT g.person_id FROM gone g) AND person_id <> person;
    IF month % 6 = 0 THEN
      SELECT * INTO r FROM pt_expunge('court_events', person::text);
      DELETE FROM court_events WHERE person_id = person;
    ELSE
      DELETE FROM court_events WHERE person_id = person;
      SELECT * INTO r FROM pt_refresh_release('court_events');
    END IF;
    INSERT INTO reports VALUES (month, r.entered, r.waiting, r.changes_published, r.changes_waiting, r."left", r.withdrawn, r.redealt, r.suspended);
    PERFORM see();
  END LOOP;
END $$;
SELECT max(version) AS versions, bool_and(average_risk <= 0.03 AND maximum_risk <= 0.1) AS target_held FROM pt_releases();
SELECT sum(entered) > 200 AS newcomers_enter, max(waiting) > 0 AS some_wait, sum(shown) > 0 AS changes_appear, max(waiting_changes) > 0 AS some_changes_wait,
  sum(lost) > 100 AS people_leave, sum(redealt) > 500 AS others_return FROM reports;

-- the truth: who was together in which version, with the events published of each
CREATE TABLE truth AS SELECT v.version, p.ordinality AS persona, substr(u.members, i * 16 + 1, 16) AS person, substr(u.contents, i * 8 + 1, 5) AS content
  FROM pt_releases() v JOIN personatwin.membership m ON m.run_id = v.run CROSS JOIN LATERAL unnest(m.units) WITH ORDINALITY AS p(unit, ordinality)
  JOIN personatwin.published_persona u ON u.unit = p.unit CROSS JOIN LATERAL generate_series(0, length(u.members) / 16 - 1) i;
CREATE INDEX ON truth (version, person);
ANALYZE truth;
-- The attack: who holds two versions subtracts one persona from another, or the sums over all personas that share people. The smallest group of at
-- least one person that this tells of; changed people count, because their old and new events do not cancel out.
CREATE FUNCTION attack(one int, other int) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE best int8; together int8; moved int8;
BEGIN
  CREATE TEMP TABLE j AS SELECT a.persona AS p, b.persona AS q, coalesce(a.content = b.content, false) AS same
    FROM (SELECT * FROM truth WHERE version = one) a FULL JOIN (SELECT * FROM truth WHERE version = other) b USING (person);
  SELECT min(x) INTO best FROM (SELECT sp.n + sq.n - o.common - o.same AS x FROM (SELECT p, q, count(*) AS common, count(*) FILTER (WHERE same) AS same FROM j WHERE p IS NOT NULL AND q IS NOT NULL GROUP BY p, q) o
    JOIN (SELECT p, count(*) AS n FROM j GROUP BY 1) sp USING (p) JOIN (SELECT q, count(*) AS n FROM j GROUP BY 1) sq USING (q)) d WHERE x > 0;
  CREATE TEMP TABLE label AS SELECT p AS node, true AS earlier, p AS l FROM j WHERE p IS NOT NULL GROUP BY p UNION ALL SELECT q, false, NULL FROM j WHERE q IS NOT NULL GROUP BY q;
  LOOP
    UPDATE label SET l = s.l FROM (SELECT j.q, min(label.l) AS l FROM j JOIN label ON label.earlier AND label.node = j.p GROUP BY j.q) s WHERE NOT earlier AND node = s.q AND label.l IS DISTINCT FROM s.l;
    UPDATE label SET l = s.l FROM (SELECT j.p, min(label.l) AS l FROM j JOIN label ON NOT label.earlier AND label.node = j.q GROUP BY j.p) s WHERE earlier AND node = s.p AND label.l > s.l;
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXIT WHEN moved = 0;
  END LOOP;
  SELECT min(x) INTO together FROM (SELECT count(*) AS x FROM j JOIN label ON CASE WHEN j.p IS NOT NULL THEN label.earlier AND label.node = j.p ELSE NOT label.earlier AND label.node = j.q END
    WHERE NOT j.same GROUP BY label.l) d;
  DROP TABLE j, label;
  RETURN least(best, together);
END $$;
SELECT count(*) AS pairs, min(attack(x, y)) >= 5 AS nobody_isolated FROM generate_series(1, 25) x JOIN generate_series(1, 25) y ON x < y AND (x = 1 OR y - x IN (1, 6) OR y = 25);
-- one persona minus another, for the other pairs
SELECT count(*) > 200 AS pairs, min(least) >= 5 AS nobody_isolated FROM (
  SELECT o.x, o.y, min(sp.n + sq.n - o.common - o.same) FILTER (WHERE sp.n + sq.n - o.common - o.same > 0) AS least
    FROM (SELECT a.version AS x, b.version AS y, a.persona AS p, b.persona AS q, count(*) AS common, count(*) FILTER (WHERE a.content = b.content) AS same
            FROM truth a JOIN truth b USING (person) WHERE a.version > 1 AND a.version < b.version AND b.version - a.version NOT IN (1, 6) GROUP BY 1, 2, 3, 4) o
    JOIN (SELECT version, persona, count(*) AS n FROM truth GROUP BY 1, 2) sp ON sp.version = o.x AND sp.persona = o.p
    JOIN (SELECT version, persona, count(*) AS n FROM truth GROUP BY 1, 2) sq ON sq.version = o.y AND sq.persona = o.q GROUP BY 1, 2) d;
-- it does succeed against personas made anew after one month
INSERT INTO truth SELECT 100, persona_no, person_key, substr(int8send(content), 1, 5) FROM anew;
SELECT attack(1, 100) < 5 AS somebody_isolated;
-- personas made anew can't be published, neither beside nor after the others, from a view or a copy, nor when the others are dropped
SELECT count(*) > 0 AS made FROM pt_create_personas('court_events', 0.03, min_size => 5, individual_limit => 0.1, seed => 99, as_of => '2024-01-01');
SELECT max(run_id) AS anew FROM pt_runs() \gset
\set VERBOSITY sqlstate
SELECT release FROM pt_publish_release('court_events', 'safe');
SELECT release FROM pt_publish_release('court_events', 'elsewhere');
CREATE VIEW by_view AS SELECT * FROM court_events;
SELECT count(pt_set_role('by_view', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('age', 'quasi-identifier: age'),
  ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
CREATE TABLE by_copy AS SELECT * FROM court_events;
SELECT count(pt_set_role('by_copy', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('age', 'quasi-identifier: age'),
  ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('by_view', 0.03, individual_limit => 0.1, as_of => '2024-01-01');
SELECT count(*) > 0 AS made FROM pt_create_personas('by_copy', 0.03, individual_limit => 0.1, as_of => '2024-01-01');
SELECT release FROM pt_publish_release('by_view', 'elsewhere');
SELECT release FROM pt_publish_release('by_copy', 'elsewhere');
-- nor from a copy of a part of it that shows other periods and columns; other events under the same keys are other people
BEGIN;
CREATE TABLE by_part AS SELECT person_id, sex, age, event_type, event_date FROM court_events WHERE person_id <> (SELECT min(person_id) FROM court_events);
CREATE TABLE by_chance AS SELECT person_id, sex, age, event_type, event_date - 400 AS event_date FROM court_events;
SELECT t, count(pt_set_role(t::regclass, c, r)) FROM (VALUES ('by_part'), ('by_chance')) x(t), (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'),
  ('age', 'quasi-identifier: age'), ('event_type', 'event type'), ('event_date', 'event time')) v(c, r) GROUP BY t ORDER BY t;
SELECT count(*) > 0 AS made FROM pt_create_personas('by_part', 0.03, individual_limit => 0.1, period => 'year', as_of => '2024-01-01');
SELECT count(*) > 0 AS made FROM pt_create_personas('by_chance', 0.03, individual_limit => 0.1, period => 'year', as_of => '2024-01-01');
SELECT release FROM pt_publish_release('by_chance', 'elsewhere');
SELECT release FROM pt_publish_release('by_part', 'elsewhere');
ROLLBACK;
BEGIN;
SELECT pt_drop_release('court_events');
SELECT release FROM pt_publish_release('court_events', 'elsewhere');
ROLLBACK;
\set VERBOSITY default
SELECT pt_drop_run(:anew);

-- membership of a persona never changes, nor do its class and size
SELECT count(*) AS changed_personas FROM (SELECT persona_id FROM seen GROUP BY persona_id HAVING count(DISTINCT (class_id, merged_from)) > 1) x;
CREATE TABLE members (version int, persona_key bytea, people bytea);
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT version, run FROM pt_releases() LOOP
    EXECUTE format('INSERT INTO members SELECT %s, p.persona_key, string_agg(m.person_key, '''' ORDER BY m.person_key) FROM personatwin.run_%s_persona p JOIN personatwin.run_%s_member m USING (persona_no) GROUP BY p.persona_key', r.version, r.run, r.run);
  END LOOP;
END $$;
SELECT count(*) AS changed_memberships FROM (SELECT persona_key FROM members GROUP BY persona_key HAVING count(DISTINCT people) > 1) x;
-- personas of any version hold the individual limit by themselves: a newcomer is one of ten at least to whoever knows the version of entry
SELECT min(merged_from) >= 10 AS limit_held_by_each FROM seen;
-- an expunged person was published, and is in no version from the expungement on, nor is the persona
CREATE TABLE expunged AS SELECT person_key, 1 + 6 * row_number() OVER (ORDER BY expunged_at) AS version FROM personatwin.expunged;
SELECT count(*) AS expunged, count(*) FILTER (WHERE EXISTS (SELECT FROM truth t WHERE t.person = x.person_key AND t.version < x.version)) > 0 AS published_before,
  count(*) FILTER (WHERE EXISTS (SELECT FROM truth t WHERE t.person = x.person_key AND t.version >= x.version)) AS published_after FROM expunged x;
SELECT count(*) AS personas_after FROM expunged x JOIN members m ON position(x.person_key IN m.people) > 0 JOIN members l ON l.persona_key = m.persona_key AND l.version >= x.version;
-- those deleted from the source are treated alike: nobody in a version but people of that day's source
SELECT count(*) AS in_service_after_leaving FROM gone g CROSS JOIN LATERAL pt_explain_person('court_events', g.person_id::text) e WHERE e.persona_no IS NOT NULL;
-- personas kept show the very same rows
SELECT count(*) > 5 AS kept, bool_and(n = 1) AS same_rows FROM (SELECT persona_id, count(DISTINCT events) AS n FROM seen WHERE version <= 2 GROUP BY persona_id HAVING count(*) = 2) x;
SELECT (SELECT count(*) FROM seen WHERE version = 25) = (SELECT count(*) FROM safe.court_events_personas) AS last_in_service;
-- what a refreshed run says of its personas is what its own members, events and classes say
CREATE FUNCTION misfits(run int8) RETURNS TABLE (personas int8, misfits int8) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT count(*), count(*) FILTER (WHERE (p.merged_from, p.merge_count) IS DISTINCT FROM (m.people, m.people - 1) OR abs(p.traceability_score - m.highest) > 1e-6
      OR p.event_types IS DISTINCT FROM e.types OR (SELECT sum(n::int8) FROM jsonb_each(p.temporal_patterns) x(label, types), jsonb_each_text(types) y(type, n)) IS DISTINCT FROM e.events
      OR (lower(p.age_range), p.age_mean, p.gender, p.recidivism_indicators) IS DISTINCT FROM (c.age_low, c.age_mean, c.gender, c.recidivism::jsonb))
    FROM personatwin.run_%1$s_persona p JOIN personatwin.run_%1$s_class c USING (class_no)
    CROSS JOIN LATERAL (SELECT count(*)::int AS people, max(risk) AS highest FROM personatwin.run_%1$s_member x WHERE x.persona_no = p.persona_no) m
    CROSS JOIN LATERAL (SELECT array_agg(DISTINCT values[t.n] COLLATE "C") AS types, sum(weight) AS events FROM unnest(p.event_combo, p.event_weight) x(combo_no, weight) JOIN personatwin.run_%1$s_combo USING (combo_no)
      CROSS JOIN (SELECT n FROM personatwin.run r, jsonb_array_elements(r.event_columns) WITH ORDINALITY y(described, n) WHERE r.run_id = %1$s AND described->>''role'' = ''event type'') t) e', run);
END $$;
SELECT count(*) AS runs, min(m.personas) > 20 AS with_personas, sum(m.misfits) AS misfits FROM pt_runs() r CROSS JOIN LATERAL misfits(r.run_id) m;
DROP EXTENSION personatwin CASCADE;
DROP SCHEMA safe CASCADE;
DROP TABLE pool, court_events, by_copy, seen, reports, gone, truth, anew, members, expunged CASCADE;
DROP FUNCTION see, attack, misfits;
