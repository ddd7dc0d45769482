-- The audit: what it records, who sees it, that it is append-only; and doing a run again.
SET client_min_messages = error;
CREATE EXTENSION personatwin;
CREATE ROLE audit_owner;
CREATE ROLE audit_group;
CREATE ROLE audit_member IN ROLE audit_group;
CREATE ROLE audit_other;
GRANT audit_group TO audit_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO audit_owner, audit_member, audit_other;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO audit_owner', current_database()); END $$;
CREATE SCHEMA vault AUTHORIZATION audit_owner;
GRANT ALL ON SCHEMA vault TO audit_group;
SET ROLE audit_owner;
CREATE TABLE vault."Court's" AS SELECT * FROM pt_sample_court_events(600);
ALTER TABLE vault."Court's" OWNER TO audit_group;
SELECT count(*) > 0 AS made FROM pt_create_personas('vault."Court''s"', 0.05, min_size => 6, period => 'quarter', preserve => '{charge_degree,outcome}', seed => 77, profile => 'research_5pct', cohesion => 0.25);
SELECT max(run_id) AS run FROM pt_runs() \gset
SELECT release, version, checksums::text AS sums FROM pt_publish_release('vault."Court''s"', 'safe', name => 'court') \gset
-- a dry run changes nothing and leaves nothing; a refused call neither
SELECT count(*) > 0 AS dry FROM pt_create_personas('vault."Court''s"', 0.05, dry_run => true);
SELECT release FROM pt_publish_release('vault."Court''s"', 'safe', profile => 'nobody_knows');
SELECT entry = row_number() OVER (ORDER BY entry) AS numbered, who, action, relation, run_id = :run AS run, release, version,
       parameters->'min_size' AS min_size, parameters ? 'seed' AS seed, parameters->'profile' AS profile, result->'status' AS status, result ? 'fingerprint' AS fingerprint
  FROM pt_audit_log() ORDER BY entry;
SELECT result->'checksums' = :'sums'::jsonb AS checksums, jsonb_array_length(result->'rules') AS rules FROM pt_audit_log('vault."Court''s"') WHERE action = 'publish';

-- the same calls make the same bytes
\pset format unaligned
SELECT step, regexp_replace(call, 'as_of => ''[0-9-]+''', 'as_of => ...') AS call, regexp_replace(note, '[0-9a-f]{32}', '...') AS note FROM pt_reproduce(:run);
SELECT 'WITH x AS MATERIALIZED (' || call || ') SELECT count(*) FROM x' FROM pt_reproduce(:run) ORDER BY step \gexec
\pset format aligned
SELECT checksums = :'sums'::jsonb AS same_bytes, version FROM (SELECT result->'checksums' AS checksums, version FROM pt_audit_log() WHERE action = 'publish' ORDER BY entry DESC LIMIT 1) x;
-- even of a run that was dropped
SELECT pt_drop_run(:run);
SELECT count(*), count(*) FILTER (WHERE call LIKE '%seed => 77%') AS seeds FROM pt_reproduce(:run);
RESET ROLE;

-- a member of the owning role sees the calls, not the seed; others see nothing
SET ROLE audit_member;
SELECT count(*), bool_or(call LIKE '%seed%') AS seeds, bool_or(note LIKE '%shown to audit_owner only') AS says_so FROM pt_reproduce(:run);
SELECT count(*) FROM pt_audit_log();
SET ROLE audit_other;
SELECT count(*) FROM pt_audit_log();
SELECT count(*) FROM pt_audit_log('vault."Court''s"');
SELECT * FROM pt_reproduce(:run);
SELECT * FROM pt_reproduce(-5);
SELECT * FROM pt_reproduce(NULL);
SELECT * FROM personatwin.audit;
RESET ROLE;

-- append-only, even for a role that holds every right
GRANT USAGE ON SCHEMA personatwin TO audit_other;
GRANT ALL ON personatwin.audit TO audit_other;
SET ROLE audit_other;
UPDATE personatwin.audit SET who = 'nobody';
DELETE FROM personatwin.audit;
TRUNCATE personatwin.audit;
RESET ROLE;
REVOKE ALL ON personatwin.audit FROM audit_other;
REVOKE ALL ON SCHEMA personatwin FROM audit_other;
BEGIN;
DELETE FROM personatwin.audit;  -- the owner of the extension may
ROLLBACK;

-- dropping is recorded; a source that is gone is seen by those who acted
SET ROLE audit_owner;
SELECT pt_drop_release('vault."Court''s"');
DROP TABLE vault."Court's";
SELECT action, relation, release, version FROM pt_audit_log() ORDER BY entry;
SELECT * FROM pt_reproduce(:run);
SET ROLE audit_member;
SELECT count(*) FROM pt_audit_log();
RESET ROLE;
SELECT pt_drop_run(run_id) FROM pt_runs();
DROP SCHEMA safe CASCADE;
DROP SCHEMA vault CASCADE;
DROP EXTENSION personatwin;
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM audit_owner', current_database()); END $$;
DROP ROLE audit_owner, audit_member, audit_other, audit_group;
