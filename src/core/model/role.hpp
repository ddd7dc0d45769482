// Roles of columns: what a column is to the privacy of people, in a closed list of words. The words
// are what security labels hold and what the SQL functions take and return; nothing else can be
// said in them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pt::model {

/// What a column is. A column without a role (`none`) is never released.
enum class Role : std::uint8_t {
  none,
  person,            ///< tells one person from another; never released
  identifier,        ///< name, number, address, ...: never released, used to prove that none leaks
  quasi_identifier,  ///< demographics an attacker may know
  event_type,
  event_time,
  outcome,
  location,        ///< where the event happened
  detail,          ///< further attribute of the event
  sensitive,       ///< never released; its diversity inside a persona is measured
  related_person,  ///< another person's key
  weight,          ///< sampling weight of the person
  ignore           ///< left out on purpose; not reported as forgotten
};

/// What the values of a column mean, where the role alone does not say.
enum class Kind : std::uint8_t {
  none,
  age,         ///< in years
  birth_date,  ///< date or timestamp
  birth_year,
  gender,
  ethnicity,
  geography,
  socio_economic,
  category,  ///< few values from a list
  number,
  text,  ///< free text: never released
  date
};

/// A role with its kind: the meaning of one label.
struct ColumnRole {
  Role role = Role::none;
  Kind kind = Kind::none;
  friend bool operator==(const ColumnRole&, const ColumnRole&) = default;
};

/// The word of a role ("quasi-identifier"); empty for none.
[[nodiscard]] std::string_view word(Role role);
/// The word of a kind ("birth date"); empty for none.
[[nodiscard]] std::string_view word(Kind kind);

/// Every role that can be said, in the order of the documentation.
[[nodiscard]] std::span<const Role> all_roles();

/// The label of a role and kind: "quasi-identifier: age", "outcome"; empty for no role.
[[nodiscard]] std::string label_text(ColumnRole column);

/// Reads a role word. Case, and spaces, underscores or hyphens between words, do not matter;
/// "indirect identifier" is a synonym of "quasi-identifier". Throws 22023 for anything else.
[[nodiscard]] Role parse_role(std::string_view text);

/// Reads a kind word for `role`. Throws 22023 for an unknown kind, or one that `role` cannot have.
[[nodiscard]] Kind parse_kind(Role role, std::string_view text);

/// Reads a label, "role" or "role: kind". Throws 22023.
[[nodiscard]] ColumnRole parse_label(std::string_view text);

}  // namespace pt::model
