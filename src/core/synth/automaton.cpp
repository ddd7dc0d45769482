#include "core/synth/automaton.hpp"

#include <algorithm>

namespace pt::synth {

using model::Code;
using model::kMissing;
using model::TypeRule;

namespace {

bool contains(const std::vector<Code>& list, Code code) {
  return std::find(list.begin(), list.end(), code) != list.end();
}

}  // namespace

Automaton::Automaton(const model::SequenceRules& rules, std::size_t types)
    : rules_(rules), count_(types, 0), open_(types, false) {}

void Automaton::reset() {
  std::fill(count_.begin(), count_.end(), 0U);
  std::fill(open_.begin(), open_.end(), false);
  ended_ = nullptr;
}

bool Automaton::allows(Code type) const {
  if (ended_ != nullptr && !contains(ended_->ends_except, type)) return false;
  const TypeRule* const rule = rules_.find(type);
  if (rule == nullptr) return true;
  if (!rule->after.empty() &&
      std::none_of(rule->after.begin(), rule->after.end(), [&](Code c) { return seen(c); }))
    return false;
  if (rule->most && type < count_.size() && count_[type] >= static_cast<std::uint32_t>(*rule->most))
    return false;
  return rule->closed_by.empty() || type >= open_.size() || !open_[type];
}

void Automaton::read(Code type) {
  if (ended_ != nullptr && contains(ended_->ends_except, type)) ended_ = nullptr;
  if (type >= count_.size()) return;  // missing
  ++count_[type];
  for (Code c = 0; c < open_.size(); ++c)
    if (open_[c] && contains(rules_.find(c)->closed_by, type)) open_[c] = false;
  const TypeRule* const rule = rules_.find(type);
  if (rule == nullptr) return;
  if (!rule->closed_by.empty()) open_[type] = true;
  if (rule->ends_history && ended_ == nullptr) ended_ = rule;
}

std::uint32_t Automaton::broken(std::span<const Code> history) {
  reset();
  std::uint32_t count = 0;
  for (const Code type : history) {
    if (!allows(type)) ++count;
    read(type);
  }
  reset();
  return count;
}

bool Automaton::may_insert(std::span<const Code> history, std::size_t at, Code type) {
  reset();
  for (std::size_t i = 0; i < at; ++i) read(history[i]);
  const bool here = allows(type);
  reset();
  if (!here) return false;
  longer_.assign(history.begin(), history.end());
  longer_.insert(longer_.begin() + static_cast<std::ptrdiff_t>(at), type);
  return broken(longer_) <= broken(history);
}

}  // namespace pt::synth
