-- A number of a table that has come to stand for another one: after a drop and a restore, or a rename.
CREATE EXTENSION personatwin;
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(300, 1);
CREATE TABLE stranger AS SELECT * FROM pt_sample_court_events(300, 2);
SET client_min_messages = error;
SELECT count(*) > 0 AS made FROM pt_create_personas('court', 0.3, individual_limit => 0.3, seed => 1);
SELECT version FROM pt_publish_release('court', 'safe');
SELECT source_name FROM personatwin.run;

-- renamed: nothing is told or done under the new name, and all is well again under the old one
ALTER TABLE court RENAME TO courts;
\set VERBOSITY default
SELECT population_average_risk FROM pt_population_risk('courts');
SELECT version FROM pt_publish_release('courts', 'safe', name => 'court');
SELECT version FROM pt_publish_release('courts', 'safe', name => 'other');
SELECT * FROM pt_refresh_release('courts');
SELECT pt_drop_release('courts');
ALTER TABLE courts RENAME TO court;
SELECT population_average_risk <= 0.3 AS told FROM pt_population_risk('court');

-- the number now means a table of somebody else, who learns nothing of the run and the release
CREATE ROLE same_source_stranger;
GRANT USAGE, CREATE ON SCHEMA public TO same_source_stranger;
ALTER TABLE stranger OWNER TO same_source_stranger;
DO $$ BEGIN
  UPDATE personatwin.run SET source = 'stranger'::regclass;
  UPDATE personatwin.release SET source = 'stranger'::regclass;
  EXECUTE (SELECT string_agg(format('GRANT EXECUTE ON FUNCTION %s TO same_source_stranger', p.oid::regprocedure), ';')
    FROM pg_proc p WHERE p.proname IN ('pt_runs', 'pt_releases', 'pt_population_risk', 'pt_drop_release', 'pt_drop_run', 'pt_persona_risks'));
END $$;
SET ROLE same_source_stranger;
SELECT count(*) FROM pt_runs();
SELECT count(*) FROM pt_releases();
SELECT population_average_risk FROM pt_population_risk('stranger');
SELECT count(*) FROM pt_persona_risks('stranger');
SELECT pt_drop_release('stranger');
SELECT pt_drop_run(run) FROM (SELECT 1 AS run) AS x;
RESET ROLE;
-- whoever published it can still drop it, as that of a source that is gone
SELECT pt_drop_release(NULL, 'safe', 'court');

-- hierarchies: both the source and the table that holds the hierarchy are known by number and name
CREATE TABLE offices AS SELECT 'office ' || i AS office, 'region ' || i % 3 AS region FROM generate_series(1, 9) AS i;
CREATE TABLE staff AS SELECT i AS id, 'office ' || i % 9 + 1 AS office, i % 50 + 20 AS age FROM generate_series(1, 200) AS i;
SELECT pt_set_hierarchy('staff', 'office', 'offices', '{office,region}');
SELECT source_name, hierarchy_name FROM personatwin.hierarchy;
ALTER TABLE staff RENAME TO personnel;
SELECT count(*) FROM pt_hierarchies('personnel');
SELECT pt_anonymize_table('personnel', 'safe_staff', quasi_identifiers => '{office,age}');
ALTER TABLE personnel RENAME TO staff;
ALTER TABLE offices RENAME TO places;
SELECT pt_anonymize_table('staff', 'safe_staff', quasi_identifiers => '{office,age}');
SELECT pt_set_hierarchy('staff', 'office', 'places', '{office,region}');
SELECT people_suppressed FROM pt_anonymize_table('staff', 'safe_staff', quasi_identifiers => '{office,age}');
ALTER TABLE places RENAME TO offices;
SELECT pt_drop_hierarchy('staff', 'office');
SELECT count(*) FROM pt_hierarchies('staff');
DROP TABLE safe_staff, staff, offices;

REVOKE ALL ON SCHEMA public FROM same_source_stranger;
DROP EXTENSION personatwin CASCADE;
DROP TABLE court, stranger;
DROP SCHEMA safe CASCADE;
DROP ROLE same_source_stranger;
