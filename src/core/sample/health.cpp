#include "core/sample/health.hpp"

#include "core/sample/stream.hpp"

namespace pt::sample::health {
namespace {

/// Writes the record of one patient, episode after episode.
class Chart {
 public:
  Chart(std::uint64_t seed, const Person& person, std::vector<Event>& events)
      : person_(person), events_(events), random_(seed, kHealthEvents, person.index) {
    events_.clear();
  }

  void write() {
    const std::size_t chronic = random_.chance(kChronic[senior()]) ? 1 : 0;
    Day start = random_.between(kWindowStart, kLastFirstEpisode);
    while (true) {
      const Day end = write_episode(start);
      if (dead_ || events_.size() > kMostEventsBeforeEpisode) break;
      if (!random_.chance(kAnotherEpisode[chronic])) break;
      start = end + 7 + random_.between(0, kLongestGap[chronic]);
      if (start > kWindowEnd) break;
    }
    auto id = kFirstEventId + static_cast<std::int64_t>(person_.index * kEventsPerPerson);
    for (Event& event : events_) event.id = id++;
  }

 private:
  static constexpr std::size_t kMostEventsBeforeEpisode = kEventsPerPerson / 2;
  static constexpr int kMostReadmissions = 20;

  [[nodiscard]] std::size_t senior() const { return person_.senior() ? 1 : 0; }

  /// One episode from its first day; returns the day on which it ends.
  Day write_episode(Day start) {
    const std::size_t month = month_index(start);
    const std::size_t winter = month <= 1 || month == 11 ? 1 : 0;
    condition_ = random_.pick_as<Condition>(kConditionGivenWinter[winter]);
    provider_ = 200 + random_.below(160);
    switch (random_.pick(kEpisode)) {
      case 0:
        return write_outpatient(start);
      case 1:
        return write_emergency(start);
      default:
        return write_stays(start, false);
    }
  }

  Day write_outpatient(Day day) {
    const bool remote = random_.chance(kByTelehealth);
    add(remote ? EventType::telehealth : EventType::visit, day, Outcome::completed);
    if (random_.chance(kTested)) {
      day += random_.between(0, 7);
      add(EventType::test, day, Outcome::completed);
    }
    add(EventType::diagnosis, day, Outcome::ongoing);
    if (random_.chance(kReferred)) {
      add(EventType::referral, day, Outcome::completed);
      return day;
    }
    treat(day, random_.chance(0.5));
    if (random_.chance(kOutpatientFollowUp)) {
      day += random_.between(14, 60);
      add(EventType::follow_up, day, ending());
    }
    return day;
  }

  Day write_emergency(Day day) {
    const bool injured = condition_ == Condition::injury;
    const bool relieved =
        injured && random_.chance(kAnalgesic[static_cast<std::size_t>(person_.race)]);
    add(EventType::emergency_visit, day, Outcome::completed,
        relieved ? Treatment::analgesic : Treatment::none);
    add(EventType::diagnosis, day, Outcome::ongoing);
    if (relieved) add(EventType::prescription, day, Outcome::ongoing, Treatment::analgesic);
    if (!injured) {
      treat(day, random_.chance(0.5));
    }
    return random_.chance(kAdmitted) ? write_stays(day, true) : day;
  }

  /// A stay in hospital and its readmissions; returns the last day.
  Day write_stays(Day day, bool diagnosed) {
    for (int readmissions = 0;; ++readmissions) {
      const bool operated = random_.chance(surgery(condition_, person_.sex));
      add(readmissions > 0 ? EventType::readmission : EventType::admission, day, Outcome::none,
          operated ? Treatment::operation : Treatment::none);
      if (!diagnosed) add(EventType::diagnosis, day, Outcome::ongoing);
      diagnosed = true;
      const std::int16_t stay = kStay[random_.pick(kStayShare)];
      if (operated) {
        add(EventType::surgery, day + random_.between(0, stay - 1), Outcome::completed,
            Treatment::operation);
      } else {
        treat(day, false);
      }
      day += stay;
      if (random_.chance(kDies[senior()])) {
        add(EventType::death, day, Outcome::deceased);
        dead_ = true;
        return day;
      }
      const bool again = random_.chance(kReadmitted[static_cast<std::size_t>(person_.insurance)]) &&
                         readmissions < kMostReadmissions;
      add(EventType::discharge, day, again ? Outcome::readmitted : discharged(), Treatment::none,
          stay);
      if (!again) break;
      day += random_.between(3, 30);
    }
    if (random_.chance(kDischargeFollowUp)) {
      day += random_.between(7, 30);
      add(EventType::follow_up, day, ending());
    }
    return day;
  }

  void treat(Day day, bool prescribe) {
    const bool infected = condition_ == Condition::infection;
    if (prescribe) {
      add(EventType::prescription, day, Outcome::ongoing,
          infected ? Treatment::antibiotic : Treatment::medication);
    } else {
      add(EventType::treatment, day, Outcome::ongoing,
          random_.chance(0.5) ? Treatment::therapy : Treatment::monitoring);
    }
  }

  Outcome discharged() {
    return static_cast<Outcome>(random_.pick(kDischarged) +
                                static_cast<std::size_t>(Outcome::recovered));
  }

  Outcome ending() { return random_.chance(0.6) ? Outcome::improved : Outcome::stable; }

  void add(EventType type, Day day, Outcome outcome, Treatment treatment = Treatment::none,
           std::int16_t stay = 0) {
    Event event;
    event.day = day;
    event.type = type;
    event.outcome = outcome;
    event.condition = condition_;
    event.treatment = treatment;
    event.stay = stay;
    event.provider = provider_;
    if (random_.chance(kNote)) event.note = static_cast<Note>(random_.between(1, 4));
    events_.push_back(event);
  }

  const Person& person_;
  std::vector<Event>& events_;
  Stream random_;
  Condition condition_ = Condition::respiratory;
  std::uint32_t provider_ = 0;
  bool dead_ = false;
};

}  // namespace

std::string Person::record_number() const {
  std::string text = "MRN00";
  append_padded(text, serial_number(index + 77, 8), 8);
  return text;
}

std::string Person::insurance_number() const {
  if (insurance == Insurance::uninsured) return {};
  std::string text = "PLAN-";
  append_padded(text, serial_number(index + 12'345, 9), 9);
  return text;
}

std::string note_text(const Person& person, const Event& event) {
  switch (event.note) {
    case Note::reports:
      return person.identity.full_name + " reports feeling better.";
    case Note::called:
      return "Called " + person.identity.full_name + " at " + person.identity.phone + ".";
    case Note::stable:
      return "Vital signs stable.";
    case Note::consult:
      return "Discussed with " + official_name(event.provider) + ".";
    case Note::none:
      break;
  }
  return {};
}

std::string diagnosis_code(const Person& person, const Event& event) {
  constexpr std::string_view kChapters = "JISAEFK";  // in the order of kConditions
  static_assert(kChapters.size() == kConditions.size());
  const std::uint64_t detail = mix(person.index ^ (event.provider * 1'000'003ULL));
  std::string code{kChapters[static_cast<std::size_t>(event.condition)]};
  append_padded(code, detail % 90 + 10, 2);
  code += '.';
  append_padded(code, detail / 90 % 10, 1);
  return code;
}

std::string facility_name(const Person& person, const Event& event) {
  std::string name{kCities[person.city].name};
  switch (event.type) {
    case EventType::visit:
    case EventType::telehealth:
    case EventType::referral:
    case EventType::follow_up:
      return name + " Family Practice";
    default:
      return name + " General Hospital";
  }
}

Person Generator::person(std::uint64_t index, bool with_identity) const {
  Stream random(seed_, kHealthPerson, index);
  Person who;
  who.index = index;
  who.sex = random.pick_as<Sex>(kSexShare);
  who.race = random.pick_as<Race>(kRaceShare);
  who.city = static_cast<std::uint8_t>(random.pick(kCityShare));
  const AgeBand band = kAgeBands[random.pick(kAgeShare)];
  who.age = random.between(band.low, band.high);
  who.birth = birth_date(kAgeYear, who.age, random.between(0, 364));
  who.insurance = random.pick_as<Insurance>(kInsuranceGivenSenior[who.senior() ? 1 : 0]);
  if (with_identity) who.identity = make_identity(~seed_, index, who.sex == Sex::female);
  return who;
}

void Generator::events(const Person& person, std::vector<Event>& events) const {
  Chart(seed_, person, events).write();
}

}  // namespace pt::sample::health
