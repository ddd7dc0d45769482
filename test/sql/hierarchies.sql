-- Hierarchies: pt_set_hierarchy, pt_hierarchies, pt_drop_hierarchy.
CREATE EXTENSION personatwin;
CREATE SCHEMA hie;
SET search_path = hie, public;
\pset null '-'
CREATE TABLE people (person_id int, county text, age int);
CREATE TABLE counties (county text, state text, region text, note text);
INSERT INTO counties VALUES ('Broward', 'Florida', 'South', 'a'), ('Dade', 'Florida', 'South', 'b'), ('Cook', 'Illinois', 'Midwest', 'c');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state,region}');
SELECT * FROM pt_hierarchies('people');
-- the long form
CREATE TABLE steps (attribute text, value text, level int, generalised text);
INSERT INTO steps SELECT 'age', g, l, (g / (5 * l) * 5 * l)::text FROM generate_series(0, 99) g, generate_series(1, 2) l;
INSERT INTO steps VALUES ('county', 'Dade', 1, 'x');
SELECT pt_set_hierarchy('people', 'age', 'steps', attribute => 'age');
SELECT * FROM pt_hierarchies('people');
-- again: replaced
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,region}');
SELECT * FROM pt_hierarchies('people');
-- what won't do
SELECT pt_set_hierarchy('people', 'nothing', 'counties', '{county,state}');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county}');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,NULL}');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,nothing}');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{{county,state}}');
SELECT pt_set_hierarchy('people', 'county', 'counties');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state}', 'age');
SELECT pt_set_hierarchy('people', 'county', NULL, '{county,state}');
SELECT pt_set_hierarchy('people', 'age', 'steps', attribute => 'none such');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{region,state}');
INSERT INTO counties VALUES ('Dade', 'Georgia', 'South', 'd');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state,region}');
UPDATE counties SET county = 'Dade, GA', region = 'Southeast' WHERE note = 'd';
INSERT INTO counties VALUES ('Fulton', 'Georgia', 'South', 'e');
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state,region}');
UPDATE counties SET region = 'South';
UPDATE counties SET region = 'North' WHERE state = 'Illinois';
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state,region}');
-- hostile names of columns
CREATE TABLE "odd; DROP TABLE people" ("""; drop" text, "up $1" text);
INSERT INTO "odd; DROP TABLE people" VALUES ('a', 'b');
SELECT pt_set_hierarchy('people', 'county', '"odd; DROP TABLE people"', ARRAY['"; drop', 'up $1']);
-- rights: the owner of the source, who can read the hierarchy
CREATE ROLE hierarchies_other;
GRANT USAGE ON SCHEMA hie TO hierarchies_other;
GRANT EXECUTE ON FUNCTION pt_set_hierarchy(regclass, text, regclass, text[], text), pt_drop_hierarchy(regclass, text), pt_hierarchies(regclass) TO hierarchies_other;
SET ROLE hierarchies_other;
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state}');
SELECT pt_drop_hierarchy('people', 'county');
SELECT * FROM pt_hierarchies('people');
RESET ROLE;
ALTER TABLE people OWNER TO hierarchies_other;
SET ROLE hierarchies_other;
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state}');
SELECT pt_drop_hierarchy('people', 'county');
RESET ROLE;
BEGIN READ ONLY;
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state}');
ROLLBACK;
SELECT pt_drop_hierarchy('people', 'county');
SELECT * FROM pt_hierarchies('people');
-- rows of dropped sources go with the next change
DROP TABLE people;
CREATE TABLE people (county text);
SELECT pt_set_hierarchy('people', 'county', 'counties', '{county,state}');
SELECT count(*) FROM personatwin.hierarchy;
DROP TABLE people;
DROP OWNED BY hierarchies_other;
DROP ROLE hierarchies_other;

SET client_min_messages = warning;
DROP SCHEMA hie CASCADE;
DROP EXTENSION personatwin;
