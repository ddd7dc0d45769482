-- Statistics of arrays, error rates, Cox: golden values of R, closed forms, independent SQL, and what they refuse.
SET client_min_messages = warning;
SET extra_float_digits = 0;
CREATE EXTENSION personatwin;
CREATE FUNCTION near(a float8, b float8) RETURNS bool LANGUAGE sql AS 'SELECT abs(a - b) <= 1e-9 * greatest(abs(b), 1e-3)';
-- R: kruskal.test
WITH v(g, x) AS (SELECT 'x', unnest(ARRAY[12,15,9,22,18,30,11,14,16,20]) UNION ALL SELECT 'y', unnest(ARRAY[10,8,14,7,9,12,13,6,11,5,9,10]) UNION ALL SELECT 'z', unnest(ARRAY[20,25,18,17]))
SELECT n, groups, near(statistic, 14.1863207547) AND abs(statistic - 14.1863207547) < 1e-9 AS h, df, abs(p_value - .000830767673041) < 1e-14 AS p FROM (SELECT (pt_kruskal_wallis(array_agg(x::float8), array_agg(g))).* FROM v) t;
-- R: chisq.test
SELECT n, abs(chi_square - 4.5746031746) < 1e-9 AS chi_square, df, abs(p_value - .469964261544) < 1e-11 AS p, abs(cohens_w - .21388321988) < 1e-10 AS w, smallest_expected, exact_p_value, method
  FROM pt_goodness_of_fit(ARRAY[18,30,22,14,12,4], ARRAY[.15,.25,.20,.18,.15,.07]);
-- exact: 3 heads or 3 tails of 3; the drawn one agrees with Fisher's exact test of the same table
SELECT exact_p_value, method FROM pt_goodness_of_fit(ARRAY[3,0], ARRAY[1,1]);
SELECT n, chi_square > 0 AS positive, method, abs(exact_p_value - (pt_two_by_two(3, 1, 2, 7)).p_value) < .02 AS as_fisher FROM pt_independence(ARRAY[[3,1],[2,7]], 100000);
SELECT (pt_independence(ARRAY[[3,1,0],[2,7,1]], 10000, 5)).exact_p_value = (pt_independence(ARRAY[[3,1,0],[2,7,1]], 10000, 5)).exact_p_value AS repeatable;
SELECT method, exact_p_value FROM pt_independence(ARRAY[[45,30,25],[55,90,75],[20,40,60]]);
-- Spearman's correlation against ranks by SQL, weights as copies
CREATE TEMP TABLE r AS SELECT i, (i * 7 % 13)::float8 AS x, (i * i % 11)::float8 AS y, (i % 3)::float8 AS w FROM generate_series(1, 60) i;
WITH rank AS (SELECT rank() OVER (ORDER BY x) + (count(*) OVER (PARTITION BY x) - 1) / 2.0 AS a, rank() OVER (ORDER BY y) + (count(*) OVER (PARTITION BY y) - 1) / 2.0 AS b FROM r)
SELECT near((SELECT (pt_rank_correlation(array_agg(x), array_agg(y))).rho FROM r), corr(a, b)) AS spearman FROM rank;
SELECT near((pt_rank_correlation(array_agg(x), array_agg(y), array_agg(w))).rho, (SELECT (pt_rank_correlation(array_agg(x), array_agg(y))).rho FROM r, generate_series(1, w::int))) AS weighted FROM r;
SELECT pt_rank_correlation('{1,2,3}', '{5,5,5}'), (pt_rank_correlation('{1,2,3,NULL}', '{2,4,6,8}')).*;
-- Theil's index: closed form; between groups
SELECT near(pt_theil('{1,3}'), (.5 * ln(.5) + 1.5 * ln(1.5)) / 2) AS two, pt_theil('{4,4,4}') AS equal, pt_theil('{0,0}') AS nothing, near(pt_theil('{1,3}', '{2,1}'), pt_theil('{1,1,3}')) AS weighted;
-- bootstrap: the interval of a mean is near Student's, the median is that of SQL, a seed repeats it
CREATE TEMP TABLE b AS SELECT array_agg(sin(i) * 10 + i % 5) AS v FROM generate_series(1, 400) i;
SELECT n, near(estimate, (SELECT avg(x) FROM unnest(v) x)) AS mean, abs(low - (a).low) < .15 AND abs(high - (a).high) < .15 AS as_student
  FROM b, LATERAL pt_bootstrap(v, 'mean', resamples => 4000), LATERAL (SELECT pt_average(x) AS a FROM unnest(v) x) t;
SELECT near(estimate, (SELECT percentile_cont(.5) WITHIN GROUP (ORDER BY x) FROM unnest(v) x)) AS median, low < estimate AND estimate < high AS inside FROM b, LATERAL pt_bootstrap(v);
SELECT pt_bootstrap(v, seed => 3) = pt_bootstrap(v, seed => 3) AS repeated, pt_bootstrap(v, seed => 3) = pt_bootstrap((SELECT array_agg(x ORDER BY x DESC) FROM unnest(v) x), seed => 3) AS any_order FROM b;
SELECT * FROM pt_bootstrap('{5,5,5}');
SELECT * FROM pt_bootstrap('{}');
-- error rates, by hand
SELECT n, true_positives, false_positives, false_negatives, true_negatives, base_rate, selection_rate, true_positive_rate, false_positive_rate, false_negative_rate, true_negative_rate, positive_predictive_value,
       negative_predictive_value, accuracy, near(false_positive_rate_low, (pt_rate_ci(2, 6)).low) AS wilson
  FROM (SELECT (pt_error_rates(p, a, w)).* FROM (VALUES (true, true, 3), (true, false, 2), (false, true, 1), (false, false, 4), (NULL, true, 9), (true, NULL, 9), (true, true, 0)) v(p, a, w)) t;
SELECT pt_error_rates(true, false) FROM generate_series(1, 2);
SELECT (pt_error_rates(a, b)).n FROM (SELECT true AS a, false AS b WHERE false) t;
-- Cox on the aml data: R's coxph
CREATE TEMP TABLE aml(arm, t, status) AS SELECT 1, * FROM (VALUES (9,1),(13,1),(13,0),(18,1),(23,1),(28,0),(31,1),(34,1),(45,0),(48,1),(161,0)) v(t, s) UNION ALL SELECT 2, * FROM (VALUES (5,1),(5,1),(8,1),(8,1),(12,1),(16,0),(23,1),(27,1),(30,1),(33,1),(43,1),(45,1)) w(t, s);
CREATE TEMP VIEW aml_rows AS
  SELECT g.arm, i.t AS "interval", count(*) FILTER (WHERE a.t >= i.t) AS n_at_risk, count(*) FILTER (WHERE a.t = i.t AND status = 1) AS n_event, count(*) FILTER (WHERE a.t = i.t AND status = 0) AS n_censored
    FROM (SELECT DISTINCT t FROM aml) i CROSS JOIN (SELECT DISTINCT arm FROM aml) g JOIN aml a USING (arm) GROUP BY 1, 2;
SELECT ties, compared_group, n_event, abs(log_hazard_ratio - beta) < 1e-9 AS coefficient, std_error IS NULL OR abs(std_error - .511934275172) < 1e-9 OR ties = 'breslow' AS se
  FROM (VALUES ('efron', .915532575015), ('breslow', .904219723686)) v(ties, beta), LATERAL pt_cox('aml_rows', 'arm', ties => v.ties) WHERE compared_group = '2';
SELECT round(a.log_hazard_ratio::numeric, 9) = -round(b.log_hazard_ratio::numeric, 9) AS other_reference FROM pt_cox('aml_rows', 'arm') a, pt_cox('aml_rows', 'arm', reference => '2') b WHERE a.compared_group = '2' AND b.compared_group = '1';
-- a group without events has no estimate
CREATE TEMP VIEW quiet AS SELECT * FROM aml_rows UNION ALL SELECT 3, "interval", 5, 0, 0 FROM aml_rows WHERE arm = 1;
SELECT compared_group, n_event, log_hazard_ratio IS NULL AS none FROM pt_cox('quiet', 'arm') WHERE compared_group = '3';
-- refused
SELECT pt_kruskal_wallis('{1,2}', '{a}');
SELECT pt_rank_correlation('{1,NaN}', '{1,2}');
SELECT pt_rank_correlation('{1,2}', '{1,2}', '{1,-1}');
SELECT pt_goodness_of_fit('{1,2}', '{1,0}');
SELECT pt_goodness_of_fit('{1,-2}', '{1,1}');
SELECT pt_goodness_of_fit('{0,0}', '{1,1}');
SELECT pt_goodness_of_fit('{1,2}', '{1,1}', draws => 1);
SELECT pt_independence('{1,2}');
SELECT pt_bootstrap('{1,2}', 'mode');
SELECT pt_bootstrap('{1,2}', weights => '{.5,1}');
SELECT pt_error_rates(true, true, -1);
SELECT * FROM pt_cox('aml_rows', 'arm', ties => 'exact');
SELECT * FROM pt_cox('aml_rows', 'arm', reference => '7');
SELECT * FROM pt_cox('aml_rows', NULL);
DROP FUNCTION near;
DROP EXTENSION personatwin;
