-- The attacker with a register of the population, against the personas of a run.

--| ### pt_register_risk
--|
--| The risk of a run's personas from an attacker who has a register of the population and does not know who is in the data (attacker `register`, journalist):
--| risk of a person = 1 / people of the population in the released cell of its class (age range, gender, ethnicity label, geography, further
--| quasi-identifiers, as far as the population table knows them), at most 1; `external_linkage_risk` is its mean over released people, `maximum_risk` the largest. The run keeps the figure:
--| `pt_population_risk` shows it from then on (not in a read-only transaction).
--|
--| Columns of the mapping are named like the source's (for two tables, like those of the people). A label for several values ('Asian or Native American', a place higher up the hierarchy) means all people who have one of
--| them; 'not shown' or a missing value means everybody. Released people in cells where the register has nobody are counted (`unknown_people`, `unknown_classes`): their risk is 1 / people of their class, who are of the population, too; `short_classes` have more people
--| than the register says there are. `unmapped_columns` are released, but unknown to such a register. Without a population table `external_linkage_risk` is NULL and `why` says so; with a `sampling_fraction`
--| (people of the source / people of the population) the estimate stands beside it: `estimated_risk` is that of `independence_poisson` on the
--| released classes, their labels taken as values (age ranges that overlap count as different ones, so it errs on the safe side).
--|
--| Only the owner of `source` may call it. Errors: 55000 no run; 42704 no such population; 22023 a mapping without any released column, a fraction out of range; 22000 a population smaller than the released people.
CREATE FUNCTION @extschema@.pt_register_risk(
    source pg_catalog.regclass, population pg_catalog.text DEFAULT NULL, run pg_catalog.int8 DEFAULT NULL,
    sampling_fraction pg_catalog.float8 DEFAULT NULL)
  RETURNS TABLE (run_id pg_catalog.int8, external_linkage_risk pg_catalog.float8, maximum_risk pg_catalog.float8,
    smallest_cell pg_catalog.float8, released pg_catalog.int8, unknown_people pg_catalog.int8, unknown_classes pg_catalog.int8,
    short_classes pg_catalog.int8, population_size pg_catalog.float8, mapped_columns pg_catalog.text[],
    unmapped_columns pg_catalog.text[], sampling_fraction_used pg_catalog.float8, estimated_risk pg_catalog.float8,
    why pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_register_risk' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 100000;
COMMENT ON FUNCTION @extschema@.pt_register_risk IS 'risk of a run from an attacker with a register of the population';
