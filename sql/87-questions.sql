-- Research questions: what the release can answer, how well, and whether the answer is that of the source.

--| ## Research questions
--|
--| A question is a regression that a researcher would run: response, exposure, and what is held equal. Those that come with the extension are rows of `personatwin.named_question`, one's own rows of `personatwin.question`, made by `pt_define_question`.
CREATE TABLE personatwin.named_question (
  name text PRIMARY KEY,
  "position" int NOT NULL,
  domain text,
  question text NOT NULL,
  response text[] NOT NULL,
  success text[],
  event_types text[],
  exposure text[] NOT NULL,
  covariates text[],
  filter_column text[],
  filter_values text[],
  family text NOT NULL
);
REVOKE ALL ON personatwin.named_question FROM PUBLIC;
COMMENT ON TABLE personatwin.named_question IS 'research questions that come with the extension; columns and values are lists of spellings, of which the first that the source has is taken';
COMMENT ON COLUMN personatwin.named_question.name IS 'short name';
COMMENT ON COLUMN personatwin.named_question."position" IS 'order in which they are shown';
COMMENT ON COLUMN personatwin.named_question.domain IS 'domain that it is asked in; NULL: every one';
COMMENT ON COLUMN personatwin.named_question.question IS 'the question in words';
COMMENT ON COLUMN personatwin.named_question.response IS 'column of the response, as in pt_compare_models';
COMMENT ON COLUMN personatwin.named_question.success IS 'values of the response that count as 1; NULL: the response as it is';
COMMENT ON COLUMN personatwin.named_question.event_types IS 'types of the events it is about, in the words of the domain; NULL: all';
COMMENT ON COLUMN personatwin.named_question.exposure IS 'column whose effect is asked for';
COMMENT ON COLUMN personatwin.named_question.covariates IS 'columns that are held equal, as far as the source has them; "a|b" is one of several spellings';
COMMENT ON COLUMN personatwin.named_question.filter_column IS 'column that restricts the events; NULL: none';
COMMENT ON COLUMN personatwin.named_question.filter_values IS 'values it must have';
COMMENT ON COLUMN personatwin.named_question.family IS 'family of the model';
INSERT INTO personatwin.named_question VALUES
  ('sentencing by ethnicity', 1, 'criminal_justice', 'Do sentences for similar crimes differ between ethnic groups?', '{sentence_months,sentence_days,sentence_length,sentence_years,sentence}', NULL,
   '{sentencing}', '{ethnicity}', '{charge_degree|degree|severity,offense_category|charge_category|offense_type}', NULL, NULL, 'linear'),
  ('convictions by geography', 2, 'criminal_justice', 'Do rates of conviction differ between places?', '{outcome}', '{convicted,guilty}', '{charge,trial,verdict,disposition}', '{geography}', NULL, NULL, NULL, 'logistic'),
  ('predictors of recidivism', 3, 'criminal_justice', 'What predicts that somebody reoffends?', '{reoffended}', NULL, NULL, '{age}', '{ethnicity,gender}', NULL, NULL, 'logistic'),
  ('plea bargains by demographics', 4, 'criminal_justice', 'Do rates of plea bargains differ between demographic groups?', '{outcome}', '{plea_bargain,plea_agreement,pleaded_guilty,plea}', '{charge,plea,trial,disposition}', '{ethnicity}', '{gender,age}', NULL, NULL, 'logistic'),
  ('sentence length by gender', 5, 'criminal_justice', 'Do lengths of sentences differ between men and women?', '{sentence_months,sentence_days,sentence_length,sentence_years,sentence}', NULL,
   '{sentencing}', '{gender}', '{charge_degree|degree|severity}', NULL, NULL, 'linear'),
  ('public defender or private attorney', 6, 'criminal_justice', 'Do outcomes differ between clients of public defenders and of private attorneys?', '{outcome}', '{convicted,guilty}', '{charge,trial,verdict,disposition}', '{attorney_type,attorney,representation,counsel_type,counsel}',
   '{charge_degree|degree|severity}', NULL, NULL, 'logistic'),
  ('drug sentences by place and demographics', 7, 'criminal_justice', 'Do sentences for drug crimes differ between places and demographic groups?', '{sentence_months,sentence_days,sentence_length,sentence_years,sentence}', NULL,
   '{sentencing}', '{geography}', '{ethnicity,gender}', '{offense_category,charge_category,offense_type,charge}', '{drug,drugs,drug_possession,drug_offense,narcotics}', 'linear');

CREATE TABLE personatwin.question (
  source regclass NOT NULL,
  name text NOT NULL,
  question text NOT NULL,
  response text NOT NULL,
  success text[],
  event_types text[],
  exposure text NOT NULL,
  covariates text[],
  filter_column text,
  filter_values text[],
  family text NOT NULL,
  PRIMARY KEY (source, name)
);
REVOKE ALL ON personatwin.question FROM PUBLIC;
COMMENT ON TABLE personatwin.question IS 'research questions that owners of sources have defined';
COMMENT ON COLUMN personatwin.question.source IS 'the source it is asked of';
COMMENT ON COLUMN personatwin.question.name IS 'short name';
COMMENT ON COLUMN personatwin.question.question IS 'the question in words';
COMMENT ON COLUMN personatwin.question.response IS 'column of the response, as in pt_compare_models';
COMMENT ON COLUMN personatwin.question.success IS 'values of the response that count as 1; NULL: the response as it is';
COMMENT ON COLUMN personatwin.question.event_types IS 'types of the events it is about; NULL: all';
COMMENT ON COLUMN personatwin.question.exposure IS 'column whose effect is asked for';
COMMENT ON COLUMN personatwin.question.covariates IS 'columns that are held equal';
COMMENT ON COLUMN personatwin.question.filter_column IS 'column that restricts the events; NULL: none';
COMMENT ON COLUMN personatwin.question.filter_values IS 'values it must have';
COMMENT ON COLUMN personatwin.question.family IS 'family of the model';
SELECT pg_catalog.pg_extension_config_dump('personatwin.question', '');

--| `pt_define_question(source, name, question, response, exposure)` adds a question to those of a source, or replaces it. Columns are named as in `pt_compare_models`; nothing is checked against the source, since a question may also be one that it cannot answer.
--|
--|     SELECT pt_define_question('court_events', 'bail', 'Is bail granted less often to Black people?', 'outcome', 'ethnicity',
--|                               success => '{granted}', event_types => '{bail_hearing}', covariates => '{gender,age}');
--|
--| Errors: 42501 who does not own the source; 22023 empty texts, an unknown family, filter_column without filter_values or the reverse.
CREATE FUNCTION @extschema@.pt_define_question(source pg_catalog.regclass, name pg_catalog.text, question pg_catalog.text,
    response pg_catalog.text, exposure pg_catalog.text, success pg_catalog.text[] DEFAULT NULL, event_types pg_catalog.text[] DEFAULT NULL,
    covariates pg_catalog.text[] DEFAULT NULL, filter_column pg_catalog.text DEFAULT NULL, filter_values pg_catalog.text[] DEFAULT NULL,
    family pg_catalog.text DEFAULT 'logistic')
  RETURNS void
  AS 'MODULE_PATHNAME', 'pt_define_question' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_define_question IS 'define a research question of a source';

--| `pt_drop_question(source, name)` removes one; false when there was none.
CREATE FUNCTION @extschema@.pt_drop_question(source pg_catalog.regclass, name pg_catalog.text)
  RETURNS pg_catalog.bool
  AS 'MODULE_PATHNAME', 'pt_drop_question' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_drop_question IS 'remove a research question of a source';

--| `pt_research_questions(source)` asks every question of the source and of its release in service:
--|
--| | origin | questions |
--| |---|---|
--| | `named` | those of the domain that come with the extension |
--| | `own` | those defined for this source |
--| | `roles` | made from the roles of the columns, for each protected attribute, the largest group against the second largest: outcomes of events, events per person, reoffence, and the share of people who have an event of each type |
--|
--|     SELECT name, answerable, why, round(power::numeric, 2) AS power, source_estimate, release_estimate, preserved FROM pt_research_questions('court_events');
--|     SELECT 100.0 * count(*) FILTER (WHERE preserved) / count(*) AS percent FROM pt_research_questions('court_events') WHERE in_source;
--|
--| `in_source`: the source can answer (it has the columns, the events, two groups and an estimate); `answerable`: the release can, too; `why` says what is missing or too coarse. `scale` says what the estimates are; for an exposure with several groups they compare the largest with the second largest, a number per unit.
--| `power` is the chance that a test at `significance` on the released numbers finds the effect of the source: two proportions, otherwise by the normal distribution and the standard error in the release. `preserved`: for questions from roles as in `pt_disparities`, for models as in
--| `pt_compare_models`; NULL where the source cannot answer, and where it has changed since the publication; false where only the release cannot answer.
--|
--| Shares of people come from the view `_groups` of the release; without it that question is not answerable, since the events of a persona are pooled.
--| Costs those of `pt_disparities` and a model each. Errors: as `pt_disparities`.
CREATE FUNCTION @extschema@.pt_research_questions(
    source pg_catalog.regclass, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL, significance pg_catalog.float8 DEFAULT 0.05)
  RETURNS TABLE (origin pg_catalog.text, name pg_catalog.text, question pg_catalog.text, in_source pg_catalog.bool, answerable pg_catalog.bool, why pg_catalog.text,
    power pg_catalog.float8, scale pg_catalog.text, compared pg_catalog.text, reference pg_catalog.text,
    source_estimate pg_catalog.float8, source_low pg_catalog.float8, source_high pg_catalog.float8, source_p_value pg_catalog.float8,
    release_estimate pg_catalog.float8, release_low pg_catalog.float8, release_high pg_catalog.float8, release_p_value pg_catalog.float8,
    preserved pg_catalog.bool)
  AS 'MODULE_PATHNAME', 'pt_research_questions' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 40 COST 1000000;
COMMENT ON FUNCTION @extschema@.pt_research_questions IS 'research questions, and whether the release answers them as the source does';
