// The court sample: invented people and what happened to them in court.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/sample/court_rates.hpp"
#include "core/sample/identity.hpp"

namespace pt::sample::court {

/// One person. `index` counts from 0; person_id = kFirstPersonId + index.
struct Person {
  std::uint64_t index = 0;
  Identity identity;
  Day birth = 0;
  int age = 0;  ///< whole years on kWindowStart, 18 to 84
  Sex sex = Sex::male;
  Race race = Race::white;
  std::uint8_t county = 0;  ///< index into kCounties
  Income income = Income::under_20k;

  [[nodiscard]] std::int64_t id() const noexcept {
    return kFirstPersonId + static_cast<std::int64_t>(index);
  }
};

/// The file of one matter: everything from an arrest to the end of what follows from it.
struct Case {
  std::uint32_t number = 0;  ///< of this person's cases, from 1
  int year = 0;
  Degree degree = Degree::felony;
  std::uint8_t category = 0;           ///< index into kCategories
  Attorney attorney = Attorney::none;  ///< none until somebody is charged
  std::uint8_t court = 0;              ///< index into kCourts
  std::uint32_t judge = 0;             ///< for official_name()
  std::uint32_t prosecutor = 0;        ///< for official_name()
};

enum class Note : std::uint8_t { none, failed_to_appear, called, continued, moved };

/// One row of the record.
struct Event {
  std::int64_t id = 0;
  Day day = 0;
  EventType type = EventType::arrest;
  Outcome outcome = Outcome::none;
  std::int16_t months = 0;  ///< sentence to incarceration; 0: none
  Note note = Note::none;
  Case file;
};

/// "2019-CF-01234567-02": year, felony (CF) or misdemeanor (CM), a serial number, the person's
/// case.
[[nodiscard]] std::string case_number(const Person& person, const Case& file);

/// The text of a note; some name the person or a number of theirs. Empty for Note::none.
[[nodiscard]] std::string note_text(const Person& person, const Event& event);

/// Generates people and events. Person i and their events depend on the seed and i alone.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) noexcept : seed_(seed) {}

  /// Person `index` (0 .. kMaxPeople - 1), without the identity when `with_identity` is false.
  [[nodiscard]] Person person(std::uint64_t index, bool with_identity = true) const;

  /// Replaces `events` by those of the person in order of time (at least one, at most
  /// kEventsPerPerson), all within the window. Within a case the order is that of the law:
  /// an arrest, then a charge, then plea or trial, then sentencing, then what was imposed.
  void events(const Person& person, std::vector<Event>& events) const;

 private:
  std::uint64_t seed_;
};

}  // namespace pt::sample::court
