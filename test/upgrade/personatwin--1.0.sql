-- First part of the installer: the catalog's schema, and the library loaded so that the label provider is known to
-- whatever follows in the session (a restore sets labels right after CREATE EXTENSION).
\echo Use "CREATE EXTENSION personatwin" to load this file. \quit

CREATE SCHEMA personatwin;
REVOKE ALL ON SCHEMA personatwin FROM PUBLIC;
COMMENT ON SCHEMA personatwin IS 'personatwin: catalog of runs and releases; not for readers';

--| ## Settings and version
--|
--| | setting | default | meaning |
--| |---|---|---|
--| | `personatwin.memory_limit` | 2GB | upper bound of the working memory of one call; a call that would need more stops with 53200; 0: no bound |
--| | `personatwin.swap_timeout` | 5s | how long a publication waits for readers of the old version before it stops with 55P03; 0: without end |
--|
--| Both can be set by any user, for a session or a function. Calls that take longer than a few seconds show their progress in
--| `pg_stat_activity.query`, and to the client as a NOTICE every ten seconds.

--| The version of the loaded library, for example `1.0`. Any user may call it.
CREATE FUNCTION @extschema@.pt_version() RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_version' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_version() IS 'version of the personatwin library';

SELECT @extschema@.pt_version();
-- Domains: the vocabulary of courts, hospitals, schools, benefits and employers as data. Shipped rows carry shipped = true and
-- come back with CREATE EXTENSION; pg_dump takes the rows that users added and no others. There are no foreign keys to
-- personatwin.domain, because pg_restore -j would fill the tables in any order; rows of an unknown domain are passed over.

--| ## Domains
--|
--| A domain names the event types, outcomes, sensitive fields and order rules of one field of public data. It is recognised from
--| the event types of a source, set with `pt_set_domain`, or given as `domain => 'healthcare'`. Six are shipped: criminal_justice,
--| healthcare, education, social_services, employment, and custom (empty). `pt_domains()` lists them. The owner of the extension
--| adds domains by inserting rows here; the shipped rows of a domain should not be changed, because a dump leaves them out.
CREATE TABLE personatwin.domain (
  name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.~) '^[a-z][a-z0-9_]{0,62}$'),
  title text NOT NULL,
  period text NOT NULL DEFAULT 'month' CHECK (period OPERATOR(pg_catalog.=) ANY (ARRAY['day', 'week', 'month', 'quarter', 'half-year', 'year'])),
  geography text NOT NULL DEFAULT 'county' CHECK (geography OPERATOR(pg_catalog.=) ANY (ARRAY['address', 'city', 'county', 'state', 'country'])),
  age_cut_points float8[] NOT NULL DEFAULT '{}',
  note text,
  shipped boolean NOT NULL DEFAULT false
);
REVOKE ALL ON personatwin.domain FROM PUBLIC;
COMMENT ON TABLE personatwin.domain IS 'one row per domain; readable through pt_domains()';
COMMENT ON COLUMN personatwin.domain.name IS 'key: lower-case letters, digits and underscores';
COMMENT ON COLUMN personatwin.domain.title IS 'name for people';
COMMENT ON COLUMN personatwin.domain.period IS 'starting precision of time; the ladder and release profiles make it coarser';
COMMENT ON COLUMN personatwin.domain.geography IS 'starting precision of place';
COMMENT ON COLUMN personatwin.domain.age_cut_points IS 'ages that no class straddles while it can be helped';
COMMENT ON COLUMN personatwin.domain.note IS 'where the cut points come from';
COMMENT ON COLUMN personatwin.domain.shipped IS 'true for rows of the extension itself, which a dump leaves out';

CREATE TABLE personatwin.domain_event_type (
  domain text NOT NULL,
  name text NOT NULL CHECK (name OPERATOR(pg_catalog.~) '^[a-z0-9][a-z0-9_]*$'),
  category text NOT NULL CHECK (category OPERATOR(pg_catalog.<>) ''),
  aliases text[] NOT NULL DEFAULT '{}',
  is_reoffence boolean NOT NULL DEFAULT false,
  shipped boolean NOT NULL DEFAULT false,
  PRIMARY KEY (domain, name)
);
REVOKE ALL ON personatwin.domain_event_type FROM PUBLIC;
COMMENT ON TABLE personatwin.domain_event_type IS 'event types of a domain; a domain without rows accepts any type';
COMMENT ON COLUMN personatwin.domain_event_type.domain IS 'the domain';
COMMENT ON COLUMN personatwin.domain_event_type.name IS 'the type: lower case, words joined by underscores';
COMMENT ON COLUMN personatwin.domain_event_type.category IS 'what a rare type is rolled up to';
COMMENT ON COLUMN personatwin.domain_event_type.aliases IS 'other spellings, in the same form as name';
COMMENT ON COLUMN personatwin.domain_event_type.is_reoffence IS 'whether an event of this type counts as recidivism or readmission';
COMMENT ON COLUMN personatwin.domain_event_type.shipped IS 'true for rows of the extension itself, which a dump leaves out';

CREATE TABLE personatwin.domain_outcome (
  domain text NOT NULL,
  name text NOT NULL CHECK (name OPERATOR(pg_catalog.~) '^[a-z0-9][a-z0-9_]*$'),
  is_reoffence boolean NOT NULL DEFAULT false,
  shipped boolean NOT NULL DEFAULT false,
  PRIMARY KEY (domain, name)
);
REVOKE ALL ON personatwin.domain_outcome FROM PUBLIC;
COMMENT ON TABLE personatwin.domain_outcome IS 'outcomes of a domain; a domain without rows accepts any outcome';
COMMENT ON COLUMN personatwin.domain_outcome.domain IS 'the domain';
COMMENT ON COLUMN personatwin.domain_outcome.name IS 'the outcome: lower case, words joined by underscores';
COMMENT ON COLUMN personatwin.domain_outcome.is_reoffence IS 'whether an event with this outcome counts as recidivism or readmission';
COMMENT ON COLUMN personatwin.domain_outcome.shipped IS 'true for rows of the extension itself, which a dump leaves out';

CREATE TABLE personatwin.domain_field (
  domain text NOT NULL,
  name text NOT NULL CHECK (name OPERATOR(pg_catalog.~) '^[a-z0-9][a-z0-9_]*$'),
  handling text NOT NULL CHECK (handling OPERATOR(pg_catalog.=) ANY (ARRAY['sensitive', 'preserve'])),
  shipped boolean NOT NULL DEFAULT false,
  PRIMARY KEY (domain, name)
);
REVOKE ALL ON personatwin.domain_field FROM PUBLIC;
COMMENT ON TABLE personatwin.domain_field IS 'columns that detection knows by name in a domain';
COMMENT ON COLUMN personatwin.domain_field.domain IS 'the domain';
COMMENT ON COLUMN personatwin.domain_field.name IS 'the column: lower case, words joined by underscores';
COMMENT ON COLUMN personatwin.domain_field.handling IS 'sensitive: never released; preserve: a detail the analysis wants';
COMMENT ON COLUMN personatwin.domain_field.shipped IS 'true for rows of the extension itself, which a dump leaves out';

CREATE TABLE personatwin.event_rule (
  domain text NOT NULL,
  event_type text NOT NULL CHECK (event_type OPERATOR(pg_catalog.~) '^[a-z0-9][a-z0-9_]*$'),
  after_any_of text[] NOT NULL DEFAULT '{}',
  hard boolean NOT NULL DEFAULT false,
  closed_by text[] NOT NULL DEFAULT '{}',
  may_stay_open boolean NOT NULL DEFAULT true,
  ends_history boolean NOT NULL DEFAULT false,
  ends_except text[] NOT NULL DEFAULT '{}',
  max_occurrences int CHECK (max_occurrences OPERATOR(pg_catalog.>) 0),
  note text,
  shipped boolean NOT NULL DEFAULT false,
  PRIMARY KEY (domain, event_type)
);
REVOKE ALL ON personatwin.event_rule FROM PUBLIC;
COMMENT ON TABLE personatwin.event_rule IS 'what order the events of one case may have; cases are separate scopes, so an arrest after a sentencing is a new case and not an error';
COMMENT ON COLUMN personatwin.event_rule.domain IS 'the domain';
COMMENT ON COLUMN personatwin.event_rule.event_type IS 'the type the rule is about';
COMMENT ON COLUMN personatwin.event_rule.after_any_of IS 'one of these types comes before; empty: no demand';
COMMENT ON COLUMN personatwin.event_rule.hard IS 'true: anything else is an error in the data; false: unusual, or the earlier event lies before the observation';
COMMENT ON COLUMN personatwin.event_rule.closed_by IS 'one of these types ends it; empty: nothing to end';
COMMENT ON COLUMN personatwin.event_rule.may_stay_open IS 'whether the end may lie after the observation';
COMMENT ON COLUMN personatwin.event_rule.ends_history IS 'nothing comes after it, but for ends_except';
COMMENT ON COLUMN personatwin.event_rule.ends_except IS 'types that may come after an event that ends the history';
COMMENT ON COLUMN personatwin.event_rule.max_occurrences IS 'most events of this type in one case; NULL: any number';
COMMENT ON COLUMN personatwin.event_rule.note IS 'why';
COMMENT ON COLUMN personatwin.event_rule.shipped IS 'true for rows of the extension itself, which a dump leaves out';

INSERT INTO personatwin.domain (name, title, period, geography, age_cut_points, note, shipped) VALUES
  ('criminal_justice', 'Criminal justice', 'month', 'county', '{18,25,45}', '18: age of majority; 25 and 45: age groups of the COMPAS studies', true),
  ('healthcare', 'Health care', 'week', 'city', '{18,65}', '18: age of majority; 65: Medicare eligibility', true),
  ('education', 'Education', 'month', 'city', '{18,25}', '18: age of majority; 25: adult learners in US education statistics', true),
  ('social_services', 'Social services', 'month', 'county', '{18,60}', '18: age of majority; 60: "elderly" in US nutrition assistance', true),
  ('employment', 'Employment', 'month', 'city', '{18,40,65}', '18: age of majority; 40: US age discrimination act; 65: usual retirement age', true),
  ('custom', 'Custom', 'month', 'county', '{}', 'no vocabulary: any event type and outcome', true);

INSERT INTO personatwin.domain_event_type (domain, name, category, aliases, is_reoffence, shipped) VALUES
  ('criminal_justice', 'arrest', 'police', '{arrested,booking,booked}', false, true),
  ('criminal_justice', 'citation', 'police', '{cited,summons}', false, true),
  ('criminal_justice', 'offense', 'offense', '{offence,crime,original_offense}', false, true),
  ('criminal_justice', 'reoffense', 'reoffense', '{reoffence,re_offense,re_offence,recidivism,rearrest,re_arrest,new_offense,new_arrest}', true, true),
  ('criminal_justice', 'violent_reoffense', 'reoffense', '{violent_reoffence,violent_re_offense,violent_recidivism}', true, true),
  ('criminal_justice', 'charge', 'court', '{charged,charges_filed,charge_filed,filing,case_filed,indictment}', false, true),
  ('criminal_justice', 'arraignment', 'court', '{arraigned,first_appearance,initial_appearance}', false, true),
  ('criminal_justice', 'bail_hearing', 'court', '{bail,bail_set,bond_hearing}', false, true),
  ('criminal_justice', 'plea', 'court', '{guilty_plea,plea_hearing,plea_entered,plea_agreement}', false, true),
  ('criminal_justice', 'trial', 'court', '{jury_trial,bench_trial}', false, true),
  ('criminal_justice', 'sentencing', 'court', '{sentence,sentenced,sentencing_hearing}', false, true),
  ('criminal_justice', 'appeal', 'court', '{appealed,appeal_filed}', false, true),
  ('criminal_justice', 'expungement', 'court', '{expunged,record_sealed}', false, true),
  ('criminal_justice', 'pretrial_detention', 'custody_start', '{detention,detained,pre_trial_detention,remand}', false, true),
  ('criminal_justice', 'incarceration', 'custody_start', '{incarcerated,imprisonment,prison,prison_in}', false, true),
  ('criminal_justice', 'jail_in', 'custody_start', '{jail,jail_entry,jail_booking}', false, true),
  ('criminal_justice', 'rejail_in', 'custody_start', '{}', false, true),
  ('criminal_justice', 'custody_in', 'custody_start', '{}', false, true),
  ('criminal_justice', 'release', 'custody_end', '{released,discharge,prison_out}', false, true),
  ('criminal_justice', 'jail_out', 'custody_end', '{jail_release,jail_exit}', false, true),
  ('criminal_justice', 'rejail_out', 'custody_end', '{}', false, true),
  ('criminal_justice', 'custody_out', 'custody_end', '{}', false, true),
  ('criminal_justice', 'probation', 'supervision', '{probation_start}', false, true),
  ('criminal_justice', 'parole', 'supervision', '{parole_start,paroled}', false, true),
  ('criminal_justice', 'community_service', 'supervision', '{}', false, true),
  ('criminal_justice', 'violation', 'violation', '{probation_violation,parole_violation,technical_violation,revocation}', false, true),
  ('criminal_justice', 'risk_screening', 'assessment', '{risk_assessment,screening}', false, true),

  ('healthcare', 'admission', 'inpatient', '{admitted,admit,inpatient_admission,hospitalization}', false, true),
  ('healthcare', 'readmission', 'readmission', '{readmitted,re_admission}', true, true),
  ('healthcare', 'discharge', 'inpatient', '{discharged}', false, true),
  ('healthcare', 'emergency_visit', 'emergency', '{emergency,er_visit,ed_visit,emergency_department}', false, true),
  ('healthcare', 'visit', 'outpatient', '{office_visit,outpatient_visit,encounter,consultation}', false, true),
  ('healthcare', 'telehealth', 'outpatient', '{telemedicine,virtual_visit}', false, true),
  ('healthcare', 'follow_up', 'outpatient', '{followup,follow_up_visit}', false, true),
  ('healthcare', 'referral', 'outpatient', '{referred}', false, true),
  ('healthcare', 'diagnosis', 'diagnosis', '{diagnosed,condition}', false, true),
  ('healthcare', 'test', 'diagnosis', '{lab,lab_test,lab_result,imaging}', false, true),
  ('healthcare', 'treatment', 'treatment', '{therapy,procedure}', false, true),
  ('healthcare', 'prescription', 'treatment', '{medication,prescribed,rx}', false, true),
  ('healthcare', 'surgery', 'treatment', '{operation}', false, true),
  ('healthcare', 'immunization', 'treatment', '{immunisation,vaccination,vaccine}', false, true),
  ('healthcare', 'death', 'death', '{died,deceased}', false, true),

  ('education', 'enrollment', 'enrollment', '{enrolment,enrolled,admission,registration}', false, true),
  ('education', 'transfer', 'enrollment', '{transferred}', false, true),
  ('education', 'withdrawal', 'enrollment', '{withdrawn,dropout,dropped_out}', false, true),
  ('education', 'attendance', 'attendance', '{absence,absent,tardy}', false, true),
  ('education', 'assessment', 'achievement', '{exam,test,quiz}', false, true),
  ('education', 'grade', 'achievement', '{grading,final_grade,course_grade}', false, true),
  ('education', 'promotion', 'achievement', '{promoted}', false, true),
  ('education', 'graduation', 'achievement', '{graduated,diploma}', false, true),
  ('education', 'scholarship', 'achievement', '{award}', false, true),
  ('education', 'suspension', 'discipline', '{suspended,in_school_suspension,out_of_school_suspension}', false, true),
  ('education', 'expulsion', 'discipline', '{expelled}', false, true),
  ('education', 'intervention', 'support', '{tutoring,counseling}', false, true),
  ('education', 'parent_conference', 'support', '{parent_meeting,parent_teacher_conference}', false, true),

  ('social_services', 'application', 'intake', '{applied,application_submitted}', false, true),
  ('social_services', 'eligibility_determination', 'intake', '{eligibility,eligibility_review}', false, true),
  ('social_services', 'benefit_received', 'benefit', '{benefit,payment,benefit_payment}', false, true),
  ('social_services', 'case_opened', 'case', '{case_open,opened}', false, true),
  ('social_services', 'case_closed', 'case', '{case_close,closed}', false, true),
  ('social_services', 'home_visit', 'service', '{}', false, true),
  ('social_services', 'assessment', 'service', '{needs_assessment}', false, true),
  ('social_services', 'referral', 'service', '{referred}', false, true),
  ('social_services', 'service_provided', 'service', '{service}', false, true),
  ('social_services', 'review', 'decision', '{case_review,recertification}', false, true),
  ('social_services', 'appeal', 'decision', '{fair_hearing}', false, true),
  ('social_services', 'sanction', 'decision', '{sanctioned}', false, true),

  ('employment', 'application', 'recruiting', '{applied}', false, true),
  ('employment', 'interview', 'recruiting', '{interviewed}', false, true),
  ('employment', 'job_offer', 'recruiting', '{offer}', false, true),
  ('employment', 'hire', 'hiring', '{hired,hiring,onboarding}', false, true),
  ('employment', 'rehire', 'hiring', '{rehired}', false, true),
  ('employment', 'promotion', 'career', '{promoted}', false, true),
  ('employment', 'demotion', 'career', '{demoted}', false, true),
  ('employment', 'transfer', 'career', '{transferred,reassignment}', false, true),
  ('employment', 'performance_review', 'development', '{review,appraisal}', false, true),
  ('employment', 'training', 'development', '{trained}', false, true),
  ('employment', 'disciplinary_action', 'discipline', '{disciplinary,discipline,warning}', false, true),
  ('employment', 'leave', 'leave', '{leave_of_absence,leave_start}', false, true),
  ('employment', 'return_from_leave', 'leave', '{leave_end}', false, true),
  ('employment', 'resignation', 'exit', '{resigned,quit}', false, true),
  ('employment', 'termination', 'exit', '{terminated,dismissal,layoff,fired}', false, true),
  ('employment', 'retirement', 'exit', '{retired}', false, true);

INSERT INTO personatwin.domain_outcome (domain, name, is_reoffence, shipped)
SELECT o.domain, n.name, o.domain OPERATOR(pg_catalog.=) 'healthcare' AND n.name OPERATOR(pg_catalog.=) 'readmitted', true
FROM (VALUES
  ('criminal_justice', '{guilty,not_guilty,dismissed,plea_bargain,convicted,acquitted,pending,completed,violated,granted,denied,reduced,enhanced}'),
  ('healthcare', '{recovered,improved,stable,declined,deceased,transferred,discharged,readmitted,completed,ongoing,cancelled}'),
  ('education', '{passed,failed,graduated,promoted,retained,withdrawn,completed,in_progress,excused,unexcused,awarded}'),
  ('social_services', '{approved,denied,pending,completed,ongoing,closed,successful,unsuccessful,compliant,non_compliant,appealed,overturned}'),
  ('employment', '{successful,unsuccessful,completed,ongoing,approved,denied,voluntary,involuntary,promoted,terminated}')
) AS o (domain, names), LATERAL pg_catalog.unnest(o.names::text[]) AS n (name);

INSERT INTO personatwin.domain_field (domain, name, handling, shipped)
SELECT f.domain, n.name, f.handling, true
FROM (VALUES
  ('criminal_justice', 'sensitive', '{case_number,arrest_warrant,judge_name,prosecutor_name,defense_attorney,victim_name}'),
  ('criminal_justice', 'preserve', '{charge_degree,charge_severity,sentence_length,offense_category,case_outcome,attorney_type}'),
  ('healthcare', 'sensitive', '{patient_id,mrn,provider_name,facility_name,insurance_id,diagnosis_code}'),
  ('healthcare', 'preserve', '{condition_type,treatment_type,outcome_status,length_of_stay}'),
  ('education', 'sensitive', '{student_id,teacher_name,school_name,guardian_name,test_scores}'),
  ('education', 'preserve', '{grade_level,subject_area,performance_level,attendance_rate}'),
  ('social_services', 'sensitive', '{case_number,caseworker_name,benefit_amount,income,household_members}'),
  ('social_services', 'preserve', '{benefit_type,service_category,outcome_status,duration}'),
  ('employment', 'sensitive', '{employee_id,ssn,salary,manager_name,department}'),
  ('employment', 'preserve', '{job_category,performance_rating,tenure,employment_status}')
) AS f (domain, handling, names), LATERAL pg_catalog.unnest(f.names::text[]) AS n (name);

INSERT INTO personatwin.event_rule
  (domain, event_type, after_any_of, hard, closed_by, may_stay_open, ends_history, ends_except, max_occurrences, note, shipped) VALUES
  ('criminal_justice', 'charge', '{arrest,citation}', false, '{}', true, false, '{}', NULL, 'or none of them: summons, indictment', true),
  ('criminal_justice', 'arraignment', '{charge}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'bail_hearing', '{arrest}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'trial', '{charge}', true, '{}', true, false, '{}', 3, NULL, true),
  ('criminal_justice', 'sentencing', '{trial,plea}', false, '{}', true, false, '{}', 2, 'a plea without trial is the usual path', true),
  ('criminal_justice', 'incarceration', '{sentencing}', false, '{release}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'release', '{incarceration,pretrial_detention,arrest}', false, '{}', true, false, '{}', NULL, 'after an arrest: on bail or own recognisance', true),
  ('criminal_justice', 'probation', '{sentencing,plea}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'parole', '{incarceration}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'violation', '{probation,parole,release}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'appeal', '{sentencing,trial}', false, '{}', true, false, '{}', NULL, 'appeal of an acquittal: by jurisdiction', true),
  ('criminal_justice', 'expungement', '{trial,plea,sentencing,release,probation,parole,charge,arrest}', false, '{}', true, false, '{}', NULL, 'after any end of the case, dismissal included', true),
  ('criminal_justice', 'jail_in', '{}', false, '{jail_out}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'jail_out', '{jail_in}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'rejail_in', '{}', false, '{rejail_out}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'rejail_out', '{rejail_in}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'custody_in', '{}', false, '{custody_out}', true, false, '{}', NULL, NULL, true),
  ('criminal_justice', 'custody_out', '{custody_in}', false, '{}', true, false, '{}', NULL, NULL, true),

  ('healthcare', 'admission', '{}', false, '{discharge,death}', true, false, '{}', NULL, 'a transfer is a discharge with that outcome', true),
  ('healthcare', 'discharge', '{admission,readmission}', true, '{}', true, false, '{}', NULL, NULL, true),
  ('healthcare', 'readmission', '{discharge}', false, '{discharge,death}', true, false, '{}', NULL, NULL, true),
  ('healthcare', 'treatment', '{diagnosis}', false, '{}', true, false, '{}', NULL, 'emergency treatment comes first', true),
  ('healthcare', 'prescription', '{diagnosis}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('healthcare', 'surgery', '{admission,readmission,visit}', false, '{}', true, false, '{}', NULL, 'visit: day surgery', true),
  ('healthcare', 'follow_up', '{discharge,visit,treatment}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('healthcare', 'death', '{}', true, '{}', true, true, '{}', 1, 'nothing after death', true),

  ('education', 'assessment', '{enrollment}', false, '{}', true, false, '{}', NULL, 'enrollment may lie before the observation', true),
  ('education', 'grade', '{enrollment}', false, '{}', true, false, '{}', NULL, 'enrollment may lie before the observation', true),
  ('education', 'graduation', '{enrollment}', false, '{}', true, true, '{enrollment}', NULL, 'nothing after it but a new enrollment', true),
  ('education', 'suspension', '{enrollment}', false, '{}', true, false, '{}', NULL, 'enrollment may lie before the observation', true),
  ('education', 'promotion', '{grade}', false, '{}', true, false, '{}', NULL, NULL, true),

  ('social_services', 'eligibility_determination', '{application}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('social_services', 'benefit_received', '{eligibility_determination}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('social_services', 'case_opened', '{}', false, '{case_closed}', true, false, '{}', NULL, NULL, true),
  ('social_services', 'case_closed', '{case_opened}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('social_services', 'home_visit', '{case_opened}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('social_services', 'review', '{case_opened}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('social_services', 'service_provided', '{case_opened}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('social_services', 'appeal', '{eligibility_determination,benefit_received}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('social_services', 'sanction', '{eligibility_determination,benefit_received}', false, '{}', true, false, '{}', NULL, NULL, true),

  ('employment', 'interview', '{application}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'job_offer', '{interview}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'hire', '{job_offer}', false, '{termination,resignation,retirement}', true, false, '{}', NULL, 'most records begin with the hire', true),
  ('employment', 'rehire', '{termination,resignation,retirement}', false, '{termination,resignation,retirement}', true, false, '{}', NULL, NULL, true),
  ('employment', 'promotion', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'demotion', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'transfer', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'performance_review', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'training', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'leave', '{hire,rehire}', false, '{return_from_leave}', true, false, '{}', NULL, NULL, true),
  ('employment', 'return_from_leave', '{leave}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'disciplinary_action', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'termination', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'resignation', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true),
  ('employment', 'retirement', '{hire,rehire}', false, '{}', true, false, '{}', NULL, NULL, true);

SELECT pg_catalog.pg_extension_config_dump('personatwin.domain', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('personatwin.domain_event_type', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('personatwin.domain_outcome', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('personatwin.domain_field', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('personatwin.event_rule', 'WHERE NOT shipped');
-- Describe: what the columns of a source are, and how their values generalise.

--| ## Roles of columns
--|
--| Every column of a source has a role, kept as a security label of provider `personatwin`:
--|
--| | role | meaning | released |
--| |---|---|---|
--| | person | tells one person from another | no |
--| | identifier | name, number, address, key of a record | no; used to prove that none leaks |
--| | quasi-identifier | what others may know of the person; kinds: age, birth date, birth year, gender, ethnicity, geography, socio-economic, category, number, date | generalised, per class |
--| | event type, event time, outcome, location | of the event | generalised as needed |
--| | detail | further attribute of the event; kinds: category, number, date, text | not as text |
--| | sensitive | its diversity inside a persona is measured | no |
--| | related person | key of another person | no |
--| | weight | sampling weight of the person | as a mean |
--| | ignore | left out on purpose | no |
--|
--| A column without a role is never released. `SECURITY LABEL FOR personatwin ON COLUMN t.c IS 'quasi-identifier: age'` does the
--| same as `pt_set_role('t', 'c', 'quasi-identifier', 'age')`, once the library is loaded in the session. Labels follow renamed
--| columns and survive dumps, but CREATE TABLE LIKE and CREATE TABLE AS lose them. A partition without labels has those of its
--| parent. Labels of the provider `k_anonymity` (QUASI IDENTIFIER, INDIRECT IDENTIFIER) and the `aid` of `pg_diffix` count where
--| a column has none of ours. Labels can be read by everybody; they hold these words and nothing else.

--| Gives a column its role; NULL takes the role away. Only the owner of the table may do it. The words are those of the table above,
--| in upper or lower case. Example: `SELECT pt_set_role('court_events', 'charge_degree', 'detail', 'category')`.
CREATE FUNCTION @extschema@.pt_set_role(source regclass, "column" text, role text, kind text DEFAULT NULL) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_set_role' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_set_role(regclass, text, text, text) IS 'gives a column of a source its role; NULL takes it away';

--| The columns of a relation with their roles, in order. `set_by` is the label provider, `inherited_from` the parent whose label it is.
CREATE FUNCTION @extschema@.pt_roles(source regclass)
  RETURNS TABLE ("column" text, role text, kind text, set_by text, inherited_from regclass)
  AS 'MODULE_PATHNAME', 'pt_roles' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_roles(regclass) IS 'the columns of a relation with the roles that labels give them';

--| What detection makes of a source, whatever its labels say, with its confidence (0 to 1) and the reason. Nothing is recorded: the
--| first run does that. People of their own are found by a foreign key, or given as `people`; their columns come last. Reads the source
--| once as the caller; of a large one, all rows of a part of the people.
CREATE FUNCTION @extschema@.pt_detect_roles(source regclass, people regclass DEFAULT NULL, domain text DEFAULT NULL,
    person_key text DEFAULT NULL)
  RETURNS TABLE ("column" text, role text, kind text, confidence float8, why text, relation regclass)
  AS 'MODULE_PATHNAME', 'pt_detect_roles' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_detect_roles(regclass, regclass, text, text) IS
  'the roles that detection finds for the columns of a source, and why';

--| Describes a source as a run would, without making personas: roles that labels don't give are detected and, unless `dry_run`, recorded
--| as labels, so that they can be reviewed before the first run. The roles in force, column by column; those of the people come last.
CREATE FUNCTION @extschema@.pt_describe(source regclass, people regclass DEFAULT NULL, domain text DEFAULT NULL,
    person_key text DEFAULT NULL, dry_run boolean DEFAULT false)
  RETURNS TABLE ("column" text, role text, kind text, confidence float8, why text, relation regclass)
  AS 'MODULE_PATHNAME', 'pt_describe' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_describe(regclass, regclass, text, text, boolean) IS
  'detects the roles that labels do not give and records them; returns the roles in force';

--| Takes all roles of a relation away, so that the next run detects them anew. Only the owner of the table may do it.
CREATE FUNCTION @extschema@.pt_forget_roles(source regclass) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_forget_roles' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_forget_roles(regclass) IS 'removes every label of personatwin from a relation and its columns';

--| Sets the domain of a source once and for all, and says that the roles of its columns are complete: later runs detect none. NULL
--| leaves the domain to be recognised. Only the owner of the table may do it.
CREATE FUNCTION @extschema@.pt_set_domain(source regclass, domain text) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_set_domain' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_set_domain(regclass, text) IS 'sets the domain of a source';

--| The domains with their vocabulary, shipped and added ones.
CREATE FUNCTION @extschema@.pt_domains()
  RETURNS TABLE (name text, title text, event_types text[], outcomes text[], sensitive_fields text[], preserve_fields text[],
    period text, geography text, age_cut_points float8[])
  AS 'MODULE_PATHNAME', 'pt_domains' LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_domains() IS 'domains with their event types, outcomes, fields and precision';

--| ## Hierarchies
--|
--| How the values of a column generalise: counties to states to regions. Where the source has columns for both, they are used without
--| further ado. Else a table says it, in one of two forms: one row per value and one column per level
--| (`pt_set_hierarchy('court_people', 'county_fips', 'us_counties', '{county_fips,state_name,region}')`: the column with the values
--| first, then coarser and coarser ones), or one row per value and level with columns value, level and generalised, where level 0
--| repeats the value (`pt_set_hierarchy('adult', 'age', 'adult_hierarchies', attribute => 'age')`: rows whose column attribute is
--| 'age'). Every node has one parent. Values that the table doesn't have are released as 'not shown'.
CREATE TABLE personatwin.hierarchy (
  source regclass NOT NULL,
  column_name name NOT NULL,
  hierarchy regclass NOT NULL,
  levels text[],
  attribute text,
  PRIMARY KEY (source, column_name)
);
REVOKE ALL ON personatwin.hierarchy FROM PUBLIC;
COMMENT ON TABLE personatwin.hierarchy IS 'which table holds the hierarchy of a column; set by pt_set_hierarchy';
COMMENT ON COLUMN personatwin.hierarchy.source IS 'the relation of the column';
COMMENT ON COLUMN personatwin.hierarchy.column_name IS 'the column';
COMMENT ON COLUMN personatwin.hierarchy.hierarchy IS 'the table or view that holds the hierarchy';
COMMENT ON COLUMN personatwin.hierarchy.levels IS 'its columns from the value to the coarsest level; NULL: it has columns value, level and generalised';
COMMENT ON COLUMN personatwin.hierarchy.attribute IS 'long form: the rows whose column attribute has this value; NULL: all rows';
SELECT pg_catalog.pg_extension_config_dump('personatwin.hierarchy', '');

--| Says which table holds the hierarchy of a column of a source; replaces an earlier one. The table is checked now, and read again
--| in every run as the caller. Only the owner of the source may do it.
CREATE FUNCTION @extschema@.pt_set_hierarchy(source regclass, "column" text, hierarchy regclass, levels text[] DEFAULT NULL,
    attribute text DEFAULT NULL) RETURNS void
  AS 'MODULE_PATHNAME', 'pt_set_hierarchy' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_set_hierarchy(regclass, text, regclass, text[], text) IS 'names the table that holds the hierarchy of a column';

--| Takes the hierarchy of a column away; true if there was one. Only the owner of the source may do it.
CREATE FUNCTION @extschema@.pt_drop_hierarchy(source regclass, "column" text) RETURNS boolean
  AS 'MODULE_PATHNAME', 'pt_drop_hierarchy' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_drop_hierarchy(regclass, text) IS 'takes the hierarchy of a column away';

--| The hierarchies of a source. Only the owner of the source may ask.
CREATE FUNCTION @extschema@.pt_hierarchies(source regclass)
  RETURNS TABLE ("column" text, hierarchy regclass, levels text[], attribute text)
  AS 'MODULE_PATHNAME', 'pt_hierarchies' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_hierarchies(regclass) IS 'the hierarchies that are set for the columns of a source';
-- The catalog: what the extension remembers between calls. Everything here lives in schema personatwin (made in
-- 00-begin.sql), belongs to the owner of the extension and is closed to everybody else; functions reach it from C after they
-- have checked that the caller owns the source. The data of each run and of each published version are plain tables beside
-- these (run_<id>_persona, release_<id>_v<n>_events, ...): dropping one is instant, and pg_dump takes them as they are.

--| ## Installation secret
--|
--| 32 random bytes made at CREATE EXTENSION; the key under persona ids, person hashes and all randomness. A dump that carries it
--| is as sensitive as the source tables: whoever has it can link published ids to runs.
CREATE TABLE personatwin.secret (
  "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"),
  key bytea NOT NULL CHECK (pg_catalog.length(key) OPERATOR(pg_catalog.=) 32)
);
REVOKE ALL ON personatwin.secret FROM PUBLIC;
COMMENT ON TABLE personatwin.secret IS 'one row: the secret of this installation, the key of every keyed hash; as sensitive as the source data';
COMMENT ON COLUMN personatwin.secret."only" IS 'always true, so that there is one row';
COMMENT ON COLUMN personatwin.secret.key IS '32 bytes from the strong random source of the server';
-- Three version 4 uuids hold 366 bits of the server's strong random source; SHA-256 folds them into 32 bytes.
INSERT INTO personatwin.secret (key)
SELECT pg_catalog.sha256(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
         OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
         OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid()));

-- A restore loads the dumped secret into a table that CREATE EXTENSION has filled: the restored one replaces the new one.
CREATE FUNCTION personatwin.secret_replaced() RETURNS trigger
  AS 'MODULE_PATHNAME', 'pt_secret_replaced' LANGUAGE C;
REVOKE ALL ON FUNCTION personatwin.secret_replaced() FROM PUBLIC;
COMMENT ON FUNCTION personatwin.secret_replaced() IS 'trigger of personatwin.secret: a new secret takes the place of the old one';
CREATE TRIGGER secret_replaced BEFORE INSERT ON personatwin.secret
  FOR EACH ROW EXECUTE FUNCTION personatwin.secret_replaced();
COMMENT ON TRIGGER secret_replaced ON personatwin.secret IS 'lets a restore replace the secret made at CREATE EXTENSION';

CREATE SEQUENCE personatwin.run_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.run_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.run_id_seq IS 'numbers of runs; never used twice';

CREATE TABLE personatwin.run (
  run_id bigint PRIMARY KEY,
  source regclass NOT NULL,
  people regclass,
  owner_name name NOT NULL,
  created_at timestamptz NOT NULL,
  parameters jsonb NOT NULL,
  domain text,
  attacker text NOT NULL,
  target_risk float8 NOT NULL,
  individual_limit float8 NOT NULL,
  fingerprint text NOT NULL,
  n_people bigint,
  n_events bigint,
  n_released bigint,
  n_suppressed bigint,
  n_personas int,
  n_classes int,
  population_average_risk float8,
  maximum_risk float8,
  target_met boolean NOT NULL,
  status text NOT NULL,
  metrics jsonb NOT NULL,
  event_columns jsonb NOT NULL,
  person_columns jsonb NOT NULL,
  period text NOT NULL CHECK (period IN ('day', 'week', 'month', 'quarter', 'half-year', 'year', 'none'))
);
CREATE INDEX run_source ON personatwin.run (source, run_id);
REVOKE ALL ON personatwin.run FROM PUBLIC;
COMMENT ON TABLE personatwin.run IS 'one row per run of pt_create_personas or pt_build; its data are the tables run_<run_id>_persona, _combo and _member';
COMMENT ON INDEX personatwin.run_source IS 'runs of one source, newest last';
COMMENT ON COLUMN personatwin.run.run_id IS 'number of the run';
COMMENT ON COLUMN personatwin.run.source IS 'the table or view the run has read';
COMMENT ON COLUMN personatwin.run.people IS 'its table of people, if there is one of its own';
COMMENT ON COLUMN personatwin.run.owner_name IS 'who made the run';
COMMENT ON COLUMN personatwin.run.created_at IS 'when';
COMMENT ON COLUMN personatwin.run.parameters IS 'every effective option, the seed included; never published whole';
COMMENT ON COLUMN personatwin.run.domain IS 'domain, named or recognised';
COMMENT ON COLUMN personatwin.run.attacker IS 'the attacker that the target is held against';
COMMENT ON COLUMN personatwin.run.target_risk IS 'wanted upper bound of the average risk over released people, 0..1';
COMMENT ON COLUMN personatwin.run.individual_limit IS 'wanted upper bound of the risk of any released person, 0..1';
COMMENT ON COLUMN personatwin.run.fingerprint IS 'hex digest of the rows and columns that were read, whatever their order';
COMMENT ON COLUMN personatwin.run.n_people IS 'people in the source';
COMMENT ON COLUMN personatwin.run.n_events IS 'events in the source';
COMMENT ON COLUMN personatwin.run.n_released IS 'people in personas';
COMMENT ON COLUMN personatwin.run.n_suppressed IS 'people left out';
COMMENT ON COLUMN personatwin.run.n_personas IS 'number of personas';
COMMENT ON COLUMN personatwin.run.n_classes IS 'number of equivalence classes';
COMMENT ON COLUMN personatwin.run.population_average_risk IS 'mean risk over released people against the attacker';
COMMENT ON COLUMN personatwin.run.maximum_risk IS 'largest risk of a released person against the attacker';
COMMENT ON COLUMN personatwin.run.target_met IS 'whether target_risk and individual_limit both hold';
COMMENT ON COLUMN personatwin.run.status IS 'the word for the level that was reached';
COMMENT ON COLUMN personatwin.run.metrics IS 'all fields of pt_risk_metrics';
COMMENT ON COLUMN personatwin.run.event_columns IS 'released event columns in order: name, role, type, source_type, level';
COMMENT ON COLUMN personatwin.run.person_columns IS 'further released quasi-identifiers in order: name, type';
COMMENT ON COLUMN personatwin.run.period IS 'length of the released periods, or none where people only are released';

CREATE SEQUENCE personatwin.release_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.release_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.release_id_seq IS 'numbers of releases; never used twice';

CREATE TABLE personatwin.release (
  release_id bigint PRIMARY KEY,
  schema_name name NOT NULL,
  name name NOT NULL,
  source regclass NOT NULL,
  source_name text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by name NOT NULL,
  dropped_at timestamptz
);
CREATE UNIQUE INDEX release_in_service ON personatwin.release (schema_name, name) WHERE dropped_at IS NULL;
REVOKE ALL ON personatwin.release FROM PUBLIC;
COMMENT ON TABLE personatwin.release IS 'one row per release: a set of views with stable names; kept after pt_drop_release, because dropping does not undo what was published';
COMMENT ON INDEX personatwin.release_in_service IS 'one release in service per schema and name';
COMMENT ON COLUMN personatwin.release.release_id IS 'number of the release';
COMMENT ON COLUMN personatwin.release.schema_name IS 'schema of the views';
COMMENT ON COLUMN personatwin.release.name IS 'first part of the names of the views';
COMMENT ON COLUMN personatwin.release.source IS 'the table or view that is released';
COMMENT ON COLUMN personatwin.release.source_name IS 'its qualified name at the last publication, for the time when it is gone';
COMMENT ON COLUMN personatwin.release.created_at IS 'time of the first publication';
COMMENT ON COLUMN personatwin.release.created_by IS 'who published first';
COMMENT ON COLUMN personatwin.release.dropped_at IS 'time of pt_drop_release; NULL while the views exist';

CREATE TABLE personatwin.release_version (
  release_id bigint NOT NULL,
  version int NOT NULL,
  run_id bigint NOT NULL,
  published_at timestamptz NOT NULL,
  published_by name NOT NULL,
  profile text,
  rules jsonb NOT NULL,
  personas bigint NOT NULL,
  events bigint NOT NULL,
  people bigint NOT NULL,
  target_risk float8 NOT NULL,
  average_risk float8,
  maximum_risk float8,
  status text NOT NULL,
  checksums jsonb NOT NULL,
  in_service boolean NOT NULL,
  retired_at timestamptz,
  PRIMARY KEY (release_id, version)
);
CREATE INDEX release_version_run ON personatwin.release_version (run_id);
REVOKE ALL ON personatwin.release_version FROM PUBLIC;
COMMENT ON TABLE personatwin.release_version IS 'one row per published version; its data are the tables release_<release_id>_v<version>_personas, _events and _about';
COMMENT ON INDEX personatwin.release_version_run IS 'versions made from one run';
COMMENT ON COLUMN personatwin.release_version.release_id IS 'the release';
COMMENT ON COLUMN personatwin.release_version.version IS 'version, counted from 1';
COMMENT ON COLUMN personatwin.release_version.run_id IS 'the run whose personas these are';
COMMENT ON COLUMN personatwin.release_version.published_at IS 'when';
COMMENT ON COLUMN personatwin.release_version.published_by IS 'by whom';
COMMENT ON COLUMN personatwin.release_version.profile IS 'release profile that was asked for, if any';
COMMENT ON COLUMN personatwin.release_version.rules IS 'every rule with what it required, what was found and whether it passed';
COMMENT ON COLUMN personatwin.release_version.personas IS 'rows of the view of personas';
COMMENT ON COLUMN personatwin.release_version.events IS 'rows of the view of events';
COMMENT ON COLUMN personatwin.release_version.people IS 'people in the personas';
COMMENT ON COLUMN personatwin.release_version.target_risk IS 'target of the run';
COMMENT ON COLUMN personatwin.release_version.average_risk IS 'mean risk over released people';
COMMENT ON COLUMN personatwin.release_version.maximum_risk IS 'largest risk of a released person';
COMMENT ON COLUMN personatwin.release_version.status IS 'the word for the level that was reached';
COMMENT ON COLUMN personatwin.release_version.checksums IS 'SHA-256 of the tables, by view';
COMMENT ON COLUMN personatwin.release_version.in_service IS 'whether the views show this version now';
COMMENT ON COLUMN personatwin.release_version.retired_at IS 'when a later version or pt_drop_release took it out of service';

CREATE TABLE personatwin.release_reader (
  release_id bigint NOT NULL,
  reader name NOT NULL,
  PRIMARY KEY (release_id, reader)
);
REVOKE ALL ON personatwin.release_reader FROM PUBLIC;
COMMENT ON TABLE personatwin.release_reader IS 'roles that pt_publish_release has given the views to';
COMMENT ON COLUMN personatwin.release_reader.release_id IS 'the release';
COMMENT ON COLUMN personatwin.release_reader.reader IS 'name of the role';

--| ## Release profiles
--|
--| A profile is a row of data: the rules that a publication must keep. Rules known here: `average_risk` and `maximum_risk` (upper
--| bounds, 0..1), `min_size` (people in the smallest persona), `min_diversity` (distinct values of every sensitive attribute in a
--| persona; more than 2 is not measured, so it fails). A superuser may add rows; an unknown rule makes publication fail rather than pass unnoticed.
CREATE TABLE personatwin.profile (
  name text PRIMARY KEY,
  rules jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(rules) OPERATOR(pg_catalog.=) 'object'),
  source text NOT NULL,
  dated date NOT NULL,
  description text NOT NULL,
  built_in boolean NOT NULL DEFAULT false
);
REVOKE ALL ON personatwin.profile FROM PUBLIC;
COMMENT ON TABLE personatwin.profile IS 'release profiles: the rules that a publication under this name must keep';
COMMENT ON COLUMN personatwin.profile.name IS 'name, the argument profile of pt_publish_release';
COMMENT ON COLUMN personatwin.profile.rules IS 'average_risk, maximum_risk (upper bounds), min_size, min_diversity (lower bounds)';
COMMENT ON COLUMN personatwin.profile.source IS 'where the rules come from';
COMMENT ON COLUMN personatwin.profile.dated IS 'date of that source';
COMMENT ON COLUMN personatwin.profile.description IS 'what it is for';
COMMENT ON COLUMN personatwin.profile.built_in IS 'comes with the extension, hence not part of dumps';
INSERT INTO personatwin.profile (name, rules, source, dated, description, built_in) VALUES
  ('public_1pct', '{"average_risk": 0.01, "maximum_risk": 0.10, "min_size": 5, "min_diversity": 2}', 'personatwin requirements', '2026-11-20',
   'safe for public release: 1 % on average, 10 % for anybody, personas of at least 5 people, 2 distinct sensitive values in each', true),
  ('research_5pct', '{"average_risk": 0.05}', 'personatwin requirements', '2026-11-20',
   'for researchers under agreement: 5 % on average', true),
  ('internal_15pct', '{"average_risk": 0.15}', 'personatwin requirements', '2026-11-20',
   'for use inside the agency: 15 % on average', true);

SELECT pg_catalog.pg_extension_config_dump('personatwin.secret', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.run', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.release', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.release_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.release_version', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.release_reader', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.profile', 'WHERE NOT built_in');
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
COMMENT ON COLUMN personatwin.decision.holds IS 'whether target and individual limit hold after it';
COMMENT ON COLUMN personatwin.decision.chosen IS 'whether it was kept';
COMMENT ON COLUMN personatwin.decision.why IS 'reason, in words';

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
COMMENT ON COLUMN @extschema@.pt_persona.generation_method IS 'merged: made of real people, without noise or synthetic events';
COMMENT ON COLUMN @extschema@.pt_persona.traceability_score IS 'largest risk of a member against the attacker of the run, 0..1';
COMMENT ON COLUMN @extschema@.pt_persona.risk_status IS 'ACCEPTABLE below .10, REVIEW_REQUIRED to .25, HIGH to .50, MUST_INCREASE_PROTECTION above';
COMMENT ON COLUMN @extschema@.pt_persona.noise_level IS 'share of perturbed values; 0, as nothing is perturbed';
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
--| | `person_key` | column of `source` that tells people apart | found by role |
--| | `domain` | vocabulary of event types and outcomes | recognised |
--| | `privacy_level` | low, medium, high, maximum: a bundle of parameters; explicit arguments win | medium |
--| | `min_size`, `max_size` | people in a persona | 5, 50 |
--| | `age_tolerance` | years either side; age ranges up to twice this are preferred | 3 |
--| | `geography_level` | finest level of the geography to release: name of a column, or a number from 0 | 0 |
--| | `gender_match`, `ethnicity_match` | false: may be generalised like any attribute | true |
--| | `cohesion` | 0 mixed to 1 people of similar histories together | chosen |
--| | `preserve` | event columns (names or roles) given up last | none |
--| | `attacker` | demographics, demographics+events, events | demographics+events |
--| | `individual_limit` | largest risk of any released person | 0.10 |
--| | `period` | finest period: day, week, month, quarter, half-year, year | month |
--| | `profile` | release profile: its bounds apply where they are stricter | none |
--| | `seed` | changes everything that is random; never published | 0 |
--| | `as_of` | day at which ages are computed from birth dates | last event not in the future; without events today |
--| | `allow_row_security` | go on when row security hides rows; recorded with the run | false |
--| | `dry_run` | compute and return, store nothing; works in read-only transactions | false |
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
    dry_run pg_catalog.bool DEFAULT false)
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
-- Personas of large sources: the same as pt_create_personas in committed steps.

CREATE SEQUENCE personatwin.progress_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.progress_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.progress_id_seq IS 'numbers of builds';

CREATE TABLE personatwin.progress (
  build_id bigint PRIMARY KEY DEFAULT pg_catalog.nextval('personatwin.progress_id_seq'),
  source regclass NOT NULL,
  owner_name name NOT NULL,
  pid int NOT NULL,
  backend_start timestamptz NOT NULL,
  phase text NOT NULL DEFAULT 'starting',
  step int NOT NULL DEFAULT 0,
  steps int NOT NULL,
  started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finished_at timestamptz,
  run_id bigint,
  message text
);
REVOKE ALL ON personatwin.progress FROM PUBLIC;
COMMENT ON TABLE personatwin.progress IS 'one row per call of pt_build; shown by the view pt_progress';
COMMENT ON COLUMN personatwin.progress.build_id IS 'number of the call';
COMMENT ON COLUMN personatwin.progress.source IS 'what is read';
COMMENT ON COLUMN personatwin.progress.owner_name IS 'who called';
COMMENT ON COLUMN personatwin.progress.pid IS 'process of the session';
COMMENT ON COLUMN personatwin.progress.backend_start IS 'when that session began: process numbers come back';
COMMENT ON COLUMN personatwin.progress.phase IS 'starting, describing, reading, protecting, storing, done or failed';
COMMENT ON COLUMN personatwin.progress.step IS 'number of the phase';
COMMENT ON COLUMN personatwin.progress.steps IS 'number of phases';
COMMENT ON COLUMN personatwin.progress.started_at IS 'when it began';
COMMENT ON COLUMN personatwin.progress.updated_at IS 'when the phase began';
COMMENT ON COLUMN personatwin.progress.finished_at IS 'when it ended; NULL: running, or the session is gone';
COMMENT ON COLUMN personatwin.progress.run_id IS 'the run, once stored';
COMMENT ON COLUMN personatwin.progress.message IS 'error, when failed';

--| ### pt_build
--|
--| The same as `pt_create_personas` for large sources: commits after describing, reading, protecting and storing, so that it holds no
--| transaction open longer than a step, and shows where it is in the view `pt_progress`. Returns the number of the run; its figures
--| are those of `pt_population_risk`. Can't be called inside a transaction block (2D000). A failure leaves no run, only a row of
--| `pt_progress` with phase `failed`.
--|
--| `CALL pt_build('court_events', 0.01);`
CREATE PROCEDURE @extschema@.pt_build(
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
    INOUT run_id pg_catalog.int8 DEFAULT NULL)
  AS 'MODULE_PATHNAME', 'pt_build' LANGUAGE C;
COMMENT ON PROCEDURE @extschema@.pt_build IS 'pt_create_personas in committed steps, with progress in pt_progress';

--| ### pt_progress
--|
--| A view: one row per call of `pt_build` on a source that the current user owns, running ones with their phase and, in `activity`, how
--| far it is; finished ones with the run or the error. It reads the function `pt_builds()`.
CREATE FUNCTION @extschema@.pt_builds(
    OUT build_id pg_catalog.int8, OUT source pg_catalog.regclass, OUT owner_name pg_catalog.name, OUT pid pg_catalog.int4,
    OUT phase pg_catalog.text, OUT done pg_catalog.int4, OUT total pg_catalog.int4, OUT activity pg_catalog.text,
    OUT started_at pg_catalog.timestamptz, OUT updated_at pg_catalog.timestamptz, OUT finished_at pg_catalog.timestamptz,
    OUT run_id pg_catalog.int8, OUT message pg_catalog.text)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_builds' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.pt_builds IS 'calls of pt_build on sources that the current user owns';

CREATE VIEW @extschema@.pt_progress AS SELECT * FROM @extschema@.pt_builds();
COMMENT ON VIEW @extschema@.pt_progress IS 'calls of pt_build on sources that the current user owns, with their progress';
COMMENT ON COLUMN @extschema@.pt_progress.build_id IS 'number of the call';
COMMENT ON COLUMN @extschema@.pt_progress.source IS 'what is read';
COMMENT ON COLUMN @extschema@.pt_progress.owner_name IS 'who called';
COMMENT ON COLUMN @extschema@.pt_progress.pid IS 'process of the session';
COMMENT ON COLUMN @extschema@.pt_progress.phase IS 'starting, describing, reading, protecting, storing, done or failed';
COMMENT ON COLUMN @extschema@.pt_progress.done IS 'number of the phase';
COMMENT ON COLUMN @extschema@.pt_progress.total IS 'number of phases';
COMMENT ON COLUMN @extschema@.pt_progress.activity IS 'what the session does at the moment, with percentages';
COMMENT ON COLUMN @extschema@.pt_progress.started_at IS 'when it began';
COMMENT ON COLUMN @extschema@.pt_progress.updated_at IS 'when the phase began';
COMMENT ON COLUMN @extschema@.pt_progress.finished_at IS 'when it ended';
COMMENT ON COLUMN @extschema@.pt_progress.run_id IS 'the run, once stored';
COMMENT ON COLUMN @extschema@.pt_progress.message IS 'error, when failed';
DO LANGUAGE plpgsql $do$
BEGIN
  EXECUTE (SELECT pg_catalog.format('GRANT SELECT ON @extschema@.pt_progress TO %s WITH GRANT OPTION', e.extowner::pg_catalog.regrole)
             FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) 'personatwin');
END
$do$;
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
  size_that_would_do pg_catalog.int4
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
COMMENT ON COLUMN @extschema@.pt_risk_metrics.external_linkage_note IS 'why external_linkage_risk is NULL';
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
--| step was kept.
CREATE FUNCTION @extschema@.pt_decisions(
    source pg_catalog.regclass, run pg_catalog.int8 DEFAULT NULL,
    OUT step pg_catalog.int4, OUT rung pg_catalog.int4, OUT action pg_catalog.text, OUT setting pg_catalog.text,
    OUT average_before pg_catalog.float8, OUT average_after pg_catalog.float8,
    OUT maximum_before pg_catalog.float8, OUT maximum_after pg_catalog.float8,
    OUT utility_before pg_catalog.float8, OUT utility_after pg_catalog.float8,
    OUT holds pg_catalog.bool, OUT chosen pg_catalog.bool, OUT why pg_catalog.text)
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
-- Publication: periods and bands that a release is written in, and the functions that publish, list and drop releases.

--| ## Periods and bands
--|
--| `pt_period(at, length)` is the period that holds a day, as a half-open daterange; `length` is one of day, week (ISO 8601, from
--| Monday), month, quarter, half-year, year. Infinite days are periods of their own. 22023 for another word.
CREATE FUNCTION @extschema@.pt_period(at pg_catalog.date, length pg_catalog.text) RETURNS pg_catalog.daterange
  AS 'MODULE_PATHNAME', 'pt_period' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_period(pg_catalog.date, pg_catalog.text) IS 'period that holds a day: day, week, month, quarter, half-year or year';
CREATE FUNCTION @extschema@.pt_period(at pg_catalog.timestamp, length pg_catalog.text) RETURNS pg_catalog.daterange
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN @extschema@.pt_period(CAST(at AS pg_catalog.date), length);
COMMENT ON FUNCTION @extschema@.pt_period(pg_catalog.timestamp, pg_catalog.text) IS 'period that holds the day of a timestamp';
CREATE FUNCTION @extschema@.pt_period(at pg_catalog.timestamptz, length pg_catalog.text) RETURNS pg_catalog.daterange
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN @extschema@.pt_period(CAST(at AS pg_catalog.date), length);
COMMENT ON FUNCTION @extschema@.pt_period(pg_catalog.timestamptz, pg_catalog.text) IS 'period that holds the day of a point in time, in the time zone of the session';

--| `pt_period_label(at, length)` is the label that releases print: `2014-03-05`, `W07 2014`, `2014-03`, `Q2 2023`, `H1 2014`, `2015`;
--| years before Christ end in ` BC`. Given a range it labels the period that holds its first day.
CREATE FUNCTION @extschema@.pt_period_label(at pg_catalog.date, length pg_catalog.text) RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_period_label' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_period_label(pg_catalog.date, pg_catalog.text) IS 'label of the period that holds a day, such as Q2 2023';
CREATE FUNCTION @extschema@.pt_period_label(period pg_catalog.daterange, length pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN @extschema@.pt_period_label(pg_catalog.lower(period), length);
COMMENT ON FUNCTION @extschema@.pt_period_label(pg_catalog.daterange, pg_catalog.text) IS 'label of the period that holds the first day of a range';

--| `pt_age_band(age, width)` is the band of `width` years that holds an age; bands begin at multiples of the width: `pt_age_band(37, 5)`
--| is `[35,40)`. 22023 for a width below 1.
CREATE FUNCTION @extschema@.pt_age_band(age pg_catalog.int4, width pg_catalog.int4) RETURNS pg_catalog.int4range
  AS 'MODULE_PATHNAME', 'pt_age_band' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.pt_age_band(pg_catalog.int4, pg_catalog.int4) IS 'band of so many years that holds an age';

--| ## Publish
--|
--| `pt_publish_release(source, schema)` publishes the caller's latest run of `source` (or `run`) as views in `schema`, which is made if
--| missing: `<name>_personas`, `<name>_events` and `<name>_about`, where `name` is that of the source unless given. The rows are
--| copied into new, immutable tables that readers cannot reach otherwise; then the views are switched to them in the same transaction.
--| Readers of the old version are waited for at most `personatwin.swap_timeout` (55P03 after that, and the old version stays); grants on
--| the views and views that depend on them survive.
--|
--| Nothing is published unless the run met its target, every rule of the `profile` (a row of `personatwin.profile`) holds and the source
--| is what the run has read (without a profile that of the run, if it was made under one; 55000, with what is required and what was found). `reader` is a role that gets USAGE on the schema and
--| SELECT on the views; a WARNING says so when that role can read the source anyway. Only the owner of the source, members of the
--| owning role and superusers may publish (42501). A WARNING says how many groups below the minimum size another published run of the same
--| source makes when both are compared. A relation of that name that is not a view of this release is never touched (42P07).
CREATE TYPE @extschema@.pt_published_release AS (
  release pg_catalog.text,
  version pg_catalog.int4,
  run pg_catalog.int8,
  personas pg_catalog.int8,
  events pg_catalog.int8,
  people pg_catalog.int8,
  views pg_catalog.text[],
  average_risk pg_catalog.float8,
  maximum_risk pg_catalog.float8,
  status pg_catalog.text,
  rules pg_catalog.jsonb,
  checksums pg_catalog.jsonb
);
COMMENT ON TYPE @extschema@.pt_published_release IS 'what pt_publish_release has published';
COMMENT ON COLUMN @extschema@.pt_published_release.release IS 'schema and name of the release; its views are <release>_personas, _events and _about';
COMMENT ON COLUMN @extschema@.pt_published_release.version IS 'version, counted from 1';
COMMENT ON COLUMN @extschema@.pt_published_release.run IS 'the run that was published';
COMMENT ON COLUMN @extschema@.pt_published_release.personas IS 'rows of the view of personas';
COMMENT ON COLUMN @extschema@.pt_published_release.events IS 'rows of the view of events';
COMMENT ON COLUMN @extschema@.pt_published_release.people IS 'people in the personas';
COMMENT ON COLUMN @extschema@.pt_published_release.views IS 'the views, as SQL names';
COMMENT ON COLUMN @extschema@.pt_published_release.average_risk IS 'mean risk over the released people against the attacker of the run';
COMMENT ON COLUMN @extschema@.pt_published_release.maximum_risk IS 'largest risk of a released person';
COMMENT ON COLUMN @extschema@.pt_published_release.status IS 'the word for that level of risk';
COMMENT ON COLUMN @extschema@.pt_published_release.rules IS 'rules with required, found and passed';
COMMENT ON COLUMN @extschema@.pt_published_release.checksums IS 'SHA-256 by view; the view _about has the SQL that recomputes them';

CREATE FUNCTION @extschema@.pt_publish_release(source pg_catalog.regclass, schema pg_catalog.text, profile pg_catalog.text DEFAULT NULL,
    reader pg_catalog.text DEFAULT NULL, run pg_catalog.int8 DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS SETOF @extschema@.pt_published_release
  AS 'MODULE_PATHNAME', 'pt_publish_release' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 10000;
COMMENT ON FUNCTION @extschema@.pt_publish_release(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.text)
  IS 'publishes a run as views in a schema that readers may use';

--| `pt_drop_release(source)` takes all releases of a source out of service: views, version tables and what readers were granted on them.
--| `schema` and `name` restrict it; a release whose source is gone is named by them, with NULL as source. It returns the number of releases
--| dropped; 42704 when there is none, 2BP01 when something depends on a view, 55P03 when readers hold one for longer than
--| `personatwin.swap_timeout`. What has been published stays known to those who have read it; the list keeps the versions.
CREATE FUNCTION @extschema@.pt_drop_release(source pg_catalog.regclass, schema pg_catalog.text DEFAULT NULL, name pg_catalog.text DEFAULT NULL)
  RETURNS pg_catalog.int4
  AS 'MODULE_PATHNAME', 'pt_drop_release' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION @extschema@.pt_drop_release(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS 'drops the views and data of releases';

--| `pt_releases()` lists every version of every release of the sources that the caller owns, dropped ones included (superusers see all).
--| `source` is the present name of the source, or its last name followed by `(missing)` when it was dropped.
CREATE FUNCTION @extschema@.pt_releases(OUT name pg_catalog.text, OUT schema pg_catalog.text, OUT version pg_catalog.int4, OUT source pg_catalog.text,
    OUT run pg_catalog.int8, OUT published_at pg_catalog.timestamptz, OUT published_by pg_catalog.text, OUT readers pg_catalog.text[],
    OUT personas pg_catalog.int8, OUT events pg_catalog.int8, OUT people pg_catalog.int8, OUT target_risk pg_catalog.float8,
    OUT average_risk pg_catalog.float8, OUT maximum_risk pg_catalog.float8, OUT status pg_catalog.text, OUT profile pg_catalog.text,
    OUT in_service pg_catalog.bool)
  RETURNS SETOF pg_catalog.record
  AS 'MODULE_PATHNAME', 'pt_releases' LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_releases() IS 'versions of the releases of the sources that the caller owns';
-- Plain tables without events: recoded to k-anonymity by the grouping core.

--| ## Anonymize a table
--|
--| `pt_anonymize_table(source, target)` writes a new table in which every combination of quasi-identifiers is shared by at least
--| `k` people. It generalises as little as it can: values stay as they are where enough people share them, and go up their
--| hierarchy (`pt_set_hierarchy`), or into ranges that fit the data, where they don't.
--|
--| | argument | meaning |
--| |---|---|
--| | `source` | table, view, partitioned or foreign table; read as the caller |
--| | `target` | name of the new table, with or without schema, written as in SQL; owned by the caller |
--| | `k` | least number of people in a class, at least 2 |
--| | `quasi_identifiers` | the columns to recode; by default those with the role quasi-identifier (roles are detected and recorded if the source has none) |
--| | `suppression` | share of the people, 0 to 1, whose rows may be left out where that helps most |
--| | `keep` | further columns to copy as they are |
--| | `person_key` | column that tells one person from another, if a person has several rows; by default the one with the role person |
--| | `allow_row_security` | false: stop with 42501 when row security hides rows from the caller |
--|
--| *Columns of the target*, in the order of the source. Quasi-identifiers with a hierarchy, and those whose values have no order
--| (text, booleans, enums, ...), become `text`: the value, a label of the hierarchy, or `*` where nothing can be told. Integers,
--| numerics, floats, dates and timestamps without a hierarchy become ranges that include both ends; the unbounded range `(,)` where nothing
--| can be told. A missing value is a value of its own and stays NULL; NaN and infinities in ranges are released as missing, with a notice.
--| Columns with the role outcome, detail (no free text), event type or sensitive, and those in `keep`, are copied. Everything
--| else is left out, with a notice: identifiers, the person, what has no role. With `quasi_identifiers` given nothing is detected, and only
--| labels that are already set count.
--|
--| *People, not rows.* Where a person has several rows, k counts distinct people: each is counted once, in the first
--| of the classes its rows are in, so a class holds at least `k` distinct people and often more. Rows without a person are released but count for nobody.
--|
--| *Order of the rows*: by class, then by a hash of the copied columns. It is the same for any order of the source and tells nothing else.
--|
--| Result, one row: `rows_read`, `rows_written`; `people` in the target, `people_suppressed`; `classes`, `smallest_class`,
--| `average_class_size` (people); `average_risk` = classes / people and `maximum_risk` = 1 / smallest class, of an attacker who
--| knows the quasi-identifiers and that the person is in the table; `granularity_quality` = 1 - mean over rows and quasi-identifiers of
--| (leaves under the released label - 1) / (leaves - 1), for ranges width / whole width, suppressed rows counting 1 (Iyengar 2002).
--| Figures of no people are NULL.
--|
--| k-anonymity hides who is who, not what all members of a class share: look at the copied columns of each class before publishing.
--|
--| Errors: 22023 k < 2, suppression out of range, no quasi-identifier, a column labelled person, identifier or related person; 42701 a column
--| given twice; 42703 no such column; 42P07 the target exists; 22000 people, but fewer than `k`, or a hierarchy that
--| does not nest; 25006 read-only transaction; 42501 missing rights, hidden rows; 53200 personatwin.memory_limit reached (about 50 bytes a row and
--| the copied columns are held in memory).
CREATE FUNCTION @extschema@.pt_anonymize_table(
    source pg_catalog.regclass, target pg_catalog.text, k pg_catalog.int4 DEFAULT 5,
    quasi_identifiers pg_catalog.text[] DEFAULT NULL, suppression pg_catalog.float8 DEFAULT 0,
    keep pg_catalog.text[] DEFAULT NULL, person_key pg_catalog.text DEFAULT NULL,
    allow_row_security pg_catalog.bool DEFAULT false)
  RETURNS TABLE (rows_read pg_catalog.int8, rows_written pg_catalog.int8, people pg_catalog.int8,
    people_suppressed pg_catalog.int8, classes pg_catalog.int8, smallest_class pg_catalog.int8,
    average_class_size pg_catalog.float8, average_risk pg_catalog.float8, maximum_risk pg_catalog.float8,
    granularity_quality pg_catalog.float8)
  AS 'MODULE_PATHNAME', 'pt_anonymize_table' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION @extschema@.pt_anonymize_table(pg_catalog.regclass, pg_catalog.text, pg_catalog.int4, pg_catalog.text[],
    pg_catalog.float8, pg_catalog.text[], pg_catalog.text, pg_catalog.bool)
  IS 'write a new table in which every combination of quasi-identifiers is shared by at least k people';
-- Sample data: invented people and events, for the tour, for tests and for trying options before real data are touched.

--| ## Sample data
--|
--| A court and a hospital, invented. Nobody in them exists: social security numbers start with 9, telephone numbers are those
--| reserved for fiction, mail addresses end in example.org. The same `seed` gives the same rows on every machine, and person
--| number i is the same however many people are asked for, so a sample of 1,000 is the beginning of a sample of 1,000,000.
--|
--| The columns have the names and the troubles of real tables. Names, numbers, addresses and free-text notes (some of which
--| name the person) must never come through into a release. `person_id` counts from 1000000000000 and `event_id` from
--| 2000000000000: numbers of thirteen digits that a scan of a release can look for without meeting an age or a count by chance.
--|
--| | function | rows |
--| |---|---|
--| | `pt_sample_court_events(people, seed)` | one a court event, with the person's columns repeated (one wide table); about 5.6 events a person |
--| | `pt_sample_court_people(people, seed)` | one a person |
--| | `pt_sample_court_docket(people, seed)` | one a court event, without the person's columns but `person_id` (people + events tables) |
--| | `pt_sample_health_events(people, seed)` | one a hospital event, wide; about 7 events a person |
--| | `pt_sample_health_people(people, seed)` | one a patient |
--| | `pt_sample_health_encounters(people, seed)` | one a hospital event, without the patient's columns but `person_id` |
--|
--| ### What is planted
--|
--| Disparities are planted with known sizes, so that anybody can check whether a release still shows them, and so are
--| equalities, which a release must not turn into differences. `pt_sample_truth()` lists every figure with the conditions under which it holds.
--|
--| Court (records of 2019 to 2023, `age` on 2019-01-01):
--|
--| - *conviction*: P(`outcome` = 'convicted' | decided charge) = 0.60 for a felony, 0.50 for a misdemeanor; + 0.10 Black, + 0.06
--|   Hispanic, + 0.06 Native American, - 0.04 Asian; - 0.08 with a private attorney.
--| - *felony*: P(`charge_degree` = 'felony' | case) = 0.38 White, 0.48 Black, 0.42 Hispanic, 0.38 Asian, 0.42 Native American and Other.
--| - *private attorney*: P(`attorney_type` = 'private' | charge) = 0.08, 0.22, 0.45, 0.75 by `income_band` from low to high, the same for every race;
--|   income differs by race, so attorneys do too.
--| - *bail*: P(`outcome` = 'granted' | bail hearing) = 0.75 White, 0.60 Black, 0.65 Hispanic, 0.78 Asian, 0.62 Native American, 0.70
--|   Other; - 0.10 for a felony.
--| - *sentence months* (where a sentencing leads to prison): on average 41.4 for men and 26.88 for women for a felony, 5.85 for men and 3.95 for
--|   women for a misdemeanor.
--| - *reoffense* within the window: 0.50 under 25, 0.35 from 25 to 44, 0.20 from 45; 0.10 less for women. **The same for every race.**
--| - *incarceration* after sentencing: 0.55 for a felony, 0.18 for a misdemeanor. **The same for every race and sex.**
--| - Cases begin more often in summer (relative weight 1.00 from June to August, 0.70 from December to February). One reoffender in
--|   eight is persistent: most people have one case, a few have ten. `location` is the district of the county; in 8 cases of 100 another one.
--|
--| Hospital (episodes that begin in 2022 and 2023, `age` on 2022-01-01):
--|
--| - *readmission*: P(`outcome` = 'readmitted' | discharge) = 0.10 private, 0.16 public, 0.22 uninsured; an event `readmission` follows
--|   within 30 days. **The same for both sexes.**
--| - *analgesic*: P(`treatment_type` = 'analgesic' | emergency visit for an injury) = 0.60 White, 0.45 Black, 0.48 Hispanic, 0.55 Asian,
--|   0.45 Native American, 0.55 Other.
--| - *cardiac surgery*: P(`treatment_type` = 'operation' | admission or readmission, cardiac) = 0.40 men, 0.28 women.
--| - *length of stay*: 3.73 days on average, **the same for everybody**. Respiratory episodes: 0.30 of those in winter, else 0.12.
--|
--| The place (county, city) depends on nothing and tells nothing about outcomes. The remaining probabilities (offense categories,
--| chronic illness, deaths and so on) are in `src/core/sample/court_rates.hpp` and `health_rates.hpp`.
--|
--| Errors: 22004 for NULL, 22023 for a negative number of people, 54000 for more than 10,000,000.

--| Court events with the columns of the person on every row: the wide table of the tour.
CREATE FUNCTION @extschema@.pt_sample_court_events(people int DEFAULT 1000, seed bigint DEFAULT 1)
  RETURNS TABLE (person_id bigint, full_name text, ssn text, birth_date date, age int, sex text, race text, county text,
    address text, phone text, email text, income_band text,
    event_id bigint, case_number text, event_date date, event_type text, outcome text, charge_degree text,
    offense_category text, attorney_type text, sentence_months int, location text, judge_name text, prosecutor_name text,
    notes text)
  AS 'MODULE_PATHNAME', 'pt_sample_court_events' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 5600;
COMMENT ON FUNCTION @extschema@.pt_sample_court_events(int, bigint) IS
  'invented court events, one a row, with the columns of the person repeated; disparities are planted, see pt_sample_truth';

--| The people of the court sample, one a row.
CREATE FUNCTION @extschema@.pt_sample_court_people(people int DEFAULT 1000, seed bigint DEFAULT 1)
  RETURNS TABLE (person_id bigint, full_name text, ssn text, birth_date date, age int, sex text, race text, county text,
    address text, phone text, email text, income_band text)
  AS 'MODULE_PATHNAME', 'pt_sample_court_people' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION @extschema@.pt_sample_court_people(int, bigint) IS
  'the invented people of pt_sample_court_events with the same seed, one a row';

--| The events of the court sample without the columns of the people.
CREATE FUNCTION @extschema@.pt_sample_court_docket(people int DEFAULT 1000, seed bigint DEFAULT 1)
  RETURNS TABLE (person_id bigint,
    event_id bigint, case_number text, event_date date, event_type text, outcome text, charge_degree text,
    offense_category text, attorney_type text, sentence_months int, location text, judge_name text, prosecutor_name text,
    notes text)
  AS 'MODULE_PATHNAME', 'pt_sample_court_docket' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 5600;
COMMENT ON FUNCTION @extschema@.pt_sample_court_docket(int, bigint) IS
  'the invented events of pt_sample_court_events with the same seed, without the columns of the people';

--| Hospital events with the columns of the patient on every row.
CREATE FUNCTION @extschema@.pt_sample_health_events(people int DEFAULT 1000, seed bigint DEFAULT 1)
  RETURNS TABLE (person_id bigint, mrn text, full_name text, insurance_id text, birth_date date, age int, sex text, race text,
    city text, county text, address text, phone text, email text, insurance_type text,
    event_id bigint, event_date date, event_type text, outcome text, condition_type text, treatment_type text,
    length_of_stay int, diagnosis_code text, provider_name text, facility_name text, notes text)
  AS 'MODULE_PATHNAME', 'pt_sample_health_events' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 7000;
COMMENT ON FUNCTION @extschema@.pt_sample_health_events(int, bigint) IS
  'invented hospital events, one a row, with the columns of the patient repeated; disparities are planted, see pt_sample_truth';

--| The patients of the hospital sample, one a row.
CREATE FUNCTION @extschema@.pt_sample_health_people(people int DEFAULT 1000, seed bigint DEFAULT 1)
  RETURNS TABLE (person_id bigint, mrn text, full_name text, insurance_id text, birth_date date, age int, sex text, race text,
    city text, county text, address text, phone text, email text, insurance_type text)
  AS 'MODULE_PATHNAME', 'pt_sample_health_people' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION @extschema@.pt_sample_health_people(int, bigint) IS
  'the invented patients of pt_sample_health_events with the same seed, one a row';

--| The events of the hospital sample without the columns of the patients.
CREATE FUNCTION @extschema@.pt_sample_health_encounters(people int DEFAULT 1000, seed bigint DEFAULT 1)
  RETURNS TABLE (person_id bigint,
    event_id bigint, event_date date, event_type text, outcome text, condition_type text, treatment_type text,
    length_of_stay int, diagnosis_code text, provider_name text, facility_name text, notes text)
  AS 'MODULE_PATHNAME', 'pt_sample_health_encounters' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 7000;
COMMENT ON FUNCTION @extschema@.pt_sample_health_encounters(int, bigint) IS
  'the invented events of pt_sample_health_events with the same seed, without the columns of the patients';

--| What is planted in the samples, figure by figure, made from the constants that the generators draw from. Among the rows of
--| the wide table where `among` holds, the mean of `counted` (a condition counts as 0 or 1) is `expected` but for sampling error. With `unit` =
--| 'person' the same holds of people: those with a row where `among` holds, counted when `counted` holds in any of their rows.
--| `kind` is 'disparity', or 'equality' for what is the same for everybody.
CREATE FUNCTION @extschema@.pt_sample_truth(OUT sample text, OUT measure text, OUT kind text, OUT unit text, OUT among text,
    OUT counted text, OUT expected float8)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_sample_truth' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION @extschema@.pt_sample_truth() IS
  'the disparities and equalities planted in the sample data, as conditions over the wide tables';
-- Last part of the installer: who may call what. Nothing is open to PUBLIC but what neither writes nor reads data; the
-- installing role may call everything and pass the right on.
DO LANGUAGE plpgsql $do$
DECLARE
  routine pg_catalog.regprocedure;
  owner pg_catalog.regrole;
  for_all CONSTANT pg_catalog.text[] := ARRAY['pt_version', 'pt_age_band', 'pt_period', 'pt_period_label'];
BEGIN
  FOR routine, owner IN
    SELECT d.objid::pg_catalog.regprocedure, e.extowner::pg_catalog.regrole
      FROM pg_catalog.pg_depend d
      JOIN pg_catalog.pg_extension e ON d.refobjid OPERATOR(pg_catalog.=) e.oid
      JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) d.objid
     WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
       AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
       AND d.deptype OPERATOR(pg_catalog.=) 'e'
       AND e.extname OPERATOR(pg_catalog.=) 'personatwin'
       AND NOT (p.proname OPERATOR(pg_catalog.=) ANY (for_all::pg_catalog.name[]))
  LOOP
    EXECUTE pg_catalog.format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', routine);
    EXECUTE pg_catalog.format('GRANT EXECUTE ON ROUTINE %s TO %s WITH GRANT OPTION', routine, owner);
  END LOOP;
END
$do$;
