-- Tables of the population: who an attacker with a register would find.

--| ## Population tables
--|
--| A population table says how many people there are with each combination of attributes: a census, a voter roll counted by
--| age, sex and place. With one, the risk from an attacker who has such a register and does not know who is in the data (journalist, marketer) is counted,
--| not estimated. Any table or view with one row a cell and a column of counts will do; nothing is copied: it is read with
--| the rights of whoever uses it, each time.
--|
--| `SELECT pt_register_population('florida', 'florida_2014', '{"count": "population", "columns": {"sex": "sex",
--| "race": {"column": "race", "values": {"Asian": "Other", "Native American": "Other"}}, "age": {"low": "age_lo", "high": "age_hi"}}}');`
--|
--| *The mapping.* `count` is the column with the number of people. `columns` has a member for each attribute, named like the **source's**
--| column; its value says where the population table has it:
--| - `"sex"`: the name of the column; values are compared as texts;
--| - `{"column": "race", "values": {"Asian": "Other", "Hispanic": ["Hispanic white", "Hispanic black"]}}`: likewise, but these values of the
--|   source are called otherwise there, or are several;
--| - `{"low": "age_lo", "high": "age_hi"}`: bands of whole numbers that include both ends. A question that cuts a band takes its share, as if people
--|   were spread evenly over it. A band without an upper (or lower) bound counts whole; without both, its people are of unknown age.
--|
--| A missing value in the source tells an attacker nothing: everybody fits. A value that the population table does not have makes the cell *unknown*: it is counted
--| and reported, never divided by.

CREATE TABLE personatwin.population (
  name text PRIMARY KEY CHECK (pg_catalog.length(name) OPERATOR(pg_catalog.>) 0),
  relation regclass NOT NULL,
  owner_name name NOT NULL,
  created_at timestamptz NOT NULL,
  mapping jsonb NOT NULL
);
REVOKE ALL ON personatwin.population FROM PUBLIC;
COMMENT ON TABLE personatwin.population IS 'one row per registered table of the population';
COMMENT ON COLUMN personatwin.population.name IS 'name, the argument population of other functions';
COMMENT ON COLUMN personatwin.population.relation IS 'table or view with one row a cell; read as the caller';
COMMENT ON COLUMN personatwin.population.owner_name IS 'who registered it';
COMMENT ON COLUMN personatwin.population.created_at IS 'when';
COMMENT ON COLUMN personatwin.population.mapping IS 'column of counts, and where each attribute of a source is found';
SELECT pg_catalog.pg_extension_config_dump('personatwin.population', '');

--| ### pt_register_population
--|
--| Gives a table of the population a name and says how its columns answer to those of a source. The table is read once, to check
--| it; returns the number of people in it. A name that is taken is replaced if the caller owns both tables. Only the owner of `relation` may call it.
--|
--| Errors: 22023 a mapping that is not understood; 42703 a column that the table does not have; 42804 counts or bands that are no numbers; 22000 counts that are NULL, negative or not finite, or
--| nobody at all; 42501 not the owner; 42710 the name belongs to somebody else; 25006 read-only transaction.
CREATE FUNCTION @extschema@.pt_register_population(name pg_catalog.text, relation pg_catalog.regclass, mapping pg_catalog.jsonb)
  RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_register_population' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_register_population IS 'name a table of the population and map its columns to those of a source';

--| ### pt_drop_population
--|
--| Forgets a population table; the table itself stays. False when there is none of this name. For who registered it, or the owner of the table.
CREATE FUNCTION @extschema@.pt_drop_population(name pg_catalog.text) RETURNS pg_catalog.bool
  AS 'MODULE_PATHNAME', 'pt_drop_population' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_drop_population IS 'forget a population table; the table itself stays';

--| ### pt_populations
--|
--| The population tables that the caller may read or has registered. `relation` is NULL where the table is gone.
CREATE FUNCTION @extschema@.pt_populations()
  RETURNS TABLE (name pg_catalog.text, relation pg_catalog.regclass, registered_by pg_catalog.text,
    created_at pg_catalog.timestamptz, columns pg_catalog.text[], mapping pg_catalog.jsonb)
  AS 'MODULE_PATHNAME', 'pt_populations' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_populations IS 'registered population tables that the caller may read';
