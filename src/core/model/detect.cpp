#include "core/model/detect.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/model/detect_names.hpp"
#include "core/model/detect_state.hpp"

namespace pt::model {
namespace detection {

bool is_time(TypeClass type) { return type == TypeClass::date || type == TypeClass::timestamp; }

bool is_number(TypeClass type) { return type == TypeClass::integer || type == TypeClass::real; }

bool is_nearly_unique(const ColumnProfile& column) {
  return column.values() >= 20 &&
         static_cast<double>(column.distinct) >= 0.85 * static_cast<double>(column.values());
}

bool is_free_text(const ColumnProfile& column) {
  return column.prose_like >= 0.2 || column.mean_length > 60 || column.name_like >= 0.3;
}

bool is_category(const ColumnProfile& column) {
  const std::uint64_t values = column.values();
  if (column.rows == 0) return false;
  if (values >= 1000) return column.distinct <= 50;
  return column.distinct <= std::max<std::uint64_t>(2, std::min<std::uint64_t>(50, values / 4));
}

State::State(const RelationProfile& given, const DetectOptions& wanted)
    : relation(given),
      options(wanted),
      verdicts(given.columns.size()),
      open(given.columns.size(), true) {
  for (std::size_t c = 0; c < size(); ++c) {
    hints.push_back(read_name(column(c).name));
    if (options.fixed.empty() || options.fixed[c].role == Role::none) continue;
    ColumnRole role = options.fixed[c];
    if (role.kind == Kind::none)
      role.kind = natural_kind(role.role, column(c).name, column(c).type);
    give(c, role.role, role.kind, 1, "set by hand");
  }
}

Level State::level(std::size_t c) const {
  if (options.content == Content::people) return Level::person;
  const double share = column(c).person_constant;
  if (std::isnan(share)) return Level::unknown;
  return share >= 0.98 ? Level::person : Level::event;
}

bool State::has(Role role) const {
  return std::any_of(verdicts.begin(), verdicts.end(),
                     [&](const Verdict& verdict) { return verdict.role.role == role; });
}

bool State::has_kind(Kind kind) const {
  if (std::find(options.provided.begin(), options.provided.end(), kind) != options.provided.end())
    return true;
  return std::any_of(verdicts.begin(), verdicts.end(), [&](const Verdict& verdict) {
    return verdict.role.role == Role::quasi_identifier && verdict.role.kind == kind;
  });
}

void State::give(std::size_t c, Role role, Kind kind, double confidence, std::string why) {
  verdicts[c] = {{role, kind}, confidence, std::move(why)};
  open[c] = false;
}

void State::leave(std::size_t c, double confidence, std::string why) {
  give(c, Role::none, Kind::none, confidence, std::move(why));
}

}  // namespace detection

std::vector<std::size_t> columns_to_watch(
    std::span<const std::pair<std::string, TypeClass>> columns) {
  std::vector<std::size_t> watched;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const Topic topic = read_name(columns[c].first).topic;
    if (topic == Topic::geography || topic == Topic::ethnicity || topic == Topic::socio_economic)
      watched.push_back(c);
  }
  return watched;
}

std::vector<Verdict> detect(const RelationProfile& relation, const DetectOptions& options) {
  detection::State state(relation, options);
  if (relation.person && state.open[*relation.person])
    state.give(*relation.person, Role::person, Kind::none, 0.95, "tells one person from another");
  detection::find_identifiers(state);
  detection::find_demographics(state);
  detection::find_event_columns(state);
  detection::find_details(state);
  for (std::size_t c = 0; c < state.size(); ++c) {
    if (!state.open[c]) continue;
    if (state.column(c).rows > 0 && state.column(c).values() == 0)
      state.leave(c, 0.9, "it has no values");
    else
      state.leave(c, 0.5, "not recognised, and what isn't recognised stays out");
  }
  return state.verdicts;
}

const Domain* recognise_domain(std::span<const Domain> domains, const RelationProfile& relation) {
  const Domain* best = nullptr;
  double best_score = 0;
  for (const auto& column : relation.columns) {
    const Domain* found = recognise(domains, column.terms);
    if (found == nullptr) continue;
    const DomainFit how = fit(*found, column.terms);
    if (how.rows + how.terms <= best_score) continue;
    best = found;
    best_score = how.rows + how.terms;
  }
  return best;
}

Kind natural_kind(Role role, const std::string& name, TypeClass type) {
  if (role == Role::detail || role == Role::sensitive) {
    if (type == TypeClass::document) return Kind::text;
    if (detection::is_number(type)) return Kind::number;
    return detection::is_time(type) && role == Role::detail ? Kind::date : Kind::category;
  }
  if (role == Role::location) return Kind::geography;
  if (role != Role::quasi_identifier) return Kind::none;
  switch (read_name(name).topic) {
    case Topic::gender:
      return Kind::gender;
    case Topic::ethnicity:
      return Kind::ethnicity;
    case Topic::geography:
      return Kind::geography;
    case Topic::socio_economic:
      return Kind::socio_economic;
    case Topic::age:
      if (detection::is_number(type)) return Kind::age;
      break;
    case Topic::birth_date:
      if (detection::is_time(type)) return Kind::birth_date;
      break;
    case Topic::birth_year:
      if (detection::is_number(type)) return Kind::birth_year;
      break;
    default:
      break;
  }
  if (detection::is_number(type)) return Kind::number;
  return detection::is_time(type) ? Kind::date : Kind::category;
}

std::vector<std::size_t> order_areas(std::span<const std::string> names) {
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto size_of = [&](std::size_t c) {
    const NameHint hint = read_name(names[c]);
    return hint.topic == Topic::geography ? hint.rank : area::kUnspecified;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return size_of(a) < size_of(b); });
  return order;
}

}  // namespace pt::model
