// What is planted in the court sample: every probability the generator draws from, by name. The
// documentation, pt_sample_truth() and the tests read the same constants, so they can't disagree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/sample/calendar.hpp"

namespace pt::sample::court {

/// First and last day of the records. `age` is in whole years on the first day.
inline constexpr Day kWindowStart = day_of(2019, 1, 1);
inline constexpr Day kWindowEnd = day_of(2023, 12, 31);
inline constexpr int kAgeYear = 2019;
/// First cases begin in the first two years, so that every one of them is decided in the window.
inline constexpr Day kLastFirstCase = day_of(2020, 12, 31);

enum class Sex : std::uint8_t { male, female };
inline constexpr std::array<std::string_view, 2> kSexes = {"Male", "Female"};
inline constexpr std::array kSexShare = {0.78, 0.22};

enum class Race : std::uint8_t { white, black, hispanic, asian, native_american, other };
inline constexpr std::array<std::string_view, 6> kRaces = {"White", "Black",           "Hispanic",
                                                           "Asian", "Native American", "Other"};
inline constexpr std::array kRaceShare = {0.440, 0.330, 0.170, 0.035, 0.015, 0.010};

/// Counties and their share of the people; independent of everything else.
inline constexpr std::array<std::string_view, 12> kCounties = {
    "Alder County",    "Birch County",   "Cedar County",  "Dogwood County",
    "Elm County",      "Fir County",     "Gum County",    "Hickory County",
    "Ironwood County", "Juniper County", "Laurel County", "Maple County"};
inline constexpr std::array kCountyShare = {0.26, 0.19, 0.13, 0.10, 0.08, 0.06,
                                            0.05, 0.04, 0.03, 0.03, 0.02, 0.01};
/// District court of a county (index into kCourts).
inline constexpr std::array<std::string_view, 3> kCourts = {
    "North District Court", "Central District Court", "South District Court"};
inline constexpr std::array<std::uint8_t, 12> kCourtOfCounty = {1, 0, 2, 1, 0, 2, 1, 0, 2, 0, 2, 0};
/// P(a case is heard in any of the three districts, drawn evenly), else in that of the county.
inline constexpr double kElsewhere = 0.12;

/// Age bands, both ends included, and their shares; uniform inside a band.
struct AgeBand {
  int low, high;
};
inline constexpr std::array<AgeBand, 6> kAgeBands = {
    {{18, 24}, {25, 34}, {35, 44}, {45, 54}, {55, 64}, {65, 84}}};
inline constexpr std::array kAgeShare = {0.24, 0.33, 0.21, 0.14, 0.06, 0.02};

enum class Income : std::uint8_t { under_20k, from_20k, from_40k, over_75k };
inline constexpr std::array<std::string_view, 4> kIncomes = {"under 20k", "20k to 40k",
                                                             "40k to 75k", "over 75k"};
/// P(income band | race).
inline constexpr std::array<std::array<double, 4>, 6> kIncomeGivenRace = {{{.30, .32, .25, .13},
                                                                           {.42, .32, .18, .08},
                                                                           {.40, .34, .18, .08},
                                                                           {.25, .30, .27, .18},
                                                                           {.45, .32, .16, .07},
                                                                           {.35, .32, .22, .11}}};

enum class EventType : std::uint8_t {
  arrest,
  charge,
  arraignment,
  bail_hearing,
  pretrial_detention,
  plea,
  trial,
  sentencing,
  incarceration,
  release,
  probation,
  community_service,
  violation,
  reoffense
};
inline constexpr std::array<std::string_view, 14> kEventTypes = {"arrest",
                                                                 "charge",
                                                                 "arraignment",
                                                                 "bail_hearing",
                                                                 "pretrial_detention",
                                                                 "plea",
                                                                 "trial",
                                                                 "sentencing",
                                                                 "incarceration",
                                                                 "release",
                                                                 "probation",
                                                                 "community_service",
                                                                 "violation",
                                                                 "reoffense"};

enum class Outcome : std::uint8_t {
  none,  ///< SQL NULL
  convicted,
  acquitted,
  dismissed,
  pending,
  granted,
  denied,
  guilty,
  not_guilty,
  plea_bargain,
  completed,
  violated
};
inline constexpr std::array<std::string_view, 12> kOutcomes = {
    "",       "convicted", "acquitted",  "dismissed",    "pending",   "granted",
    "denied", "guilty",    "not_guilty", "plea_bargain", "completed", "violated"};

enum class Degree : std::uint8_t { felony, misdemeanor };
inline constexpr std::array<std::string_view, 2> kDegrees = {"felony", "misdemeanor"};
/// Planted: P(a case is a felony | race).
inline constexpr std::array kFelonyGivenRace = {0.38, 0.48, 0.42, 0.38, 0.42, 0.42};

inline constexpr std::array<std::string_view, 6> kCategories = {
    "violent", "property", "drug", "weapons", "public order", "traffic"};
/// P(offense category | degree).
inline constexpr std::array<std::array<double, 6>, 2> kCategoryGivenDegree = {
    {{.30, .30, .28, .12, .00, .00}, {.00, .26, .20, .00, .26, .28}}};

enum class Attorney : std::uint8_t { none, public_defender, private_counsel };
inline constexpr std::array<std::string_view, 3> kAttorneys = {"", "public defender", "private"};
/// Planted: P(private attorney | income band); independent of race given income.
inline constexpr std::array kPrivateGivenIncome = {0.08, 0.22, 0.45, 0.75};

/// P(an arrest leads to a charge); the others end there, half of them with a release on record.
inline constexpr double kCharged = 0.58;
inline constexpr double kUnchargedRelease = 0.5;

/// Planted: P(convicted | decided charge) = by degree + by race + by attorney.
inline constexpr std::array kConvictedBase = {0.60, 0.50};
inline constexpr std::array kConvictedByRace = {0.00, 0.10, 0.06, -0.04, 0.06, 0.00};
inline constexpr std::array kConvictedByAttorney = {0.00, 0.00, -0.08};
[[nodiscard]] constexpr double convicted(Degree degree, Race race, Attorney attorney) {
  return kConvictedBase[static_cast<std::size_t>(degree)] +
         kConvictedByRace[static_cast<std::size_t>(race)] +
         kConvictedByAttorney[static_cast<std::size_t>(attorney)];
}
/// P(by plea | convicted), else by trial; P(acquitted at trial | not convicted), else dismissed.
inline constexpr double kByPlea = 0.92;
inline constexpr double kAcquitted = 0.30;

/// P(arraignment on record | degree), P(bail hearing | degree).
inline constexpr std::array kArraignment = {0.70, 0.25};
inline constexpr std::array kBailHearing = {0.55, 0.10};
/// Planted: P(bail granted | bail hearing) = by race + by degree.
inline constexpr std::array kBailByRace = {0.75, 0.60, 0.65, 0.78, 0.62, 0.70};
inline constexpr std::array kBailByDegree = {-0.10, 0.00};
[[nodiscard]] constexpr double bail_granted(Race race, Degree degree) {
  return kBailByRace[static_cast<std::size_t>(race)] +
         kBailByDegree[static_cast<std::size_t>(degree)];
}

/// P(incarceration | sentencing, degree); else probation, else community service, else a fine.
/// Planted equality: no dependence on race or sex.
inline constexpr std::array kIncarcerated = {0.55, 0.18};
inline constexpr std::array kProbation = {0.85, 0.50};
inline constexpr double kCommunityService = 0.50;
/// P(violation | probation). Planted equality: the same for everybody.
inline constexpr double kViolation = 0.25;

/// Planted: months of a sentence to incarceration by degree and sex (on the sentencing row).
inline constexpr std::array<std::array<std::int16_t, 5>, 2> kMonths = {
    {{12, 24, 36, 60, 120}, {1, 3, 6, 9, 12}}};
inline constexpr std::array<std::array<std::array<double, 5>, 2>, 2> kMonthsShare = {
    {{{{.20, .25, .25, .20, .10}, {.40, .30, .18, .10, .02}}},
     {{{.15, .25, .30, .15, .15}, {.35, .30, .20, .10, .05}}}}};
[[nodiscard]] constexpr double mean_months(Degree degree, Sex sex) {
  const auto d = static_cast<std::size_t>(degree);
  double mean = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    mean += kMonths[d][i] * kMonthsShare[d][static_cast<std::size_t>(sex)][i];
  }
  return mean;
}
/// Time served: half the sentence (15 days a month), at most 18 months.
inline constexpr int kDaysServedPerMonth = 15;
inline constexpr int kMostDaysServed = 540;

/// Planted: P(at least one reoffense in the window) by age band and sex. Planted equality: no
/// dependence on race.
[[nodiscard]] constexpr double reoffends(int age, Sex sex) {
  const double by_age = age < 25 ? 0.50 : age < 45 ? 0.35 : 0.20;
  return by_age - (sex == Sex::female ? 0.10 : 0.0);
}
/// One reoffender in eight is persistent: P(another case | a reoffense), and the longest gap
/// (days).
inline constexpr double kPersistent = 0.125;
inline constexpr std::array kAnotherCase = {0.30, 0.85};
inline constexpr std::array<std::int32_t, 2> kLongestGap = {400, 90};

/// Planted: relative chance of a case to begin on a day of the month (January first); the most
/// is 1.
inline constexpr std::array kSeason = {0.70, 0.70, 0.80, 0.85, 0.92, 1.00,
                                       1.00, 1.00, 0.92, 0.85, 0.75, 0.70};

/// Share of rows that carry a free-text note; half the notes name the person.
inline constexpr double kNote = 0.12;

}  // namespace pt::sample::court
