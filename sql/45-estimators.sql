-- Population risk of any table: estimators from a sample, and exact numbers from a population table.

--| ## Population risk of any table
--|
--| A person who is the only one of a kind in a *sample* need not be so in the *population*. These functions say how likely an attacker who knows the
--| population is to be right. doc/privacy-measures.md explains each figure; the functions below share these arguments:
--|
--| | argument | meaning |
--| |---|---|
--| | `source` | table, view, partitioned or foreign table; read as the caller |
--| | `quasi_identifiers` | columns that an attacker may know; by default those of the population's mapping, else those with the role quasi-identifier (detected if nothing is labelled; nothing is recorded) |
--| | `sampling_fraction` | people in the source / people in the population, above 0 to 1 |
--| | `weight` | column of sampling weights: how many people of the population a person stands for; the fraction then is people / sum of weights |
--| | `population` | name of a registered population table (`pt_register_population`); the fraction then is people / its people, unless given |
--| | `household` | column that tells households apart |
--| | `person_key` | column that tells one person from another, if a person has several rows; by default the one with the role person |
--| | `allow_row_security` | false: stop with 42501 when row security hides rows from the caller |
--|
--| A person with several rows counts once, in the first of their combinations in order of the values. Values are the same when their texts are (numbers: when they are equal); NULL is a value of its own.
--|
--| Errors: 22023 no quasi-identifier, one that the population's mapping does not have, a sampling fraction out of range, fraction and weight both given; 22000 weights that are NULL, not positive or not finite, a population smaller than the
--| sample; 42701, 42703, 42804, 42501, 42P01 as everywhere; 42704 no such population.

--| ### pt_population_estimates
--|
--| Every estimator, side by side, the default first. One that can't be computed or does not converge says why, has NULLs and `converged` = false; it never says 0.
--|
--| | estimator | measure | what it is |
--| |---|---|---|
--| | `independence_poisson` | average_risk | default: mean of E[1/F] over people, F from a model of independent attributes |
--| | | sample_uniques | `uniques` of the sample expected to be unique in the population (tau1) and matches on sample uniques (tau2, in `reidentifications`); `value` = tau1 / sample uniques |
--| | `two_way_log_linear` | the same two | model with all two-way interactions: lower bracket |
--| | `naive` | average_risk | 1/f, as if the sample were the population: upper bracket |
--| | `benedetti_franconi` | average_risk | individual risk, exact negative binomial |
--| | `benedetti_franconi_household` | average_risk | chance that anybody of the person's household is found |
--| | `dankar`, `pitman`, `zayatz`, `snb` | population_uniques | people that are unique in the population; `value` = share of the population |
--| | `population_marketer` | average_risk | exact: mean of 1/F with F from the population table |
--| | `population_journalist` | average_risk, maximum_risk | exact: the larger of that and classes / their people of the population; 1 / smallest F |
CREATE FUNCTION @extschema@.pt_population_estimates(
    source pg_catalog.regclass, quasi_identifiers pg_catalog.text[] DEFAULT NULL,
    sampling_fraction pg_catalog.float8 DEFAULT NULL, weight pg_catalog.text DEFAULT NULL,
    population pg_catalog.text DEFAULT NULL, household pg_catalog.text DEFAULT NULL,
    person_key pg_catalog.text DEFAULT NULL, allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (estimator pg_catalog.text, measure pg_catalog.text, value pg_catalog.float8,
    reidentifications pg_catalog.float8, uniques pg_catalog.float8, converged pg_catalog.bool,
    why pg_catalog.text, sampling_fraction_used pg_catalog.float8, parameters pg_catalog.jsonb)
  AS 'MODULE_PATHNAME', 'pt_population_estimates' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 16 COST 100000;
COMMENT ON FUNCTION @extschema@.pt_population_estimates IS 'every estimator of population risk for a table, side by side';

--| ### pt_population_uniques
--|
--| How many people of the population are the only ones with their quasi-identifiers, by the decision rule of Dankar et al. 2012 (which of Pitman, Zayatz and the shifted negative binomial to believe). One row;
--| `uniques` and `share` are NULL, and `why` says so, where no model has a solution. `unique_in_sample` is how many people *of the source* are expected to be unique in the population (tau1 of the default estimator).
CREATE FUNCTION @extschema@.pt_population_uniques(
    source pg_catalog.regclass, quasi_identifiers pg_catalog.text[] DEFAULT NULL,
    sampling_fraction pg_catalog.float8 DEFAULT NULL, weight pg_catalog.text DEFAULT NULL,
    population pg_catalog.text DEFAULT NULL,
    person_key pg_catalog.text DEFAULT NULL, allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (people pg_catalog.int8, population_size pg_catalog.float8, sampling_fraction_used pg_catalog.float8,
    sample_uniques pg_catalog.int8, estimator pg_catalog.text, uniques pg_catalog.float8,
    share pg_catalog.float8, unique_in_sample pg_catalog.float8, converged pg_catalog.bool, why pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_population_uniques' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 100000;
COMMENT ON FUNCTION @extschema@.pt_population_uniques IS 'estimated number of people that are unique in the population';

--| ### pt_population_k_map
--|
--| Whether every class of the source has at least `k` people *in the population* (Sweeney 2001). With a population table this is counted: `k_map` is the smallest number of people
--| of the population in a class of the source. Without one it is judged: the classes of the source must have at least `derived_k` people (El Emam & Dankar 2008; `_truncated`: given that a class is in the sample), which holds but with probability `significance`.
--| Classes that the population table does not know are counted (`unknown_classes`, `unknown_people`), and then `holds` is false; `short_classes` have more people in the source than in the population table.
CREATE FUNCTION @extschema@.pt_population_k_map(
    source pg_catalog.regclass, k pg_catalog.int8 DEFAULT 5, quasi_identifiers pg_catalog.text[] DEFAULT NULL,
    population pg_catalog.text DEFAULT NULL, sampling_fraction pg_catalog.float8 DEFAULT NULL,
    weight pg_catalog.text DEFAULT NULL, significance pg_catalog.float8 DEFAULT 0.05,
    person_key pg_catalog.text DEFAULT NULL, allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (holds pg_catalog.bool, k_map pg_catalog.float8, k_anonymity pg_catalog.int8,
    derived_k pg_catalog.int8, derived_k_truncated pg_catalog.int8, people pg_catalog.int8, classes pg_catalog.int8,
    unknown_classes pg_catalog.int8, unknown_people pg_catalog.int8, short_classes pg_catalog.int8,
    why pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_population_k_map' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 100000;
COMMENT ON FUNCTION @extschema@.pt_population_k_map(pg_catalog.regclass, pg_catalog.int8, pg_catalog.text[], pg_catalog.text, pg_catalog.float8,
    pg_catalog.text, pg_catalog.float8, pg_catalog.text, pg_catalog.bool) IS 'k-map: fewest people of the population in a class of the source, counted or judged';

--| ## Formulas of population risk
--|
--| Single figures, for checking by hand; they read no table. `pt_individual_risk(class_size, weights)` is the exact Benedetti-Franconi risk of a record in a class of `class_size` people with this sum of weights.
--| `pt_poisson_risk(class_size, others)` is E[1/F] for F = class_size + Poisson(others). `pt_derived_k(k, people, population_size)` is the class size for estimated k-map.
--| `pt_threshold_to_size(threshold)` is the class size that a risk threshold means. `pt_safepub_k(epsilon, delta)` is the class size with which sampling and k-anonymising are differentially private.
CREATE FUNCTION @extschema@.pt_individual_risk(class_size pg_catalog.int8, weights pg_catalog.float8)
  RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_individual_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_individual_risk IS 'Benedetti-Franconi individual risk of a record, exact';
CREATE FUNCTION @extschema@.pt_poisson_risk(class_size pg_catalog.int8, others pg_catalog.float8)
  RETURNS pg_catalog.float8
  AS 'MODULE_PATHNAME', 'pt_poisson_risk' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_poisson_risk IS 'expected 1/F of a record when the unseen people of its cell are Poisson';
CREATE FUNCTION @extschema@.pt_derived_k(k pg_catalog.int8, people pg_catalog.int8, population_size pg_catalog.float8,
    significance pg_catalog.float8 DEFAULT 0.05, truncated pg_catalog.bool DEFAULT false)
  RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_derived_k' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_derived_k IS 'class size in the sample for estimated k-map';
CREATE FUNCTION @extschema@.pt_threshold_to_size(threshold pg_catalog.float8)
  RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_threshold_to_size' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_threshold_to_size IS 'class size that a risk threshold means';
CREATE FUNCTION @extschema@.pt_safepub_k(epsilon pg_catalog.float8, delta pg_catalog.float8)
  RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_safepub_k' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_safepub_k IS 'least class size for differential privacy by sampling and k-anonymity';
