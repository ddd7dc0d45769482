-- Looking at runs: risk, decisions, people. For the owner of the source alone.

--| ## Risk of a run
--|
--| A row of `pt_risk_metrics` says how likely anybody in the released personas is to be identified, attacker by attacker
--| (doc/privacy-model.md defines them). Averages are over released people, maxima over personas. Suppressed people are
--| counted, never averaged in.
CREATE TYPE @extschema@.pt_risk_metrics AS (
  run_id pg_catalog.int8,
  source pg_catalog.regclass,
  attacker pg_catalog.text,
  target_risk pg_catalog.float8,
  individual_limit pg_catalog.float8,
  population_average_risk pg_catalog.float8,
  maximum_risk pg_catalog.float8,
  individual_risks pg_catalog.jsonb,
  demographic_concentration_risk pg_catalog.float8,
  event_pattern_concentration_risk pg_catalog.float8,
  external_linkage_risk pg_catalog.float8,
  external_linkage_note pg_catalog.text,
  high_risk_personas pg_catalog.int8,
  review_personas pg_catalog.int8,
  k_anonymity pg_catalog.int8,
  demographics_average pg_catalog.float8,
  demographics_maximum pg_catalog.float8,
  one_event_average pg_catalog.float8,
  one_event_maximum pg_catalog.float8,
  two_events_average pg_catalog.float8,
  two_events_maximum pg_catalog.float8,
  all_events_average pg_catalog.float8,
  all_events_maximum pg_catalog.float8,
  events_average pg_catalog.float8,
  events_maximum pg_catalog.float8,
  people pg_catalog.int8,
  events pg_catalog.int8,
  released pg_catalog.int8,
  suppressed pg_catalog.int8,
  label_generalized pg_catalog.int8,
  personas pg_catalog.int4,
  classes pg_catalog.int4,
  smallest_persona pg_catalog.int4,
  largest_persona pg_catalog.int4,
  homogeneous_personas pg_catalog.int8,
  mean_age_width pg_catalog.float8,
  period pg_catalog.text,
  utility pg_catalog.float8,
  status pg_catalog.text,
  target_met pg_catalog.bool,
  recommendation pg_catalog.text,
  help pg_catalog.text,
  size_that_would_do pg_catalog.int4,
  external_linkage_maximum pg_catalog.float8
);
COMMENT ON TYPE @extschema@.pt_risk_metrics IS 'risk figures of a run, attacker by attacker';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.run_id IS 'the run';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.source IS 'the table or view it has read';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.attacker IS 'attacker that the target is held against';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.target_risk IS 'wanted upper bound of population_average_risk';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.individual_limit IS 'wanted upper bound of maximum_risk';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.population_average_risk IS 'mean risk over released people against the attacker';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.maximum_risk IS 'largest risk of a released person against the attacker';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.individual_risks IS 'quantiles of the risk over released people';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.demographic_concentration_risk IS 'average against an attacker who knows the demographics';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.event_pattern_concentration_risk IS 'average against an attacker who knows all events and no demographics';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.external_linkage_risk IS 'average against an attacker with a register of the population; NULL: not measured';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.external_linkage_note IS 'which register was used and what it does not know, or why external_linkage_risk is NULL';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.external_linkage_maximum IS 'maximum against an attacker with a register of the population; NULL: not measured';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.high_risk_personas IS 'personas above .25';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.review_personas IS 'personas from .10 to .25';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.k_anonymity IS 'people in the smallest released class';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.demographics_average IS 'attacker knows demographics: average';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.demographics_maximum IS 'attacker knows demographics: maximum';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.one_event_average IS 'attacker knows demographics and any one event: average';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.one_event_maximum IS 'attacker knows demographics and any one event: maximum';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.two_events_average IS 'attacker knows demographics and any two events: average';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.two_events_maximum IS 'attacker knows demographics and any two events: maximum';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.all_events_average IS 'attacker knows demographics and all events: average';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.all_events_maximum IS 'attacker knows demographics and all events: maximum';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.events_average IS 'attacker knows all events and no demographics: average';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.events_maximum IS 'attacker knows all events and no demographics: maximum';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.people IS 'people in the source';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.events IS 'events in the source';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.released IS 'people in personas';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.suppressed IS 'people left out';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.label_generalized IS 'released people whose gender or ethnicity is shown as a label for several';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.personas IS 'number of personas';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.classes IS 'number of equivalence classes';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.smallest_persona IS 'fewest people in a persona';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.largest_persona IS 'most people in a persona';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.homogeneous_personas IS 'personas with fewer than two distinct values of a sensitive attribute';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.mean_age_width IS 'mean width of the age range over released people, years';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.period IS 'length of the released periods';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.utility IS 'utility that the ladder maximised, 0..1';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.status IS 'SAFE_FOR_PUBLIC_RELEASE (average to .01, nobody above .10), SAFE_FOR_RESEARCH (.05, .25), INTERNAL_USE_ONLY (.15, .50), UNSAFE, NO_DATA';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.target_met IS 'whether target and individual limit both hold';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.recommendation IS 'SAFE, SAFE_FOR_RESEARCH, INCREASE_PROTECTION, INCREASE_MERGING, NOT_REACHABLE, NO_DATA';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.help IS 'target missed: what would help';
COMMENT ON COLUMN @extschema@.pt_risk_metrics.size_that_would_do IS 'target missed: smallest tried max_size that holds it';

--| ### pt_population_risk
--|
--| The risk figures of the caller's latest run of `source`, or of the one named. One row.
CREATE FUNCTION @extschema@.pt_population_risk(source pg_catalog.regclass, run pg_catalog.int8 DEFAULT NULL)
  RETURNS SETOF @extschema@.pt_risk_metrics
  AS 'MODULE_PATHNAME', 'pt_population_risk' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION @extschema@.pt_population_risk IS 'risk figures of a run, attacker by attacker';

--| ### pt_persona_risks
--|
--| The risk of each persona of a run, the most endangered first. `risk` is the largest of its members against the run's attacker,
--| `demographics_risk` 1 / people of its class.
CREATE FUNCTION @extschema@.pt_persona_risks(
    source pg_catalog.regclass, run pg_catalog.int8 DEFAULT NULL,
    OUT persona_no pg_catalog.int4, OUT class_id pg_catalog.int4, OUT merged_from pg_catalog.int4, OUT class_people pg_catalog.int8,
    OUT risk pg_catalog.float8, OUT demographics_risk pg_catalog.float8, OUT risk_status pg_catalog.text,
    OUT age_range pg_catalog.int4range, OUT gender pg_catalog.text, OUT ethnicity pg_catalog.text, OUT geography pg_catalog.text,
    OUT attributes pg_catalog.jsonb)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_persona_risks' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000;
COMMENT ON FUNCTION @extschema@.pt_persona_risks IS 'risk of each persona of a run, largest first';

--| ### pt_decisions
--|
--| The ladder of a run, step by step: what was tried, risk and utility before and after, whether the target held and whether the
--| step was kept, why, and who proposed it (`rules`, or the endpoint of a model). `utility_after` minus `utility_before` is what it costs.
CREATE FUNCTION @extschema@.pt_decisions(
    source pg_catalog.regclass, run pg_catalog.int8 DEFAULT NULL,
    OUT step pg_catalog.int4, OUT rung pg_catalog.int4, OUT action pg_catalog.text, OUT setting pg_catalog.text,
    OUT average_before pg_catalog.float8, OUT average_after pg_catalog.float8,
    OUT maximum_before pg_catalog.float8, OUT maximum_after pg_catalog.float8,
    OUT utility_before pg_catalog.float8, OUT utility_after pg_catalog.float8,
    OUT holds pg_catalog.bool, OUT chosen pg_catalog.bool, OUT why pg_catalog.text, OUT proposed_by pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_decisions' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100;
COMMENT ON FUNCTION @extschema@.pt_decisions IS 'every step of the ladder of a run';

--| ### pt_runs
--|
--| The stored runs of the sources that the current user owns.
CREATE FUNCTION @extschema@.pt_runs(
    OUT run_id pg_catalog.int8, OUT source pg_catalog.regclass, OUT people pg_catalog.regclass, OUT owner_name pg_catalog.name,
    OUT created_at pg_catalog.timestamptz, OUT domain pg_catalog.text, OUT attacker pg_catalog.text,
    OUT target_risk pg_catalog.float8, OUT individual_limit pg_catalog.float8, OUT n_people pg_catalog.int8,
    OUT n_events pg_catalog.int8, OUT n_released pg_catalog.int8, OUT n_suppressed pg_catalog.int8, OUT n_personas pg_catalog.int4,
    OUT n_classes pg_catalog.int4, OUT population_average_risk pg_catalog.float8, OUT maximum_risk pg_catalog.float8,
    OUT target_met pg_catalog.bool, OUT status pg_catalog.text, OUT period pg_catalog.text, OUT parameters pg_catalog.jsonb)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_runs' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.pt_runs IS 'stored runs of the sources that the current user owns';

--| ### pt_drop_run
--|
--| Removes a run and its tables. Refused (55006) while a release in service shows it. Published versions keep their own data.
CREATE FUNCTION @extschema@.pt_drop_run(run pg_catalog.int8) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_drop_run' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_drop_run IS 'remove a stored run and its tables';

--| ### pt_explain_person
--|
--| Where a person of the source went: persona, class and risk, or why nothing of it is released. `person` is the key as text. Owner only;
--| the run itself knows people by keyed hashes alone.
CREATE FUNCTION @extschema@.pt_explain_person(
    source pg_catalog.regclass, person pg_catalog.text, run pg_catalog.int8 DEFAULT NULL,
    OUT run_id pg_catalog.int8, OUT persona_no pg_catalog.int4, OUT class_id pg_catalog.int4, OUT merged_from pg_catalog.int4,
    OUT class_people pg_catalog.int8, OUT attacker pg_catalog.text, OUT risk pg_catalog.float8, OUT demographics_risk pg_catalog.float8,
    OUT traceability_score pg_catalog.float8, OUT age_range pg_catalog.int4range, OUT gender pg_catalog.text,
    OUT ethnicity pg_catalog.text, OUT geography pg_catalog.text, OUT attributes pg_catalog.jsonb, OUT why pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_explain_person' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION @extschema@.pt_explain_person IS 'where a person went in a run, or why nothing of it is released';
