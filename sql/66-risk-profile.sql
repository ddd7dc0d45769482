-- The risk profile of a table: all class-based measures from one scan, people counted.

--| ## Risk profile
--|
--| `pt_risk_profile(source)` measures any table, view, partitioned or foreign table: how well people hide among each other, and what is learned of them all the
--| same. One scan, read as the caller; nothing is written but detected roles, as by other functions.
--|
--|     SELECT * FROM pt_risk_profile('people', quasi_identifiers => '{age,sex,county}', sensitive => '{outcome}');
--|
--| | argument | meaning |
--| |---|---|
--| | `source` | what to measure |
--| | `quasi_identifiers` | columns that an attacker may know, up to 1,600; by default those with the role quasi-identifier (roles are detected and recorded if the source has none) |
--| | `sensitive` | columns that an attacker wants to learn; by default those with the role sensitive or outcome; `'{}'` for none |
--| | `person_key` | column that tells one person from another; by default the one with the role person. Without one every row is a person |
--| | `weight` | column of sampling weights; by default the one with the role weight |
--| | `l` | the l of recursive (c,l)-diversity |
--| | `threshold` | risk above which people count for `share_at_risk` |
--| | `delta_base` | base of the logarithm of delta-disclosure |
--| | `sampling_fraction` | share of the population that is in the table, above 0 and at most 1, for the estimates `poisson_risk` and `poisson_population_uniques`; by default people / sum of weights, without weights no estimate |
--| | `allow_row_security` | false: stop with 42501 when row security hides rows from the caller |
--|
--| *People, not rows.* Where a person has several rows, the size of a class is the number of distinct people with a row in it. Whose rows lie in several classes is counted in each
--| (`people_in_several_classes` says how many), because whoever knows one of the rows finds the person there. A sensitive value counts once for each person who has it in the class. Rows without a person count for nobody. The weight of a person is the
--| largest in any of the person's rows that were read; people whose rows differ in weight are counted in a WARNING.
--|
--| *Rows of the result.* One for each sensitive attribute; with several, one more, `(all)`, for their combination as one value; one row with NULLs there without any. The figures of identity are the same in each. What each number means
--| is in [privacy-measures.md](privacy-measures.md). Of nobody all figures are NULL and counts 0.
--|
--| *Exact.* Values are compared, not hashed (texts under a nondeterministic collation, and types that the server does not have by itself, by 128 bits of their hash function); no figure depends on the order of the rows. Values are equal if the `=` of their type, under the collation of the column, says so; NULL is a value of its own.
--| `ordered_t_closeness` is given for numbers, dates, timestamps, booleans and enums; `hierarchical_t_closeness` for attributes with a hierarchy (`pt_set_hierarchy`).
--|
--| Errors: 22023 no quasi-identifier, a column that is both quasi-identifier and sensitive, or the person; 42703 no such column; 42701 a column
--| given twice; 42883 a type without hash function; 22000 a weight that is NULL or not from 1e-12 to below 1e12; 22003 weights of a class that add up to 2^64; 42501 missing rights, hidden rows; 53200 personatwin.memory_limit reached
--| (per class 4 bytes a quasi-identifier and about 40; per class and sensitive value about 40; with a person column about 40 a person, 8 more with weights, and 16 for each further class or value).
CREATE FUNCTION @extschema@.pt_risk_profile(
    source pg_catalog.regclass, quasi_identifiers pg_catalog.text[] DEFAULT NULL, sensitive pg_catalog.text[] DEFAULT NULL,
    person_key pg_catalog.text DEFAULT NULL, weight pg_catalog.text DEFAULT NULL, l pg_catalog.int4 DEFAULT 2,
    threshold pg_catalog.float8 DEFAULT 0.2, delta_base pg_catalog.float8 DEFAULT 2.718281828459045,
    sampling_fraction pg_catalog.float8 DEFAULT NULL, allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (sensitive_attribute pg_catalog.text, k pg_catalog.int8, classes pg_catalog.int8, uniques pg_catalog.int8,
    average_risk pg_catalog.float8, maximum_risk pg_catalog.float8, l_diversity pg_catalog.int8, t_closeness pg_catalog.float8,
    uniqueness pg_catalog.float8, average_class_risk pg_catalog.float8, share_at_risk pg_catalog.float8,
    people_at_maximum_risk pg_catalog.int8, largest_class pg_catalog.int8, average_class_size pg_catalog.float8,
    discernibility pg_catalog.float8, entropy_l_diversity pg_catalog.float8, recursive_l_diversity pg_catalog.float8,
    alpha pg_catalog.float8, ordered_t_closeness pg_catalog.float8, hierarchical_t_closeness pg_catalog.float8,
    delta_disclosure pg_catalog.float8, strict_delta_disclosure pg_catalog.float8, beta_likeness pg_catalog.float8,
    enhanced_beta_likeness pg_catalog.float8, sensitive_values pg_catalog.int8, k_map pg_catalog.float8,
    journalist_risk pg_catalog.float8, marketer_risk pg_catalog.float8, poisson_risk pg_catalog.float8,
    poisson_population_uniques pg_catalog.float8, people pg_catalog.int8,
    people_in_several_classes pg_catalog.int8, rows_read pg_catalog.int8, rows_without_person pg_catalog.int8)
  AS 'MODULE_PATHNAME', 'pt_risk_profile' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION @extschema@.pt_risk_profile(pg_catalog.regclass, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text,
    pg_catalog.int4, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.bool)
  IS 'k-anonymity, risks, l-diversity, t-closeness and all other class-based measures of a table in one scan';
