-- How much a release tells of what was known: granularity of generalised tables.

--| ## Granularity
--|
--| `pt_granularity(original, released)` measures how much of the quasi-identifiers a generalised table still tells (the loss metric of Iyengar 2002). It measures any release whose columns hold
--| values of the original, labels of its hierarchies (`pt_set_hierarchy`), `*` or ranges: those of `pt_anonymize_table`, and those of other tools.
--|
--|     SELECT * FROM pt_granularity('people', 'people_released', '{age,sex,county}');
--|
--| The loss of a cell is 0 where the value itself is released and 1 where nothing is told: with a label (leaves under it - 1) / (leaves - 1), where leaves are the values that the hierarchy knows and those of the original, a missing value being one
--| more; with a range its width / the whole width of the original's values. A label counts as the finest thing that reads like it, but `*` as nothing told (where the original has missing values, the top of a
--| hierarchy that reads `*` would tell that there is a value). A column's loss is the mean over its cells; quality = 1 - loss; the row `(all)` is the mean of the columns, each counting alike.
--|
--| *Suppressed.* Rows that the original has more than the release count as cells with loss 1, in every column. NULL stands for a missing value as often as the original has one; further ones count as suppressed cells. NaN and infinities of the original are missing values.
--| A single number, date or timestamp within the values of the original counts as told exactly: tables with noise or means are not measured by this.
--|
--| *ARX* takes the average over the columns before it normalises: `SELECT 1 - sum(loss * (1 - 1.0 / leaves)) / sum(1 - 1.0 / leaves) FROM pt_granularity(...) WHERE quasi_identifier <> '(all)'`, for example .9377 where this gives .9431.
--|
--| Both are read as the caller, the original once, the release once a column; nothing is written but detected roles, as by other functions. Errors: 22000 a cell that is none of these, more rows in the release than in the original;
--| 22023 no quasi-identifier; 42703 no such column in one of the two; 42501 missing rights, hidden rows (unless `allow_row_security`); 53200 personatwin.memory_limit reached (4 bytes a row and quasi-identifier).
CREATE FUNCTION @extschema@.pt_granularity(
    original pg_catalog.regclass, released pg_catalog.regclass, quasi_identifiers pg_catalog.text[] DEFAULT NULL,
    allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (quasi_identifier pg_catalog.text, leaves pg_catalog.int8, cells pg_catalog.int8, suppressed pg_catalog.int8,
    loss pg_catalog.float8, quality pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_granularity' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.pt_granularity(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text[], pg_catalog.bool)
  IS 'granularity loss and quality of a generalised table, by quasi-identifier and in all';
