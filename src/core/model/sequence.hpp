// Rules about the order of the events of one person, over the codes of event types.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/code.hpp"
#include "core/model/domain.hpp"

namespace pt::model {

/// What a domain demands of one event type; empty lists demand nothing.
struct TypeRule {
  std::vector<Code> after;        ///< one of these comes before
  bool hard = false;              ///< anything else is an error in the data
  std::vector<Code> closed_by;    ///< one of these ends it
  bool ends_history = false;      ///< nothing follows, but for ends_except
  std::vector<Code> ends_except;  ///< what may follow
  std::optional<int> most;        ///< occurrences in one history
};

/// An event of a history as rules see it.
struct TypedDay {
  std::int32_t day;
  Code type;  ///< kMissing: unknown
};

/// The rules of a domain over the types that the data have.
class SequenceRules {
 public:
  SequenceRules() = default;
  /// `labels`: code -> spelling in the data. Types of the domain that the data lack are dropped
  /// from the lists; a demand that only they could meet is dropped as well, for then the earlier
  /// events are not recorded.
  SequenceRules(const Domain& domain, std::span<const std::string> labels);
  explicit SequenceRules(std::vector<TypeRule> rules) : rules_(std::move(rules)) {}

  bool empty() const { return rules_.empty(); }
  /// The rule of a type; nullptr when there is none.
  const TypeRule* find(Code type) const { return type < rules_.size() ? &rules_[type] : nullptr; }

  /// The order in which events of one day may have happened: an event comes after those it
  /// requires, one that ends the history last; else as given. `before`: types seen on earlier days.
  /// Returns positions in `types`. O(n^2), n events of one person on one day.
  std::vector<std::uint32_t> order_of_day(std::span<const Code> types,
                                          const std::vector<bool>& before) const;

  /// Events of one history (ascending days) that break a rule of order: no event of `after` on the
  /// same day or before, or a day after an event that ends the history. O(n x rules).
  std::uint32_t violations(std::span<const TypedDay> history) const;

 private:
  std::vector<TypeRule> rules_;  // code -> rule
};

}  // namespace pt::model
