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
