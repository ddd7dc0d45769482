#include "core/sample/court.hpp"

#include <algorithm>

#include "core/sample/stream.hpp"

namespace pt::sample::court {
namespace {

/// Writes the record of one person, case after case. A case runs to its end before the next one
/// begins, so nobody is arrested in prison.
class Docket {
 public:
  Docket(std::uint64_t seed, const Person& person, std::vector<Event>& events)
      : person_(person), events_(events), random_(seed, kCourtEvents, person.index) {
    events_.clear();
  }

  void write() {
    Day end = write_case(seasonal_day(kWindowStart, kLastFirstCase));
    if (random_.chance(reoffends(person_.age, person_.sex))) write_reoffenses(end);
    auto id = kFirstEventId + static_cast<std::int64_t>(person_.index * kEventsPerPerson);
    for (Event& event : events_) event.id = id++;
  }

 private:
  /// A day in [low, high], by season. Each try is accepted with at least 0.7, so 64 are enough.
  Day seasonal_day(Day low, Day high) {
    Day day = low;
    for (int i = 0; i < 64; ++i) {
      day = random_.between(low, high);
      if (random_.chance(kSeason[month_index(day)])) break;
    }
    return day;
  }

  void write_reoffenses(Day end) {
    const std::size_t persistent = random_.chance(kPersistent) ? 1 : 0;
    end = write_case(seasonal_day(end + 14, kWindowEnd));
    while (random_.chance(kAnotherCase[persistent]) && events_.size() < kEventsPerPerson - 32) {
      const Day start = seasonal_day(end + 14, end + 14 + kLongestGap[persistent]);
      if (start > kWindowEnd) break;
      end = write_case(start);
    }
  }

  /// One case from its first day; returns the day on which it ends.
  Day write_case(Day start) {
    file_ = Case{};
    file_.number = ++cases_;
    file_.year = year_of(start);
    file_.degree = random_.chance(by_race(kFelonyGivenRace)) ? Degree::felony : Degree::misdemeanor;
    file_.category =
        static_cast<std::uint8_t>(random_.pick(kCategoryGivenDegree[index(file_.degree)]));
    file_.court = random_.chance(kElsewhere)
                      ? static_cast<std::uint8_t>(random_.below(kCourts.size()))
                      : kCourtOfCounty[person_.county];
    file_.judge = file_.court + 3 * random_.below(14);
    file_.prosecutor = 100 + file_.court + 3 * random_.below(20);

    Day arrested = start;
    if (cases_ > 1) {
      add(EventType::reoffense, start, Outcome::none);
      arrested += random_.between(0, 10);
    }
    add(EventType::arrest, arrested, Outcome::none);
    if (!random_.chance(kCharged)) {
      if (random_.chance(kUnchargedRelease)) {
        add(EventType::release, arrested + 2, Outcome::dismissed);
      }
      return arrested + 2;
    }
    return prosecute(arrested);
  }

  Day prosecute(Day arrested) {
    const std::size_t degree = index(file_.degree);
    file_.attorney = random_.chance(kPrivateGivenIncome[static_cast<std::size_t>(person_.income)])
                         ? Attorney::private_counsel
                         : Attorney::public_defender;
    bool detained = false;
    if (random_.chance(kBailHearing[degree])) {
      const Day heard = arrested + random_.between(1, 2);
      const bool granted = random_.chance(bail_granted(person_.race, file_.degree));
      add(EventType::bail_hearing, heard, granted ? Outcome::granted : Outcome::denied);
      if (!granted) add(EventType::pretrial_detention, heard, Outcome::none);
      detained = !granted;
    }
    const Day charged = arrested + random_.between(3, 14);
    // The dates come first: whether a case is decided within the window tells nothing of how.
    const Day arraigned = charged + random_.between(3, 21);
    const Day decided = charged + random_.between(30, 210);
    const Day sentenced = decided + random_.between(7, 28);

    const bool guilty = random_.chance(convicted(file_.degree, person_.race, file_.attorney));
    const bool tried = guilty ? !random_.chance(kByPlea) : random_.chance(kAcquitted);
    const Outcome result = guilty  ? Outcome::convicted
                           : tried ? Outcome::acquitted
                                   : Outcome::dismissed;
    add(EventType::charge, charged, decided > kWindowEnd ? Outcome::pending : result);
    if (random_.chance(kArraignment[degree])) add(EventType::arraignment, arraigned, Outcome::none);
    if (tried) add(EventType::trial, decided, guilty ? Outcome::guilty : Outcome::not_guilty);
    if (!guilty) {
      if (detained) add(EventType::release, decided, result);
      return decided;
    }
    if (!tried) add(EventType::plea, decided, Outcome::plea_bargain);
    return sentence(sentenced, detained);
  }

  Day sentence(Day sentenced, bool detained) {
    const std::size_t degree = index(file_.degree);
    const bool prison = random_.chance(kIncarcerated[degree]);
    const std::size_t months =
        random_.pick(kMonthsShare[degree][static_cast<std::size_t>(person_.sex)]);
    const std::int16_t term = prison ? kMonths[degree][months] : std::int16_t{0};
    add(EventType::sentencing, sentenced, Outcome::convicted, term);
    if (prison) {
      const Day served = std::min(term * kDaysServedPerMonth, kMostDaysServed);
      const Day out = sentenced + served;
      add(EventType::incarceration, sentenced,
          out > kWindowEnd ? Outcome::pending : Outcome::completed);
      add(EventType::release, out, Outcome::completed);
      return out;
    }
    if (detained) add(EventType::release, sentenced, Outcome::completed);
    if (random_.chance(kProbation[degree])) {
      const bool breached = random_.chance(kViolation);
      const Day breach = sentenced + random_.between(30, 300);
      add(EventType::probation, sentenced, breached ? Outcome::violated : Outcome::completed);
      if (breached) add(EventType::violation, breach, Outcome::violated);
      return breached ? breach : sentenced;
    }
    if (random_.chance(kCommunityService)) {
      add(EventType::community_service, sentenced, Outcome::completed);
    }
    return sentenced;
  }

  /// What falls after the window is not on record yet.
  void add(EventType type, Day day, Outcome outcome, std::int16_t months = 0) {
    if (day > kWindowEnd) return;
    Event event;
    event.day = day;
    event.type = type;
    event.outcome = outcome;
    event.months = months;
    event.file = file_;
    if (random_.chance(kNote)) event.note = static_cast<Note>(random_.between(1, 4));
    events_.push_back(event);
  }

  template <std::size_t N>
  double by_race(const std::array<double, N>& rates) const {
    return rates[static_cast<std::size_t>(person_.race)];
  }
  static std::size_t index(Degree degree) { return static_cast<std::size_t>(degree); }

  const Person& person_;
  std::vector<Event>& events_;
  Stream random_;
  Case file_;
  std::uint32_t cases_ = 0;
};

}  // namespace

std::string case_number(const Person& person, const Case& file) {
  std::string text;
  append_padded(text, static_cast<std::uint64_t>(file.year), 4);
  text += file.degree == Degree::felony ? "-CF-" : "-CM-";
  append_padded(text, serial_number(person.index + 1, 8), 8);
  text += '-';
  append_padded(text, file.number, 2);
  return text;
}

std::string note_text(const Person& person, const Event& event) {
  switch (event.note) {
    case Note::failed_to_appear:
      return person.identity.full_name + " failed to appear; warrant requested.";
    case Note::called:
      return "Called " + person.identity.full_name + " at " + person.identity.phone + ".";
    case Note::continued:
      return "Continued at the request of counsel before " + official_name(event.file.judge) + ".";
    case Note::moved:
      return "Address changed; mail returned from " + person.identity.address + ".";
    case Note::none:
      break;
  }
  return {};
}

Person Generator::person(std::uint64_t index, bool with_identity) const {
  Stream random(seed_, kCourtPerson, index);
  Person who;
  who.index = index;
  who.sex = random.pick_as<Sex>(kSexShare);
  who.race = random.pick_as<Race>(kRaceShare);
  who.county = static_cast<std::uint8_t>(random.pick(kCountyShare));
  const AgeBand band = kAgeBands[random.pick(kAgeShare)];
  who.age = random.between(band.low, band.high);
  who.birth = birth_date(kAgeYear, who.age, random.between(0, 364));
  who.income = random.pick_as<Income>(kIncomeGivenRace[static_cast<std::size_t>(who.race)]);
  if (with_identity) who.identity = make_identity(seed_, index, who.sex == Sex::female);
  return who;
}

void Generator::events(const Person& person, std::vector<Event>& events) const {
  Docket(seed_, person, events).write();
}

}  // namespace pt::sample::court
