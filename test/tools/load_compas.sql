-- Loads the COMPAS court data as two tables and as one wide table.
-- psql variable: data = the folder that holds compas_people.csv.gz and compas_events.csv.gz, as the server sees it
-- (a superuser runs this: COPY FROM PROGRAM). Makes, in the first schema of search_path:
--   court_people (one row a person), court_events (one row an event, foreign key to court_people),
--   court_wide   (one row an event with the person's columns repeated; the person's charge_degree is called
--                 person_charge_degree there, since the events have a column of that name).
\set people_file 'gzip -dc ' :data '/compas_people.csv.gz'
\set events_file 'gzip -dc ' :data '/compas_events.csv.gz'
BEGIN;
CREATE TABLE court_people (
    person_id text PRIMARY KEY, sex text, birth_year int, age int, age_cat text, race text, juv_fel_count int, juv_misd_count int,
    juv_other_count int, priors_count int, decile_score int, score_text text, v_decile_score int, v_score_text text,
    compas_screening_date date, days_b_screening_arrest int, is_recid int, is_violent_recid int, in_two_year_cohort int,
    two_year_recid int, in_violent_cohort int, two_year_violent_recid int, charge_degree text, surv_start_days int,
    surv_end_days int, surv_event int, length_of_stay_days int, county_fips text);
CREATE TABLE court_events (
    event_id int PRIMARY KEY, person_id text NOT NULL REFERENCES court_people, event_ts timestamp, event_type text, case_id text,
    charge_degree text, charge text, outcome text, detail jsonb);
COPY court_people FROM PROGRAM :'people_file' (FORMAT csv, HEADER);
COPY court_events FROM PROGRAM :'events_file' (FORMAT csv, HEADER);
CREATE TABLE court_wide AS
    SELECT e.event_id, p.person_id, p.sex, p.birth_year, p.age, p.age_cat, p.race, p.juv_fel_count, p.juv_misd_count, p.juv_other_count,
           p.priors_count, p.decile_score, p.score_text, p.v_decile_score, p.v_score_text, p.compas_screening_date,
           p.days_b_screening_arrest, p.is_recid, p.is_violent_recid, p.in_two_year_cohort, p.two_year_recid, p.in_violent_cohort,
           p.two_year_violent_recid, p.charge_degree AS person_charge_degree, p.surv_start_days, p.surv_end_days, p.surv_event,
           p.length_of_stay_days, p.county_fips, e.event_ts, e.event_type, e.case_id, e.charge_degree, e.charge, e.outcome, e.detail
    FROM court_events e JOIN court_people p USING (person_id)
    ORDER BY e.event_id;
COMMIT;
ANALYZE court_people, court_events, court_wide;
