-- Tests by ranks and by drawing, and intervals without a formula: functions of arrays.

--| ## Ranks, exact tests, bootstrap, inequality
--|
--| These take arrays, as `array_agg` makes them, in any order. Weights are counts: a value with weight 3 is three observations. NULL elements (of either array) do not count; NaN and infinity are errors (22000). What draws is fixed by `seed`: the same arrays and seed give the same answer everywhere.
--|
--|     SELECT (pt_rank_correlation(array_agg(age_mean), array_agg(priors), array_agg(weight::float8))).* FROM event_rows;
CREATE TYPE @extschema@.pt_rank_correlation AS (
  n pg_catalog.float8,
  rho pg_catalog.float8,
  p_value pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_rank_correlation IS 'correlation of ranks';
COMMENT ON COLUMN @extschema@.pt_rank_correlation.n IS 'observations (sum of weights)';
COMMENT ON COLUMN @extschema@.pt_rank_correlation.rho IS 'Spearman''s correlation, ties with their middle rank; NULL when one does not vary';
COMMENT ON COLUMN @extschema@.pt_rank_correlation.p_value IS 'two-sided, by Student''s t with n - 2 degrees of freedom';
--| Spearman's rank correlation.
CREATE FUNCTION @extschema@.pt_rank_correlation(x pg_catalog.float8[], y pg_catalog.float8[], weights pg_catalog.float8[] DEFAULT NULL)
  RETURNS @extschema@.pt_rank_correlation
  AS 'MODULE_PATHNAME', 'pt_rank_correlation' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_rank_correlation(pg_catalog.float8[], pg_catalog.float8[], pg_catalog.float8[]) IS 'Spearman''s rank correlation';

CREATE TYPE @extschema@.pt_rank_test AS (
  n pg_catalog.float8,
  groups pg_catalog.int4,
  statistic pg_catalog.float8,
  df pg_catalog.float8,
  p_value pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_rank_test IS 'comparison of groups by ranks';
COMMENT ON COLUMN @extschema@.pt_rank_test.n IS 'observations (sum of weights)';
COMMENT ON COLUMN @extschema@.pt_rank_test.groups IS 'groups with observations';
COMMENT ON COLUMN @extschema@.pt_rank_test.statistic IS 'Kruskal and Wallis'' H, corrected for ties; NULL with one group, or one value';
COMMENT ON COLUMN @extschema@.pt_rank_test.df IS 'groups - 1';
COMMENT ON COLUMN @extschema@.pt_rank_test.p_value IS 'by chi-square';
--| Whether groups differ, by ranks (Kruskal and Wallis 1952); of two groups the test of Wilcoxon, Mann and Whitney: `pt_kruskal_wallis(array_agg(sentence_months::float8), array_agg(race), array_agg(weight::float8))`.
CREATE FUNCTION @extschema@.pt_kruskal_wallis("values" pg_catalog.float8[], groups pg_catalog.text[], weights pg_catalog.float8[] DEFAULT NULL)
  RETURNS @extschema@.pt_rank_test
  AS 'MODULE_PATHNAME', 'pt_kruskal_wallis' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_kruskal_wallis(pg_catalog.float8[], pg_catalog.text[], pg_catalog.float8[]) IS 'comparison of groups by ranks';

CREATE TYPE @extschema@.pt_fit_test AS (
  n pg_catalog.float8,
  chi_square pg_catalog.float8,
  df pg_catalog.float8,
  p_value pg_catalog.float8,
  cohens_w pg_catalog.float8,
  smallest_expected pg_catalog.float8,
  exact_p_value pg_catalog.float8,
  method pg_catalog.text
);
COMMENT ON TYPE @extschema@.pt_fit_test IS 'counts against expected shares, or a table against independence';
COMMENT ON COLUMN @extschema@.pt_fit_test.n IS 'observations';
COMMENT ON COLUMN @extschema@.pt_fit_test.chi_square IS 'Pearson''s statistic';
COMMENT ON COLUMN @extschema@.pt_fit_test.df IS 'degrees of freedom';
COMMENT ON COLUMN @extschema@.pt_fit_test.p_value IS 'by chi-square; rough where an expected count is below 5';
COMMENT ON COLUMN @extschema@.pt_fit_test.cohens_w IS 'square root of chi-square / n';
COMMENT ON COLUMN @extschema@.pt_fit_test.smallest_expected IS 'smallest expected count';
COMMENT ON COLUMN @extschema@.pt_fit_test.exact_p_value IS 'without that approximation, see method; NULL where no expected count is below 5';
COMMENT ON COLUMN @extschema@.pt_fit_test.method IS 'chi-square, exact multinomial (chance of counts no likelier), or drawn (chance of a chi-square at least as large, among random counts or tables with the same margins)';
--| Counts against expected shares (which are scaled to sum to 1): `pt_goodness_of_fit(ARRAY[18,30,22,14,12,4], ARRAY[.15,.25,.20,.18,.15,.07])`. Where an expected count is below 5 the exact multinomial p value is added, or, above a million possible counts, one from `draws` random ones.
CREATE FUNCTION @extschema@.pt_goodness_of_fit(observed pg_catalog.float8[], probabilities pg_catalog.float8[], draws pg_catalog.int4 DEFAULT 10000, seed pg_catalog.int8 DEFAULT 1)
  RETURNS @extschema@.pt_fit_test
  AS 'MODULE_PATHNAME', 'pt_goodness_of_fit' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_goodness_of_fit(pg_catalog.float8[], pg_catalog.float8[], pg_catalog.int4, pg_catalog.int8) IS 'counts against expected shares';
--| The same for the independence of rows and columns of a table of counts, `pt_independence(ARRAY[[3,1],[2,7],[0,4]])`: where an expected count is below 5 a p value from random tables with the same margins is added (tables of two by two: use `pt_two_by_two`, which has Fisher's exact test).
CREATE FUNCTION @extschema@.pt_independence(counts pg_catalog.float8[], draws pg_catalog.int4 DEFAULT 10000, seed pg_catalog.int8 DEFAULT 1)
  RETURNS @extschema@.pt_fit_test
  AS 'MODULE_PATHNAME', 'pt_independence' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_independence(pg_catalog.float8[], pg_catalog.int4, pg_catalog.int8) IS 'independence in a table of counts, also small ones';

--| Bootstrap interval of the `median` or `mean` of values, bias-corrected and accelerated (BCa, Efron 1987). Observations are drawn as independent; for values of pooled people draw nothing finer than the class. At most a million observations; errors: 22023 another statistic, weights that are no whole numbers; 54000 too many draws.
CREATE FUNCTION @extschema@.pt_bootstrap("values" pg_catalog.float8[], statistic pg_catalog.text DEFAULT 'median', weights pg_catalog.float8[] DEFAULT NULL,
    resamples pg_catalog.int4 DEFAULT 2000, seed pg_catalog.int8 DEFAULT 1, confidence pg_catalog.float8 DEFAULT 0.95)
  RETURNS @extschema@.pt_estimate
  AS 'MODULE_PATHNAME', 'pt_bootstrap' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_bootstrap(pg_catalog.float8[], pg_catalog.text, pg_catalog.float8[], pg_catalog.int4, pg_catalog.int8, pg_catalog.float8) IS 'bootstrap interval of a median or mean';

--| Theil's index T: 0 when all values are equal. With the rates of groups as values and their people as weights it is the inequality between groups: `pt_theil(array_agg(rate), array_agg(n))`. NULL for negative values, or when all are 0.
CREATE FUNCTION @extschema@.pt_theil("values" pg_catalog.float8[], weights pg_catalog.float8[] DEFAULT NULL)
  RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_theil' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_theil(pg_catalog.float8[], pg_catalog.float8[]) IS 'inequality of values, or between groups';
