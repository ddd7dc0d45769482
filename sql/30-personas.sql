-- Making personas: privacy levels, the log of decisions, pt_create_personas, pt_frontier and pt_build.

--| ## Privacy levels
--|
--| A level is a named bundle of parameters; an explicit argument wins over it. A stricter level is never finer in any parameter.
--| Without a level the parameters are those of `medium`. From `high` upward personas have at least 11 people, which is
--| what an individual risk below 10 % needs against an attacker who knows the demographics only.
CREATE TABLE personatwin.privacy_level (
  name text PRIMARY KEY,
  strictness int NOT NULL UNIQUE,
  min_size int NOT NULL CHECK (min_size OPERATOR(pg_catalog.>=) 2),
  max_size int NOT NULL CHECK (max_size OPERATOR(pg_catalog.>=) min_size),
  age_tolerance float8 NOT NULL,
  geography_steps int NOT NULL CHECK (geography_steps OPERATOR(pg_catalog.>=) 0),
  period text NOT NULL CHECK (period OPERATOR(pg_catalog.=) ANY (ARRAY['day', 'week', 'month', 'quarter', 'half-year', 'year'])),
  individual_limit float8 NOT NULL CHECK (individual_limit OPERATOR(pg_catalog.>) 0 AND individual_limit OPERATOR(pg_catalog.<=) 1),
  description text NOT NULL
);
REVOKE ALL ON personatwin.privacy_level FROM PUBLIC;
COMMENT ON TABLE personatwin.privacy_level IS 'named bundles of parameters for the argument privacy_level';
COMMENT ON COLUMN personatwin.privacy_level.name IS 'the word';
COMMENT ON COLUMN personatwin.privacy_level.strictness IS 'order, loose to strict';
COMMENT ON COLUMN personatwin.privacy_level.min_size IS 'fewest people in a persona';
COMMENT ON COLUMN personatwin.privacy_level.max_size IS 'most people in a persona';
COMMENT ON COLUMN personatwin.privacy_level.age_tolerance IS 'years either side; age ranges up to twice this are preferred';
COMMENT ON COLUMN personatwin.privacy_level.geography_steps IS 'levels of the geography above the finest one, as far as there are any';
COMMENT ON COLUMN personatwin.privacy_level.period IS 'finest period that events are released in';
COMMENT ON COLUMN personatwin.privacy_level.individual_limit IS 'largest risk of any released person';
COMMENT ON COLUMN personatwin.privacy_level.description IS 'what it is for';
INSERT INTO personatwin.privacy_level
  (name, strictness, min_size, max_size, age_tolerance, geography_steps, period, individual_limit, description) VALUES
  ('low', 1, 3, 50, 3, 0, 'week', 0.25, 'inside the agency: small personas, weeks'),
  ('medium', 2, 5, 50, 3, 0, 'month', 0.10, 'the default: 5 to 50 people, months, nobody above 10 %'),
  ('high', 3, 11, 50, 5, 0, 'quarter', 0.09, 'at least 11 people, quarters, nobody above 9 %'),
  ('maximum', 4, 20, 50, 10, 1, 'half-year', 0.05, 'at least 20 people, half-years, geography one level coarser, nobody above 5 %');

CREATE TABLE personatwin.decision (
  run_id bigint NOT NULL,
  step int NOT NULL,
  rung int NOT NULL,
  action text NOT NULL,
  setting text NOT NULL,
  average_before float8,
  average_after float8,
  maximum_before float8,
  maximum_after float8,
  utility_before float8,
  utility_after float8,
  holds boolean NOT NULL,
  chosen boolean NOT NULL,
  why text NOT NULL,
  proposed_by text NOT NULL DEFAULT 'rules',
  PRIMARY KEY (run_id, step)
);
REVOKE ALL ON personatwin.decision FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('personatwin.decision', '');
COMMENT ON TABLE personatwin.decision IS 'every step of the ladder of every run; shown by pt_decisions';
COMMENT ON COLUMN personatwin.decision.run_id IS 'the run';
COMMENT ON COLUMN personatwin.decision.step IS 'number of the step';
COMMENT ON COLUMN personatwin.decision.rung IS '0 start, 1 merging, 2 events, 3 demographics';
COMMENT ON COLUMN personatwin.decision.action IS 'protective action, from a closed set';
COMMENT ON COLUMN personatwin.decision.setting IS 'the setting that was measured, in words';
COMMENT ON COLUMN personatwin.decision.average_before IS 'average risk before the step';
COMMENT ON COLUMN personatwin.decision.average_after IS 'average risk after it';
COMMENT ON COLUMN personatwin.decision.maximum_before IS 'largest individual risk before the step';
COMMENT ON COLUMN personatwin.decision.maximum_after IS 'largest individual risk after it';
COMMENT ON COLUMN personatwin.decision.utility_before IS 'utility before the step, 0..1';
COMMENT ON COLUMN personatwin.decision.utility_after IS 'utility after it, 0..1';
COMMENT ON COLUMN personatwin.decision.holds IS 'whether the target, less its reserve where a run is made anew, and the individual limit hold after it';
COMMENT ON COLUMN personatwin.decision.chosen IS 'whether it was kept';
COMMENT ON COLUMN personatwin.decision.why IS 'reason, in words';
COMMENT ON COLUMN personatwin.decision.proposed_by IS 'who proposed the step: rules, or the endpoint of a model';

--| ## Personas
--|
--| A row of `pt_persona` is a group of `merged_from` similar people. The columns that a release has mean the same there. The figures
--| for the owner alone are `traceability_score`, `risk_status`, `noise_level`, `merge_count`, `run_id` and `persona_no`.
CREATE TYPE @extschema@.pt_persona AS (
  persona_id pg_catalog.uuid,
  class_id pg_catalog.int4,
  merged_from pg_catalog.int4,
  age_range pg_catalog.int4range,
  age_mean pg_catalog.float8,
  gender pg_catalog.text,
  ethnicity pg_catalog.text,
  geography pg_catalog.text,
  attributes pg_catalog.jsonb,
  confidence_level pg_catalog.float8,
  event_types pg_catalog.text[],
  temporal_patterns pg_catalog.jsonb,
  outcome_distributions pg_catalog.jsonb,
  recidivism_indicators pg_catalog.jsonb,
  generation_method pg_catalog.text,
  traceability_score pg_catalog.float8,
  risk_status pg_catalog.text,
  noise_level pg_catalog.float8,
  merge_count pg_catalog.int4,
  sampling_weight pg_catalog.float8,
  run_id pg_catalog.int8,
  persona_no pg_catalog.int4
);
COMMENT ON TYPE @extschema@.pt_persona IS 'a group of similar people whose events are pooled, as its owner sees it';
COMMENT ON COLUMN @extschema@.pt_persona.persona_id IS 'keyed hash: the same for the same people and seed, unlinkable to the ids of any release';
COMMENT ON COLUMN @extschema@.pt_persona.class_id IS 'equivalence class: all personas with the same released demographics';
COMMENT ON COLUMN @extschema@.pt_persona.merged_from IS 'number of people';
COMMENT ON COLUMN @extschema@.pt_persona.age_range IS 'ages of the class, half-open; NULL: unknown or not shown';
COMMENT ON COLUMN @extschema@.pt_persona.age_mean IS 'mean age of the class';
COMMENT ON COLUMN @extschema@.pt_persona.gender IS 'gender of all members, or the label that stands for several';
COMMENT ON COLUMN @extschema@.pt_persona.ethnicity IS 'ethnicity of all members, or the label that stands for several';
COMMENT ON COLUMN @extschema@.pt_persona.geography IS 'geography of all members at the released level';
COMMENT ON COLUMN @extschema@.pt_persona.attributes IS 'further released quasi-identifiers by name';
COMMENT ON COLUMN @extschema@.pt_persona.confidence_level IS 'of the class: 1 minus the share of demographic information removed';
COMMENT ON COLUMN @extschema@.pt_persona.event_types IS 'distinct event types, sorted';
COMMENT ON COLUMN @extschema@.pt_persona.temporal_patterns IS 'events by period and type';
COMMENT ON COLUMN @extschema@.pt_persona.outcome_distributions IS 'outcomes by event type';
COMMENT ON COLUMN @extschema@.pt_persona.recidivism_indicators IS 'people with repeat events; figures of the class';
COMMENT ON COLUMN @extschema@.pt_persona.generation_method IS 'merged: made of real people, as they are; perturbed: with noise on their events; with synthetic events: some of the run''s events are invented';
COMMENT ON COLUMN @extschema@.pt_persona.traceability_score IS 'largest risk of a member against the attacker of the run, 0..1';
COMMENT ON COLUMN @extschema@.pt_persona.risk_status IS 'ACCEPTABLE below .10, REVIEW_REQUIRED to .25, HIGH to .50, MUST_INCREASE_PROTECTION above';
COMMENT ON COLUMN @extschema@.pt_persona.noise_level IS 'share of its events of which any value was perturbed';
COMMENT ON COLUMN @extschema@.pt_persona.merge_count IS 'merges that made it: merged_from minus 1';
COMMENT ON COLUMN @extschema@.pt_persona.sampling_weight IS 'mean sampling weight of the class; NULL without weights';
COMMENT ON COLUMN @extschema@.pt_persona.run_id IS 'the stored run; NULL in a dry run';
COMMENT ON COLUMN @extschema@.pt_persona.persona_no IS 'number within the run';

--| ### pt_create_personas
--|
--| Reads `source`, groups its people into personas of `min_size` to `max_size` people and raises protection until the average
--| re-identification risk over the released people is at most `target_risk` and nobody's is above `individual_limit`, against
--| an attacker who knows the demographics and all events of a person in the data. Stores a run, which
--| `pt_publish_release` publishes, and returns its personas. When the target can't be reached it returns the best level reached
--| with a WARNING that says what would help.
--|
--| `SELECT * FROM pt_create_personas('court_events', 0.01);`
--|
--| | parameter | meaning | default |
--| |---|---|---|
--| | `source` | table or view: one row an event (person attributes repeated), or one row a person | |
--| | `target_risk` | largest average risk, above 0 up to 1 | 0.01 |
--| | `people` | table of people, when `source` holds their events only | found by foreign key |
--| | `person_key` | column of `source` that tells people apart: keys that are equal for their type (numeric 1 and 1.00, upper and lower case of citext) are one person; a nondeterministic collation is refused (0A000) | found by role |
--| | `domain` | vocabulary of event types and outcomes | recognised |
--| | `privacy_level` | low, medium, high, maximum: a bundle of parameters; explicit arguments win | medium |
--| | `min_size`, `max_size` | people in a persona | 5, 50 |
--| | `age_tolerance` | years either side; age ranges up to twice this are preferred | 3 |
--| | `geography_level` | finest level of the geography to release: name of a column, or a number from 0; the number behind the last level: no place is shown | 0 |
--| | `gender_match`, `ethnicity_match` | false: may be generalised like any attribute | true |
--| | `cohesion` | 0 mixed to 1 people of similar histories together | chosen |
--| | `preserve` | event columns (names or roles) that stay whole while any setting that leaves them so holds; the period, the width of age ranges and every other column are given up first | none |
--| | `attacker` | demographics, demographics+events, events; with a `population`, register | demographics+events |
--| | `individual_limit` | largest risk of any released person | 0.10 |
--| | `period` | finest period: day, week, month, quarter, half-year, year | month |
--| | `profile` | release profile: its bounds apply where they are stricter | none |
--| | `seed` | changes everything that is random; never published | 0 |
--| | `as_of` | day at which ages are computed from birth dates | last event not in the future; without events today |
--| | `allow_row_security` | go on when row security hides rows; recorded with the run | false |
--| | `dry_run` | compute and return, store nothing; works in read-only transactions | false |
--| | `jitter` | dates move at random by up to so many days either way; nobody's events change their order | 0 |
--| | `outcome_noise` | probability that an outcome is drawn anew among those of its event type, 0 to 0.9 | 0 |
--| | `detail_noise` | numeric details move by up to this share of themselves, 0 to 0.9; totals stay | 0 |
--| | `synthetic` | share of the published events that may be synthetic, 0 to 0.25: the last rung, used only where it keeps more utility than anything else | 0 |
--| | `advisor` | who proposes settings beside the rules: `rules` nobody, `cached` the stored answer of a model to the question about your latest run; `llm` in `pt_build` only | `rules` |
--| | `endpoint` | the model, a name of `pt_advice_status()` | |
--| | `population` | name of a table of the population (`pt_register_population`): the attacker `register` is measured with it, and held to the target where he is the `attacker` | |
--| | `reserve` | share of the target to leave unused, 0 to 0.9: settings must reach `target_risk * (1 - reserve)`, so that the release still holds the target after people have left; the run, its publication and every refresh are judged by the target itself. A WARNING says when the target holds and the reserve does not | 0 |
--| | `targeted` | true: where a setting has just missed the target, the classes that have most of the risk may be joined one by one; used only where that keeps more utility than any setting that holds, and then a step `join_risky_classes` of `pt_decisions`. For the attackers demographics and demographics+events | false |
--|
--| Times with time zone are read in UTC. Only the owner of `source` may call it; the rows are read with the caller's rights.
CREATE FUNCTION @extschema@.pt_create_personas(
    source pg_catalog.regclass,
    target_risk pg_catalog.float8 DEFAULT 0.01,
    people pg_catalog.regclass DEFAULT NULL,
    person_key pg_catalog.text DEFAULT NULL,
    domain pg_catalog.text DEFAULT NULL,
    privacy_level pg_catalog.text DEFAULT NULL,
    min_size pg_catalog.int4 DEFAULT NULL,
    max_size pg_catalog.int4 DEFAULT NULL,
    age_tolerance pg_catalog.float8 DEFAULT NULL,
    geography_level pg_catalog.text DEFAULT NULL,
    gender_match pg_catalog.bool DEFAULT NULL,
    ethnicity_match pg_catalog.bool DEFAULT NULL,
    cohesion pg_catalog.float8 DEFAULT NULL,
    preserve pg_catalog.text[] DEFAULT NULL,
    attacker pg_catalog.text DEFAULT NULL,
    individual_limit pg_catalog.float8 DEFAULT NULL,
    period pg_catalog.text DEFAULT NULL,
    profile pg_catalog.text DEFAULT NULL,
    seed pg_catalog.int8 DEFAULT NULL,
    as_of pg_catalog.date DEFAULT NULL,
    allow_row_security pg_catalog.bool DEFAULT false,
    dry_run pg_catalog.bool DEFAULT false,
    jitter pg_catalog.int4 DEFAULT 0,
    outcome_noise pg_catalog.float8 DEFAULT 0,
    detail_noise pg_catalog.float8 DEFAULT 0,
    synthetic pg_catalog.float8 DEFAULT 0,
    advisor pg_catalog.text DEFAULT 'rules',
    endpoint pg_catalog.text DEFAULT NULL,
    population pg_catalog.text DEFAULT NULL,
    reserve pg_catalog.float8 DEFAULT 0,
    targeted pg_catalog.bool DEFAULT false)
  RETURNS SETOF @extschema@.pt_persona
  AS 'MODULE_PATHNAME', 'pt_create_personas' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_create_personas IS 'make personas of a people-events source that hold a risk target, store them as a run and return them';

--| ### pt_frontier
--|
--| What different targets would cost: the ladder run for each element of `targets`, nothing stored. The other parameters are those of
--| `pt_create_personas`.
--|
--| `SELECT * FROM pt_frontier('court_events', ARRAY[0.005, 0.01, 0.02, 0.05]);`
CREATE FUNCTION @extschema@.pt_frontier(
    source pg_catalog.regclass,
    targets pg_catalog.float8[],
    people pg_catalog.regclass DEFAULT NULL,
    person_key pg_catalog.text DEFAULT NULL,
    domain pg_catalog.text DEFAULT NULL,
    privacy_level pg_catalog.text DEFAULT NULL,
    min_size pg_catalog.int4 DEFAULT NULL,
    max_size pg_catalog.int4 DEFAULT NULL,
    age_tolerance pg_catalog.float8 DEFAULT NULL,
    geography_level pg_catalog.text DEFAULT NULL,
    gender_match pg_catalog.bool DEFAULT NULL,
    ethnicity_match pg_catalog.bool DEFAULT NULL,
    cohesion pg_catalog.float8 DEFAULT NULL,
    preserve pg_catalog.text[] DEFAULT NULL,
    attacker pg_catalog.text DEFAULT NULL,
    individual_limit pg_catalog.float8 DEFAULT NULL,
    period pg_catalog.text DEFAULT NULL,
    profile pg_catalog.text DEFAULT NULL,
    seed pg_catalog.int8 DEFAULT NULL,
    as_of pg_catalog.date DEFAULT NULL,
    allow_row_security pg_catalog.bool DEFAULT false,
    jitter pg_catalog.int4 DEFAULT 0,
    outcome_noise pg_catalog.float8 DEFAULT 0,
    detail_noise pg_catalog.float8 DEFAULT 0,
    synthetic pg_catalog.float8 DEFAULT 0,
    population pg_catalog.text DEFAULT NULL,
    reserve pg_catalog.float8 DEFAULT 0,
    targeted pg_catalog.bool DEFAULT false,
    OUT target_risk pg_catalog.float8,
    OUT target_met pg_catalog.bool,
    OUT population_average_risk pg_catalog.float8,
    OUT maximum_risk pg_catalog.float8,
    OUT utility pg_catalog.float8,
    OUT mean_age_width pg_catalog.float8,
    OUT event_period pg_catalog.text,
    OUT classes pg_catalog.int4,
    OUT personas pg_catalog.int4,
    OUT suppressed pg_catalog.int8,
    OUT status pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_frontier' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_frontier IS 'what several risk targets would cost in utility; stores nothing';
