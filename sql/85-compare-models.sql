-- The same regression on the source and on its release.

--| ## Models compared
--|
--| `pt_compare_models(source, formula, family)` fits a model (see `pt_glm`) to the source, as its owner reads it now, and to the release in service, and compares the coefficients:
--|
--|     SELECT term, source_estimate, release_estimate, interval_overlap, preserved, why
--|       FROM pt_compare_models('court_events', 'outcome ~ ethnicity + gender + age', 'logistic', event_type => 'charge', success => '{convicted}');
--|     SELECT * FROM pt_compare_models('court_events', 'reoffended ~ ethnicity + gender + factor(age_group, ''25-44'')', 'logistic');
--|     SELECT * FROM pt_compare_models('court_events', 'events ~ ethnicity + gender', 'poisson', event_type => 'arrest');
--|
--| *Columns* of the formula: `gender`, `ethnicity`, `geography`, `event_type`, `outcome`, details and further attributes by their names, or any of these by its name in the source; `age` (in the release the mean of the class), `age_group` (between the age limits of the
--| domain: `under 18`, `18-24`, ...; in the release that of the mean of the class), `year` of the event. `success` makes a response of categories true or false: true where it is one of these values.
--|
--| *Rows* are events (of `event_type`, if given; weighted, standard errors by person and by persona unless `clustered => false`) when a column of events is used, otherwise people (personas weighted by `merged_from`). Responses about people: `reoffended` (has an event that means reoffence in
--| the domain), and `events`, the number of events (of `event_type`), for the family poisson, with the standard errors of Poisson's law: robust ones would be those of pooled people in the release, which vary less than people do.
--|
--| *Verdict*. `preserved` is true when both coefficients are significant (p below `significance`) or neither is, the sign is the same (or neither is significant), and `interval_overlap` (Karr et al. 2006: the mean of the shares of either interval that both cover) is at least `required_overlap`.
--| `standardized_bias` is |release - source| / standard error in the source; `effect_preservation` as in `pt_disparities`. Reference levels are those of the source. Terms that the release lacks are not preserved; terms without an estimate in the source (collinear), and all terms when the source has
--| changed since the publication (a WARNING says so), have no verdict: `preserved` is NULL, and `why` says the reason. Separated responses are fitted as in `pt_glm`, with a NOTICE.
--|
--| Errors: those of `pt_glm`; 42703 for other columns (the detail lists them), 55000 for columns that are not released (that is no verdict but an answer), and no release in service; 42501 who does not own the source.
CREATE FUNCTION @extschema@.pt_compare_models(
    source pg_catalog.regclass, formula pg_catalog.text, family pg_catalog.text DEFAULT 'linear',
    event_type pg_catalog.text DEFAULT NULL, success pg_catalog.text[] DEFAULT NULL, clustered pg_catalog.bool DEFAULT true,
    required_overlap pg_catalog.float8 DEFAULT 0.8, significance pg_catalog.float8 DEFAULT 0.05, confidence pg_catalog.float8 DEFAULT 0.95,
    schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS TABLE (term pg_catalog.text, reference pg_catalog.text,
    source_estimate pg_catalog.float8, source_std_error pg_catalog.float8, source_low pg_catalog.float8, source_high pg_catalog.float8, source_p_value pg_catalog.float8,
    release_estimate pg_catalog.float8, release_std_error pg_catalog.float8, release_low pg_catalog.float8, release_high pg_catalog.float8, release_p_value pg_catalog.float8,
    interval_overlap pg_catalog.float8, standardized_bias pg_catalog.float8, effect_preservation pg_catalog.float8,
    sign_preserved pg_catalog.bool, significance_preserved pg_catalog.bool, preserved pg_catalog.bool, why pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_compare_models' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_compare_models IS 'the same regression on a source and on its release, coefficient by coefficient';

--| `pt_compare_fits(original, released, formula, family)` does the same for two relations with the same column names that you make yourself, views with any condition and computed column; both are read as the caller. Weights are counts (`released_weights => 'weight'`);
--| `exposure` names a column of both.
--|
--|     SELECT * FROM pt_compare_fits('source_rows', 'released_rows', 'medium_or_high ~ factor(race, ''Caucasian'') + age_cat', 'logistic',
--|                                   released_weights => 'weight', released_cluster => 'persona_id');
CREATE FUNCTION @extschema@.pt_compare_fits(
    original pg_catalog.regclass, released pg_catalog.regclass, formula pg_catalog.text, family pg_catalog.text DEFAULT 'linear',
    original_weights pg_catalog.text DEFAULT NULL, original_cluster pg_catalog.text DEFAULT NULL,
    released_weights pg_catalog.text DEFAULT NULL, released_cluster pg_catalog.text DEFAULT NULL,
    required_overlap pg_catalog.float8 DEFAULT 0.8, significance pg_catalog.float8 DEFAULT 0.05, confidence pg_catalog.float8 DEFAULT 0.95,
    exposure pg_catalog.text DEFAULT NULL)
  RETURNS TABLE (term pg_catalog.text, reference pg_catalog.text,
    source_estimate pg_catalog.float8, source_std_error pg_catalog.float8, source_low pg_catalog.float8, source_high pg_catalog.float8, source_p_value pg_catalog.float8,
    release_estimate pg_catalog.float8, release_std_error pg_catalog.float8, release_low pg_catalog.float8, release_high pg_catalog.float8, release_p_value pg_catalog.float8,
    interval_overlap pg_catalog.float8, standardized_bias pg_catalog.float8, effect_preservation pg_catalog.float8,
    sign_preserved pg_catalog.bool, significance_preserved pg_catalog.bool, preserved pg_catalog.bool, why pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_compare_fits' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_compare_fits IS 'the same regression on two relations, coefficient by coefficient';
