// Detection of what belongs to the event: type, time, outcome, location and details.
#include <algorithm>
#include <cmath>

#include "core/model/detect_state.hpp"

namespace pt::model::detection {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& term) {
  return std::find(list.begin(), list.end(), term) != list.end();
}

double event_vocabulary(const State& state, std::size_t c) {
  if (state.options.domain == nullptr) return 0;
  return fit(*state.options.domain, state.column(c).terms).rows;
}

double outcome_vocabulary(const State& state, std::size_t c) {
  const Domain* domain = state.options.domain;
  if (domain == nullptr) return 0;
  double rows = 0;
  double known = 0;
  for (const auto& term : state.column(c).terms) {
    rows += term.rows;
    if (domain->knows_outcome(term.term)) known += term.rows;
  }
  return rows > 0 ? known / rows : 0;
}

bool nobody_repeats(const State& state) {
  return state.options.content == Content::any && state.relation.repeated_people == 0 &&
         state.relation.people > 1;
}

/// 0: can't be the event type.
double event_type_score(const State& state, std::size_t c) {
  const ColumnProfile& column = state.column(c);
  if (column.type != TypeClass::text && column.type != TypeClass::integer) return 0;
  const double named = state.hints[c].topic == Topic::event_type ? state.hints[c].strength : 0;
  const double vocabulary = event_vocabulary(state, c);
  if (named >= 1) return 2 + vocabulary;
  if (column.values() >= 20 && column.distinct > 500) return 0;
  if (vocabulary < 0.6 && (nobody_repeats(state) || named < 0.5)) return 0;
  if (state.level(c) == Level::person && named < 0.7) return 0;
  return named + vocabulary;
}

void find_event_type(State& state) {
  if (state.has(Role::event_type)) return;
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < state.size(); ++c)
    if (state.open[c] && event_type_score(state, c) > 0 &&
        (!best || event_type_score(state, c) > event_type_score(state, *best)))
      best = c;
  if (!best) return;
  const bool named = state.hints[*best].topic == Topic::event_type;
  const bool known = event_vocabulary(state, *best) >= 0.5;
  std::string why = named ? "named like an event type" : "";
  if (known)
    why += std::string(named ? ", and most" : "most") + " of its values are event types of " +
           state.options.domain->name;
  state.give(*best, Role::event_type, Kind::none, named && known ? 0.99 : 0.8, why);
}

/// Negative: can't be the event time.
double event_time_score(const State& state, std::size_t c) {
  const ColumnProfile& column = state.column(c);
  if (!is_time(column.type)) return -1;
  double score = 0.3;
  switch (state.hints[c].topic) {
    case Topic::event_time:
      score = state.hints[c].strength;
      break;
    case Topic::record_time:
      score = 0.1;
      break;
    case Topic::birth_date:
    case Topic::about_another:
      return -1;
    default:
      break;
  }
  const bool sure = score >= 1;
  if (state.level(c) == Level::event) score += 0.5;
  if (state.level(c) == Level::person) score -= sure ? 0.3 : 1;
  if (column.rows > 0 && column.nulls * 2 > column.rows) score -= 0.3;
  return score;
}

void find_event_time(State& state) {
  std::optional<std::size_t> best;
  if (!state.has(Role::event_time))
    for (std::size_t c = 0; c < state.size(); ++c)
      if (state.open[c] && event_time_score(state, c) >= 0.1 &&
          (!best || event_time_score(state, c) > event_time_score(state, *best)))
        best = c;
  if (best)
    state.give(*best, Role::event_time, Kind::none, std::min(0.99, event_time_score(state, *best)),
               state.level(*best) == Level::event
                   ? "a date or time that differs between the events of a person"
                   : "named like the time of an event");
  for (std::size_t c = 0; c < state.size(); ++c) {
    if (!state.open[c]) continue;
    if (is_time(state.column(c).type))
      state.leave(c, 0.8,
                  state.level(c) == Level::person
                      ? "a date that is the same in all rows of a person"
                      : "a further date; a second date would point at people");
    else if (state.column(c).date_like >= 0.9)
      state.leave(c, 0.8,
                  "dates written as text; give the column a date type to use it as event time");
  }
}

double outcome_score(const State& state, std::size_t c) {
  const ColumnProfile& column = state.column(c);
  if (column.type != TypeClass::text && column.type != TypeClass::integer &&
      column.type != TypeClass::boolean)
    return 0;
  if (column.values() >= 20 && (column.distinct > 200 || is_free_text(column))) return 0;
  const double named = state.hints[c].topic == Topic::outcome
                           ? state.hints[c].strength - 0.01 * state.hints[c].rank
                           : 0;
  const double vocabulary = outcome_vocabulary(state, c);
  if (state.level(c) == Level::person && named < 0.6) return 0;
  if (named < 0.5 && vocabulary < 0.6) return 0;
  return named + 0.5 * vocabulary;
}

void find_outcome(State& state) {
  if (state.has(Role::outcome)) return;
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < state.size(); ++c)
    if (state.open[c] && outcome_score(state, c) > 0 &&
        (!best || outcome_score(state, c) > outcome_score(state, *best)))
      best = c;
  if (!best) return;
  const bool named = state.hints[*best].topic == Topic::outcome;
  state.give(*best, Role::outcome, Kind::none, named ? 0.9 : 0.75,
             named ? "named like an outcome"
                   : "most of its values are outcomes of " + state.options.domain->name);
}

bool is_event_place(const State& state, std::size_t c) {
  const ColumnProfile& column = state.column(c);
  if (!state.open[c] || (column.type != TypeClass::text && column.type != TypeClass::integer))
    return false;
  const Topic topic = state.hints[c].topic;
  if (topic != Topic::event_place && !(topic == Topic::geography && state.level(c) == Level::event))
    return false;
  if (state.level(c) == Level::person || is_free_text(column)) return false;
  return column.values() < 20 || column.distinct <= 500;
}

void find_location(State& state) {
  if (state.has(Role::location)) return;
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < state.size(); ++c)
    if (is_event_place(state, c) && (!best || state.hints[c].rank < state.hints[*best].rank))
      best = c;
  if (best)
    state.give(*best, Role::location,
               state.hints[*best].topic == Topic::geography ? Kind::geography : Kind::category,
               0.75, "named like the place of an event");
}

// ---------------------------------------------------------------- details

void find_text_detail(State& state, std::size_t c, bool wanted) {
  const ColumnProfile& column = state.column(c);
  if (state.hints[c].topic == Topic::prose)
    state.give(c, Role::detail, Kind::text, 0.9, "named like notes; free text is not released");
  else if (column.name_like >= 0.3)
    state.give(c, Role::detail, Kind::text, 0.7,
               "looks like names of people, and is not released for that");
  else if (is_category(column) && !is_free_text(column))
    state.give(c, Role::detail, Kind::category, wanted ? 0.95 : 0.8,
               wanted ? "a field that analyses of the domain want" : "few values, of the event");
  else
    state.give(c, Role::detail, Kind::text, 0.8,
               "text of the event in too many different values; not released");
}

void find_number_detail(State& state, std::size_t c, bool wanted) {
  const ColumnProfile& column = state.column(c);
  if (!wanted && column.type == TypeClass::integer && is_nearly_unique(column))
    state.give(c, Role::identifier, Kind::none, 0.7,
               "nearly every row has a number of its own in it");
  else if (column.type == TypeClass::integer && is_category(column))
    state.give(c, Role::detail, Kind::category, wanted ? 0.95 : 0.75, "few numbers, of the event");
  else
    state.give(c, Role::detail, Kind::number, wanted ? 0.95 : 0.7, "a number of the event");
}

void find_detail(State& state, std::size_t c) {
  const ColumnProfile& column = state.column(c);
  const Domain* domain = state.options.domain;
  const bool wanted =
      domain != nullptr && contains(domain->preserve_fields, normal_term(column.name));
  if (column.type == TypeClass::document)
    return state.give(c, Role::detail, Kind::text, 0.8,
                      "a document or list; not looked into and not released");
  if (column.type == TypeClass::other) return;
  if (!wanted && state.level(c) == Level::person)
    return state.leave(c, 0.7,
                       "the same in all rows of a person, and no known attribute of people");
  if (!wanted && state.level(c) == Level::unknown && state.options.content == Content::any)
    return state.leave(c, 0.5,
                       state.relation.person
                           ? "nobody has two rows, so it can't be told whether it is of the event"
                           : "the person isn't known, so it can't be told whether it is of the "
                             "event");
  if (column.rows > 0 && column.values() == 0) return state.leave(c, 0.9, "it has no values");
  switch (column.type) {
    case TypeClass::boolean:
      return state.give(c, Role::detail, Kind::category, 0.8, "yes or no, of the event");
    case TypeClass::text:
      return find_text_detail(state, c, wanted);
    case TypeClass::integer:
    case TypeClass::real:
      return find_number_detail(state, c, wanted);
    default:
      return;
  }
}

}  // namespace

void find_event_columns(State& state) {
  if (state.options.content == Content::people) return;
  find_event_type(state);
  if (state.options.content == Content::any && !state.has(Role::event_type)) return;
  find_event_time(state);
  find_outcome(state);
  find_location(state);
}

void find_details(State& state) {
  if (state.options.content == Content::people || !state.has(Role::event_type)) return;
  for (std::size_t c = 0; c < state.size(); ++c)
    if (state.open[c]) find_detail(state, c);
}

}  // namespace pt::model::detection
