-- How well a prediction fits what happened, by group: the table that questions of fairness are asked of.

--| ## Errors of predictions
--|
--| `pt_error_rates(predicted, actual)` and `pt_error_rates(predicted, actual, weight)` count how often a prediction (a score above a threshold, say) and the outcome agree. By group they give the table on which fairness of predictions is judged: false positive rates
--| that differ (equalized odds), true positive rates (equal opportunity), predictive values (calibration).
--|
--|     SELECT ethnicity, (pt_error_rates(score IN ('Medium', 'High'), two_year_recid = 1, weight)).* FROM event_rows GROUP BY ethnicity;
--|
--| Every rate has its Wilson interval (95 %); rates of nobody are NULL. Rows where either is NULL do not count; weights are counts. Errors: 22023 a negative weight.
CREATE TYPE @extschema@.pt_error_rates AS (
  n pg_catalog.float8,
  true_positives pg_catalog.float8,
  false_positives pg_catalog.float8,
  false_negatives pg_catalog.float8,
  true_negatives pg_catalog.float8,
  base_rate pg_catalog.float8,
  base_rate_low pg_catalog.float8,
  base_rate_high pg_catalog.float8,
  selection_rate pg_catalog.float8,
  selection_rate_low pg_catalog.float8,
  selection_rate_high pg_catalog.float8,
  true_positive_rate pg_catalog.float8,
  true_positive_rate_low pg_catalog.float8,
  true_positive_rate_high pg_catalog.float8,
  false_positive_rate pg_catalog.float8,
  false_positive_rate_low pg_catalog.float8,
  false_positive_rate_high pg_catalog.float8,
  false_negative_rate pg_catalog.float8,
  false_negative_rate_low pg_catalog.float8,
  false_negative_rate_high pg_catalog.float8,
  true_negative_rate pg_catalog.float8,
  true_negative_rate_low pg_catalog.float8,
  true_negative_rate_high pg_catalog.float8,
  positive_predictive_value pg_catalog.float8,
  positive_predictive_value_low pg_catalog.float8,
  positive_predictive_value_high pg_catalog.float8,
  negative_predictive_value pg_catalog.float8,
  negative_predictive_value_low pg_catalog.float8,
  negative_predictive_value_high pg_catalog.float8,
  accuracy pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_error_rates IS 'how often a prediction and the outcome agree';
COMMENT ON COLUMN @extschema@.pt_error_rates.n IS 'observations (sum of weights)';
COMMENT ON COLUMN @extschema@.pt_error_rates.true_positives IS 'predicted, and it happened';
COMMENT ON COLUMN @extschema@.pt_error_rates.false_positives IS 'predicted, and it did not happen';
COMMENT ON COLUMN @extschema@.pt_error_rates.false_negatives IS 'not predicted, and it happened';
COMMENT ON COLUMN @extschema@.pt_error_rates.true_negatives IS 'not predicted, and it did not happen';
COMMENT ON COLUMN @extschema@.pt_error_rates.base_rate IS 'share that has the outcome';
COMMENT ON COLUMN @extschema@.pt_error_rates.base_rate_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_error_rates.base_rate_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_error_rates.selection_rate IS 'share for whom it is predicted';
COMMENT ON COLUMN @extschema@.pt_error_rates.selection_rate_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_error_rates.selection_rate_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_error_rates.true_positive_rate IS 'of those with the outcome, share for whom it was predicted (equal opportunity compares it)';
COMMENT ON COLUMN @extschema@.pt_error_rates.true_positive_rate_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_error_rates.true_positive_rate_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_error_rates.false_positive_rate IS 'of those without the outcome, share for whom it was predicted';
COMMENT ON COLUMN @extschema@.pt_error_rates.false_positive_rate_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_error_rates.false_positive_rate_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_error_rates.false_negative_rate IS 'of those with the outcome, share for whom it was not predicted';
COMMENT ON COLUMN @extschema@.pt_error_rates.false_negative_rate_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_error_rates.false_negative_rate_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_error_rates.true_negative_rate IS 'of those without the outcome, share for whom it was not predicted';
COMMENT ON COLUMN @extschema@.pt_error_rates.true_negative_rate_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_error_rates.true_negative_rate_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_error_rates.positive_predictive_value IS 'of those for whom it was predicted, share with the outcome';
COMMENT ON COLUMN @extschema@.pt_error_rates.positive_predictive_value_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_error_rates.positive_predictive_value_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_error_rates.negative_predictive_value IS 'of those for whom it was not predicted, share without it';
COMMENT ON COLUMN @extschema@.pt_error_rates.negative_predictive_value_low IS 'lower end of its interval';
COMMENT ON COLUMN @extschema@.pt_error_rates.negative_predictive_value_high IS 'upper end of it';
COMMENT ON COLUMN @extschema@.pt_error_rates.accuracy IS 'share where prediction and outcome agree';

CREATE FUNCTION @extschema@.pt_error_rates_combine(a pg_catalog.float8[], b pg_catalog.float8[])
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_error_rates_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_error_rates_combine(pg_catalog.float8[], pg_catalog.float8[]) IS 'the states of two parts of pt_error_rates';

CREATE FUNCTION @extschema@.pt_error_rates_result(state pg_catalog.float8[])
  RETURNS @extschema@.pt_error_rates
  AS 'MODULE_PATHNAME', 'pt_error_rates_result' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_error_rates_result(pg_catalog.float8[]) IS 'result of pt_error_rates';

CREATE FUNCTION @extschema@.pt_error_rates_add(state pg_catalog.float8[], predicted pg_catalog.bool, actual pg_catalog.bool)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_error_rates_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_error_rates_add(pg_catalog.float8[], pg_catalog.bool, pg_catalog.bool) IS 'a row into the state of pt_error_rates';

--| Rows with a prediction and what happened.
CREATE AGGREGATE @extschema@.pt_error_rates(predicted pg_catalog.bool, actual pg_catalog.bool) (
  SFUNC = @extschema@.pt_error_rates_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_error_rates_result,
  COMBINEFUNC = @extschema@.pt_error_rates_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_error_rates(pg_catalog.bool, pg_catalog.bool) IS 'error rates of a prediction';

CREATE FUNCTION @extschema@.pt_error_rates_add(state pg_catalog.float8[], predicted pg_catalog.bool, actual pg_catalog.bool, weight pg_catalog.float8)
  RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_error_rates_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_error_rates_add(pg_catalog.float8[], pg_catalog.bool, pg_catalog.bool, pg_catalog.float8) IS 'a row into the state of pt_error_rates';

--| The same with rows that stand for several observations.
CREATE AGGREGATE @extschema@.pt_error_rates(predicted pg_catalog.bool, actual pg_catalog.bool, weight pg_catalog.float8) (
  SFUNC = @extschema@.pt_error_rates_add, STYPE = pg_catalog.float8[], FINALFUNC = @extschema@.pt_error_rates_result,
  COMBINEFUNC = @extschema@.pt_error_rates_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_error_rates(pg_catalog.bool, pg_catalog.bool, pg_catalog.float8) IS 'error rates of a prediction, of rows weighted by counts';
