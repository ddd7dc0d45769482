-- Two releases of the same people that each show of events what the other does not: a warning, since the risk of either says nothing of both.
CREATE EXTENSION personatwin;
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(1500, 1);
SET client_min_messages = error;
CREATE FUNCTION make(length text, hidden text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE shown text;
BEGIN
  PERFORM pt_set_role('court', c, CASE WHEN c = hidden THEN 'ignore' ELSE 'detail' END) FROM unnest(ARRAY['attorney_type', 'charge_degree']) c;
  PERFORM count(*) FROM pt_create_personas('court', 0.1, individual_limit => 0.2, attacker => 'demographics', period => length, cohesion => 0);
  SELECT string_agg(e->>'name', ', ' ORDER BY e->>'name') INTO shown FROM personatwin.run, jsonb_array_elements(event_columns) e WHERE run_id = (SELECT max(run_id) FROM personatwin.run);
  RETURN shown;
END $$;
SELECT make('quarter', 'attorney_type');
SET client_min_messages = warning;
SELECT version FROM pt_publish_release('court', 'safe', name => 'first');
SET client_min_messages = error;

-- the same again, or coarser in everything: nothing new
SELECT make('year', 'attorney_type');
SET client_min_messages = warning;
SELECT version FROM pt_publish_release('court', 'safe', name => 'coarser');
SET client_min_messages = error;

-- another column instead
SELECT make('quarter', 'charge_degree');
SET client_min_messages = warning;
SELECT version FROM pt_publish_release('court', 'safe', name => 'other');
SET client_min_messages = error;

-- versions of a release that show the same stand in one line
INSERT INTO court SELECT person_id + 1000000, full_name, ssn, birth_date, age, sex, race, county, address, phone, email, income_band, event_id, case_number, event_date, event_type, outcome, charge_degree, offense_category, attorney_type,
  sentence_months, location, judge_name, prosecutor_name, notes FROM pt_sample_court_events(200, 2);
SELECT pt_drop_release('court', 'safe', 'coarser'), pt_drop_release('court', 'safe', 'other');
SELECT pt_set_role('court', 'charge_degree', 'detail'), pt_set_role('court', 'attorney_type', 'ignore');
SELECT version, changed FROM pt_refresh_release('court');
DELETE FROM court WHERE person_id > 1000000999999;
SELECT make('quarter', 'charge_degree');
SET client_min_messages = warning;
SELECT version FROM pt_publish_release('court', 'safe', name => 'third');
SET client_min_messages = error;

DROP EXTENSION personatwin CASCADE;
DROP FUNCTION make(text, text);
DROP TABLE court;
DROP SCHEMA safe CASCADE;
