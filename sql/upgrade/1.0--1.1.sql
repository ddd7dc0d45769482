-- Upgrade from 1.0 to 1.1: what changes in objects that 1.0 has. The Makefile puts the installer parts that are new in
-- 1.1 behind it, then 99-end.sql. test/tap/upgrade.pl compares the result with a fresh installation.
\echo Use "ALTER EXTENSION personatwin UPDATE" to load this file. \quit

ALTER TABLE personatwin.run ADD COLUMN source_state text;
COMMENT ON COLUMN personatwin.run.source_state IS 'what tells that the tables still hold the rows that were read without reading them again (transaction that wrote this, hash of the rows, position of the write-ahead log, files); NULL where only reading can tell';

COMMENT ON COLUMN personatwin.profile.rules IS 'rules with their values, as in doc/profiles.md';
