-- Release profiles that come with the extension, and the functions that list, check and define profiles.
INSERT INTO personatwin.profile (name, rules, source, dated, description, built_in) VALUES
  ('cms_11', '{"min_cell": 11}', 'CMS and ResDAC cell size suppression policy, version of 26 January 2024', '2024-01-26',
   'no count of 1 to 10 people, shown or derivable; no events', true),
  ('hipaa_safe_harbor', '{"no_identifiers": true, "finest_period": "year", "finest_place": "us_state", "top_age": 90}', '45 CFR 164.514(b)(2)', '2013-06-07',
   'the 18 identifiers removed: no identifiers, years, states, ages from 90 pooled', true),
  ('hipaa_expert', '{"no_identifiers": true, "maximum_risk": 0.09, "min_size": 11, "min_diversity": 2}', '45 CFR 164.514(b)(1); .09 and 11 are convention', '2013-06-07',
   'a very small risk by a documented method: 9 % for anybody, personas of at least 11 people', true),
  ('part2_sud', '{"no_identifiers": true, "maximum_risk": 0.09, "min_size": 11, "min_diversity": 2}', '42 CFR 2.16, 2.52 and 2.54, which refer to 45 CFR 164.514(b)', '2024-02-16',
   'records of substance use disorders: as hipaa_expert', true),
  ('ema_hc_009', '{"no_identifiers": true, "maximum_risk": 0.09}', 'EMA policy 0070 and Health Canada, public release of clinical information', '2019-03-12',
   'clinical data: 9 % for anybody', true),
  ('ferpa_10', '{"min_cell": 10, "min_share": 0.05, "hide_zero": true}', 'NCES 2011-603, statistical methods for protecting personally identifiable information', '2010-12-01',
   'no count below 10 people, no share below 5 % or above 95 %, complementary suppression; no events', true),
  ('cdc_wonder_10', '{"min_cell": 10, "hide_zero": true}', 'CDC WONDER and WISQARS, assurance of confidentiality', '2011-05-23',
   'no count of 0 to 9 people and nothing derived from one; rates from 20 or fewer people are marked unreliable; no events', true),
  ('nhs_7_5', '{"min_cell": 8, "round_to": 5}', 'NHS Digital, disclosure control of hospital episode statistics (date recalled, not verified)', '2023-01-01',
   'no count of 1 to 7 people, and none that is not rounded to 5, so none but the sizes of personas; no events', true),
  ('statsnz_rr3', '{"random_round": 3, "tables_only": true}', 'Stats NZ, microdata output guide (recalled, not verified)', '2020-11-01',
   'no count that is not randomly rounded to base 3, so none but the sizes of personas; no events', true),
  ('gdpr_wp216', '{"maximum_risk": 0.10, "event_linkage_risk": 0.10, "min_diversity": 2}', 'Article 29 Working Party, opinion 05/2014 (WP216)', '2014-04-10',
   'singling out (maximum_risk), linkability (event_linkage_risk) and inference (min_diversity), judged separately; the limits are convention, and WP216 asks for a documented assessment beside them', true);

--| ### pt_profiles
--|
--| The release profiles with their rules, where these come from and of what date that source is. doc/profiles.md says how each rule is checked.
CREATE FUNCTION @extschema@.pt_profiles(OUT name pg_catalog.text, OUT rules pg_catalog.jsonb, OUT source pg_catalog.text,
    OUT dated pg_catalog.date, OUT description pg_catalog.text, OUT built_in pg_catalog.bool)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_profiles' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20;
COMMENT ON FUNCTION @extschema@.pt_profiles IS 'release profiles and their rules';

--| ### pt_check_profile
--|
--| Each rule of a profile with what it requires, what the run has, whether it passes, and what would make it pass. `run` is a run of the source, the
--| caller's latest unless given. Without `profile` it is the one the run was made under; if there is none, the rules are the run's own target,
--| individual limit and minimum size. `pt_publish_release` refuses what fails here, with the same list. 42704 for an unknown profile, 55000 without a run.
--|
--| `SELECT * FROM pt_check_profile('court_events', 'public_1pct')`
CREATE FUNCTION @extschema@.pt_check_profile(source pg_catalog.regclass, profile pg_catalog.text DEFAULT NULL, run pg_catalog.int8 DEFAULT NULL,
    OUT rule pg_catalog.text, OUT required pg_catalog.text, OUT found pg_catalog.text, OUT passed pg_catalog.bool, OUT remedy pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_check_profile' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 5;
COMMENT ON FUNCTION @extschema@.pt_check_profile IS 'rules of a profile: required, found, passed, remedy';

--| ### pt_define_profile, pt_drop_profile
--|
--| Defines a release profile of your own, or replaces it; drops it. For the owner of the extension and superusers: what may be published is not for those to
--| decide who publish. Every rule is checked: 22023 for an unknown one, or a value that it can't have. The profiles that come with the extension stay as they are (42710).
--| `source` and `dated` say where the rules come from. Dumps carry your own profiles.
--|
--| `SELECT pt_define_profile('our_board', '{"maximum_risk": 0.05, "min_size": 20}', 'Decision 7 of the data board', '2026-03-01', 'strict')`
CREATE FUNCTION @extschema@.pt_define_profile(name pg_catalog.text, rules pg_catalog.jsonb, source pg_catalog.text, dated pg_catalog.date, description pg_catalog.text)
  RETURNS void
  AS 'MODULE_PATHNAME', 'pt_define_profile' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_define_profile IS 'defines a release profile of your own';
CREATE FUNCTION @extschema@.pt_drop_profile(name pg_catalog.text) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_drop_profile' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_drop_profile IS 'drops a release profile of your own';
