#include "core/model/detect.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/model/detect_names.hpp"
#include "core/model/domain.hpp"
#include "core/model/role.hpp"

namespace pt::model {
namespace {

// ---------------------------------------------------------------- words

TEST(Role, EveryWordReadsBack) {
  for (const Role role : all_roles()) {
    EXPECT_EQ(parse_role(word(role)), role);
    EXPECT_EQ(parse_label(label_text({role, Kind::none})), (ColumnRole{role, Kind::none}));
  }
  EXPECT_EQ(all_roles().size(), 12U);
}

TEST(Role, SpellingsOfAWord) {
  EXPECT_EQ(parse_role("Quasi_Identifier"), Role::quasi_identifier);
  EXPECT_EQ(parse_role("QUASI IDENTIFIER"), Role::quasi_identifier);
  EXPECT_EQ(parse_role("  indirect-identifier "), Role::quasi_identifier);
  EXPECT_EQ(parse_label("quasi-identifier:birth_date").kind, Kind::birth_date);
  EXPECT_EQ(parse_label("Detail : TEXT"), (ColumnRole{Role::detail, Kind::text}));
}

std::string state_of(const std::string& label) {
  try {
    static_cast<void>(parse_label(label));
  } catch (const Error& error) {
    return error.sqlstate();
  }
  return "none";
}

TEST(Role, AnythingElseIsRefused) {
  for (const char* label :
       {"", ":", "age", "quasi", "quasi-identifier:", "quasi-identifier: text", "person: age",
        "detail: gender", "outcome: category", "detail: text: text", "identifier; DROP TABLE x"})
    EXPECT_EQ(state_of(label), "22023") << label;
  EXPECT_EQ(state_of(std::string(10000, 'x')), "22023");
}

// ---------------------------------------------------------------- names

TEST(Names, WordsOfAName) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_of("raceEthnicity"), (Words{"race", "ethnicity"}));
  EXPECT_EQ(words_of("RACE_ETHNICITY"), (Words{"race", "ethnicity"}));
  EXPECT_EQ(words_of("Race / Ethnicity"), (Words{"race", "ethnicity"}));
  EXPECT_EQ(words_of("zip3"), (Words{"zip", "3"}));
  EXPECT_EQ(words_of("SSNNumber"), (Words{"ssn", "number"}));
  EXPECT_EQ(words_of("\"; drop"), (Words{"drop"}));
  EXPECT_TRUE(words_of("").empty());
  EXPECT_TRUE(words_of("_-_").empty());
}

struct Named {
  const char* name;
  Topic topic;
};

class NameTopics : public testing::TestWithParam<Named> {};

TEST_P(NameTopics, IsRead) {
  EXPECT_EQ(read_name(GetParam().name).topic, GetParam().topic) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    All, NameTopics,
    testing::Values(
        Named{"sex", Topic::gender}, Named{"Gender", Topic::gender},
        Named{"sex_at_birth", Topic::gender}, Named{"sex_offender", Topic::unknown},
        Named{"race", Topic::ethnicity}, Named{"ethnic_group", Topic::ethnicity},
        Named{"raceEthnicity", Topic::ethnicity}, Named{"age", Topic::age},
        Named{"patient_age", Topic::age}, Named{"age_cat", Topic::age_band},
        Named{"ageGroup", Topic::age_band}, Named{"dob", Topic::birth_date},
        Named{"birth_date", Topic::birth_date}, Named{"date_of_birth", Topic::birth_date},
        Named{"birth_year", Topic::birth_year}, Named{"yob", Topic::birth_year},
        Named{"county_fips", Topic::geography}, Named{"zip_code", Topic::geography},
        Named{"state", Topic::geography}, Named{"city", Topic::geography},
        Named{"court_county", Topic::event_place}, Named{"location", Topic::event_place},
        Named{"person_id", Topic::person}, Named{"patientId", Topic::person},
        Named{"defendant_id", Topic::person}, Named{"STUDENT_ID", Topic::person},
        Named{"employee_number", Topic::person}, Named{"ssn", Topic::identifier},
        Named{"social_security_number", Topic::identifier}, Named{"mrn", Topic::identifier},
        Named{"full_name", Topic::identifier}, Named{"last_name", Topic::identifier},
        Named{"judge_name", Topic::identifier}, Named{"street_address", Topic::identifier},
        Named{"phone", Topic::identifier}, Named{"e_mail", Topic::identifier},
        Named{"case_number", Topic::identifier}, Named{"case_id", Topic::identifier},
        Named{"event_id", Topic::identifier}, Named{"attorney_type", Topic::unknown},
        Named{"victim_age", Topic::about_another}, Named{"victim_id", Topic::related_person},
        Named{"co_defendant_id", Topic::related_person}, Named{"event_type", Topic::event_type},
        Named{"event_ts", Topic::event_time}, Named{"EventDate", Topic::event_time},
        Named{"created_at", Topic::record_time}, Named{"outcome", Topic::outcome},
        Named{"case_outcome", Topic::outcome}, Named{"fnlwgt", Topic::weight},
        Named{"sampling_weight", Topic::weight}, Named{"weight", Topic::unknown},
        Named{"priors_count", Topic::unknown}, Named{"charge_degree", Topic::unknown},
        Named{"drug_name", Topic::unknown}, Named{"purchase_id", Topic::row_key},
        Named{"income", Topic::socio_economic}, Named{"marital_status", Topic::socio_economic},
        Named{"religion", Topic::sensitive}, Named{"emp_id", Topic::person},
        Named{"case_worker", Topic::identifier}, Named{"household_id", Topic::identifier},
        Named{"Comments", Topic::prose}));

// ---------------------------------------------------------------- domains

Domain courts() {
  Domain domain;
  domain.name = "criminal_justice";
  domain.geography = "county";
  domain.event_types = {{"arrest", "police", {"arrested"}, false},
                        {"charge", "court", {}, false},
                        {"reoffense", "reoffense", {}, true},
                        {"risk_screening", "assessment", {}, false}};
  domain.outcomes = {"dismissed", "guilty"};
  domain.sensitive_fields = {"case_number", "judge_name"};
  domain.preserve_fields = {"sentence_length"};
  return domain;
}

Domain hospitals() {
  Domain domain;
  domain.name = "healthcare";
  domain.geography = "city";
  domain.event_types = {{"admission", "inpatient", {}, false}, {"visit", "outpatient", {}, false}};
  domain.outcomes = {"readmitted", "recovered"};
  domain.reoffence_outcomes = {"readmitted"};
  domain.sensitive_fields = {"diagnosis_code"};
  return domain;
}

TEST(DomainWords, SpellingsAndAliases) {
  EXPECT_EQ(normal_term("  Plea--Bargain! "), "plea_bargain");
  const Domain domain = courts();
  ASSERT_NE(domain.find_event_type("ARRESTED"), nullptr);
  EXPECT_EQ(domain.find_event_type("ARRESTED")->name, "arrest");
  EXPECT_EQ(domain.find_event_type("visit"), nullptr);
  EXPECT_TRUE(domain.is_reoffence("Reoffense", ""));
  EXPECT_FALSE(domain.is_reoffence("arrest", "guilty"));
  EXPECT_TRUE(hospitals().is_reoffence("visit", "Readmitted"));
}

TEST(DomainWords, RecognisedByVocabulary) {
  const std::vector<Domain> domains{courts(), hospitals()};
  const std::vector<CountedTerm> court{{"Arrest", 50}, {"charge", 30}, {"picnic", 20}};
  ASSERT_NE(recognise(domains, court), nullptr);
  EXPECT_EQ(recognise(domains, court)->name, "criminal_justice");
  const std::vector<CountedTerm> neither{{"loan", 50}, {"charge", 40}};
  EXPECT_EQ(recognise(domains, neither), nullptr);
  EXPECT_EQ(recognise(domains, {}), nullptr);
}

// ---------------------------------------------------------------- profiles

ProfiledValue text(std::string_view value) { return {false, hash_bytes(value), 0, value}; }
ProfiledValue number(double value) {
  return {
      false, hash_integer(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))), value, {}};
}

TEST(Profile, CountsExactlyThenNearly) {
  ColumnStatistics few("few", TypeClass::integer);
  ColumnStatistics many("many", TypeClass::integer);
  for (int i = 0; i < 100000; ++i) {
    few.add(number(i % 1000));
    many.add(number(i % 50000));
  }
  EXPECT_EQ(few.profile().distinct, 1000U);
  EXPECT_EQ(few.profile().maximum, 999);
  EXPECT_NEAR(static_cast<double>(many.profile().distinct), 50000, 2500);
}

TEST(Profile, DoesNotDependOnTheOrder) {
  ColumnStatistics up("c", TypeClass::text);
  ColumnStatistics down("c", TypeClass::text);
  std::vector<std::string> values;
  for (int i = 0; i < 5000; ++i)
    values.push_back(i % 3 == 0 ? "James Smith " + std::to_string(i) : "x" + std::to_string(i));
  for (std::size_t i = 0; i < values.size(); ++i) {
    up.add(text(values[i]));
    down.add(text(values[values.size() - 1 - i]));
  }
  EXPECT_EQ(up.profile().distinct, down.profile().distinct);
  EXPECT_EQ(up.profile().name_like, down.profile().name_like);
  EXPECT_EQ(up.profile().mean_length, down.profile().mean_length);
  EXPECT_GT(up.profile().name_like, 0.3);
}

TEST(Profile, ConstancyCountsPeopleWithSeveralRows) {
  Host host;
  Profiler profiler(
      host, {{"p", TypeClass::integer}, {"a", TypeClass::text}, {"b", TypeClass::text}}, 0, {});
  profiler.add({number(1), text("x"), text("u")});
  profiler.add({number(1), text("x"), {}});  // NULL is a value
  profiler.add({number(2), text("y"), text("u")});
  profiler.add({{}, text("z"), text("u")});  // nobody
  const RelationProfile profile = profiler.profile();
  EXPECT_EQ(profile.people, 2U);
  EXPECT_EQ(profile.repeated_people, 1U);
  EXPECT_EQ(profile.columns[1].person_constant, 1);
  EXPECT_EQ(profile.columns[2].person_constant, 0);
}

TEST(Profile, ColumnsThatDetermineOthers) {
  Host host;
  Profiler profiler(host, {{"county", TypeClass::text}, {"state", TypeClass::text}}, std::nullopt,
                    {0, 1});
  profiler.add({text("Broward"), text("FL")});
  profiler.add({text("Dade"), text("FL")});
  profiler.add({text("Broward"), text("FL")});
  const RelationProfile profile = profiler.profile();
  EXPECT_TRUE(profile.is_determined(0, 1));
  EXPECT_FALSE(profile.is_determined(1, 0));
}

// ---------------------------------------------------------------- detection

/// A synthetic profile: 1,000 people with five events each.
class Table {
 public:
  static constexpr std::uint64_t kRows = 5000;

  Table& add(const std::string& name, TypeClass type, std::uint64_t distinct,
             double person_constant = std::nan("")) {
    ColumnProfile column;
    column.name = name;
    column.type = type;
    column.rows = kRows;
    column.distinct = distinct;
    column.mean_length = 8;
    column.person_constant = person_constant;
    profile.columns.push_back(column);
    return *this;
  }
  Table& person(const std::string& name, TypeClass type, std::uint64_t distinct) {
    return add(name, type, distinct, 1);
  }
  Table& event(const std::string& name, TypeClass type, std::uint64_t distinct) {
    return add(name, type, distinct, 0.1);
  }
  ColumnProfile& last() { return profile.columns.back(); }

  std::map<std::string, std::string> detect_all(Content content = Content::any,
                                                const Domain* domain = nullptr,
                                                std::vector<ColumnRole> fixed = {}) {
    DetectOptions options{content, domain, std::move(fixed), {}};
    profile.person = find_person(profile, content, options.fixed);
    profile.people = 1000;
    profile.repeated_people = content == Content::people ? 0 : 1000;
    const auto verdicts = detect(profile, options);
    std::map<std::string, std::string> roles;
    for (std::size_t c = 0; c < verdicts.size(); ++c) {
      EXPECT_FALSE(verdicts[c].why.empty()) << profile.columns[c].name;
      EXPECT_GE(verdicts[c].confidence, 0);
      EXPECT_LE(verdicts[c].confidence, 1);
      roles[profile.columns[c].name] = label_text(verdicts[c].role);
    }
    return roles;
  }

  RelationProfile profile;
};

Table court_wide() {
  Table t;
  t.event("event_id", TypeClass::integer, 5000);
  t.person("person_id", TypeClass::text, 1000);
  t.person("sex", TypeClass::text, 2);
  t.person("birth_year", TypeClass::integer, 70);
  t.person("age", TypeClass::integer, 70);
  t.person("age_cat", TypeClass::text, 3);
  t.person("race", TypeClass::text, 6);
  t.person("priors_count", TypeClass::integer, 30);
  t.person("compas_screening_date", TypeClass::date, 700);
  t.person("county_fips", TypeClass::text, 1);
  t.event("event_ts", TypeClass::timestamp, 4000);
  t.event("event_type", TypeClass::text, 4);
  t.last().terms = {{"arrest", 3000}, {"charge", 1000}, {"reoffense", 1000}};
  t.event("case_id", TypeClass::text, 3000);
  t.event("charge_degree", TypeClass::text, 3);
  t.event("charge", TypeClass::text, 600);
  t.event("outcome", TypeClass::text, 3);
  t.event("detail", TypeClass::document, 1);
  return t;
}

TEST(Detect, CourtEvents) {
  const Domain domain = courts();
  auto roles = court_wide().detect_all(Content::any, &domain);
  EXPECT_EQ(roles["event_id"], "identifier");
  EXPECT_EQ(roles["person_id"], "person");
  EXPECT_EQ(roles["sex"], "quasi-identifier: gender");
  EXPECT_EQ(roles["age"], "quasi-identifier: age");
  EXPECT_EQ(roles["birth_year"], "");
  EXPECT_EQ(roles["age_cat"], "");
  EXPECT_EQ(roles["race"], "quasi-identifier: ethnicity");
  EXPECT_EQ(roles["priors_count"], "");
  EXPECT_EQ(roles["compas_screening_date"], "");
  EXPECT_EQ(roles["county_fips"], "quasi-identifier: geography");
  EXPECT_EQ(roles["event_ts"], "event time");
  EXPECT_EQ(roles["event_type"], "event type");
  EXPECT_EQ(roles["case_id"], "identifier");
  EXPECT_EQ(roles["charge_degree"], "detail: category");
  EXPECT_EQ(roles["charge"], "detail: text");
  EXPECT_EQ(roles["outcome"], "outcome");
  EXPECT_EQ(roles["detail"], "detail: text");
}

TEST(Detect, RolesSetByHandHold) {
  Table table = court_wide();
  std::vector<ColumnRole> fixed(table.profile.columns.size());
  fixed[3] = {Role::quasi_identifier, Kind::birth_year};  // birth_year
  fixed[13] = {Role::ignore, Kind::none};                 // charge_degree
  const Domain domain = courts();
  auto roles = table.detect_all(Content::any, &domain, fixed);
  EXPECT_EQ(roles["birth_year"], "quasi-identifier: birth year");
  EXPECT_EQ(roles["age"], "");
  EXPECT_EQ(roles["charge_degree"], "ignore");
}

TEST(Detect, EventTypeByVocabularyAlone) {
  Table t;
  t.person("pid", TypeClass::integer, 1000);
  t.event("what", TypeClass::text, 3);
  t.last().terms = {{"arrest", 3000}, {"charge", 2000}};
  t.event("when_it_was", TypeClass::date, 3000);
  const Domain domain = courts();
  auto roles = t.detect_all(Content::any, &domain);
  EXPECT_EQ(roles["what"], "event type");
  EXPECT_EQ(roles["when_it_was"], "event time");
}

TEST(Detect, BestOfSeveralAges) {
  Table t;
  t.person("person_id", TypeClass::integer, 1000);
  t.event("age", TypeClass::integer, 80);  // differs between rows
  t.person("dob", TypeClass::date, 900);
  t.person("yob", TypeClass::integer, 80);
  auto roles = t.detect_all(Content::events);
  EXPECT_EQ(roles["dob"], "quasi-identifier: birth date");
  EXPECT_EQ(roles["age"], "");
  EXPECT_EQ(roles["yob"], "");
}

TEST(Detect, AColumnWithoutValuesComesLast) {
  Table t;
  t.person("person_id", TypeClass::integer, 1000);
  t.person("age", TypeClass::integer, 0);
  t.last().nulls = Table::kRows;
  t.person("birth_year", TypeClass::integer, 70);
  t.person("gender", TypeClass::text, 0);
  t.last().nulls = Table::kRows;
  t.person("sex_code", TypeClass::text, 2);
  auto roles = t.detect_all();
  EXPECT_EQ(roles["birth_year"], "quasi-identifier: birth year");
  EXPECT_EQ(roles["age"], "");
  EXPECT_EQ(roles["sex_code"], "quasi-identifier: gender");
  EXPECT_EQ(roles["gender"], "");
}

TEST(Detect, OnlyAgeGroups) {
  Table t;
  t.person("person_id", TypeClass::integer, 1000);
  t.person("age_group", TypeClass::text, 6);
  EXPECT_EQ(t.detect_all()["age_group"], "quasi-identifier: category");
}

TEST(Detect, GeographyFollowsTheDomain) {
  const Domain court = courts();
  const Domain hospital = hospitals();
  Table t;
  t.person("person_id", TypeClass::integer, 1000);
  t.person("zip", TypeClass::text, 300);
  t.person("city", TypeClass::text, 100);
  t.person("county", TypeClass::text, 40);
  t.person("state", TypeClass::text, 5);
  t.profile.determines = {{1, 2}, {1, 3}, {1, 4}, {2, 3}, {2, 4}, {3, 4}};
  auto roles = t.detect_all(Content::people, &court);
  EXPECT_EQ(roles["zip"], "");
  EXPECT_EQ(roles["city"], "");
  EXPECT_EQ(roles["county"], "quasi-identifier: geography");
  EXPECT_EQ(roles["state"], "quasi-identifier: geography");
  roles = t.detect_all(Content::people, &hospital);
  EXPECT_EQ(roles["city"], "quasi-identifier: geography");
  EXPECT_EQ(roles["county"], "quasi-identifier: geography");
  t.profile.determines = {{3, 4}};  // a county of that name in two states
  roles = t.detect_all(Content::people, &hospital);
  EXPECT_EQ(roles["county"], "");
}

TEST(Detect, PlaceOfTheEvent) {
  Table t;
  t.person("person_id", TypeClass::integer, 1000);
  t.person("county", TypeClass::text, 40);
  t.event("event_type", TypeClass::text, 4);
  t.event("court_county", TypeClass::text, 40);
  auto roles = t.detect_all();
  EXPECT_EQ(roles["county"], "quasi-identifier: geography");
  EXPECT_EQ(roles["court_county"], "location: category");
}

TEST(Detect, IdentifiersByTheirValues) {
  Table t;
  t.person("person_id", TypeClass::integer, 1000);
  t.event("event_type", TypeClass::text, 4);
  t.event("c1", TypeClass::text, 4000);
  t.last().email_like = 0.9;
  t.event("c2", TypeClass::text, 4000);
  t.last().ssn_like = 0.9;
  t.event("c3", TypeClass::text, 4900);
  t.last().id_like = 1;
  t.event("c4", TypeClass::text, 30);  // few judges, but names
  t.last().name_like = 0.8;
  t.event("c5", TypeClass::integer, 4990);
  t.event("c6", TypeClass::uuid, 4990);
  t.event("c7", TypeClass::network, 900);
  auto roles = t.detect_all();
  EXPECT_EQ(roles["c1"], "identifier");
  EXPECT_EQ(roles["c2"], "identifier");
  EXPECT_EQ(roles["c3"], "identifier");
  EXPECT_EQ(roles["c4"], "detail: text");
  EXPECT_EQ(roles["c5"], "identifier");
  EXPECT_EQ(roles["c6"], "identifier");
  EXPECT_EQ(roles["c7"], "identifier");
}

TEST(Detect, SensitiveFieldsOfTheDomain) {
  Table t;
  t.person("patient_id", TypeClass::integer, 1000);
  t.event("event_type", TypeClass::text, 4);
  t.event("diagnosis_code", TypeClass::text, 40);
  const Domain domain = hospitals();
  auto roles = t.detect_all(Content::any, &domain);
  EXPECT_EQ(roles["patient_id"], "person");
  EXPECT_EQ(roles["diagnosis_code"], "sensitive: category");
}

TEST(Detect, WantedNumbersAreKept) {
  Table t;
  t.person("person_id", TypeClass::integer, 1000);
  t.event("event_type", TypeClass::text, 4);
  t.event("sentence_length", TypeClass::integer, 400);
  t.event("fine", TypeClass::real, 900);
  t.event("is_violent", TypeClass::boolean, 2);
  const Domain domain = courts();
  auto roles = t.detect_all(Content::any, &domain);
  EXPECT_EQ(roles["sentence_length"], "detail: number");
  EXPECT_EQ(roles["fine"], "detail: number");
  EXPECT_EQ(roles["is_violent"], "detail: category");
}

TEST(Detect, NotesAreTextHoweverFewTheyAre) {
  Table t;
  t.person("student_id", TypeClass::integer, 1000);
  t.event("event_type", TypeClass::text, 4);
  t.event("remarks", TypeClass::text, 3);
  t.event("subject", TypeClass::text, 5);
  auto roles = t.detect_all();
  EXPECT_EQ(roles["remarks"], "detail: text");
  EXPECT_EQ(roles["subject"], "detail: category");  // of teaching, not of a study
}

TEST(Detect, OneOfTwoThatSayTheSame) {
  Table t;
  t.person("person_id", TypeClass::integer, 1000);
  t.person("education", TypeClass::text, 16);
  t.person("education_num", TypeClass::integer, 16);
  t.person("occupation", TypeClass::text, 16);
  t.profile.determines = {{1, 2}, {2, 1}, {1, 3}};
  auto roles = t.detect_all(Content::people);
  EXPECT_EQ(roles["education"], "quasi-identifier: socio-economic");
  EXPECT_EQ(roles["education_num"], "");
  EXPECT_EQ(roles["occupation"], "quasi-identifier: socio-economic");
}

TEST(Detect, PeopleHaveNoEventColumns) {
  Table t;
  t.person("id", TypeClass::integer, 5000);
  t.person("gender", TypeClass::text, 2);
  t.person("type", TypeClass::text, 3);
  t.person("created_at", TypeClass::timestamp, 4000);
  t.person("score_text", TypeClass::text, 3);
  auto roles = t.detect_all(Content::people);
  EXPECT_EQ(roles["id"], "person");
  EXPECT_EQ(roles["gender"], "quasi-identifier: gender");
  EXPECT_EQ(roles["type"], "");
  EXPECT_EQ(roles["created_at"], "");
  EXPECT_EQ(roles["score_text"], "");
}

TEST(Detect, SsnIsTheKeyOnlyWhenNothingElseIs) {
  Table both;
  both.person("ssn", TypeClass::text, 1000).person("client_id", TypeClass::integer, 1000);
  auto roles = both.detect_all();
  EXPECT_EQ(roles["ssn"], "identifier");
  EXPECT_EQ(roles["client_id"], "person");
  Table alone;
  alone.person("ssn", TypeClass::text, 1000);
  EXPECT_EQ(alone.detect_all()["ssn"], "person");
}

TEST(Detect, DataSpeakAgainstAKeyOfClerks) {
  Table t;
  t.person("user_id", TypeClass::integer, 20);
  t.event("gender", TypeClass::text, 2);
  t.profile.person = 0;
  t.profile.repeated_people = 20;
  EXPECT_TRUE(person_is_contradicted(t.profile));
  t.last().person_constant = 0.9;  // errors in the data
  EXPECT_FALSE(person_is_contradicted(t.profile));
  t.last().person_constant = std::nan("");
  EXPECT_FALSE(person_is_contradicted(t.profile));
}

TEST(Detect, AnEmptyTableIsJudgedByNames) {
  Table t = court_wide();
  for (auto& column : t.profile.columns) {
    column.rows = 0;
    column.distinct = 0;
    column.person_constant = std::nan("");
    column.terms.clear();
  }
  auto roles = t.detect_all();
  EXPECT_EQ(roles["person_id"], "person");
  EXPECT_EQ(roles["event_type"], "event type");
  EXPECT_EQ(roles["event_ts"], "event time");
  EXPECT_EQ(roles["age"], "quasi-identifier: age");
  EXPECT_EQ(roles["detail"], "detail: text");
}

TEST(Detect, NothingIsKnownOfNothing) {
  Table t;
  EXPECT_TRUE(t.detect_all().empty());
  t.person("\"; drop table x; --", TypeClass::text, 5);
  EXPECT_EQ(t.detect_all()["\"; drop table x; --"], "");
}

TEST(Areas, FromSmallToLarge) {
  const std::vector<std::string> names{"country", "residence", "zip3", "state_abbr", "city", "zip"};
  EXPECT_EQ(order_areas(names), (std::vector<std::size_t>{5, 4, 2, 1, 3, 0}));
  EXPECT_TRUE(order_areas({}).empty());
}

TEST(NaturalKind, FromNameAndType) {
  EXPECT_EQ(natural_kind(Role::quasi_identifier, "sex", TypeClass::text), Kind::gender);
  EXPECT_EQ(natural_kind(Role::quasi_identifier, "age", TypeClass::integer), Kind::age);
  EXPECT_EQ(natural_kind(Role::quasi_identifier, "age", TypeClass::text), Kind::category);
  EXPECT_EQ(natural_kind(Role::quasi_identifier, "x", TypeClass::real), Kind::number);
  EXPECT_EQ(natural_kind(Role::detail, "x", TypeClass::document), Kind::text);
  EXPECT_EQ(natural_kind(Role::person, "x", TypeClass::text), Kind::none);
}

}  // namespace
}  // namespace pt::model
