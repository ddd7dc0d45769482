-- hipaa_safe_harbor on generated hospital data: the 18 identifiers of 45 CFR 164.514(b)(2)(i), one by one, in what is published.
SET client_min_messages = error;
SET DateStyle = ISO;
CREATE EXTENSION personatwin;
CREATE TABLE hospital AS SELECT *, CASE WHEN county < 'C' THEN 'Ohio' ELSE 'UT' END AS home_state, CASE WHEN person_id % 3 = 0 THEN 'Ohio' ELSE 'Rockport General' END AS site,
  event_date + 1 AS seen_on FROM pt_sample_health_events(1200);
UPDATE hospital SET age = 97 WHERE age > 88;
SELECT count(*) > 20 AS there_are_old FROM hospital WHERE age > 89;
SELECT count(*) FROM (VALUES ('home_state', 'quasi-identifier: geography'), ('site', 'location'), ('seen_on', 'detail'), ('facility_name', 'identifier')) v(c, r), pt_set_role('hospital', c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('hospital', 0.05, profile => 'hipaa_safe_harbor');
SELECT rule, required, found, passed FROM pt_check_profile('hospital');
SELECT release FROM pt_publish_release('hospital', 'safe');
SELECT profile, rules @> '[{"passed": true}]' AND NOT rules @> '[{"passed": false}]' AS passed FROM safe.hospital_about;

-- every text of every view; the description of the columns names columns of the source, but no values
CREATE TEMP TABLE published AS
  SELECT to_jsonb(p) - 'persona_id' - 'class_id' AS row FROM safe.hospital_personas p
  UNION ALL SELECT to_jsonb(e) - 'persona_id' - 'period' FROM safe.hospital_events e
  UNION ALL SELECT to_jsonb(a) - 'checksums' - 'published_at' FROM safe.hospital_about a;
CREATE TEMP TABLE texts AS SELECT DISTINCT t FROM published, regexp_split_to_table(row::text, '"') t;
CREATE TEMP TABLE words AS SELECT DISTINCT w FROM texts, regexp_split_to_table(t, '[\[\]{},:() ]+') w;
CREATE TEMP TABLE whole AS SELECT string_agg(t, E'\n') AS t FROM texts;
CREATE FUNCTION pg_temp.shown(col text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint; BEGIN
  -- values of a column of the source (longer than 4 characters, so that none is an ordinary number) that are part of a published text
  EXECUTE format('SELECT count(*) FROM (SELECT DISTINCT %I::text AS v FROM hospital) s, whole WHERE length(v) > 4 AND strpos(t, v) > 0', col) INTO n;
  RETURN n; END $$;
CREATE FUNCTION pg_temp.like_it(pattern text) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM words WHERE w ~* pattern';
SELECT 'A names' AS identifier, pg_temp.shown('full_name') + pg_temp.shown('provider_name') AS shown
UNION ALL SELECT 'B geography finer than a state', pg_temp.shown('city') + pg_temp.shown('county') + pg_temp.shown('address') + pg_temp.shown('facility_name')
  + (SELECT count(*) FROM safe.hospital_personas WHERE geography NOT IN ('Ohio', 'UT', 'not shown')) + (SELECT count(*) FROM safe.hospital_events WHERE location IS NOT NULL)
UNION ALL SELECT 'C dates finer than a year', (SELECT count(*) FROM safe.hospital_events WHERE upper(period) - lower(period) < 365 OR period_label !~ '^[0-9]{4}$')
  + pg_temp.shown('birth_date') + pg_temp.shown('seen_on') + pg_temp.shown('event_date')
UNION ALL SELECT 'C ages above 89', (SELECT count(*) FROM safe.hospital_personas WHERE lower(age_range) > 90 OR upper(age_range) > 90 OR age_mean > 90)
UNION ALL SELECT 'D telephone numbers', pg_temp.shown('phone') + pg_temp.like_it('[0-9]{3}-[0-9]{4}')
UNION ALL SELECT 'E fax numbers', pg_temp.like_it('fax|[0-9]{3}[.-][0-9]{4}')
UNION ALL SELECT 'F mail addresses', pg_temp.shown('email') + pg_temp.like_it('@')
UNION ALL SELECT 'G social security numbers', pg_temp.like_it('[0-9]{3}-[0-9]{2}-[0-9]{4}')
UNION ALL SELECT 'H medical record numbers', pg_temp.shown('mrn') + pg_temp.like_it('^MRN')
UNION ALL SELECT 'I health plan numbers', pg_temp.shown('insurance_id') + pg_temp.like_it('^PLAN-')
UNION ALL SELECT 'J account numbers', pg_temp.shown('person_id') + pg_temp.shown('event_id')
UNION ALL SELECT 'K certificates and licences, L vehicles, M devices', (SELECT count(*) FROM words WHERE w ~ '^[A-Z0-9-]{10,}$' AND w ~ '[0-9]' AND w ~ '[A-Z]')
UNION ALL SELECT 'N web addresses', pg_temp.like_it('https?|www\.')
UNION ALL SELECT 'O IP addresses', pg_temp.like_it('^([0-9]{1,3}\.){3}[0-9]{1,3}$')
UNION ALL SELECT 'P biometrics, Q photographs', (SELECT count(*) FROM pg_attribute WHERE attrelid IN ('safe.hospital_personas'::regclass, 'safe.hospital_events'::regclass, 'safe.hospital_about'::regclass) AND atttypid = 'bytea'::regtype)
UNION ALL SELECT 'R any other unique number or code', pg_temp.like_it('^[0-9]{7,}$') + pg_temp.shown('notes');
-- the test sees what is there: the same questions about what is released do find something
SELECT pg_temp.shown('condition_type') > 0 AS conditions, pg_temp.shown('event_type') > 0 AS types, count(*) FILTER (WHERE upper_inf(age_range)) > 0 AS old_pooled,
  count(DISTINCT geography) FILTER (WHERE geography IN ('Ohio', 'UT')) AS states FROM safe.hospital_personas;
-- without the profile as goal the same data do not pass
SELECT count(*) > 0 AS made FROM pt_create_personas('hospital', 0.2, individual_limit => 0.5);
SELECT rule, found, passed FROM pt_check_profile('hospital', 'hipaa_safe_harbor') WHERE rule <> 'finest_place';
SELECT passed FROM pt_check_profile('hospital', 'hipaa_safe_harbor') WHERE rule = 'finest_place';
-- where no level is wide enough no place is shown: that is a level by its number, which such a run is refreshed with
CREATE TABLE clinic AS SELECT person_id, age, sex, county, event_date, event_type FROM pt_sample_health_events(1000, 2);
SELECT count(*) FROM (VALUES ('person_id', 'person'), ('age', 'quasi-identifier: age'), ('sex', 'quasi-identifier: gender'), ('county', 'quasi-identifier: geography'), ('event_date', 'event time'), ('event_type', 'event type')) v(c, r), pt_set_role('clinic', c, r);
SELECT count(*) > 0 AS made FROM pt_create_personas('clinic', 0.1, profile => 'hipaa_safe_harbor', attacker => 'demographics');
SELECT release, version FROM pt_publish_release('clinic', 'safe');
INSERT INTO clinic SELECT person_id + 1000000, age, sex, county, event_date, event_type FROM pt_sample_health_events(300, 3);
SELECT release, version FROM pt_refresh_release('clinic');
SELECT DISTINCT geography FROM safe.clinic_personas;
SELECT count(*) > 0 AS made, count(geography) FILTER (WHERE geography <> 'not shown') AS places FROM pt_create_personas('clinic', 0.1, geography_level => '1', attacker => 'demographics', dry_run => true);
SELECT FROM pt_create_personas('clinic', 0.1, geography_level => '2', dry_run => true);
SELECT pt_drop_release('clinic');
SELECT pt_drop_release('hospital');
SELECT count(pt_drop_run(run_id)) FROM pt_runs();
DROP TABLE hospital, clinic;
DROP SCHEMA safe;
DROP EXTENSION personatwin;
