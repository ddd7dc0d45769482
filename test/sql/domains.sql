-- Domains as data: what is shipped, what users add.
CREATE EXTENSION personatwin;
CREATE SCHEMA dom;
SET search_path = dom, public;
SELECT name, cardinality(event_types) AS types, cardinality(outcomes) AS outcomes, cardinality(sensitive_fields) AS sensitive,
       cardinality(preserve_fields) AS preserve, period, geography, age_cut_points
  FROM pt_domains() ORDER BY name;

-- the tables hang together: rules and aliases speak of types of their domain, no alias is a type or means two
SELECT r.domain, r.event_type, t.name AS unknown_type
  FROM personatwin.event_rule r,
       LATERAL unnest(r.event_type || r.after_any_of || r.closed_by || r.ends_except) AS t (name)
 WHERE NOT EXISTS (SELECT FROM personatwin.domain_event_type e WHERE e.domain = r.domain AND e.name = t.name);
SELECT e.domain, a.name AS alias_twice
  FROM personatwin.domain_event_type e, LATERAL unnest(e.name || e.aliases) AS a (name)
 GROUP BY e.domain, a.name HAVING count(*) > 1;
SELECT DISTINCT domain, category AS category_of_both
  FROM personatwin.domain_event_type a
 WHERE is_reoffence AND EXISTS (SELECT FROM personatwin.domain_event_type b
                                 WHERE b.domain = a.domain AND b.category = a.category AND NOT b.is_reoffence);
SELECT domain, name FROM personatwin.domain_event_type WHERE is_reoffence
UNION ALL SELECT domain, name FROM personatwin.domain_outcome WHERE is_reoffence ORDER BY 1, 2;
SELECT count(*) FILTER (WHERE hard) AS hard, count(*) FILTER (WHERE NOT hard) AS soft, count(*) FILTER (WHERE ends_history) AS ends,
       count(max_occurrences) AS limited, bool_and(shipped) AS shipped
  FROM personatwin.event_rule;

-- a domain of one's own
INSERT INTO personatwin.domain (name, title) VALUES ('lending', 'Lending');
INSERT INTO personatwin.domain_event_type (domain, name, category, aliases)
  VALUES ('lending', 'loan_application', 'loan', '{applied_for_loan}'), ('lending', 'loan_approval', 'loan', '{}');
INSERT INTO personatwin.domain_outcome (domain, name) VALUES ('no such domain', 'repaid');
CREATE TABLE loans AS
  SELECT g / 3 AS client_id, (ARRAY['Loan Application', 'loan_approval', 'Applied for loan'])[1 + g % 3] AS step,
         date '2020-01-01' + g AS day
    FROM generate_series(0, 299) g;
SELECT "column", role, why FROM pt_detect_roles('loans');
SELECT "column", role FROM pt_detect_roles('loans', domain => 'healthcare');
SELECT * FROM pt_detect_roles('loans', domain => 'nonsense');

-- what a dump would take: rows of users only
SELECT c.relname, pg_get_expr IS NULL AS whole, condition
  FROM pg_extension e, LATERAL unnest(e.extconfig, e.extcondition) AS u (oid, condition)
  JOIN pg_class c ON c.oid = u.oid, LATERAL (SELECT NULL AS pg_get_expr) x
 WHERE e.extname = 'personatwin' AND c.relname ~ '^(domain|event_rule|hierarchy)' ORDER BY 1;

-- words only
INSERT INTO personatwin.domain (name, title) VALUES ('Bad Name', 'x');
INSERT INTO personatwin.domain (name, title, period) VALUES ('x', 'x', 'fortnight');

-- closed to others
CREATE ROLE domains_nobody;
SET ROLE domains_nobody;
SELECT count(*) FROM personatwin.domain;
SELECT count(*) FROM pt_domains();
RESET ROLE;
DROP ROLE domains_nobody;

SET client_min_messages = warning;
DROP SCHEMA dom CASCADE;
DROP EXTENSION personatwin;
