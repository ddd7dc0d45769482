-- pt_disparities: against plain SQL on source and views, and what it says when there is nothing to say.
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
CREATE ROLE disp_owner;
CREATE ROLE disp_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO disp_owner, disp_other;
CREATE SCHEMA disp_safe AUTHORIZATION disp_owner;
CREATE TABLE disp_court AS SELECT person_id, age, sex, race, county, event_id, event_date, event_type, outcome, charge_degree, sentence_months FROM pt_sample_court_events(2500, 3);
ALTER TABLE disp_court OWNER TO disp_owner;
SET ROLE disp_owner;
SELECT * FROM pt_disparities('disp_court');
SELECT count(*) > 20 AS personas FROM pt_create_personas('disp_court', 0.04);
SELECT release FROM pt_publish_release('disp_court', 'disp_safe');
CREATE TEMP TABLE d AS SELECT * FROM pt_disparities('disp_court');
-- every comparison of outcomes by sex and race, recomputed
WITH side AS (
  SELECT 'source' AS side, 'gender' AS attribute, sex AS g, event_type, outcome, count(*)::float8 AS n FROM disp_court WHERE outcome IS NOT NULL GROUP BY 3, 4, 5
  UNION ALL SELECT 'source', 'ethnicity', race, event_type, outcome, count(*) FROM disp_court WHERE outcome IS NOT NULL GROUP BY 3, 4, 5
  UNION ALL SELECT 'release', 'gender', gender, event_type, outcome, sum(weight) FROM disp_safe.disp_court_events JOIN disp_safe.disp_court_personas USING (persona_id) WHERE outcome IS NOT NULL GROUP BY 3, 4, 5
  UNION ALL SELECT 'release', 'ethnicity', ethnicity, event_type, outcome, sum(weight) FROM disp_safe.disp_court_events JOIN disp_safe.disp_court_personas USING (persona_id) WHERE outcome IS NOT NULL GROUP BY 3, 4, 5),
cell AS (
  SELECT d.attribute, d.event_type, d.value, d.compared_group, s.side, d.source_effect, d.release_effect, d.in_source, d.in_release,
         coalesce(sum(n) FILTER (WHERE g = compared_group AND s.outcome = value), 0) AS a, coalesce(sum(n) FILTER (WHERE g = compared_group AND s.outcome <> value), 0) AS b,
         coalesce(sum(n) FILTER (WHERE g = reference_group AND s.outcome = value), 0) AS c, coalesce(sum(n) FILTER (WHERE g = reference_group AND s.outcome <> value), 0) AS d
    FROM d JOIN side s USING (attribute, event_type) WHERE measure = 'outcome rate' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9),
again AS (
  SELECT c.*, CASE WHEN a * b * c * d > 0 THEN ln(a * d / (b * c)) ELSE ln((a + .5) * (d + .5) / ((b + .5) * (c + .5))) END AS log_odds,
         CASE WHEN side = 'source' THEN source_effect ELSE release_effect END AS found, CASE WHEN side = 'source' THEN in_source ELSE in_release END AS e FROM cell c)
SELECT side, attribute, count(*) > 4 AS several, count(*) FILTER (WHERE a + b > 0 AND c + d > 0 AND a + c > 0 AND b + d > 0 AND found IS NOT NULL AND abs(found - log_odds) > 1e-9) AS differ,
       count(*) FILTER (WHERE found IS NOT NULL AND ((e).n1 <> a + b OR (e).n0 <> c + d OR abs((e).p_value - (pt_two_by_two(a, b, c, d)).p_value) > 1e-12)) AS differ_in_test
  FROM again GROUP BY 1, 2 ORDER BY 1, 2;
-- events per person
SELECT count(*) > 5 AS several, count(*) FILTER (WHERE abs((in_source).value1 - e::float8 / p) > 1e-9) AS differ
  FROM d, LATERAL (SELECT count(*) AS e FROM disp_court c WHERE c.event_type = d.event_type AND compared_group = CASE attribute WHEN 'gender' THEN sex WHEN 'ethnicity' THEN race ELSE county END) x,
  LATERAL (SELECT count(DISTINCT person_id) AS p FROM disp_court WHERE compared_group = CASE attribute WHEN 'gender' THEN sex WHEN 'ethnicity' THEN race ELSE county END) y
 WHERE measure = 'events per person';
-- means of a number in the source: t.test of PostgreSQL's own sums
SELECT count(*) > 0 AS several, count(*) FILTER (WHERE abs((in_source).difference - (w.m).difference) > 1e-9 OR abs((in_source).p_value - (w.m).p_value) > 1e-9) AS differ
  FROM d, LATERAL (SELECT pt_compare_means(sentence_months, sex = compared_group) AS m FROM disp_court c WHERE c.event_type = d.event_type AND sex IN (compared_group, reference_group)) w
 WHERE measure = 'mean' AND attribute = 'gender';
-- the verdict follows from the figures
SELECT count(*) FILTER (WHERE preserved IS DISTINCT FROM (effect_preservation >= .9 - 1e-12 AND significance_preserved AND sign_preserved)) AS wrong_verdict,
       count(*) FILTER (WHERE significance_preserved IS DISTINCT FROM (((in_source).p_value < .05) = ((in_release).p_value < .05))) AS wrong_significance,
       count(*) FILTER (WHERE abs(effect_preservation - (1 - abs(release_effect - source_effect) / greatest(abs(source_effect), (in_source).std_error))) > 1e-9) AS wrong_size
  FROM d WHERE effect_preservation IS NOT NULL;
SELECT bool_and((preserved IS NULL) = (why ~ '^the (source has too little|attribute is not|column is)') OR preserved) AS why_without_verdict, bool_and(preserved IS NOT FALSE OR why IS NOT NULL) AS why_not FROM d;
SELECT avg(preserved::int) FILTER (WHERE attribute = 'gender') AS gender FROM d;
-- stricter
SELECT count(*) FILTER (WHERE preserved) <= (SELECT count(*) FILTER (WHERE preserved) FROM d) AS fewer FROM pt_disparities('disp_court', required_preservation => 1, confidence => .99);
-- who may not
SET ROLE disp_other;
SELECT * FROM pt_disparities('disp_court');
SET ROLE disp_owner;
SELECT * FROM pt_disparities(NULL);
SELECT * FROM pt_disparities('disp_court', required_preservation => 2);
SELECT * FROM pt_disparities('disp_court', significance => 'NaN');
SELECT * FROM pt_disparities('disp_court', schema => 'nowhere');
-- a release older than the source: figures, no verdict
UPDATE disp_court SET outcome = 'convicted' WHERE event_type = 'charge' AND race = 'Black';
SELECT count(preserved) AS verdicts, count(*) > 50 AS figures, count(DISTINCT why) AS reasons, min(why) AS why FROM pt_disparities('disp_court');
-- events whose type is not known are called so, and not taken for all events of a person
UPDATE disp_court SET event_type = NULL WHERE event_type = 'arraignment';
SELECT count(*) FILTER (WHERE event_type IS NULL) AS of_all_events, count(*) FILTER (WHERE event_type = 'not known') > 0 AS not_known FROM pt_disparities('disp_court') WHERE measure = 'events per person';
RESET ROLE;
SET client_min_messages = error;
SELECT pt_drop_release('disp_court');
DO $$ DECLARE r bigint; BEGIN FOR r IN SELECT run_id FROM pt_runs() LOOP PERFORM pt_drop_run(r); END LOOP; END $$;
DROP TABLE disp_court, d;
DROP SCHEMA disp_safe;
DROP OWNED BY disp_owner, disp_other;
DROP EXTENSION personatwin;
DROP ROLE disp_owner, disp_other;
