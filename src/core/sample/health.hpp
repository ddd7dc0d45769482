// The hospital sample: invented patients and their encounters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/sample/health_rates.hpp"
#include "core/sample/identity.hpp"

namespace pt::sample::health {

/// One patient. `index` counts from 0; person_id = kFirstPersonId + index.
struct Person {
  std::uint64_t index = 0;
  Identity identity;
  Day birth = 0;
  int age = 0;  ///< whole years on kWindowStart, 0 to 94
  Sex sex = Sex::male;
  Race race = Race::white;
  std::uint8_t city = 0;  ///< index into kCities
  Insurance insurance = Insurance::private_plan;

  [[nodiscard]] std::int64_t id() const noexcept {
    return kFirstPersonId + static_cast<std::int64_t>(index);
  }
  [[nodiscard]] bool senior() const noexcept { return age >= 65; }
  [[nodiscard]] std::string record_number() const;     ///< "MRN0012345678", distinct
  [[nodiscard]] std::string insurance_number() const;  ///< "PLAN-123456789", empty when uninsured
};

enum class Note : std::uint8_t { none, reports, called, stable, consult };

/// One row of the record.
struct Event {
  std::int64_t id = 0;
  Day day = 0;
  EventType type = EventType::visit;
  Outcome outcome = Outcome::none;
  Condition condition = Condition::respiratory;
  Treatment treatment = Treatment::none;
  std::int16_t stay = 0;       ///< length of stay in days, on discharges; 0: none
  std::uint32_t provider = 0;  ///< for official_name()
  Note note = Note::none;
};

/// The text of a note; some name the patient or a number of theirs. Empty for Note::none.
[[nodiscard]] std::string note_text(const Person& person, const Event& event);

/// A code in the form of ICD-10 ("I25.3") for the diagnosis behind an event.
[[nodiscard]] std::string diagnosis_code(const Person& person, const Event& event);

/// The hospital or practice of an event: the city of the patient and the kind of place.
[[nodiscard]] std::string facility_name(const Person& person, const Event& event);

/// Generates people and events. Person i and their events depend on the seed and i alone.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) noexcept : seed_(seed) {}

  /// Person `index` (0 .. kMaxPeople - 1), without the identity when `with_identity` is false. They
  /// are not the people of the court sample.
  [[nodiscard]] Person person(std::uint64_t index, bool with_identity = true) const;

  /// Replaces `events` by those of the person in order of time (at least one, at most
  /// kEventsPerPerson). Every admission and readmission is closed by a discharge or by death;
  /// nothing follows a death; diagnosis comes before treatment and prescription.
  void events(const Person& person, std::vector<Event>& events) const;

 private:
  std::uint64_t seed_;
};

}  // namespace pt::sample::health
