-- What was done with sources, runs and releases, by whom and when; and how to do it again.

--| ## Audit
--|
--| Every run, publication and removal leaves a row in `personatwin.audit`, in the transaction that did it: what is rolled back is not
--| recorded, what is committed always is. The table is closed; whoever is given rights on it nevertheless can append, but not change, delete or
--| truncate (a trigger refuses it): that is left to the owner of the extension. A dump carries it.
CREATE SEQUENCE personatwin.audit_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.audit_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.audit_id_seq IS 'numbers of audit rows; never used twice';

CREATE TABLE personatwin.audit (
  audit_id bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  who name NOT NULL,
  session_who name NOT NULL,
  action text NOT NULL,
  source regclass,
  source_name text,
  run_id bigint,
  release text,
  version int,
  parameters jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(parameters) OPERATOR(pg_catalog.=) 'object'),
  result jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(result) OPERATOR(pg_catalog.=) 'object')
);
CREATE INDEX audit_source ON personatwin.audit (source, audit_id);
CREATE INDEX audit_run ON personatwin.audit (run_id);
REVOKE ALL ON personatwin.audit FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('personatwin.audit', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.audit_id_seq', '');
COMMENT ON TABLE personatwin.audit IS 'who did what with which source, run or release; append-only for everybody but the owner of the extension';
COMMENT ON INDEX personatwin.audit_source IS 'what was done with one source';
COMMENT ON INDEX personatwin.audit_run IS 'what was done with one run';
COMMENT ON COLUMN personatwin.audit.audit_id IS 'number of the row, in order of time within a session';
COMMENT ON COLUMN personatwin.audit.at IS 'when';
COMMENT ON COLUMN personatwin.audit.who IS 'the role in force (SET ROLE included)';
COMMENT ON COLUMN personatwin.audit.session_who IS 'the role that has logged in';
COMMENT ON COLUMN personatwin.audit.action IS 'what: create personas, drop run, publish, drop release, ...';
COMMENT ON COLUMN personatwin.audit.source IS 'the table or view';
COMMENT ON COLUMN personatwin.audit.source_name IS 'its qualified name at that time';
COMMENT ON COLUMN personatwin.audit.run_id IS 'the run';
COMMENT ON COLUMN personatwin.audit.release IS 'schema and name of the release';
COMMENT ON COLUMN personatwin.audit.version IS 'version of the release';
COMMENT ON COLUMN personatwin.audit.parameters IS 'what was asked for; the seed included, so never shown whole';
COMMENT ON COLUMN personatwin.audit.result IS 'what was decided';

CREATE FUNCTION personatwin.audit_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF NOT pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'the audit can only be appended to',
      HINT = 'The owner of the extension alone may change it.';
  END IF;
  RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
END
$body$;
REVOKE ALL ON FUNCTION personatwin.audit_append_only() FROM PUBLIC;
COMMENT ON FUNCTION personatwin.audit_append_only() IS 'trigger of personatwin.audit: rows stay as they are';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON personatwin.audit
  FOR EACH ROW EXECUTE FUNCTION personatwin.audit_append_only();
COMMENT ON TRIGGER append_only ON personatwin.audit IS 'rows are not changed or deleted';
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON personatwin.audit
  FOR EACH STATEMENT EXECUTE FUNCTION personatwin.audit_append_only();
COMMENT ON TRIGGER never_emptied ON personatwin.audit IS 'nor truncated';

--| ### pt_audit_log
--|
--| The audit of the sources that the caller owns, oldest first; of one source, if it is given. Of a source that is gone those see
--| the rows who are a member of the role that did it. `parameters` leaves the seed out. Superusers see everything.
--|
--| A refused or failed call is rolled back and leaves no row; the server's log has its error.
CREATE FUNCTION @extschema@.pt_audit_log(source pg_catalog.regclass DEFAULT NULL,
    OUT entry pg_catalog.int8, OUT at pg_catalog.timestamptz, OUT who pg_catalog.name, OUT session_who pg_catalog.name,
    OUT action pg_catalog.text, OUT relation pg_catalog.text, OUT run_id pg_catalog.int8, OUT release pg_catalog.text,
    OUT version pg_catalog.int4, OUT parameters pg_catalog.jsonb, OUT result pg_catalog.jsonb)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_audit_log' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100;
COMMENT ON FUNCTION @extschema@.pt_audit_log IS 'who did what with the sources that the current user owns';

--| ### pt_reproduce
--|
--| The calls that make a run and its releases again, in order: on the same rows, in an installation with the same secret, they give the same bytes and
--| the same checksums. For a refreshed run these are the calls of its first version and of every refresh since then, each to be made on the rows of that
--| time (`note` has their fingerprint). The run may be dropped: the audit knows its parameters. The seed is shown to the role that made the run (its members, and
--| superusers) alone; others of the source's owners see the calls without it, with a note. 42704 for an unknown run, 42501 for somebody else's.
--|
--| `SELECT call FROM pt_reproduce(1) ORDER BY step \gexec`
CREATE FUNCTION @extschema@.pt_reproduce(run pg_catalog.int8, OUT step pg_catalog.int4, OUT call pg_catalog.text, OUT note pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_reproduce' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 3;
COMMENT ON FUNCTION @extschema@.pt_reproduce IS 'the calls that make a run and its releases again';
