-- The attack script of the acceptance tests (test/tools/attack.sql) against releases made by hand, whose risks are worked out on paper:
-- a test of the tester. Nothing here uses the extension.
\getenv here PG_ABS_SRCDIR
\set attack :here '/tools/attack.sql'
\set ECHO none
\i :attack
\set ECHO all
SET client_min_messages = warning;
CREATE SCHEMA byhand;
SET search_path = byhand, pg_catalog;

-- 15 people. White men of 20..29 in two personas of 5 (class 1); women, four Asian and one Native American, in one (class 2).
-- Person 1 has five arrests, person 10 jail instead of an arrest, person 11 nothing, everybody else one arrest.
CREATE TABLE people AS SELECT i AS id, CASE WHEN i <= 10 THEN 19 + i ELSE 10 + i END AS age, CASE WHEN i <= 10 THEN 'M' ELSE 'F' END AS sex,
    CASE WHEN i <= 10 THEN 'White' WHEN i < 15 THEN 'Asian' ELSE 'Native American' END AS race FROM generate_series(1, 15) i;
CREATE TABLE events AS
    SELECT i AS id, timestamp '2020-02-03 10:00' AS at, 'arrest' AS kind, NULL::text AS degree FROM generate_series(1, 15) i WHERE i NOT IN (10, 11)
    UNION ALL SELECT 1, timestamp '2020-03-01' + g * interval '1 day', 'arrest', NULL FROM generate_series(1, 4) g
    UNION ALL SELECT 10, '2020-12-31 23:00', 'jail', 'F';
CREATE TABLE good_personas (persona_id, class_id, merged_from, age_range, gender, ethnicity) AS VALUES
    ('a1', 1, 5, int4range(20, 30), 'M', 'White'), ('a2', 1, 5, int4range(20, 30), 'M', 'White'),
    ('b1', 2, 5, int4range(21, 26), 'F', 'Asian or Native American');
CREATE TABLE good_events (persona_id, period, period_label, event_type, charge_degree, weight) AS VALUES
    ('a1', daterange('2020-01-01', '2020-07-01'), 'H1 2020', 'arrest', NULL, 6), ('a1', daterange('2020-01-01', '2020-07-01'), 'H1 2020', 'arrest', NULL, 3),
    ('a2', daterange('2020-01-01', '2020-07-01'), 'H1 2020', 'arrest', NULL, 4), ('a2', daterange('2020-07-01', '2021-01-01'), 'H2 2020', 'jail', 'F', 1),
    ('b1', daterange('2020-01-01', '2020-07-01'), 'H1 2020', 'arrest', NULL, 4);
\set people 'SELECT id AS person, age, sex AS gender, race AS ethnicity FROM byhand.people'
\set events 'SELECT id AS person, at, kind AS event_type, degree AS charge_degree FROM byhand.events'
\set release byhand.good

-- demographics: 10 people at 1/10, 5 at 1/5: mean 2/15. With events person 1 is only in a1 (5 arrests) and person 10 only in a2 (jail): (8/10 + 2/5 + 5/5)/15 = 2.2/15.
-- Events alone: 13 people in any of the 15, those two in 5: (13/15 + 2/5)/15.
SELECT pg_temp.run_attack(:'people', :'events', :'release');
SELECT attacker, people, unmatched, surplus, ambiguous, round(average::numeric, 12) AS average, maximum FROM attack_result ORDER BY attacker;
SELECT person, set_size FROM attack_person WHERE attacker = 'demographics+events' AND (set_size <> 10) ORDER BY person::int;
SELECT name, attacked FROM attack_column ORDER BY name;

-- A wrong release: an event missing (person 10 is nowhere), a weight too small (person 1 is nowhere).
CREATE TABLE lossy_personas AS TABLE good_personas;
CREATE TABLE lossy_events AS SELECT * FROM good_events WHERE event_type <> 'jail' AND weight <> 6;
\set release byhand.lossy
SELECT pg_temp.run_attack(:'people', :'events', :'release');
SELECT attacker, people, unmatched FROM attack_result ORDER BY attacker;

-- A finer release: persona a2 shows another degree, so the arrests of a1 no longer hide in it.
CREATE TABLE fine_personas AS TABLE good_personas;
CREATE TABLE fine_events AS SELECT persona_id, period, period_label, event_type, CASE WHEN persona_id = 'a2' THEN 'F' ELSE charge_degree END AS charge_degree, weight FROM good_events;
\set release byhand.fine
SELECT pg_temp.run_attack(:'people', :'events', :'release');
SELECT attacker, people, unmatched, round(average::numeric, 12) AS average, maximum FROM attack_result ORDER BY attacker;

-- Overlapping ranges: a third class of men of 25..29 makes five people ambiguous; they are attacked where they do worst.
CREATE TABLE overlap_personas AS TABLE good_personas;
UPDATE overlap_personas SET class_id = 3, age_range = int4range(25, 30) WHERE persona_id = 'a2';
CREATE TABLE overlap_events AS TABLE good_events;
\set release byhand.overlap
SELECT pg_temp.run_attack(:'people', :'events', :'release');
SELECT attacker, people, unmatched, surplus, ambiguous, round(average::numeric, 12) AS average, maximum FROM attack_result ORDER BY attacker;

-- An attribute that differs inside a class, a person listed twice, periods that overlap: refused, not averaged over.
CREATE TABLE torn_personas AS TABLE good_personas;
UPDATE torn_personas SET ethnicity = 'Black' WHERE persona_id = 'a2';
CREATE TABLE torn_events AS TABLE good_events;
\set release byhand.torn
\set VERBOSITY terse
SELECT pg_temp.run_attack(:'people', :'events', :'release');
\set release byhand.good
\set people 'SELECT id AS person, age FROM byhand.people UNION ALL SELECT 1, 20'
SELECT pg_temp.run_attack(:'people', :'events', :'release');

-- No time, an infinite time, no age: missing is a value like another, and matches what is published as missing.
UPDATE people SET age = NULL WHERE id > 10;
UPDATE events SET at = CASE WHEN id = 12 THEN NULL ELSE timestamp 'infinity' END WHERE id > 11;
UPDATE good_personas SET age_range = NULL WHERE class_id = 2;
UPDATE good_events SET period = NULL WHERE persona_id = 'b1';
\set people 'SELECT id AS person, age, sex AS gender, race AS ethnicity FROM byhand.people'
SELECT pg_temp.run_attack(:'people', :'events', :'release');
SELECT attacker, people, unmatched, round(average::numeric, 12) AS average, maximum FROM attack_result ORDER BY attacker;
RESET search_path;
DROP SCHEMA byhand CASCADE;
