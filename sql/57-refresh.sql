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
COMMENT ON COLUMN personatwin.published_persona.contents IS 'keyed digest of the events of each of them, 8 bytes each, in the same order: 5 of what is published, 3 of days and types in the source; NULL: not known';

CREATE TABLE personatwin.membership (
  run_id bigint PRIMARY KEY,
  source regclass NOT NULL,
  people regclass,
  source_name text NOT NULL,
  min_size int NOT NULL,
  setting text NOT NULL,
  kept_at timestamptz NOT NULL,
  units bigint[],
  counts uuid[]
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
COMMENT ON COLUMN personatwin.membership.counts IS 'fingerprints of its classes and counts of people, when these were published; another run of the same people then shows none that are not among them; empty: published, but not known';
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

--| ## Expunged people
--|
--| Who must never be published again, by keyed hash.
CREATE TABLE personatwin.expunged (
  source regclass NOT NULL,
  person_key bytea NOT NULL,
  expunged_at timestamptz NOT NULL,
  expunged_by name NOT NULL,
  PRIMARY KEY (source, person_key)
);
REVOKE ALL ON personatwin.expunged FROM PUBLIC;
COMMENT ON TABLE personatwin.expunged IS 'one row per call of pt_expunge: a person who is never published again';
COMMENT ON COLUMN personatwin.expunged.source IS 'the table or view';
COMMENT ON COLUMN personatwin.expunged.person_key IS 'keyed hash of the person';
COMMENT ON COLUMN personatwin.expunged.expunged_at IS 'when';
COMMENT ON COLUMN personatwin.expunged.expunged_by IS 'by whom';

--| ## Refresh
--|
--| `pt_refresh_release(source)` publishes the next version of the releases of `source`: new people, new and corrected events, and without
--| those who are gone. What is published keeps its people, because readers may have kept the versions before (`doc/release.md`, Over time):
--|
--| - Membership of a persona never changes. New or corrected events of its members appear when at least `min_size` of them have some.
--| - Newcomers enter in personas of their own, of the class that their demographics fit, as soon as they fill one. Those whom no class fits found new
--|   classes together, as soon as they fill personas of these.
--| - A persona that somebody has left (expunged, or not in the source any more) is withdrawn at once. Its other members return dealt anew together
--|   with withdrawn personas of the same cell, when these have lost at least `min_size` people.
--| - What would let a comparison with any earlier version tell of fewer than `min_size` people waits, too.
--| - When the target does not hold, newcomers wait, then whole classes are suspended; more than a quarter of the people is an error (55000).
--|
--| `schema` and `name` restrict it to one release. If anything fails the version in service stays. 55000 when no release is in service, when the columns or
--| their roles are not those that are published, or when the target can't be held. It returns a row for each release; nothing is published when nothing
--| changes (`changed` is false).
CREATE TYPE @extschema@.pt_refreshed_release AS (
  release pg_catalog.text,
  version pg_catalog.int4,
  run pg_catalog.int8,
  changed pg_catalog.bool,
  kept_personas pg_catalog.int8,
  entered pg_catalog.int8,
  in_new_classes pg_catalog.int8,
  waiting pg_catalog.int8,
  without_class pg_catalog.int8,
  changes_published pg_catalog.int8,
  changes_waiting pg_catalog.int8,
  "left" pg_catalog.int8,
  withdrawn_personas pg_catalog.int8,
  withdrawn pg_catalog.int8,
  redealt pg_catalog.int8,
  suspended pg_catalog.int8,
  returned pg_catalog.int8,
  average_risk pg_catalog.float8,
  maximum_risk pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_refreshed_release IS 'what a refresh has changed';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.release IS 'schema and name of the release';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.version IS 'version in service now';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.run IS 'the run that it shows';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.changed IS 'whether there is a new version';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.kept_personas IS 'personas published as they were';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.entered IS 'newcomers who are published now';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.in_new_classes IS 'of them, those in classes that are new';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.waiting IS 'newcomers who do not fill a persona yet';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.without_class IS 'newcomers whose demographics no class has, and who do not fill a new one yet';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.changes_published IS 'people whose new or corrected events appear now';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.changes_waiting IS 'people whose new or corrected events wait for others of their persona';
COMMENT ON COLUMN @extschema@.pt_refreshed_release."left" IS 'people of personas in service who were expunged or are not in the source any more';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.withdrawn_personas IS 'personas withdrawn because of them';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.withdrawn IS 'people who are out of service now because somebody left their persona';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.redealt IS 'people back in service in new personas';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.suspended IS 'people out of service because the target does not hold with their class';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.returned IS 'suspended people back in service';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.average_risk IS 'mean risk over the released people against the attacker of the run; NULL without a new version';
COMMENT ON COLUMN @extschema@.pt_refreshed_release.maximum_risk IS 'largest risk of a released person; NULL without a new version';

CREATE FUNCTION @extschema@.pt_refresh_release(source pg_catalog.regclass, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS SETOF @extschema@.pt_refreshed_release
  AS 'MODULE_PATHNAME', 'pt_refresh_release' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_refresh_release(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS 'publishes the next version of the releases of a source; what is published keeps its people';

--| `pt_expunge(source, person)` takes a person out of every release of `source`: the whole persona is withdrawn at once, the person is never published
--| again. It is a refresh that takes out as many people as that needs, even when more than a quarter has to be suspended. `person` is the key as text. It works
--| whether the person is still in the source or not; delete the rows there as well. Run without a release, it keeps the person out of later ones. A WARNING says so when nobody with that key was ever published, as after a slip of the pen, and when other releases hold the same rows (of a view): these need a call of their own.
CREATE FUNCTION @extschema@.pt_expunge(source pg_catalog.regclass, person pg_catalog.text)
  RETURNS SETOF @extschema@.pt_refreshed_release
  AS 'MODULE_PATHNAME', 'pt_expunge' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_expunge(pg_catalog.regclass, pg_catalog.text) IS 'withdraws the persona of a person from every release and never publishes the person again';

SELECT pg_catalog.pg_extension_config_dump('personatwin.expunged', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.published_persona', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.published_persona_seq', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.membership', '');
