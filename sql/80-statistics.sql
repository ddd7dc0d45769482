-- Statistics for analysts: rates, comparisons of two groups, association, power. They read nothing but their arguments, so
-- everybody may call them; weights are counts.

--| ## Statistics
--|
--| Functions for whoever analyses a release (or any table). They neither read nor write data, so every role may call them.
--| doc/analyst.md shows how to use them on grouped data.
--|
--| **Weights are counts.** A row with weight 3 stands for three people or events: use `merged_from` of a persona and `weight` of an event row. Rows whose
--| weight is NULL or 0 are left out, like rows with a NULL value; a negative, infinite or NaN weight is an error (22023). Sampling weights are no counts: with them the
--| estimates are right and the intervals are not; use `pt_glm` with `robust => true`.
--|
--| **What does not exist is NULL**: a rate of nobody, a ratio with a zero below it, a test of groups that do not vary. Over no rows every
--| aggregate is NULL. Intervals are at 95 % in aggregates; functions take `confidence`.
--|
--| An estimate with its interval:
CREATE TYPE @extschema@.pt_estimate AS (
  n pg_catalog.float8,
  estimate pg_catalog.float8,
  std_error pg_catalog.float8,
  low pg_catalog.float8,
  high pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_estimate IS 'an estimate with its interval';
COMMENT ON COLUMN @extschema@.pt_estimate.n IS 'number of observations (sum of weights)';
COMMENT ON COLUMN @extschema@.pt_estimate.estimate IS 'the estimate';
COMMENT ON COLUMN @extschema@.pt_estimate.std_error IS 'its standard error';
COMMENT ON COLUMN @extschema@.pt_estimate.low IS 'lower end of the interval';
COMMENT ON COLUMN @extschema@.pt_estimate.high IS 'upper end of the interval';

--| Rate `events / n` with its interval. `method` is `wilson` (the score interval of Wilson 1927; the default), `clopper-pearson` (never covers less than it
--| says), `wald`, or `poisson` (events per unit, may exceed 1; score interval). `std_error` is sqrt(p (1 - p) / n), or sqrt(events) / n for `poisson`.
--|
--| `SELECT * FROM pt_rate_ci(7, 50)`: 0.14, from 0.0695 to 0.2619.
CREATE FUNCTION @extschema@.pt_rate_ci(events pg_catalog.float8, n pg_catalog.float8, confidence pg_catalog.float8 DEFAULT 0.95, method pg_catalog.text DEFAULT 'wilson')
  RETURNS @extschema@.pt_estimate
  AS 'MODULE_PATHNAME', 'pt_rate_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_rate_ci(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.text) IS 'a rate with its interval, from counts';

CREATE FUNCTION @extschema@.pt_rate_combine(a pg_catalog.float8[], b pg_catalog.float8[])
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_rate_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_rate_combine(pg_catalog.float8[], pg_catalog.float8[]) IS 'the states of two parts of pt_rate';

CREATE FUNCTION @extschema@.pt_rate_result(state pg_catalog.float8[])
  RETURNS @extschema@.pt_estimate
  AS 'MODULE_PATHNAME', 'pt_rate_result' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_rate_result(pg_catalog.float8[]) IS 'result of pt_rate';

CREATE FUNCTION @extschema@.pt_rate_add(state pg_catalog.float8[], outcome pg_catalog.bool)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_rate_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_rate_add(pg_catalog.float8[], pg_catalog.bool) IS 'a row into the state of pt_rate';

--| Share of the rows where `outcome` holds, with Wilson's interval. Rows where it is NULL are left out.
CREATE AGGREGATE @extschema@.pt_rate(outcome pg_catalog.bool) (
  SFUNC = @extschema@.pt_rate_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_rate_result,
  COMBINEFUNC = @extschema@.pt_rate_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_rate(pg_catalog.bool) IS 'share of rows where a condition holds, with Wilson''s interval';

CREATE FUNCTION @extschema@.pt_rate_add(state pg_catalog.float8[], outcome pg_catalog.bool, weight pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_rate_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_rate_add(pg_catalog.float8[], pg_catalog.bool, pg_catalog.float8) IS 'a row into the state of pt_rate';

--| The same with rows that stand for several observations:
--| `SELECT ethnicity, (pt_rate(outcome = 'convicted', weight)).* FROM ... GROUP BY ethnicity`.
CREATE AGGREGATE @extschema@.pt_rate(outcome pg_catalog.bool, weight pg_catalog.float8) (
  SFUNC = @extschema@.pt_rate_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_rate_result,
  COMBINEFUNC = @extschema@.pt_rate_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_rate(pg_catalog.bool, pg_catalog.float8) IS 'share where a condition holds, rows weighted by counts, with Wilson''s interval';

CREATE FUNCTION @extschema@.pt_average_combine(a pg_catalog.float8[], b pg_catalog.float8[])
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_average_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_average_combine(pg_catalog.float8[], pg_catalog.float8[]) IS 'the states of two parts of pt_average';

CREATE FUNCTION @extschema@.pt_average_result(state pg_catalog.float8[])
  RETURNS @extschema@.pt_estimate
  AS 'MODULE_PATHNAME', 'pt_average_result' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_average_result(pg_catalog.float8[]) IS 'result of pt_average';

CREATE FUNCTION @extschema@.pt_average_add(state pg_catalog.float8[], value pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_average_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_average_add(pg_catalog.float8[], pg_catalog.float8) IS 'a row into the state of pt_average';

--| Mean with the interval of Student's t. NaN and infinity are an error (22000).
CREATE AGGREGATE @extschema@.pt_average(value pg_catalog.float8) (
  SFUNC = @extschema@.pt_average_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_average_result,
  COMBINEFUNC = @extschema@.pt_average_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_average(pg_catalog.float8) IS 'mean with its t interval';

CREATE FUNCTION @extschema@.pt_average_add(state pg_catalog.float8[], value pg_catalog.float8, weight pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_average_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_average_add(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8) IS 'a row into the state of pt_average';

--| The same with rows that stand for several observations.
CREATE AGGREGATE @extschema@.pt_average(value pg_catalog.float8, weight pg_catalog.float8) (
  SFUNC = @extschema@.pt_average_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_average_result,
  COMBINEFUNC = @extschema@.pt_average_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_average(pg_catalog.float8, pg_catalog.float8) IS 'mean of rows weighted by counts, with its t interval';

--| Two groups compared by a rate. Group 1 is the compared one, group 0 the reference.
CREATE TYPE @extschema@.pt_comparison AS (
  n1 pg_catalog.float8,
  n0 pg_catalog.float8,
  rate1 pg_catalog.float8,
  rate0 pg_catalog.float8,
  risk_difference pg_catalog.float8,
  risk_difference_low pg_catalog.float8,
  risk_difference_high pg_catalog.float8,
  risk_ratio pg_catalog.float8,
  risk_ratio_low pg_catalog.float8,
  risk_ratio_high pg_catalog.float8,
  odds_ratio pg_catalog.float8,
  odds_ratio_low pg_catalog.float8,
  odds_ratio_high pg_catalog.float8,
  cohens_h pg_catalog.float8,
  standardized_difference pg_catalog.float8,
  test pg_catalog.text,
  statistic pg_catalog.float8,
  p_value pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_comparison IS 'a rate in two groups, compared';
COMMENT ON COLUMN @extschema@.pt_comparison.n1 IS 'observations in the compared group';
COMMENT ON COLUMN @extschema@.pt_comparison.n0 IS 'observations in the reference group';
COMMENT ON COLUMN @extschema@.pt_comparison.rate1 IS 'rate in the compared group';
COMMENT ON COLUMN @extschema@.pt_comparison.rate0 IS 'rate in the reference group';
COMMENT ON COLUMN @extschema@.pt_comparison.risk_difference IS 'rate1 - rate0';
COMMENT ON COLUMN @extschema@.pt_comparison.risk_difference_low IS 'lower end of Newcombe''s interval (1998, method 10)';
COMMENT ON COLUMN @extschema@.pt_comparison.risk_difference_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_comparison.risk_ratio IS 'rate1 / rate0 (disparate impact)';
COMMENT ON COLUMN @extschema@.pt_comparison.risk_ratio_low IS 'lower end of Katz'' interval (1978)';
COMMENT ON COLUMN @extschema@.pt_comparison.risk_ratio_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_comparison.odds_ratio IS 'odds ratio; 0.5 is added to every cell when one is zero (Haldane)';
COMMENT ON COLUMN @extschema@.pt_comparison.odds_ratio_low IS 'lower end of Woolf''s interval (1955)';
COMMENT ON COLUMN @extschema@.pt_comparison.odds_ratio_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_comparison.cohens_h IS 'difference of the arcsine-transformed rates (Cohen 1988)';
COMMENT ON COLUMN @extschema@.pt_comparison.standardized_difference IS 'difference / square root of the mean variance';
COMMENT ON COLUMN @extschema@.pt_comparison.test IS 'two proportions (pooled z, no continuity correction), or Fisher exact where an expected count is below 5';
COMMENT ON COLUMN @extschema@.pt_comparison.statistic IS 'z, or the conditional odds ratio of Fisher''s test';
COMMENT ON COLUMN @extschema@.pt_comparison.p_value IS 'two-sided';

--| The comparison from counts: the compared group has `a` with the outcome and `b` without, the reference group `c` and `d`.
CREATE FUNCTION @extschema@.pt_two_by_two(a pg_catalog.float8, b pg_catalog.float8, c pg_catalog.float8, d pg_catalog.float8, confidence pg_catalog.float8 DEFAULT 0.95)
  RETURNS @extschema@.pt_comparison
  AS 'MODULE_PATHNAME', 'pt_two_by_two' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_two_by_two(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS 'two groups compared by a rate, from four counts';

CREATE FUNCTION @extschema@.pt_compare_combine(a pg_catalog.float8[], b pg_catalog.float8[])
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_compare_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_compare_combine(pg_catalog.float8[], pg_catalog.float8[]) IS 'the states of two parts of pt_compare';

CREATE FUNCTION @extschema@.pt_compare_result(state pg_catalog.float8[])
  RETURNS @extschema@.pt_comparison
  AS 'MODULE_PATHNAME', 'pt_compare_result' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_compare_result(pg_catalog.float8[]) IS 'result of pt_compare';

CREATE FUNCTION @extschema@.pt_compare_add(state pg_catalog.float8[], outcome pg_catalog.bool, compared pg_catalog.bool)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_compare_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_compare_add(pg_catalog.float8[], pg_catalog.bool, pg_catalog.bool) IS 'a row into the state of pt_compare';

--| Rows compared: `outcome` says what is counted, `compared` is true in the compared group and false in the reference group; rows where either is NULL are left out.
CREATE AGGREGATE @extschema@.pt_compare(outcome pg_catalog.bool, compared pg_catalog.bool) (
  SFUNC = @extschema@.pt_compare_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_compare_result,
  COMBINEFUNC = @extschema@.pt_compare_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_compare(pg_catalog.bool, pg_catalog.bool) IS 'two groups of rows compared by a rate';

CREATE FUNCTION @extschema@.pt_compare_add(state pg_catalog.float8[], outcome pg_catalog.bool, compared pg_catalog.bool, weight pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_compare_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_compare_add(pg_catalog.float8[], pg_catalog.bool, pg_catalog.bool, pg_catalog.float8) IS 'a row into the state of pt_compare';

--| The same with rows that stand for several observations:
--| `SELECT (pt_compare(outcome = 'convicted', ethnicity = 'Black', weight)).* FROM ... WHERE ethnicity IN ('Black', 'White')`.
CREATE AGGREGATE @extschema@.pt_compare(outcome pg_catalog.bool, compared pg_catalog.bool, weight pg_catalog.float8) (
  SFUNC = @extschema@.pt_compare_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_compare_result,
  COMBINEFUNC = @extschema@.pt_compare_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_compare(pg_catalog.bool, pg_catalog.bool, pg_catalog.float8) IS 'two groups of rows weighted by counts, compared by a rate';

--| Two groups compared by a mean.
CREATE TYPE @extschema@.pt_mean_comparison AS (
  n1 pg_catalog.float8,
  n0 pg_catalog.float8,
  mean1 pg_catalog.float8,
  mean0 pg_catalog.float8,
  difference pg_catalog.float8,
  difference_low pg_catalog.float8,
  difference_high pg_catalog.float8,
  t pg_catalog.float8,
  df pg_catalog.float8,
  p_value pg_catalog.float8,
  cohens_d pg_catalog.float8,
  cohens_d_low pg_catalog.float8,
  cohens_d_high pg_catalog.float8,
  hedges_g pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_mean_comparison IS 'a mean in two groups, compared';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.n1 IS 'observations in the compared group';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.n0 IS 'observations in the reference group';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.mean1 IS 'mean in the compared group';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.mean0 IS 'mean in the reference group';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.difference IS 'mean1 - mean0';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.difference_low IS 'lower end of Welch''s interval';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.difference_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.t IS 'Welch''s statistic (1947)';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.df IS 'its degrees of freedom';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.p_value IS 'two-sided';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.cohens_d IS 'difference / pooled standard deviation';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.cohens_d_low IS 'lower end of its interval (non-central t)';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.cohens_d_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_mean_comparison.hedges_g IS 'd corrected for small samples (Hedges 1981)';

CREATE FUNCTION @extschema@.pt_compare_means_combine(a pg_catalog.float8[], b pg_catalog.float8[])
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_compare_means_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_compare_means_combine(pg_catalog.float8[], pg_catalog.float8[]) IS 'the states of two parts of pt_compare_means';

CREATE FUNCTION @extschema@.pt_compare_means_result(state pg_catalog.float8[])
  RETURNS @extschema@.pt_mean_comparison
  AS 'MODULE_PATHNAME', 'pt_compare_means_result' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_compare_means_result(pg_catalog.float8[]) IS 'result of pt_compare_means';

CREATE FUNCTION @extschema@.pt_compare_means_add(state pg_catalog.float8[], value pg_catalog.float8, compared pg_catalog.bool)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_compare_means_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_compare_means_add(pg_catalog.float8[], pg_catalog.float8, pg_catalog.bool) IS 'a row into the state of pt_compare_means';

--| Rows compared by the mean of `value`; `compared` is true in the compared group, false in the reference group.
CREATE AGGREGATE @extschema@.pt_compare_means(value pg_catalog.float8, compared pg_catalog.bool) (
  SFUNC = @extschema@.pt_compare_means_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_compare_means_result,
  COMBINEFUNC = @extschema@.pt_compare_means_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_compare_means(pg_catalog.float8, pg_catalog.bool) IS 'two groups of rows compared by a mean';

CREATE FUNCTION @extschema@.pt_compare_means_add(state pg_catalog.float8[], value pg_catalog.float8, compared pg_catalog.bool, weight pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_compare_means_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_compare_means_add(pg_catalog.float8[], pg_catalog.float8, pg_catalog.bool, pg_catalog.float8) IS 'a row into the state of pt_compare_means';

--| The same with rows that stand for several observations.
CREATE AGGREGATE @extschema@.pt_compare_means(value pg_catalog.float8, compared pg_catalog.bool, weight pg_catalog.float8) (
  SFUNC = @extschema@.pt_compare_means_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_compare_means_result,
  COMBINEFUNC = @extschema@.pt_compare_means_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_compare_means(pg_catalog.float8, pg_catalog.bool, pg_catalog.float8) IS 'two groups of rows weighted by counts, compared by a mean';

--| Association of two categorical columns.
CREATE TYPE @extschema@.pt_association AS (
  n pg_catalog.float8,
  chi_square pg_catalog.float8,
  df pg_catalog.float8,
  p_value pg_catalog.float8,
  cramers_v pg_catalog.float8,
  cramers_v_corrected pg_catalog.float8,
  smallest_expected pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_association IS 'association of two categorical columns';
COMMENT ON COLUMN @extschema@.pt_association.n IS 'observations';
COMMENT ON COLUMN @extschema@.pt_association.chi_square IS 'Pearson''s statistic, without continuity correction';
COMMENT ON COLUMN @extschema@.pt_association.df IS 'degrees of freedom';
COMMENT ON COLUMN @extschema@.pt_association.p_value IS 'its p value';
COMMENT ON COLUMN @extschema@.pt_association.cramers_v IS 'Cramer''s V, 0..1';
COMMENT ON COLUMN @extschema@.pt_association.cramers_v_corrected IS 'V corrected for bias (Bergsma 2013)';
COMMENT ON COLUMN @extschema@.pt_association.smallest_expected IS 'smallest expected count; below 5 the p value is rough';

--| Chi-square test and Cramer's V of a table of counts, an array of two dimensions: `pt_chi_square(ARRAY[[45,30,25],[55,90,75],[20,40,60]])`. Empty rows and columns are left out.
CREATE FUNCTION @extschema@.pt_chi_square(counts pg_catalog.float8[])
  RETURNS @extschema@.pt_association
  AS 'MODULE_PATHNAME', 'pt_chi_square' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_chi_square(pg_catalog.float8[]) IS 'association in a table of counts';

--| Adjusting for strata.
CREATE TYPE @extschema@.pt_stratified AS (
  strata pg_catalog.int4,
  odds_ratio pg_catalog.float8,
  low pg_catalog.float8,
  high pg_catalog.float8,
  chi_square pg_catalog.float8,
  p_value pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_stratified IS 'common odds ratio across strata';
COMMENT ON COLUMN @extschema@.pt_stratified.strata IS 'strata that tell something: both groups and both outcomes present';
COMMENT ON COLUMN @extschema@.pt_stratified.odds_ratio IS 'common odds ratio (Mantel and Haenszel 1959)';
COMMENT ON COLUMN @extschema@.pt_stratified.low IS 'lower end of its interval (Robins, Breslow and Greenland 1986)';
COMMENT ON COLUMN @extschema@.pt_stratified.high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_stratified.chi_square IS 'Mantel and Haenszel''s test, 1 degree of freedom, no continuity correction';
COMMENT ON COLUMN @extschema@.pt_stratified.p_value IS 'its p value';

CREATE FUNCTION @extschema@.pt_mantel_haenszel_combine(a pg_catalog.float8[], b pg_catalog.float8[])
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_mantel_haenszel_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_mantel_haenszel_combine(pg_catalog.float8[], pg_catalog.float8[]) IS 'the states of two parts of pt_mantel_haenszel';

CREATE FUNCTION @extschema@.pt_mantel_haenszel_result(state pg_catalog.float8[])
  RETURNS @extschema@.pt_stratified
  AS 'MODULE_PATHNAME', 'pt_mantel_haenszel_result' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_mantel_haenszel_result(pg_catalog.float8[]) IS 'result of pt_mantel_haenszel';

CREATE FUNCTION @extschema@.pt_mantel_haenszel_add(state pg_catalog.float8[], a pg_catalog.float8, b pg_catalog.float8, c pg_catalog.float8, d pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_mantel_haenszel_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_mantel_haenszel_add(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS 'a row into the state of pt_mantel_haenszel';

--| Common odds ratio over rows, each a stratum: compared group with (`a`) and without (`b`) the outcome, reference group with (`c`) and without (`d`).
CREATE AGGREGATE @extschema@.pt_mantel_haenszel(a pg_catalog.float8, b pg_catalog.float8, c pg_catalog.float8, d pg_catalog.float8) (
  SFUNC = @extschema@.pt_mantel_haenszel_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_mantel_haenszel_result,
  COMBINEFUNC = @extschema@.pt_mantel_haenszel_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_mantel_haenszel(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS 'common odds ratio over rows that are strata';

CREATE FUNCTION @extschema@.pt_correlation_combine(a pg_catalog.float8[], b pg_catalog.float8[])
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_correlation_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_correlation_combine(pg_catalog.float8[], pg_catalog.float8[]) IS 'the states of two parts of pt_correlation';

CREATE FUNCTION @extschema@.pt_correlation_result(state pg_catalog.float8[])
  RETURNS @extschema@.pt_estimate
  AS 'MODULE_PATHNAME', 'pt_correlation_result' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_correlation_result(pg_catalog.float8[]) IS 'result of pt_correlation';

CREATE FUNCTION @extschema@.pt_correlation_add(state pg_catalog.float8[], x pg_catalog.float8, y pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_correlation_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_correlation_add(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8) IS 'a row into the state of pt_correlation';

--| Pearson's correlation with Fisher's interval. Correlate event rows, never means of personas: pooled values correlate more (doc/analyst.md).
CREATE AGGREGATE @extschema@.pt_correlation(x pg_catalog.float8, y pg_catalog.float8) (
  SFUNC = @extschema@.pt_correlation_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_correlation_result,
  COMBINEFUNC = @extschema@.pt_correlation_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_correlation(pg_catalog.float8, pg_catalog.float8) IS 'correlation with its interval';

CREATE FUNCTION @extschema@.pt_correlation_add(state pg_catalog.float8[], x pg_catalog.float8, y pg_catalog.float8, weight pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_correlation_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_correlation_add(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS 'a row into the state of pt_correlation';

--| The same with rows that stand for several observations.
CREATE AGGREGATE @extschema@.pt_correlation(x pg_catalog.float8, y pg_catalog.float8, weight pg_catalog.float8) (
  SFUNC = @extschema@.pt_correlation_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_correlation_result,
  COMBINEFUNC = @extschema@.pt_correlation_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_correlation(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS 'correlation of rows weighted by counts, with its interval';

--| Chance that the two-sided test of two proportions finds a difference of this size (normal approximation; significance is 1 - `confidence`).
CREATE FUNCTION @extschema@.pt_power_two_proportions(rate1 pg_catalog.float8, rate0 pg_catalog.float8, n1 pg_catalog.float8, n0 pg_catalog.float8, confidence pg_catalog.float8 DEFAULT 0.95)
  RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_power_two_proportions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_power_two_proportions(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS 'power of the test of two proportions';

--| Chance that the two-sided t test finds a standardized difference `d` (non-central t).
CREATE FUNCTION @extschema@.pt_power_t(d pg_catalog.float8, n1 pg_catalog.float8, n0 pg_catalog.float8, confidence pg_catalog.float8 DEFAULT 0.95)
  RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_power_t' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_power_t(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS 'power of the t test';

--| Overlap of two confidence intervals: the mean of the shares of either that both cover (Karr et al. 2006); 1 when equal, negative when apart.
CREATE FUNCTION @extschema@.pt_interval_overlap(low1 pg_catalog.float8, high1 pg_catalog.float8, low2 pg_catalog.float8, high2 pg_catalog.float8)
  RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_interval_overlap' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_interval_overlap(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS 'overlap of two confidence intervals';
