-- Models, correlations, distributions, questions and the verdict: against plain SQL and pt_glm on source and views, and what they say when there is nothing to say.
SET client_min_messages = warning;
SET extra_float_digits = 0;
CREATE EXTENSION personatwin;
CREATE ROLE util_owner;
CREATE ROLE util_other;
CREATE ROLE util_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO util_owner, util_other;
CREATE SCHEMA util_safe AUTHORIZATION util_owner;
CREATE TABLE util_court AS SELECT person_id, age, sex, race, event_id, event_date, event_type, outcome FROM pt_sample_court_events(4000, 5);
ALTER TABLE util_court OWNER TO util_owner;
SET ROLE util_owner;
SELECT * FROM pt_validate_release('util_court');
SELECT count(*) > 20 AS personas FROM pt_create_personas('util_court', 0.04);
SELECT release FROM pt_publish_release('util_court', 'util_safe', reader => 'util_reader');
-- a model of events is that of pt_glm on the rows, in both
CREATE TEMP TABLE m AS SELECT * FROM pt_compare_models('util_court', 'outcome ~ race + sex + age', 'logistic', event_type => 'charge', success => '{convicted}');
CREATE TEMP VIEW source_rows AS SELECT (outcome = 'convicted') AS y, race, sex, age::float8 AS age, person_id FROM util_court WHERE event_type = 'charge';
CREATE TEMP VIEW released_rows AS SELECT (outcome = 'convicted') AS y, ethnicity AS race, gender AS sex, age_mean AS age, weight, persona_id FROM util_safe.util_court_events JOIN util_safe.util_court_personas USING (persona_id) WHERE event_type = 'charge';
SELECT count(*) > 6 AS terms, max(abs(m.source_estimate - g.estimate)) < 1e-8 AS estimates, max(abs(m.source_std_error - g.std_error)) < 1e-8 AS errors FROM m JOIN pt_glm('source_rows', 'y ~ race + sex + age', 'logistic', cluster => 'person_id') g USING (term);
SELECT count(*) > 6 AS terms, max(abs(m.release_estimate - g.estimate)) < 1e-8 AS estimates, max(abs(m.release_std_error - g.std_error)) < 1e-8 AS errors FROM m JOIN pt_glm('released_rows', 'y ~ factor(race, ''White'') + factor(sex, ''Male'') + age', 'logistic', weights => 'weight', cluster => 'persona_id') g USING (term);
SELECT max(abs(interval_overlap - pt_interval_overlap(source_low, source_high, release_low, release_high))) < 1e-9 AS overlap, max(abs(standardized_bias - abs(release_estimate - source_estimate) / source_std_error)) < 1e-9 AS bias,
       bool_and(significance_preserved = ((source_p_value < .05) = (release_p_value < .05))) AS significance, bool_and(preserved = (interval_overlap >= .8 - 1e-12 AND sign_preserved AND significance_preserved)) AS verdict FROM m WHERE preserved IS NOT NULL AND release_estimate IS NOT NULL;
SELECT bool_and(preserved) FROM m WHERE term IN ('race=Black', 'sex=Female');
-- the same by two relations of one's own
SELECT count(*) > 6 AS terms, max(abs(f.release_estimate - m.release_estimate)) < 1e-8 AS same FROM m JOIN pt_compare_fits('source_rows', 'released_rows', 'y ~ race + sex + age', 'logistic', original_cluster => 'person_id', released_weights => 'weight', released_cluster => 'persona_id') f USING (term);
-- people: who reoffends (counted per person), and events per person
SELECT term, preserved, abs(source_estimate - ln(odds)) < 1e-6 AS source
  FROM pt_compare_models('util_court', 'reoffended ~ gender', 'logistic'), LATERAL (SELECT (a * d) / (b * c) AS odds FROM (SELECT count(*) FILTER (WHERE sex = 'Female' AND r)::float8 AS a, count(*) FILTER (WHERE sex = 'Female' AND NOT r)::float8 AS b,
    count(*) FILTER (WHERE sex = 'Male' AND r)::float8 AS c, count(*) FILTER (WHERE sex = 'Male' AND NOT r)::float8 AS d FROM (SELECT person_id, min(sex) AS sex, bool_or(event_type = 'reoffense') AS r FROM util_court GROUP BY 1) p) t) o WHERE term = 'gender=Female';
SELECT term, preserved, abs(source_estimate - ln(ratio)) < 1e-6 AS source, abs(release_estimate - source_estimate) < 1e-6 AS exact
  FROM pt_compare_models('util_court', 'events ~ gender', 'poisson', event_type => 'arrest'), LATERAL (SELECT max(n) FILTER (WHERE sex = 'Female') / max(n) FILTER (WHERE sex = 'Male') AS ratio FROM (SELECT sex, count(*) FILTER (WHERE event_type = 'arrest')::float8 / count(DISTINCT person_id) AS n FROM util_court GROUP BY 1) t) o WHERE term = 'gender=Female';
SELECT count(*) >= 1 AS some FROM pt_compare_models('util_court', 'reoffended ~ factor(age_group, ''25-44'') + ethnicity', 'logistic') WHERE term LIKE 'age_group%' AND preserved;
-- what a model cannot be
SELECT * FROM pt_compare_models('util_court', 'outcome ~ height', 'logistic', success => '{convicted}');
SELECT * FROM pt_compare_models('util_court', 'outcome ~ gender', 'logistic', event_type => 'charge');
SELECT * FROM pt_compare_models('util_court', 'outcome ~ gender', 'logistic', event_type => 'charge', success => '{never}');
SELECT * FROM pt_compare_models('util_court', 'reoffended ~ event_type', 'logistic');
SELECT * FROM pt_compare_models('util_court', 'events ~ gender', 'linear');
SELECT * FROM pt_compare_models('util_court', 'outcome ~ "race"" ; drop table x --"', 'logistic', success => '{convicted}');
SELECT * FROM pt_compare_models('util_court', 'outcome ~ gender', 'logistic', success => '{convicted}', required_overlap => 0);
SELECT count(*) FROM pt_compare_models('util_court', 'outcome ~ gender', 'logistic', event_type => 'charge''; drop table util_court --', success => '{convicted}');
-- separated, collinear, NaN, weights of zero: in two relations
CREATE TEMP TABLE odd AS SELECT i % 2 = 0 AS y, i % 2 AS x, (i % 3)::float8 AS z, 2.0 * (i % 3) AS twice, 1 AS w, 0 AS none, (CASE WHEN i = 7 THEN 'NaN'::float8 ELSE i END) AS nan, 'one' AS one FROM generate_series(1, 60) i;
SET client_min_messages = notice;
SELECT term, preserved, why FROM pt_compare_fits('odd', 'odd', 'y ~ x', 'logistic');
SELECT term, preserved, why FROM pt_compare_fits('odd', 'odd', 'y ~ z + twice', 'linear');
SELECT * FROM pt_compare_fits('odd', 'odd', 'y ~ nan', 'logistic');
SELECT * FROM pt_compare_fits('odd', 'odd', 'y ~ z', 'logistic', original_weights => 'none');
SELECT term, preserved, why FROM pt_compare_fits('odd', 'odd', 'y ~ z', 'logistic', released_weights => 'none');
SET client_min_messages = warning;
-- correlations by PostgreSQL's corr and by counts
CREATE TEMP TABLE c AS SELECT * FROM pt_correlations('util_court');
SELECT unit, measure, count(*) AS pairs, bool_and(preserved = (abs(release_value - source_value) <= .05 + 1e-12)) AS verdict, bool_and(abs(preservation - (1 - abs(release_value - source_value))) < 1e-12) AS preservation FROM c WHERE measure IS NOT NULL AND preserved IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
WITH p AS (SELECT person_id, max(age) AS age, min(sex) AS sex, min(race) AS race FROM util_court GROUP BY 1),
     v AS (SELECT (pt_chi_square(array_agg(ARRAY[f, m] ORDER BY race))).cramers_v AS v FROM (SELECT race, count(*) FILTER (WHERE sex = 'Female')::float8 AS f, count(*) FILTER (WHERE sex = 'Male')::float8 AS m FROM p GROUP BY 1) t),
     eta AS (SELECT abs(corr(age, (sex = 'Female')::int)) AS e FROM p)
SELECT abs(source_value - v) < 1e-9 AS cramer, (SELECT abs(source_value - e) < 1e-9 FROM c, eta WHERE unit = 'people' AND column_a = 'age' AND column_b = 'sex') AS point_biserial FROM c, v WHERE unit = 'people' AND column_a = 'sex' AND column_b = 'race';
WITH e AS (SELECT age::float8 AS age, (CASE (SELECT period FROM util_safe.util_court_about) WHEN 'half-year' THEN make_date(date_part('year', event_date)::int, CASE WHEN date_part('month', event_date) <= 6 THEN 1 ELSE 7 END, 1) ELSE date_trunc((SELECT period FROM util_safe.util_court_about), event_date::timestamp)::date END - date '2000-01-01')::float8 AS day FROM util_court)
SELECT abs(max(source_value) FILTER (WHERE measure = 'pearson') - corr(age, day)) < 1e-9 AS pearson, abs(max(source_value) FILTER (WHERE measure = 'spearman') - (pt_rank_correlation(array_agg(age), array_agg(day))).rho) < 1e-9 AS spearman FROM e, c WHERE unit = 'events' AND column_a = 'age' AND column_b = 'period' GROUP BY ();
WITH r AS (SELECT age_mean, lower(period) - date '2000-01-01' AS day, weight FROM util_safe.util_court_events JOIN util_safe.util_court_personas USING (persona_id))
SELECT abs(max(release_value) - (pt_correlation(age_mean, day, weight)).estimate) < 1e-9 AS released FROM r, c WHERE unit = 'events' AND column_a = 'age' AND column_b = 'period' AND measure = 'pearson' GROUP BY c.unit;
-- distributions
CREATE TEMP TABLE d AS SELECT * FROM pt_distributions('util_court');
SELECT unit, column_name, measure, complement BETWEEN 0 AND 1 AS between_0_and_1, preserved = (complement >= .85) AS verdict FROM d ORDER BY unit, column_name COLLATE "C";
WITH s AS (SELECT event_type AS k, count(*)::float8 / sum(count(*)) OVER () AS p FROM util_court GROUP BY 1), r AS (SELECT event_type AS k, sum(weight)::float8 / sum(sum(weight)) OVER () AS p FROM util_safe.util_court_events GROUP BY 1)
SELECT abs(complement - (1 - tv)) < 1e-9 AS total_variation FROM d, (SELECT sum(abs(coalesce(s.p, 0) - coalesce(r.p, 0))) / 2 AS tv FROM s FULL JOIN r USING (k)) t WHERE column_name = 'event_type';
WITH p AS (SELECT max(age) AS age FROM util_court GROUP BY person_id), x AS (SELECT age::float8 AS x, 1.0 / count(*) OVER () AS s, 0.0 AS r FROM p UNION ALL SELECT age_mean, 0, merged_from::float8 / sum(merged_from) OVER () FROM util_safe.util_court_personas),
     f AS (SELECT x, sum(sum(s)) OVER (ORDER BY x) - sum(sum(r)) OVER (ORDER BY x) AS gap FROM x GROUP BY x)
SELECT abs(complement - (1 - (SELECT max(abs(gap)) FROM f))) < 1e-9 AS kolmogorov_smirnov FROM d WHERE column_name = 'age';
-- propensity: repeatable, and near what chance gives
SELECT unit, source_n = (CASE unit WHEN 'people' THEN (SELECT count(DISTINCT person_id) FROM util_court) ELSE (SELECT count(*) FROM util_court) END) AS n, pmse >= 0 AS pmse, abs(ratio - pmse / null_mean) < 1e-9 AS ratio, abs(standardized - (pmse - null_mean) / null_sd) < 1e-9 AS standardized, p_value > 0 AND p_value <= 1 AS p
  FROM pt_propensity('util_court', 5);
SELECT (SELECT array_agg(p) FROM pt_propensity('util_court', 3, 9) p) = (SELECT array_agg(p) FROM pt_propensity('util_court', 3, 9) p) AS repeatable;
-- questions
SELECT pt_define_question('util_court', 'bail', 'Is bail granted less often to Black people?', 'outcome', 'ethnicity', success => '{Granted}', event_types => '{bail_hearing}', covariates => '{gender,age,height|size}');
SELECT pt_define_question('util_court', 'height', 'Do tall people reoffend?', 'reoffended', 'height');
CREATE TEMP TABLE q AS SELECT * FROM pt_research_questions('util_court');
SELECT origin, name, in_source, answerable, why, preserved FROM q WHERE origin <> 'roles' AND NOT (name IN ('bail') AND preserved IS NULL) ORDER BY origin, name COLLATE "C";
SELECT abs(q.source_estimate - m.source_estimate) < 1e-9 AS source, abs(q.release_estimate - m.release_estimate) < 1e-9 AS release, q.compared, q.reference, q.scale FROM q, pt_compare_models('util_court', 'outcome ~ ethnicity + gender + age', 'logistic', event_type => 'bail_hearing', success => '{granted}') m WHERE q.name = 'bail' AND m.term = 'ethnicity=Black';
SELECT count(*) > 10 AS several, bool_and(abs(q.source_estimate - d.source_effect) < 1e-12) AS as_disparities, bool_and(q.preserved IS NOT DISTINCT FROM d.preserved OR NOT q.answerable) AS verdict
  FROM q JOIN pt_disparities('util_court') d ON q.name = d.measure || CASE d.measure WHEN 'reoffence' THEN '' WHEN 'people with' THEN ' ' || d.event_type ELSE coalesce(' of ' || d.value, '') || ' (' || d.event_type || ')' END || ' by ' || d.attribute AND q.compared = d.compared_group WHERE q.origin = 'roles' AND d.measure <> 'association';
SELECT bool_and(why IS NOT NULL) AS every_no_has_a_reason FROM q WHERE NOT answerable OR preserved IS FALSE;
SELECT abs(power - pt_power_two_proportions((d.in_source).value1, (d.in_source).value0, (d.in_release).n1, (d.in_release).n0)) < 1e-12 AS power FROM q, pt_disparities('util_court') d WHERE q.name = 'reoffence by gender' AND d.measure = 'reoffence' AND d.attribute = 'gender';
SELECT pt_drop_question('util_court', 'height'), pt_drop_question('util_court', 'height');
SELECT pt_define_question('util_court', '', 'x', 'y', 'z');
SELECT pt_define_question('util_court', 'x', 'x', 'y', 'z', family => 'cubic');
SELECT pt_define_question('util_court', 'x', 'x', 'y', 'z', filter_column => 'a');
SELECT pt_define_question('util_court', 'x', 'x', 'y', 'z', success => '{""}');
-- the verdict follows from its parts, and is stored with the release
CREATE TEMP TABLE v AS SELECT * FROM pt_validate_release('util_court');
SELECT part, required, passed = (found >= required - 1e-12) AS as_found FROM v WHERE part <> 'release';
SELECT (SELECT found FROM v WHERE part = 'correlations') - avg(preserved::int) AS correlations FROM c;
SELECT (SELECT found FROM v WHERE part = 'distributions') - avg(complement) AS distributions FROM d WHERE preserved IS NOT NULL;
SELECT (SELECT found FROM v WHERE part = 'disparities') - avg(preserved::int) AS disparities FROM pt_disparities('util_court') WHERE compared_group IS NULL OR compared_group IN (SELECT coalesce(race, sex) FROM (SELECT race, sex, person_id FROM util_court) t GROUP BY GROUPING SETS ((race), (sex)) HAVING count(DISTINCT person_id) >= 25);
SELECT abs((SELECT found FROM v WHERE part = 'release') - least(1, min(found / required))) < 1e-12 AS release FROM v WHERE part <> 'release';
RESET ROLE;
SET ROLE util_reader;
SELECT p->>'part' AS part, (p->>'found')::float8 BETWEEN 0 AND 1 AS found FROM util_safe.util_court_about, jsonb_array_elements(utility) p;
RESET ROLE;
SELECT version, passed = (SELECT passed FROM v WHERE part = 'release') AS stored, validated_by FROM personatwin.validation;
SELECT validated_at AS stored_at FROM personatwin.validation \gset
SET ROLE util_owner;
-- a publication can require it: all or nothing
SELECT release FROM pt_publish_release('util_court', 'util_safe', name => 'second', min_utility => 2);
-- one gender, no other protected attribute: nothing can be judged, so no verdict, and no publication that asks for one
RESET ROLE;
CREATE TABLE util_single AS SELECT i AS person_id, 30 AS age, 'Female' AS sex, i AS event_id, date '2020-03-01' + i % 300 AS event_date, 'charge' AS event_type, CASE i % 2 WHEN 0 THEN 'convicted' ELSE 'dismissed' END AS outcome FROM generate_series(1, 2000) i;
ALTER TABLE util_single OWNER TO util_owner;
SET ROLE util_owner;
SELECT count(*) > 20 AS personas FROM pt_create_personas('util_single', 0.04, domain => 'criminal_justice');
SELECT release FROM pt_publish_release('util_single', 'util_safe', name => 'second', min_utility => 0.5);
SELECT count(*) AS none FROM pg_views WHERE viewname LIKE 'second%';
SELECT release FROM pt_publish_release('util_single', 'util_safe', name => 'second');
SELECT part, passed, why FROM pt_validate_release('util_single');
SELECT count(*) FROM pt_disparities('util_single');
SELECT term, preserved FROM pt_compare_models('util_single', 'outcome ~ gender', 'logistic', success => '{convicted}') WHERE term <> '(intercept)';
SELECT DISTINCT in_source, answerable, preserved FROM pt_research_questions('util_single') WHERE origin <> 'roles' AND name <> 'plea bargains by demographics';
SELECT release FROM pt_publish_release('util_court', 'util_safe', name => 'third', min_utility => 0.01);
SELECT jsonb_array_length(utility) AS parts FROM util_safe.third_about;
SELECT count(*) FROM pt_correlations('util_court');
SELECT pt_drop_release('util_court', 'util_safe', 'third');
-- who may not
RESET ROLE;
SET ROLE util_other;
SELECT * FROM pt_compare_models('util_court', 'reoffended ~ gender', 'logistic');
SELECT * FROM pt_correlations('util_court');
SELECT * FROM pt_distributions('util_court');
SELECT * FROM pt_propensity('util_court');
SELECT * FROM pt_research_questions('util_court');
SELECT * FROM pt_validate_release('util_court');
SELECT pt_define_question('util_court', 'x', 'x', 'y', 'z');
SELECT pt_drop_question('util_court', 'bail');
RESET ROLE;
SET ROLE util_owner;
BEGIN READ ONLY;
SELECT * FROM pt_validate_release('util_court');
ROLLBACK;
SELECT * FROM pt_propensity('util_court', 1);
SELECT * FROM pt_correlations('util_court', tolerance => 'NaN');
-- a release older than the source: figures, no verdict, nothing stored
UPDATE util_court SET outcome = 'convicted' WHERE event_type = 'charge' AND race = 'Black';
SELECT count(preserved) AS verdicts, count(*) > 6 AS figures, min(why) AS why FROM pt_compare_models('util_court', 'outcome ~ ethnicity + gender', 'logistic', event_type => 'charge', success => '{convicted}');
SELECT count(preserved) AS verdicts, count(*) > 6 AS figures, count(DISTINCT why) AS reasons FROM pt_correlations('util_court');
SELECT count(preserved) AS verdicts, count(*) > 4 AS figures FROM pt_distributions('util_court');
SELECT count(preserved) AS verdicts, count(*) > 10 AS figures, min(why) AS why FROM pt_research_questions('util_court');
SELECT part, passed, why FROM pt_validate_release('util_court');
RESET ROLE;
SELECT count(*) AS as_stored_before FROM personatwin.validation WHERE validated_at = :'stored_at';
SET client_min_messages = error;
DROP VIEW source_rows, released_rows;
SELECT pt_drop_release('util_court'), pt_drop_release('util_single');
DO $$ DECLARE r bigint; BEGIN FOR r IN SELECT run_id FROM pt_runs() LOOP PERFORM pt_drop_run(r); END LOOP; END $$;
DROP TABLE util_court, util_single;
DROP SCHEMA util_safe;
DROP OWNED BY util_owner, util_other, util_reader;
DROP EXTENSION personatwin;
DROP ROLE util_owner, util_other, util_reader;
