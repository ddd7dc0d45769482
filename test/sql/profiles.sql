-- Release profiles: the list, checks with remedies, profiles as goals, definitions of one's own.
SET client_min_messages = error;
SET DateStyle = ISO;
CREATE EXTENSION personatwin;
SELECT name, rules, dated, built_in, source <> '' AND description <> '' AS described FROM pt_profiles();

CREATE ROLE prof_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO prof_owner;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO prof_owner', current_database()); END $$;
CREATE SCHEMA vault AUTHORIZATION prof_owner;
SET ROLE prof_owner;
CREATE TABLE vault.court AS SELECT * FROM pt_sample_court_events(900);
SELECT count(*) > 0 AS made FROM pt_create_personas('vault.court', 0.2, min_size => 4, max_size => 20, individual_limit => 0.5, period => 'month');

-- what fails, and what would help; publication is refused with the same list
SELECT rule, required, passed, remedy IS NOT NULL AS remedy FROM pt_check_profile('vault.court', 'public_1pct');
SELECT rule, required, found, passed, remedy FROM pt_check_profile('vault.court', 'cms_11');
SELECT rule, required, found, passed, remedy FROM pt_check_profile('vault.court', 'hipaa_safe_harbor');
SELECT rule, required, found, passed, remedy FROM pt_check_profile('vault.court', 'ferpa_10');
SELECT rule, required, passed FROM pt_check_profile('vault.court');
SELECT release FROM pt_publish_release('vault.court', 'safe', profile => 'ferpa_10');

-- errors in plain words
SELECT * FROM pt_check_profile('vault.court', 'nobody_knows');
SELECT * FROM pt_check_profile('vault.court', 'public_1pct', run => 99999);
SELECT * FROM pt_check_profile(NULL, 'public_1pct');
SELECT * FROM pt_create_personas('vault.court', 0.2, profile => 'nobody_knows');
CREATE TABLE vault.empty (a int);
SELECT * FROM pt_check_profile('vault.empty', 'public_1pct');

-- as a goal: limits are tightened, whatever was asked for beside it
SELECT count(*) > 0 AS made, min(merged_from) >= 11 AS size FROM pt_create_personas('vault.court', 0.2, min_size => 4, individual_limit => 0.5, profile => 'hipaa_expert');
SELECT rule, required, passed FROM pt_check_profile('vault.court');
SELECT parameters->'min_size' AS min_size, parameters->'individual_limit' AS individual_limit, period FROM pt_runs() ORDER BY run_id DESC LIMIT 1;
-- a weaker attacker does not help
SELECT count(*) > 0 AS made FROM pt_create_personas('vault.court', 0.05, attacker => 'demographics', max_size => 12, individual_limit => 0.5);
SELECT r.average_risk_passed, target_met FROM (SELECT passed AS average_risk_passed FROM pt_check_profile('vault.court', 'research_5pct') WHERE rule = 'average_risk') r,
  (SELECT target_met FROM pt_runs() ORDER BY run_id DESC LIMIT 1) t;
-- identifiers, by role and by form
SELECT * FROM pt_set_role('vault.court', 'attorney_type', 'detail');
RESET ROLE;
ALTER TABLE vault.court ADD contact text;
UPDATE vault.court SET contact = CASE WHEN person_id % 2 = 0 THEN 'someone@example.org' ELSE 'none' END;
SET ROLE prof_owner;
SELECT * FROM pt_set_role('vault.court', 'contact', 'detail: category');
SELECT count(*) > 0 AS made FROM pt_create_personas('vault.court', 0.5, individual_limit => 0.5, preserve => '{contact}');
SELECT rule, found, passed, remedy FROM pt_check_profile('vault.court', 'ema_hc_009') WHERE rule = 'no_identifiers';

-- one's own: for the owner of the extension
SELECT pt_define_profile('ours', '{"min_size": 20}', 'board', '2026-01-01', 'strict');
SELECT pt_drop_profile('ours');
RESET ROLE;
SELECT pt_define_profile('ours', '{"min_size": 20, "maximum_risk": 0.05}', 'Decision 7', '2026-01-01', 'strict');
SELECT pt_define_profile('ours', '{"min_size": 25}', 'Decision 8', '2026-02-01', 'stricter');
SELECT name, rules, source, dated, built_in FROM pt_profiles() WHERE name = 'ours';
SELECT rule, required FROM pt_check_profile('vault.court', 'ours', run => (SELECT max(run_id) FROM pt_runs()));
SELECT pt_define_profile('cms_11', '{"min_cell": 5}', 'board', '2026-01-01', 'laxer');
SELECT pt_define_profile('x', '{"unheard_of": 5}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"average_risk": 0}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"average_risk": "0.1"}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"min_size": 7.5}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"min_size": null}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"min_diversity": 3}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"finest_period": "decade"}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"no_identifiers": false}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"finest_place": "county"}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '[1]', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('', '{"min_size": 7}', 'board', '2026-01-01', 'x');
SELECT pt_define_profile('x', '{"min_size": 7}', 'board', 'infinity', 'x');
SELECT pt_define_profile(NULL, '{"min_size": 7}', 'board', '2026-01-01', 'x');
SELECT pt_drop_profile('cms_11');
SELECT pt_drop_profile('x');
SELECT pt_drop_profile('ours');
-- a rule put into the table by hand that is not known fails, never passes
INSERT INTO personatwin.profile VALUES ('by_hand', '{"unheard_of": 5}', 'x', '2026-01-01', 'x');
SELECT * FROM pt_check_profile('vault.court', 'by_hand', run => (SELECT max(run_id) FROM pt_runs()));
SELECT action, parameters FROM pt_audit_log() WHERE action LIKE '%profile' ORDER BY entry;
SELECT count(pt_drop_run(run_id)) FROM pt_runs();
DROP SCHEMA vault CASCADE;
DROP EXTENSION personatwin;
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM prof_owner', current_database()); END $$;
DROP ROLE prof_owner;
