-- Profiles with a cell size: every count of people that is published is 0 or large enough, and so is what any difference of published figures gives.
SET client_min_messages = error;
CREATE EXTENSION personatwin;
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(2000);
-- a rule of the profile and a name; the views of the release under it
CREATE FUNCTION pg_temp.publish(profile text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r bigint; BEGIN
  PERFORM count(*) FROM pt_create_personas('court', 0.1, profile => profile);
  RETURN (SELECT release FROM pt_publish_release('court', profile, name => 'court'));
END $$;
-- Counts of people: sizes, the people of pools, those with and without a reoffence. Pools are classes, or unions of classes: the sizes of what shows the same pool add up to its
-- people. So pools do not overlap, and whatever is computed from published figures is a sum of whole pools, each of which is checked here.
CREATE FUNCTION pg_temp.counts(schema text) RETURNS TABLE (what text, n bigint, smallest bigint, zeros bigint, smallest_share numeric, pools_add_up bool) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    WITH class AS (SELECT class_id, sum(merged_from) AS people, gender, ethnicity, geography, (array_agg(recidivism_indicators))[1] AS r FROM %1$I.court_personas GROUP BY 1, 3, 4, 5),
    pool AS (SELECT (r->>'people')::bigint AS people, (r->>'with_reoffence')::bigint AS with_it, sum(people) AS members
               FROM class WHERE r->>'scope' <> 'withheld' GROUP BY gender, ethnicity, geography, r, CASE WHEN r->>'scope' = 'class' THEN class_id END)
    SELECT 'personas', count(*), min(merged_from)::bigint, 0::bigint, NULL::numeric, true FROM %1$I.court_personas
    UNION ALL SELECT 'classes', count(*), min(people)::bigint, 0, NULL, true FROM class
    UNION ALL SELECT 'with reoffence', count(*), min(nullif(with_it, 0)), count(*) FILTER (WHERE with_it = 0), round(min(with_it::numeric / people), 4), bool_and(people = members) FROM pool
    UNION ALL SELECT 'without', count(*), min(nullif(people - with_it, 0)), count(*) FILTER (WHERE people = with_it), round(min(1 - with_it::numeric / people), 4), bool_and(people = members) FROM pool$q$, schema);
END $$;
SELECT pg_temp.publish('cms_11');
SELECT what, n > 0 AS some, smallest >= 11 AS large_enough, pools_add_up FROM pg_temp.counts('cms_11');
SELECT (SELECT count(*) FROM cms_11.court_events) AS events, count(event_types) + count(temporal_patterns) + count(outcome_distributions) AS summaries, count(recidivism_indicators) > 0 AS indicators FROM cms_11.court_personas;
SELECT profile, events, event_rows, (suppression->>'people') ~ '^(0|<11|[1-9][1-9]|[2-9][0-9]|[0-9]{3,})$' AS suppression, how_to_analyse LIKE '%Cite as: cms_11.court, version 1%' AS cited FROM cms_11.court_about;
SELECT col_description('cms_11.court_personas'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'cms_11.court_personas'::regclass AND attname = 'event_types';
-- the checksums hold for what is published
SELECT checksums->'personas'->>'sql' AS sql, checksums->'personas'->>'sha256' AS sha FROM cms_11.court_about \gset
SELECT x.sha = :'sha' AS checksum FROM (:sql) x(sha);
SELECT pt_drop_release('court');
-- an earlier publication stays in mind for comparisons: a new installation for each
SELECT count(pt_drop_run(run_id)) FROM pt_runs();
DROP TABLE court;
DROP EXTENSION personatwin;
CREATE EXTENSION personatwin;
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(2500, 2);
SELECT pg_temp.publish('ferpa_10');
SELECT what, n > 0 AS some, smallest >= 10 AS large_enough, zeros, coalesce(smallest_share >= 0.05, true) AS share, pools_add_up FROM pg_temp.counts('ferpa_10');
SELECT pt_drop_release('court');
SELECT count(pt_drop_run(run_id)) FROM pt_runs();
DROP TABLE court;
DROP EXTENSION personatwin;
CREATE EXTENSION personatwin;
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(1000, 3);
SELECT pg_temp.publish('statsnz_rr3');
SELECT count(recidivism_indicators) + count(event_types) AS counts, (SELECT count(*) FROM statsnz_rr3.court_events) AS events FROM statsnz_rr3.court_personas;
SELECT rule, required, found, passed FROM pt_check_profile('court', 'statsnz_rr3');
SELECT rule, required, found, passed FROM pt_check_profile('court', 'nhs_7_5') WHERE rule = 'round_to';
SELECT pt_drop_release('court');
SELECT count(pt_drop_run(run_id)) FROM pt_runs();
DROP TABLE court;
DROP SCHEMA cms_11, ferpa_10, statsnz_rr3;
DROP EXTENSION personatwin;
