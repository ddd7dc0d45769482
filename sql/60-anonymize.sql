-- Plain tables without events: recoded to k-anonymity by the grouping core.

--| ## Anonymize a table
--|
--| `pt_anonymize_table(source, target)` writes a new table in which every combination of quasi-identifiers is shared by at least
--| `k` people. It generalises as little as it can: values stay as they are where enough people share them, and go up their
--| hierarchy (`pt_set_hierarchy`), or into ranges that fit the data, where they don't.
--|
--| | argument | meaning |
--| |---|---|
--| | `source` | table, view, partitioned or foreign table; read as the caller |
--| | `target` | name of the new table, with or without schema, written as in SQL; owned by the caller |
--| | `k` | least number of people in a class, at least 2 |
--| | `quasi_identifiers` | the columns to recode; by default those with the role quasi-identifier (roles are detected and recorded if the source has none) |
--| | `suppression` | share of the people, 0 to 1, whose rows may be left out where that helps most |
--| | `keep` | further columns to copy as they are |
--| | `person_key` | column that tells one person from another, if a person has several rows; by default the one with the role person |
--| | `allow_row_security` | false: stop with 42501 when row security hides rows from the caller |
--|
--| *Columns of the target*, in the order of the source. Quasi-identifiers with a hierarchy, and those whose values have no order
--| (text, booleans, enums, ...), become `text`: the value, a label of the hierarchy, or `*` where nothing can be told. Integers,
--| numerics, floats, dates and timestamps without a hierarchy become ranges that include both ends; the unbounded range `(,)` where nothing
--| can be told. A missing value is a value of its own and stays NULL; NaN and infinities in ranges are released as missing, with a notice.
--| Columns with the role outcome, detail (no free text), event type or sensitive, and those in `keep`, are copied. Everything
--| else is left out, with a notice: identifiers, the person, what has no role. With `quasi_identifiers` given nothing is detected, and only
--| labels that are already set count.
--|
--| *People, not rows.* Where a person has several rows, k counts distinct people: each is counted once, in the first
--| of the classes its rows are in, so a class holds at least `k` distinct people and often more. Rows without a person are released but count for nobody.
--|
--| *Order of the rows*: by class, then by a hash of the copied columns. It is the same for any order of the source and tells nothing else.
--|
--| Result, one row: `rows_read`, `rows_written`; `people` in the target, `people_suppressed`; `classes`, `smallest_class`,
--| `average_class_size` (people); `average_risk` = classes / people and `maximum_risk` = 1 / smallest class, of an attacker who
--| knows the quasi-identifiers and that the person is in the table; `granularity_quality` = 1 - mean over rows and quasi-identifiers of
--| (leaves under the released label - 1) / (leaves - 1), for ranges width / whole width, suppressed rows counting 1 (Iyengar 2002).
--| Figures of no people are NULL.
--|
--| k-anonymity hides who is who, not what all members of a class share: look at the copied columns of each class before publishing.
--|
--| Errors: 22023 k < 2, suppression out of range, no quasi-identifier, a column labelled person, identifier or related person; 42701 a column
--| given twice; 42703 no such column; 42P07 the target exists; 22000 people, but fewer than `k`, or a hierarchy that
--| does not nest; 25006 read-only transaction; 42501 missing rights, hidden rows; 53200 personatwin.memory_limit reached (about 50 bytes a row and
--| the copied columns are held in memory).
CREATE FUNCTION @extschema@.pt_anonymize_table(
    source pg_catalog.regclass, target pg_catalog.text, k pg_catalog.int4 DEFAULT 5,
    quasi_identifiers pg_catalog.text[] DEFAULT NULL, suppression pg_catalog.float8 DEFAULT 0,
    keep pg_catalog.text[] DEFAULT NULL, person_key pg_catalog.text DEFAULT NULL,
    allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (rows_read pg_catalog.int8, rows_written pg_catalog.int8, people pg_catalog.int8,
    people_suppressed pg_catalog.int8, classes pg_catalog.int8, smallest_class pg_catalog.int8,
    average_class_size pg_catalog.float8, average_risk pg_catalog.float8, maximum_risk pg_catalog.float8,
    granularity_quality pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_anonymize_table' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION @extschema@.pt_anonymize_table(pg_catalog.regclass, pg_catalog.text, pg_catalog.int4, pg_catalog.text[],
    pg_catalog.float8, pg_catalog.text[], pg_catalog.text, pg_catalog.bool)
  IS 'write a new table in which every combination of quasi-identifiers is shared by at least k people';
