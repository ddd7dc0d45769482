-- pt_attack against a release, the same in independent SQL, a claim made false on purpose, and pt_attack_pair. Figures of a release depend on the
-- secret of the installation, so they are compared and not printed.
\getenv here PG_ABS_SRCDIR
\set attack :here '/tools/attack.sql'
\set ECHO none
\i :attack
\set ECHO all
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
CREATE TABLE "court Events" AS SELECT * FROM pt_sample_court_events(3000);
SELECT count(*) FROM pt_create_personas('"court Events"', 0.02) HAVING count(*) = 0;
SELECT target_risk = 0.02 AS target FROM pt_publish_release('"court Events"', 'attacked', name => 'court'), pt_population_risk('"court Events"');

-- every attack, honest denominators, nothing above its claim
CREATE TEMP TABLE found AS SELECT * FROM pt_attack('"court Events"', attempts => 400);
SELECT attack, attempts > 0 AS tried, successes <= attempts AS counted, round(rate * attempts) = successes AS rate, rate BETWEEN low AND high AS inside,
       persona_hit_rate >= rate AS hits, control_rate < 0.5 AS control, within_claim
  FROM found WHERE attack !~ '^inference' ORDER BY attack;
SELECT attack ~ '^inference: ' AS without_period, bool_and(rate - control_rate > -5 * sqrt((rate * (1 - rate) + control_rate * (1 - control_rate)) / attempts)) AS own_events_help, bool_and(persona_hit_rate IS NULL) AS no_hits
  FROM found WHERE attack ~ '^inference' GROUP BY 1 ORDER BY 1;
SELECT attack, abs(exact_mean / claimed_risk - 1) < 1e-9 AS mean_as_claimed, abs(exact_maximum / claimed_maximum - 1) < 1e-9 AS maximum_as_claimed
  FROM found WHERE exact_mean IS NOT NULL ORDER BY attack;
SELECT max(exact_mean) = (SELECT population_average_risk FROM attacked.court_about) OR abs(max(exact_mean) / (SELECT population_average_risk FROM attacked.court_about) - 1) < 1e-9 AS headline
  FROM found WHERE attack = 'demographics+events';

-- the independent SQL finds the same from source and views alone
SELECT pg_temp.run_attack('SELECT DISTINCT ON (person_id) person_id AS person, age, sex AS gender, race AS ethnicity, county AS geography, income_band FROM "court Events" ORDER BY person_id, age DESC',
  'SELECT person_id AS person, event_date AS at, * FROM "court Events"', 'attacked.court');
SELECT f.attack, abs(r.average - f.exact_mean) < 1e-9 AS same_mean, abs(r.maximum - f.exact_maximum) < 1e-9 AS same_maximum, r.unmatched
  FROM found f JOIN attack_result r ON r.attacker = f.attack ORDER BY 1;

-- the same seed, the same result; another one, another
SELECT count(*) AS differ FROM (SELECT * FROM pt_attack('"court Events"', attempts => 400) EXCEPT SELECT * FROM found) x;
SELECT count(*) > 0 AS differ FROM (SELECT * FROM pt_attack('"court Events"', attempts => 400, seed => 2) EXCEPT SELECT * FROM found) x;
SELECT string_agg(attack, ' ' ORDER BY attack) FROM pt_attack('"court Events"', 'event-matching', 1);
SELECT attack, attempts FROM pt_attack('"court Events"', 'demographics+1', 7, schema => 'attacked', name => 'court');
SELECT count(*) FROM pt_attack('"court Events"', 'singling-out', 10);

SELECT count(*) > 0 AS inferred FROM pt_attack('"court Events"', 'inference+period', 10) WHERE attack ~ '^inference.period: ';

-- A claim that is half the truth is caught, in the view alone, by enumeration and, with enough tries, by trying.
CREATE FUNCTION halve_claim() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t regclass;
BEGIN
  SELECT format('personatwin.release_%s_v%s_about', release_id, version)::regclass INTO t
    FROM personatwin.release JOIN personatwin.release_version USING (release_id) WHERE schema_name = 'attacked' AND in_service;
  EXECUTE format('UPDATE %s SET population_average_risk = population_average_risk / 2, risks = (SELECT jsonb_object_agg(key, CASE WHEN key ~ ''_average$'' THEN to_jsonb(value::float8 / 2) ELSE value END)
                  FROM jsonb_each(risks) WHERE jsonb_typeof(value) = ''number'')', t);
END $$;
SELECT halve_claim();
SELECT attack, within_claim, low > claimed_risk AS tried_above_claim, abs(exact_mean / claimed_risk - 2) < 1e-9 AS twice FROM pt_attack('"court Events"', 'event-matching', 200000) ORDER BY attack;

-- refused
\set VERBOSITY default
SELECT * FROM pt_attack('"court Events"', 'membership');
SELECT * FROM pt_attack('"court Events"', 'guessing');
SELECT * FROM pt_attack('"court Events"', attempts => 0);
SELECT * FROM pt_attack('"court Events"', attempts => -5);
SELECT * FROM pt_attack('"court Events"', attempts => 10000001);
SELECT * FROM pt_attack('"court Events"', confidence => 1);
SELECT * FROM pt_attack('"court Events"', confidence => 'NaN');
SELECT * FROM pt_attack('"court Events"', NULL);
SELECT * FROM pt_attack('"court Events"', seed => NULL);
SELECT * FROM pt_attack(NULL);
SELECT * FROM pt_attack(999999::oid);
SELECT * FROM pt_attack('"court Events"', name => 'elsewhere');
CREATE TABLE unpublished AS SELECT * FROM pt_sample_court_events(50);
SELECT * FROM pt_attack('unpublished');
SELECT release IS NOT NULL AS again FROM pt_publish_release('"court Events"', 'attacked', name => 'other court');
SELECT * FROM pt_attack('"court Events"');
SELECT attack FROM pt_attack('"court Events"', 'demographics', 1, name => 'other court');
CREATE ROLE attack_nobody;
GRANT EXECUTE ON FUNCTION pt_attack TO attack_nobody;
GRANT EXECUTE ON FUNCTION pt_attack_pair TO attack_nobody;
SET ROLE attack_nobody;
SELECT * FROM pt_attack('"court Events"');
SELECT * FROM pt_attack_pair('"court Events"', '"court Events"', columns => '{age}');
RESET ROLE;
SELECT pt_drop_release('"court Events"', 'attacked', 'other court');
UPDATE "court Events" SET outcome = 'convicted' WHERE event_date = (SELECT min(event_date) FROM "court Events");
SELECT * FROM pt_attack('"court Events"');
DELETE FROM "court Events" WHERE person_id = (SELECT min(person_id) FROM "court Events");
SELECT attack, attempts FROM pt_attack('"court Events"', 'demographics', 10, allow_changed => true);
-- who is left may be at higher risk on average than all: no contradiction of the claim, which is about all
DELETE FROM "court Events" WHERE person_id NOT IN (SELECT person_id FROM "court Events" GROUP BY 1 ORDER BY count(*) DESC LIMIT 200);
SELECT attack, within_claim, note ~ 'released people are not in the source any more' AS said FROM pt_attack('"court Events"', 'demographics+events', 10, allow_changed => true);
SELECT pt_drop_release('"court Events"');
SELECT * FROM pt_attack('"court Events"');

-- A release that was refreshed, in which some people's newest events wait: nothing is above the claims of the new version, and what is enumerated of people who
-- wait for nothing is what is claimed. Read-only transactions can attack, too.
CREATE TABLE pool AS SELECT person_id - 999999999999 AS person_id, age, sex, event_date, event_type, outcome FROM pt_sample_court_events(2000, 3);
CREATE TABLE refreshed AS SELECT * FROM pool WHERE person_id <= 1500;
SELECT count(*) > 0 AS made FROM pt_create_personas('refreshed', 0.03, as_of => '2024-01-01');
SELECT release IS NOT NULL AS published FROM pt_publish_release('refreshed', 'attacked', name => 'again');
INSERT INTO refreshed SELECT * FROM pool WHERE person_id > 1500;
INSERT INTO refreshed SELECT DISTINCT ON (person_id) person_id, age, sex, event_date + 31, 'arrest', NULL FROM refreshed WHERE person_id % 40 = 0 ORDER BY person_id, event_date;
DELETE FROM refreshed WHERE person_id = 77;
SELECT changed, version FROM pt_refresh_release('refreshed');
SELECT attack, within_claim, exact_mean <= claimed_risk * (1 + 1e-9) AS mean, exact_maximum <= claimed_maximum * (1 + 1e-9) AS maximum
  FROM pt_attack('refreshed', 'event-matching', 500) ORDER BY attack;
SELECT attack, abs(exact_mean / claimed_risk - 1) < 1e-9 AS as_claimed FROM pt_attack('refreshed', 'demographics', 1);
BEGIN READ ONLY;
SELECT attack, within_claim FROM pt_attack('refreshed', 'event-matching', 10) ORDER BY attack;
SELECT count(*) > 5 AS all_attacks FROM pt_attack('refreshed', attempts => 10);
COMMIT;
SELECT pt_drop_release('refreshed');
-- A perturbed release: attackers know the noise. Who is told it finds what is claimed, to the last digit; who must reckon with it stays below, and is above half of it. By trying
-- it comes out the same (rejection sampling, without the formula).
SELECT count(*) > 0 AS made FROM pt_create_personas('refreshed', 0.03, period => 'month', jitter => 10, outcome_noise => 0.3);
SELECT release IS NOT NULL AS published FROM pt_publish_release('refreshed', 'attacked', name => 'noisy');
SELECT attack, attempts, within_claim, abs(exact_mean / claimed_risk - 1) < 1e-9 AS as_claimed, abs(exact_maximum / claimed_maximum - 1) < 1e-9 AS maximum_as_claimed,
       exact_mean > claimed_risk * 0.6 AND exact_mean < claimed_risk * (1 + 1e-9) AS near, exact_maximum <= claimed_maximum * (1 + 1e-9) AS maximum,
       exact_mean BETWEEN low AND high AS as_tried, regexp_replace(note, '; naming.*', '') AS note FROM pt_attack('refreshed', 'event-matching', 20000, confidence => 0.9999) ORDER BY attack;
SELECT count(*) AS differ FROM (SELECT * FROM pt_attack('refreshed', 'demographics+events', 300) EXCEPT SELECT * FROM pt_attack('refreshed', 'demographics+events', 300)) x;
SELECT DISTINCT note ~ 'perturbed, or changed since' AS others_trust_what_is_published FROM pt_attack('refreshed', 'linkability', 100);
-- and half of the claim is caught
SELECT halve_claim();
SELECT attack, within_claim, low > claimed_risk AS tried_above_claim FROM pt_attack('refreshed', 'event-matching', 50000) ORDER BY attack;
SELECT pt_drop_release('refreshed');
-- Numbers among the details, perturbed too: this attacker is told them.
CREATE TABLE sentences AS SELECT * FROM pt_sample_court_events(2000, 5);
SELECT count(*) > 0 AS made FROM pt_create_personas('sentences', 0.05, jitter => 20, outcome_noise => 0.2, detail_noise => 0.2, preserve => '{sentence_months}');
SELECT release IS NOT NULL AS published FROM pt_publish_release('sentences', 'attacked');
SELECT attack, within_claim, exact_mean > claimed_risk * 0.6 AND exact_mean < claimed_risk * (1 + 1e-9) AS near, regexp_replace(note, '; naming.*', '') AS note FROM pt_attack('sentences', 'event-matching', 100) ORDER BY attack;
SELECT pt_drop_release('sentences');
DROP TABLE pool, refreshed, sentences;

-- ------------------------------------------------------------------------------------------------
-- pairs of tables
CREATE TABLE everybody AS SELECT i, ((b * 7919) % 83)::int AS age, 'v' || (b * 104729) % 13 AS job, date '2000-01-01' + ((b * 31337) % 4000)::int AS born,
       ((b * 7919) % 83) * 1000.5 + (b * 15485863) % 500 AS income FROM (SELECT i::int, i::int8 AS b FROM generate_series(1, 1200) i) x;
CREATE TABLE original AS SELECT age, job, born, income FROM everybody WHERE i % 2 = 0 ORDER BY i;
CREATE TABLE control AS SELECT age, job, born, income FROM everybody WHERE i % 2 = 1 ORDER BY i;
CREATE TABLE unrelated AS SELECT (random_ * 83)::int AS age, 'v' || i % 13 AS job, date '2000-01-01' + ((i * 4001) % 4000)::int AS born, (i % 97) * 1000.0 AS income
  FROM (SELECT i, ((i * 48271) % 2147483647)::float8 / 2147483647 AS random_ FROM generate_series(1::bigint, 600) i) x;
-- the original released as it is: everything is given away
SELECT attack, attempts, successes, round(control_rate::numeric, 3) AS control, round(residual_risk::numeric, 3) AS residual, round(baseline_rate::numeric, 3) AS baseline, within_claim, note
  FROM pt_attack_pair('original', 'original', control => 'control', attempts => 300, secret => 'job', claimed_risk => 0.05);
-- a table that has nothing to do with it: nothing is
SELECT attack, attempts, successes, round(control_rate::numeric, 3) AS control, round(residual_risk::numeric, 3) AS residual, within_claim, note
  FROM pt_attack_pair('original', 'unrelated', control => 'control', attempts => 300, secret => 'job', claimed_risk => 0.05);
-- without a control group; ranges count as their middle; columns that only one table has are not compared
CREATE VIEW banded AS SELECT int4range(age / 10 * 10, age / 10 * 10 + 10) AS age, job, born, income, 'x' AS further FROM original;
RESET client_min_messages;
SELECT attack, attempts, successes, residual_risk, within_claim FROM pt_attack_pair('original', 'banded', attempts => 100, claimed_risk => 1);
SELECT attack, successes FROM pt_attack_pair('original', 'banded', 'inference', attempts => 100, secret => 'income', tolerance => 0.5);
SELECT attack, attempts FROM pt_attack_pair('original', 'original', 'linkability', attempts => 100, left_columns => '{job,income}', neighbors => 5);
-- NULL, NaN and infinity are missing; -0 is 0
CREATE TABLE odd AS SELECT * FROM (VALUES (1, 'NaN'::float8, NULL), (2, 'infinity', 'a'), (3, '-0', 'a'), (4, 0, 'b'), (NULL, NULL, NULL)) v(a, x, t);
SELECT attack, attempts, successes FROM pt_attack_pair('odd', 'odd', 'singling-out-univariate');
SELECT attack, attempts, successes FROM pt_attack_pair('odd', 'odd', 'inference', secret => 't');

-- refused
CREATE TABLE nobody (age int, job text, born date, income numeric);
CREATE TABLE strangers (name text);
CREATE TABLE retyped AS SELECT age::text AS age, job FROM original;
SELECT * FROM pt_attack_pair('original', 'nobody');
SELECT * FROM pt_attack_pair('original', 'original', control => 'nobody');
SELECT * FROM pt_attack_pair('original', 'strangers');
SELECT * FROM pt_attack_pair('original', 'retyped');
SELECT * FROM pt_attack_pair('original', 'retyped', columns => '{job,born}');
SELECT * FROM pt_attack_pair('original', 'original', columns => '{job,job}');
SELECT * FROM pt_attack_pair('original', 'original', columns => '{job,NULL}');
SELECT * FROM pt_attack_pair('original', 'original', columns => '{}');
SELECT * FROM pt_attack_pair('original', 'original', 'inference');
SELECT * FROM pt_attack_pair('original', 'original', 'inference', secret => 'wage');
SELECT * FROM pt_attack_pair('original', 'original', 'inference', secret => 'job', columns => '{job}');
SELECT * FROM pt_attack_pair('original', 'original', 'linkability', left_columns => '{age,job,born,income}');
SELECT * FROM pt_attack_pair('original', 'original', 'linkability', columns => '{job}');
SELECT * FROM pt_attack_pair('original', 'original', 'membership');
SELECT * FROM pt_attack_pair('original', 'original', 'event-matching');
SELECT * FROM pt_attack_pair('original', 'original', neighbors => 0);
SELECT * FROM pt_attack_pair('original', 'original', tolerance => 'NaN');
SELECT * FROM pt_attack_pair('original', 'original', claimed_risk => 2);
SELECT * FROM pt_attack_pair('original', 'original', attempts => 0);
SELECT * FROM pt_attack_pair('original', NULL);

DROP OWNED BY attack_nobody;
DROP ROLE attack_nobody;
DROP TABLE "court Events", unpublished, everybody, original, control, unrelated, odd, nobody, strangers, retyped CASCADE;
DROP SCHEMA attacked;
DROP FUNCTION halve_claim();
SET client_min_messages = error;
DROP EXTENSION personatwin CASCADE;
