// Which column tells people apart.
#include <cmath>

#include "core/model/detect_state.hpp"

namespace pt::model {
namespace {

bool can_be_key(const ColumnProfile& column) {
  switch (column.type) {
    case TypeClass::text:
    case TypeClass::integer:
    case TypeClass::uuid:
      return column.rows == 0 || column.nulls * 2 < column.rows;
    case TypeClass::real:  // numeric without decimals is a usual type of keys
      return column.rows == 0 || column.nulls * 2 < column.rows;
    default:
      return false;
  }
}

std::optional<std::size_t> best_named(const RelationProfile& relation,
                                      const std::vector<NameHint>& hints) {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < hints.size(); ++c) {
    if (hints[c].topic != Topic::person || !can_be_key(relation.columns[c])) continue;
    if (!best || hints[c].rank < hints[*best].rank) best = c;
  }
  return best;
}

bool is_unique(const ColumnProfile& column) {
  return column.rows > 0 && column.nulls == 0 && detection::is_nearly_unique(column);
}

/// In a table of people: a column named id, or the first key of all.
std::optional<std::size_t> key_of_people(const RelationProfile& relation,
                                         const std::vector<NameHint>& hints) {
  for (std::size_t c = 0; c < hints.size(); ++c)
    if (words_of(relation.columns[c].name) == std::vector<std::string>{"id"} &&
        can_be_key(relation.columns[c]))
      return c;
  for (std::size_t c = 0; c < hints.size(); ++c)
    if (hints[c].topic == Topic::row_key && can_be_key(relation.columns[c]) &&
        is_unique(relation.columns[c]))
      return c;
  return std::nullopt;
}

/// A number of one's own that happens to be all there is: MRN, SSN.
std::optional<std::size_t> personal_number(const RelationProfile& relation) {
  for (std::size_t c = 0; c < relation.columns.size(); ++c) {
    const auto words = words_of(relation.columns[c].name);
    for (const auto& word : words)
      if ((word == "mrn" || word == "ssn" || word == "nino") && can_be_key(relation.columns[c]))
        return c;
  }
  return std::nullopt;
}

/// Names that speak of people and of no event.
bool names_are_of_people(const std::vector<NameHint>& hints) {
  bool demographic = false;
  for (const auto& hint : hints) {
    if (hint.topic == Topic::event_type || hint.topic == Topic::event_time) return false;
    if (hint.topic == Topic::gender || hint.topic == Topic::age || hint.topic == Topic::ethnicity ||
        hint.topic == Topic::birth_date || hint.topic == Topic::birth_year)
      demographic = true;
  }
  return demographic;
}

}  // namespace

std::optional<std::size_t> find_person(const RelationProfile& relation, Content content,
                                       std::span<const ColumnRole> fixed) {
  for (std::size_t c = 0; c < fixed.size(); ++c)
    if (fixed[c].role == Role::person) return c;
  std::vector<NameHint> hints;
  for (std::size_t c = 0; c < relation.columns.size(); ++c) {
    const bool is_free = fixed.empty() || fixed[c].role == Role::none;
    hints.push_back(is_free ? read_name(relation.columns[c].name) : NameHint{});
  }
  if (const auto found = best_named(relation, hints)) return found;
  if (content == Content::people || (content == Content::any && names_are_of_people(hints)))
    if (const auto found = key_of_people(relation, hints)) return found;
  return personal_number(relation);
}

bool person_is_contradicted(const RelationProfile& relation) {
  if (!relation.person || relation.repeated_people < 5) return false;
  for (const auto& column : relation.columns) {
    const NameHint hint = read_name(column.name);
    const bool is_fixed = hint.topic == Topic::gender || hint.topic == Topic::ethnicity ||
                          hint.topic == Topic::birth_date || hint.topic == Topic::birth_year;
    if (is_fixed && hint.strength >= 0.9 && column.person_constant < 0.5) return true;
  }
  return false;
}

}  // namespace pt::model
