-- pt_check_exposure: every way is planted, found, and closed by the statement that is given.
SET client_min_messages = error;
CREATE EXTENSION personatwin;
CREATE ROLE exp_owner;
CREATE ROLE exp_reader;
CREATE ROLE exp_group;
CREATE ROLE exp_other;
CREATE ROLE "exp Odd" NOINHERIT;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO exp_owner, exp_other;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO exp_owner', current_database()); END $$;
CREATE SCHEMA vault AUTHORIZATION exp_owner;
SET ROLE exp_owner;
CREATE TABLE vault."The people" (person int PRIMARY KEY, sex text);
INSERT INTO vault."The people" SELECT i, CASE WHEN i % 2 = 0 THEN 'F' ELSE 'M' END FROM generate_series(1, 60) i;
CREATE TABLE vault.events (person int REFERENCES vault."The people", kind text, at date);
INSERT INTO vault.events SELECT i, 'x', '2020-01-01' FROM generate_series(1, 60) i;
SELECT count(*) FROM (VALUES ('vault."The people"', 'person', 'person'), ('vault."The people"', 'sex', 'quasi-identifier: gender'), ('vault.events', 'person', 'person'), ('vault.events', 'kind', 'event type'), ('vault.events', 'at', 'event time')) v(t, c, r), pt_set_role(t::regclass, c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('vault.events', 0.3, people => 'vault."The people"');
SELECT release FROM pt_publish_release('vault.events', 'safe', reader => 'exp_reader');
-- the reader of the release has no way
SELECT * FROM pt_check_exposure('exp_reader');
RESET ROLE;

-- one way after the other: planted, found, closed
CREATE FUNCTION pg_temp.plant(plant text, undo text DEFAULT NULL, who text DEFAULT 'exp_reader') RETURNS TABLE (way text, object text, detail text, statement text, left_open bigint) LANGUAGE plpgsql AS $$
DECLARE r record; BEGIN
  EXECUTE plant;
  FOR r IN SELECT * FROM pt_check_exposure(who) LOOP
    way := r.way; object := r.object; detail := r.detail; statement := r.statement;
    IF r.statement !~ '\.\.\.' THEN EXECUTE r.statement; END IF;
    left_open := (SELECT count(*) FROM pt_check_exposure(who) x WHERE x.statement = r.statement AND x.statement !~ '\.\.\.');
    RETURN NEXT;
  END LOOP;
  IF undo IS NOT NULL THEN EXECUTE undo; END IF;
  IF EXISTS (SELECT FROM pt_check_exposure(who)) THEN RAISE 'still open'; END IF;
END $$;
\pset format unaligned
\pset tuples_only
SELECT * FROM pg_temp.plant('GRANT SELECT ON vault.events TO PUBLIC');
SELECT * FROM pg_temp.plant('GRANT SELECT, TRIGGER, REFERENCES ON vault."The people" TO exp_reader');
SELECT * FROM pg_temp.plant('GRANT SELECT ON vault.events TO exp_group; GRANT exp_group TO exp_reader', 'REVOKE exp_group FROM exp_reader');
SELECT * FROM pg_temp.plant('GRANT SELECT ON vault.events TO exp_group; GRANT exp_group TO "exp Odd"', 'REVOKE exp_group FROM "exp Odd"', 'exp Odd');
SELECT * FROM pg_temp.plant('GRANT SELECT (sex) ON vault."The people" TO exp_reader');
SELECT * FROM pg_temp.plant('GRANT SELECT ON personatwin.secret TO exp_reader');
SELECT DISTINCT way, detail, statement, left_open FROM pg_temp.plant('GRANT exp_owner TO exp_group; GRANT exp_group TO exp_reader', 'REVOKE exp_owner FROM exp_group') WHERE way = 'membership';
SELECT * FROM pg_temp.plant('GRANT pg_read_all_data TO exp_reader');
SELECT * FROM pg_temp.plant('GRANT pg_read_all_stats TO exp_reader');
SELECT * FROM pg_temp.plant('GRANT pg_execute_server_program TO exp_reader');
SELECT * FROM pg_temp.plant('ALTER ROLE exp_reader SUPERUSER');
SELECT * FROM pg_temp.plant('ALTER ROLE exp_reader CREATEROLE REPLICATION');
SELECT * FROM pg_temp.plant('ALTER ROLE exp_reader BYPASSRLS; ALTER TABLE vault.events ENABLE ROW LEVEL SECURITY', 'ALTER TABLE vault.events DISABLE ROW LEVEL SECURITY');
SELECT * FROM pg_temp.plant('CREATE VIEW vault.inner_view AS SELECT * FROM vault.events; CREATE VIEW public.outer_view AS SELECT kind FROM vault.inner_view; GRANT SELECT ON outer_view TO exp_reader', 'DROP VIEW outer_view, vault.inner_view');
SELECT * FROM pg_temp.plant('CREATE MATERIALIZED VIEW public.copy AS SELECT * FROM vault.events; GRANT SELECT ON copy TO PUBLIC', 'DROP MATERIALIZED VIEW copy');
SELECT * FROM pg_temp.plant('CREATE FUNCTION public.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS ''SELECT count(*) FROM vault.events''', 'DROP FUNCTION peek()');
SELECT * FROM pg_temp.plant('GRANT SELECT ON pg_catalog.pg_statistic TO exp_reader');
SELECT * FROM pg_temp.plant('CREATE PUBLICATION outward FOR TABLE vault.events', 'DROP PUBLICATION outward');
SELECT * FROM pg_temp.plant('CREATE TABLE public.guess (person int REFERENCES vault."The people"); GRANT INSERT ON guess TO exp_reader', 'DROP TABLE guess');
SELECT * FROM pg_temp.plant('ALTER DEFAULT PRIVILEGES FOR ROLE exp_owner IN SCHEMA vault GRANT SELECT ON TABLES TO exp_reader');
SELECT * FROM pg_temp.plant('CREATE TABLE public.parent (person int, kind text, at date); ALTER TABLE vault.events INHERIT parent; GRANT SELECT ON parent TO exp_reader', 'ALTER TABLE vault.events NO INHERIT parent; DROP TABLE parent');
SELECT way, object, statement FROM pg_temp.plant('ALTER TABLE vault.events OWNER TO exp_reader', 'ALTER TABLE vault.events OWNER TO exp_owner') WHERE way = 'owner';
\pset tuples_only
\pset format aligned

-- publication warns of what it finds
SET client_min_messages = warning;
GRANT exp_group TO exp_reader;
CREATE VIEW public.outer_view AS SELECT kind FROM vault.events;
GRANT SELECT ON outer_view TO exp_group;
SET ROLE exp_owner;
SELECT release FROM pt_publish_release('vault.events', 'safe', reader => 'exp_reader');
SET client_min_messages = error;
-- owners are asked about their own sources only; errors
SELECT way, object FROM pt_check_exposure('exp_reader', 'vault.events');
SET ROLE exp_other;
SELECT count(*) FROM pt_check_exposure('exp_reader') WHERE object <> 'outer_view';
SET ROLE exp_owner;
SELECT * FROM pt_check_exposure('exp_nobody');
SELECT * FROM pt_check_exposure(NULL);
RESET ROLE;
DROP VIEW outer_view;
SET ROLE exp_owner;
SELECT pt_drop_release('vault.events');
SELECT pt_drop_run(run_id) FROM pt_runs();
RESET ROLE;
DROP SCHEMA vault CASCADE;
DROP SCHEMA safe;
DROP EXTENSION personatwin;
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM exp_owner', current_database()); END $$;
DROP ROLE exp_owner, exp_reader, exp_group, exp_other, "exp Odd";
