#include <map>

#include "core/protect/protect.hpp"
#include "core/text/json.hpp"

namespace pt::protect {

using model::EventPart;
using model::Population;

EventSummary summarize_events(const Population& population, const Protected& result,
                              const PersonaRow& persona) {
  std::optional<std::size_t> type, outcome;
  for (std::size_t c = 0; c < result.column_of.size(); ++c) {
    const EventPart part = population.event_parts[result.column_of[c]];
    if (part == EventPart::type) type = c;
    if (part == EventPart::outcome) outcome = c;
  }
  const std::string unknown = "not known";
  std::map<std::string, std::uint64_t> types;
  std::map<std::int32_t, std::map<std::string, std::uint64_t>> periods;
  std::map<std::string, std::map<std::string, std::uint64_t>> outcomes;
  for (std::uint64_t i = persona.event_begin; i < persona.event_end; ++i) {
    const EventRow event = result.event(i);
    const auto& values = result.combos[event.combo];
    const std::string name = type ? values[*type].value_or(unknown) : unknown;
    types[name] += event.weight;
    periods[event.period_start][name] += event.weight;
    if (outcome && values[*outcome]) outcomes[name][*values[*outcome]] += event.weight;
  }
  const auto object = [](const std::map<std::string, std::uint64_t>& counts) {
    std::string text = "{";
    for (const auto& [key, n] : counts)
      text += (text.size() > 1 ? ", " : "") + text::json_quote(key) + ": " + std::to_string(n);
    return text + "}";
  };
  EventSummary summary;
  for (const auto& [name, n] : types) summary.event_types.push_back(name);
  summary.temporal_patterns = "{";
  for (const auto& [start, counts] : periods) {
    const std::string label =
        start == model::kNoDay ? unknown : model::period_label(start, result.setting.period);
    summary.temporal_patterns += (summary.temporal_patterns.size() > 1 ? ", " : "") +
                                 text::json_quote(label) + ": " + object(counts);
  }
  summary.temporal_patterns += "}";
  summary.outcome_distributions = "{";
  for (const auto& [name, counts] : outcomes)
    summary.outcome_distributions += (summary.outcome_distributions.size() > 1 ? ", " : "") +
                                     text::json_quote(name) + ": " + object(counts);
  summary.outcome_distributions += "}";
  return summary;
}

}  // namespace pt::protect
