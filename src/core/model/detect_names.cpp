#include "core/model/detect_names.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <unordered_set>

namespace pt::model {
namespace {

using Words = std::vector<std::string>;
using std::string_view_literals::operator""sv;
using WordList = std::span<const std::string_view>;
using FewWords = std::initializer_list<std::string_view>;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }

bool in(const std::string& word, WordList list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool any(const Words& words, WordList list) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return in(word, list); });
}

bool in(const std::string& word, FewWords list) { return in(word, WordList(list)); }
bool any(const Words& words, FewWords list) { return any(words, WordList(list)); }

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string join(const Words& words) {
  std::string joined;
  for (const auto& word : words) {
    if (!joined.empty()) joined += '_';
    joined += word;
  }
  return joined;
}

constexpr std::array kKeyEndings{"id"sv,  "ids"sv,        "uuid"sv, "guid"sv,   "key"sv,
                                 "no"sv,  "nr"sv,         "num"sv,  "number"sv, "nbr"sv,
                                 "pk"sv,  "identifier"sv, "hash"sv, "code"sv,   "pseudonym"sv,
                                 "ref"sv, "serial"sv,     "token"sv};

// Words for the people a source is about; earlier ones are the better key.
constexpr std::array kPersonNouns{
    "person"sv,   "people"sv,     "individual"sv,  "subject"sv,  "participant"sv, "patient"sv,
    "pat"sv,      "defendant"sv,  "offender"sv,    "inmate"sv,   "prisoner"sv,    "detainee"sv,
    "arrestee"sv, "suspect"sv,    "student"sv,     "stu"sv,      "pupil"sv,       "learner"sv,
    "client"sv,   "recipient"sv,  "beneficiary"sv, "claimant"sv, "applicant"sv,   "enrollee"sv,
    "employee"sv, "emp"sv,        "worker"sv,      "member"sv,   "customer"sv,    "citizen"sv,
    "resident"sv, "respondent"sv, "user"sv,        "candidate"sv};
constexpr std::array kJoinedPersonKeys{
    "personid"sv,  "patientid"sv, "defendantid"sv, "studentid"sv, "employeeid"sv, "clientid"sv,
    "subjectid"sv, "inmateid"sv,  "offenderid"sv,  "memberid"sv,  "pid"sv};

constexpr std::array kRelatives{
    "victim"sv,  "witness"sv,  "codefendant"sv, "associate"sv, "associated"sv,  "related"sv,
    "spouse"sv,  "partner"sv,  "parent"sv,      "mother"sv,    "father"sv,      "child"sv,
    "sibling"sv, "guardian"sv, "contact"sv,     "relative"sv,  "complainant"sv, "co"sv};
constexpr std::array kProfessionals{
    "judge"sv,       "prosecutor"sv, "attorney"sv,   "lawyer"sv,   "defender"sv,   "counsel"sv,
    "counselor"sv,   "officer"sv,    "teacher"sv,    "doctor"sv,   "physician"sv,  "provider"sv,
    "nurse"sv,       "surgeon"sv,    "caseworker"sv, "manager"sv,  "supervisor"sv, "therapist"sv,
    "clinician"sv,   "staff"sv,      "clerk"sv,      "landlord"sv, "employer"sv,   "agent"sv,
    "interviewer"sv, "instructor"sv};
constexpr std::array kKindEndings{"type"sv,  "category"sv, "kind"sv,      "role"sv,  "level"sv,
                                  "count"sv, "rating"sv,   "specialty"sv, "class"sv, "status"sv};
// Things whose name is no personal name.
constexpr std::array kNamedThings{
    "event"sv,      "type"sv,      "category"sv,  "county"sv,   "city"sv,     "state"sv,
    "region"sv,     "province"sv,  "country"sv,   "district"sv, "drug"sv,     "charge"sv,
    "medication"sv, "crime"sv,     "offense"sv,   "offence"sv,  "course"sv,   "program"sv,
    "programme"sv,  "plan"sv,      "service"sv,   "status"sv,   "benefit"sv,  "product"sv,
    "test"sv,       "procedure"sv, "condition"sv, "job"sv,      "position"sv, "race"sv,
    "diagnosis"sv,  "gender"sv,    "group"sv,     "level"sv,    "grade"sv,    "court"sv,
    "agency"sv,     "class"sv,     "outcome"sv,   "subject"sv,  "activity"sv, "action"sv,
    "ethnicity"sv,  "table"sv,     "column"sv};
constexpr std::array kEventPlaces{
    "court"sv, "courthouse"sv, "facility"sv, "hospital"sv, "clinic"sv,   "school"sv, "office"sv,
    "site"sv,  "arrest"sv,     "offense"sv,  "event"sv,    "incident"sv, "venue"sv,  "work"sv,
    "crime"sv, "service"sv,    "campus"sv,   "jail"sv,     "prison"sv,   "agency"sv};

bool ends_like_key(const Words& words) { return in(words.back(), kKeyEndings); }

bool is_contact_or_number(const Words& words) {
  if (any(words, {"ssn",        "passport",  "license",   "licence",  "plate",    "vin",
                  "mrn",        "iban",      "email",     "mail",     "phone",    "telephone",
                  "mobile",     "fax",       "url",       "website",  "username", "login",
                  "latitude",   "longitude", "lat",       "lon",      "lng",      "gps",
                  "coordinate", "coords",    "signature", "photo",    "address",  "addr",
                  "street",     "apt",       "apartment", "docket",   "warrant",  "fingerprint",
                  "biometric",  "npi",       "nino",      "facebook", "twitter",  "ipaddress"}))
    return true;
  if (has(words, "social") && any(words, {"security", "insurance"})) return true;
  if (has(words, "medical") && has(words, "record")) return true;
  if (has(words, "credit") && has(words, "card")) return true;
  if (words.size() == 1 && in(words[0], {"ip", "cell", "tel", "account", "mac"})) return true;
  return ends_like_key(words) &&
         any(words, {"household", "case",   "booking", "incident",  "report",    "citation",
                     "policy",    "claim",  "invoice", "ticket",    "badge",     "tax",
                     "account",   "card",   "receipt", "permit",    "record",    "certificate",
                     "visa",      "alien",  "nhs",     "health",    "arrest",    "insurance",
                     "event",     "charge", "visit",   "encounter", "admission", "prescription",
                     "order"}) &&
         words.back() != "code";
}

bool is_personal_name(const Words& words) {
  if (in(words.back(), {"surname", "forename", "firstname", "lastname", "fullname", "nickname",
                        "alias", "aliases", "initials", "maiden"}))
    return true;
  if (!in(words.back(), {"name", "names"})) return false;
  return words.size() == 1 || !in(words[words.size() - 2], kNamedThings);
}

/// People other than the one the row is about.
std::optional<NameHint> read_other_person(const Words& words) {
  const bool relative = any(words, kRelatives);
  if (!relative && !any(words, kProfessionals)) {
    if (has(words, "next") && has(words, "kin")) return NameHint{Topic::identifier, 0.9, 0};
    if (words.back() == "worker" && any(words, {"case", "social"}))
      return NameHint{Topic::identifier, 0.9, 0};
    return std::nullopt;
  }
  if (words.back() == "type" || in(words.back(), kKindEndings)) return NameHint{};
  if (any(words, {"sex", "gender", "race", "ethnicity", "age", "dob", "birth", "county", "city",
                  "state", "zip", "education", "income", "occupation"}))
    return NameHint{Topic::about_another, 0.9, 0};
  if (relative && ends_like_key(words)) return NameHint{Topic::related_person, 0.9, 0};
  if (relative && words.size() > 1 && !is_personal_name(words) && !is_contact_or_number(words))
    return NameHint{};
  return NameHint{Topic::identifier, 0.9, 0};
}

std::optional<NameHint> read_person(const Words& words) {
  const std::string joined = join(words);
  if (in(joined, kJoinedPersonKeys)) return NameHint{Topic::person, 0.9, 1};
  int rank = 0;
  for (const auto noun : kPersonNouns) {
    ++rank;
    if (!has(words, noun)) continue;
    if (words.size() == 1) return NameHint{Topic::person, 0.7, rank + 100};
    if (!ends_like_key(words) || words.back() == "code") continue;
    const int further = static_cast<int>(words.size()) - 2;
    return NameHint{Topic::person, further == 0 ? 1.0 : 0.8, rank + further * 40};
  }
  return std::nullopt;
}

std::optional<NameHint> read_age(const Words& words) {
  const std::string joined = join(words);
  const bool banded = any(words, {"cat", "category", "group", "grp", "band", "range", "bracket",
                                  "class", "bucket", "bin", "interval", "grouped"});
  if (in(joined, {"agecat", "agegroup", "agegrp", "ageband", "agerange"}) ||
      (has(words, "age") && banded))
    return NameHint{Topic::age_band, 1.0, 0};
  if (has(words, "age") && !any(words, {"days", "months", "weeks", "first", "offense"})) {
    const int further = static_cast<int>(words.size()) - 1;
    return NameHint{Topic::age, further == 0 ? 1.0 : 0.85, further};
  }
  if (any(words, {"dob", "birthdate", "birthday", "dateofbirth"}))
    return NameHint{Topic::birth_date, 1.0, 0};
  if (any(words, {"yob", "birthyear", "yearofbirth"})) return NameHint{Topic::birth_year, 1.0, 0};
  if (any(words, {"birth", "born"})) {
    if (has(words, "year")) return NameHint{Topic::birth_year, 1.0, 0};
    if (any(words, {"date", "day", "dt", "on"}) || words.size() == 1)
      return NameHint{Topic::birth_date, 1.0, 0};
  }
  return std::nullopt;
}

std::optional<int> area_of(const Words& words) {
  if (any(words, {"tract", "blockgroup", "block"})) return area::kBlock;
  if (any(words, {"zip3"}) || (has(words, "zip") && has(words, "3"))) return area::kCounty + 1;
  if (any(words, {"zip", "zipcode", "postcode", "postalcode", "plz", "postal", "zcta"}))
    return area::kPostcode;
  if (any(words, {"neighborhood", "neighbourhood", "ward", "precinct"}))
    return area::kNeighbourhood;
  if (has(words, "state") && !any(words, {"case", "order", "process", "workflow", "current",
                                          "event", "mental", "machine"}))
    return area::kState;
  if (any(words, {"city", "town", "municipality", "village", "commune"})) return area::kCity;
  if (any(words, {"county", "counties", "fips", "parish", "borough"})) return area::kCounty;
  if (any(words, {"district", "msa", "metro", "cbsa"})) return area::kDistrict;
  if (any(words, {"province", "prefecture"})) return area::kState;
  if (any(words, {"region", "division"})) return area::kRegion;
  if (any(words, {"country", "nation"})) return area::kCountry;
  if (any(words, {"geography", "geo", "residence", "area"})) return area::kUnspecified;
  return std::nullopt;
}

std::optional<NameHint> read_place(const Words& words) {
  if (any(words, {"birth", "native", "origin", "citizenship"})) return std::nullopt;
  const auto rank = area_of(words);
  const bool of_event = any(words, kEventPlaces);
  if (rank && !of_event) return NameHint{Topic::geography, words.size() <= 2 ? 0.95 : 0.8, *rank};
  if (rank) return NameHint{Topic::event_place, 0.85, 1};
  if (any(words, {"location", "venue", "courthouse", "place"}))
    return NameHint{Topic::event_place, 0.9, 0};
  if (of_event && (words.size() == 1 || words.back() == "name") &&
      !any(words, {"arrest", "offense", "event", "incident", "work", "crime", "service", "school",
                   "facility"}))
    return NameHint{Topic::event_place, 0.7, 2};
  if (any(words, {"school", "facility", "hospital", "clinic"}) &&
      (words.size() == 1 || words.back() == "name" || ends_like_key(words)))
    return NameHint{Topic::identifier, 0.8, 0};
  return std::nullopt;
}

std::optional<NameHint> read_demographics(const Words& words) {
  const int further = static_cast<int>(words.size()) - 1;
  const double strength = further == 0 ? 1.0 : 0.9;
  if (any(words, {"sex", "gender"}) &&
      !any(words, {"offender", "offense", "offence", "crime", "assault", "orientation", "partner"}))
    return NameHint{Topic::gender, strength, further};
  if (any(words, {"race", "ethnicity", "ethnic"}))
    return NameHint{Topic::ethnicity, strength, further + (has(words, "race") ? 0 : 10)};
  if (any(words, {"hispanic", "latino"})) return NameHint{Topic::ethnicity, 0.8, 20 + further};
  if (const auto age = read_age(words)) return age;
  if (any(words,
          {"religion", "religious",  "political", "politics", "sexual", "hiv",   "aids",
           "genetic",  "disability", "disabled",  "salary",   "wage",   "wages", "immigration",
           "union",    "pregnancy",  "pregnant",  "icd",      "icd10",  "icd9",  "psychiatric"}))
    return NameHint{Topic::sensitive, 0.8, 0};
  if (any(words,
          {"education", "edu",        "schooling", "income",      "poverty",       "employment",
           "employed",  "occupation", "marital",   "married",     "housing",       "homeless",
           "insurance", "insured",    "veteran",   "citizenship", "citizen",       "language",
           "household", "dependents", "welfare",   "workclass",   "socioeconomic", "socio",
           "ses",       "unemployed"}))
    return NameHint{Topic::socio_economic, strength, further};
  return std::nullopt;
}

std::optional<NameHint> read_weight(const Words& words) {
  const std::string joined = join(words);
  if (in(joined, {"fnlwgt", "pwgtp", "pweight", "pwgt", "wgtp"}))
    return NameHint{Topic::weight, 1.0, 0};
  if (!any(words, {"weight", "wt", "wgt", "weights"})) return std::nullopt;
  if (any(words, {"sampling", "sample", "survey", "person", "final", "analytic", "design"}))
    return NameHint{Topic::weight, 1.0, 0};
  return std::nullopt;
}

std::optional<NameHint> read_event(const Words& words) {
  const std::string joined = join(words);
  if (in(joined, {"event_type", "eventtype", "event_kind", "event_name", "event_code",
                  "event_type_code", "event_class"}))
    return NameHint{Topic::event_type, 1.0, 0};
  if (in(joined,
         {"event", "event_description", "event_desc", "encounter_type", "visit_type",
          "activity_type", "action_type", "service_type", "record_type", "transaction_type"}))
    return NameHint{Topic::event_type, 0.7, 1};
  if (in(joined, {"type", "activity", "action", "event_category"}))
    return NameHint{Topic::event_type, 0.6, 2};
  const bool timed =
      any(words, {"date", "time", "ts", "timestamp", "datetime", "dt", "at", "on", "when", "day"});
  if (!timed) {
    if (any(words, {"outcome", "disposition", "verdict"}))
      return NameHint{Topic::outcome, 1.0, static_cast<int>(words.size()) - 1};
    if (any(words, {"result", "decision", "finding", "ruling", "resolution"}))
      return NameHint{Topic::outcome, 0.7, 10};
    if (words.back() == "status") return NameHint{Topic::outcome, 0.4, 20};
    return std::nullopt;
  }
  if (any(words, {"created", "updated", "modified", "inserted", "loaded", "load", "entered",
                  "entry", "extract", "extracted", "imported", "import", "recorded", "changed"}))
    return NameHint{Topic::record_time, 0.9, 0};
  if (any(words, {"event", "occurred", "occurrence", "happened"}))
    return NameHint{Topic::event_time, 1.0, 0};
  if (words.size() == 1) return NameHint{Topic::event_time, 0.8, 1};
  if (any(words, {"end", "stop", "due", "expiry", "expiration", "expires", "until"}))
    return NameHint{Topic::event_time, 0.2, 9};
  return NameHint{Topic::event_time, 0.5, 3};
}

}  // namespace

std::vector<std::string> words_of(std::string_view name) {
  Words words;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) words.push_back(word);
    word.clear();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const char before = i > 0 ? name[i - 1] : ' ';
    const char after = i + 1 < name.size() ? name[i + 1] : ' ';
    if (is_upper(c)) {
      if (is_lower(before) || is_digit(before) || (is_upper(before) && is_lower(after))) flush();
      word += static_cast<char>(c - 'A' + 'a');
    } else if (is_lower(c) || is_high(c)) {
      if (is_digit(before)) flush();
      word += c;
    } else if (is_digit(c)) {
      if (!is_digit(before)) flush();
      word += c;
    } else {
      flush();
    }
  }
  flush();
  return words;
}

NameHint read_name(std::string_view name) {
  const Words words = words_of(name);
  if (words.empty()) return {};
  if (const auto hint = read_weight(words)) return *hint;
  if (const auto hint = read_other_person(words)) return *hint;
  if (const auto hint = read_person(words)) return *hint;
  if (is_contact_or_number(words) || is_personal_name(words)) return {Topic::identifier, 0.95, 0};
  if (any(words, {"note", "notes", "comment", "comments", "remark", "remarks", "narrative", "memo",
                  "message", "freetext"}))
    return {Topic::prose, 0.9, 0};
  if (const auto hint = read_demographics(words)) return *hint;
  if (const auto hint = read_place(words)) return *hint;
  if (const auto hint = read_event(words)) return *hint;
  if (ends_like_key(words) && words.back() != "code") return {Topic::row_key, 0.7, 0};
  return {};
}

bool is_given_name(std::string_view word) {
  static const std::unordered_set<std::string_view> names{
      "james",     "john",      "robert",    "michael",   "william",   "david",      "richard",
      "charles",   "joseph",    "thomas",    "daniel",    "paul",      "donald",     "george",
      "kenneth",   "steven",    "edward",    "brian",     "ronald",    "anthony",    "kevin",
      "jason",     "matthew",   "gary",      "timothy",   "jose",      "larry",      "jeffrey",
      "frank",     "scott",     "eric",      "stephen",   "andrew",    "raymond",    "gregory",
      "joshua",    "jerry",     "dennis",    "walter",    "patrick",   "peter",      "harold",
      "douglas",   "henry",     "carl",      "arthur",    "ryan",      "roger",      "joe",
      "juan",      "jack",      "albert",    "jonathan",  "justin",    "terry",      "gerald",
      "keith",     "samuel",    "willie",    "ralph",     "lawrence",  "nicholas",   "benjamin",
      "bruce",     "brandon",   "adam",      "harry",     "fred",      "wayne",      "billy",
      "steve",     "louis",     "jeremy",    "aaron",     "carlos",    "luis",       "jesus",
      "mario",     "antonio",   "miguel",    "alexander", "jacob",     "ethan",      "noah",
      "liam",      "mason",     "lucas",     "logan",     "mary",      "patricia",   "linda",
      "barbara",   "elizabeth", "jennifer",  "maria",     "susan",     "margaret",   "dorothy",
      "lisa",      "nancy",     "karen",     "betty",     "helen",     "sandra",     "donna",
      "carol",     "ruth",      "sharon",    "michelle",  "laura",     "sarah",      "kimberly",
      "deborah",   "jessica",   "shirley",   "cynthia",   "angela",    "melissa",    "brenda",
      "amy",       "anna",      "rebecca",   "virginia",  "kathleen",  "pamela",     "martha",
      "debra",     "amanda",    "stephanie", "carolyn",   "christine", "marie",      "janet",
      "catherine", "frances",   "ann",       "joyce",     "diane",     "alice",      "julie",
      "heather",   "teresa",    "doris",     "gloria",    "evelyn",    "jean",       "cheryl",
      "mildred",   "katherine", "joan",      "ashley",    "judith",    "rose",       "janice",
      "kelly",     "nicole",    "judy",      "christina", "kathy",     "theresa",    "beverly",
      "denise",    "tammy",     "irene",     "jane",      "lori",      "rachel",     "marilyn",
      "andrea",    "kathryn",   "louise",    "sara",      "anne",      "jacqueline", "wanda",
      "julia",     "emma",      "olivia",    "sophia",    "isabella",  "emily",      "hannah",
      "ana",       "carmen"};
  return names.contains(word);
}

}  // namespace pt::model
