-- Releases over time: what is remembered of every membership that was ever published.

--| ## Fingerprints of membership
--|
--| Which people were published together, by keyed hash, for every run that was ever published. A later publication is laid over all of
--| them (`doc/release.md`, Over time). They stay when a run or a release is dropped, because what was published can't be taken back.
CREATE SEQUENCE personatwin.published_persona_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.published_persona_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.published_persona_seq IS 'numbers of published personas; never used twice';

CREATE TABLE personatwin.published_persona (
  unit bigint PRIMARY KEY,
  members bytea NOT NULL,
  contents bytea
);
REVOKE ALL ON personatwin.published_persona FROM PUBLIC;
COMMENT ON TABLE personatwin.published_persona IS 'one row per persona that was ever published, with its members by keyed hash; versions that publish the same share the row';
COMMENT ON COLUMN personatwin.published_persona.unit IS 'number of the persona with these members and events';
COMMENT ON COLUMN personatwin.published_persona.members IS 'keyed hashes of its people, 16 bytes each, ascending';
COMMENT ON COLUMN personatwin.published_persona.contents IS 'keyed digest of the published events of each of them, 8 bytes each, in the same order; NULL: not known';

CREATE TABLE personatwin.membership (
  run_id bigint PRIMARY KEY,
  source regclass NOT NULL,
  people regclass,
  source_name text NOT NULL,
  min_size int NOT NULL,
  setting text NOT NULL,
  kept_at timestamptz NOT NULL,
  units bigint[]
);
REVOKE ALL ON personatwin.membership FROM PUBLIC;
COMMENT ON TABLE personatwin.membership IS 'one row per run that was ever published; kept when the run and its releases are dropped';
COMMENT ON COLUMN personatwin.membership.run_id IS 'the run';
COMMENT ON COLUMN personatwin.membership.source IS 'the table or view it was made from';
COMMENT ON COLUMN personatwin.membership.people IS 'its table of people, if it has one';
COMMENT ON COLUMN personatwin.membership.source_name IS 'name of the source when it was published: a table dropped and made again has the same people';
COMMENT ON COLUMN personatwin.membership.min_size IS 'least number of people that a computable difference may hold';
COMMENT ON COLUMN personatwin.membership.setting IS 'what its events were released as; contents of the same setting can be compared';
COMMENT ON COLUMN personatwin.membership.kept_at IS 'when it was first published';
COMMENT ON COLUMN personatwin.membership.units IS 'its personas, in the order of their numbers in the run; NULL: its data were gone before this table existed';

CREATE TABLE personatwin.publication_lock (
  "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"),
  publications bigint NOT NULL
);
REVOKE ALL ON personatwin.publication_lock FROM PUBLIC;
COMMENT ON TABLE personatwin.publication_lock IS 'one row that every publication updates, so that none is checked against a state in which another is missing';
COMMENT ON COLUMN personatwin.publication_lock."only" IS 'always true, so that there is one row';
COMMENT ON COLUMN personatwin.publication_lock.publications IS 'publications so far';
INSERT INTO personatwin.publication_lock (publications) VALUES (0);

SELECT pg_catalog.pg_extension_config_dump('personatwin.published_persona', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.published_persona_seq', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.membership', '');
