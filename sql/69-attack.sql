-- Attacks that are really run: on a release in service, and on any pair of tables.

--| ## Attacks
--|
--| A claimed risk is a calculation; an attack is a trial. `pt_attack` attacks the release of a source with everything that a reader sees, and judges
--| success with what only the owner knows: who is in which persona. `pt_attack_pair` attacks any table that was made from another one.
--| doc/privacy-measures.md explains every attack and figure. The rows of both:
CREATE TYPE @extschema@.pt_attack_result AS (
  attack pg_catalog.text,
  attempts pg_catalog.int8,
  successes pg_catalog.int8,
  rate pg_catalog.float8,
  low pg_catalog.float8,
  high pg_catalog.float8,
  persona_hit_rate pg_catalog.float8,
  control_rate pg_catalog.float8,
  residual_risk pg_catalog.float8,
  claimed_risk pg_catalog.float8,
  within_claim pg_catalog.bool,
  exact_mean pg_catalog.float8,
  exact_maximum pg_catalog.float8,
  claimed_maximum pg_catalog.float8,
  baseline_rate pg_catalog.float8,
  note pg_catalog.text
);
COMMENT ON TYPE @extschema@.pt_attack_result IS 'what an attack has achieved, and what was claimed';
COMMENT ON COLUMN @extschema@.pt_attack_result.attack IS 'name of the attack; of inference with the column that was guessed';
COMMENT ON COLUMN @extschema@.pt_attack_result.attempts IS 'attempts really made; fewer than asked for where there are no more people or predicates';
COMMENT ON COLUMN @extschema@.pt_attack_result.successes IS 'attempts that succeeded';
COMMENT ON COLUMN @extschema@.pt_attack_result.rate IS 'successes / attempts';
COMMENT ON COLUMN @extschema@.pt_attack_result.low IS 'lower end of the Wilson interval of the rate';
COMMENT ON COLUMN @extschema@.pt_attack_result.high IS 'upper end of the Wilson interval of the rate';
COMMENT ON COLUMN @extschema@.pt_attack_result.persona_hit_rate IS 'share of attempts that found the right persona; of singling out, that isolated one person; NULL: not defined';
COMMENT ON COLUMN @extschema@.pt_attack_result.control_rate IS 'rate of the same attack without the release, or on people who are not in it; NULL: no control';
COMMENT ON COLUMN @extschema@.pt_attack_result.residual_risk IS '(attack - control) / (1 - control) of the Wilson centres, within 0..1; NULL: no control, or no better than the baseline';
COMMENT ON COLUMN @extschema@.pt_attack_result.claimed_risk IS 'risk that the release states: its average for this attacker, of singling out its maximum; of a pair the argument';
COMMENT ON COLUMN @extschema@.pt_attack_result.within_claim IS 'whether what was measured does not contradict the claim; NULL: no claim, or nothing measured';
COMMENT ON COLUMN @extschema@.pt_attack_result.exact_mean IS 'mean over all released people of the chance to be named, by enumeration; NULL: not enumerable';
COMMENT ON COLUMN @extschema@.pt_attack_result.exact_maximum IS 'largest such chance of anybody';
COMMENT ON COLUMN @extschema@.pt_attack_result.claimed_maximum IS 'maximum risk that the release states for this attacker';
COMMENT ON COLUMN @extschema@.pt_attack_result.baseline_rate IS 'rate of blind guessing; NULL: not tried, the control takes its place';
COMMENT ON COLUMN @extschema@.pt_attack_result.note IS 'what limits the figures of this row; NULL: nothing';

--| ### pt_attack
--|
--| `pt_attack(source, kind)` runs attacks on the release of `source` that is in service. The caller must own the source. Kinds:
--|
--| | kind | the attacker |
--| |---|---|
--| | `event-matching` | all six below, one row each |
--| | `demographics` | knows the exact quasi-identifiers of a person who is in the release |
--| | `demographics+1`, `demographics+2` | and those one or two of the person's events that give most away |
--| | `demographics+events` | and all events of the person |
--| | `events` | knows all events and no demographics |
--| | `demographics+events+counts` | knows all of it and takes the persona that is likeliest by how often it holds each event; a release claims nothing for this attacker |
--| | `singling-out` (`-univariate`, `-multivariate`) | describes somebody so that one person alone fits, and names that person |
--| | `linkability` | has a record of demographics and one of events, and asks whether they belong together |
--| | `inference` | knows demographics and the type of an event, and guesses its outcome or detail: a row for each published column |
--| | `inference+period` | and knows the period of the event |
--| | `all` | everything |
--|
--| | argument | meaning |
--| |---|---|
--| | `attempts` | 1 to 10,000,000 tries of each attack |
--| | `seed` | the same seed, the same attempts |
--| | `schema`, `name` | the release, if there are several of the source |
--| | `confidence` | of the intervals |
--| | `allow_changed` | false: 55000 when the source is no longer what was published. True: attack with what it says now; people who came later are left out |
--|
--| *Success is naming the person.* The attacker draws a persona from those that are consistent with what is known, with the number of its people as weight,
--| then one of its members. Finding the persona is `persona_hit_rate`. Claims are read from the view `_about`.
--|
--| *within_claim.* For the attackers of event-matching everybody is enumerated: `exact_mean` must not be above `claimed_risk`, nor
--| `exact_maximum` above `claimed_maximum` (a relative 1e-9 is rounding). Singling out: `low` must not be above the maximum risk that the release claims, because this attacker
--| chooses whom to attack. Linkability and inference: the lower end of the residual risk must not be above the average risk that the release claims.
--|
--| *Noise.* Where events were perturbed, `demographics+events` knows the published noise and reckons with it; `demographics+1`, `demographics+2` and `events` are told how the events that they
--| know were perturbed, which makes them stronger; singling out, linkability and inference trust what is published. The note says which.
--|
--| *Control.* Naming: a name drawn from all released people. Linkability: demographics of one person with events of another. Inference: the same
--| guess from the release without the person's own events.
--|
--| Attackers that know a person's events are left out where no events are released; membership is not defined for releases (0A000), whose attackers know that
--| the person is in it. Errors: 22004 NULL; 22023 unknown kind, attempts or confidence out of range; 42501 not the owner, or row security hides rows; 55000 no release in service, several
--| and none named, source changed, run dropped. Cost: as the risk figures of pt_create_personas, and reading the source once.
CREATE FUNCTION @extschema@.pt_attack(
    source pg_catalog.regclass, kind pg_catalog.text DEFAULT 'all', attempts pg_catalog.int8 DEFAULT 1000,
    seed pg_catalog.int8 DEFAULT 1, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL,
    confidence pg_catalog.float8 DEFAULT 0.95, allow_changed pg_catalog.bool DEFAULT false)
  RETURNS SETOF @extschema@.pt_attack_result
  AS 'MODULE_PATHNAME', 'pt_attack' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.pt_attack IS 'attack the release of a source: success, control and claimed risk side by side';

--| ### pt_attack_pair
--|
--| `pt_attack_pair(original, released)` attacks a table that was made from another one, however it was made: masked, generalised, synthetic. It asks the three questions
--| of the Article 29 Working Party (opinion 05/2014) as Anonymeter does (Giomi et al. 2023). Tables are read as the caller. Kinds: `singling-out` (`singling-out-univariate`,
--| `singling-out-multivariate`), `linkability`, `inference`, `membership`, `all`.
--|
--| | argument | meaning |
--| |---|---|
--| | `original`, `released` | tables or views with equal columns under equal names; other columns are not compared |
--| | `control` | people like the originals of whom nothing was released, in a table with the same columns. Without it there is no residual risk: success may be what anybody could have guessed |
--| | `attempts` | tries of each attack; fewer where there are fewer people or predicates |
--| | `seed` | the same seed and tables, the same result, on every server |
--| | `columns` | columns to compare; by default all that original and released share |
--| | `secret` | column to guess in inference |
--| | `left_columns` | one half of the columns in linkability, the others are the other half; by default the first half |
--| | `neighbors` | nearest released rows that linkability looks at on each side |
--| | `predicate_columns` | columns in a predicate of multivariate singling out |
--| | `tolerance` | relative error of a number that counts as guessed |
--| | `claimed_risk` | within_claim compares with it the lower end of the residual risk, without a control that of the rate |
--| | `confidence` | of the intervals |
--|
--| Numbers, dates and timestamps are ordered, ranges count as their middle, everything else is a category (by its text). A missing value
--| equals a missing value and no other; NaN and infinities are missing, with a notice. Distance is Gower's; ties go to the first row, so order the rows of a view if
--| results must be repeatable.
--|
--| Errors: 22004, 22023 arguments; 42703 a column is missing in a table; 42804 it is ordered in one and not in the other; 22000 a table has no rows; 42501 no right to
--| read, or row security hides rows. Memory: about 14 bytes a value, within personatwin.memory_limit.
CREATE FUNCTION @extschema@.pt_attack_pair(
    original pg_catalog.regclass, released pg_catalog.regclass, kind pg_catalog.text DEFAULT 'all',
    control pg_catalog.regclass DEFAULT NULL, attempts pg_catalog.int8 DEFAULT 1000, seed pg_catalog.int8 DEFAULT 1,
    columns pg_catalog.text[] DEFAULT NULL, secret pg_catalog.text DEFAULT NULL, left_columns pg_catalog.text[] DEFAULT NULL,
    neighbors pg_catalog.int4 DEFAULT 1, predicate_columns pg_catalog.int4 DEFAULT 3, tolerance pg_catalog.float8 DEFAULT 0.05,
    claimed_risk pg_catalog.float8 DEFAULT NULL, confidence pg_catalog.float8 DEFAULT 0.95)
  RETURNS SETOF @extschema@.pt_attack_result
  AS 'MODULE_PATHNAME', 'pt_attack_pair' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 5;
COMMENT ON FUNCTION @extschema@.pt_attack_pair IS 'attack a table that was made from another one: singling out, linkability, inference, membership';
