-- Privacy aggregates: the figures of a table's equivalence classes as aggregates over its columns.

--| ## Privacy aggregates
--|
--| Aggregates that take quasi-identifiers of any type and return one figure of the equivalence classes that their values form:
--|
--|     SELECT county, pt_k_anonymity(age, sex), pt_l_diversity(outcome, age, sex) FROM people GROUP BY county;
--|
--| They count rows: a person must have one (`pt_risk_profile` counts distinct people). NULL is a value of its own. Values are equal if the `=` of
--| their type, under the collation of the column, says so. At least one quasi-identifier, and at most 99 arguments in all, which is PostgreSQL's limit for aggregates (54023). FILTER, DISTINCT, OVER, GROUPING SETS and parallel
--| plans work as for any aggregate; aggregates with the same arguments in one SELECT share one state. Without rows all are NULL. What each number
--| means is in [privacy-measures.md](privacy-measures.md). The state is a `pt_class_profile`, with its limit of 1 GB; 42883 for a type without a hash function.
--|
--| Transition and final functions are in this list as well, since PostgreSQL wants them to be functions of their own; there is no use in calling them.

CREATE FUNCTION @extschema@.pt_profile_count_row(@extschema@.pt_class_profile, VARIADIC "any") RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_row(@extschema@.pt_class_profile, VARIADIC "any") IS 'counts a row: transition function of the privacy aggregates';
CREATE FUNCTION @extschema@.pt_profile_count_sensitive(@extschema@.pt_class_profile, "any", VARIADIC "any") RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_sensitive' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_sensitive(@extschema@.pt_class_profile, "any", VARIADIC "any") IS 'counts a row with a sensitive value: transition function of the privacy aggregates';
CREATE FUNCTION @extschema@.pt_profile_count_ordered(@extschema@.pt_class_profile, "any", VARIADIC "any") RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_ordered' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_ordered(@extschema@.pt_class_profile, "any", VARIADIC "any") IS 'counts a row with a sensitive value that has an order: transition function of the privacy aggregates';
CREATE FUNCTION @extschema@.pt_profile_count_member(@extschema@.pt_class_profile, "any", VARIADIC "any") RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_member' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_member(@extschema@.pt_class_profile, "any", VARIADIC "any") IS 'counts a person of the population: transition function of pt_k_map and pt_delta_presence';
CREATE FUNCTION @extschema@.pt_profile_count_with(@extschema@.pt_class_profile, pg_catalog.float8, "any", VARIADIC "any") RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_with' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_with(@extschema@.pt_class_profile, pg_catalog.float8, "any", VARIADIC "any") IS 'counts a row, with one parameter: transition function of the privacy aggregates';
CREATE FUNCTION @extschema@.pt_profile_count_with2(@extschema@.pt_class_profile, pg_catalog.float8, pg_catalog.float8, "any", VARIADIC "any") RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_with2' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_with2(@extschema@.pt_class_profile, pg_catalog.float8, pg_catalog.float8, "any", VARIADIC "any") IS 'counts a row, with two parameters: transition function of the privacy aggregates';
CREATE FUNCTION @extschema@.pt_profile_strict_delta_disclosure(@extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_strict_delta_disclosure' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_strict_delta_disclosure(@extschema@.pt_class_profile) IS 'strict delta-disclosure: infinite as soon as a class lacks a value';
CREATE FUNCTION @extschema@.pt_profile_recursive_with(@extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_recursive_with' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_recursive_with(@extschema@.pt_class_profile) IS 'final function of pt_recursive_l_diversity_for';
CREATE FUNCTION @extschema@.pt_profile_delta_with(@extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_delta_with' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_delta_with(@extschema@.pt_class_profile) IS 'final function of pt_delta_disclosure_for';
CREATE FUNCTION @extschema@.pt_profile_member_k_map(@extschema@.pt_class_profile) RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_profile_member_k_map' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_member_k_map(@extschema@.pt_class_profile) IS 'final function of pt_k_map';
CREATE FUNCTION @extschema@.pt_profile_member_presence(@extschema@.pt_class_profile) RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_profile_member_presence' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_member_presence(@extschema@.pt_class_profile) IS 'final function of pt_delta_presence';
CREATE FUNCTION @extschema@.pt_profile_recursive_two(@extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_recursive_l_diversity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_recursive_two(@extschema@.pt_class_profile) IS 'final function of pt_recursive_l_diversity';
CREATE FUNCTION @extschema@.pt_profile_delta_natural(@extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_delta_disclosure' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_delta_natural(@extschema@.pt_class_profile) IS 'final function of pt_delta_disclosure';

CREATE AGGREGATE @extschema@.pt_profile(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_pack, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_profile(VARIADIC "any") IS 'class profile of rows by their quasi-identifiers';
CREATE AGGREGATE @extschema@.pt_k_anonymity(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_k, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_k_anonymity(VARIADIC "any") IS 'k-anonymity: size of the smallest class';
CREATE AGGREGATE @extschema@.pt_class_count(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_classes, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_class_count(VARIADIC "any") IS 'number of equivalence classes';
CREATE AGGREGATE @extschema@.pt_uniques(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_uniques, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_uniques(VARIADIC "any") IS 'number of rows that are alone in their class';
CREATE AGGREGATE @extschema@.pt_uniqueness(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_uniqueness, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_uniqueness(VARIADIC "any") IS 'share of the rows that are alone in their class';
CREATE AGGREGATE @extschema@.pt_average_risk(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_average_risk, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_average_risk(VARIADIC "any") IS 'average prosecutor risk over rows: classes / rows';
CREATE AGGREGATE @extschema@.pt_average_class_risk(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_average_class_risk, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_average_class_risk(VARIADIC "any") IS 'average prosecutor risk over classes, not over rows';
CREATE AGGREGATE @extschema@.pt_maximum_risk(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_maximum_risk, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_maximum_risk(VARIADIC "any") IS 'maximum prosecutor risk: 1 / k';
CREATE AGGREGATE @extschema@.pt_risk_distribution(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_risk_distribution, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_risk_distribution(VARIADIC "any") IS 'distribution of prosecutor risk over classes and rows';
CREATE AGGREGATE @extschema@.pt_average_class_size(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_average_class_size, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_average_class_size(VARIADIC "any") IS 'average class size: rows / classes';
CREATE AGGREGATE @extschema@.pt_normalized_class_size(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_normalized_class_size, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_normalized_class_size(VARIADIC "any") IS 'C_AVG: average class size / k';
CREATE AGGREGATE @extschema@.pt_discernibility(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_row, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_discernibility, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_discernibility(VARIADIC "any") IS 'discernibility: sum of squared class sizes';
CREATE AGGREGATE @extschema@.pt_l_diversity(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_l_diversity, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_l_diversity("any", VARIADIC "any") IS 'distinct l-diversity: fewest sensitive values in a class';
CREATE AGGREGATE @extschema@.pt_entropy_l_diversity(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_entropy_l_diversity, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_entropy_l_diversity("any", VARIADIC "any") IS 'entropy l-diversity';
--| NULL if a class has a single value. `pt_recursive_l_diversity_for` takes another l.
CREATE AGGREGATE @extschema@.pt_recursive_l_diversity(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_recursive_two, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_recursive_l_diversity("any", VARIADIC "any") IS 'smallest c (exclusive) for which recursive (c,2)-diversity holds';
--| `l` is a whole number, the same in all rows.
CREATE AGGREGATE @extschema@.pt_recursive_l_diversity_for(l pg_catalog.float8, sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_with, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_recursive_with, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_recursive_l_diversity_for(pg_catalog.float8, "any", VARIADIC "any") IS 'smallest c (exclusive) for which recursive (c,l)-diversity holds';
CREATE AGGREGATE @extschema@.pt_alpha(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_alpha, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_alpha("any", VARIADIC "any") IS 'alpha of (alpha,k)-anonymity: largest share of a sensitive value in a class';
CREATE AGGREGATE @extschema@.pt_t_closeness(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_t_closeness, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_t_closeness("any", VARIADIC "any") IS 't-closeness with equal distances';
--| The sensitive attribute is a number, date, timestamp, boolean or enum; 42804 for other types: give the rank of the value. NULL counts as the last value. Numerics have at most 15 significant digits (22003).
CREATE AGGREGATE @extschema@.pt_ordered_t_closeness(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_ordered, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_ordered_t_closeness, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_ordered_t_closeness("any", VARIADIC "any") IS 't-closeness with ordered distances';
CREATE AGGREGATE @extschema@.pt_delta_disclosure(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_delta_natural, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_delta_disclosure("any", VARIADIC "any") IS 'delta-disclosure: natural logarithm, values that a class has';
CREATE AGGREGATE @extschema@.pt_strict_delta_disclosure(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_strict_delta_disclosure, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_strict_delta_disclosure("any", VARIADIC "any") IS 'strict delta-disclosure: infinite as soon as a class lacks a value';
--| `base` above 1 is that of the logarithm; `strict` is 1 for the strict definition, else 0. Both are the same in all rows.
CREATE AGGREGATE @extschema@.pt_delta_disclosure_for(base pg_catalog.float8, strict pg_catalog.float8, sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_with2, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_delta_with, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_delta_disclosure_for(pg_catalog.float8, pg_catalog.float8, "any", VARIADIC "any") IS 'delta-disclosure with base and strictness as arguments';
CREATE AGGREGATE @extschema@.pt_beta_likeness(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_beta_likeness, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_beta_likeness("any", VARIADIC "any") IS 'basic beta-likeness';
CREATE AGGREGATE @extschema@.pt_enhanced_beta_likeness(sensitive "any", VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_sensitive, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_enhanced_beta_likeness, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_enhanced_beta_likeness("any", VARIADIC "any") IS 'enhanced beta-likeness; NULL if no beta would do';
--| Rows are the people of the population; `in_sample` says who is in the data to be released. NULL if nobody is.
CREATE AGGREGATE @extschema@.pt_k_map(in_sample pg_catalog.bool, VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_member, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_member_k_map, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_k_map(pg_catalog.bool, VARIADIC "any") IS 'k-map: fewest people of the population in a class that the sample has';
--| Rows are the people of the population; `in_sample` says who is in the data to be released. An array of two shares.
CREATE AGGREGATE @extschema@.pt_delta_presence(in_sample pg_catalog.bool, VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_member, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_member_presence, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_delta_presence(pg_catalog.bool, VARIADIC "any") IS 'delta-presence: smallest and largest share of a class that is in the sample';

CREATE FUNCTION @extschema@.pt_profile_count_columns(@extschema@.pt_class_profile, VARIADIC "any") RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_columns' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_columns(@extschema@.pt_class_profile, VARIADIC "any") IS 'counts a row, telling its columns apart: transition function of the aggregates with wildcards';
CREATE FUNCTION @extschema@.pt_profile_wildcard_k(@extschema@.pt_class_profile) RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_profile_wildcard_k' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_wildcard_k(@extschema@.pt_class_profile) IS 'final function of pt_k_anonymity_wildcard';
CREATE FUNCTION @extschema@.pt_profile_wildcard_average_risk(@extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_wildcard_average_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_wildcard_average_risk(@extschema@.pt_class_profile) IS 'final function of pt_average_risk_wildcard';
CREATE FUNCTION @extschema@.pt_profile_wildcard_uniqueness(@extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_wildcard_uniqueness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_wildcard_uniqueness(@extschema@.pt_class_profile) IS 'final function of pt_uniqueness_wildcard';
--| Aggregates in which a missing quasi-identifier **matches every value** (the wildcard of sdcMicro), not itself alone. A row hides among all rows that have the same value
--| wherever both have one. This is not k-anonymity as defined: matching is not transitive, and an attacker who knows how values went missing may tell such rows apart. Takes time that grows with the square of
--| the number of different sets of missing columns.
CREATE AGGREGATE @extschema@.pt_k_anonymity_wildcard(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_columns, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_wildcard_k, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_k_anonymity_wildcard(VARIADIC "any") IS 'fewest rows that match a row, missing values matching every value';
CREATE AGGREGATE @extschema@.pt_average_risk_wildcard(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_columns, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_wildcard_average_risk, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_average_risk_wildcard(VARIADIC "any") IS 'average risk over rows, missing values matching every value';
CREATE AGGREGATE @extschema@.pt_uniqueness_wildcard(VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_columns, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_wildcard_uniqueness, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_uniqueness_wildcard(VARIADIC "any") IS 'share of the rows that no other row matches, missing values matching every value';

CREATE FUNCTION @extschema@.pt_profile_count_path(@extschema@.pt_class_profile, pg_catalog.text[], VARIADIC "any") RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_path' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_path(@extschema@.pt_class_profile, pg_catalog.text[], VARIADIC "any") IS 'counts a row with a sensitive value in a hierarchy: transition function of pt_hierarchical_t_closeness';
CREATE FUNCTION @extschema@.pt_profile_path_t_closeness(@extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_path_t_closeness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_path_t_closeness(@extschema@.pt_class_profile) IS 'final function of pt_hierarchical_t_closeness';
--| `path` is the sensitive value and the nodes above it, finest first: `ARRAY[disease, organ, specialty]`, up to 32, as many for each value; a root above the last
--| is implied. 22000 if a value has two paths or the levels don't nest; 22004 for a path that is NULL; 22023 for paths of different lengths.
CREATE AGGREGATE @extschema@.pt_hierarchical_t_closeness(path pg_catalog.text[], VARIADIC quasi_identifiers "any") (
  SFUNC = @extschema@.pt_profile_count_path, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_path_t_closeness, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_hierarchical_t_closeness(pg_catalog.text[], VARIADIC "any") IS 't-closeness with hierarchical distances';
