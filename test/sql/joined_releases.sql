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

DROP EXTENSION personatwin CASCADE;
DROP FUNCTION make(text, text);
DROP TABLE court;
DROP SCHEMA safe CASCADE;
