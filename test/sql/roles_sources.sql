-- Describe on every kind of source: two tables, views, partitions, inheritance, foreign tables, odd names, no rows.
CREATE EXTENSION personatwin;
CREATE SCHEMA src;
SET search_path = src, public;
\pset null '-'
CREATE FUNCTION roles_of(source regclass, people regclass DEFAULT NULL, person_key text DEFAULT NULL)
  RETURNS TABLE (relation regclass, "column" text, role text)
  LANGUAGE sql AS $$
    SELECT relation, "column", concat_ws(': ', role, kind) FROM pt_describe(source, people, person_key => person_key, dry_run => true)
$$;
CREATE TABLE people (person_id text PRIMARY KEY, full_name text, gender text, dob date, ethnicity text, city text, state text);
INSERT INTO people
  SELECT 'p' || g, 'James Miller ' || g, (ARRAY['f', 'm'])[1 + g % 2], date '1950-01-01' + g * 11,
         (ARRAY['Hispanic', 'Not Hispanic'])[1 + g % 2], (ARRAY['Springfield', 'Shelbyville', 'Ogdenville'])[1 + g % 3],
         (ARRAY['OH', 'OH', 'IL'])[1 + g % 3]
    FROM generate_series(1, 200) g;
CREATE TABLE visits (
  visit_id bigint PRIMARY KEY, patient text REFERENCES people, admitted_at timestamptz, event_type text, outcome text, ward text,
  provider_name text, diagnosis_code text);
INSERT INTO visits
  SELECT g, 'p' || 1 + g % 200, timestamptz '2021-01-01 00:00+00' + g * interval '7 hours',
         (ARRAY['admission', 'visit', 'test', 'discharge'])[1 + g / 200 % 4], (ARRAY['recovered', 'stable'])[1 + g % 2],
         'ward ' || g % 7, 'Dr. Anna ' || g % 9, 'D' || g % 30
    FROM generate_series(0, 999) g;

-- two tables: by foreign key; by name; people only; the wrong way round
SELECT * FROM roles_of('visits');
SELECT * FROM roles_of('people');
CREATE TABLE visits_loose AS SELECT * FROM visits;
SELECT * FROM roles_of('visits_loose', 'people', 'patient') WHERE role = 'person';
SELECT * FROM roles_of('visits_loose', 'people', 'nobody');
SELECT * FROM roles_of('people', 'people');
SELECT * FROM roles_of('people', 'visits');

-- the same as one view and as a materialized view; labels belong on their columns, too
CREATE VIEW visits_wide AS SELECT * FROM visits v JOIN people p ON p.person_id = v.patient;
SELECT * FROM roles_of('visits_wide');
SELECT count(*) FROM pt_describe('visits_wide');
SELECT * FROM pt_roles('visits_wide') WHERE role IS NOT NULL;
CREATE MATERIALIZED VIEW visits_stored AS SELECT * FROM visits_wide;
SELECT count(*) FILTER (WHERE a.role IS DISTINCT FROM b.role) AS different, count(*)
  FROM roles_of('visits_wide') a JOIN roles_of('visits_stored') b USING ("column");

-- another physical order gives the same roles
CREATE TABLE visits_shuffled AS SELECT * FROM visits_wide ORDER BY md5(visit_id::text);
SELECT count(*) AS different
  FROM pt_detect_roles('visits_stored') a JOIN pt_detect_roles('visits_shuffled') b USING ("column")
 WHERE (a.role, a.kind, a.confidence, a.why) IS DISTINCT FROM (b.role, b.kind, b.confidence, b.why);

-- and so does a large table, of which a part of the people is looked at
CREATE TABLE large AS
  SELECT g / 5 AS person_id, (ARRAY['f', 'm'])[1 + g / 5 % 2] AS sex, 18 + g / 5 % 60 AS age, 'C' || g / 5 % 40 AS county,
         (ARRAY['arrest', 'charge', 'plea'])[1 + g % 3] AS event_type, date '2000-01-01' + g % 5000 AS day, (ARRAY['F', 'M'])[1 + g % 2] AS degree,
         g / 5 % 7 AS priors, 'n' || g AS ref
    FROM generate_series(1, 250000) g;
CREATE TABLE large_shuffled AS SELECT * FROM large ORDER BY hashint4(substr(ref, 2)::int);
CREATE VIEW large_view AS SELECT * FROM large;
SELECT a."column", a.role, a.kind, (a.role, a.kind, a.why) IS NOT DISTINCT FROM (b.role, b.kind, b.why) AS shuffled,
       (a.role, a.kind, a.why) IS NOT DISTINCT FROM (c.role, c.kind, c.why) AS as_view
  FROM pt_detect_roles('large') a JOIN pt_detect_roles('large_shuffled') b USING ("column") JOIN pt_detect_roles('large_view') c USING ("column")
 ORDER BY "column" COLLATE "C";
ALTER TABLE large RENAME person_id TO who;
SELECT "column", role, kind, why FROM pt_detect_roles('large');

-- partitions: the parent's labels count, others must not differ
CREATE TABLE parted (person_id int, sex text, event_type text, day date) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (sex);
CREATE TABLE parted_2f PARTITION OF parted_2 FOR VALUES IN ('f');
INSERT INTO parted SELECT g / 4, 'f', (ARRAY['hire', 'training', 'leave', 'termination'])[1 + g % 4], date '2020-01-01' + g
  FROM generate_series(0, 399) g;
SELECT "column", role, kind FROM pt_describe('parted');
SELECT * FROM pt_roles('parted_2f');
SELECT "column", role, kind FROM pt_describe('parted_2f');
SECURITY LABEL FOR personatwin ON COLUMN parted_2f.sex IS 'ignore';
SELECT count(*) FROM pt_describe('parted');
SELECT count(*) FROM pt_describe('parted_2f');
SELECT pt_set_role('src.parted_2f', 'sex', NULL);
SELECT count(*) FROM pt_describe('parted');
SELECT pt_set_role('parted', 'sex', NULL);
SECURITY LABEL FOR personatwin ON COLUMN parted_1.sex IS 'ignore';
SELECT count(*) FROM pt_describe('parted');
CREATE TABLE base (person_id int, sex text);
CREATE TABLE heir (event_type text) INHERITS (base);
SELECT pt_set_role('base', 'sex', 'quasi-identifier', 'gender');
SELECT * FROM pt_roles('heir') WHERE role IS NOT NULL;

-- labels of others
SELECT count(*) FROM pg_seclabel WHERE provider = 'k_anonymity';
CREATE TABLE labelled (who int, k1 int, k2 text, event_type text);
INSERT INTO pg_seclabel SELECT 'labelled'::regclass, 'pg_class'::regclass, n, p, l
  FROM (VALUES (1, 'pg_diffix', 'aid'), (2, 'k_anonymity', 'QUASI IDENTIFIER'), (3, 'k_anonymity', 'indirect identifier')) v (n, p, l);
SELECT * FROM pt_roles('labelled');
SELECT pt_set_role('labelled', 'k2', 'ignore');
SELECT * FROM pt_roles('labelled') WHERE role IS NOT NULL;

-- copies lose their labels and are detected anew
CREATE TABLE copied (LIKE parted INCLUDING ALL);
SELECT * FROM pt_roles('copied') WHERE role IS NOT NULL;

-- foreign table
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE far (student_id int, gender text, event_type text, day date, outcome text)
  SERVER files OPTIONS (program 'for i in 1 2 3 4 5 6; do echo $((i/3)),F,enrollment,2020-01-0$i,passed; done', format 'csv');
SELECT "column", role, kind FROM pt_describe('far');
SELECT count(*) FROM pt_roles('far') WHERE role IS NOT NULL;

-- hostile names
CREATE SCHEMA "Ünï ""q""";
CREATE TABLE "Ünï ""q"""."T'; DROP TABLE people; --" (
  "person_id" int, """; drop table people; --" text, "gender" text, "event_type" text,
  "äöüäöüäöüäöüäöüäöüäöüäöüäöüäöü_63" text, "%s%n$1" text, "event time" timestamp);
INSERT INTO "Ünï ""q"""."T'; DROP TABLE people; --"
  SELECT g / 3, E'x\'; drop', 'f', 'arrest', 'y' || g % 3, '%s', timestamp '2020-01-01' + g * interval '1 day' FROM generate_series(1, 90) g;
SELECT "column", role, kind FROM pt_describe('"Ünï ""q"""."T''; DROP TABLE people; --"');
SELECT pt_set_role('"Ünï ""q"""."T''; DROP TABLE people; --"', '"; drop table people; --', 'identifier');
SELECT "column", role FROM pt_roles('"Ünï ""q"""."T''; DROP TABLE people; --"') WHERE role = 'identifier';
SELECT count(*) > 0 AS people_are_still_there FROM people;

-- what is missing is named, with the call that mends it
CREATE TABLE nobody (event_type text, day date);
SELECT * FROM roles_of('nobody');
CREATE TABLE what (person_id int, day date, x text);
INSERT INTO what SELECT g / 4, date '2020-01-01' + g, 'x' FROM generate_series(1, 100) g;
SELECT * FROM roles_of('what');
SELECT * FROM roles_of('nobody', person_key => 'day') WHERE role = 'person';

-- a key by name, but of the clerk
CREATE TABLE entered (user_id int, file text, gender text, birth_year int, event_type text, day date);
INSERT INTO entered SELECT g % 7, 'F' || g / 5, (ARRAY['f', 'm'])[1 + g / 5 % 2], 1950 + g / 5 % 40, 'arrest', date '2020-01-01' + g
  FROM generate_series(1, 500) g;
SELECT * FROM roles_of('entered');
SELECT * FROM roles_of('entered', person_key => 'file');
SELECT pt_set_role('entered', 'user_id', 'person');
SELECT * FROM roles_of('entered');

-- no rows, one row, one person, all the same, only NULLs
CREATE TABLE empty (person_id int, sex text, event_type text, event_date date);
SELECT * FROM roles_of('empty');
INSERT INTO empty VALUES (1, 'f', 'arrest', '2020-01-01');
SELECT * FROM roles_of('empty');
INSERT INTO empty SELECT e.* FROM empty e, generate_series(1, 50);
SELECT * FROM roles_of('empty');
TRUNCATE empty;
INSERT INTO empty SELECT FROM generate_series(1, 50);
SELECT * FROM roles_of('empty');
CREATE TABLE zero_columns ();
SELECT * FROM roles_of('zero_columns');

-- dates of all sorts, types of all sorts
CREATE DOMAIN years AS int CHECK (VALUE < 1000);
CREATE TYPE degree AS ENUM ('F', 'M');
CREATE TABLE odd (person_id uuid, age years, event_type varchar(20), event_ts timestamptz, degree degree, amounts numeric, tags text[],
  doc jsonb, raw bytea, host inet, span int4range, flag boolean, twice int GENERATED ALWAYS AS (5) STORED, spent interval);
INSERT INTO odd (person_id, age, event_type, event_ts, degree, amounts, tags, doc, raw, host, span, flag, spent)
  SELECT ('00000000-0000-0000-0000-' || lpad((g / 3)::text, 12, '0'))::uuid, g / 3 % 90, (ARRAY['arrest', 'charge'])[1 + g % 2],
         CASE g % 5 WHEN 0 THEN timestamptz 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '4000-01-01 BC' ELSE now() + g * interval '1 day' END,
         (ARRAY['F', 'M'])[1 + g % 2]::degree, CASE WHEN g % 7 = 0 THEN 'NaN' ELSE g::numeric END, ARRAY[g::text], '{}', '\x00', '10.0.0.1', '[1,2)',
         g % 2 = 0, '1 day'
    FROM generate_series(1, 300) g;
SELECT "column", role, kind FROM pt_describe('odd', dry_run => true);

SET client_min_messages = warning;
DROP SCHEMA src CASCADE;
DROP SCHEMA "Ünï ""q""" CASCADE;
DROP EXTENSION personatwin;
