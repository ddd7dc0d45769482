#include <algorithm>
#include <map>

#include "core/protect/protect.hpp"
#include "core/text/json.hpp"

namespace pt::protect {

using model::EventPart;
using model::Population;

namespace {

constexpr const char* kUnknown = "not known";
constexpr std::uint32_t kNone = 0xFFFFFFFFu;

}  // namespace

/// Numbers the values of a released column (nothing: one value, not known) in the order of their
/// texts. Combinations without a value get `missing`, or kNone.
EventSummaries::Names::Names(const Protected& result, std::optional<std::size_t> column,
                             const char* missing) {
  std::map<std::string, std::uint32_t> numbers;
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
    quoted.push_back(text::json_quote(text) + ": ");
  }
  for (const std::string* const text : text_of_combo)
    of_combo.push_back(text == nullptr ? kNone : numbers.find(*text)->second);
}

EventSummaries::EventSummaries(const Population& population, const Protected& result)
    : result_(result),
      types_(result, find(population, result, EventPart::type), kUnknown),
      outcomes_(result, find(population, result, EventPart::outcome), nullptr),
      counts_(types_.names.size(), 0),
      totals_(types_.names.size(), 0) {}

std::optional<std::size_t> EventSummaries::find(const Population& population,
                                                const Protected& result, EventPart part) {
  std::optional<std::size_t> found;
  for (std::size_t c = 0; c < result.column_of.size(); ++c)
    if (population.event_parts[result.column_of[c]] == part) found = c;
  return found;
}

/// {"arrest": 3, ...} of the counts of types, which are 0 afterwards.
void EventSummaries::append_counts(std::string& text) {
  text += '{';
  std::sort(seen_.begin(), seen_.end());
  for (const std::uint32_t type : seen_) {
    if (text.back() != '{') text += ", ";
    text += types_.quoted[type];
    text += std::to_string(counts_[type]);
    counts_[type] = 0;
  }
  text += '}';
  seen_.clear();
}

void EventSummaries::append_period(std::int32_t start, std::string& text) {
  if (seen_.empty()) return;
  if (text.size() > 1) text += ", ";
  text += text::json_quote(
      start == model::kNoDay ? kUnknown : model::period_label(start, result_.setting.period));
  text += ": ";
  append_counts(text);
}

/// {"risk_screening": {"High": 3}, ...} of pairs_.
void EventSummaries::append_outcomes(std::string& text) {
  text += '{';
  std::sort(pairs_.begin(), pairs_.end());
  for (std::size_t i = 0; i < pairs_.size();) {
    const std::uint32_t type = pairs_[i].type;
    if (text.size() > 1) text += ", ";
    text += types_.quoted[type];
    text += '{';
    while (i < pairs_.size() && pairs_[i].type == type) {
      const std::uint32_t outcome = pairs_[i].outcome;
      std::uint64_t count = 0;
      for (; i < pairs_.size() && pairs_[i].type == type && pairs_[i].outcome == outcome; ++i)
        count += pairs_[i].count;
      if (text.back() != '{') text += ", ";
      text += outcomes_.quoted[outcome];
      text += std::to_string(count);
    }
    text += '}';
  }
  text += '}';
}

EventSummary EventSummaries::of(const PersonaRow& persona) {
  EventSummary summary;
  std::int32_t period = model::kNoDay;
  pairs_.clear();
  summary.temporal_patterns = "{";
  for (std::uint64_t i = persona.event_begin; i < persona.event_end; ++i) {
    const EventRow event = result_.event(i);
    if (event.period_start != period) append_period(period, summary.temporal_patterns);
    period = event.period_start;
    const std::uint32_t type = types_.of_combo[event.combo];
    const std::uint32_t outcome = outcomes_.of_combo[event.combo];
    if (counts_[type] == 0) seen_.push_back(type);
    counts_[type] += event.weight;
    if (totals_[type] == 0) all_seen_.push_back(type);
    totals_[type] += event.weight;
    if (outcome != kNone) pairs_.push_back({type, outcome, event.weight});
  }
  append_period(period, summary.temporal_patterns);
  summary.temporal_patterns += '}';
  append_outcomes(summary.outcome_distributions);
  std::sort(all_seen_.begin(), all_seen_.end());
  for (const std::uint32_t type : all_seen_) {
    summary.event_types.push_back(types_.names[type]);
    totals_[type] = 0;
  }
  all_seen_.clear();
  return summary;
}

}  // namespace pt::protect
