// Invented names, numbers and addresses: what a release must never show.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pt::sample {

/// Ids of people and events start here and one more up: thirteen digits, so that a scan of a
/// release for such a number can't hit an age or a count by chance.
inline constexpr std::int64_t kFirstPersonId = 1'000'000'000'000;
inline constexpr std::int64_t kFirstEventId = 2'000'000'000'000;

/// The most people a sample can have; serial numbers and ids stay distinct up to here.
inline constexpr std::uint64_t kMaxPeople = 10'000'000;

/// Room in the event ids for the events of one person.
inline constexpr std::uint32_t kEventsPerPerson = 256;

/// Direct identifiers of one person. Nobody real can have them: SSNs start with 9, telephone
/// numbers are those reserved for fiction (555-0100 to 555-0199), mail addresses end in
/// example.org.
struct Identity {
  std::string full_name;  ///< "Maria J. Lopez"
  std::string ssn;        ///< "912-34-5678", distinct
  std::string address;    ///< "1234 Oak Street"
  std::string phone;      ///< "(212) 555-0147"
  std::string email;      ///< "maria.lopez.17@example.org", distinct
};

/// The identity of person `index` (from 0). A pure function of its arguments.
[[nodiscard]] Identity make_identity(std::uint64_t seed, std::uint64_t index, bool female);

/// A number of `digits` (1 to 9) digits, distinct for indexes below 10^digits, that does not show
/// the order of the people. Throws pt::Error (XX000) for other digits.
[[nodiscard]] std::uint32_t serial_number(std::uint64_t index, int digits);

/// Decimal digits of `value`, with leading zeros up to `width`.
void append_padded(std::string& text, std::uint64_t value, int width);

/// Somebody at work: a judge, a prosecutor, a physician (`index` counts around the lists), for
/// instance "Ruth Ashworth".
[[nodiscard]] std::string official_name(std::uint32_t index);

}  // namespace pt::sample
