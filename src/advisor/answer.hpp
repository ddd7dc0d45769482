// What a model answered, held against what it may answer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/prompt.hpp"

namespace pt::advisor {

inline constexpr std::size_t kMaxProposals = 4;
inline constexpr std::size_t kMaxReason = 300;  ///< bytes

/// An action out of the allowed ones, with an amount inside its bounds.
struct Choice {
  std::string action;
  std::int64_t amount = 0;
  std::string
      reason;  ///< printable text of one line, at most kMaxReason bytes; never markup of ours
};

/// The proposals in the text of an answer, at most kMaxProposals: an object with nothing but
/// "proposals", each with exactly action, amount and reason. A proposal with an unknown action or
/// an amount out of bounds makes the whole answer unusable: nothing is clamped, nothing guessed.
/// Nothing for an unusable answer. Never throws but std::bad_alloc.
[[nodiscard]] std::optional<std::vector<Choice>> read_answer(std::string_view text,
                                                             std::span<const Allowed> allowed);

/// The choices as the canonical JSON that is stored.
[[nodiscard]] std::string to_json(std::span<const Choice> choices);

}  // namespace pt::advisor
