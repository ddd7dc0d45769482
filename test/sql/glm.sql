-- Regressions from SQL. Figures of R 4.2.2 (lm, glm on mtcars, and the data of test/unit/glm_test.cpp).
CREATE EXTENSION personatwin;
CREATE ROLE glm_reader;
SET extra_float_digits = 0;
CREATE TABLE cars (mpg float8, wt numeric, hp int, am boolean);
INSERT INTO cars VALUES (21,2.62,110,'1'),(21,2.875,110,'1'),(22.8,2.32,93,'1'),(21.4,3.215,110,'0'),(18.7,3.44,175,'0'),(18.1,3.46,105,'0'),(14.3,3.57,245,'0'),(24.4,3.19,62,'0'),
 (22.8,3.15,95,'0'),(19.2,3.44,123,'0'),(17.8,3.44,123,'0'),(16.4,4.07,180,'0'),(17.3,3.73,180,'0'),(15.2,3.78,180,'0'),(10.4,5.25,205,'0'),(10.4,5.424,215,'0'),(14.7,5.345,230,'0'),
 (32.4,2.2,66,'1'),(30.4,1.615,52,'1'),(33.9,1.835,65,'1'),(21.5,2.465,97,'0'),(15.5,3.52,150,'0'),(15.2,3.435,150,'0'),(13.3,3.84,245,'0'),(19.2,3.845,175,'0'),(27.3,1.935,66,'1'),
 (26,2.14,91,'1'),(30.4,1.513,113,'1'),(15.8,3.17,264,'1'),(19.7,2.77,175,'1'),(15,3.57,335,'1'),(21.4,2.78,109,'1');
GRANT SELECT ON cars TO glm_reader;
SET ROLE glm_reader; -- everybody may call it, on what everybody may read
SELECT term, round(estimate::numeric, 10) AS estimate, round(std_error::numeric, 10) AS std_error, round(statistic::numeric, 6) AS t, round(p_value::numeric, 12) AS p, round(low::numeric, 8) AS low, round(high::numeric, 8) AS high
  FROM pt_glm('cars', 'mpg ~ wt + hp');
SELECT n, rows, rows_missing, coefficients, method, iterations, converged, round(deviance::numeric, 8) AS deviance, round(null_deviance::numeric, 8) AS null_deviance, round(log_likelihood::numeric, 8) AS log_likelihood, round(aic::numeric, 8) AS aic, round(dispersion::numeric, 8) AS dispersion, df, note
  FROM pt_glm_summary('cars', 'mpg ~ wt + hp');
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error, round(p_value::numeric, 10) AS p FROM pt_glm('cars', 'am ~ wt + hp', 'logistic');
SELECT n, converged, round(deviance::numeric, 9) AS deviance, round(null_deviance::numeric, 9) AS null_deviance, round(aic::numeric, 9) AS aic, df FROM pt_glm_summary('cars', 'am ~ wt + hp', 'binomial');
RESET ROLE;

-- factors, weights, exposure, clusters
CREATE TABLE "Odd Rows" AS
  SELECT i, (i * 37) % 23 / 7.0::float8 AS x1, (i * i) % 11 - 4 AS x2, (ARRAY['b', 'c', 'a'])[(i + 1) % 3 + 1] AS f, 1 + i % 4 AS w, (i * 7) % 13 AS g, (i * 31 + i * i) % 7 AS cnt, 1 + i % 5 AS ex,
         (((i * 29 + i * i * 3) % 17) / 17.0 < 1 / (1 + exp(-(-.5 + .4 * ((i * 37) % 23 / 7.0) - .1 * ((i * i) % 11 - 4))))) AS "Y'es"
    FROM generate_series(1, 60) i;
UPDATE "Odd Rows" SET f = (ARRAY['b', 'c', 'a'])[CASE i % 3 WHEN 0 THEN 3 WHEN 1 THEN 1 ELSE 2 END];
SELECT term, reference, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error FROM pt_glm('"Odd Rows"', $$"Y'es" ~ x1 + x2 + factor(f, 'b')$$, 'logistic');
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error FROM pt_glm('"Odd Rows"', $$"Y'es" ~ x1 + x2 + factor(f, 'b')$$, 'logistic', weights => 'w');
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error FROM pt_glm('"Odd Rows"', $$"Y'es" ~ x1 + x2 + factor(f, 'b')$$, 'logistic', cluster => 'g');
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error FROM pt_glm('"Odd Rows"', $$"Y'es" ~ x1 + x2 + factor(f, 'b')$$, 'logistic', robust => true);
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error FROM pt_glm('"Odd Rows"', $$cnt ~ x1 + x2 + factor(f, 'b')$$, 'poisson', exposure => 'ex');
SELECT n, clusters, round(deviance::numeric, 9) AS deviance, null_deviance, round(aic::numeric, 9) AS aic FROM pt_glm_summary('"Odd Rows"', $$cnt ~ x1 + x2 + factor(f, 'b')$$, 'poisson', exposure => 'ex', cluster => 'g');
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error FROM pt_glm('"Odd Rows"', $$"Y'es" ~ x1 + x2 + factor(f, 'b')$$, 'cloglog');
-- the reference level is the most frequent one; without an intercept every level of the first factor
SELECT term, reference FROM pt_glm('"Odd Rows"', $$"Y'es" ~ f*x1$$, 'logistic', weights => 'w');
SELECT term, reference FROM pt_glm('"Odd Rows"', $$"Y'es" ~ factor(f) + factor(w) - 1$$, 'logistic');
-- counts of events and trials: the same as rows
CREATE TABLE grouped AS SELECT f, count(*) AS n, count(*) FILTER (WHERE "Y'es") AS events FROM "Odd Rows" GROUP BY f;
SELECT a.term, abs(a.estimate - b.estimate) < 1e-10 AND abs(a.estimate - c.estimate) < 1e-10 AS same, abs(a.std_error - b.std_error) < 1e-10 AND abs(a.std_error - c.std_error) < 1e-10 AS same_error
  FROM pt_glm('"Odd Rows"', $$"Y'es" ~ factor(f, 'b')$$, 'cloglog') a JOIN pt_glm('grouped', $$events / n ~ factor(f, 'b')$$, 'cloglog') b USING (term)
  JOIN (SELECT * FROM pt_glm('"Odd Rows"', $$"Y'es" ~ factor(f, 'b') + factor(w)$$, 'cloglog', penalty => 'none')) d USING (term) JOIN pt_glm('grouped', $$events / n ~ factor(f, 'b')$$, 'cloglog') c USING (term);
-- the order of the rows does not matter, to the last bit
CREATE TABLE shuffled AS SELECT * FROM "Odd Rows" ORDER BY md5(i::text);
SET extra_float_digits = 1;
SELECT count(*) FROM (SELECT * FROM pt_glm('"Odd Rows"', $$"Y'es" ~ x1 + f$$, 'logistic') EXCEPT SELECT * FROM pt_glm('shuffled', $$"Y'es" ~ x1 + f$$, 'logistic')) x;
SET extra_float_digits = 0;
-- rows that do not fit into the memory are read again
CREATE TABLE big AS SELECT (i * 7919 % 10007)::float8 / 10007 AS a, (i * 104729 % 100003)::float8 / 100003 AS b, i % 3 AS c, (i * 31 % 97) < 30 + 30 * (i * 7919 % 10007)::float8 / 10007 AS y, i % 50 AS g FROM generate_series(1, 20000) i;
CREATE TEMP TABLE fits AS SELECT * FROM pt_glm('big', 'y ~ a + b + factor(c)', 'logistic', cluster => 'g');
SET personatwin.memory_limit = '2MB';
SELECT max(abs(s.estimate - f.estimate)) < 1e-10 AS same, max(abs(s.std_error - f.std_error)) < 1e-10 AS same_error FROM pt_glm('big', 'y ~ a + b + factor(c)', 'logistic', cluster => 'g') s JOIN fits f USING (term);
RESET personatwin.memory_limit;

-- separation, collinear columns, constant columns
CREATE TABLE sep AS SELECT i AS x, i > 4 AS y, i > 4 AS z, CASE WHEN i < 4 THEN 'low' ELSE 'high' END AS g, 2 * i + 1 AS twice, 7 AS seven, i % 2 AS o FROM generate_series(1, 8) i;
SELECT term, round(estimate::numeric, 8) AS estimate, note FROM pt_glm('sep', 'y ~ x', 'logistic');
SELECT term, round(estimate::numeric, 6) AS estimate, note FROM pt_glm('sep', 'y ~ g', 'cloglog');
SELECT method, converged, note FROM pt_glm_summary('sep', 'y ~ x', 'logistic', penalty => 'none', max_iterations => 10);
SELECT term, round(estimate::numeric, 6) AS estimate, note FROM pt_glm('sep', 'o ~ x + twice + seven + g');
-- NULLs and weights of 0
CREATE TABLE gaps AS SELECT i::float8 AS x, (i % 3)::float8 AS y, CASE WHEN i > 2 THEN 1.0 ELSE 0 END AS w FROM generate_series(1, 9) i;
INSERT INTO gaps VALUES (NULL, 1, 1), (1, NULL, 1), (1, 1, NULL);
SELECT n, rows, rows_missing, rows_without_weight, df FROM pt_glm_summary('gaps', 'y ~ x', weights => 'w');

-- refusals
SELECT * FROM pt_glm('gaps', 'y ~ x', weights => 'nothing');
SELECT * FROM pt_glm('gaps', 'y ~ no_such');
SELECT * FROM pt_glm('gaps', 'y ~ x; DROP TABLE gaps');
SELECT * FROM pt_glm('gaps', 'y ~ "x FROM gaps; --"');
SELECT * FROM pt_glm('gaps', 'y ~ ctid');
SELECT * FROM pt_glm('sep', 'g ~ x');
SELECT * FROM pt_glm('sep', 'x ~ factor(g, ''middle'')');
SELECT * FROM pt_glm('sep', 'x ~ y', 'probit');
SELECT * FROM pt_glm('sep', 'x ~ y', 'logistic');
SELECT * FROM pt_glm('sep', 'x ~ y', weight_kind => 'any');
SELECT * FROM pt_glm('sep', 'x ~ y', penalty => 'firth');
SELECT * FROM pt_glm('sep', 'x ~ y', confidence => 2);
SELECT * FROM pt_glm('sep', 'x ~ y', exposure => 'x');
SELECT * FROM pt_glm('sep', 'x / twice ~ y');
SELECT * FROM pt_glm('sep', 'seven ~ y');
SELECT * FROM pt_glm('sep', 'twice / x ~ y', 'logistic');
SELECT * FROM pt_glm(NULL, 'x ~ y');
SELECT * FROM pt_glm('sep', NULL);
UPDATE gaps SET w = 0;
SELECT * FROM pt_glm('gaps', 'y ~ x', weights => 'w');
UPDATE gaps SET w = -1;
SELECT * FROM pt_glm('gaps', 'y ~ x', weights => 'w');
UPDATE gaps SET x = 'NaN' WHERE x = 3;
SELECT * FROM pt_glm('gaps', 'y ~ x');
TRUNCATE gaps;
SELECT * FROM pt_glm('gaps', 'y ~ x');
INSERT INTO gaps VALUES (1, 2, 1);
SELECT * FROM pt_glm('gaps', 'y ~ x');
CREATE TABLE wide AS SELECT i, 'v' || i AS v, i % 2 = 0 AS y FROM generate_series(1, 600) i;
SELECT * FROM pt_glm('wide', 'y ~ v', 'logistic');
SET ROLE glm_reader;
SELECT * FROM pt_glm('sep', 'x ~ y');
RESET ROLE;
SELECT count(*) FROM gaps;

DROP TABLE cars, "Odd Rows", grouped, shuffled, big, sep, gaps, wide, fits;
DROP EXTENSION personatwin;
DROP ROLE glm_reader;
