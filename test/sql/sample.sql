-- Sample data: the same for the same seed, the two forms agree, what is planted is there, bad input is refused.
CREATE EXTENSION personatwin;
SELECT count(*) AS rows, count(DISTINCT person_id) AS people, count(DISTINCT event_id) AS events FROM pt_sample_court_events();
SELECT * FROM pt_sample_court_people(3);
SELECT event_date, event_type, outcome, charge_degree, offense_category, attorney_type, sentence_months, location
  FROM pt_sample_court_docket(4) WHERE person_id = 1000000000003 ORDER BY event_id;
SELECT * FROM pt_sample_health_people(2);
SELECT count(*) AS rows, count(DISTINCT person_id) AS people, count(DISTINCT event_id) AS events FROM pt_sample_health_events();

-- Deterministic; another seed is another world; a small sample is the beginning of a large one.
SELECT (SELECT md5(string_agg(e::text, E'\n')) FROM pt_sample_court_events(300, 7) e)
     = (SELECT md5(string_agg(e::text, E'\n')) FROM pt_sample_court_events(300, 7) e) AS same_seed,
       (SELECT md5(string_agg(e::text, E'\n')) FROM pt_sample_court_events(300, 7) e)
     = (SELECT md5(string_agg(e::text, E'\n')) FROM pt_sample_court_events(300, 8) e) AS other_seed;
SELECT count(*) AS differences FROM (
  (SELECT e::text FROM pt_sample_court_events(200, 7) e
   EXCEPT ALL SELECT e::text FROM pt_sample_court_events(500, 7) e WHERE person_id < 1000000000200)
  UNION ALL
  (SELECT e::text FROM pt_sample_health_events(500, -7) e WHERE person_id < 1000000000200
   EXCEPT ALL SELECT e::text FROM pt_sample_health_events(200, -7) e)) d;

-- People + events say what the wide table says.
CREATE TEMP TABLE court AS SELECT * FROM pt_sample_court_events(15000, 1);
CREATE TEMP TABLE health AS SELECT * FROM pt_sample_health_events(15000, 1);
SELECT count(*) AS differences FROM (
  SELECT c::text FROM court c WHERE person_id < 1000000002000
  EXCEPT ALL
  SELECT j::text FROM (SELECT * FROM pt_sample_court_people(2000, 1) JOIN pt_sample_court_docket(2000, 1) USING (person_id)) j) d;
SELECT count(*) AS differences FROM (
  SELECT c::text FROM health c WHERE person_id < 1000000002000
  EXCEPT ALL
  SELECT j::text FROM (SELECT * FROM pt_sample_health_people(2000, 1) JOIN pt_sample_health_encounters(2000, 1) USING (person_id)) j) d;

-- Direct identifiers: one of each a person, thirteen-digit numbers, notes that name people.
SELECT count(DISTINCT ssn) = count(DISTINCT person_id) AS ssn, count(DISTINCT email) = count(DISTINCT person_id) AS email,
       min(person_id), min(event_id), bool_and(length(full_name) >= 6) AS names_long_enough FROM court;
SELECT count(DISTINCT mrn) = count(DISTINCT person_id) AS mrn,
       count(DISTINCT insurance_id) = count(DISTINCT person_id) FILTER (WHERE insurance_type <> 'uninsured') AS insurance FROM health;
SELECT round(avg((notes IS NOT NULL)::int), 1) AS with_note, count(*) FILTER (WHERE strpos(notes, full_name) > 0) > 1000 AS naming
  FROM court;
SELECT bool_and(extract(year FROM age('2019-01-01'::date, birth_date)) = age) AS age_on_2019_01_01,
       min(age), max(age), min(event_date) >= '2019-01-01' AND max(event_date) <= '2023-12-31' AS in_window FROM court;
SELECT bool_and(extract(year FROM age('2022-01-01'::date, birth_date)) = age) AS age_on_2022_01_01, min(age), max(age) FROM health;

-- The law's order: what must lie earlier in the same case.
SELECT event_type, count(*) AS without FROM court c
 WHERE EXISTS (SELECT FROM (VALUES ('charge', '{arrest}'::text[]), ('plea', '{charge}'), ('trial', '{charge}'), ('sentencing', '{plea,trial}'),
                                   ('incarceration', '{sentencing}'), ('probation', '{sentencing}'), ('violation', '{probation}'),
                                   ('release', '{incarceration,pretrial_detention,arrest}')) r(event, needs)
                WHERE r.event = c.event_type AND person_id < 1000000002000
                  AND NOT EXISTS (SELECT FROM court b WHERE b.person_id = c.person_id AND b.case_number = c.case_number
                                     AND b.event_type = ANY (r.needs) AND b.event_id < c.event_id AND b.event_date <= c.event_date))
 GROUP BY 1;

-- Every planted figure lies within four standard errors; there are about a hundred, so three would fail one in four times.
CREATE FUNCTION pg_temp.found(s record, OUT n bigint, OUT mean float8, OUT error float8) LANGUAGE plpgsql AS $$
DECLARE
  value text := CASE WHEN s.counted ~ '^[a-z_]+$' THEN s.counted ELSE '(' || s.counted || ')::int' END;
BEGIN
  IF s.unit = 'person' THEN
    EXECUTE format('SELECT count(*), avg(x), stddev_samp(x) / sqrt(count(*)) FROM (SELECT max(%s) AS x FROM %I GROUP BY person_id
                    HAVING bool_or(%s)) p', value, s.sample, s.among) INTO n, mean, error;
  ELSE
    EXECUTE format('SELECT count(*), avg(%s), stddev_samp(%1$s) / sqrt(count(*)) FROM %I WHERE %s', value, s.sample, s.among)
      INTO n, mean, error;
  END IF;
END $$;
CREATE TEMP TABLE checked AS SELECT t.*, f.n, f.mean, f.error FROM pt_sample_truth() t, pg_temp.found(t) f;
SELECT sample, measure, kind, unit, count(*) AS figures, count(*) FILTER (WHERE n >= 30) AS with_30_cases,
       count(*) FILTER (WHERE n >= 30 AND abs(mean - expected) > 4 * error) AS beyond_4_errors
  FROM checked GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
SELECT * FROM checked WHERE n >= 30 AND abs(mean - expected) > 4 * error;
-- The check can fail: a wrong figure is noticed.
SELECT bool_or(abs(mean - (expected + 0.05)) > 4 * error) AS notices FROM checked WHERE measure = 'conviction';

-- Bad input.
SELECT count(*) FROM pt_sample_court_events(0);
SELECT count(*) FROM pt_sample_court_people(1);
SELECT count(*) FROM pt_sample_court_events(-1);
SELECT count(*) FROM pt_sample_health_events(NULL);
SELECT count(*) FROM pt_sample_health_events(1, NULL);
SELECT count(*) FROM pt_sample_court_docket(10000001);
SELECT count(*) > 0 AS extreme_seeds FROM pt_sample_court_events(5, -9223372036854775808), pt_sample_health_encounters(5, 9223372036854775807);
-- Cancel is honoured, and the session goes on.
SET statement_timeout = '200ms';
SELECT count(*) FROM pt_sample_court_events(5000000);
RESET statement_timeout;
-- The rows spill when work_mem is small.
SET work_mem = '64kB';
SELECT count(*) FROM pt_sample_court_people(5000);
RESET work_mem;
DROP EXTENSION personatwin;
