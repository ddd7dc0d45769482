-- Noise and generalisation: of single values, and of whole runs.
CREATE EXTENSION personatwin;
SET client_min_messages = warning;
SET DateStyle = ISO;

-- dates: order kept, mean kept, repeatable
CREATE TABLE visits AS SELECT p AS person, date '2020-01-01' + (p * 37 + v * 11) % 700 AS at FROM generate_series(1, 300) p, generate_series(1, 6) v;
CREATE TABLE moved AS
  SELECT person, u.at, u.moved FROM (SELECT person, array_agg(at ORDER BY at) AS at FROM visits GROUP BY person) p,
         unnest(p.at, pt_jitter(p.at, 20, p.person::text)) AS u(at, moved);
SELECT count(*), bool_and(abs(moved - at) <= 20 * 6) AS bounded, count(*) FILTER (WHERE moved <> at) > 1500 AS they_move,
       abs(avg(moved - at)) <= 4 * sqrt(20 * 21 / 3.0 / count(*)) AS no_drift FROM moved;
SELECT count(*) AS out_of_order FROM moved a JOIN moved b USING (person) WHERE a.at < b.at AND a.moved > b.moved;
SELECT pt_jitter('{2020-05-01}', 20, 'a') = pt_jitter('{2020-05-01}', 20, 'a') AS repeatable,
       (SELECT count(DISTINCT pt_jitter('{2020-05-01}', 20, 'a', s)) FROM generate_series(1, 50) s) > 5 AS seeds_differ,
       pt_jitter('{2020-05-01,NULL,infinity}', 0, 'a') AS as_it_was, pt_jitter('{}', 3, 'a') AS empty;
SELECT pt_jitter('{2020-05-01}', 367, 'a');
SELECT pt_jitter(NULL, 3, 'a');
SELECT pt_jitter('{2020-05-01}', 3, NULL);

-- categories
SELECT count(*) FILTER (WHERE pt_pram('a', '{a,b,c}', '{50,30,20}', 0.4, k::text) = 'a') BETWEEN 1500 AND 1700 AS four_fifths,
       count(*) FILTER (WHERE pt_pram('a', '{a,b,c}', '{50,30,20}', 0, k::text) = 'a') AS without_noise FROM generate_series(1, 2000) k;
SELECT pt_pram(NULL, '{a,b}', '{1,1}', 0.4, 'k') IS NULL AS null_stays;
SELECT pt_pram('z', '{a,b}', '{1,1}', 0.4, 'k');
SELECT pt_pram('a', '{a,b}', '{1}', 0.4, 'k');
SELECT pt_pram('a', '{a,b}', '{1,-1}', 0.4, 'k');
SELECT pt_pram('a', '{a,b}', '{1,1}', 'NaN', 'k');
SELECT pt_pram_correct('{46,34,20}', '{50,30,20}', 0.4);
SELECT pt_pram_correct('{46,34}', '{50,30,20}', 0.4);
SELECT pt_pram_correct('{46,NULL}', '{50,30}', 0.4);
SELECT pt_pram_correct('{46,34}', '{50,30}', 1);
SELECT round(estimate::numeric, 6) AS estimate, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high FROM pt_pram_band(20, 50, 0.3, 0);
SELECT round(estimate::numeric, 6) AS estimate, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high FROM pt_pram_band(20, 50, 0.3, 0.25);
SELECT * FROM pt_pram_band(3, 2, 0.3, 0.1);
SELECT * FROM pt_pram_band(1, 2, 0.3, 0.1, 1);

-- numbers
SELECT bool_and(abs(pt_perturb(100, 0.1, k::text) - 100) <= 10) AS bounded, abs(avg(pt_perturb(100, 0.1, k::text)) - 100) < 0.6 AS no_drift,
       bool_and(pt_perturb(0, 0.5, k::text) = 0) AS zero_stays, bool_and(pt_perturb(99, 0.5, k::text, 0, 100) BETWEEN 98 AND 100) AS within_limits
  FROM generate_series(1, 1000) k;
SELECT pt_perturb('NaN', 0.1, 'a');
SELECT pt_perturb(5, 2, 'a');
SELECT pt_perturb(5, 0.1, 'a', 6, 7);
SELECT pt_perturb(NULL, 0.1, 'a') IS NULL AS null_stays;

-- places
SELECT level, pt_generalize_address('12 Oak St Apt 3, Ames, Story County, IA 50010', level) FROM unnest('{address,street,zip,city,county,state,country}'::text[]) level;
SELECT text, pt_generalize_address(text, 'state') FROM unnest('{"somewhere near the lake","12 Oak St","Ames, IA","1 A St,, IA",""}'::text[]) text;
SELECT pt_generalize_address('Ames, IA', 'house');
CREATE TABLE "Wide ä" ("City" text, county text, state text);
INSERT INTO "Wide ä" VALUES ('Ames', 'Story', 'Iowa'), ('Nevada', 'Story', 'Iowa');
CREATE TABLE tall (value text, level int, generalised text);
INSERT INTO tall VALUES ('Ames', 1, 'Story'), ('Ames', 2, 'Iowa');
SELECT l, pt_generalize('Ames', '"Wide ä"', l), pt_generalize('Ames', 'tall', l), pt_generalize('Paris', 'tall', l) FROM generate_series(0, 2) l;
SELECT pt_generalize('Ames', '"Wide ä"', 3);
SELECT pt_generalize('Ames', 'tall', -1);
SELECT pt_generalize(NULL, 'tall', 1) IS NULL AS null_stays;

-- a run with noise
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(2500);
SELECT target_met, population_average_risk <= 0.02 AS held, noise > 0 AS perturbed FROM pt_frontier('court', '{0.02}', period => 'quarter', jitter => 10, outcome_noise => 0.2) f,
       LATERAL (SELECT avg(noise_level) AS noise FROM pt_create_personas('court', 0.02, period => 'quarter', jitter => 10, outcome_noise => 0.2, detail_noise => 0.2)) p;
SELECT generation_method, count(*) > 0 AS personas FROM pt_create_personas('court', 0.02, dry_run => true, jitter => 10) GROUP BY 1;
SELECT parameters->'jitter' AS jitter, parameters->'outcome_noise' AS outcome_noise, parameters->'detail_noise' AS detail_noise FROM pt_runs();
CREATE SCHEMA safe;
SELECT personas > 0 AS published FROM pt_publish_release('court', 'safe');
SELECT noise_share > 0.5 AS noise_share, synthetic_share, noise->'jitter_days' AS jitter_days, noise->'outcome_noise' AS outcome_noise, noise->'detail_noise' AS detail_noise,
       jsonb_array_length(noise->'outcomes') > 3 AS matrices, how_to_analyse ~ 'pt_pram_correct' AS says_how FROM safe.court_about;

-- marginals of outcomes within sampling error: difference / standard error, by type
WITH s AS (SELECT event_type, outcome, count(*)::float8 AS n FROM court WHERE outcome IS NOT NULL GROUP BY 1, 2),
     r AS (SELECT event_type, outcome, sum(weight)::float8 AS n FROM safe.court_events WHERE outcome IS NOT NULL GROUP BY 1, 2)
SELECT count(*) > 5 AS outcomes, bool_and(abs(coalesce(r.n, 0) - s.n) <= 4 * sqrt(s.n) + 2) AS within_error, sum(r.n) = sum(s.n) AS none_lost FROM s LEFT JOIN r USING (event_type, outcome);

-- totals of numeric details are exact by type, gender and race; zeros stay
CREATE TABLE prison AS SELECT person_id, age, sex, CASE race WHEN 'White' THEN 'White' ELSE 'other' END AS race, event_date, event_type, sentence_months FROM court WHERE sentence_months IS NOT NULL;
SELECT count(*) > 0 AS personas FROM pt_create_personas('prison', 0.2, individual_limit => 0.2, period => 'year', preserve => '{sentence_months}', detail_noise => 0.2);
SELECT personas > 0 AS published FROM pt_publish_release('prison', 'safe');
SELECT count(*) > 3 AS groups, bool_and(s.n = r.n AND s.total = r.total AND s.zeros = r.zeros AND r.most <= s.most) AS kept
  FROM (SELECT event_type, sex, race, count(*) AS n, sum(sentence_months) AS total, count(*) FILTER (WHERE sentence_months = 0) AS zeros, max(sentence_months) AS most FROM prison GROUP BY 1, 2, 3) s
  LEFT JOIN (SELECT e.event_type, p.gender AS sex, p.ethnicity AS race, sum(weight) AS n, sum(e.sentence_months * weight) AS total, coalesce(sum(weight) FILTER (WHERE e.sentence_months = 0), 0) AS zeros,
               max(sentence_months) AS most FROM safe.prison_events e JOIN safe.prison_personas p USING (persona_id) GROUP BY 1, 2, 3) r USING (event_type, sex, race);
SELECT count(*) > 20 AS numbers_differ FROM (SELECT sentence_months, count(*) AS n FROM prison GROUP BY 1) s FULL JOIN (SELECT sentence_months, sum(weight) AS n FROM safe.prison_events GROUP BY 1) r USING (sentence_months)
 WHERE s.n IS DISTINCT FROM r.n;

-- addresses: never with a house number, and withheld where they can't be parsed
CREATE TABLE stops AS SELECT person_id, age, sex, race, event_date, event_type, CASE WHEN person_id % 50 = 0 THEN 'behind the mill'
    ELSE (person_id % 900)::text || ' ' || (ARRAY['Oak', 'Elm'])[1 + person_id % 2] || ' St, Ames, IA' END AS location FROM court;
SELECT pt_set_role('stops', 'location', 'location');
SELECT count(*) > 0 AS personas FROM pt_create_personas('stops', 0.05, preserve => '{location}');
SELECT personas > 0 AS published FROM pt_publish_release('stops', 'safe');
SELECT location, sum(weight) > 500 AS many FROM safe.stops_events GROUP BY 1 ORDER BY 1;

-- many outcomes of one type: the reckoning grows with their number, not with its sixth power
CREATE TABLE codes AS SELECT p AS person_id, 20 + p % 40 AS age, (ARRAY['M', 'F'])[1 + p % 2] AS sex, date '2020-01-01' + (p * 37 + e * 11) % 360 AS event_date, 'visit' AS event_type, 'code ' || (p * 31 + e * 7919) % 40 AS outcome
  FROM generate_series(1, 400) p, generate_series(1, 8) e;
SET statement_timeout = '60s';
SELECT count(*) > 0 AS personas FROM pt_create_personas('codes', 0.2, individual_limit => 0.5, period => 'year', outcome_noise => 0.2, dry_run => true);
RESET statement_timeout;

-- errors
SELECT count(*) FROM pt_create_personas('court', jitter => 400);
SELECT count(*) FROM pt_create_personas('court', jitter => -1);
SELECT count(*) FROM pt_create_personas('court', outcome_noise => 0.95);
SELECT count(*) FROM pt_create_personas('court', detail_noise => 'NaN');
SELECT pt_drop_release('court'), pt_drop_release('stops'), pt_drop_release('prison');
DROP SCHEMA safe;
DROP EXTENSION personatwin CASCADE;
DROP TABLE court, stops, prison, codes, visits, moved, tall, "Wide ä";
