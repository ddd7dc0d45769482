#include "core/model/role.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/error.hpp"

namespace pt::model {
namespace {

struct RoleWord {
  Role role;
  std::string_view word;
};

struct KindWord {
  Kind kind;
  std::string_view word;
};

constexpr std::array kRoleWords{
    RoleWord{Role::person, "person"},
    RoleWord{Role::identifier, "identifier"},
    RoleWord{Role::quasi_identifier, "quasi-identifier"},
    RoleWord{Role::event_type, "event type"},
    RoleWord{Role::event_time, "event time"},
    RoleWord{Role::outcome, "outcome"},
    RoleWord{Role::location, "location"},
    RoleWord{Role::detail, "detail"},
    RoleWord{Role::sensitive, "sensitive"},
    RoleWord{Role::related_person, "related person"},
    RoleWord{Role::weight, "weight"},
    RoleWord{Role::ignore, "ignore"},
};

constexpr std::array kRoles{Role::person,         Role::identifier, Role::quasi_identifier,
                            Role::event_type,     Role::event_time, Role::outcome,
                            Role::location,       Role::detail,     Role::sensitive,
                            Role::related_person, Role::weight,     Role::ignore};

constexpr std::array kKindWords{
    KindWord{Kind::age, "age"},
    KindWord{Kind::birth_date, "birth date"},
    KindWord{Kind::birth_year, "birth year"},
    KindWord{Kind::gender, "gender"},
    KindWord{Kind::ethnicity, "ethnicity"},
    KindWord{Kind::geography, "geography"},
    KindWord{Kind::socio_economic, "socio-economic"},
    KindWord{Kind::category, "category"},
    KindWord{Kind::number, "number"},
    KindWord{Kind::text, "text"},
    KindWord{Kind::date, "date"},
};

constexpr std::array kQuasiKinds{
    Kind::age,       Kind::birth_date,     Kind::birth_year, Kind::gender, Kind::ethnicity,
    Kind::geography, Kind::socio_economic, Kind::category,   Kind::number, Kind::date};
constexpr std::array kDetailKinds{Kind::category, Kind::number, Kind::text, Kind::date};
constexpr std::array kSensitiveKinds{Kind::category, Kind::number, Kind::text};
constexpr std::array kLocationKinds{Kind::geography, Kind::category, Kind::text};

std::span<const Kind> kinds_of(Role role) {
  switch (role) {
    case Role::quasi_identifier:
      return kQuasiKinds;
    case Role::detail:
      return kDetailKinds;
    case Role::sensitive:
      return kSensitiveKinds;
    case Role::location:
      return kLocationKinds;
    default:
      return {};
  }
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Lower case, the usual separators as one space, none at the ends.
std::string normal(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_space(c) || c == '_' || c == '-') {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else {
      out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// What was said, short enough for a message and cut between characters.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return "\"" + std::string(text) + "\"";
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return "\"" + std::string(text.substr(0, end)) + "...\"";
}

std::string list_of_roles() {
  std::string list;
  for (const auto& entry : kRoleWords) {
    if (!list.empty()) list += ", ";
    list += entry.word;
  }
  return list;
}

std::string list_of_kinds(std::span<const Kind> kinds) {
  std::string list;
  for (const Kind kind : kinds) {
    if (!list.empty()) list += ", ";
    list += word(kind);
  }
  return list;
}

}  // namespace

std::string_view word(Role role) {
  for (const auto& entry : kRoleWords)
    if (entry.role == role) return entry.word;
  return {};
}

std::string_view word(Kind kind) {
  for (const auto& entry : kKindWords)
    if (entry.kind == kind) return entry.word;
  return {};
}

std::span<const Role> all_roles() { return kRoles; }

std::string label_text(ColumnRole column) {
  std::string text{word(column.role)};
  if (column.role != Role::none && column.kind != Kind::none) {
    text += ": ";
    text += word(column.kind);
  }
  return text;
}

Role parse_role(std::string_view text) {
  const std::string wanted = normal(text);
  if (wanted == "indirect identifier") return Role::quasi_identifier;
  for (const auto& entry : kRoleWords)
    if (normal(entry.word) == wanted) return entry.role;
  throw invalid_parameter(quoted(text) + " is not a role", {},
                          "Roles are " + list_of_roles() + ".");
}

Kind parse_kind(Role role, std::string_view text) {
  const std::string wanted = normal(text);
  const auto kinds = kinds_of(role);
  for (const Kind kind : kinds)
    if (normal(word(kind)) == wanted) return kind;
  const std::string role_word{word(role)};
  if (kinds.empty())
    throw invalid_parameter("the role " + role_word + " takes no kind",
                            "Found " + quoted(text) + ".");
  throw invalid_parameter(quoted(text) + " is not a kind of " + role_word, {},
                          "Kinds of " + role_word + " are " + list_of_kinds(kinds) + ".");
}

ColumnRole parse_label(std::string_view text) {
  const std::size_t colon = text.find(':');
  ColumnRole column{parse_role(text.substr(0, colon)), Kind::none};
  if (colon != std::string_view::npos)
    column.kind = parse_kind(column.role, text.substr(colon + 1));
  return column;
}

}  // namespace pt::model
