-- Special uniques (SUDA2) and the ranking of quasi-identifiers.

--| ## Special uniques and identifying columns
--|
--| Somebody who is the only one with age, sex and county is unique. Somebody who is the only one with age alone is *specially* unique: fewer facts suffice, and the record
--| stays unique whatever else is coarsened. These functions find such people, and the columns that make them so. Common arguments: `source`,
--| `quasi_identifiers`, `person_key`, `allow_row_security` as for [population risk](#population-risk-of-any-table).

--| ### pt_suda
--|
--| The people who are unique on some subset of the quasi-identifiers, the most special first (Elliot, Manning & Ford 2002; Manning, Haglin & Keane 2008). A *minimal sample unique* is a set of columns on which a
--| person is the only one, while on no smaller part of it. `score` = sum over a person's minimal sample uniques of (M - size)!, M the number of columns; `score_alternative` = the same with (2^(M-size) - 1) size! (M-size)! / M!.
--| `dis` is the score of a simulated data intrusion with a sampling fraction of `dis_fraction` (Skinner & Elliot 2002, Elliot 2000). `smallest` is the number of columns in the smallest minimal sample unique, `minimal_uniques` how many there are.
--| People who are not returned have a score of 0. `max_size` looks at sets of at most so many columns; the default looks at all. `person` is the person's key, NULL where no column tells people apart.
--|
--| At most 20 columns. Errors: 54000 above; 22023 options out of range; and as for [population risk](#population-risk-of-any-table).
CREATE FUNCTION @extschema@.pt_suda(
    source pg_catalog.regclass, quasi_identifiers pg_catalog.text[] DEFAULT NULL, max_size pg_catalog.int4 DEFAULT NULL,
    dis_fraction pg_catalog.float8 DEFAULT 0.01, person_key pg_catalog.text DEFAULT NULL,
    allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (person pg_catalog.text, quasi_identifiers pg_catalog.jsonb, score pg_catalog.float8, dis pg_catalog.float8,
    score_alternative pg_catalog.float8, dis_alternative pg_catalog.float8, minimal_uniques pg_catalog.int4,
    smallest pg_catalog.int4)
  AS 'MODULE_PATHNAME', 'pt_suda' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION @extschema@.pt_suda IS 'people that are unique on few quasi-identifiers, with SUDA2 and DIS scores';

--| ### pt_suda_contributions
--|
--| How much each column has to do with special uniques: 100 x weight of the minimal sample uniques that contain it / sum of all scores. The figures add up to more than 100. NULL where nobody is special.
CREATE FUNCTION @extschema@.pt_suda_contributions(
    source pg_catalog.regclass, quasi_identifiers pg_catalog.text[] DEFAULT NULL, max_size pg_catalog.int4 DEFAULT NULL,
    person_key pg_catalog.text DEFAULT NULL, allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (column_name pg_catalog.text, contribution pg_catalog.float8, contribution_alternative pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_suda_contributions' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION @extschema@.pt_suda_contributions IS 'share of each quasi-identifier in the special uniques';

--| ### pt_identifier_ranking
--|
--| Every subset of the quasi-identifiers of at most `max_size` columns, the most identifying first: `distinction` = classes / people (also the average prosecutor risk of an attacker who knows these columns), then `separation` = share of the pairs of people that they tell apart.
--|
--| Errors: 54000 more than 1,000,000 subsets; 22023 max_size below 1.
CREATE FUNCTION @extschema@.pt_identifier_ranking(
    source pg_catalog.regclass, quasi_identifiers pg_catalog.text[] DEFAULT NULL, max_size pg_catalog.int4 DEFAULT 3,
    person_key pg_catalog.text DEFAULT NULL, allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (rank pg_catalog.int4, columns pg_catalog.text[], people pg_catalog.int8, classes pg_catalog.int8,
    uniques pg_catalog.int8, distinction pg_catalog.float8, separation pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_identifier_ranking' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION @extschema@.pt_identifier_ranking IS 'distinction and separation of subsets of the quasi-identifiers, ranked';

--| ### pt_identifier_reduction
--|
--| Which columns to give up first: step by step the column whose loss leaves the fewest people unique (then the fewest classes). Step 0 is all columns; the last step has none left.
CREATE FUNCTION @extschema@.pt_identifier_reduction(
    source pg_catalog.regclass, quasi_identifiers pg_catalog.text[] DEFAULT NULL,
    person_key pg_catalog.text DEFAULT NULL, allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (step pg_catalog.int4, given_up pg_catalog.text, columns_left pg_catalog.text[], people pg_catalog.int8,
    classes pg_catalog.int8, uniques pg_catalog.int8, distinction pg_catalog.float8, separation pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_identifier_reduction' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION @extschema@.pt_identifier_reduction IS 'order in which to give up quasi-identifiers, and what is left at each step';
