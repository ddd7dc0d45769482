-- Statistics for analysts. Figures of R 4.2.2 and of doc/analyst.md; more of them in test/unit/stats_test.cpp.
CREATE EXTENSION personatwin;
CREATE ROLE stat_reader;
SET extra_float_digits = 0;
SET ROLE stat_reader; -- everybody may call them

-- prop.test-like intervals of a rate; binom.test(7, 50), binom.test(0, 20)
SELECT m AS method, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error, round(low::numeric, 9) AS low, round(high::numeric, 9) AS high
  FROM unnest('{wilson,clopper-pearson,wald,poisson}'::text[]) m, pt_rate_ci(7, 50, method => m);
SELECT round(low::numeric, 9) AS low, round(high::numeric, 9) AS high FROM pt_rate_ci(0, 20);
SELECT round(low::numeric, 9) AS low, round(high::numeric, 9) AS high FROM pt_rate_ci(7, 50, 0.99);
SELECT * FROM pt_rate_ci(0, 0);
SELECT estimate FROM pt_rate_ci(120, 50, method => 'poisson');
SELECT pt_rate_ci(NULL, 3);
-- a two by two table
\x
SELECT n1, n0, rate1, rate0, round(risk_difference::numeric, 9) AS rd, round(risk_difference_low::numeric, 9) AS rd_low, round(risk_difference_high::numeric, 9) AS rd_high,
       round(risk_ratio::numeric, 9) AS rr, round(risk_ratio_low::numeric, 9) AS rr_low, round(risk_ratio_high::numeric, 9) AS rr_high, round(odds_ratio::numeric, 9) AS odds,
       round(odds_ratio_low::numeric, 9) AS odds_low, round(odds_ratio_high::numeric, 9) AS odds_high, round(cohens_h::numeric, 9) AS h, round(standardized_difference::numeric, 9) AS smd,
       test, round(statistic::numeric, 9) AS statistic, round(p_value::numeric, 12) AS p
  FROM pt_two_by_two(45, 55, 30, 90);
SELECT * FROM pt_two_by_two(0, 0, 1, 2);
\x
-- fisher.test(matrix(c(3, 1, 1, 4), 2))$p.value: 0.2063492
SELECT test, round(p_value::numeric, 9) AS p FROM pt_two_by_two(3, 1, 1, 4);
SELECT risk_ratio, odds_ratio IS NOT NULL AS corrected FROM pt_two_by_two(0, 5, 3, 2);
-- chisq.test(matrix(c(45,55,20,30,90,40,25,75,60), 3))
SELECT n, round(chi_square::numeric, 9) AS x2, df, round(p_value::numeric, 15) AS p, round(cramers_v::numeric, 9) AS v, round(cramers_v_corrected::numeric, 9) AS corrected, round(smallest_expected::numeric, 4) AS smallest
  FROM pt_chi_square(ARRAY[[45,30,25],[55,90,75],[20,40,60]]);
SELECT chi_square FROM pt_chi_square('{{1,2},{0,0}}');
-- power.prop.test(150, .45, .25); power.t.test(64, .5)
SELECT round(pt_power_two_proportions(.45, .25, 150, 150)::numeric, 9), round(pt_power_t(.5, 64, 64)::numeric, 9), pt_power_t(.5, 1, 1), pt_power_two_proportions(.45, .25, 0, 0);
SELECT pt_interval_overlap(0, 2, 1, 3), pt_interval_overlap(0, 1, 2, 3);

-- aggregates: rows, and rows that stand for several; what is over no rows
RESET ROLE;
CREATE TABLE obs (x float8, y float8, o boolean, g boolean, w float8);
INSERT INTO obs SELECT i % 7, (i * 5) % 11 + i % 7, i % 3 = 0, i % 2 = 0, 1 + i % 4 FROM generate_series(1, 60) i;
INSERT INTO obs VALUES (NULL, 1, NULL, NULL, 3), (1, NULL, true, NULL, NULL), (2, 2, true, true, 0);
CREATE TABLE expanded AS SELECT x, y, o, g FROM obs, generate_series(1, w::int);
GRANT SELECT ON obs, expanded TO stat_reader;
SET ROLE stat_reader;
CREATE VIEW pg_temp.of_weights AS SELECT pt_rate(o, w) AS a, pt_average(x, w) AS b, pt_compare(o, g, w) AS c, pt_compare_means(x, g, w) AS d, pt_correlation(x, y, w) AS e FROM obs;
CREATE VIEW pg_temp.of_rows AS SELECT pt_rate(o) AS a, pt_average(x) AS b, pt_compare(o, g) AS c, pt_compare_means(x, g) AS d, pt_correlation(x, y) AS e FROM expanded;
-- nearly equal: sums in another order
SELECT k, max(abs(x.v::float8 - y.v::float8)) < 1e-12 AS same, count(*) FROM pg_temp.of_weights w, pg_temp.of_rows r, jsonb_each(to_jsonb(w)) a (k, j) JOIN LATERAL jsonb_each(to_jsonb(r)) b (k2, j2) ON k = k2,
  jsonb_each_text(j) x (f, v) JOIN LATERAL jsonb_each_text(j2) y (f2, v) ON f = f2 WHERE x.f <> 'test' GROUP BY k ORDER BY k;
SELECT (a).n, round((a).estimate::numeric, 9) AS rate, round((b).estimate::numeric, 9) AS mean, (c).n1, (c).n0, (c).test FROM pg_temp.of_rows;
SELECT pt_rate(o), pt_average(x, w), pt_compare(o, g), pt_compare_means(x, g), pt_correlation(x, y, w), pt_mantel_haenszel(1, 2, 3, 4) FROM obs WHERE false;
SELECT (pt_rate(o)).n, (pt_compare(o, g)).n1 FROM obs WHERE o IS NULL;
-- PostgreSQL's own
SELECT abs((b).estimate - (SELECT avg(x) FROM expanded)) < 1e-12 AS mean, abs((b).std_error - (SELECT stddev(x) / sqrt(count(x)) FROM expanded)) < 1e-12 AS se,
       abs((e).estimate - (SELECT corr(x, y) FROM expanded)) < 1e-12 AS r FROM pg_temp.of_rows;
-- t.test(x, y), Cohen's d and Hedges' g of the same
SELECT round(t::numeric, 9) AS t, round(df::numeric, 9) AS df, round(p_value::numeric, 12) AS p, round(difference_low::numeric, 9) AS low, round(difference_high::numeric, 9) AS high,
       round(cohens_d::numeric, 9) AS d, round(cohens_d_low::numeric, 9) AS d_low, round(cohens_d_high::numeric, 9) AS d_high, round(hedges_g::numeric, 9) AS g
  FROM (SELECT (pt_compare_means(v, g)).* FROM (SELECT unnest('{12,15,9,22,18,30,11,14,16,20}'::float8[]) AS v, true AS g UNION ALL SELECT unnest('{10,8,14,7,9,12,13,6,11,5,9,10}'::float8[]), false) x) y;
-- mantelhaen.test without continuity correction
SELECT strata, round(odds_ratio::numeric, 9) AS odds_ratio, round(low::numeric, 9) AS low, round(high::numeric, 9) AS high, round(chi_square::numeric, 9) AS x2, round(p_value::numeric, 9) AS p
  FROM (SELECT (pt_mantel_haenszel(a, b, c, d)).* FROM (VALUES (12, 28, 10, 50), (20, 15, 18, 12), (NULL, 1, 1, 1), (0, 0, 3, 4)) v (a, b, c, d)) x;
-- a group of one, values that do not vary
SELECT n1, difference, t, hedges_g FROM (SELECT (pt_compare_means(v, g)).* FROM (VALUES (1, true), (2, false), (4, false)) x (v, g)) y;
SELECT n1, difference, t, hedges_g FROM (SELECT (pt_compare_means(v, g)).* FROM (VALUES (2, true), (2, true), (1, false), (1, false)) x (v, g)) y;
SELECT n, estimate, std_error, low, high FROM (SELECT (pt_average(1)).*) x;
SELECT n, estimate, low FROM (SELECT (pt_correlation(1, v)).* FROM generate_series(1, 9) v) x;

-- serial = parallel
RESET ROLE;
CREATE TABLE many AS SELECT (i * 37 % 1009)::float8 AS x, (i * 91 % 2003 + i % 1009)::float8 AS y, i % 3 = 0 AS o, i % 5 < 2 AS g, (1 + i % 4)::float8 AS w FROM generate_series(1, 60000) i;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE VIEW of_many AS SELECT pt_rate(o, w) AS a, pt_average(x, w) AS b, pt_compare(o, g, w) AS c, pt_compare_means(x, g, w) AS d, pt_correlation(x, y, w) AS e, pt_mantel_haenszel(w, x, 3, y) AS f FROM many;
SET max_parallel_workers_per_gather = 0;
SELECT * FROM of_many \gset serial_
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT * FROM of_many;
SELECT bool_and(a::text = :'serial_a' AND c::text = :'serial_c') AS exact,
       abs((b).estimate / (:'serial_b'::pt_estimate).estimate - 1) < 1e-12 AND abs((b).std_error / (:'serial_b'::pt_estimate).std_error - 1) < 1e-12 AND abs((d).t / (:'serial_d'::pt_mean_comparison).t - 1) < 1e-10
         AND abs((e).estimate / (:'serial_e'::pt_estimate).estimate - 1) < 1e-10 AND abs((f).odds_ratio / (:'serial_f'::pt_stratified).odds_ratio - 1) < 1e-12 AS near
  FROM of_many GROUP BY b, d, e, f;

-- refusals
SELECT pt_rate_ci(-1, 5);
SELECT pt_rate_ci(6, 5);
SELECT pt_rate_ci(1, 'NaN');
SELECT pt_rate_ci(1, 5, 1);
SELECT pt_rate_ci(1, 5, method => 'guess');
SELECT pt_two_by_two(1, 2, 3, 'Infinity');
SELECT pt_chi_square('{1,2}');
SELECT pt_chi_square('{{1,-2},{3,4}}');
SELECT pt_power_two_proportions(1.5, .2, 10, 10);
SELECT pt_interval_overlap(2, 1, 0, 1);
SELECT pt_rate(true, -1);
SELECT pt_rate(true, 'NaN');
SELECT pt_average('Infinity');
SELECT pt_mantel_haenszel(1, 2, 3, -4);
SELECT pt_rate_add(NULL, true);
SELECT pt_rate_result('{1,2,3}');
SELECT pt_rate_result('{{1,2}}');

DROP VIEW of_many;
DROP TABLE obs, expanded, many CASCADE;
DROP EXTENSION personatwin CASCADE;
DROP ROLE stat_reader;
