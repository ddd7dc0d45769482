#include "pg/plan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "pg/datum.hpp"
#include "pg/reader.hpp"

extern "C" {
#include "catalog/pg_type.h"
}

namespace pt::pg {
namespace {

using model::EventPart;
using model::Kind;
using model::Meaning;
using model::Role;
using model::Scale;

Meaning meaning_of(Kind kind) {
  switch (kind) {
    case Kind::age:
    case Kind::birth_date:
    case Kind::birth_year:
      return Meaning::age;
    case Kind::gender:
      return Meaning::gender;
    case Kind::ethnicity:
      return Meaning::ethnicity;
    case Kind::geography:
      return Meaning::geography;
    default:
      return Meaning::other;
  }
}

/// Ages first, then birth dates, then birth years.
int age_preference(Kind kind) {
  if (kind == Kind::age) return 0;
  return kind == Kind::birth_date ? 1 : 2;
}

Scale scale_of(const Column& column) {
  switch (column.kind) {
    case Kind::age:
    case Kind::birth_date:
    case Kind::birth_year:
    case Kind::number:
      return Scale::ordered;
    case Kind::none:
    case Kind::socio_economic:
    case Kind::date:
      return is_number_type(column.type) || is_date_type(column.type) ? Scale::ordered
                                                                      : Scale::nominal;
    default:
      return Scale::nominal;
  }
}

std::string skip(const Column& column, std::string_view why) {
  return "\"" + column.name + "\": " + std::string(why);
}

void choose_people(const Relation& relation, const std::vector<std::string>& levels, Plan& plan) {
  std::vector<Column> ages, places, chosen;
  bool gender = false, ethnicity = false;
  for (const Column& column : relation.columns) {
    if (column.role == Role::sensitive) plan.sensitive.push_back(column);
    if (column.role == Role::weight) {
      if (plan.weight)
        plan.skipped.push_back(skip(column, "\"" + plan.weight->name + "\" is the weight"));
      else
        plan.weight = column;
    }
    if (column.role != Role::quasi_identifier) continue;
    if (column.kind == Kind::text) {
      plan.skipped.push_back(skip(column, "free text is never released"));
      continue;
    }
    Meaning const meaning = meaning_of(column.kind);
    if (meaning == Meaning::age) ages.push_back(column);
    if (meaning == Meaning::geography) places.push_back(column);
    if (meaning == Meaning::other) chosen.push_back(column);
    if (meaning == Meaning::gender || meaning == Meaning::ethnicity) {
      bool& taken = meaning == Meaning::gender ? gender : ethnicity;
      if (taken)
        plan.skipped.push_back(skip(column, "another column has the same kind"));
      else
        chosen.push_back(column);
      taken = true;
    }
  }
  std::stable_sort(ages.begin(), ages.end(), [](const Column& a, const Column& b) {
    return age_preference(a.kind) < age_preference(b.kind);
  });
  // Description::geography_levels says which is the smallest area.
  const auto rank = [&levels](const Column& column) {
    return std::find(levels.begin(), levels.end(), column.name);
  };
  std::stable_sort(places.begin(), places.end(),
                   [&](const Column& a, const Column& b) { return rank(a) < rank(b); });
  for (std::size_t i = 1; i < ages.size(); ++i)
    plan.skipped.push_back(skip(ages[i], "the age is taken from \"" + ages[0].name + "\""));
  if (!ages.empty()) chosen.push_back(ages[0]);
  if (!places.empty()) {
    chosen.push_back(places[0]);
    plan.coarser_geography.assign(places.begin() + 1, places.end());
  }
  std::sort(chosen.begin(), chosen.end(), [](const Column& a, const Column& b) {
    return std::tuple(meaning_of(a.kind), a.name) < std::tuple(meaning_of(b.kind), b.name);
  });
  std::sort(plan.sensitive.begin(), plan.sensitive.end(),
            [](const Column& a, const Column& b) { return a.name < b.name; });
  plan.people = std::move(chosen);
  for (const Column& column : plan.people)
    plan.schema.people.push_back(
        {column.name, meaning_of(column.kind), scale_of(column),
         column.kind == Kind::age ? model::Reconcile::largest : model::Reconcile::most_frequent});
  for (const Column& column : plan.sensitive) plan.schema.sensitive.push_back(column.name);
}

std::optional<EventPart> part_of(Role role) {
  switch (role) {
    case Role::event_type:
      return EventPart::type;
    case Role::outcome:
      return EventPart::outcome;
    case Role::location:
      return EventPart::location;
    case Role::detail:
      return EventPart::detail;
    default:
      return std::nullopt;
  }
}

void choose_events(const Description& description, Plan& plan) {
  bool type = false;
  for (const Column& column : description.source.columns) {
    if (description.people && (column.role == Role::quasi_identifier ||
                               column.role == Role::sensitive || column.role == Role::weight))
      plan.skipped.push_back(
          skip(column, "what is about people is read from " + description.people->sql_name));
    if (column.role == Role::event_time) {
      if (plan.time)
        plan.skipped.push_back(skip(column, "\"" + plan.time->name + "\" is the event time"));
      else
        plan.time = column;
    }
    std::optional<EventPart> part = part_of(column.role);
    if (!part) continue;
    if (column.kind == Kind::text) {
      plan.skipped.push_back(skip(column, "free text is never released"));
      continue;
    }
    if (part == EventPart::type && std::exchange(type, true)) part = EventPart::detail;
    plan.events.push_back({column, *part});
  }
  std::sort(plan.events.begin(), plan.events.end(),
            [](const EncodedColumn& a, const EncodedColumn& b) {
              return std::tuple(a.part, a.column.name) < std::tuple(b.part, b.column.name);
            });
  for (const EncodedColumn& event : plan.events)
    plan.schema.events.push_back({event.column.name, event.part});
}

}  // namespace

bool is_number_type(Oid type) {
  switch (Layout(type).type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
      return true;
    default:
      return false;
  }
}

bool is_date_type(Oid type) {
  Oid const base = Layout(type).type;
  return base == DATEOID || base == TIMESTAMPOID || base == TIMESTAMPTZOID;
}

std::optional<std::size_t> Plan::geography() const {
  for (std::size_t i = 0; i < schema.people.size(); ++i)
    if (schema.people[i].meaning == Meaning::geography) return i;
  return std::nullopt;
}

std::string Plan::fingerprint(const model::Prf& prf, const model::Hash128& rows) const {
  std::string text;
  const auto add = [&text](std::string_view kind, const Column& column) {
    text += kind;
    text += '\0';
    text += column.name;
    text += '\0';
    text += model::label_text({column.role, column.kind});
    text += '\0';
  };
  for (const Column& column : people) add("person", column);
  for (const Column& column : sensitive) add("sensitive", column);
  for (const Column& column : coarser_geography) add("geography", column);
  if (weight) add("weight", *weight);
  for (const EncodedColumn& event : events) add("event", event.column);
  if (time) add("time", *time);
  text += std::to_string(rows.hi) + "," + std::to_string(rows.lo);
  model::Hash128 const hash = prf.derive("fingerprint").hash(text);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (std::uint64_t const half : {hash.hi, hash.lo})
    for (int shift = 60; shift >= 0; shift -= 4) hex += kDigits[(half >> shift) & 0xFU];
  return hex;
}

Plan make_plan(const Description& description) {
  Plan plan;
  choose_people(Plan::person_relation(description), description.geography_levels, plan);
  if (description.shape != Shape::people_only) choose_events(description, plan);
  return plan;
}

}  // namespace pt::pg
