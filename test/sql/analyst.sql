-- The recipes of doc/analyst.md, word for word (test/tools/checks.sh compares), run by a reader who has the release only; then the source says the same.
SET client_min_messages = warning;
SET extra_float_digits = 0;
CREATE EXTENSION personatwin;
CREATE ROLE recipe_reader;
CREATE SCHEMA safe;
CREATE TABLE court_events AS SELECT person_id, age, sex, race, event_id, event_date, event_type, outcome FROM pt_sample_court_events(4000, 5);
SELECT count(*) > 20 AS personas FROM pt_create_personas('court_events', 0.04);
SELECT release FROM pt_publish_release('court_events', 'safe', reader => 'recipe_reader');
-- rows as in doc/analyst.md, Survival
CREATE TABLE my_intervals AS SELECT arm, i AS "interval", 100 - 12 * i - 3 * arm AS n_at_risk, CASE WHEN i = 4 THEN 0 ELSE 6 + i % 3 * arm END AS n_event, 3 AS n_censored FROM generate_series(0, 1) arm, generate_series(1, 5) i;
CREATE VIEW my_intervals_with_events AS SELECT *, n_at_risk - n_censored / 2.0 AS exposed FROM my_intervals WHERE "interval" IN (SELECT "interval" FROM my_intervals GROUP BY "interval" HAVING sum(n_event) > 0);
GRANT SELECT ON my_intervals, my_intervals_with_events TO recipe_reader;
SET ROLE recipe_reader;
-- The figures depend on how people are dealt to personas, hence on the secret of the installation: they are not printed.
\o /dev/null
CREATE TEMP VIEW event_rows AS
  SELECT p.gender, p.ethnicity, p.age_mean, p.merged_from, p.class_id, e.*
    FROM safe.court_events_events e JOIN safe.court_events_personas p USING (persona_id);

SELECT ethnicity, (pt_rate(outcome = 'convicted', weight)).*
  FROM event_rows WHERE event_type = 'charge' AND outcome IS NOT NULL GROUP BY ethnicity ORDER BY ethnicity;

SELECT (pt_compare(outcome = 'convicted', ethnicity = 'Black', weight)).*
  FROM event_rows WHERE event_type = 'charge' AND outcome IS NOT NULL AND ethnicity IN ('Black', 'White');

SELECT (pt_chi_square(array_agg(ARRAY[convicted, other] ORDER BY ethnicity))).*
  FROM (SELECT ethnicity, coalesce(sum(weight) FILTER (WHERE outcome = 'convicted'), 0)::float8 AS convicted,
               coalesce(sum(weight) FILTER (WHERE outcome <> 'convicted'), 0)::float8 AS other
          FROM event_rows WHERE event_type = 'charge' AND outcome IS NOT NULL GROUP BY ethnicity) t;

SELECT (pt_mantel_haenszel(a, b, c, d)).*
  FROM (SELECT gender, coalesce(sum(weight) FILTER (WHERE ethnicity = 'Black' AND outcome = 'convicted'), 0)::float8 AS a,
               coalesce(sum(weight) FILTER (WHERE ethnicity = 'Black' AND outcome <> 'convicted'), 0)::float8 AS b,
               coalesce(sum(weight) FILTER (WHERE ethnicity = 'White' AND outcome = 'convicted'), 0)::float8 AS c,
               coalesce(sum(weight) FILTER (WHERE ethnicity = 'White' AND outcome <> 'convicted'), 0)::float8 AS d
          FROM event_rows WHERE event_type = 'charge' GROUP BY gender) t;

CREATE TEMP VIEW charges AS
  SELECT outcome = 'convicted' AS convicted, ethnicity, gender, age_mean, weight, persona_id
    FROM event_rows WHERE event_type = 'charge' AND outcome IS NOT NULL;
SELECT term, estimate, std_error, low, high
  FROM pt_glm('charges', 'convicted ~ factor(ethnicity, ''White'') + factor(gender, ''Male'') + age_mean', 'logistic',
              weights => 'weight', cluster => 'persona_id');

CREATE TEMP VIEW arrests AS
  SELECT p.persona_id, p.ethnicity, p.gender, p.merged_from, coalesce(sum(e.weight), 0) AS n
    FROM safe.court_events_personas p LEFT JOIN safe.court_events_events e ON e.persona_id = p.persona_id AND e.event_type = 'arrest'
   GROUP BY 1, 2, 3, 4;
SELECT ethnicity, (pt_rate_ci(sum(n)::float8, sum(merged_from)::float8, method => 'poisson')).*
  FROM arrests GROUP BY ethnicity ORDER BY ethnicity;
SELECT term, estimate, std_error FROM pt_glm('arrests', 'n ~ factor(ethnicity, ''White'')', 'poisson', exposure => 'merged_from');

SELECT ethnicity, sum(merged_from * (recidivism_indicators->>'share')::float8) / sum(merged_from) AS share
  FROM safe.court_events_personas WHERE recidivism_indicators->>'share' IS NOT NULL GROUP BY ethnicity ORDER BY ethnicity;

SELECT ethnicity, (pt_average(age_mean, merged_from)).n, (pt_average(age_mean, merged_from)).estimate
  FROM safe.court_events_personas GROUP BY ethnicity ORDER BY ethnicity;

CREATE TEMP VIEW people_with AS
  SELECT ethnicity, event_type, sum(n) AS n, sum(n_people) AS n_people FROM safe.court_events_groups WHERE measure = 'any' GROUP BY 1, 2;
SELECT ethnicity, (pt_rate_ci(n::float8, n_people::float8)).* FROM people_with WHERE event_type = 'sentencing' ORDER BY ethnicity;

SELECT ethnicity, outcome, sum(n) AS n, sum(n)::float8 / sum(n_people) AS rate
  FROM safe.court_events_groups WHERE event_type = 'charge' AND measure = 'first outcome' GROUP BY 1, 2 ORDER BY 1, 2;

CREATE TEMP VIEW closed_intervals AS SELECT * FROM safe.court_events_intervals WHERE NOT upper_inf(periods);
SELECT * FROM pt_life_table('closed_intervals', 'ethnicity');
SELECT * FROM pt_log_rank('closed_intervals', 'ethnicity');

CREATE TEMP VIEW person_intervals AS
  SELECT ethnicity, gender, "interval", sum(n_event) AS n_event, sum(n_at_risk - n_censored / 2.0) AS exposed
    FROM closed_intervals GROUP BY 1, 2, 3 HAVING sum(n_at_risk - n_censored / 2.0) > 0;
SELECT term, estimate, std_error, exp(estimate) AS hazard_ratio
  FROM pt_glm('person_intervals', 'n_event / exposed ~ factor("interval") + factor(ethnicity, ''White'') + factor(gender, ''Male'')', 'cloglog')
 WHERE term LIKE 'ethnicity%' OR term LIKE 'gender%';

SELECT * FROM pt_life_table('my_intervals', 'arm', actuarial => false);
SELECT * FROM pt_log_rank('my_intervals', 'arm', actuarial => false);
SELECT term, estimate, std_error FROM pt_glm('my_intervals_with_events', 'n_event / exposed ~ arm + factor("interval")', 'cloglog') WHERE term LIKE 'arm%';

SELECT pt_power_two_proportions(0.45, 0.35, 300, 300);

\o
-- what the recipes say, and what the source says
SELECT count(*) > 4 AS coefficients, bool_and(std_error > 0 AND low < estimate AND high > estimate) AS with_intervals
  FROM pt_glm('charges', 'convicted ~ factor(ethnicity, ''White'') + factor(gender, ''Male'')', 'logistic', weights => 'weight', cluster => 'persona_id');
RESET ROLE;
SELECT count(*), bool_and(r.n = s.n AND abs(r.estimate - s.estimate) < 1e-12 AND abs(r.low - s.low) < 1e-12) AS rates_same
  FROM (SELECT ethnicity, (pt_rate(outcome = 'convicted', weight)).* FROM pg_temp.event_rows WHERE event_type = 'charge' AND outcome IS NOT NULL GROUP BY 1) r
  JOIN (SELECT race AS ethnicity, (pt_rate(outcome = 'convicted')).* FROM court_events WHERE event_type = 'charge' AND outcome IS NOT NULL GROUP BY 1) s USING (ethnicity) WHERE ethnicity IN ('White', 'Black');
SELECT (SELECT pt_compare(outcome = 'convicted', ethnicity = 'Black', weight) FROM pg_temp.event_rows WHERE event_type = 'charge' AND outcome IS NOT NULL AND ethnicity IN ('Black', 'White'))::text
     = (SELECT pt_compare(outcome = 'convicted', race = 'Black') FROM court_events WHERE event_type = 'charge' AND outcome IS NOT NULL AND race IN ('Black', 'White'))::text AS comparison_same;
WITH s AS (SELECT sex, count(*) FILTER (WHERE race = 'Black' AND outcome = 'convicted') AS a, count(*) FILTER (WHERE race = 'Black' AND outcome <> 'convicted') AS b, count(*) FILTER (WHERE race = 'White' AND outcome = 'convicted') AS c,
                  count(*) FILTER (WHERE race = 'White' AND outcome <> 'convicted') AS d FROM court_events WHERE event_type = 'charge' GROUP BY sex),
     r AS (SELECT gender, coalesce(sum(weight) FILTER (WHERE ethnicity = 'Black' AND outcome = 'convicted'), 0) AS a, coalesce(sum(weight) FILTER (WHERE ethnicity = 'Black' AND outcome <> 'convicted'), 0) AS b,
                  coalesce(sum(weight) FILTER (WHERE ethnicity = 'White' AND outcome = 'convicted'), 0) AS c, coalesce(sum(weight) FILTER (WHERE ethnicity = 'White' AND outcome <> 'convicted'), 0) AS d FROM pg_temp.event_rows WHERE event_type = 'charge' GROUP BY gender)
SELECT abs((SELECT (pt_mantel_haenszel(a, b, c, d)).odds_ratio FROM s) / (SELECT (pt_mantel_haenszel(a, b, c, d)).odds_ratio FROM r) - 1) < 1e-9 AS adjusted_same;
CREATE TEMP VIEW source_charges AS SELECT outcome = 'convicted' AS convicted, race AS ethnicity, sex AS gender, age::float8 AS age_mean, person_id FROM court_events WHERE event_type = 'charge' AND outcome IS NOT NULL;
SELECT r.term, abs(r.estimate - s.estimate) < 0.5 * s.std_error AS near, pt_interval_overlap(s.low, s.high, r.low, r.high) > .7 AS overlap, (r.p_value < .05) = (s.p_value < .05) AS same_significance
  FROM pt_glm('pg_temp.charges', 'convicted ~ factor(ethnicity, ''White'') + factor(gender, ''Male'') + age_mean', 'logistic', weights => 'weight', cluster => 'persona_id') r
  JOIN pt_glm('pg_temp.source_charges', 'convicted ~ factor(ethnicity, ''White'') + factor(gender, ''Male'') + age_mean', 'logistic', cluster => 'person_id') s USING (term) WHERE term IN ('ethnicity=Black', 'gender=Female') ORDER BY term;
SELECT bool_and(abs(r.rate - s.rate) < 1e-12) AS arrests_same
  FROM (SELECT ethnicity, sum(n)::float8 / sum(merged_from) AS rate FROM pg_temp.arrests GROUP BY 1) r
  JOIN (SELECT race AS ethnicity, count(*) FILTER (WHERE event_type = 'arrest')::float8 / count(DISTINCT person_id) AS rate FROM court_events GROUP BY 1) s USING (ethnicity) WHERE ethnicity IN ('White', 'Black');
SELECT bool_and(abs(r.m - s.m) < 1e-9) AS mean_age_same
  FROM (SELECT ethnicity, (pt_average(age_mean, merged_from)).estimate AS m FROM safe.court_events_personas GROUP BY 1) r
  JOIN (SELECT race AS ethnicity, avg(age)::float8 AS m FROM (SELECT DISTINCT person_id, race, age FROM court_events) p GROUP BY 1) s USING (ethnicity) WHERE ethnicity IN ('White', 'Black');
-- people with an event of a type: those of the source, where all of a group are shown
SELECT count(*) > 4 AS groups, bool_and(p.n = s.n AND p.n_people = s.n_people) AS people_same
  FROM (SELECT ethnicity, event_type, sum(n) AS n, sum(n_people) AS n_people FROM safe.court_events_groups WHERE measure = 'any' GROUP BY 1, 2) p
  JOIN (SELECT p.race AS ethnicity, t.event_type, count(*) FILTER (WHERE EXISTS (SELECT FROM court_events c WHERE c.person_id = p.person_id AND c.event_type = t.event_type)) AS n, count(*) AS n_people
          FROM (SELECT DISTINCT person_id, race FROM court_events) p, (SELECT DISTINCT event_type FROM court_events) t WHERE p.race IN ('White', 'Black') GROUP BY 1, 2) s USING (ethnicity, event_type)
 WHERE p.n_people = (SELECT sum(merged_from) FROM safe.court_events_personas WHERE ethnicity = p.ethnicity) AND s.n_people = p.n_people;
-- survival: the life table of all shown people, and hazard ratios as in the source by people (Cox's model has the same within its error)
SELECT count(*) > 2 AS intervals, bool_and(survival BETWEEN 0 AND 1 AND low <= survival AND high >= survival) AS inside FROM pt_life_table('pg_temp.closed_intervals');
SELECT p_value IS NOT NULL AS compared, groups > 1 AS groups FROM pt_log_rank('pg_temp.closed_intervals', 'ethnicity');
-- reoffence is planted .10 lower for women and the same for every race
SELECT term, estimate < 0 AS fewer, estimate + 3 * std_error > -0.7 AS not_too_few FROM pt_glm('pg_temp.person_intervals', 'n_event / exposed ~ factor("interval") + factor(ethnicity, ''White'') + factor(gender, ''Male'')', 'cloglog') WHERE term = 'gender=Female';
SELECT term, abs(estimate) < 4 * std_error AS none FROM pt_glm('pg_temp.person_intervals', 'n_event / exposed ~ factor("interval") + factor(ethnicity, ''White'') + factor(gender, ''Male'')', 'cloglog') WHERE term = 'ethnicity=Black';
SET client_min_messages = error;
DROP VIEW pg_temp.people_with, pg_temp.closed_intervals, pg_temp.person_intervals CASCADE;
DROP VIEW pg_temp.event_rows, pg_temp.charges, pg_temp.arrests, pg_temp.source_charges CASCADE;
SELECT pt_drop_release('court_events');
DO $$ DECLARE r bigint; BEGIN FOR r IN SELECT run_id FROM pt_runs() LOOP PERFORM pt_drop_run(r); END LOOP; END $$;
-- outcome noise, with outcomes kept: a new installation, since the same people can't be published twice
DROP EXTENSION personatwin;
CREATE EXTENSION personatwin;
SELECT count(*) > 20 AS personas FROM pt_create_personas('court_events', 0.05, outcome_noise => 0.4, preserve => '{outcome}', period => 'year');
SELECT release FROM pt_publish_release('court_events', 'safe');
\o /dev/null
WITH mechanism AS (
  SELECT (noise->>'outcome_noise')::float8 AS p, o->>'event_type' AS event_type, k.outcome, k.share::float8
    FROM safe.court_events_about, jsonb_array_elements(noise->'outcomes') o, jsonb_each_text(o->'shares') AS k(outcome, share)),
counts AS (
  SELECT p.ethnicity, e.event_type, e.outcome, sum(e.weight)::int8 AS n,
         sum(sum(e.weight)) OVER (PARTITION BY p.ethnicity, e.event_type)::int8 AS total
    FROM safe.court_events_personas p JOIN safe.court_events_events e USING (persona_id)
   WHERE e.outcome IS NOT NULL GROUP BY 1, 2, 3)
SELECT c.ethnicity, c.event_type, c.outcome, b.*
  FROM counts c JOIN mechanism m USING (event_type, outcome),
       LATERAL pt_pram_band(c.n, c.total, m.share, m.p) b;
\o
CREATE TEMP TABLE corrected AS
WITH mechanism AS (
  SELECT (noise->>'outcome_noise')::float8 AS p, o->>'event_type' AS event_type, k.outcome, k.share::float8
    FROM safe.court_events_about, jsonb_array_elements(noise->'outcomes') o, jsonb_each_text(o->'shares') AS k(outcome, share)),
counts AS (
  SELECT p.ethnicity, e.event_type, e.outcome, sum(e.weight)::int8 AS n,
         sum(sum(e.weight)) OVER (PARTITION BY p.ethnicity, e.event_type)::int8 AS total
    FROM safe.court_events_personas p JOIN safe.court_events_events e USING (persona_id)
   WHERE e.outcome IS NOT NULL GROUP BY 1, 2, 3)
SELECT c.ethnicity, c.event_type, c.outcome, b.*
  FROM counts c JOIN mechanism m USING (event_type, outcome),
       LATERAL pt_pram_band(c.n, c.total, m.share, m.p) b;
-- shares of the source; corrected ones hold them in their intervals, published ones do not where groups differ
WITH s AS (SELECT race AS ethnicity, event_type, outcome, count(*)::float8 / sum(count(*)) OVER (PARTITION BY race, event_type) AS truth, sum(count(*)) OVER (PARTITION BY race, event_type) AS total FROM court_events WHERE outcome IS NOT NULL GROUP BY 1, 2, 3),
     r AS (SELECT p.ethnicity, e.event_type, e.outcome, sum(e.weight)::float8 / sum(sum(e.weight)) OVER (PARTITION BY p.ethnicity, e.event_type) AS published FROM safe.court_events_personas p JOIN safe.court_events_events e USING (persona_id) WHERE e.outcome IS NOT NULL GROUP BY 1, 2, 3)
SELECT count(*) > 15 AS shares, avg((truth BETWEEN c.low AND c.high)::int) > 0.85 AS covered, sqrt(avg((c.estimate - truth) ^ 2)) < 0.05 AS near FROM corrected c JOIN s USING (ethnicity, event_type, outcome) JOIN r USING (ethnicity, event_type, outcome) WHERE ethnicity IN ('White', 'Black', 'Hispanic') AND total > 50;
WITH d AS (SELECT c.ethnicity, c.estimate, s.truth, s.published FROM corrected c JOIN (
    SELECT x.ethnicity, x.truth, y.published FROM (SELECT race AS ethnicity, avg((outcome = 'granted')::int)::float8 AS truth FROM court_events WHERE event_type = 'bail_hearing' AND outcome IS NOT NULL GROUP BY 1) x
    JOIN (SELECT p.ethnicity, sum(e.weight) FILTER (WHERE e.outcome = 'granted') / sum(e.weight)::float8 AS published FROM safe.court_events_personas p JOIN safe.court_events_events e USING (persona_id) WHERE e.event_type = 'bail_hearing' AND e.outcome IS NOT NULL GROUP BY 1) y USING (ethnicity)) s
  USING (ethnicity) WHERE event_type = 'bail_hearing' AND outcome = 'granted' AND ethnicity IN ('White', 'Black'))
SELECT count(*) = 2 AS both, abs((max(estimate) - min(estimate)) - (max(truth) - min(truth))) < 0.12 AS difference_recovered FROM d;
SELECT pt_drop_release('court_events');
DO $$ DECLARE r bigint; BEGIN FOR r IN SELECT run_id FROM pt_runs() LOOP PERFORM pt_drop_run(r); END LOOP; END $$;
DROP TABLE court_events, my_intervals CASCADE;
DROP SCHEMA safe;
DROP EXTENSION personatwin;
DROP ROLE recipe_reader;
