// Detection of identifiers and of what is known of the person: demographics, weight, sensitive.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/model/detect_state.hpp"

namespace pt::model::detection {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& term) {
  return std::find(list.begin(), list.end(), term) != list.end();
}

Kind kind_of_sensitive(const ColumnProfile& column) {
  if (is_number(column.type) && column.distinct > 50) return Kind::number;
  if (column.type == TypeClass::document) return Kind::text;
  return column.type == TypeClass::text && is_free_text(column) ? Kind::text : Kind::category;
}

void find_identifier_by_values(State& state, std::size_t c) {
  const ColumnProfile& column = state.column(c);
  if (column.email_like >= 0.3)
    state.give(c, Role::identifier, Kind::none, 0.95, "its values look like e-mail addresses");
  else if (column.ssn_like >= 0.3)
    state.give(c, Role::identifier, Kind::none, 0.95,
               "its values look like social security numbers");
  else if (column.phone_like >= 0.5)
    state.give(c, Role::identifier, Kind::none, 0.9, "its values look like telephone numbers");
  else if (column.name_like >= 0.3 && is_nearly_unique(column))
    state.give(c, Role::identifier, Kind::none, 0.8, "its values look like names of people");
  else if (column.id_like >= 0.8 && is_nearly_unique(column))
    state.give(c, Role::identifier, Kind::none, 0.8,
               "nearly every row has a code of its own in it");
}

void find_declared_sensitive(State& state, std::size_t c) {
  const Domain* domain = state.options.domain;
  if (domain == nullptr || !contains(domain->sensitive_fields, normal_term(state.column(c).name)))
    return;
  state.give(c, Role::sensitive, kind_of_sensitive(state.column(c)), 0.9,
             "a sensitive field of the domain " + domain->name);
}

/// Rows, but nothing in them.
bool is_void(const ColumnProfile& column) { return column.rows > 0 && column.values() == 0; }

// ---------------------------------------------------------------- age

/// How good a column that has values is as the one age.
double full_age_score(const State& state, std::size_t c) {
  const ColumnProfile& column = state.column(c);
  const double varies = state.level(c) == Level::event ? 1.5 : 0;
  switch (state.hints[c].topic) {
    case Topic::age:
      if (is_number(column.type)) return 4 - 0.1 * state.hints[c].rank - varies;
      return column.type == TypeClass::text && is_category(column) ? 1.1 - 0.1 * varies : 0;
    case Topic::birth_date:
      return is_time(column.type) ? 3.5 - varies : 0;
    case Topic::birth_year:
      return is_number(column.type) ? 3 - varies : 0;
    case Topic::age_band:
      return column.type == TypeClass::text || is_number(column.type) ? 1 - 0.1 * varies : 0;
    default:
      return 0;
  }
}

/// How good a column is as the one age: more is better, 0 = unfit.
double age_score(const State& state, std::size_t c) {
  const double score = full_age_score(state, c);
  return is_void(state.column(c)) ? score / 100 : score;
}

Kind age_kind(const State& state, std::size_t c) {
  switch (state.hints[c].topic) {
    case Topic::age:
      return is_number(state.column(c).type) ? Kind::age : Kind::category;
    case Topic::birth_date:
      return Kind::birth_date;
    case Topic::birth_year:
      return Kind::birth_year;
    default:
      return Kind::category;
  }
}

bool is_about_age(const State& state, std::size_t c) {
  const Topic topic = state.hints[c].topic;
  return topic == Topic::age || topic == Topic::birth_date || topic == Topic::birth_year ||
         topic == Topic::age_band;
}

void find_age(State& state) {
  std::optional<std::size_t> best;
  const bool given = state.has_kind(Kind::age) || state.has_kind(Kind::birth_date) ||
                     state.has_kind(Kind::birth_year);
  for (std::size_t c = 0; c < state.size() && !given; ++c)
    if (state.open[c] && age_score(state, c) > 0 &&
        (!best || age_score(state, c) > age_score(state, *best)))
      best = c;
  if (best) {
    const bool varies = state.level(*best) == Level::event;
    state.give(*best, Role::quasi_identifier, age_kind(state, *best), varies ? 0.8 : 0.95,
               varies ? "named like an age; it differs between rows of one person"
                      : "named like an age or a birth date");
  }
  for (std::size_t c = 0; c < state.size(); ++c) {
    if (!state.open[c] || !is_about_age(state, c)) continue;
    if (best || given)
      state.leave(c, 0.9,
                  "says the age again" + (best ? ", beside " + state.name(*best) : std::string()) +
                      "; one column of age is enough");
    else
      state.leave(c, 0.6, "named like an age or a birth date, but its type holds neither");
  }
}

// ---------------------------------------------------------------- gender and ethnicity

struct Label {
  Topic topic;
  Kind kind;
  std::string_view what;
  double ColumnProfile::*words;
};

bool can_be_label(const ColumnProfile& column) {
  if (column.type != TypeClass::text && column.type != TypeClass::integer &&
      column.type != TypeClass::boolean)
    return false;
  return column.values() < 20 || column.distinct <= 60;
}

/// Columns with values first, then by name.
std::pair<bool, int> label_order(const State& state, std::size_t c) {
  return {is_void(state.column(c)), state.hints[c].rank};
}

std::optional<std::size_t> best_label(const State& state, const Label& label) {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < state.size(); ++c) {
    if (!state.open[c] || state.hints[c].topic != label.topic || !can_be_label(state.column(c)))
      continue;
    if (!best || label_order(state, c) < label_order(state, *best)) best = c;
  }
  if (best && !is_void(state.column(*best))) return best;
  for (std::size_t c = 0; c < state.size(); ++c)
    if (state.open[c] && state.hints[c].topic == Topic::unknown && state.level(c) != Level::event &&
        state.column(c).*label.words >= 0.95 && state.column(c).distinct >= 2 &&
        state.column(c).distinct <= 12)
      return c;
  return best;
}

/// Further columns with the topic of `label`: left out where they repeat the one in use.
void settle_repeats(State& state, const Label& label, std::optional<std::size_t> best) {
  const std::string what(label.what);
  for (std::size_t c = 0; c < state.size(); ++c) {
    if (!state.open[c] || state.hints[c].topic != label.topic) continue;
    if (!can_be_label(state.column(c))) {
      state.leave(c, 0.6, "named like a " + what + ", but its type or its many values don't fit");
      continue;
    }
    const std::size_t other = best.value_or(c);
    if (other == c || label.topic == Topic::gender || state.relation.is_determined(other, c) ||
        state.relation.is_determined(c, other))
      state.leave(c, 0.8, "another column of " + what + " is in use");
    else
      state.give(
          c, Role::quasi_identifier, Kind::category, 0.7,
          "a second column of " + what + " that says something else than " + state.name(other));
  }
}

void find_label(State& state, const Label& label) {
  std::optional<std::size_t> best;
  if (!state.has_kind(label.kind)) best = best_label(state, label);
  if (best) {
    const bool named = state.hints[*best].topic == label.topic;
    const std::string what(label.what);
    state.give(*best, Role::quasi_identifier, label.kind, named ? 0.95 : 0.7,
               named ? "named like a " + what : "its values are words for " + what);
  }
  settle_repeats(state, label, best);
}

// ---------------------------------------------------------------- geography

int wanted_area(const Domain* domain) {
  if (domain == nullptr || domain->geography == "county") return area::kCounty;
  if (domain->geography == "address") return 0;
  if (domain->geography == "city") return area::kCity;
  if (domain->geography == "state") return area::kState;
  return area::kCountry;
}

bool is_area(const State& state, std::size_t c) {
  const ColumnProfile& column = state.column(c);
  return state.open[c] && state.hints[c].topic == Topic::geography &&
         state.level(c) != Level::event &&
         (column.type == TypeClass::text || column.type == TypeClass::integer) &&
         column.prose_like < 0.3;
}

/// The area to release: the smallest one not below what the domain wants, else the largest below.
std::optional<std::size_t> base_area(const State& state, int wanted) {
  std::optional<std::size_t> best;
  const auto better = [&](std::size_t a, std::size_t b) {
    const int ra = state.hints[a].rank;
    const int rb = state.hints[b].rank;
    if ((ra >= wanted) != (rb >= wanted)) return ra >= wanted;
    if (ra != rb) return ra >= wanted ? ra < rb : ra > rb;
    const bool ta = state.column(a).type == TypeClass::text;
    return ta && state.column(b).type != TypeClass::text;
  };
  for (std::size_t c = 0; c < state.size(); ++c)
    if (is_area(state, c) && (!best || better(c, *best))) best = c;
  return best;
}

void find_geography(State& state) {
  if (state.has_kind(Kind::geography)) {
    for (std::size_t c = 0; c < state.size(); ++c)
      if (is_area(state, c)) state.leave(c, 0.7, "the geography of people is given already");
    return;
  }
  const auto base = base_area(state, wanted_area(state.options.domain));
  if (!base) return;
  state.give(*base, Role::quasi_identifier, Kind::geography, 0.9,
             "named like a place of residence");
  for (std::size_t c = 0; c < state.size(); ++c) {
    if (!is_area(state, c)) continue;
    const bool coarser = state.hints[c].rank > state.hints[*base].rank;
    if (!coarser)
      state.leave(c, 0.8,
                  state.hints[c].rank == state.hints[*base].rank
                      ? "says the same place as " + state.name(*base)
                      : "a smaller area than " + state.name(*base) + ", which is precise enough");
    else if (state.relation.is_determined(*base, c) || state.column(c).rows == 0)
      state.give(c, Role::quasi_identifier, Kind::geography, 0.85,
                 "the larger area around " + state.name(*base));
    else
      state.leave(c, 0.7, "a place that does not contain whole areas of " + state.name(*base));
  }
}

// ---------------------------------------------------------------- the rest

/// A socio-economic column in use whose values stand for those of `c` one by one.
std::optional<std::size_t> same_as(const State& state, std::size_t c) {
  for (std::size_t other = 0; other < c; ++other)
    if (state.verdicts[other].role.kind == Kind::socio_economic &&
        state.relation.is_determined(other, c) && state.relation.is_determined(c, other))
      return other;
  return std::nullopt;
}

void find_socio_economic(State& state) {
  for (std::size_t c = 0; c < state.size(); ++c) {
    if (!state.open[c] || state.hints[c].topic != Topic::socio_economic) continue;
    if (state.level(c) == Level::event) continue;
    if (state.options.content == Content::events && state.level(c) != Level::person) continue;
    const ColumnProfile& column = state.column(c);
    if (is_time(column.type) || column.type == TypeClass::document) continue;
    if (const auto other = same_as(state, c))
      state.leave(c, 0.8, "says the same as " + state.name(*other));
    else if (column.values() >= 20 && column.distinct > 50)
      state.leave(c, 0.7, "named like a socio-economic figure, but in too many different values");
    else
      state.give(c, Role::quasi_identifier, Kind::socio_economic, 0.8,
                 "named like a socio-economic attribute of the person");
  }
}

void find_weight(State& state) {
  for (std::size_t c = 0; c < state.size(); ++c)
    if (state.open[c] && state.hints[c].topic == Topic::weight && !state.has(Role::weight) &&
        is_number(state.column(c).type))
      state.give(c, Role::weight, Kind::none, 0.9, "named like a sampling weight");
}

bool can_be_identifier(TypeClass type) { return type != TypeClass::boolean && !is_time(type); }

}  // namespace

void find_identifiers(State& state) {
  for (std::size_t c = 0; c < state.size(); ++c) {
    if (!state.open[c]) continue;
    const NameHint& hint = state.hints[c];
    const TypeClass type = state.column(c).type;
    if (hint.topic == Topic::identifier && can_be_identifier(type))
      state.give(c, Role::identifier, Kind::none, hint.strength,
                 "named like a name, a number or an address of somebody");
    else if (hint.topic == Topic::person && (hint.rank < 100 || !is_category(state.column(c))))
      state.give(c, Role::identifier, Kind::none, 0.8, "a further key of a person");
    else if (hint.topic == Topic::related_person && can_be_identifier(type))
      state.give(c, Role::related_person, Kind::none, 0.85, "named like the key of another person");
    else if (type == TypeClass::network)
      state.give(c, Role::identifier, Kind::none, 0.9, "a network address");
    if (state.open[c]) find_declared_sensitive(state, c);
    if (state.open[c] && hint.topic == Topic::row_key && type != TypeClass::boolean &&
        !is_time(type))
      state.give(c, Role::identifier, Kind::none, 0.8, "named like the key of a record");
    if (state.open[c] && type == TypeClass::text) find_identifier_by_values(state, c);
    if (state.open[c] && type == TypeClass::uuid)
      state.give(c, Role::identifier, Kind::none, 0.8, "holds universally unique identifiers");
    if (state.open[c] && hint.topic == Topic::about_another)
      state.leave(c, 0.8, "says something about another person");
    if (state.open[c] && hint.topic == Topic::sensitive && !is_time(type))
      state.give(c, Role::sensitive, kind_of_sensitive(state.column(c)), 0.75,
                 "named like a sensitive attribute");
  }
}

void find_demographics(State& state) {
  find_weight(state);
  find_label(state, {Topic::gender, Kind::gender, "gender", &ColumnProfile::gender_words});
  find_label(state, {Topic::ethnicity, Kind::ethnicity, "race or ethnicity",
                     &ColumnProfile::ethnicity_words});
  find_age(state);
  find_geography(state);
  find_socio_economic(state);
}

}  // namespace pt::model::detection
