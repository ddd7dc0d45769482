#include "core/protect/posterior.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "core/model/period.hpp"

namespace pt::noise {

using model::EventWord;
using model::kNoDay;

namespace {

Numbering numbering_of(const protect::Released& released, const model::Population& population) {
  Numbering out{{}, released.period_starts(), released.combos()};
  for (std::uint32_t c = 0; c < population.n_combos; ++c) out.combo_of.push_back(released.combo(c));
  return out;
}

std::int32_t start_of(std::int32_t day, model::Period period) {
  return day == kNoDay || period == model::Period::none ? kNoDay : model::period_start(day, period);
}

}  // namespace

Posterior::Posterior(Host& host, const model::Population& population, const Mechanism& mechanism,
                     const protect::Released& released, model::Period period)
    : Posterior(host, population, mechanism, numbering_of(released, population), period) {}

Posterior::Posterior(Host& host, const model::Population& population, const Mechanism& mechanism,
                     Numbering numbering, model::Period period)
    : host_(host),
      population_(population),
      mechanism_(mechanism),
      numbering_(std::move(numbering)),
      period_(period) {
  room_of_combo_.resize(numbering_.combos);
  opened_.resize(numbering_.combos, 0);
  for (const std::int32_t day : population.days)
    period_of_day_.push_back(slot_index(start_of(day, period)));
}

void Posterior::set_class(std::span<const risk::PersonaEvents> pooled,
                          std::span<const std::uint32_t> sizes) {
  sizes_.assign(sizes.begin(), sizes.end());
  held_.assign(sizes.size(), {});
  for (const risk::PersonaEvents& e : pooled) held_[e.persona].push_back({e.code, e.count});
}

std::uint32_t Posterior::held(std::uint32_t persona, std::uint64_t code) const {
  const auto& list = held_[persona];
  const auto it = std::lower_bound(list.begin(), list.end(), code,
                                   [](const Held& h, std::uint64_t c) { return h.code < c; });
  return it != list.end() && it->code == code ? it->count : 0;
}

std::int64_t Posterior::slot_index(std::int32_t start) const {
  const auto& starts = numbering_.period_starts;
  const auto it = std::lower_bound(starts.begin(), starts.end(), start);
  return it != starts.end() && *it == start ? it - starts.begin() : -1;
}

void Posterior::add_choices(const NoisyEvent& event, std::size_t& unknown) {
  const std::uint32_t shown = EventWord::combo(event.shown);
  const auto begin = static_cast<std::uint32_t>(choices_.size());
  const auto alternatives = mechanism_.alternatives(shown);
  if (alternatives.size() > 1 && unknown < kMostUnknown) {
    for (const Mechanism::Alternative& a : alternatives) {
      const double p = mechanism_.outcome_probability(shown, event.outcome, a.outcome);
      const std::uint32_t combo = numbering_.combo_of[a.combo];
      const auto same = std::find_if(choices_.begin() + begin, choices_.end(),
                                     [combo](const Choice& c) { return c.combo == combo; });
      if (same != choices_.end())
        same->probability += p;
      else
        choices_.push_back({combo, p});
    }
    if (choices_.size() - begin > 1) ++unknown;
  } else {
    // Told, or without alternatives: outcomes that nobody shows leave less than 1.
    const bool told = alternatives.size() > 1;
    const double p =
        alternatives.empty() || told
            ? 1
            : mechanism_.outcome_probability(shown, event.outcome, alternatives.front().outcome);
    choices_.push_back({numbering_.combo_of[shown], p});
  }
  known_.push_back({begin, static_cast<std::uint32_t>(choices_.size())});
}

void Posterior::place_as_shown(std::span<const NoisyEvent> events) {
  told_dates_ = true;
  std::size_t count = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::int64_t index = period_of_day_[EventWord::day(events[i].shown)];
    if (slots_.empty() || slots_.back().index != index) slots_.push_back({index, 0, {1}});
    slots_.back().low = ++count;
  }
}

/// Slots of the dated events; each may lie on either side of one boundary at most.
void Posterior::place_dates(std::span<const NoisyEvent> events) {
  const JitterRule& rule = mechanism_.jitter_rule();
  std::size_t undated = 0;
  while (undated < events.size() && events[undated].day == kNoDay) ++undated;
  std::vector<std::int32_t> starts;
  for (std::size_t i = undated; i < events.size(); ++i) {
    const auto reach = static_cast<std::int32_t>(rule.reach(events[i].day));
    const std::int32_t from = model::period_start(events[i].day - reach, period_);
    const std::int32_t to = model::period_start(events[i].day + reach, period_);
    starts.push_back(from);
    if (to == from) continue;
    if (model::period_end(from, period_) != to) {
      place_as_shown(events);
      return;
    }
    starts.push_back(to);
  }
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  if (undated > 0) slots_.push_back({slot_index(kNoDay), undated, {1}});
  for (const std::int32_t start : starts) {
    const std::int32_t last = model::period_end(start, period_) - 1;
    Slot slot{slot_index(start), undated, {1}};
    for (std::size_t i = undated; i < events.size(); ++i) {
      const double p = rule.not_after(events[i].day, last);
      if (p >= 1) {
        ++slot.low;
      } else if (p > 0) {  // one more term of the Poisson binomial distribution
        slot.upto.push_back(0);
        for (std::size_t n = slot.upto.size() - 1; n > 0; --n)
          slot.upto[n] = slot.upto[n] * (1 - p) + slot.upto[n - 1] * p;
        slot.upto[0] *= 1 - p;
      }
    }
    slots_.push_back(std::move(slot));
  }
}

void Posterior::describe(std::uint32_t person) {
  if (person == person_) return;
  person_ = person;
  told_dates_ = false;
  known_.clear();
  choices_.clear();
  slots_.clear();
  std::size_t unknown = 0;
  const auto events = mechanism_.events_of(person);
  for (const NoisyEvent& event : events) add_choices(event, unknown);
  if (period_ == model::Period::none || mechanism_.options().jitter_days == 0)
    place_as_shown(events);
  else
    place_dates(events);
}

/// The room for events of a combination in one period of a persona.
std::uint32_t Posterior::room_for(std::uint32_t persona, std::int64_t period, std::uint32_t combo) {
  if (opened_[combo] != now_open_) {
    opened_[combo] = now_open_;
    room_of_combo_[combo] = static_cast<std::uint32_t>(left_.size());
    left_.push_back(held(persona, static_cast<std::uint64_t>(period) * numbering_.combos + combo));
  }
  return room_of_combo_[combo];
}

/// P(the events whose outcome is not known fit into what is left): room by room, over the sets of
/// events that have found a place. O(rooms x 3^events); there are kMostUnknown events at most.
double Posterior::place_unknown(std::size_t from, std::size_t to) {
  std::array<const Known*, kMostUnknown> unknown{};
  std::size_t events = 0;
  for (std::size_t i = from; i < to; ++i)
    if (!known_[i].fixed()) unknown[events++] = &known_[i];
  chances_.assign(left_.size() * events, 0);
  for (std::size_t e = 0; e < events; ++e)
    for (std::uint32_t c = unknown[e]->begin; c < unknown[e]->end; ++c)
      chances_[room_of_combo_[choices_[c].combo] * events + e] += choices_[c].probability;
  std::array<double, 1U << kMostUnknown> placed{}, together{};
  placed[0] = together[0] = 1;
  const std::uint32_t all = (1U << events) - 1;
  for (std::size_t room = 0; room < left_.size(); ++room) {
    if (left_[room] == 0) continue;
    const double* const chance = chances_.data() + room * events;
    for (std::uint32_t set = 1; set <= all; ++set)
      together[set] = static_cast<std::uint32_t>(std::popcount(set)) > left_[room]
                          ? 0
                          : together[set & (set - 1)] * chance[std::countr_zero(set)];
    // Sets in descending order: what a sum is made of has not seen this room yet.
    for (std::uint32_t set = all; set > 0; --set)
      for (std::uint32_t here = set; here > 0; here = (here - 1) & set)
        placed[set] += placed[set ^ here] * together[here];
  }
  return placed[all];
}

/// P(events from..to-1 fit into a persona's events of one period).
double Posterior::fit_run(std::uint32_t persona, std::int64_t period, std::size_t from,
                          std::size_t to) {
  if (from == to) return 1;
  if (period < 0) return 0;
  left_.clear();
  ++now_open_;
  double probability = 1;
  bool open = false;
  for (std::size_t i = from; i < to; ++i) {
    if (!known_[i].fixed()) {
      open = true;
      continue;
    }
    const Choice& choice = choices_[known_[i].begin];
    std::uint32_t& left = left_[room_for(persona, period, choice.combo)];
    if (left == 0) return 0;
    --left;
    probability *= choice.probability;
  }
  if (!open) return probability;
  for (std::size_t i = from; i < to; ++i)
    if (!known_[i].fixed())
      for (std::uint32_t c = known_[i].begin; c < known_[i].end; ++c)
        room_for(persona, period, choices_[c].combo);
  return probability * place_unknown(from, to);
}

/// L: the chain over the numbers of events up to the end of each slot.
double Posterior::fit(std::uint32_t persona) {
  std::size_t low = 0;
  now_.assign(1, 1);
  for (const Slot& slot : slots_) {
    next_.assign(slot.upto.size(), 0);
    double all = 0;
    for (std::size_t b = 0; b < slot.upto.size(); ++b) {
      const std::size_t to = slot.low + b;
      for (std::size_t a = 0; a < now_.size() && low + a <= to; ++a)
        if (now_[a] > 0) next_[b] += now_[a] * fit_run(persona, slot.index, low + a, to);
      next_[b] *= slot.upto[b];
      all += next_[b];
    }
    if (all <= 0) return 0;
    now_.swap(next_);
    low = slot.low;
  }
  double sum = 0;
  for (const double p : now_) sum += p;
  return sum;
}

Posterior::Belief Posterior::believe(std::uint32_t person, std::uint32_t own) {
  describe(person);
  Belief belief{0, 0, 0, 0};
  for (std::uint32_t p = 0; p < sizes_.size(); ++p) {
    host_.poll();
    const double likelihood = fit(p);
    if (likelihood > belief.highest) belief.likeliest = 0;
    belief.highest = std::max(belief.highest, likelihood);
    if (likelihood == belief.highest) belief.likeliest += sizes_[p];
    if (p == own)
      belief.own = likelihood;
    else
      belief.others += likelihood * sizes_[p];
  }
  return belief;
}

/// Where the person's events come to lie in a world with other dice.
void Posterior::draw_periods(std::span<const NoisyEvent> events,
                             const std::function<std::uint64_t()>& bits) {
  drawn_periods_.clear();
  if (told_dates_) {
    for (const NoisyEvent& event : events)
      drawn_periods_.push_back(period_of_day_[EventWord::day(event.shown)]);
    return;
  }
  moved_.clear();
  for (const NoisyEvent& event : events) {
    if (event.day == kNoDay) {
      drawn_periods_.push_back(slot_index(kNoDay));
      continue;
    }
    const auto reach = static_cast<std::int32_t>(mechanism_.jitter_rule().reach(event.day));
    const auto ways = 2 * static_cast<std::uint64_t>(reach) + 1;
    moved_.push_back(event.day - reach + static_cast<std::int32_t>(below(bits(), ways)));
  }
  std::sort(moved_.begin(), moved_.end());
  for (const std::int32_t day : moved_)
    drawn_periods_.push_back(slot_index(start_of(day, period_)));
}

bool Posterior::perturb(std::uint32_t person, const std::function<std::uint64_t()>& bits,
                        std::vector<std::uint64_t>& codes) {
  describe(person);
  draw_periods(mechanism_.events_of(person), bits);
  codes.clear();
  for (std::size_t i = 0; i < known_.size(); ++i) {
    double left =
        known_[i].fixed() && choices_[known_[i].begin].probability >= 1 ? 0 : unit(bits());
    std::uint32_t c = known_[i].begin;
    for (; c < known_[i].end; ++c) {
      if (left < choices_[c].probability) break;
      left -= choices_[c].probability;
    }
    if (c == known_[i].end || drawn_periods_[i] < 0) return false;
    codes.push_back(static_cast<std::uint64_t>(drawn_periods_[i]) * numbering_.combos +
                    choices_[c].combo);
  }
  std::sort(codes.begin(), codes.end());
  return true;
}

bool Posterior::holds(std::uint32_t persona, std::span<const std::uint64_t> codes) const {
  for (std::size_t i = 0; i < codes.size();) {
    std::size_t end = i;
    while (end < codes.size() && codes[end] == codes[i]) ++end;
    if (held(persona, codes[i]) < end - i) return false;
    i = end;
  }
  return true;
}

}  // namespace pt::noise
