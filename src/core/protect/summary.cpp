#include <algorithm>

#include "core/protect/protect.hpp"

namespace pt::protect {

using model::EventPart;
using model::Population;

namespace {

constexpr const char* kUnknown = "not known";
constexpr std::uint32_t kNone = 0xFFFFFFFFu;

bool shorter_first(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

/// Numbers the values of a released column (nothing: one value, not known). Combinations without a
/// value get `missing`, or kNone.
EventSummaries::Names::Names(const Protected& result, std::optional<std::size_t> column,
                             const char* missing) {
  std::map<std::string, std::uint32_t, bool (*)(std::string_view, std::string_view)> numbers(
      shorter_first);
  std::vector<const std::string*> text_of_combo;
  for (const auto& values : result.combos) {
    const std::string* text = nullptr;
    if (column && values[*column])
      text = &numbers.emplace(*values[*column], 0).first->first;
    else if (missing != nullptr)
      text = &numbers.emplace(missing, 0).first->first;
    text_of_combo.push_back(text);
  }
  for (auto& [text, number] : numbers) {
    number = static_cast<std::uint32_t>(names.size());
    names.push_back(text);
  }
  for (const std::string* const text : text_of_combo)
    of_combo.push_back(text == nullptr ? kNone : numbers.find(*text)->second);
}

EventSummaries::Pairs::Pairs(const Names& types, const Names& outcomes) {
  const std::size_t combos = types.of_combo.size();
  for (std::size_t i = 0; i < combos; ++i)
    if (outcomes.of_combo[i] != kNone) pairs.emplace_back(types.of_combo[i], outcomes.of_combo[i]);
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (std::size_t i = 0; i < combos; ++i) {
    const std::pair pair(types.of_combo[i], outcomes.of_combo[i]);
    const auto place = std::lower_bound(pairs.begin(), pairs.end(), pair) - pairs.begin();
    of_combo.push_back(pair.second == kNone ? kNone : static_cast<std::uint32_t>(place));
  }
}

EventSummaries::EventSummaries(const Population& population, const Protected& result)
    : result_(result),
      types_(result, find(population, result, EventPart::type), kUnknown),
      outcomes_(result, find(population, result, EventPart::outcome), nullptr),
      pairs_(types_, outcomes_),
      counts_(types_.names.size(), 0),
      totals_(types_.names.size(), 0),
      pair_counts_(pairs_.pairs.size(), 0) {}

std::optional<std::size_t> EventSummaries::find(const Population& population,
                                                const Protected& result, EventPart part) {
  std::optional<std::size_t> found;
  for (std::size_t c = 0; c < result.column_of.size(); ++c)
    if (population.event_parts[result.column_of[c]] == part) found = c;
  return found;
}

/// {"arrest": 3, ...} of the counts of types, which are 0 afterwards.
void EventSummaries::end_period(std::int32_t start) {
  if (seen_.empty()) return;
  const auto [label, fresh] = periods_.try_emplace(start);
  if (fresh)
    label->second =
        start == model::kNoDay ? kUnknown : model::period_label(start, result_.setting.period);
  NestedCounts& out = summary_.temporal_patterns;
  const std::size_t begin = out.counts.size();
  std::sort(seen_.begin(), seen_.end());
  for (const std::uint32_t type : seen_) {
    out.counts.push_back({types_.names[type], counts_[type]});
    counts_[type] = 0;
  }
  seen_.clear();
  out.objects.push_back({label->second, begin, out.counts.size()});
}

/// {"risk_screening": {"High": 3}, ...} of the counts of pairs, which are 0 afterwards.
void EventSummaries::add_outcomes() {
  NestedCounts& out = summary_.outcome_distributions;
  std::sort(pairs_seen_.begin(), pairs_seen_.end());
  for (std::size_t i = 0; i < pairs_seen_.size();) {
    const std::uint32_t type = pairs_.pairs[pairs_seen_[i]].first;
    const std::size_t begin = out.counts.size();
    for (; i < pairs_seen_.size() && pairs_.pairs[pairs_seen_[i]].first == type; ++i) {
      const std::uint32_t pair = pairs_seen_[i];
      out.counts.push_back({outcomes_.names[pairs_.pairs[pair].second], pair_counts_[pair]});
      pair_counts_[pair] = 0;
    }
    out.objects.push_back({types_.names[type], begin, out.counts.size()});
  }
  pairs_seen_.clear();
}

const EventSummary& EventSummaries::of(const PersonaRow& persona) {
  summary_.event_types.clear();
  for (NestedCounts* const counts : {&summary_.temporal_patterns, &summary_.outcome_distributions})
    counts->objects.clear(), counts->counts.clear();
  std::int32_t period = model::kNoDay;
  for (std::uint64_t i = persona.event_begin; i < persona.event_end; ++i) {
    const EventRow event = result_.event(i);
    if (event.period_start != period) end_period(period);
    period = event.period_start;
    const std::uint32_t type = types_.of_combo[event.combo];
    const std::uint32_t pair = pairs_.of_combo[event.combo];
    if (counts_[type] == 0) seen_.push_back(type);
    counts_[type] += event.weight;
    if (totals_[type] == 0) all_seen_.push_back(type);
    totals_[type] += event.weight;
    if (pair == kNone) continue;
    if (pair_counts_[pair] == 0) pairs_seen_.push_back(pair);
    pair_counts_[pair] += event.weight;
  }
  end_period(period);
  add_outcomes();
  for (const std::uint32_t type : all_seen_) {
    summary_.event_types.emplace_back(types_.names[type]);
    totals_[type] = 0;
  }
  all_seen_.clear();
  std::sort(summary_.event_types.begin(), summary_.event_types.end());
  return summary_;
}

}  // namespace pt::protect
