-- Who could see private data beside the release.

--| ## Exposure
--|
--| `pt_check_exposure(role)` lists every way in which a role could see the sources that the caller owns (or the one that is given), their tables of people, or the catalog of
--| personatwin, with the statement that closes it; no row: none. A reader of a release should have no row. Superusers are asked about all sources.
--|
--| | way | what is found |
--| |---|---|
--| | superuser, create role, replication, bypass row security | attributes of the role |
--| | read all data, server files, statistics | membership in predefined roles; rights on `pg_statistic` |
--| | owner, membership | the role owns a private relation, or is a member of who does, with SET ROLE too |
--| | grant, column grant | SELECT, TRIGGER or REFERENCES, for the role, for PUBLIC or for a role it is a member of; parents, children and what a source that is a view reads count |
--| | view, materialized view | that reads them, or reads such a view |
--| | function | SECURITY DEFINER, that runs as somebody who can read them; whether it shows anything is not looked into |
--| | publication | that sends them elsewhere |
--| | foreign key | on them, in a table that the role can write: trying keys tells who is there |
--| | default privileges | that will open tables made later |
--|
--| What PostgreSQL shows to every role (names, comments, estimated numbers of rows) is not listed. `pt_publish_release` runs the check for its `reader` and warns.
--| 42704 for an unknown role.
CREATE FUNCTION @extschema@.pt_check_exposure(role pg_catalog.text, source pg_catalog.regclass DEFAULT NULL,
    OUT way pg_catalog.text, OUT object pg_catalog.text, OUT detail pg_catalog.text, OUT statement pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_check_exposure' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.pt_check_exposure IS 'ways in which a role could see private data, with the statements that close them';
