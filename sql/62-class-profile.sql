-- The class profile: a summary of a table's equivalence classes that can be stored, merged and read.

--| ## Class profiles
--|
--| A **class profile** is what remains of a table when everything is forgotten but who shares quasi-identifiers with whom: for
--| each equivalence class its size, and where asked for the counts of a sensitive attribute and the sum of sampling weights. Every figure of
--| [privacy-measures.md](privacy-measures.md) is read from it without going back to the table. Profiles of parts (partitions, days, shards)
--| merge into that of the whole, in any order:
--|
--|     CREATE TABLE profiles AS
--|       SELECT day, pt_profile_agg(pt_key(age, sex, county)) AS profile FROM visits GROUP BY day;
--|     SELECT pt_profile_k(p), pt_profile_average_risk(p)
--|       FROM (SELECT pt_profile_merge(profile) AS p FROM profiles) m;
--|
--| *Three pieces.* `pt_key` turns the quasi-identifiers of a row into 128 bits; `pt_profile_agg` counts keys; `pt_profile_merge` adds profiles
--| up. All are functions of their arguments alone (no setting, no catalog), so that planners which distribute aggregates may run them where the data are:
--| the state is an ordinary type, with a combine function. For one server the aggregates under [Privacy aggregates](#privacy-aggregates) take the
--| columns themselves.
--|
--| *As sensitive as the table.* Keys in a profile are hashes of quasi-identifiers. Whoever has the profile can try values, since there are few of them,
--| and find out which classes exist and how large they are. `pt_keyed(secret, ...)` makes keys that only the holder of the secret can try; profiles to be merged must
--| have the same secret. Keep profiles where you keep the table.
--|
--| *Collisions.* Two classes with the same key would be counted as one. With 128-bit keys (SipHash-2-4) the probability of any collision
--| among 100 million classes is below 2e-23, n squared / 2^129. Arrays, composites, ranges and jsonb are hashed by their parts, because the hash functions of these types give many different values the same hash under every seed; types of
--| other extensions are hashed by their own function, and are told apart as well as that does. Codes of sensitive values, where the aggregates make them by hashing, have 64 bits: below 3e-8 among a million values.
--|
--| *Size.* 24 bytes an entry, 8 more with a sensitive attribute (then an entry is a class and value) and 16 more with weights; at least a
--| quarter is kept free while rows are added. A profile can't exceed 1 GB: about 29 million classes, or 14 million with a sensitive attribute. Beyond that 54000 is raised, with the `GROUP BY` statement that does the same.
--|
--| *Format.* Text: hexadecimal digits after `\x`, of the binary form. Binary, version 1: the letters `PTCP`, a byte 1, a byte of
--| flags (1 sensitive, 2 weights), two bytes 0, the number of entries and of rows (8 bytes each); for each entry the key (16 bytes), its count, then the sensitive
--| code and the weight sum in units of 2^-64 (16 bytes). Numbers are little-endian, entries ascend by key and code, so equal profiles are equal bytes.
--| What doesn't have this form is refused with 22P03.
CREATE TYPE @extschema@.pt_class_profile;

CREATE FUNCTION @extschema@.pt_class_profile_in(pg_catalog.cstring) RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_class_profile_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_class_profile_in(pg_catalog.cstring) IS 'input function of pt_class_profile';
CREATE FUNCTION @extschema@.pt_class_profile_out(@extschema@.pt_class_profile) RETURNS pg_catalog.cstring
  AS 'MODULE_PATHNAME', 'pt_class_profile_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_class_profile_out(@extschema@.pt_class_profile) IS 'output function of pt_class_profile';
CREATE FUNCTION @extschema@.pt_class_profile_recv(pg_catalog.internal) RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_class_profile_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_class_profile_recv(pg_catalog.internal) IS 'binary input function of pt_class_profile';
CREATE FUNCTION @extschema@.pt_class_profile_send(@extschema@.pt_class_profile) RETURNS pg_catalog.bytea
  AS 'MODULE_PATHNAME', 'pt_class_profile_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_class_profile_send(@extschema@.pt_class_profile) IS 'binary output function of pt_class_profile';

CREATE TYPE @extschema@.pt_class_profile (
  INPUT = @extschema@.pt_class_profile_in,
  OUTPUT = @extschema@.pt_class_profile_out,
  RECEIVE = @extschema@.pt_class_profile_recv,
  SEND = @extschema@.pt_class_profile_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.pt_class_profile IS 'sizes of the equivalence classes of a table, mergeable; as sensitive as the table';

--| The values of a row as one 128-bit key, for `pt_profile_agg`. Values are equal if the `=` of their type says so (1.0 and 1.00; what a
--| nondeterministic collation holds equal); NULL is a value of its own; integers of all widths with the same number give the same key. Never NULL. Enums
--| and object identifiers (regclass, ...) are told apart by their numbers in this database, texts by their bytes in its encoding: cast them to text, and keep one encoding, where profiles of several databases, or from before
--| a dump was restored, are to be merged. Errors: 42883 a type without a hash function, 54023 more than 100 arguments.
CREATE FUNCTION @extschema@.pt_key(VARIADIC quasi_identifiers "any") RETURNS pg_catalog.uuid
  AS 'MODULE_PATHNAME', 'pt_key' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_key(VARIADIC "any") IS 'quasi-identifiers of a row as one 128-bit key';

--| The same under a secret of at least 16 bytes (22023 if shorter): without it nobody can find out which values a key stands for.
CREATE FUNCTION @extschema@.pt_keyed(secret pg_catalog.text, VARIADIC quasi_identifiers "any") RETURNS pg_catalog.uuid
  AS 'MODULE_PATHNAME', 'pt_keyed' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_keyed(pg_catalog.text, VARIADIC "any") IS 'quasi-identifiers of a row as one 128-bit key under a secret';

CREATE FUNCTION @extschema@.pt_profile_combine(@extschema@.pt_class_profile, @extschema@.pt_class_profile) RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_combine(@extschema@.pt_class_profile, @extschema@.pt_class_profile) IS 'adds the second class profile to the first';
CREATE FUNCTION @extschema@.pt_profile_pack(@extschema@.pt_class_profile) RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_pack' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_pack(@extschema@.pt_class_profile) IS 'the compact form of a class profile, without free places';
CREATE FUNCTION @extschema@.pt_profile_count_key(@extschema@.pt_class_profile, pg_catalog.uuid) RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_key' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_key(@extschema@.pt_class_profile, pg_catalog.uuid) IS 'counts a row: transition function of pt_profile_agg';
CREATE FUNCTION @extschema@.pt_profile_count_value(@extschema@.pt_class_profile, pg_catalog.uuid, pg_catalog.int8) RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_value(@extschema@.pt_class_profile, pg_catalog.uuid, pg_catalog.int8) IS 'counts a row with a sensitive value: transition function of pt_profile_agg';
CREATE FUNCTION @extschema@.pt_profile_count_weight(@extschema@.pt_class_profile, pg_catalog.uuid, pg_catalog.int8, pg_catalog.float8) RETURNS @extschema@.pt_class_profile
  AS 'MODULE_PATHNAME', 'pt_profile_count_weight' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_count_weight(@extschema@.pt_class_profile, pg_catalog.uuid, pg_catalog.int8, pg_catalog.float8) IS 'counts a row with a sensitive value and a weight: transition function of pt_profile_agg';

--| The class profile of rows by their keys. Counts rows: where a person has several, aggregate over one row a person (or call
--| `pt_risk_profile`). NULL without rows. 22004 for a key that is NULL.
CREATE AGGREGATE @extschema@.pt_profile_agg(key pg_catalog.uuid) (
  SFUNC = @extschema@.pt_profile_count_key, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_pack, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_profile_agg(pg_catalog.uuid) IS 'class profile of rows by their keys';

--| With counts of a sensitive attribute. `sensitive` is a code of your own; where distances are ordered, codes are in the order of
--| the values. NULL is a value of its own, the last one; the largest bigint is not allowed.
CREATE AGGREGATE @extschema@.pt_profile_agg(key pg_catalog.uuid, sensitive pg_catalog.int8) (
  SFUNC = @extschema@.pt_profile_count_value, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_pack, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_profile_agg(pg_catalog.uuid, pg_catalog.int8) IS 'class profile of rows by their keys, with counts of a sensitive attribute';

--| And with sums of sampling weights, the number of people of the population that a row stands for: from 1e-12 to below 1e12, else 22023; NULL is an error (22004), a sum of 2^64 in a class, too (22003).
--| Sums are exact for weights of 2^-11 and above, whatever the order of the rows.
CREATE AGGREGATE @extschema@.pt_profile_agg(key pg_catalog.uuid, sensitive pg_catalog.int8, weight pg_catalog.float8) (
  SFUNC = @extschema@.pt_profile_count_weight, STYPE = @extschema@.pt_class_profile, SSPACE = 1024,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_pack, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_profile_agg(pg_catalog.uuid, pg_catalog.int8, pg_catalog.float8) IS 'class profile of rows by their keys, with counts of a sensitive attribute and weights';

--| Adds class profiles up; NULLs are passed over. 22023 for profiles of different kinds.
CREATE AGGREGATE @extschema@.pt_profile_merge(profile @extschema@.pt_class_profile) (
  SFUNC = @extschema@.pt_profile_combine, STYPE = @extschema@.pt_class_profile, SSPACE = 65536,
  COMBINEFUNC = @extschema@.pt_profile_combine, FINALFUNC = @extschema@.pt_profile_pack, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pt_profile_merge(@extschema@.pt_class_profile) IS 'adds class profiles up';

--| ## Figures of a class profile
--|
--| What each number means: [privacy-measures.md](privacy-measures.md). All give NULL for a profile of nobody.

CREATE FUNCTION @extschema@.pt_profile_rows(profile @extschema@.pt_class_profile) RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_profile_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_rows(@extschema@.pt_class_profile) IS 'number of rows counted';
CREATE FUNCTION @extschema@.pt_profile_k(profile @extschema@.pt_class_profile) RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_profile_k' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_k(@extschema@.pt_class_profile) IS 'k-anonymity: size of the smallest class';
CREATE FUNCTION @extschema@.pt_profile_classes(profile @extschema@.pt_class_profile) RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_profile_classes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_classes(@extschema@.pt_class_profile) IS 'number of equivalence classes';
CREATE FUNCTION @extschema@.pt_profile_uniques(profile @extschema@.pt_class_profile) RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_profile_uniques' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_uniques(@extschema@.pt_class_profile) IS 'number of classes of one';
CREATE FUNCTION @extschema@.pt_profile_uniqueness(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_uniqueness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_uniqueness(@extschema@.pt_class_profile) IS 'share of the people who are alone in their class';
CREATE FUNCTION @extschema@.pt_profile_average_risk(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_average_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_average_risk(@extschema@.pt_class_profile) IS 'average prosecutor risk over people: classes / people';
CREATE FUNCTION @extschema@.pt_profile_average_class_risk(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_average_class_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_average_class_risk(@extschema@.pt_class_profile) IS 'average prosecutor risk over classes, not over people';
CREATE FUNCTION @extschema@.pt_profile_maximum_risk(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_maximum_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_maximum_risk(@extschema@.pt_class_profile) IS 'maximum prosecutor risk: 1 / k';
CREATE FUNCTION @extschema@.pt_profile_share_at_risk(profile @extschema@.pt_class_profile, threshold pg_catalog.float8) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_share_at_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_share_at_risk(@extschema@.pt_class_profile, pg_catalog.float8) IS 'share of the people whose risk is above a threshold';
CREATE FUNCTION @extschema@.pt_profile_average_class_size(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_average_class_size' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_average_class_size(@extschema@.pt_class_profile) IS 'average class size: people / classes';
CREATE FUNCTION @extschema@.pt_profile_normalized_class_size(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_normalized_class_size' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_normalized_class_size(@extschema@.pt_class_profile) IS 'C_AVG: average class size / k';
CREATE FUNCTION @extschema@.pt_profile_discernibility(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_discernibility' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_discernibility(@extschema@.pt_class_profile) IS 'discernibility: sum of squared class sizes';
CREATE FUNCTION @extschema@.pt_profile_l_diversity(profile @extschema@.pt_class_profile) RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_profile_l_diversity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_l_diversity(@extschema@.pt_class_profile) IS 'distinct l-diversity: fewest sensitive values in a class';
CREATE FUNCTION @extschema@.pt_profile_entropy_l_diversity(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_entropy_l_diversity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_entropy_l_diversity(@extschema@.pt_class_profile) IS 'entropy l-diversity';
--| NULL if a class has fewer than l values. (c,l)-diversity holds for every c above the result.
CREATE FUNCTION @extschema@.pt_profile_recursive_l_diversity(profile @extschema@.pt_class_profile, l pg_catalog.int4 DEFAULT 2) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_recursive_l_diversity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_recursive_l_diversity(@extschema@.pt_class_profile, pg_catalog.int4) IS 'smallest c (exclusive) for which recursive (c,l)-diversity holds';
CREATE FUNCTION @extschema@.pt_profile_alpha(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_alpha' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_alpha(@extschema@.pt_class_profile) IS 'alpha of (alpha,k)-anonymity: largest share of a sensitive value in a class';
CREATE FUNCTION @extschema@.pt_profile_t_closeness(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_t_closeness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_t_closeness(@extschema@.pt_class_profile) IS 't-closeness with equal distances';
CREATE FUNCTION @extschema@.pt_profile_ordered_t_closeness(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_ordered_t_closeness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_ordered_t_closeness(@extschema@.pt_class_profile) IS 't-closeness with ordered distances, in the order of the codes';
--| `hierarchy` has one row a sensitive code: the code, then the numbers of its nodes from fine to coarse. '{{1,10},{2,10},{3,20}}' puts 1 and 2 under one node, 3 under another, and both under an implied root. 22000 if it does not nest.
CREATE FUNCTION @extschema@.pt_profile_hierarchical_t_closeness(profile @extschema@.pt_class_profile, hierarchy pg_catalog.int8[]) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_hierarchical_t_closeness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_hierarchical_t_closeness(@extschema@.pt_class_profile, pg_catalog.int8[]) IS 't-closeness with hierarchical distances';
--| With `strict` it is infinite as soon as a class lacks a value; otherwise only values that a class has count.
CREATE FUNCTION @extschema@.pt_profile_delta_disclosure(profile @extschema@.pt_class_profile, base pg_catalog.float8 DEFAULT 2.718281828459045, strict pg_catalog.bool DEFAULT false) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_delta_disclosure' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_delta_disclosure(@extschema@.pt_class_profile, pg_catalog.float8, pg_catalog.bool) IS 'delta-disclosure, natural logarithm unless another base is given';
CREATE FUNCTION @extschema@.pt_profile_beta_likeness(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_beta_likeness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_beta_likeness(@extschema@.pt_class_profile) IS 'basic beta-likeness';
CREATE FUNCTION @extschema@.pt_profile_enhanced_beta_likeness(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_enhanced_beta_likeness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_enhanced_beta_likeness(@extschema@.pt_class_profile) IS 'enhanced beta-likeness; NULL if no beta would do';

--| A row of a distribution of risk: the classes whose size lies in a range, and their people. Shares of classes and shares of people are
--| different figures: most people may sit in few large classes.
CREATE TYPE @extschema@.pt_risk_bucket AS (
  smallest pg_catalog.int8,
  largest pg_catalog.int8,
  highest_risk pg_catalog.float8,
  lowest_risk pg_catalog.float8,
  classes pg_catalog.int8,
  people pg_catalog.int8,
  share_of_classes pg_catalog.float8,
  share_of_people pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_risk_bucket IS 'classes of about one size, and their people';
COMMENT ON COLUMN @extschema@.pt_risk_bucket.smallest IS 'smallest class size of the row';
COMMENT ON COLUMN @extschema@.pt_risk_bucket.largest IS 'largest class size of the row; NULL: without end';
COMMENT ON COLUMN @extschema@.pt_risk_bucket.highest_risk IS 'prosecutor risk in the smallest class, 1 / smallest';
COMMENT ON COLUMN @extschema@.pt_risk_bucket.lowest_risk IS 'prosecutor risk in the largest class; 0 without end';
COMMENT ON COLUMN @extschema@.pt_risk_bucket.classes IS 'number of classes';
COMMENT ON COLUMN @extschema@.pt_risk_bucket.people IS 'number of people in them';
COMMENT ON COLUMN @extschema@.pt_risk_bucket.share_of_classes IS 'of all classes';
COMMENT ON COLUMN @extschema@.pt_risk_bucket.share_of_people IS 'of all people';

--| Ten rows: classes of 1, 2, 3, 4, 5 to 9, 10 to 19, 20 to 49, 50 to 99, 100 to 999, and 1,000 and more people. Use `unnest` for a table.
CREATE FUNCTION @extschema@.pt_profile_risk_distribution(profile @extschema@.pt_class_profile) RETURNS @extschema@.pt_risk_bucket[]
  AS 'MODULE_PATHNAME', 'pt_profile_risk_distribution' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_risk_distribution(@extschema@.pt_class_profile) IS 'distribution of prosecutor risk over classes and people';

--| ### pt_profile_k_map
--|
--| With one argument F_j is the sum of the weights in the class, an estimate; with two it is the class's size in the profile of a whole population,
--| made with the same key. 22023 if the population has fewer people in a class than the sample.
CREATE FUNCTION @extschema@.pt_profile_k_map(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_k_map' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_k_map(@extschema@.pt_class_profile) IS 'fewest people of the population in a class of the sample, by weights';
CREATE FUNCTION @extschema@.pt_profile_k_map(profile @extschema@.pt_class_profile, population @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_k_map' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_k_map(@extschema@.pt_class_profile, @extschema@.pt_class_profile) IS 'fewest people of the population in a class of the sample, by a population';
CREATE FUNCTION @extschema@.pt_profile_journalist_risk(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_journalist_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_journalist_risk(@extschema@.pt_class_profile) IS 'average journalist risk, by weights';
CREATE FUNCTION @extschema@.pt_profile_journalist_risk(profile @extschema@.pt_class_profile, population @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_journalist_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_journalist_risk(@extschema@.pt_class_profile, @extschema@.pt_class_profile) IS 'average journalist risk, by a population';
CREATE FUNCTION @extschema@.pt_profile_marketer_risk(profile @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_marketer_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_marketer_risk(@extschema@.pt_class_profile) IS 'average marketer risk: mean over people of 1 / F, by weights';
CREATE FUNCTION @extschema@.pt_profile_marketer_risk(profile @extschema@.pt_class_profile, population @extschema@.pt_class_profile) RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_profile_marketer_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_marketer_risk(@extschema@.pt_class_profile, @extschema@.pt_class_profile) IS 'average marketer risk: mean over people of 1 / F, by a population';
CREATE FUNCTION @extschema@.pt_profile_delta_presence(profile @extschema@.pt_class_profile, population @extschema@.pt_class_profile) RETURNS pg_catalog.float8[]
  AS 'MODULE_PATHNAME', 'pt_profile_delta_presence' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_profile_delta_presence(@extschema@.pt_class_profile, @extschema@.pt_class_profile) IS 'delta-presence: smallest and largest share of a class of the population that is in the sample';
