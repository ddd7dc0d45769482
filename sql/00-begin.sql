-- First part of the installer: the catalog's schema, and the library loaded so that the label provider is known to
-- whatever follows in the session (a restore sets labels right after CREATE EXTENSION).
\echo Use "CREATE EXTENSION personatwin" to load this file. \quit

CREATE SCHEMA personatwin;
REVOKE ALL ON SCHEMA personatwin FROM PUBLIC;
COMMENT ON SCHEMA personatwin IS 'personatwin: catalog of runs and releases; not for readers';

--| The version of the loaded library, for example `1.0`. Any user may call it.
CREATE FUNCTION @extschema@.pt_version() RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_version' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_version() IS 'version of the personatwin library';

SELECT @extschema@.pt_version();
