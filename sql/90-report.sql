-- The privacy report: one page for the officer, one for the public.

--| ## Privacy report
--|
--| `pt_privacy_report(source)` tells the whole story of a release as one HTML page: verdict, risk by attacker against target and limit, attacks, who is in it, what was left out or made coarser and how that was found, rules
--| with pass and fail, differences between groups before and after, how to check and reproduce it, glossary. The page needs no network and no script, is ASCII whatever the encoding, and the same for the same release and source. doc/report.md says how to
--| read each figure.
--|
--|     \copy (SELECT pt_privacy_report('court_events')) TO 'report.html'
--|
--| The page has no line break, tab or backslash, so `\copy` writes it as it is.
--|
--| | argument | meaning |
--| |---|---|
--| | `audience` | `internal`: for the owner, with the names of the source, every step and the calls that make it again. `public`: what may stand beside the release; it takes nothing but what `_about` and the views tell, and verdicts, and shows no count of people below the minimum size |
--| | `schema`, `name` | the release, if there are several of the source |
--| | `run` | a run that is not published (internal form only); by default what is in service, else the caller's latest run |
--| | `attempts` | tries of each attack (pt_attack, seed 1); 0: no attacks |
--|
--| Disparities and attacks are measured while the report is made, so it costs what pt_disparities and pt_attack cost. What can't be measured, because the source has changed since, is said in the verdict.
--| Errors: 42501 who does not own the source; 55000 no run, several releases in service, or the public form without a release; 22023 unknown audience, attempts out of range, a run that is not the release's.
CREATE FUNCTION @extschema@.pt_privacy_report(
    source pg_catalog.regclass, audience pg_catalog.text DEFAULT 'internal', schema pg_catalog.text DEFAULT NULL,
    name pg_catalog.text DEFAULT NULL, run pg_catalog.int8 DEFAULT NULL, attempts pg_catalog.int8 DEFAULT 1000)
  RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_privacy_report' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_privacy_report IS 'the privacy report of a release or run, as one HTML page';
