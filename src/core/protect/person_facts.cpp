#include "core/protect/person_facts.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "core/protect/recidivism.hpp"

namespace pt::protect {
namespace {

using model::EventPart;
using model::EventWord;
using model::Period;

constexpr std::size_t kMostTypes = 40, kMostOutcomes = 8;
constexpr std::uint32_t kMostUnits = 24;
constexpr double kWithinGrid = 0.99;  ///< of people; the others are in the last unit

/// Number of a period in the row of all periods of its length.
std::int64_t ordinal_of(std::int32_t day, Period period) {
  const std::int32_t start = model::period_start(day, period);
  constexpr std::int64_t kMonths = 12;
  if (period == Period::day) return start;
  if (period == Period::week) return (start + std::int64_t{5}) / 7;  // 2000-01-03 is a Monday
  const model::Civil date = model::civil_from_day(start);
  const std::int64_t month = date.year * kMonths + date.month - 1;
  switch (period) {
    case Period::quarter:
      return month / 3;
    case Period::half_year:
      return month / 6;
    case Period::year:
      return date.year;
    default:
      return month;
  }
}

std::uint32_t number_of(const std::string& label, std::map<std::string, std::uint32_t>& numbers,
                        std::vector<std::string>& labels) {
  const auto [entry, fresh] = numbers.emplace(label, static_cast<std::uint32_t>(labels.size()));
  if (fresh) labels.push_back(label);
  return entry->second;
}

}  // namespace

std::optional<std::size_t> released_column(const model::Population& population,
                                           const Released& released, EventPart part) {
  for (std::size_t c = 0; c < released.columns().size(); ++c)
    if (population.event_parts[released.columns()[c]] == part) return c;
  return std::nullopt;
}

std::vector<Means> released_meanings(const model::Population& population, const Released& released,
                                     const std::vector<bool>& reoffence) {
  std::vector<bool> some(released.combos(), false), all(released.combos(), true);
  for (std::uint32_t i = 0; i < population.n_combos; ++i) {
    const std::uint32_t combo = released.combo(i);
    if (reoffence[i])
      some[combo] = true;
    else
      all[combo] = false;
  }
  std::vector<Means> out;
  for (std::uint32_t i = 0; i < released.combos(); ++i)
    out.push_back(!some[i] ? Means::never : all[i] ? Means::always : Means::perhaps);
  return out;
}

PersonFacts::PersonFacts(Host& host, const model::Population& population, const Options& options,
                         const Protected& result)
    : population_(population),
      options_(options),
      released_(population, result.setting),
      period_(result.setting.period),
      facets_(kFirstType) {
  facets_[kLife].categories = 2;
  if (population.event_width() == 0 || population.n_combos == 0) return;
  read_vocabulary();
  count_people(host, result);
}

void PersonFacts::read_vocabulary() {
  const auto reoffence = reoffence_combinations(population_, options_.vocabulary);
  has_reoffence_ = reoffence.has_value();
  if (reoffence) reoffence_ = *reoffence;
  reoffence_.resize(population_.n_combos, false);
  life_.reoffence = std::find(reoffence_.begin(), reoffence_.end(), true) != reoffence_.end();
  reoffence_released_ = released_meanings(population_, released_, reoffence_);
  const auto type = released_column(population_, released_, EventPart::type);
  const auto outcome = released_column(population_, released_, EventPart::outcome);
  std::map<std::string, std::uint32_t> type_numbers, outcome_numbers;
  std::vector<std::optional<std::uint32_t>> outcome_numbers_of;
  for (std::uint32_t i = 0; i < released_.combos(); ++i) {
    const auto t = type ? released_.value(i, *type) : std::nullopt;
    const auto o = outcome ? released_.value(i, *outcome) : std::nullopt;
    type_of_.push_back(t ? std::optional(number_of(*t, type_numbers, types_)) : std::nullopt);
    // A value of that name joins what has none, or two rows of a table would have one name.
    outcome_numbers_of.push_back(o && *o != kOutcomeNotKnown
                                     ? std::optional(number_of(*o, outcome_numbers, outcomes_))
                                     : std::nullopt);
  }
  outcomes_.clear();
  std::vector<std::uint32_t> place(outcome_numbers.size());
  for (const auto& [label, number] : outcome_numbers) {
    place[number] = static_cast<std::uint32_t>(outcomes_.size());
    outcomes_.push_back(label);
  }
  const auto unknown = static_cast<std::uint32_t>(outcomes_.size());
  for (const auto& o : outcome_numbers_of) outcome_of_.push_back(o ? place[*o] : unknown);
  facet_of_.assign(types_.size(), 0);
  category_of_.assign(types_.size(), std::vector<std::uint32_t>(outcomes_.size() + 1, 1));
  if (period_ == Period::none) return;
  last_ordinal_ = std::numeric_limits<std::int64_t>::min();
  for (const std::int32_t day : population_.days) {
    ordinal_.push_back(day == model::kNoDay ? 0 : ordinal_of(day, period_));
    if (day != model::kNoDay) last_ordinal_ = std::max(last_ordinal_, ordinal_.back());
  }
}

/// People by event type and the outcome of their first event of it, and how long life tables last.
void PersonFacts::count_people(Host& host, const Protected& result) {
  std::vector<std::vector<std::uint64_t>> people(
      types_.size(), std::vector<std::uint64_t>(outcomes_.size() + 1, 0));
  std::map<std::int64_t, std::uint64_t> durations;
  std::uint64_t seen = 0;
  for (std::uint32_t p = 0; p < population_.size(); ++p) {
    if ((p & 0x3FFF) == 0) host.progress("counting people", p, population_.size());
    if (result.persona_of[p] == Protected::kSuppressed) continue;
    find_firsts(p);
    for (const First& first : firsts_) ++people[first.type][outcome_of_[first.combo]];
    const Life life = life_of(p);
    if (!life.seen) continue;
    ++durations[life.periods];
    ++seen;
  }
  make_facets(people);
  if (seen == 0) return;
  life_.exists = true;
  std::uint64_t within = 0;
  std::int64_t longest = 0;
  for (const auto& [periods, n] : durations) {
    if (static_cast<double>(within) >= kWithinGrid * static_cast<double>(seen)) break;
    within += n;
    longest = periods;
  }
  life_.unit = static_cast<std::uint32_t>(longest / kMostUnits) + 1;
  life_.units = static_cast<std::uint32_t>(longest) / life_.unit + 1;
}

void PersonFacts::make_facets(const std::vector<std::vector<std::uint64_t>>& people) {
  std::vector<std::uint64_t> total;
  for (const auto& of_type : people)
    total.push_back(std::accumulate(of_type.begin(), of_type.end(), std::uint64_t{0}));
  std::vector<std::uint32_t> order(types_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return total[a] != total[b] ? total[a] > total[b] : types_[a] < types_[b];
  });
  for (const std::uint32_t t : order) {
    if (facets_.size() - kFirstType >= kMostTypes || total[t] < options_.min_size) break;
    facet_of_[t] = static_cast<std::uint32_t>(facets_.size());
    Facet facet;
    facet.type = types_[t];
    pool_outcomes(facet, t, people[t]);
    facets_.push_back(std::move(facet));
  }
}

/// Outcomes of few people become one category, over all groups alike.
void PersonFacts::pool_outcomes(Facet& facet, std::uint32_t type,
                                const std::vector<std::uint64_t>& people) {
  const auto total = std::accumulate(people.begin(), people.end(), std::uint64_t{0});
  const std::uint64_t enough =
      std::max<std::uint64_t>(2 * std::uint64_t{options_.min_size}, total / 50);
  std::vector<std::uint32_t> kept;
  std::uint64_t pooled = 0;
  for (std::uint32_t o = 0; o < people.size(); ++o)
    if (o < outcomes_.size() && outcomes_[o] == kOtherOutcomes)
      pooled += people[o];  // the source's own word for them
    else if (people[o] > 0)
      kept.push_back(o);
  const auto label = [&](std::uint32_t o) {
    return o < outcomes_.size() ? outcomes_[o] : std::string(kOutcomeNotKnown);
  };
  std::sort(kept.begin(), kept.end(), [&](std::uint32_t a, std::uint32_t b) {
    return people[a] != people[b] ? people[a] > people[b] : label(a) < label(b);
  });
  while (!kept.empty() && (people[kept.back()] < enough || kept.size() > kMostOutcomes ||
                           (pooled > 0 && pooled < enough))) {
    pooled += people[kept.back()];
    kept.pop_back();
  }
  if (kept.size() + (pooled > 0 ? 1 : 0) < 2) return;
  const auto other = static_cast<std::uint32_t>(kept.size()) + 1;
  for (std::uint32_t& category : category_of_[type]) category = other;
  for (std::uint32_t k = 0; k < kept.size(); ++k) {
    category_of_[type][kept[k]] = k + 1;
    facet.outcomes.push_back(label(kept[k]));
  }
  if (pooled > 0) facet.outcomes.emplace_back(kOtherOutcomes);
  facet.categories = static_cast<std::uint32_t>(facet.outcomes.size());
}

void PersonFacts::find_firsts(std::uint32_t person) {
  firsts_.clear();
  for (const std::uint64_t w : population_.events_of(person)) {
    const std::uint32_t combo = released_.combo(EventWord::combo(w));
    if (!type_of_[combo]) continue;
    const std::uint32_t day = EventWord::day(w);
    const std::uint64_t unknown = population_.days[day] == model::kNoDay ? 1 : 0;
    const First found{*type_of_[combo], combo,
                      unknown << 62 | std::uint64_t{day} << 32 | outcome_of_[combo]};
    const auto same = std::find_if(firsts_.begin(), firsts_.end(),
                                   [&](const First& f) { return f.type == found.type; });
    if (same == firsts_.end())
      firsts_.push_back(found);
    else if (found.key < same->key)
      *same = found;
  }
}

PersonFacts::Life PersonFacts::life_of(std::uint32_t person) const {
  Life life;
  if (period_ == Period::none) return life;
  constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t first = kNever, next = kNever;
  for (const std::uint64_t w : population_.events_of(person))
    if (population_.days[EventWord::day(w)] != model::kNoDay)
      first = std::min(first, EventWord::day(w));
  if (first == kNever) return life;
  for (const std::uint64_t w : population_.events_of(person))
    if (EventWord::day(w) > first && (!life_.reoffence || reoffence_[EventWord::combo(w)]))
      next = std::min(next, EventWord::day(w));
  life.seen = true;
  life.event = next != kNever;
  life.periods = (life.event ? ordinal_[next] : last_ordinal_) - ordinal_[first];
  return life;
}

const PersonFacts::Person& PersonFacts::of(std::uint32_t person) {
  person_.in.clear();
  person_.unit = 0;
  const auto events = population_.events_of(person);
  if (std::any_of(events.begin(), events.end(),
                  [&](std::uint64_t w) { return reoffence_[EventWord::combo(w)]; }))
    person_.in.emplace_back(kReoffence, 1);
  if (life_.exists) {
    const Life life = life_of(person);
    if (life.seen) {
      person_.in.emplace_back(kLife, life.event ? 1 : 2);
      person_.unit = static_cast<std::uint32_t>(
          std::min<std::int64_t>(life.periods / life_.unit, life_.units - 1));
    }
  }
  if (events.empty()) return person_;
  find_firsts(person);
  for (const First& first : firsts_)
    if (const auto fact = of_combo(first.combo)) person_.in.push_back(*fact);
  std::sort(person_.in.begin(), person_.in.end());
  return person_;
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> PersonFacts::of_combo(
    std::uint32_t released) const {
  const auto type = type_of_[released];
  if (!type || facet_of_[*type] == 0 || facet_of_[*type] >= facets_.size()) return std::nullopt;
  return std::pair(facet_of_[*type], category_of_[*type][outcome_of_[released]]);
}

}  // namespace pt::protect
