-- First part of the installer: the catalog's schema, and the library loaded so that the label provider is known to
-- whatever follows in the session (a restore sets labels right after CREATE EXTENSION).
\echo Use "CREATE EXTENSION personatwin" to load this file. \quit

CREATE SCHEMA personatwin;
REVOKE ALL ON SCHEMA personatwin FROM PUBLIC;
COMMENT ON SCHEMA personatwin IS 'personatwin: catalog of runs and releases; not for readers';

--| ## Settings and version
--|
--| | setting | default | meaning |
--| |---|---|---|
--| | `personatwin.memory_limit` | 2GB | upper bound of the working memory of one call; a call that would need more stops with 53200; 0: no bound |
--| | `personatwin.swap_timeout` | 5s | how long a publication waits for readers of the old version before it stops with 55P03; 0: without end |
--|
--| Both can be set by any user, for a session or a function. Calls that take longer than a few seconds show their progress in
--| `pg_stat_activity.query`, and to the client as a NOTICE every ten seconds.

--| The version of the loaded library, for example `1.1`. Any user may call it.
CREATE FUNCTION @extschema@.pt_version() RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_version' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_version() IS 'version of the personatwin library';

SELECT @extschema@.pt_version();
