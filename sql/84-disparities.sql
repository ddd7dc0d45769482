-- Disparities in the source and in its release.

--| ## Disparities
--|
--| What a researcher would find, measured twice: in the source and in what was published. One comparison in one of the two is a `pt_effect`:
CREATE TYPE @extschema@.pt_effect AS (
  n1 pg_catalog.float8,
  n0 pg_catalog.float8,
  value1 pg_catalog.float8,
  value0 pg_catalog.float8,
  effect pg_catalog.float8,
  std_error pg_catalog.float8,
  low pg_catalog.float8,
  high pg_catalog.float8,
  p_value pg_catalog.float8,
  test pg_catalog.text,
  difference pg_catalog.float8,
  difference_low pg_catalog.float8,
  difference_high pg_catalog.float8,
  ratio pg_catalog.float8,
  ratio_low pg_catalog.float8,
  ratio_high pg_catalog.float8,
  odds_ratio pg_catalog.float8,
  odds_ratio_low pg_catalog.float8,
  odds_ratio_high pg_catalog.float8,
  standardized_difference pg_catalog.float8,
  adjusted_odds_ratio pg_catalog.float8,
  adjusted_low pg_catalog.float8,
  adjusted_high pg_catalog.float8,
  rank_p_value pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_effect IS 'a comparison of two groups';
COMMENT ON COLUMN @extschema@.pt_effect.n1 IS 'people or events of the compared group; of all groups for an association';
COMMENT ON COLUMN @extschema@.pt_effect.n0 IS 'people or events of the reference group';
COMMENT ON COLUMN @extschema@.pt_effect.value1 IS 'rate or mean in the compared group';
COMMENT ON COLUMN @extschema@.pt_effect.value0 IS 'rate or mean in the reference group';
COMMENT ON COLUMN @extschema@.pt_effect.effect IS 'the effect on the scale that is judged';
COMMENT ON COLUMN @extschema@.pt_effect.std_error IS 'its standard error';
COMMENT ON COLUMN @extschema@.pt_effect.low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_effect.high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_effect.p_value IS 'of the test';
COMMENT ON COLUMN @extschema@.pt_effect.test IS 'two proportions, Fisher exact, two Poisson rates, Welch or chi-square';
COMMENT ON COLUMN @extschema@.pt_effect.difference IS 'value1 - value0';
COMMENT ON COLUMN @extschema@.pt_effect.difference_low IS 'lower end of its interval (Newcombe for rates, Welch for means)';
COMMENT ON COLUMN @extschema@.pt_effect.difference_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_effect.ratio IS 'value1 / value0, for rates';
COMMENT ON COLUMN @extschema@.pt_effect.ratio_low IS 'lower end of its interval (Katz; for events per person by the normal distribution of the logarithm)';
COMMENT ON COLUMN @extschema@.pt_effect.ratio_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_effect.odds_ratio IS 'for shares; 0.5 is added to every cell when one is zero';
COMMENT ON COLUMN @extschema@.pt_effect.odds_ratio_low IS 'lower end of Woolf''s interval';
COMMENT ON COLUMN @extschema@.pt_effect.odds_ratio_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_effect.standardized_difference IS 'of shares: difference / square root of the mean variance; of means: Cohen''s d';
COMMENT ON COLUMN @extschema@.pt_effect.adjusted_odds_ratio IS 'Mantel-Haenszel odds ratio across strata of the other protected attributes';
COMMENT ON COLUMN @extschema@.pt_effect.adjusted_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_effect.adjusted_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_effect.rank_p_value IS 'Kruskal-Wallis test of the two groups, for means';

--| `pt_disparities(source)` compares the release of `source` that is in service with the source as its owner reads it now. For each protected attribute (gender, ethnicity, geography: of its levels the one whose values the
--| release shows) every group is compared with the largest one, in:
--|
--| | measure | what is compared | scale that is judged |
--| |---|---|---|
--| | `outcome rate` | share of each value of an outcome among the events of a type that have one; of two values the rarer | log odds ratio |
--| | `category rate` | the same for details that are categories, over all event types (at most 30 values) | log odds ratio |
--| | `mean` | mean of a detail whose type is a number, among the events of a type | Hedges' g |
--| | `events per person` | events of a type per person | log rate ratio |
--| | `people with` | share of people with an event of a type; in the release from its view `_groups`, where that counts at least three quarters of both groups | log odds ratio |
--| | `reoffence` | share of people with an event that means reoffence in the domain | log odds ratio |
--| | `association` | all groups and all values of an outcome or category together | Cramer's V |
--|
--|     SELECT attribute, measure, event_type, value, compared_group, round(source_effect::numeric, 3), round(release_effect::numeric, 3), preserved, why
--|       FROM pt_disparities('court_events') WHERE NOT preserved;
--|     SELECT attribute, count(preserved) AS judged, round(100 * avg(preserved::int), 1) AS percent FROM pt_disparities('court_events') GROUP BY attribute;
--|
--| *Verdict*. `effect_preservation` is 1 - |release - source| / max(|source|, standard error in the source). `preserved` is true when it is at least `required_preservation` (0.9), the release is significant (p below `significance`)
--| exactly when the source is, and the sign is the same (or neither is significant). So a release must neither lose a finding nor invent one. `interval_overlap` (Karr et al. 2006) is shown, not judged; it is
--| NULL for associations. `preserved` is false, and `why` says so, when the release does not show the group, the event type or the column; it is NULL where no verdict is possible: the source itself has too little data (a
--| group of one, nobody with the outcome), the attribute is not released at all, or the source has changed since the publication (a WARNING says so, too).
--|
--| `in_source` and `in_release` hold everything measured: `SELECT (in_source).ratio, (in_source).ratio_low, (in_release).ratio FROM pt_disparities(...)`.
--|
--| Events count as they are; tests treat them as independent, in both alike. Rows without a person, and labels that are NULL, do not count. Several releases in service: name one with `schema` and `name`. Costs one grouped scan of
--| source and release a column. Errors: 42501 who does not own the source, or row security that hides rows; 55000 no release in service, or several; 22023 shares out of range.
CREATE FUNCTION @extschema@.pt_disparities(
    source pg_catalog.regclass, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL,
    required_preservation pg_catalog.float8 DEFAULT 0.9, significance pg_catalog.float8 DEFAULT 0.05,
    confidence pg_catalog.float8 DEFAULT 0.95)
  RETURNS TABLE (attribute pg_catalog.text, measure pg_catalog.text, event_type pg_catalog.text, column_name pg_catalog.text,
    value pg_catalog.text, compared_group pg_catalog.text, reference_group pg_catalog.text, scale pg_catalog.text,
    source_effect pg_catalog.float8, release_effect pg_catalog.float8, effect_preservation pg_catalog.float8,
    significance_preserved pg_catalog.bool, sign_preserved pg_catalog.bool, interval_overlap pg_catalog.float8,
    preserved pg_catalog.bool, why pg_catalog.text, in_source @extschema@.pt_effect, in_release @extschema@.pt_effect)
  AS 'MODULE_PATHNAME', 'pt_disparities' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 200 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_disparities IS 'disparities between protected groups in the source and in its release, and whether they are preserved';
