// What is planted in the hospital sample: every probability the generator draws from, by name. The
// documentation, pt_sample_truth() and the tests read the same constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/sample/calendar.hpp"

namespace pt::sample::health {

/// Episodes begin in these two years; what follows from one may be recorded up to half a year
/// later.
inline constexpr Day kWindowStart = day_of(2022, 1, 1);
inline constexpr Day kWindowEnd = day_of(2023, 12, 31);
inline constexpr Day kLastFirstEpisode = day_of(2023, 6, 30);
inline constexpr int kAgeYear = 2022;

enum class Sex : std::uint8_t { male, female };
inline constexpr std::array<std::string_view, 2> kSexes = {"Male", "Female"};
inline constexpr std::array kSexShare = {0.47, 0.53};

enum class Race : std::uint8_t { white, black, hispanic, asian, native_american, other };
inline constexpr std::array<std::string_view, 6> kRaces = {"White", "Black",           "Hispanic",
                                                           "Asian", "Native American", "Other"};
inline constexpr std::array kRaceShare = {0.58, 0.16, 0.18, 0.06, 0.01, 0.01};

/// Cities with their county and share of the people; independent of everything else.
struct City {
  std::string_view name, county;
};
inline constexpr std::array<City, 10> kCities = {{{"Port Alder", "Alder County"},
                                                  {"Alderton", "Alder County"},
                                                  {"Greenfield", "Alder County"},
                                                  {"Birchwood", "Birch County"},
                                                  {"Lakemont", "Birch County"},
                                                  {"Cedar Falls", "Cedar County"},
                                                  {"Rockport", "Cedar County"},
                                                  {"Dogwood City", "Dogwood County"},
                                                  {"Elmhurst", "Elm County"},
                                                  {"Fairview", "Elm County"}}};
inline constexpr std::array kCityShare = {0.27, 0.11, 0.06, 0.17, 0.07,
                                          0.11, 0.05, 0.08, 0.05, 0.03};

struct AgeBand {
  int low, high;
};
inline constexpr std::array<AgeBand, 6> kAgeBands = {
    {{0, 17}, {18, 34}, {35, 49}, {50, 64}, {65, 79}, {80, 94}}};
inline constexpr std::array kAgeShare = {0.15, 0.20, 0.20, 0.22, 0.17, 0.06};

enum class Insurance : std::uint8_t { private_plan, public_plan, uninsured };
inline constexpr std::array<std::string_view, 3> kInsurances = {"private", "public", "uninsured"};
/// P(insurance | younger than 65), P(insurance | 65 or older).
inline constexpr std::array<std::array<double, 3>, 2> kInsuranceGivenSenior = {
    {{.60, .25, .15}, {.08, .92, .00}}};

enum class EventType : std::uint8_t {
  visit,
  telehealth,
  emergency_visit,
  admission,
  readmission,
  diagnosis,
  test,
  treatment,
  prescription,
  surgery,
  discharge,
  follow_up,
  referral,
  death
};
inline constexpr std::array<std::string_view, 14> kEventTypes = {
    "visit",     "telehealth", "emergency_visit", "admission",    "readmission",
    "diagnosis", "test",       "treatment",       "prescription", "surgery",
    "discharge", "follow_up",  "referral",        "death"};

enum class Outcome : std::uint8_t {
  none,  ///< SQL NULL
  recovered,
  improved,
  stable,
  declined,
  transferred,
  readmitted,
  deceased,
  completed,
  ongoing
};
inline constexpr std::array<std::string_view, 10> kOutcomes = {
    "",           "recovered", "improved",  "stable", "declined", "transferred",
    "readmitted", "deceased",  "completed", "ongoing"};

enum class Condition : std::uint8_t {
  respiratory,
  cardiac,
  injury,
  infection,
  metabolic,
  mental_health,
  digestive
};
inline constexpr std::array<std::string_view, 7> kConditions = {
    "respiratory", "cardiac", "injury", "infection", "metabolic", "mental health", "digestive"};
/// Planted: P(condition | an episode begins in March to November), and in December to February.
inline constexpr std::array<std::array<double, 7>, 2> kConditionGivenWinter = {
    {{.12, .16, .18, .14, .16, .12, .12}, {.30, .15, .12, .14, .11, .09, .09}}};

enum class Treatment : std::uint8_t {
  none,  ///< SQL NULL
  analgesic,
  antibiotic,
  medication,
  therapy,
  operation,
  monitoring
};
inline constexpr std::array<std::string_view, 7> kTreatments = {
    "", "analgesic", "antibiotic", "medication", "therapy", "operation", "monitoring"};

/// How an episode begins: an outpatient visit, the emergency room, or an admission.
inline constexpr std::array kEpisode = {0.56, 0.26, 0.18};
inline constexpr double kByTelehealth = 0.20;
/// P(test), P(referral) and P(follow_up) of an outpatient episode; P(follow_up) after a discharge.
inline constexpr double kTested = 0.35;
inline constexpr double kReferred = 0.10;
inline constexpr double kOutpatientFollowUp = 0.20;
inline constexpr double kDischargeFollowUp = 0.35;
/// P(admitted | emergency visit).
inline constexpr double kAdmitted = 0.22;

/// Planted: P(analgesic prescribed | emergency visit for an injury) by race; the row of the visit
/// says so in treatment_type, and a prescription follows.
inline constexpr std::array kAnalgesic = {0.60, 0.45, 0.48, 0.55, 0.45, 0.55};

/// Planted: P(surgery | admission for a cardiac condition) by sex (treatment_type of the
/// admission); for the other conditions the probability is the same for both (order of kConditions;
/// the cardiac entry is not used).
inline constexpr std::array kCardiacSurgery = {0.40, 0.28};
inline constexpr std::array kSurgery = {0.05, 0.00, 0.50, 0.10, 0.05, 0.00, 0.35};
[[nodiscard]] constexpr double surgery(Condition condition, Sex sex) {
  return condition == Condition::cardiac ? kCardiacSurgery[static_cast<std::size_t>(sex)]
                                         : kSurgery[static_cast<std::size_t>(condition)];
}

/// Planted: P(readmitted within 30 days | discharged alive) by insurance. Planted equality: no
/// dependence on sex or race.
inline constexpr std::array kReadmitted = {0.10, 0.16, 0.22};
/// P(outcome of a discharge | not readmitted): recovered, improved, stable, declined, transferred.
inline constexpr std::array kDischarged = {0.40, 0.35, 0.14, 0.05, 0.06};
/// P(death in hospital | admission), younger than 65 and older.
inline constexpr std::array kDies = {0.008, 0.040};

/// Length of stay in days and its distribution. Planted equality: the same for everybody.
inline constexpr std::array<std::int16_t, 8> kStay = {1, 2, 3, 4, 5, 7, 10, 21};
inline constexpr std::array kStayShare = {.20, .23, .19, .13, .10, .08, .05, .02};

/// P(chronically ill), younger than 65 and older.
inline constexpr std::array kChronic = {0.12, 0.35};
/// P(another episode | an episode) and the longest gap in days, not chronic and chronic.
inline constexpr std::array kAnotherEpisode = {0.35, 0.78};
inline constexpr std::array<std::int32_t, 2> kLongestGap = {240, 90};

/// Share of rows that carry a free-text note; half the notes name the patient.
inline constexpr double kNote = 0.12;

}  // namespace pt::sample::health
