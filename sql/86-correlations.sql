-- Correlations, distributions and propensity scores of the source and its release.

--| ## Correlations and distributions
--|
--| `pt_correlations(source)` compares the associations between columns in the release in service with those in the source, as its owner reads it now: pairs of attributes among people (personas weighted by `merged_from`), pairs with a column of events among events (rows weighted by `weight`, with the
--| attributes of their people). Never on means of personas, which correlate more than people do.
--|
--| | columns | measure |
--| |---|---|
--| | two numbers | `pearson` and `spearman` |
--| | a number and a category | `correlation ratio`: square root of the share of the variance between the categories (of two categories: the absolute point-biserial correlation) |
--| | two categories | `Cramer V` |
--|
--|     SELECT unit, column_a, column_b, measure, source_value, release_value, preserved, why FROM pt_correlations('court_events') WHERE NOT preserved;
--|     SELECT avg(preserved::int) AS share, avg(preservation) AS mean FROM pt_correlations('court_events');
--|
--| Numbers are age (in the release the mean age of the class), the first day of the `period`, and details that are numbers in both; categories are the protected attributes (of a geography the level that is released), further attributes, `event_type`, outcomes and other details. `preserved`: the two
--| values differ by at most `tolerance`; `preservation` is 1 - |release - source|. Columns that are not released (attributes of people also when they show one label for everybody, and none of the source) have a row without measure, `column_b` and verdict, which says why; so have, without verdict, pairs of which one has a single value in the source. All verdicts are NULL when the source has changed since the publication (a WARNING says so).
--|
--| One grouped scan of source and release for people, one for events. Errors: as `pt_disparities`; 54000 more than 5,000,000 combinations of values.
CREATE FUNCTION @extschema@.pt_correlations(
    source pg_catalog.regclass, tolerance pg_catalog.float8 DEFAULT 0.05, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS TABLE (unit pg_catalog.text, column_a pg_catalog.text, column_b pg_catalog.text, measure pg_catalog.text,
    source_n pg_catalog.float8, release_n pg_catalog.float8, source_value pg_catalog.float8, release_value pg_catalog.float8,
    preservation pg_catalog.float8, preserved pg_catalog.bool, why pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_correlations' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 50 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_correlations IS 'correlations in the source and in its release, and whether they are preserved';

--| `pt_distributions(source)` says of each released column how near its distribution is to that of the source: `complement` is 1 - the Kolmogorov-Smirnov distance for numbers (age against the mean age of the class, so narrower classes are nearer), 1 - the total variation distance for categories, with NULL as a
--| category. A generalised label ('not shown') is another value than those it stands for. `preserved`: the complement is at least `required`. Columns that are not released have a row that says so, without verdict.
CREATE FUNCTION @extschema@.pt_distributions(
    source pg_catalog.regclass, required pg_catalog.float8 DEFAULT 0.85, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS TABLE (unit pg_catalog.text, column_name pg_catalog.text, measure pg_catalog.text,
    source_n pg_catalog.float8, release_n pg_catalog.float8, complement pg_catalog.float8, preserved pg_catalog.bool, why pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_distributions' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 20 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_distributions IS 'distributions in the source and in its release, and how near they are';

--| `pt_propensity(source)` asks whether a model can tell rows of the release from rows of the source (pMSE; Snoke et al. 2018), once for people and once for events. A logistic regression on all columns that both have, as in `pt_correlations`, gives every row the chance p to be of the release; `pmse` is the mean of
--| (p - c)², c the share of the release among all rows: 0 when nothing tells them apart. `null_mean` and `null_sd` are those of the same figure for `permutations` random assignments of the labels; `ratio` = pmse / null_mean, `standardized` = (pmse - null_mean) / null_sd, `p_value` = (random ones at least as large + 1) / (permutations + 1).
--| Rows of a release are made of those of the source, so they are more alike than independent samples, and a ratio below 1 is common. A ratio far above 1 says that a column differs by more than chance; `pt_distributions` says which. The mean age of classes alone does not: it has the mean of the source.
--| `seed` with the installation's secret fixes the random labels. Costs permutations + 1 fits.
CREATE FUNCTION @extschema@.pt_propensity(
    source pg_catalog.regclass, permutations pg_catalog.int4 DEFAULT 20, seed pg_catalog.int8 DEFAULT 1, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS TABLE (unit pg_catalog.text, source_n pg_catalog.float8, release_n pg_catalog.float8, coefficients pg_catalog.int4,
    pmse pg_catalog.float8, null_mean pg_catalog.float8, null_sd pg_catalog.float8, ratio pg_catalog.float8,
    standardized pg_catalog.float8, p_value pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_propensity' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 2 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_propensity IS 'whether a model can tell rows of the release from rows of the source';
