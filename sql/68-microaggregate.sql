-- Microaggregation of numeric columns.

--| ## Microaggregation
--|
--| `pt_microaggregate(source, target, columns)` writes a new table in which the numbers of every row are the means of a group of `k` to 2k - 1 similar rows. So every combination of these
--| numbers is shared by at least `k` rows, and sums over the whole table stay as they are. Identifiers, and everything else that is not named, are left out.
--|
--| | argument | meaning |
--| |---|---|
--| | `source` | table or view with one row a person (rows are counted, not people); read as the caller |
--| | `target` | name of the new table, with or without schema, written as in SQL; owned by the caller |
--| | `columns` | numeric columns to group by and to replace; by default those labelled quasi-identifier |
--| | `k` | least number of rows in a group, at least 2 |
--| | `keep` | further columns to copy as they are |
--| | `method` | `mdav`: maximum distance to average vector; `fast`: for many rows; `auto`: mdav where it takes at most about a second |
--| | `allow_row_security` | false: stop with 42501 when row security hides rows from the caller |
--|
--| *Method.* Columns are standardised first. MDAV (Domingo-Ferrer & Torra 2005) makes a group around the row that is farthest from the centroid of those left, and one around the
--| row farthest from that; its time grows with the square of the rows. `fast` makes one group after the other around the outermost row left (centroid-based fixed size, Laszlo & Mukherjee 2005, with one centroid and thin shells),
--| with nearest rows from a k-d tree; its time grows little faster than the rows, for up to about ten columns.
--|
--| *The target* has the numbers as float8, then the kept columns. Its rows stand by group, then by a hash of what is kept: their order does not depend on that of the source and tells nothing about the
--| numbers that were replaced. Rows with a NULL, NaN or infinity in `columns` are left out, with a notice.
--|
--| Result, one row: `rows_read`, `rows_written`, `rows_left_out`; `groups`, `smallest_group`, `largest_group` (rows); `information_loss` = 100 sse / sst, per cent, where
--| `sse` and `sst` are the sums of squares of the standardised columns around the means of their groups and in all; 0 where nothing varies; `method_used`.
--|
--| Microaggregation hides which numbers are whose, as long as the attacker knows these columns only: kept columns may tell. pt_attack_pair measures it.
--|
--| Errors: 22023 k < 2, no column, unknown method, a column labelled person, identifier or related person; 42701 a column given twice; 42703 no such column; 42804 a
--| column that holds no numbers; 42P07 the target exists; 22000 fewer than `k` usable rows; 25006 read-only transaction; 42501 missing rights, hidden rows; 53200
--| personatwin.memory_limit reached (about 40 bytes a row and 36 a number are held, and the kept columns).
CREATE FUNCTION @extschema@.pt_microaggregate(
    source pg_catalog.regclass, target pg_catalog.text, columns pg_catalog.text[] DEFAULT NULL, k pg_catalog.int4 DEFAULT 5,
    keep pg_catalog.text[] DEFAULT NULL, method pg_catalog.text DEFAULT 'auto', allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (rows_read pg_catalog.int8, rows_written pg_catalog.int8, rows_left_out pg_catalog.int8, groups pg_catalog.int8,
    smallest_group pg_catalog.int8, largest_group pg_catalog.int8, information_loss pg_catalog.float8, sse pg_catalog.float8,
    sst pg_catalog.float8, method_used pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_microaggregate' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION @extschema@.pt_microaggregate(pg_catalog.regclass, pg_catalog.text, pg_catalog.text[], pg_catalog.int4, pg_catalog.text[],
    pg_catalog.text, pg_catalog.bool)
  IS 'write a new table in which numbers are the means of groups of k to 2k - 1 similar rows';
