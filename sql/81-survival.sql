-- Life tables and their comparison, from rows of counts.

--| ## Survival
--|
--| For tables whose rows count people by interval: at risk when it begins, with the event in it, censored in it. Such rows are published where histories of persons must not be. Rows of the same stratum and
--| interval are added up. The functions read the relation as the caller; everybody may call them. A regression on such rows is `pt_glm(..., 'n_event / n_at_risk ~ interval + ...', 'cloglog')` (doc/analyst.md).
--|
--| `pt_life_table` returns a row per stratum and interval, in the order of both: `stratum` and `life_interval` as text, `position` of the interval from 1, the counts, `exposed` (people the hazard is taken of: at risk, less half of
--| the censored if `actuarial`, which suits intervals wide enough for censoring to happen throughout; with `actuarial => false` it is Kaplan and Meier's estimate, censoring after the events), `hazard` = events / exposed,
--| `survival` at the end of the interval, its `std_error` (Greenwood 1926) and interval (log-log transformed, inside 0..1).
--|
--| Errors: 22000 negative counts, or more events and censored than at risk; 42703 no such column.
CREATE FUNCTION @extschema@.pt_life_table(
    relation pg_catalog.regclass, stratum_column pg_catalog.text DEFAULT NULL, interval_column pg_catalog.text DEFAULT 'interval',
    at_risk_column pg_catalog.text DEFAULT 'n_at_risk', event_column pg_catalog.text DEFAULT 'n_event',
    censored_column pg_catalog.text DEFAULT 'n_censored', actuarial pg_catalog.bool DEFAULT true,
    confidence pg_catalog.float8 DEFAULT 0.95)
  RETURNS TABLE (stratum pg_catalog.text, life_interval pg_catalog.text, "position" pg_catalog.int4, n_at_risk pg_catalog.float8,
    n_event pg_catalog.float8, n_censored pg_catalog.float8, exposed pg_catalog.float8, hazard pg_catalog.float8,
    survival pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_life_table' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 50 COST 10000;
COMMENT ON FUNCTION @extschema@.pt_life_table IS 'survival by interval from rows of counts';

--| Whether groups have the same hazard.
CREATE TYPE @extschema@.pt_log_rank_test AS (
  groups pg_catalog.int4,
  events pg_catalog.float8,
  chi_square pg_catalog.float8,
  df pg_catalog.float8,
  p_value pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_log_rank_test IS 'log-rank test';
COMMENT ON COLUMN @extschema@.pt_log_rank_test.groups IS 'groups that were compared';
COMMENT ON COLUMN @extschema@.pt_log_rank_test.events IS 'events in all of them';
COMMENT ON COLUMN @extschema@.pt_log_rank_test.chi_square IS 'Mantel''s statistic (1966); NULL when nothing can be compared';
COMMENT ON COLUMN @extschema@.pt_log_rank_test.df IS 'degrees of freedom: groups at risk - 1';
COMMENT ON COLUMN @extschema@.pt_log_rank_test.p_value IS 'its p value';
--| Log-rank test of the groups that a column tells apart, from rows of counts as in `pt_life_table`.
CREATE FUNCTION @extschema@.pt_log_rank(
    relation pg_catalog.regclass, compared pg_catalog.text, interval_column pg_catalog.text DEFAULT 'interval',
    at_risk_column pg_catalog.text DEFAULT 'n_at_risk', event_column pg_catalog.text DEFAULT 'n_event',
    censored_column pg_catalog.text DEFAULT 'n_censored', actuarial pg_catalog.bool DEFAULT true)
  RETURNS @extschema@.pt_log_rank_test
  AS 'MODULE_PATHNAME', 'pt_log_rank' LANGUAGE C STABLE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION @extschema@.pt_log_rank IS 'log-rank test of groups, from rows of counts';

--| Cox's proportional hazards between groups, from rows of counts as in `pt_life_table`: a row per group with the logarithm of its hazard relative to `reference` (the first group in order if not given), its standard error, test and interval. People who are censored in an interval were at risk in it; ties by
--| `efron` or `breslow`. A group without events, or whose estimate is infinite, has NULL. For covariates beside the groups use `pt_glm(..., 'n_event / n_at_risk ~ ...', 'cloglog')`.
--| Errors: those of `pt_life_table`; 22023 an unknown reference or way of ties, fewer than two groups; 54000 more than 10,000,000 events in an interval.
CREATE FUNCTION @extschema@.pt_cox(
    relation pg_catalog.regclass, compared pg_catalog.text, interval_column pg_catalog.text DEFAULT 'interval',
    at_risk_column pg_catalog.text DEFAULT 'n_at_risk', event_column pg_catalog.text DEFAULT 'n_event',
    censored_column pg_catalog.text DEFAULT 'n_censored', ties pg_catalog.text DEFAULT 'efron', reference pg_catalog.text DEFAULT NULL,
    confidence pg_catalog.float8 DEFAULT 0.95)
  RETURNS TABLE (compared_group pg_catalog.text, reference_group pg_catalog.text, n_event pg_catalog.float8, log_hazard_ratio pg_catalog.float8,
    std_error pg_catalog.float8, hazard_ratio pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, p_value pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_cox' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 5 COST 10000;
COMMENT ON FUNCTION @extschema@.pt_cox IS 'proportional hazards between groups, from rows of counts';
