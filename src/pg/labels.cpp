#include "pg/labels.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "pg/boundary.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "catalog/pg_class_d.h"
#include "commands/seclabel.h"
}

namespace pt::pg {

namespace {

constexpr std::array<std::string_view, 12> kRoles = {
    "person",   "identifier", "quasi-identifier", "event type",     "event time", "outcome",
    "location", "detail",     "sensitive",        "related person", "weight",     "ignore"};
constexpr std::array<std::string_view, 11> kKinds = {
    "age",      "birth date", "birth year", "gender", "ethnicity", "geography", "socio-economic",
    "category", "number",     "text",       "date"};

std::string normalized(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// Hook of the server: accepts a label or raises an error.
void check_label(const ObjectAddress* object, const char* label) {
  boundary([object, label] {
    if (label == nullptr) return;  // removal
    if (object->classId != RelationRelationId || object->objectSubId == 0)
      throw Error(sqlstate::kWrongObjectType, "personatwin labels belong on columns", {},
                  "SECURITY LABEL FOR personatwin ON COLUMN table.column IS 'quasi-identifier'");
    std::string_view const text(label);
    std::size_t const colon = text.find(':');
    std::string const role = normalized(text.substr(0, colon));
    bool valid = std::ranges::find(kRoles, role) != kRoles.end();
    if (valid && colon != std::string_view::npos)
      valid = std::ranges::find(kKinds, normalized(text.substr(colon + 1))) != kKinds.end();
    if (!valid) {
      std::string roles;
      for (std::string_view const r : kRoles) roles += (roles.empty() ? "" : ", ") + std::string(r);
      throw invalid_parameter(
          "invalid personatwin label \"" + std::string(text) + "\"", "Roles are " + roles + ".",
          "A kind may follow the role after a colon, as in 'quasi-identifier: age'.");
    }
  });
}

}  // namespace

void register_label_provider() { ::register_label_provider("personatwin", check_label); }

}  // namespace pt::pg
