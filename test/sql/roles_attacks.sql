-- Attacks on describe: code of others must not run because of names, operators, casts or search_path.
CREATE EXTENSION personatwin;
CREATE SCHEMA att;
SET search_path = att, public;
CREATE TABLE caught (what text);
CREATE FUNCTION evil_eq(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO att.caught VALUES ('oid ='); RETURN true; END $$;
CREATE FUNCTION evil_eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO att.caught VALUES ('text ='); RETURN true; END $$;
CREATE FUNCTION evil_eq(smallint, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO att.caught VALUES ('int ='); RETURN true; END $$;
CREATE FUNCTION evil_gt(integer, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO att.caught VALUES ('int >'); RETURN true; END $$;
CREATE FUNCTION evil_and(bigint, bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN INSERT INTO att.caught VALUES ('&'); RETURN 0; END $$;
CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil_eq);
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = evil_eq);
CREATE OPERATOR = (LEFTARG = smallint, RIGHTARG = integer, FUNCTION = evil_eq);
CREATE OPERATOR > (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil_gt);
CREATE OPERATOR & (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil_and);
CREATE AGGREGATE count(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '-1000');
CREATE FUNCTION concat(VARIADIC "any") RETURNS text LANGUAGE internal AS 'pgsql_version';
CREATE TYPE mood AS ENUM ('arrest', 'charge');
CREATE FUNCTION evil_cast(mood) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO att.caught VALUES ('cast'); RETURN 'x'; END $$;
CREATE CAST (mood AS text) WITH FUNCTION evil_cast(mood) AS IMPLICIT;
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION evil_cast(pair) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO att.caught VALUES ('cast'); RETURN 'x'; END $$;
CREATE CAST (pair AS text) WITH FUNCTION evil_cast(pair) AS IMPLICIT;
CREATE DOMAIN mood2 AS mood;
CREATE FUNCTION "regclass"(text) RETURNS regclass LANGUAGE plpgsql AS $$ BEGIN INSERT INTO att.caught VALUES ('regclass'); RETURN NULL; END $$;
CREATE TABLE events (person pair, event_type mood, second mood2, day date, "x'); INSERT INTO att.caught VALUES ('name" text, county text, state text);
INSERT INTO events SELECT ROW(g / 3, 1)::pair, (ARRAY['arrest', 'charge'])[1 + g % 2]::mood, 'charge', date '2020-01-01' + g, 'x', 'c', 's'
  FROM generate_series(1, 300) g;
SET search_path = att, pg_catalog, public;
SET client_min_messages = warning;
SELECT "column", role, kind FROM pt_detect_roles('att.events', person_key => 'person');
SELECT pg_catalog.count(*) FROM pt_describe('att.events', person_key => 'person');
SELECT "column", role, kind FROM pt_roles('att.events');
SELECT pt_set_hierarchy('att.events', 'second', 'att.events', '{event_type,second}');
SELECT pt_set_hierarchy('att.events', 'second', 'att.events', '{second,state}');
SELECT pt_set_role('att.events', 'x''); INSERT INTO att.caught VALUES (''name', 'identifier; SECURITY LABEL FOR personatwin ON COLUMN att.events.day IS NULL');
SELECT pt_forget_roles('att.events');
SELECT DISTINCT what FROM att.caught;

-- a function of the owner in a view runs as whoever reads, and nothing runs as the extension's owner
SET search_path = att, public;
CREATE ROLE attacks_owner;
GRANT USAGE ON SCHEMA att TO attacks_owner;
GRANT CREATE ON SCHEMA att TO attacks_owner;
GRANT EXECUTE ON FUNCTION pt_describe(regclass, regclass, text, text, boolean), pt_set_hierarchy(regclass, text, regclass, text[], text),
  pt_domains() TO attacks_owner;
SET ROLE attacks_owner;
CREATE FUNCTION att.who() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text';
CREATE VIEW att.spy AS SELECT g / 3 AS person_id, CASE att.who() WHEN 'attacks_owner' THEN 'arrest' ELSE 'ran as somebody else' END AS event_type,
  'f' AS sex FROM generate_series(1, 99) g;
SELECT "column", role FROM pt_describe('att.spy', dry_run => true);
CREATE VIEW att.levels AS SELECT 'arrest' AS a, CASE att.who() WHEN 'attacks_owner' THEN 'up' ELSE 'ran as somebody else' END AS b;
SELECT pt_set_hierarchy('att.spy', 'event_type', 'att.levels', '{a,b}');
SELECT pg_catalog.count(*) FROM personatwin.hierarchy;
RESET ROLE;
DROP OWNED BY attacks_owner CASCADE;
DROP ROLE attacks_owner;
-- a function in one relation puts a view with other types in the place of the next one: an error, never a value read as a pointer
CREATE TABLE att.base AS SELECT g % 50 AS pid, 'arrest'::text AS event_type, date '2020-01-01' + g AS day, 'x'::text AS note FROM generate_series(1, 200) g;
CREATE VIEW att.swapped AS SELECT * FROM att.base;
CREATE TABLE att.persons AS SELECT g AS pid, 20 + g % 30 AS age, 'f'::text AS sex FROM generate_series(0, 49) g;
CREATE FUNCTION att.swap(sex text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
  IF pg_catalog.to_regclass('att.swapped_old') IS NULL AND pg_catalog.current_setting('att.armed') = 'yes' THEN
    ALTER VIEW att.swapped RENAME TO swapped_old;
    CREATE VIEW att.swapped AS SELECT pid, event_type, day, 4702111234474983745 AS note FROM att.base;
  END IF;
  RETURN sex;
END $$;
CREATE VIEW att.persons_seen AS SELECT pid, age, att.swap(sex) AS sex FROM att.persons;
SET att.armed = 'no';
SELECT pt_set_role('att.persons_seen', c, r, k) FROM (VALUES ('pid', 'person', NULL), ('age', 'quasi-identifier', 'age'), ('sex', 'quasi-identifier', 'gender')) AS v(c, r, k);
SELECT pt_set_role('att.swapped', c, r, k) FROM (VALUES ('pid', 'person', NULL), ('event_type', 'event type', NULL), ('day', 'event time', NULL), ('note', 'detail', 'category')) AS v(c, r, k);
SET att.armed = 'yes';
SELECT pg_catalog.count(*) FROM pt_create_personas('att.swapped', 0.5, people => 'att.persons_seen', dry_run => true);
DROP EXTENSION personatwin;
SET client_min_messages = warning;
DROP SCHEMA att CASCADE;
