-- Keys of people that are equal for their type are one person, however they are written.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
CREATE EXTENSION citext;
CREATE FUNCTION people(source regclass) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pt_create_personas(source, 0.05);
  RETURN (SELECT people FROM pt_population_risk(source));
END $$;
-- every person has two rows, with two texts of one key
CREATE TABLE of_numeric AS SELECT CASE k WHEN 1 THEN n::numeric ELSE n::numeric(10,2) END AS person_id, 30 AS age, 'F' AS sex, 'visit' AS event_type
  FROM generate_series(1, 400) n, generate_series(1, 2) k;
CREATE TABLE of_citext AS SELECT (CASE k WHEN 1 THEN 'ab' ELSE 'AB' END || n)::citext AS person_id, 30 AS age, 'F' AS sex, 'visit' AS event_type
  FROM generate_series(1, 400) n, generate_series(1, 2) k;
CREATE DOMAIN reference AS citext;
CREATE TABLE of_domain AS SELECT person_id::reference, age, sex, event_type FROM of_citext;
CREATE TABLE of_padded AS SELECT (CASE k WHEN 1 THEN 'p' || n ELSE 'p' || n || '  ' END)::bpchar AS person_id, 30 AS age, 'F' AS sex, 'visit' AS event_type
  FROM generate_series(1, 400) n, generate_series(1, 2) k;
CREATE TABLE of_text AS SELECT person_id::text, age, sex, event_type FROM of_citext;
SELECT t AS source, people(t::regclass) FROM unnest(ARRAY['of_numeric', 'of_citext', 'of_domain', 'of_padded', 'of_text']) t;
-- they are looked up as any of these
SELECT key, (SELECT class_people FROM pt_explain_person(source, key)) AS class_people
  FROM (VALUES ('of_numeric'::regclass, '7'), ('of_numeric', '7.00'), ('of_citext', 'ab7'), ('of_citext', 'Ab7'), ('of_domain', 'AB7'), ('of_text', 'AB7'), ('of_text', 'Ab7')) v(source, key);
SELECT * FROM pt_explain_person('of_numeric', 'seven');
-- events in another case than the people, in citext on either side, reach them
CREATE TABLE folk AS SELECT 'P' || n AS person_id, 30 AS age, 'F' AS sex FROM generate_series(1, 400) n;
CREATE TABLE deeds AS SELECT ('p' || n)::citext AS person_id, 'visit' AS event_type FROM generate_series(1, 400) n;
SELECT count(*) > 0 AS made FROM pt_create_personas('deeds', 0.05, people => 'folk');
SELECT people, events FROM pt_population_risk('deeds');
ALTER TABLE folk ALTER person_id TYPE citext;
ALTER TABLE deeds ALTER person_id TYPE text;
SELECT count(*) > 0 AS made FROM pt_create_personas('deeds', 0.05, people => 'folk');
SELECT people, events FROM pt_population_risk('deeds');
SELECT class_people FROM pt_explain_person('deeds', 'P7');
-- the right to leave: by any text of the key
SELECT release, people FROM pt_publish_release('of_numeric', 'safe');
SELECT "left" FROM pt_expunge('of_numeric', '7.0');
SELECT people FROM safe.of_numeric_about;
-- by the column that a run was told of, not by the one that a label names
CREATE TABLE of_told AS SELECT lpad(n::text, 5, '0') AS badge, n::numeric(10,2) AS person_id, 30 AS age, 'F' AS sex, 'visit' AS event_type FROM generate_series(1, 400) n;
SELECT pt_set_role('of_told', 'person_id', 'person');
SELECT count(*) > 0 AS made FROM pt_create_personas('of_told', 0.05, person_key => 'badge');
SELECT class_people FROM pt_explain_person('of_told', '00007');
SELECT count(*) > 0 AS made FROM pt_create_personas('of_told', 0.05);
SELECT (SELECT class_people FROM pt_explain_person('of_told', '00007', min(run_id))) AS by_badge, (SELECT class_people FROM pt_explain_person('of_told', '7.0', max(run_id))) AS by_label
  FROM pt_runs() WHERE source = 'of_told'::regclass;
SELECT release, people FROM pt_publish_release('of_told', 'safe', run => (SELECT min(run_id) FROM pt_runs() WHERE source = 'of_told'::regclass));
SELECT "left" FROM pt_expunge('of_told', '00007');

-- a table of another owner's making, called citext, is not the extension's type
CREATE SCHEMA other;
CREATE DOMAIN other.citext AS text;
CREATE TABLE of_other AS SELECT person_id::text::other.citext AS person_id, age, sex, event_type FROM of_citext;
SELECT people('of_other');
-- under a nondeterministic collation keys can't be told by what they are
\set VERBOSITY default
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE of_loose AS SELECT person_id COLLATE loose AS person_id, age, sex, event_type FROM of_text;
SELECT count(*) FROM pt_create_personas('of_loose', 0.05);

DROP EXTENSION personatwin CASCADE;
DROP TABLE of_numeric, of_citext, of_domain, of_padded, of_text, of_loose, of_other, of_told, folk, deeds;
DROP DOMAIN reference, other.citext;
DROP SCHEMA safe, other CASCADE;
DROP EXTENSION citext;
DROP COLLATION loose;
DROP FUNCTION people;
