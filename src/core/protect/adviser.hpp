// What an adviser may propose to the ladder: actions out of a closed set, each with a number.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pt::protect {

/// A protective action. The rules of the ladder use the same words in their decisions.
enum class Action : std::uint8_t {
  merge_classes,
  coarsen_period,
  coarsen_columns,
  generalize_geography,
  sort_personas
};

/// An action with the bounds of its amount.
struct ActionInfo {
  Action action;
  std::string_view word;
  std::int64_t low, high;
  std::string_view meaning;
};

/// The closed set, in the order of the enumeration.
[[nodiscard]] std::span<const ActionInfo> actions();
[[nodiscard]] std::string_view word(Action action);
/// The action of a word; nothing for any other word.
[[nodiscard]] std::optional<Action> parse_action(std::string_view word);

/// A proposal. It is a candidate and nothing more: the ladder measures it, and takes it only if
/// target and individual limit hold and no other candidate has more utility.
struct Proposal {
  Action action = Action::merge_classes;
  std::int64_t amount = 0;
  std::string reason;       ///< a line of text by whoever proposes; never interpreted
  std::string proposed_by;  ///< name of the adviser
};

}  // namespace pt::protect
