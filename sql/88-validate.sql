-- One verdict on a release, stored with it.

--| ## Verdict on a release
--|
--| `pt_validate_release(source)` asks whether the release in service is as useful as the source, part by part, and stores the answer with the version; the view `_about` shows it in `utility`.
--|
--| | part | found | required |
--| |---|---|---|
--| | `disparities` | share of the judged rows of `pt_disparities` that are preserved, of groups large enough for the target | 0.9 |
--| | `correlations` | share of the judged rows of `pt_correlations` that are preserved | 0.85 |
--| | `questions` | share of the questions that the source can answer (`pt_research_questions`) that are preserved | 0.8 |
--| | `distributions` | mean complement of `pt_distributions` | 0.85 |
--| | `release` | the smallest of found / required of the parts above, at most 1 | 1, or `min_utility` |
--|
--| *Groups large enough*: at a target risk of t on average a class holds 1/t people, so a group of fewer than 1/t people (100 at 0.01) can't be shown by itself and is in the release under a wider label, if at all. Comparisons with such a group are counted in `left_out` and in `why`, not in `found`;
--| `pt_disparities` has all of them.
--|
--| `judged` is the number of rows with a verdict, `preserved` those that are preserved, `left_out` those without a verdict (not released, too little data in the source) or of groups too small. `passed` is NULL where nothing could be judged, and everywhere when the source has changed since the publication (a WARNING says so);
--| then nothing is stored. `release` passes when every judged part does and disparities were judged.
--|
--| `pt_publish_release(..., min_utility => 1)` publishes only if `release` is found to be at least that; otherwise the error lists the parts and nothing is published.
--|
--|     SELECT part, round(found::numeric, 3) AS found, required, judged, preserved, left_out, passed FROM pt_validate_release('court_events');
--|
--| Costs those of the four functions. Errors: as `pt_disparities`; 25006 in a read-only transaction.
CREATE TABLE personatwin.validation (
  release_id bigint NOT NULL,
  version int NOT NULL,
  validated_at timestamptz NOT NULL,
  validated_by name NOT NULL,
  utility float8,
  passed boolean,
  parts jsonb NOT NULL,
  PRIMARY KEY (release_id, version)
);
REVOKE ALL ON personatwin.validation FROM PUBLIC;
COMMENT ON TABLE personatwin.validation IS 'the latest verdict of pt_validate_release on each version';
COMMENT ON COLUMN personatwin.validation.release_id IS 'the release';
COMMENT ON COLUMN personatwin.validation.version IS 'the version';
COMMENT ON COLUMN personatwin.validation.validated_at IS 'when';
COMMENT ON COLUMN personatwin.validation.validated_by IS 'by whom';
COMMENT ON COLUMN personatwin.validation.utility IS 'smallest of found / required over the parts, at most 1';
COMMENT ON COLUMN personatwin.validation.passed IS 'whether every part holds';
COMMENT ON COLUMN personatwin.validation.parts IS 'the rows of pt_validate_release';
SELECT pg_catalog.pg_extension_config_dump('personatwin.validation', '');

CREATE FUNCTION @extschema@.pt_validate_release(source pg_catalog.regclass, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS TABLE (part pg_catalog.text, required pg_catalog.float8, found pg_catalog.float8, judged pg_catalog.int8, preserved pg_catalog.int8,
    left_out pg_catalog.int8, passed pg_catalog.bool, why pg_catalog.text)
  AS 'MODULE_PATHNAME', 'pt_validate_release' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 5 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_validate_release IS 'verdict on the usefulness of a release, stored with it';
