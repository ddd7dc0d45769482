-- Publication: periods and bands that a release is written in, and the functions that publish, list and drop releases.

--| ## Periods and bands
--|
--| `pt_period(at, length)` is the period that holds a day, as a half-open daterange; `length` is one of day, week (ISO 8601, from
--| Monday), month, quarter, half-year, year. Infinite days are periods of their own. 22023 for another word.
CREATE FUNCTION @extschema@.pt_period(at pg_catalog.date, length pg_catalog.text) RETURNS pg_catalog.daterange
  AS 'MODULE_PATHNAME', 'pt_period' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_period(pg_catalog.date, pg_catalog.text) IS 'period that holds a day: day, week, month, quarter, half-year or year';
CREATE FUNCTION @extschema@.pt_period(at pg_catalog.timestamp, length pg_catalog.text) RETURNS pg_catalog.daterange
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN @extschema@.pt_period(CAST(at AS pg_catalog.date), length);
COMMENT ON FUNCTION @extschema@.pt_period(pg_catalog.timestamp, pg_catalog.text) IS 'period that holds the day of a timestamp';
CREATE FUNCTION @extschema@.pt_period(at pg_catalog.timestamptz, length pg_catalog.text) RETURNS pg_catalog.daterange
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN @extschema@.pt_period(CAST(at AS pg_catalog.date), length);
COMMENT ON FUNCTION @extschema@.pt_period(pg_catalog.timestamptz, pg_catalog.text) IS 'period that holds the day of a point in time, in the time zone of the session';

--| `pt_period_label(at, length)` is the label that releases print: `2014-03-05`, `W07 2014`, `2014-03`, `Q2 2023`, `H1 2014`, `2015`;
--| years before Christ end in ` BC`. Given a range it labels the period that holds its first day.
CREATE FUNCTION @extschema@.pt_period_label(at pg_catalog.date, length pg_catalog.text) RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_period_label' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_period_label(pg_catalog.date, pg_catalog.text) IS 'label of the period that holds a day, such as Q2 2023';
CREATE FUNCTION @extschema@.pt_period_label(period pg_catalog.daterange, length pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN @extschema@.pt_period_label(pg_catalog.lower(period), length);
COMMENT ON FUNCTION @extschema@.pt_period_label(pg_catalog.daterange, pg_catalog.text) IS 'label of the period that holds the first day of a range';

--| `pt_age_band(age, width)` is the band of `width` years that holds an age; bands begin at multiples of the width: `pt_age_band(37, 5)`
--| is `[35,40)`. 22023 for a width below 1.
CREATE FUNCTION @extschema@.pt_age_band(age pg_catalog.int4, width pg_catalog.int4) RETURNS pg_catalog.int4range
  AS 'MODULE_PATHNAME', 'pt_age_band' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_age_band(pg_catalog.int4, pg_catalog.int4) IS 'band of so many years that holds an age';

--| ## Publish
--|
--| `pt_publish_release(source, schema)` publishes the caller's latest run of `source` (or `run`) as views in `schema`, which is made if
--| missing: `<name>_personas`, `<name>_events`, `<name>_groups`, `<name>_intervals` and `<name>_about`, where `name` is that of the source unless given. The rows are
--| copied into new tables that readers cannot reach otherwise; then the views are switched to them in the same transaction.
--| Readers of the old version are waited for at most `personatwin.swap_timeout` (55P03 after that, and the old version stays); grants on
--| the views and views that depend on them survive.
--|
--| Nothing is published unless the run met its target, every rule of the `profile` (a row of `personatwin.profile`) holds and the source
--| is what the run has read (without a profile that of the run, if it was made under one; 55000, with what is required and what was found). `reader` is a role that gets USAGE on the schema and
--| SELECT on the views; a WARNING says so when that role can read the source anyway. Only the owner of the source, members of the
--| owning role and superusers may publish (42501). A run of people who were published before in another grouping, in any schema, is refused when a
--| comparison would tell of fewer people than the minimum size (55000); dropping the earlier release does not lift that. A relation of that name that is not a view of this release is never touched (42P07).
--|
--| With `min_utility` (above 0, at most 1) the new version is validated before it is shown to others (see `pt_validate_release`), and nothing is published (55000, with the parts) unless the release as a whole is found to be at least that; 1 asks that every part holds.
CREATE TYPE @extschema@.pt_published_release AS (
  release pg_catalog.text,
  version pg_catalog.int4,
  run pg_catalog.int8,
  personas pg_catalog.int8,
  events pg_catalog.int8,
  people pg_catalog.int8,
  views pg_catalog.text[],
  average_risk pg_catalog.float8,
  maximum_risk pg_catalog.float8,
  status pg_catalog.text,
  rules pg_catalog.jsonb,
  checksums pg_catalog.jsonb
);
COMMENT ON TYPE @extschema@.pt_published_release IS 'what pt_publish_release has published';
COMMENT ON COLUMN @extschema@.pt_published_release.release IS 'schema and name of the release; its views are <release>_personas, _events, _about, _groups and _intervals';
COMMENT ON COLUMN @extschema@.pt_published_release.version IS 'version, counted from 1';
COMMENT ON COLUMN @extschema@.pt_published_release.run IS 'the run that was published';
COMMENT ON COLUMN @extschema@.pt_published_release.personas IS 'rows of the view of personas';
COMMENT ON COLUMN @extschema@.pt_published_release.events IS 'rows of the view of events';
COMMENT ON COLUMN @extschema@.pt_published_release.people IS 'people in the personas';
COMMENT ON COLUMN @extschema@.pt_published_release.views IS 'the views, as SQL names';
COMMENT ON COLUMN @extschema@.pt_published_release.average_risk IS 'mean risk over the released people against the attacker of the run';
COMMENT ON COLUMN @extschema@.pt_published_release.maximum_risk IS 'largest risk of a released person';
COMMENT ON COLUMN @extschema@.pt_published_release.status IS 'the word for that level of risk';
COMMENT ON COLUMN @extschema@.pt_published_release.rules IS 'rules with required, found and passed';
COMMENT ON COLUMN @extschema@.pt_published_release.checksums IS 'SHA-256 by view; the view _about has the SQL that recomputes them';

CREATE FUNCTION @extschema@.pt_publish_release(source pg_catalog.regclass, schema pg_catalog.text, profile pg_catalog.text DEFAULT NULL,
    reader pg_catalog.text DEFAULT NULL, run pg_catalog.int8 DEFAULT NULL, name pg_catalog.text DEFAULT NULL,
    min_utility pg_catalog.float8 DEFAULT NULL)
  RETURNS SETOF @extschema@.pt_published_release
  AS 'MODULE_PATHNAME', 'pt_publish_release' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 10000;
COMMENT ON FUNCTION @extschema@.pt_publish_release(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.text, pg_catalog.float8)
  IS 'publishes a run as views in a schema that readers may use';

--| `pt_drop_release(source)` takes all releases of a source out of service: views, version tables and what readers were granted on them.
--| `schema` and `name` restrict it; a release whose source is gone is named by them, with NULL as source. It returns the number of releases
--| dropped; 42704 when there is none, 2BP01 when something depends on a view, 55P03 when readers hold one for longer than
--| `personatwin.swap_timeout`. What has been published stays known to those who have read it; the list keeps the versions.
CREATE FUNCTION @extschema@.pt_drop_release(source pg_catalog.regclass, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS pg_catalog.int4
  AS 'MODULE_PATHNAME', 'pt_drop_release' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION @extschema@.pt_drop_release(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS 'drops the views and data of releases';
