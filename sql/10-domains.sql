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
