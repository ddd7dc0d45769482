-- k^m-anonymity: an attacker who knows a few of the items that belong to a person.

--| ## Sets of items
--|
--| Who bought what, which diagnoses, which kinds of events: data of which an attacker knows a few items of a person, but not which ones he will know.

--| ### pt_km_anonymity
--|
--| Is `source` k^m-anonymous (Terrovitis, Mamoulis & Kalnis 2008): has every set of at most `m` items that somebody has been had by at least `k` people? One row
--| for each size of the sets, 1 to `m`; it is so when `fewest_people` is at least `k` in all of them. Exact: all sets of all people are counted.
--|
--| | argument | meaning |
--| |---|---|
--| | `source` | table or view with one row for each item of a person; repetitions count once |
--| | `items` | columns that make an item, such as event type, or event type and period; a row in which all are NULL is no item |
--| | `m` | items that the attacker knows, 1 to 3 |
--| | `k` | people who must have a set |
--| | `person_key` | column that tells people apart; by default the one labelled person |
--|
--| `SELECT * FROM pt_km_anonymity('court_events', '{event_type}', person_key => 'person_id');`
--|
--| | column | meaning |
--| |---|---|
--| | `items_known` | size of the sets |
--| | `fewest_people` | people who have the rarest set; NULL: nobody has so many items |
--| | `item_sets`, `unique_sets`, `sets_below_k` | different sets that occur; that one person alone has; that fewer than k people have |
--| | `people_below_k`, `people` | people who have a set that is below k; all people |
--| | `rarest` | the first of the rarest sets, in the order of the items |
--|
--| Only the presence of items counts, not how often or when (make the period a part of the item for that), and no demographics. Rows are read with the caller's rights.
--| Errors: 22004 NULL; 22023 m, k, no person column; 42703, 42701 columns; 42501 rights, hidden rows; 54000 more than 2,097,152 items or 4,294,967,296 sets of people; 53200
--| above personatwin.memory_limit (8 bytes for each set of each person).
CREATE FUNCTION @extschema@.pt_km_anonymity(
    source pg_catalog.regclass, items pg_catalog.text[], m pg_catalog.int4 DEFAULT 2, k pg_catalog.int4 DEFAULT 5,
    person_key pg_catalog.text DEFAULT NULL, allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (items_known pg_catalog.int4, fewest_people pg_catalog.int8, item_sets pg_catalog.int8,
    unique_sets pg_catalog.int8, sets_below_k pg_catalog.int8, people_below_k pg_catalog.int8, people pg_catalog.int8,
    rarest pg_catalog.jsonb)
  AS 'MODULE_PATHNAME', 'pt_km_anonymity' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 3 COST 100000;
COMMENT ON FUNCTION @extschema@.pt_km_anonymity IS 'how many people have the rarest set of at most m items';
