-- Roles of columns: labels, pt_set_role, pt_roles, pt_describe, pt_detect_roles.
CREATE EXTENSION personatwin;
CREATE SCHEMA rol;
SET search_path = rol, public;
\pset null '-'
CREATE TABLE events (
  event_id int, person_id int, sex text, age int, race text, county text, priors int, occurred_on date, event_type text,
  degree text, outcome text, note text);
INSERT INTO events
  SELECT g, g / 5, (ARRAY['Male', 'Female'])[1 + g / 5 % 2], 20 + g / 5 % 40, (ARRAY['Black', 'White', 'Asian'])[1 + g / 5 % 3],
         (ARRAY['North', 'South'])[1 + g / 5 % 2], g / 5 % 7, date '2020-01-01' + g % 700,
         (ARRAY['arrest', 'charge', 'plea', 'sentencing', 'release'])[1 + g % 5], (ARRAY['F', 'M', 'O'])[1 + g % 3],
         (ARRAY['guilty', NULL, 'dismissed'])[1 + g % 3], 'note number ' || g || ' about this case'
    FROM generate_series(0, 999) g;

-- detection says why and records nothing
SELECT "column", role, kind, confidence, why FROM pt_detect_roles('events');
SELECT count(*) FROM pg_seclabel WHERE provider = 'personatwin';
-- describing records
SELECT "column", role, kind FROM pt_describe('events', dry_run => true);
SELECT count(*) FROM pg_seclabel WHERE provider = 'personatwin';
SELECT "column", role, kind FROM pt_describe('events');
SELECT * FROM pt_roles('events');
SELECT label FROM pg_seclabel WHERE objoid = 'events'::regclass AND objsubid = 0;
-- a second time nothing is new; a column added later stays out and is named
ALTER TABLE events ADD COLUMN sexual_orientation text, ADD COLUMN gender text;
SELECT "column", role, kind FROM pt_describe('events') WHERE role IS NULL;
SELECT pt_set_role('events', 'priors', 'ignore'), pt_set_role('events', 'sexual_orientation', 'Sensitive'),
       pt_set_role('events', 'gender', 'ignore');
SELECT "column", role, kind FROM pt_describe('events') WHERE "column" IN ('priors', 'sexual_orientation', 'gender');
-- raw labels, with and without effect
SECURITY LABEL FOR personatwin ON COLUMN events.priors IS 'QUASI_IDENTIFIER : Socio-Economic';
SELECT * FROM pt_roles('events') WHERE "column" = 'priors';
SECURITY LABEL FOR personatwin ON COLUMN events.priors IS NULL;
SECURITY LABEL FOR personatwin ON COLUMN events.priors IS NULL;
SELECT pt_set_role('events', 'priors', NULL);
SELECT * FROM pt_roles('events') WHERE "column" = 'priors';
-- two of what there is one of
SELECT pt_set_role('events', 'gender', 'quasi-identifier: gender');
SELECT count(*) FROM pt_describe('events');
SELECT pt_set_role('events', 'gender', 'event type');
SELECT count(*) FROM pt_describe('events');
SELECT pt_set_role('events', 'gender', 'ignore');
-- words and objects that won't do
SELECT pt_set_role('events', 'age', 'colour');
SELECT pt_set_role('events', 'age', 'quasi-identifier', 'text');
SELECT pt_set_role('events', 'age', 'identifier', 'age');
SELECT pt_set_role('events', 'nothing', 'identifier');
SELECT pt_set_role('events', NULL, 'identifier');
SELECT pt_set_role('events_sequence', 'x', 'identifier');
CREATE SEQUENCE events_sequence;
SELECT pt_set_role('events_sequence', 'last_value', 'identifier');
SECURITY LABEL FOR personatwin ON COLUMN events.age IS 'quasi-identifier; DROP TABLE events';
SECURITY LABEL FOR personatwin ON TABLE events IS 'identifier';
SECURITY LABEL FOR personatwin ON TABLE events IS 'described: no such''domain';
SECURITY LABEL FOR personatwin ON SCHEMA public IS 'identifier';
SELECT pt_roles(4000000000::oid::regclass);
-- the domain, and starting afresh
SELECT pt_set_domain('events', 'nonsense');
SELECT pt_set_domain('events', 'healthcare');
SELECT label FROM pg_seclabel WHERE objoid = 'events'::regclass AND objsubid = 0;
SELECT pt_forget_roles('events');
SELECT count(*) FROM pg_seclabel WHERE provider = 'personatwin';

-- one role set by hand before the first run does not keep the others from being detected
SELECT pt_set_role('events', 'degree', 'ignore');
SET client_min_messages = warning;
SELECT "column", role, kind FROM pt_describe('events') WHERE "column" IN ('degree', 'sex', 'event_type');
-- complete labels by hand: nothing is detected
SELECT pt_forget_roles('events');
SELECT pt_set_role('events', 'person_id', 'person'), pt_set_role('events', 'event_type', 'event type'),
       pt_set_role('events', 'sex', 'quasi-identifier');
SELECT "column", role, kind FROM pt_describe('events') WHERE role IS NOT NULL;
RESET client_min_messages;

-- rename follows, drop leaves no trace
ALTER TABLE events RENAME COLUMN sex TO "Geschlecht Ä";
ALTER TABLE events DROP COLUMN event_id;
SELECT * FROM pt_roles('events') WHERE role IS NOT NULL;

-- rights: only the owner sets, read-only transactions stay read-only but can look
CREATE ROLE roles_reader;
GRANT USAGE ON SCHEMA rol TO roles_reader;
GRANT EXECUTE ON FUNCTION pt_set_role(regclass, text, text, text), pt_detect_roles(regclass, regclass, text, text),
  pt_describe(regclass, regclass, text, text, boolean), pt_forget_roles(regclass), pt_set_domain(regclass, text) TO roles_reader;
SET ROLE roles_reader;
SELECT pt_set_role('events', 'age', 'ignore');
SELECT pt_forget_roles('events');
SELECT pt_set_domain('events', 'healthcare');
SELECT count(*) FROM pt_detect_roles('events');
RESET ROLE;
GRANT SELECT ON events TO roles_reader;
SET ROLE roles_reader;
SELECT count(*) FROM pt_detect_roles('events');
RESET ROLE;
SELECT pt_forget_roles('events');
SET ROLE roles_reader;
SET client_min_messages = warning;
SELECT "column", role, kind FROM pt_describe('events') WHERE role = 'person';
RESET client_min_messages;
RESET ROLE;
SELECT count(*) FROM pg_seclabel WHERE provider = 'personatwin';
BEGIN READ ONLY;
SELECT "column", role FROM pt_describe('events') WHERE role = 'person';
SELECT pt_set_role('events', 'age', 'ignore');
ROLLBACK;
DROP OWNED BY roles_reader;
DROP ROLE roles_reader;

SET client_min_messages = warning;
DROP SCHEMA rol CASCADE;
DROP EXTENSION personatwin;
