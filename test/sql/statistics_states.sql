-- The support functions of the statistics aggregates, each by its own name: parts merged in any order are the whole, and no state that
-- somebody makes up does harm.
CREATE EXTENSION personatwin;
CREATE TEMP TABLE many AS SELECT i % 7 AS part, (i * 37 % 1009)::float8 AS x, (i * 91 % 2003 + i % 1009)::float8 AS y, i % 3 = 0 AS o, i % 5 < 2 AS g, (1 + i % 4)::float8 AS w FROM generate_series(1, 3000) i;

CREATE AGGREGATE rate_state(bool, float8) (SFUNC = pt_rate_add, STYPE = float8[]);
CREATE AGGREGATE rate_merge(float8[]) (SFUNC = pt_rate_combine, STYPE = float8[], FINALFUNC = pt_rate_result);
CREATE AGGREGATE average_state(float8, float8) (SFUNC = pt_average_add, STYPE = float8[]);
CREATE AGGREGATE average_merge(float8[]) (SFUNC = pt_average_combine, STYPE = float8[], FINALFUNC = pt_average_result);
CREATE AGGREGATE compare_state(bool, bool, float8) (SFUNC = pt_compare_add, STYPE = float8[]);
CREATE AGGREGATE compare_merge(float8[]) (SFUNC = pt_compare_combine, STYPE = float8[], FINALFUNC = pt_compare_result);
CREATE AGGREGATE means_state(float8, bool, float8) (SFUNC = pt_compare_means_add, STYPE = float8[]);
CREATE AGGREGATE means_merge(float8[]) (SFUNC = pt_compare_means_combine, STYPE = float8[], FINALFUNC = pt_compare_means_result);
CREATE AGGREGATE strata_state(float8, float8, float8, float8) (SFUNC = pt_mantel_haenszel_add, STYPE = float8[]);
CREATE AGGREGATE strata_merge(float8[]) (SFUNC = pt_mantel_haenszel_combine, STYPE = float8[], FINALFUNC = pt_mantel_haenszel_result);
CREATE AGGREGATE correlation_state(float8, float8, float8) (SFUNC = pt_correlation_add, STYPE = float8[]);
CREATE AGGREGATE correlation_merge(float8[]) (SFUNC = pt_correlation_combine, STYPE = float8[], FINALFUNC = pt_correlation_result);
CREATE AGGREGATE errors_state(bool, bool, float8) (SFUNC = pt_error_rates_add, STYPE = float8[]);
CREATE AGGREGATE errors_merge(float8[]) (SFUNC = pt_error_rates_combine, STYPE = float8[], FINALFUNC = pt_error_rates_result);

-- sums of whole numbers are exact; the others agree to 1e-12
CREATE TEMP VIEW whole AS
SELECT pt_rate(o, w)::text AS rate, pt_average(x, w) AS average, pt_compare(o, g, w)::text AS compared, pt_compare_means(x, g, w) AS means,
       pt_mantel_haenszel(w, x, 3, y) AS strata, pt_correlation(x, y, w) AS correlation, pt_error_rates(o, g, w)::text AS errors FROM many;
CREATE TEMP VIEW parts AS
SELECT part, rate_state(o, w) AS rate, average_state(x, w) AS average, compare_state(o, g, w) AS compared, means_state(x, g, w) AS means,
       strata_state(w, x, 3, y) AS strata, correlation_state(x, y, w) AS correlation, errors_state(o, g, w) AS errors FROM many GROUP BY part;
SELECT direction, rate_merge(p.rate)::text = w.rate AS rate, compare_merge(p.compared)::text = w.compared AS compared, errors_merge(p.errors)::text = w.errors AS errors,
       abs((average_merge(p.average)).std_error / (w.average).std_error - 1) < 1e-12 AS average, abs((means_merge(p.means)).t / (w.means).t - 1) < 1e-12 AS means,
       abs((strata_merge(p.strata)).odds_ratio / (w.strata).odds_ratio - 1) < 1e-12 AS strata, abs((correlation_merge(p.correlation)).estimate / (w.correlation).estimate - 1) < 1e-10 AS correlation
  FROM (SELECT 'up' AS direction, * FROM (SELECT * FROM parts ORDER BY part LIMIT 7) a UNION ALL SELECT 'down', * FROM (SELECT * FROM parts ORDER BY part DESC LIMIT 7) b) p, whole w
 GROUP BY direction, w.rate, w.compared, w.errors, w.average, w.means, w.strata, w.correlation ORDER BY direction;

-- outside an aggregate
SELECT pt_average_add(NULL, 1);
SELECT pt_compare_add(NULL, true, true);
SELECT pt_compare_means_add(NULL, 1, true);
SELECT pt_mantel_haenszel_add(NULL, 1, 2, 3, 4);
SELECT pt_correlation_add(NULL, 1, 2);
SELECT pt_error_rates_add(NULL, true, true);

-- Made-up states: only one length is a state; whatever stands in it gives a row or an error, in no time. A merge with one is refused.
CREATE FUNCTION tried(name text) RETURNS TABLE (lengths int, rows_or_errors int) LANGUAGE plpgsql SET statement_timeout = '10s' AS $$
DECLARE fill text; state float8[];
BEGIN
  lengths := 0; rows_or_errors := 0;
  FOR n IN 0..40 LOOP
    FOREACH fill IN ARRAY ARRAY['0', '1', '-1', '1e-320', '1e308', '-1e308', 'Infinity', '-Infinity', 'NaN'] LOOP
      state := array_fill(fill::float8, ARRAY[n]);
      BEGIN
        EXECUTE format('SELECT (pt_%s_result($1))::text', name) USING state;
        rows_or_errors := rows_or_errors + 1;
        IF fill = '0' THEN lengths := lengths + 1; END IF;
      EXCEPTION WHEN invalid_parameter_value OR data_exception OR numeric_value_out_of_range THEN
        IF SQLERRM <> 'this is no state of the aggregate' THEN rows_or_errors := rows_or_errors + 1; END IF;
      END;
    END LOOP;
  END LOOP;
  RETURN NEXT;
END $$;
SELECT name, t.* FROM unnest('{rate,average,compare,compare_means,mantel_haenszel,correlation,error_rates}'::text[]) name, tried(name) t;
SELECT rate_merge(s) FROM (VALUES ('{1,2}'::float8[]), ('{1,2,3}')) v (s);
SELECT average_merge(s) FROM (VALUES ('{1}'::float8[]), (NULL)) v (s);
SELECT correlation_merge(s) FROM (VALUES ('{{1,2},{3,4}}'::float8[])) v (s);
SELECT pt_average_result(NULL), pt_compare_result(NULL), pt_error_rates_result(NULL);
SET client_min_messages = warning;
DROP EXTENSION personatwin CASCADE;
