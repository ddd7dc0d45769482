#include "core/synth/history_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"

namespace pt::synth {

using model::Code;
using model::EventWord;
using model::kMissing;
using model::kNoDay;

namespace {

constexpr std::size_t kContexts = 5, kGapContexts = 2;

/// One word of several; two different lists share one with a probability of about 2^-64, and then
/// their counts are added up, which makes a model a little less sharp and nothing else.
std::uint64_t mix(std::uint64_t kind, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t x = kind;
  for (const std::uint64_t part : {a, b, c}) {
    x = (x ^ part) * 0x9E3779B97F4A7C15u;
    x ^= x >> 29;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 32;
  }
  return x;
}

std::uint64_t bit(Code type) { return type == kMissing ? 0 : std::uint64_t{1} << (type % 64); }

/// Fine to coarse.
std::array<std::uint64_t, kContexts> keys(const State& s) {
  return {mix(1, s.group, s.last, s.seen), mix(2, 0, s.last, s.seen), mix(3, s.group, s.last, 0),
          mix(4, 0, s.last, 0), mix(5, 0, 0, 0)};
}

std::array<std::uint64_t, kGapContexts> gap_keys(const State& s, Code type) {
  return {mix(6, s.group, s.last, type), mix(7, 0, s.last, type)};
}

}  // namespace

HistoryModel::HistoryModel(Host& host, const model::Population& population,
                           const model::SequenceRules& rules, std::uint32_t leaf_people)
    : population_(population), rules_(rules), leaf_people_(leaf_people) {
  const auto column = std::find(population.event_parts.begin(), population.event_parts.end(),
                                model::EventPart::type);
  if (column == population.event_parts.end())
    throw invalid_parameter("synthetic events need a column with the event type", {},
                            "Give a column the role 'event type', or leave synthetic at 0.");
  type_column_ = static_cast<std::size_t>(column - population.event_parts.begin());
  types_ = population.event_columns[type_column_].labels.size();
  for (std::size_t a = 0; a < population.width(); ++a)
    if (population.meaning[a] == model::Meaning::gender ||
        population.meaning[a] == model::Meaning::ethnicity)
      group_columns_.push_back(a);

  const auto dated = std::find_if(population.days.begin(), population.days.end(),
                                  [](std::int32_t day) { return day != kNoDay; });
  if (dated != population.days.end()) {
    first_day_ = *dated;
    last_day_ = population.days.back();
  }
  fit(host);
}

void HistoryModel::fit(Host& host) {
  History history;
  for (std::uint32_t person = 0; person < population_.size(); ++person) {
    if ((person & 0xFFF) == 0) host.poll();
    read(person, history);
    State state{group_of(person), kMissing, 0};
    for (std::size_t i = 0; i <= history.types.size(); ++i) {
      const bool end = i == history.types.size();
      const Code type = end ? kMissing : history.types[i];
      if (end || type != kMissing)
        for (const std::uint64_t key : keys(state)) count(key, person, end ? types_ : type);
      if (end) break;
      if (type != kMissing)
        for (const std::uint64_t key : gap_keys(state, type))
          count_gap(key, person, history.days[i] - (i > 0 ? history.days[i - 1] : first_day_));
      state.last = type;
      state.seen |= bit(type);
    }
  }
  for (auto& [key, gaps] : gaps_) {
    host.poll();
    std::sort(gaps.days.begin(), gaps.days.end());
  }
}

void HistoryModel::count(std::uint64_t key, std::uint32_t person, std::size_t outcome) {
  Context& c = contexts_[key];
  if (c.count.empty()) c.count.assign(types_ + 1, 0);
  if (c.last_person != person) {
    c.last_person = person;
    ++c.people;
  }
  ++c.count[outcome];
  ++c.events;
}

void HistoryModel::count_gap(std::uint64_t key, std::uint32_t person, std::int32_t gap) {
  Gaps& g = gaps_[key];
  if (g.last_person != person) {
    g.last_person = person;
    ++g.people;
  }
  g.days.push_back(gap);
}

std::uint32_t HistoryModel::group_of(std::uint32_t person) const {
  std::uint32_t group = 0;
  for (const std::size_t a : group_columns_) {
    const Code v = population_.value(population_.tuple[person], a);
    const auto values = static_cast<std::uint32_t>(population_.attributes[a].labels.size());
    group = group * (values + 1) + (v == kMissing ? values : v);
  }
  return group;
}

void HistoryModel::read(std::uint32_t person, History& out) const {
  out.days.clear();
  out.types.clear();
  const auto words = population_.events_of(person);
  std::vector<Code> types;
  std::vector<bool> seen;
  for (std::size_t i = 0; i < words.size();) {
    const std::uint32_t day = EventWord::day(words[i]);
    types.clear();
    for (; i < words.size() && EventWord::day(words[i]) == day; ++i)
      types.push_back(population_.event_value(EventWord::combo(words[i]), type_column_));
    if (population_.days[day] == kNoDay) continue;
    for (const std::uint32_t place : rules_.order_of_day(types, seen)) {
      out.days.push_back(population_.days[day]);
      out.types.push_back(types[place]);
    }
    for (const Code type : types) {
      if (type == kMissing) continue;
      if (type >= seen.size()) seen.resize(type + std::size_t{1}, false);
      seen[type] = true;
    }
  }
}

State HistoryModel::state_after(std::uint32_t group, const History& history, std::size_t events) {
  State state{group, kMissing, 0};
  for (std::size_t i = 0; i < events; ++i) {
    state.last = history.types[i];
    state.seen |= bit(history.types[i]);
  }
  return state;
}

double HistoryModel::next(const State& state, Code type) const {
  for (const std::uint64_t key : keys(state)) {
    const auto found = contexts_.find(key);
    if (found == contexts_.end() || found->second.people < leaf_people_) continue;
    return found->second.count[type] / found->second.events;
  }
  return 0;
}

const HistoryModel::Gaps* HistoryModel::gaps(const State& state, Code type) const {
  for (const std::uint64_t key : gap_keys(state, type)) {
    const auto found = gaps_.find(key);
    if (found != gaps_.end() && found->second.people >= leaf_people_) return &found->second;
  }
  return nullptr;
}

double HistoryModel::gap_within(const State& state, Code type, std::int32_t low,
                                std::int32_t high) const {
  const Gaps* const g = gaps(state, type);
  if (g == nullptr) return 0;
  const auto from = std::lower_bound(g->days.begin(), g->days.end(), low);
  const auto to = std::upper_bound(from, g->days.end(), high);
  return static_cast<double>(to - from) / static_cast<double>(g->days.size());
}

std::int32_t HistoryModel::draw_gap(const State& state, Code type, double u) const {
  const Gaps* const g = gaps(state, type);
  if (g == nullptr) return -1;
  const double at = u * static_cast<double>(g->days.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double low = g->days[below], high = g->days[std::min(below + 1, g->days.size() - 1)];
  return static_cast<std::int32_t>(std::lround(low + (high - low) * (at - std::floor(at))));
}

}  // namespace pt::synth
