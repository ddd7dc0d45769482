-- Whether a source is the one that a run has read: told from the pages of plain tables, else by reading the rows again.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
CREATE SCHEMA safe;
CREATE TABLE people (person int PRIMARY KEY, age int, sex text, band_a text, band_b text);
CREATE TABLE events (person int, at date, kind text, result text);
INSERT INTO people SELECT i, 20 + i % 3, 'F', 'x' || i % 2, 'y' || i % 2 FROM generate_series(1, 60) i;
INSERT INTO events SELECT i % 60 + 1, date '2014-01-01' + i % 2, 'theft', 'r' || i % 7 % 2 FROM generate_series(1, 240) i;
SELECT count(*) FROM (VALUES ('people', 'person', 'person'), ('people', 'age', 'quasi-identifier: age'), ('people', 'sex', 'quasi-identifier: gender'),
  ('people', 'band_a', 'quasi-identifier: socio-economic'), ('people', 'band_b', 'quasi-identifier: socio-economic'), ('events', 'person', 'person'), ('events', 'at', 'event time'),
  ('events', 'kind', 'event type'), ('events', 'result', 'outcome')) v(t, c, r), pt_set_role(t::regclass, c, r);

SELECT pt_set_domain('events', 'custom');

-- What publication says after a change that is rolled back.
CREATE FUNCTION outcome_of(change text, source text DEFAULT 'events') RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
  BEGIN
    EXECUTE change;
    PERFORM pt_publish_release(source::regclass, 'safe');
    RAISE EXCEPTION USING ERRCODE = 'PT000', MESSAGE = 'published';
  EXCEPTION WHEN OTHERS THEN
    RETURN CASE SQLSTATE WHEN 'PT000' THEN 'published' ELSE SQLSTATE || ': ' || SQLERRM END;
  END;
END $$;
CREATE FUNCTION make_run(source text, people regclass DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE personas int;
BEGIN
  SELECT count(*) INTO personas FROM pt_create_personas(source::regclass, 0.9, people => people, individual_limit => 0.9);
  RETURN (SELECT format('%s, %s', personas > 0, source_state IS NOT NULL) FROM personatwin.run ORDER BY run_id DESC LIMIT 1);
END $$;

SELECT make_run('events', 'people') AS "personas, known by pages";
-- The rows (240 + 60) are read only when the state is gone.
CREATE FUNCTION rows_read() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables WHERE relname IN ('events', 'people') $$;
BEGIN;
SELECT rows_read() AS before \gset
SELECT outcome_of('SELECT 1') AS unchanged;
SELECT rows_read() - :before AS rows_read, rows_read() AS before \gset
\echo :rows_read
SELECT outcome_of('UPDATE personatwin.run SET source_state = NULL') AS state_gone;
SELECT rows_read() - :before AS rows_read;
COMMIT;
SELECT change, outcome_of(change) FROM (VALUES
  ('UPDATE events SET result = ''r1'' WHERE result = ''r0'''),
  ('UPDATE events SET result = result'), -- the same rows in other places
  ('UPDATE people SET age = age + 1 WHERE person = 60'),
  ('INSERT INTO events SELECT * FROM events LIMIT 1'),
  ('DELETE FROM events WHERE ctid = (SELECT max(ctid) FROM events)'),
  ('TRUNCATE events'),
  ('ALTER TABLE people RENAME band_a TO c; ALTER TABLE people RENAME band_b TO band_a; ALTER TABLE people RENAME c TO band_b'),
  ('ALTER TABLE people ALTER age TYPE bigint USING age + 1'),
  ('ALTER TABLE people ALTER sex TYPE varchar'),
  ('ALTER TABLE people ADD note text DEFAULT ''n'''),
  ('ALTER TABLE people DROP band_b'),
  ('SELECT pt_set_role(''people'', ''band_b'', ''ignore'')'),
  ('UPDATE personatwin.run SET fingerprint = reverse(fingerprint) || ''0'''),
  -- whoever restores or edits the row of a run can't vouch for the pages of this server
  ('UPDATE personatwin.run SET source_state = source_state; UPDATE events SET result = ''r1'''),
  ('UPDATE personatwin.run SET source_state = ''nonsense'''),
  ('UPDATE personatwin.run SET source_state = NULL'),
  ('SELECT * FROM people FOR SHARE')) v(change);
-- A change that was committed, undone or cleaned up.
DELETE FROM events WHERE person = 60;
VACUUM FREEZE events;
SELECT outcome_of('SELECT 1') AS deleted;
INSERT INTO events SELECT i % 60 + 1, date '2014-01-01' + i % 2, 'theft', 'r' || i % 7 % 2 FROM generate_series(1, 240) i WHERE i % 60 = 59;
SELECT outcome_of('SELECT 1') AS put_back;
VACUUM FULL events;
SELECT outcome_of('SELECT 1') AS rewritten;

-- A run after which the table is only cleaned up is still known.
SELECT make_run('events', 'people');
VACUUM (FREEZE, ANALYZE) events, people;
CHECKPOINT;
SELECT outcome_of('SELECT 1') AS vacuumed;

-- Changes of the same transaction before and after the run.
BEGIN;
UPDATE events SET result = 'r1' WHERE person = 1;
SELECT make_run('events', 'people');
SELECT outcome_of('SELECT 1') AS before, outcome_of('UPDATE events SET result = ''r0''') AS after;
ROLLBACK;

-- Only plain tables are told from their pages.
CREATE VIEW v AS SELECT * FROM events JOIN people USING (person);
CREATE UNLOGGED TABLE u AS SELECT * FROM v;
CREATE TABLE p (LIKE u) PARTITION BY HASH (person);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO p SELECT * FROM u;
CREATE TABLE s AS SELECT * FROM u;
ALTER TABLE s ENABLE ROW LEVEL SECURITY;
SELECT count(*) FROM (VALUES ('person', 'person'), ('at', 'event time'), ('kind', 'event type'), ('result', 'outcome'), ('age', 'quasi-identifier: age'), ('sex', 'quasi-identifier: gender')) v(c, r),
  (VALUES ('v'), ('u'), ('p'), ('s')) t(t), pt_set_role(t::regclass, c, r);
SELECT t, make_run(t), outcome_of('SELECT 1', t), outcome_of('UPDATE ' || CASE t WHEN 'v' THEN 'people' ELSE t END || ' SET age = 30', t)
  FROM (VALUES ('v'), ('u'), ('p'), ('s')) t(t);

-- Without the right to read every column the rows are read, which says what is missing.
CREATE ROLE unchanged_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO unchanged_owner;
GRANT CREATE, USAGE ON SCHEMA safe TO unchanged_owner;
ALTER TABLE events OWNER TO unchanged_owner;
GRANT SELECT ON people TO unchanged_owner;
SET ROLE unchanged_owner;
SELECT count(*) > 0 AS made FROM pt_create_personas('events', 0.9, people => 'people', individual_limit => 0.9);
SELECT outcome_of('SELECT 1') AS may_read;
RESET ROLE;
REVOKE SELECT ON people FROM unchanged_owner;
SET ROLE unchanged_owner;
SELECT outcome_of('SELECT 1') AS may_not_read;
RESET ROLE;

-- Rows hidden behind a view: PostgreSQL's own refusal, with a hint.
CREATE TABLE hidden AS SELECT * FROM u;
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON hidden USING (true);
GRANT SELECT ON hidden TO unchanged_owner;
SET ROLE unchanged_owner;
CREATE VIEW safe.behind AS SELECT * FROM hidden;
SELECT count(*) FROM pt_create_personas('safe.behind', 0.9, individual_limit => 0.9);
SELECT count(*) FROM (VALUES ('person', 'person'), ('at', 'event time'), ('kind', 'event type'), ('age', 'quasi-identifier: age')) v(c, r), pt_set_role('safe.behind', c, r);
SELECT pt_set_domain('safe.behind', 'custom');
SELECT count(*) FROM pt_create_personas('safe.behind', 0.9, individual_limit => 0.9);
SELECT count(*) > 0 AS made FROM pt_create_personas('safe.behind', 0.9, individual_limit => 0.9, allow_row_security => true);
RESET ROLE;
REASSIGN OWNED BY unchanged_owner TO CURRENT_USER;
DROP OWNED BY unchanged_owner;
DROP ROLE unchanged_owner;
DROP EXTENSION personatwin CASCADE;
DROP SCHEMA safe CASCADE;
DROP TABLE people, events, hidden CASCADE;
