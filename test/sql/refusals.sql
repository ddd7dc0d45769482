-- What PostgreSQL refuses to read (42501) comes with a hint, also from behind a view and from the table of people.
CREATE EXTENSION personatwin;
CREATE ROLE refusals_owner;
GRANT CREATE, USAGE ON SCHEMA public TO refusals_owner;
DO $$ BEGIN
  EXECUTE (SELECT string_agg(format('GRANT EXECUTE ON FUNCTION %s TO refusals_owner', p.oid::regprocedure), ';')
    FROM pg_proc p WHERE p.proname IN ('pt_anonymize_table', 'pt_risk_profile', 'pt_granularity', 'pt_microaggregate', 'pt_suda', 'pt_create_personas'));
END $$;
CREATE TABLE visits AS SELECT i AS id, i % 7 AS age, 'c' || i % 3 AS city, i % 11 AS cost FROM generate_series(1, 200) AS i;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY below_100 ON visits USING (id < 100);
CREATE TABLE closed AS SELECT i AS id, i % 7 AS age, 'c' || i % 3 AS city, i % 11 AS cost FROM generate_series(1, 200) AS i;
GRANT SELECT ON visits TO refusals_owner;
GRANT SELECT (id, age, city) ON closed TO refusals_owner;
SET ROLE refusals_owner;
CREATE VIEW hidden AS SELECT * FROM visits;
CREATE VIEW partly AS SELECT id, age, city, cost FROM closed;
CREATE FUNCTION refused(sql text, OUT state text, OUT message text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE sql;
  state := 'none';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
\x on
-- rows that row security hides behind a view
SELECT * FROM refused($$SELECT * FROM pt_anonymize_table('hidden', 'safe_visits', quasi_identifiers => '{age,city}')$$);
SELECT * FROM refused($$SELECT * FROM pt_risk_profile('hidden', '{age,city}', '{cost}')$$);
SELECT * FROM refused($$SELECT * FROM pt_granularity('hidden', 'hidden', '{age,city}')$$);
SELECT * FROM refused($$SELECT * FROM pt_microaggregate('hidden', 'safe_visits', '{cost}', 5)$$);
SELECT * FROM refused($$SELECT * FROM pt_suda('hidden', '{age,city}')$$);
SELECT * FROM refused($$SELECT count(*) FROM pt_create_personas('hidden', .5, person_key => 'id')$$);
-- a column that the owner of the view may not read
SELECT * FROM refused($$SELECT * FROM pt_anonymize_table('partly', 'safe_visits', quasi_identifiers => '{age,cost}')$$);
SELECT * FROM refused($$SELECT * FROM pt_risk_profile('partly', '{age,city}', '{cost}')$$);
SELECT * FROM refused($$SELECT * FROM pt_granularity('partly', 'partly', '{age,cost}')$$);
SELECT * FROM refused($$SELECT * FROM pt_microaggregate('partly', 'safe_visits', '{cost}', 5)$$);
SELECT * FROM refused($$SELECT * FROM pt_suda('partly', '{age,cost}')$$);
SELECT * FROM refused($$SELECT count(*) FROM pt_create_personas('partly', .5, person_key => 'id')$$);
-- the table itself
SELECT * FROM refused($$SELECT * FROM pt_risk_profile('closed', '{age,city}', '{cost}')$$);
\x off
-- allowed, the rows that are seen
SELECT rows_read FROM pt_anonymize_table('hidden', 'safe_visits', quasi_identifiers => '{age,city}', allow_row_security => true);
RESET ROLE;
DROP OWNED BY refusals_owner;
DROP TABLE visits, closed;
DROP EXTENSION personatwin CASCADE;
DROP ROLE refusals_owner;
