-- The COMPAS data as a study of risk scores needs it: what the score, the priors, the degree of the charge and two years' recidivism were
-- are details of the person's risk_screening event. Tables court_people and court_events are there (load_compas.sql). Makes
--   study_people (one row a person), study_events (one row an event, foreign key to study_people).
CREATE TABLE study_people AS SELECT person_id, sex, race, age FROM court_people;
ALTER TABLE study_people ADD PRIMARY KEY (person_id);
CREATE TABLE study_events AS
    WITH banded AS (SELECT person_id, width_bucket(priors_count, ARRAY[0, 1, 2, 3, 5, 8, 13]) AS band, priors_count FROM court_people),
         band AS (SELECT band, round(avg(priors_count), 1) AS priors FROM banded GROUP BY band)
    SELECT e.person_id, e.event_ts, e.event_type,
           CASE WHEN s.screening THEN nullif(p.score_text, '') ELSE e.outcome END AS outcome,
           CASE WHEN s.screening THEN p.charge_degree ELSE e.charge_degree END AS charge_degree,
           CASE WHEN s.screening THEN b.priors END AS priors,
           CASE WHEN s.screening AND p.in_two_year_cohort = 1 THEN CASE p.two_year_recid WHEN 1 THEN 'yes' ELSE 'no' END END AS two_year_recid,
           CASE WHEN s.screening THEN CASE WHEN p.in_two_year_cohort = 1 AND p.days_b_screening_arrest BETWEEN -30 AND 30 AND p.is_recid <> -1
                                            AND p.charge_degree <> 'O' THEN 'yes' ELSE 'no' END END AS in_model
      FROM court_events e JOIN court_people p USING (person_id) JOIN banded USING (person_id) JOIN band b USING (band), LATERAL (SELECT e.event_type = 'risk_screening' AS screening) s;
ALTER TABLE study_events ADD FOREIGN KEY (person_id) REFERENCES study_people;
ANALYZE study_people, study_events;
