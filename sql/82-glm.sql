-- Regressions on any relation that the caller may read.

--| ## Regression
--|
--| `pt_glm(relation, formula, family)` fits a generalized linear model to the rows of a table or view and returns one row a coefficient.
--| It reads the relation as the caller, so every role may call it, on the views of a release, too.
--|
--|     SELECT * FROM pt_glm('my_rows', 'convicted ~ age_mean + factor(ethnicity, ''White'') + gender', 'logistic',
--|                          weights => 'weight', cluster => 'persona_id');
--|
--| | argument | meaning |
--| |---|---|
--| | `relation` | table or view; make a (temporary) view for joins, conditions and computed columns |
--| | `formula` | `response ~ term + term`. A term is a column, `factor(column)`, `factor(column, 'reference level')`, or a product `a:b`; `a*b` stands for `a + b + a:b`; `- 1` leaves the intercept out. Names are those of columns, in double quotes where SQL needs them; nothing else is read, so a formula can't hold SQL |
--| | `family` | `linear`, `logistic`, `poisson` (log link), `cloglog` (complementary log-log: the proportional hazards model of life tables). `gaussian` and `binomial` are known, too |
--| | `weights` | column of weights, at least 0 |
--| | `cluster` | column; standard errors are then robust and count clusters, as they should where rows of one persona belong together |
--| | `exposure` | poisson, cloglog: column whose logarithm enters with coefficient 1 (people, time at risk) |
--| | `robust` | standard errors that do not rest on the variance of the family (HC1) |
--| | `weight_kind` | `frequency`: a row with weight 3 stands for three rows (`merged_from`, `weight` of a release); `precision`: R's weights; `sampling`: as precision, with robust standard errors |
--| | `penalty` | `auto`: maximum likelihood, and Firth's or the ridge estimate where the response is separated; `none`; `firth` (logistic, poisson); `ridge` |
--| | `ridge` | what the ridge adds to the information of each coefficient of a standardized column; never to the intercept |
--| | `confidence` | of the intervals |
--| | `max_iterations` | at most so many steps |
--|
--| *Response*: a number, or boolean (true is 1). For logistic and cloglog 0 and 1, shares (the weight is then the number of trials), or `events / trials` in the formula.
--|
--| *Columns*. Numbers and booleans enter as they are; everything else is a factor: one coefficient a level, compared with the reference level, which is the named one, else the
--| one with the largest weight (ties: first in byte order). At most 500 levels. Without an intercept the first factor has a coefficient for every level.
--|
--| *Rows with NULL* in a column of the model, and rows with weight or exposure 0, do not count; `pt_glm_summary` says how many. NaN, infinity and negative weights are errors (22000).
--|
--| *Estimates* are by iteratively reweighted least squares on standardized columns until a further step would be below 1e-10 standard errors. Statistic and p value are Wald's, by the normal
--| distribution, for the linear family by Student's t (n - coefficients degrees of freedom; with clusters, their number - 1). With clusters the covariance is the sandwich times G / (G - 1) (n - 1) / (n - p).
--|
--| *Collinear columns* are left out, later ones first: their row has no estimate, and the note names what they are a combination of. *Separation* (a group without any event, say): the
--| estimate would be infinite; with `penalty => 'auto'` you get Firth's estimate (1993) for logistic and poisson, a ridge estimate for cloglog, and a NOTICE that names the columns.
--|
--| *Cost*. One pass over the relation, then the iterations in memory: equal rows are kept once, up to 160 MB (or a quarter of `personatwin.memory_limit`). What does not fit is read again for every iteration, so memory does
--| not grow with the rows. Up to 200,000 distinct rows the result does not depend on the order of the rows; beyond that the last digits may.
--|
--| Errors: 42601 the formula can't be read (with the place); 42703 no such column; 42804 a response that is no number; 22023 an option that does not exist, a reference level without rows, a response with one
--| value only or no row (22000); 42501 no right to read; 54000 too many levels or coefficients.
CREATE FUNCTION @extschema@.pt_glm(
    relation pg_catalog.regclass, formula pg_catalog.text, family pg_catalog.text DEFAULT 'linear',
    weights pg_catalog.text DEFAULT NULL, cluster pg_catalog.text DEFAULT NULL, exposure pg_catalog.text DEFAULT NULL,
    robust pg_catalog.bool DEFAULT false, weight_kind pg_catalog.text DEFAULT 'frequency',
    penalty pg_catalog.text DEFAULT 'auto', ridge pg_catalog.float8 DEFAULT 1,
    confidence pg_catalog.float8 DEFAULT 0.95, max_iterations pg_catalog.int4 DEFAULT 50)
  RETURNS TABLE (term pg_catalog.text, reference pg_catalog.text, estimate pg_catalog.float8, std_error pg_catalog.float8,
    statistic pg_catalog.float8, p_value pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, note pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_glm' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_glm IS 'fit a generalized linear model to the rows of a relation; one row a coefficient';

--| The fit as a whole, for the same arguments: `n` (sum of frequency weights, else rows), `rows`, `rows_missing`, `rows_without_weight`, `clusters`, `coefficients` that were estimated, `method` (maximum likelihood,
--| Firth, ridge), `iterations`, `converged`, `deviance`, `null_deviance` (of the mean alone; NULL with an exposure), `log_likelihood`, `aic`, `dispersion` (linear: the residual variance), `df` (n - coefficients) and `note`.
CREATE FUNCTION @extschema@.pt_glm_summary(
    relation pg_catalog.regclass, formula pg_catalog.text, family pg_catalog.text DEFAULT 'linear',
    weights pg_catalog.text DEFAULT NULL, cluster pg_catalog.text DEFAULT NULL, exposure pg_catalog.text DEFAULT NULL,
    robust pg_catalog.bool DEFAULT false, weight_kind pg_catalog.text DEFAULT 'frequency',
    penalty pg_catalog.text DEFAULT 'auto', ridge pg_catalog.float8 DEFAULT 1,
    confidence pg_catalog.float8 DEFAULT 0.95, max_iterations pg_catalog.int4 DEFAULT 50)
  RETURNS TABLE (n pg_catalog.float8, rows pg_catalog.int8, rows_missing pg_catalog.int8, rows_without_weight pg_catalog.int8,
    clusters pg_catalog.int8, coefficients pg_catalog.int8, method pg_catalog.text, iterations pg_catalog.int4,
    converged pg_catalog.bool, deviance pg_catalog.float8, null_deviance pg_catalog.float8, log_likelihood pg_catalog.float8,
    aic pg_catalog.float8, dispersion pg_catalog.float8, df pg_catalog.float8, note pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_glm_summary' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_glm_summary IS 'the fit of a generalized linear model as a whole: n, iterations, deviance, AIC';
