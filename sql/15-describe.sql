-- Describe: what the columns of a source are, and how their values generalise.

--| ## Roles of columns
--|
--| Every column of a source has a role, kept as a security label of provider `personatwin`:
--|
--| | role | meaning | released |
--| |---|---|---|
--| | person | tells one person from another | no |
--| | identifier | name, number, address, key of a record | no; used to prove that none leaks |
--| | quasi-identifier | what others may know of the person; kinds: age, birth date, birth year, gender, ethnicity, geography, socio-economic, category, number, date | generalised, per class |
--| | event type, event time, outcome, location | of the event | generalised as needed |
--| | detail | further attribute of the event; kinds: category, number, date, text | not as text |
--| | sensitive | its diversity inside a persona is measured | no |
--| | related person | key of another person | no |
--| | weight | sampling weight of the person | as a mean |
--| | ignore | left out on purpose | no |
--|
--| A column without a role is never released. `SECURITY LABEL FOR personatwin ON COLUMN t.c IS 'quasi-identifier: age'` does the
--| same as `pt_set_role('t', 'c', 'quasi-identifier', 'age')`, once the library is loaded in the session. Labels follow renamed
--| columns and survive dumps, but CREATE TABLE LIKE and CREATE TABLE AS lose them. A partition without labels has those of its
--| parent. Labels of the provider `k_anonymity` (QUASI IDENTIFIER, INDIRECT IDENTIFIER) and the `aid` of `pg_diffix` count where
--| a column has none of ours. Labels can be read by everybody; they hold these words and nothing else.

--| Gives a column its role; NULL takes the role away. Only the owner of the table may do it. The words are those of the table above,
--| in upper or lower case. Example: `SELECT pt_set_role('court_events', 'charge_degree', 'detail', 'category')`.
CREATE FUNCTION @extschema@.pt_set_role(source regclass, "column" text, role text, kind text DEFAULT NULL) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_set_role' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_set_role(regclass, text, text, text) IS 'gives a column of a source its role; NULL takes it away';

--| The columns of a relation with their roles, in order. `set_by` is the label provider, `inherited_from` the parent whose label it is.
CREATE FUNCTION @extschema@.pt_roles(source regclass)
  RETURNS TABLE ("column" text, role text, kind text, set_by text, inherited_from regclass)
  AS 'MODULE_PATHNAME', 'pt_roles' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_roles(regclass) IS 'the columns of a relation with the roles that labels give them';

--| What detection makes of a source, whatever its labels say, with its confidence (0 to 1) and the reason. Nothing is recorded: the
--| first run does that. People of their own are found by a foreign key, or given as `people`; their columns come last. Reads the source
--| once as the caller; of a large one, all rows of a part of the people.
CREATE FUNCTION @extschema@.pt_detect_roles(source regclass, people regclass DEFAULT NULL, domain text DEFAULT NULL,
    person_key text DEFAULT NULL)
  RETURNS TABLE ("column" text, role text, kind text, confidence float8, why text, relation regclass)
  AS 'MODULE_PATHNAME', 'pt_detect_roles' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_detect_roles(regclass, regclass, text, text) IS
  'the roles that detection finds for the columns of a source, and why';

--| Describes a source as a run would, without making personas: roles that labels don't give are detected and, unless `dry_run`, recorded
--| as labels, so that they can be reviewed before the first run. The roles in force, column by column; those of the people come last.
CREATE FUNCTION @extschema@.pt_describe(source regclass, people regclass DEFAULT NULL, domain text DEFAULT NULL,
    person_key text DEFAULT NULL, dry_run boolean DEFAULT false)
  RETURNS TABLE ("column" text, role text, kind text, confidence float8, why text, relation regclass)
  AS 'MODULE_PATHNAME', 'pt_describe' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_describe(regclass, regclass, text, text, boolean) IS
  'detects the roles that labels do not give and records them; returns the roles in force';

--| Takes all roles of a relation away, so that the next run detects them anew. Only the owner of the table may do it.
CREATE FUNCTION @extschema@.pt_forget_roles(source regclass) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_forget_roles' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_forget_roles(regclass) IS 'removes every label of personatwin from a relation and its columns';

--| Sets the domain of a source once and for all, and says that the roles of its columns are complete: later runs detect none. NULL
--| leaves the domain to be recognised. Only the owner of the table may do it.
CREATE FUNCTION @extschema@.pt_set_domain(source regclass, domain text) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_set_domain' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_set_domain(regclass, text) IS 'sets the domain of a source';

--| The domains with their vocabulary, shipped and added ones.
CREATE FUNCTION @extschema@.pt_domains()
  RETURNS TABLE (name text, title text, event_types text[], outcomes text[], sensitive_fields text[], preserve_fields text[],
    period text, geography text, age_cut_points float8[])
  AS 'MODULE_PATHNAME', 'pt_domains' LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_domains() IS 'domains with their event types, outcomes, fields and precision';

--| ## Hierarchies
--|
--| How the values of a column generalise: counties to states to regions. Where the source has columns for both, they are used without
--| further ado. Else a table says it, in one of two forms: one row per value and one column per level
--| (`pt_set_hierarchy('court_people', 'county_fips', 'us_counties', '{county_fips,state_name,region}')`: the column with the values
--| first, then coarser and coarser ones), or one row per value and level with columns value, level and generalised, where level 0
--| repeats the value (`pt_set_hierarchy('adult', 'age', 'adult_hierarchies', attribute => 'age')`: rows whose column attribute is
--| 'age'). Every node has one parent. Values that the table doesn't have are released as 'not shown'.
CREATE TABLE personatwin.hierarchy (
  source regclass NOT NULL,
  column_name name NOT NULL,
  hierarchy regclass NOT NULL,
  levels text[],
  attribute text,
  source_name text,
  hierarchy_name text,
  PRIMARY KEY (source, column_name)
);
REVOKE ALL ON personatwin.hierarchy FROM PUBLIC;
COMMENT ON TABLE personatwin.hierarchy IS 'which table holds the hierarchy of a column; set by pt_set_hierarchy';
COMMENT ON COLUMN personatwin.hierarchy.source IS 'the relation of the column';
COMMENT ON COLUMN personatwin.hierarchy.column_name IS 'the column';
COMMENT ON COLUMN personatwin.hierarchy.hierarchy IS 'the table or view that holds the hierarchy';
COMMENT ON COLUMN personatwin.hierarchy.levels IS 'its columns from the value to the coarsest level; NULL: it has columns value, level and generalised';
COMMENT ON COLUMN personatwin.hierarchy.attribute IS 'long form: the rows whose column attribute has this value; NULL: all rows';
COMMENT ON COLUMN personatwin.hierarchy.source_name IS 'qualified name of the source when the hierarchy was set: a table of another name is never taken for it';
COMMENT ON COLUMN personatwin.hierarchy.hierarchy_name IS 'likewise, of the table or view that holds the hierarchy';
SELECT pg_catalog.pg_extension_config_dump('personatwin.hierarchy', '');

--| Says which table holds the hierarchy of a column of a source; replaces an earlier one. The table is checked now, and read again
--| in every run as the caller. Only the owner of the source may do it.
CREATE FUNCTION @extschema@.pt_set_hierarchy(source regclass, "column" text, hierarchy regclass, levels text[] DEFAULT NULL,
    attribute text DEFAULT NULL) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_set_hierarchy' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_set_hierarchy(regclass, text, regclass, text[], text) IS 'names the table that holds the hierarchy of a column';

--| Takes the hierarchy of a column away; true if there was one. Only the owner of the source may do it.
CREATE FUNCTION @extschema@.pt_drop_hierarchy(source regclass, "column" text) RETURNS boolean
  AS 'MODULE_PATHNAME', 'pt_drop_hierarchy' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_drop_hierarchy(regclass, text) IS 'takes the hierarchy of a column away';

--| The hierarchies of a source. Only the owner of the source may ask.
CREATE FUNCTION @extschema@.pt_hierarchies(source regclass)
  RETURNS TABLE ("column" text, hierarchy regclass, levels text[], attribute text)
  AS 'MODULE_PATHNAME', 'pt_hierarchies' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_hierarchies(regclass) IS 'the hierarchies that are set for the columns of a source';
