-- The extension can be created, says its version, and opens nothing to PUBLIC that it should not.
CREATE EXTENSION personatwin;
SELECT pt_version() = extversion AS version_matches FROM pg_extension WHERE extname = 'personatwin';
SELECT nspname, nspacl IS NULL OR NOT has_schema_privilege('pg_monitor', oid, 'USAGE') AS closed
  FROM pg_namespace WHERE nspname = 'personatwin';
SHOW personatwin.memory_limit;
SHOW personatwin.swap_timeout;
SET personatwin.memory_limit = '-1';
SET personatwin.unknown = 1;
DROP EXTENSION personatwin;
