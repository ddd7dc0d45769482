#include "core/sample/truth.hpp"

#include <cstddef>

#include "core/sample/court_rates.hpp"
#include "core/sample/health_rates.hpp"

namespace pt::sample {
namespace {

constexpr std::string_view kDisparity = "disparity";
constexpr std::string_view kEquality = "equality";
constexpr std::string_view kOfEvents = "event";
constexpr std::string_view kOfPeople = "person";

/// "column = 'value'"; no planted label has a quote in it.
std::string is(std::string_view column, std::string_view value) {
  std::string text{column};
  text += " = '";
  text += value;
  text += "'";
  return text;
}

std::string both(const std::string& a, const std::string& b) { return a + " AND " + b; }

template <class Enum>
constexpr std::size_t at(Enum value) {
  return static_cast<std::size_t>(value);
}

class Court {
 public:
  explicit Court(std::vector<Statement>& list) : list_(list) {}

  void write() {
    charges();
    hearings();
    sentences();
    people();
  }

 private:
  void add(std::string_view measure, std::string_view kind, std::string_view unit,
           std::string among, std::string counted, double expected) {
    list_.push_back({"court", measure, kind, unit, std::move(among), std::move(counted), expected});
  }

  void charges() {
    using namespace court;
    const std::string decided = both(is("event_type", "charge"), "outcome <> 'pending'");
    for (std::size_t d = 0; d < kDegrees.size(); ++d) {
      for (std::size_t r = 0; r < kRaces.size(); ++r) {
        for (const auto attorney : {Attorney::public_defender, Attorney::private_counsel}) {
          add("conviction", kDisparity, kOfEvents,
              both(both(decided, is("charge_degree", kDegrees[d])),
                   both(is("race", kRaces[r]), is("attorney_type", kAttorneys[at(attorney)]))),
              is("outcome", "convicted"),
              convicted(static_cast<Degree>(d), static_cast<Race>(r), attorney));
        }
      }
    }
    for (std::size_t r = 0; r < kRaces.size(); ++r) {
      add("felony", kDisparity, kOfEvents, both(is("event_type", "arrest"), is("race", kRaces[r])),
          is("charge_degree", "felony"), kFelonyGivenRace[r]);
    }
    for (std::size_t i = 0; i < kIncomes.size(); ++i) {
      add("private attorney", kDisparity, kOfEvents,
          both(is("event_type", "charge"), is("income_band", kIncomes[i])),
          is("attorney_type", "private"), kPrivateGivenIncome[i]);
    }
  }

  void hearings() {
    using namespace court;
    for (std::size_t d = 0; d < kDegrees.size(); ++d) {
      for (std::size_t r = 0; r < kRaces.size(); ++r) {
        add("bail granted", kDisparity, kOfEvents,
            both(is("event_type", "bail_hearing"),
                 both(is("charge_degree", kDegrees[d]), is("race", kRaces[r]))),
            is("outcome", "granted"), bail_granted(static_cast<Race>(r), static_cast<Degree>(d)));
      }
    }
  }

  void sentences() {
    using namespace court;
    const std::string sentenced = is("event_type", "sentencing");
    for (std::size_t d = 0; d < kDegrees.size(); ++d) {
      const std::string degree = both(sentenced, is("charge_degree", kDegrees[d]));
      for (std::size_t s = 0; s < kSexes.size(); ++s) {
        add("sentence months", kDisparity, kOfEvents,
            both(both(degree, "sentence_months IS NOT NULL"), is("sex", kSexes[s])),
            "sentence_months", mean_months(static_cast<Degree>(d), static_cast<Sex>(s)));
      }
      for (const std::string_view race : kRaces) {
        add("incarceration", kEquality, kOfEvents, both(degree, is("race", race)),
            "sentence_months IS NOT NULL", kIncarcerated[d]);
      }
    }
  }

  void people() {
    using namespace court;
    struct Band {
      std::string_view condition;
      int age;
    };
    for (const Band band :
         {Band{"age < 25", 24}, Band{"age BETWEEN 25 AND 44", 30}, Band{"age >= 45", 50}}) {
      for (std::size_t s = 0; s < kSexes.size(); ++s) {
        add("reoffense", kDisparity, kOfPeople,
            both(std::string{band.condition}, is("sex", kSexes[s])), is("event_type", "reoffense"),
            reoffends(band.age, static_cast<Sex>(s)));
      }
    }
    for (const std::string_view race : kRaces) {
      add("reoffense", kEquality, kOfPeople,
          both(both("age < 25", is("sex", "Male")), is("race", race)),
          is("event_type", "reoffense"), reoffends(24, Sex::male));
    }
  }

  std::vector<Statement>& list_;
};

class Health {
 public:
  explicit Health(std::vector<Statement>& list) : list_(list) {}

  void write() {
    using namespace health;
    const std::string discharged = is("event_type", "discharge");
    for (std::size_t i = 0; i < kInsurances.size(); ++i) {
      const std::string insured = both(discharged, is("insurance_type", kInsurances[i]));
      add("readmission", kDisparity, insured, is("outcome", "readmitted"), kReadmitted[i]);
    }
    for (const std::string_view sex : kSexes) {
      const auto privately = static_cast<std::size_t>(Insurance::private_plan);
      add("readmission", kEquality,
          both(both(discharged, is("insurance_type", kInsurances[privately])), is("sex", sex)),
          is("outcome", "readmitted"), kReadmitted[privately]);
    }
    for (std::size_t r = 0; r < kRaces.size(); ++r) {
      add("analgesic", kDisparity,
          both(both(is("event_type", "emergency_visit"), is("condition_type", "injury")),
               is("race", kRaces[r])),
          "coalesce(treatment_type, '') = 'analgesic'", kAnalgesic[r]);
    }
    for (std::size_t s = 0; s < kSexes.size(); ++s) {
      add("cardiac surgery", kDisparity,
          both(both("event_type IN ('admission', 'readmission')", is("condition_type", "cardiac")),
               is("sex", kSexes[s])),
          "coalesce(treatment_type, '') = 'operation'", kCardiacSurgery[s]);
    }
    double days = 0;
    for (std::size_t i = 0; i < kStay.size(); ++i) days += kStay[i] * kStayShare[i];
    for (const std::string_view race : kRaces) {
      add("length of stay", kEquality, both(discharged, is("race", race)), "length_of_stay", days);
    }
  }

 private:
  void add(std::string_view measure, std::string_view kind, std::string among, std::string counted,
           double expected) {
    list_.push_back(
        {"health", measure, kind, kOfEvents, std::move(among), std::move(counted), expected});
  }

  std::vector<Statement>& list_;
};

}  // namespace

std::vector<Statement> truth() {
  std::vector<Statement> list;
  Court(list).write();
  Health(list).write();
  return list;
}

}  // namespace pt::sample
