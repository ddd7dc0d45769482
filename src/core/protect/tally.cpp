#include "core/protect/tally.hpp"

#include <algorithm>

namespace pt::protect {
namespace {

/// Counters of all units together, at most: 16 MB.
constexpr std::size_t kMostCounters = std::size_t{4} << 20;

}  // namespace

void EventBounds::add(std::uint64_t people, std::uint64_t low_of, std::uint64_t high_of,
                      std::uint64_t least) {
  const std::uint64_t gap_of = people - high_of;
  low += low_of;
  high += high_of;
  gap = std::min(gap, gap_of);
  small_gap = small_gap || (gap_of > 0 && gap_of < least);
  open = open || (low_of == 0 && high_of > 0);
}

void EventBounds::add(const EventBounds& other) {
  low += other.low;
  high += other.high;
  gap = std::min(gap, other.gap);
  small_gap = small_gap || other.small_gap;
  open = open || other.open;
}

bool EventBounds::keeps(std::uint64_t n, std::uint64_t least) const {
  if (n == 0) return true;
  if (n > high) return false;
  const std::uint64_t spare = high - n;
  // As many people as events allow: each persona has as many as its events, known or not.
  if (spare == 0) return !open && !small_gap;
  if (n < low + least - (open ? 0 : 1)) return false;  // those with it, from above
  if (open && spare < least - 1) return false;         // those with it, from below
  return spare >= least || gap + spare >= least;       // those without
}

Tally::Tally(Host& host, const model::Population& population, const Protected& result,
             PersonFacts& facts, const std::vector<Block>& units, std::uint64_t least)
    : facts_(facts), life_units_(facts.life().units) {
  for (const Facet& facet : facts.facets()) {
    first_.push_back(static_cast<std::uint32_t>(figures_));
    figures_ += facet.categories;
  }
  std::size_t facets = facts.facets().size();
  for (std::uint32_t x = 1; x < facets; ++x) {
    const std::size_t before = crosses_;
    for (std::uint32_t y = 0; y < x; ++y) {
      offset_.push_back(crosses_);
      crosses_ += std::size_t{facts.facets()[x].categories} * facts.facets()[y].categories;
    }
    if (units.size() * crosses_ <= kMostCounters || x <= kFirstType) continue;
    facts.keep(x);
    facets = x;
    crosses_ = before;
  }
  in_reoffence_.assign(facets, true);
  std::vector<std::uint32_t> unit_of_class(result.classes.size());
  for (std::uint32_t u = 0; u < units.size(); ++u)
    for (const std::uint32_t c : units[u]) unit_of_class[c] = u;
  people_.resize(units.size());
  single_.resize(units.size() * figures_);
  cross_.resize(units.size() * crosses_);
  life_.resize(units.size() * 2 * life_units_);
  bounds_.resize(units.size() * (figures_ + first_.size()));
  count(host, population, result, unit_of_class);
  bound(result, unit_of_class, least);
}

bool Tally::both_reoffence(std::uint32_t x, std::uint32_t y) const {
  return x >= kFirstType && y >= kFirstType && in_reoffence_[x] && in_reoffence_[y];
}

std::size_t Tally::pairs(std::uint32_t facet) const {
  std::size_t earlier = 0;
  for (std::uint32_t y = 0; y < facet; ++y) earlier += facts_.facets()[y].categories;
  return earlier * facts_.facets()[facet].categories;
}

void Tally::add_pairs(std::uint32_t unit, std::uint32_t facet, std::span<std::uint64_t> to) const {
  if (to.empty()) return;
  const std::uint32_t* const from = &cross_[unit * crosses_ + offset_[pair(facet, 0)]];
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

void Tally::count(Host& host, const model::Population& population, const Protected& result,
                  const std::vector<std::uint32_t>& unit_of_class) {
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    if ((p & 0x3FFF) == 0) host.progress("counting people", p, population.size());
    if (result.persona_of[p] == Protected::kSuppressed) continue;
    const std::size_t unit = unit_of_class[result.personas[result.persona_of[p]].class_no];
    const PersonFacts::Person& person = facts_.of(p);
    ++people_[unit];
    const bool reoffends = !person.in.empty() && person.in.front().first == kReoffence;
    for (std::size_t i = 0; i < person.in.size(); ++i) {
      const auto [x, cx] = person.in[i];
      ++single_[unit * figures_ + first_[x] + cx - 1];
      if (!reoffends) in_reoffence_[x] = false;
      if (x == kLife) ++life_[(unit * 2 + cx - 1) * life_units_ + person.unit];
      for (std::size_t j = 0; j < i; ++j) {
        const auto [y, cy] = person.in[j];
        ++cross_[unit * crosses_ + offset_[pair(x, y)] +
                 std::size_t{cx - 1} * facts_.facets()[y].categories + cy - 1];
      }
    }
  }
}

/// What the events of each persona tell. The life table: nobody, up to everybody with an event that
/// may end it.
void Tally::bound(const Protected& result, const std::vector<std::uint32_t>& unit_of_class,
                  std::uint64_t least) {
  const std::size_t width = figures_ + first_.size();
  std::vector<std::uint64_t> events(width);
  for (const PersonaRow& persona : result.personas) {
    std::fill(events.begin(), events.end(), 0);
    bool reoffends = false;
    for (std::uint64_t e = persona.event_begin; e < persona.event_end; ++e) {
      const EventRow row = result.event(e);
      if (facts_.may_end_life(row.combo)) events[first_[kLife] + kLife] += row.weight;
      const auto reoffence = facts_.means_reoffence(row.combo);
      if (reoffence != Means::never) events[first_[kReoffence]] += row.weight;
      reoffends = reoffends || reoffence == Means::always;
      const auto fact = facts_.of_combo(row.combo);
      if (!fact) continue;
      events[first_[fact->first] + fact->first] += row.weight;
      events[first_[fact->first] + fact->first + fact->second] += row.weight;
    }
    EventBounds* const bounds = &bounds_[unit_of_class[persona.class_no] * width];
    const auto high = [&](std::size_t at) {
      return std::min<std::uint64_t>(events[at], persona.people);
    };
    if (events[first_[kReoffence]] > 0)
      bounds[first_[kReoffence]].add(persona.people, reoffends ? 1 : 0, high(first_[kReoffence]),
                                     least);
    const std::size_t life = first_[kLife] + kLife;
    bounds[life].add(persona.people, 0, high(life), least);
    for (std::uint32_t f = kFirstType; f < facts_.facets().size(); ++f) {
      const std::size_t any = first_[f] + f;
      if (events[any] == 0) continue;
      bounds[any].add(persona.people, 1, high(any), least);
      for (std::uint32_t c = 1; c <= facts_.facets()[f].categories; ++c)
        bounds[any + c].add(persona.people, events[any + c] == events[any] ? 1 : 0, high(any + c),
                            least);
    }
  }
}

bool Cross::has_empty_cell() const {
  std::vector<bool> used(columns_, false);
  for (std::size_t i = 0; i < cells_.size(); ++i)
    if (cells_[i] > 0) used[i % columns_] = true;
  for (auto row = cells_.begin(); row != cells_.end();
       row += static_cast<std::ptrdiff_t>(columns_)) {
    const auto end = row + static_cast<std::ptrdiff_t>(columns_);
    if (std::all_of(row, end, [](std::uint64_t n) { return n == 0; })) continue;
    for (std::size_t j = 0; j < columns_; ++j)
      if (row[static_cast<std::ptrdiff_t>(j)] == 0 && used[j]) return true;
  }
  return false;
}

}  // namespace pt::protect
