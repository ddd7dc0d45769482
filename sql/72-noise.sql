-- Noise and generalisation of single values, for views and tables of one's own, and what analysts need to undo the noise of a
-- release on average.

--| ## Noise and generalisation of values
--|
--| The same noise that a run can put on events, for values in queries. Draws depend on the secret of the installation, on `seed`
--| and on `key`: the same call always gives the same value, nobody without the secret can repeat it, and another key draws anew.
--| How the noise of a release is corrected: [analyst.md](analyst.md).

--| Dates of one person moved by up to `days` either way, each of the shifts equally likely, then given to the events in their order:
--| no two events change places and the mean shift is 0. The array holds the dates of the events in any order and is answered in the
--| same one; of equal dates the first stays first. NULL and infinite dates stay. `key` names the person.
--|
--| `SELECT person_id, pt_jitter(array_agg(event_date ORDER BY event_id), 10, person_id::text) FROM court_events GROUP BY 1`
--|
--| Errors: 22023 for days outside 0 to 366, 22004 for NULL instead of dates, days or key.
CREATE FUNCTION @extschema@.pt_jitter(dates pg_catalog.date[], days pg_catalog.int4, key pg_catalog.text, seed pg_catalog.int8 DEFAULT 0)
  RETURNS pg_catalog.date[]
  AS 'MODULE_PATHNAME', 'pt_jitter' LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_jitter IS 'moves the dates of one person at random and keeps their order and, on average, their place';

--| A category, drawn anew from `shares` with probability `noise` (invariant post-randomisation, PRAM; Gouweleeuw et al. 1998).
--| Shares of the alternatives in the data leave their frequencies as they are. `key` names the value that is perturbed, such as the
--| number of its event: equal keys draw alike. NULL stays NULL.
--|
--| Errors: 22023 for a value that is no alternative, for shares that are negative or all 0, for noise outside 0..1.
CREATE FUNCTION @extschema@.pt_pram(value pg_catalog.text, alternatives pg_catalog.text[], shares pg_catalog.float8[],
    noise pg_catalog.float8, key pg_catalog.text, seed pg_catalog.int8 DEFAULT 0)
  RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_pram' LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_pram IS 'a category, drawn anew with a given probability so that frequencies stay as they are on average';

--| A number moved by at most `share` of itself, as far down as up, never beyond `lowest` and `highest`; 0 stays 0, NULL stays NULL.
--| The mean noise is 0. `key` as in `pt_pram`.
--|
--| Errors: 22023 for a share outside 0..1 or a value outside `lowest`..`highest`, NaN and infinity.
CREATE FUNCTION @extschema@.pt_perturb(value pg_catalog.float8, share pg_catalog.float8, key pg_catalog.text,
    lowest pg_catalog.float8 DEFAULT '-Infinity', highest pg_catalog.float8 DEFAULT 'Infinity', seed pg_catalog.int8 DEFAULT 0)
  RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_perturb' LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_perturb IS 'a number with bounded noise that keeps zero and a legal range';

--| Shares before noise from shares in a release: (observed - noise x shares) / (1 - noise), the inverse of the published matrix.
--| `observed` and `shares` have the alternatives in the same order; both are scaled to add up to 1. A small group may give a value
--| below 0 or above 1 by chance.
--|
--| Errors: 22023 for arrays of different lengths, negative or all-zero ones, NULL in them, and noise outside 0..1 or 1 itself.
CREATE FUNCTION @extschema@.pt_pram_correct(observed pg_catalog.float8[], shares pg_catalog.float8[], noise pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_pram_correct' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_pram_correct IS 'shares before outcome noise, by the inverse of the published matrix';

--| The share of one outcome before noise, with a confidence interval: of `total` events `events_with` show the outcome, whose share
--| in all data is `share`. The interval is that of Wilson (1927) for the published share, corrected in the same way and cut to 0..1; with
--| noise 0 it is Wilson's. Also the uncertainty band of a persona's outcome: use the persona's own counts.
--|
--| Errors: 22023 for a total below 1 or below `events_with`, noise outside 0..1 or 1 itself, confidence outside 0..1.
CREATE FUNCTION @extschema@.pt_pram_band(events_with pg_catalog.int8, total pg_catalog.int8, share pg_catalog.float8,
    noise pg_catalog.float8, confidence pg_catalog.float8 DEFAULT 0.95,
    OUT estimate pg_catalog.float8, OUT low pg_catalog.float8, OUT high pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_pram_band' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_pram_band IS 'share of an outcome before noise with its confidence interval';

--| An address without everything more specific than `level`: address, street (no house number), zip (no street), city, county, state,
--| country. Understands 'number street, city[, county], state [zip][, country]' with commas between parts; what can't be read that way
--| gives NULL at every level, for nobody knows which part of it is the most specific one.
--|
--| `SELECT pt_generalize_address('12 Oak St, Ames, IA 50010', 'city')` is `Ames, IA`. Error: 22023 for an unknown level.
CREATE FUNCTION @extschema@.pt_generalize_address(address pg_catalog.text, level pg_catalog.text)
  RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_generalize_address' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_generalize_address IS 'an address without its most specific parts; NULL when it cannot be parsed';

--| A value at a level of a hierarchy table: 0 the value itself, 1 one level up, and so on. `hierarchy` is a table as for
--| `pt_set_hierarchy`: in long form (columns value, level, generalised), or one column a level with the values first. A value that the
--| table does not have is 'not shown' from level 1 on; NULL stays NULL. Reads the table as the caller, one row a call.
--|
--| Errors: 22023 for a level below 0 or beyond the last one, 42501 without the right to read the table.
CREATE FUNCTION @extschema@.pt_generalize(value pg_catalog.text, hierarchy pg_catalog.regclass, level pg_catalog.int4)
  RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_generalize' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_generalize IS 'a value at a level of its hierarchy';
