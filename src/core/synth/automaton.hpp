// The rules of a domain as a machine that reads the event types of one history, one by one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/sequence.hpp"

namespace pt::synth {

/// Says which types may come next. What has been read is the state: which types were seen and how
/// often, which are open (to be closed before they open again), and whether the history has ended.
/// Rules that a domain calls soft forbid as well: an invented event need not be unusual. Every
/// state may end here, because observation can stop at any time, so none is a dead end.
class Automaton {
 public:
  /// `rules` must outlive this; `types`: number of codes of event types.
  Automaton(const model::SequenceRules& rules, std::size_t types);

  /// Forgets what was read.
  void reset();
  /// Whether the rules let `type` come next; a missing type always may. O(demands of the rule).
  [[nodiscard]] bool allows(model::Code type) const;
  /// Reads the next event, allowed or not.
  void read(model::Code type);

  /// Events of a history that are not allowed where they stand. O(n x demands). Resets.
  std::uint32_t broken(std::span<const model::Code> history);
  /// Whether `type` may be put in front of history[at] (at = size: at the end): it is allowed
  /// there, and no event behind it is forbidden that was not so before. Resets. O(n x demands).
  bool may_insert(std::span<const model::Code> history, std::size_t at, model::Code type);

 private:
  [[nodiscard]] bool seen(model::Code type) const {
    return type < count_.size() && count_[type] > 0;
  }

  const model::SequenceRules& rules_;
  std::vector<std::uint32_t> count_;        // of each type
  std::vector<bool> open_;                  // of each type
  const model::TypeRule* ended_ = nullptr;  // the rule that ended the history
  std::vector<model::Code> longer_;         // scratch
};

}  // namespace pt::synth
