#include "core/model/sequence.hpp"

#include <algorithm>

namespace pt::model {
namespace {

bool contains(const std::vector<Code>& list, Code code) {
  return std::find(list.begin(), list.end(), code) != list.end();
}

}  // namespace

SequenceRules::SequenceRules(const Domain& domain, std::span<const std::string> labels) {
  if (domain.rules.empty()) return;
  std::vector<std::string> names;
  for (const std::string& label : labels) {
    const EventType* const type = domain.find_event_type(label);
    names.push_back(type != nullptr ? type->name : normal_term(label));
  }
  const auto codes = [&](const std::vector<std::string>& terms) {
    std::vector<Code> out;
    for (Code c = 0; c < names.size(); ++c)
      if (std::find(terms.begin(), terms.end(), names[c]) != terms.end()) out.push_back(c);
    return out;
  };
  rules_.resize(labels.size());
  for (const EventRule& rule : domain.rules)
    for (Code c = 0; c < names.size(); ++c)
      if (names[c] == rule.event_type)
        rules_[c] = {codes(rule.after_any_of), rule.hard,
                     codes(rule.closed_by),    rule.ends_history,
                     codes(rule.ends_except),  rule.max_occurrences};
}

std::vector<std::uint32_t> SequenceRules::order_of_day(std::span<const Code> types,
                                                       const std::vector<bool>& before) const {
  std::vector<std::uint32_t> order;
  std::vector<bool> seen = before, taken(types.size(), false);
  const auto has_seen = [&](Code c) { return c < seen.size() && seen[c]; };
  const auto ready = [&](Code type) {
    const TypeRule* const rule = find(type);
    return rule == nullptr || rule->after.empty() ||
           std::any_of(rule->after.begin(), rule->after.end(), has_seen);
  };
  const auto last = [&](Code type) {
    const TypeRule* const rule = find(type);
    return rule != nullptr && rule->ends_history;
  };
  while (order.size() < types.size()) {
    // Best: ready and no end; then an end that is ready; then whatever comes first.
    std::size_t best = types.size();
    int rank = 3;
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (taken[i]) continue;
      const int r = last(types[i]) ? 2 : ready(types[i]) ? 0 : 1;
      if (r < rank) best = i, rank = r;
    }
    taken[best] = true;
    order.push_back(static_cast<std::uint32_t>(best));
    if (types[best] != kMissing) {
      if (types[best] >= seen.size()) seen.resize(types[best] + std::size_t{1}, false);
      seen[types[best]] = true;
    }
  }
  return order;
}

std::uint32_t SequenceRules::violations(std::span<const TypedDay> history) const {
  std::uint32_t broken = 0;
  const TypeRule* end = nullptr;
  std::int32_t ended = 0;
  for (const TypedDay& event : history) {
    if (end != nullptr && event.day > ended && !contains(end->ends_except, event.type)) ++broken;
    const TypeRule* const rule = find(event.type);
    if (rule == nullptr) continue;
    if (!rule->after.empty() &&
        std::none_of(history.begin(), history.end(), [&](const TypedDay& e) {
          return e.day <= event.day && contains(rule->after, e.type);
        }))
      ++broken;
    if (rule->ends_history && end == nullptr) {
      end = rule;
      ended = event.day;
    }
  }
  return broken;
}

}  // namespace pt::model
