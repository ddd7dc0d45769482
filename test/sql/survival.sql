-- Life tables and the log-rank test from rows of counts: data "aml", figures of R 4.2.2 (survfit, survdiff).
SET client_min_messages = warning;
CREATE EXTENSION personatwin;
SET extra_float_digits = 0;
CREATE ROLE surv_reader;
CREATE TABLE aml (months int, event boolean, arm text);
INSERT INTO aml SELECT m, e, 'maintained' FROM (VALUES (9,true),(13,true),(13,false),(18,true),(23,true),(28,false),(31,true),(34,true),(45,false),(48,true),(161,false)) v (m, e)
 UNION ALL SELECT m, e, 'not' FROM (VALUES (5,true),(5,true),(8,true),(8,true),(12,true),(16,false),(23,true),(27,true),(30,true),(33,true),(43,true),(45,true)) v (m, e);
CREATE VIEW counts AS SELECT arm, t AS "interval", count(*) FILTER (WHERE months >= t) AS n_at_risk, count(*) FILTER (WHERE months = t AND event) AS n_event, count(*) FILTER (WHERE months = t AND NOT event) AS n_censored
  FROM aml, (SELECT DISTINCT months AS t FROM aml) x GROUP BY arm, t;
GRANT SELECT ON counts TO surv_reader;
SET ROLE surv_reader;
-- summary(survfit(Surv(time, status) ~ 1))
SELECT life_interval, n_at_risk, n_event, n_censored, round(survival::numeric, 12) AS survival, round(std_error::numeric, 12) AS std_error FROM pt_life_table('counts', actuarial => false) ORDER BY "position" LIMIT 5;
SELECT stratum, count(*), round(min(survival)::numeric, 9) AS last, bool_and(low <= survival AND high >= survival AND low >= 0 AND high <= 1) AS inside FROM pt_life_table('counts', 'arm', actuarial => false) GROUP BY stratum ORDER BY stratum;
-- survdiff(Surv(time, status) ~ x): chisq 3.396389
SELECT groups, events, round(chi_square::numeric, 9) AS chi_square, df, round(p_value::numeric, 9) AS p FROM pt_log_rank('counts', 'arm', actuarial => false);
-- in intervals of a quarter of a year, half of the censored at risk; proportional hazards by the complementary log-log model
RESET ROLE;
CREATE TABLE quarters AS SELECT arm, int4range(q * 12, q * 12 + 12) AS span, sum(n_event) AS d, sum(n_censored) AS c, max(n_at_risk) AS n, max(n_at_risk) - sum(n_censored) / 2 AS exposed FROM (SELECT *, "interval" / 12 AS q FROM counts) x GROUP BY arm, q;
SELECT stratum, life_interval, exposed, round(hazard::numeric, 6) AS hazard, round(survival::numeric, 6) AS survival FROM pt_life_table('quarters', 'arm', 'span', 'n', 'd', 'c') ORDER BY stratum, "position" LIMIT 4;
-- an interval without any event tells nothing of the groups and has no finite coefficient; R: glm(cbind(d, exposed - d) ~ arm + span, binomial("cloglog"))
CREATE VIEW with_events AS SELECT * FROM quarters WHERE span IN (SELECT span FROM quarters GROUP BY span HAVING sum(d) > 0);
SELECT term, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error FROM pt_glm('with_events', 'd / exposed ~ arm + span', 'cloglog') WHERE term LIKE 'arm%';
-- one group; a group of nobody; no rows; no events
SELECT groups, chi_square FROM pt_log_rank('counts', 'interval') WHERE false;
CREATE TABLE odd AS SELECT 'a' AS g, 1 AS "interval", 10 AS n_at_risk, 0 AS n_event, 0 AS n_censored;
SELECT groups, events, chi_square, p_value FROM pt_log_rank('odd', 'g');
SELECT stratum, survival, std_error, low, high FROM pt_life_table('odd', 'g');
INSERT INTO odd VALUES (NULL, 1, 5, 5, 0), ('a', 2, 10, 1, 1), ('a', NULL, 3, 3, 3);
SELECT stratum, life_interval, n_at_risk, survival, std_error, low FROM pt_life_table('odd', 'g');
SELECT groups, df FROM pt_log_rank('odd', 'g');
TRUNCATE odd;
SELECT * FROM pt_life_table('odd');
SELECT groups, chi_square FROM pt_log_rank('odd', 'g');
-- refusals
INSERT INTO odd VALUES ('a', 1, 3, 2, 2);
SELECT * FROM pt_life_table('odd');
UPDATE odd SET n_event = -1;
SELECT * FROM pt_life_table('odd');
SELECT * FROM pt_life_table('odd', 'no_such');
SELECT * FROM pt_life_table('odd', 'g; DROP TABLE odd');
SELECT pt_log_rank('odd', NULL);
SELECT * FROM pt_life_table('odd', confidence => 1);
SET ROLE surv_reader;
SELECT * FROM pt_life_table('odd');
RESET ROLE;
DROP TABLE quarters, odd, aml CASCADE;
DROP EXTENSION personatwin;
DROP ROLE surv_reader;
