// What a model is asked: rounded aggregates and a closed list of actions, nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/provider.hpp"

namespace pt::advisor {

/// Changes with every change of the texts or of the schema: answers to an older version are never
/// taken for answers to this one.
inline constexpr std::int32_t kPromptVersion = 2;

/// An aggregate under a name of ours: lower-case letters, digits and underscores. Counts are
/// rounded to the nearest 10, other figures to two significant digits, both before anything is sent
/// or hashed, so that similar situations share an answer and no exact figure leaves the database.
struct Figure {
  std::string name;
  double value = 0;
  bool is_count = false;
};

/// An action that may be proposed, with its bounds. `name` as for figures; `meaning` is our own
/// text.
struct Allowed {
  std::string name;
  std::int64_t low = 0, high = 0;
  std::string meaning;
};

/// Groups of people of which a question tells more, at most; those beyond are left out.
inline constexpr std::size_t kMaxGroups = 8;

/// Throws Error XX000 unless a word has up to 60 lower-case letters, digits and underscores.
void require_word(std::string_view word);

/// Two significant digits; 0, negative zero and what is not finite become 0.
[[nodiscard]] double rounded_figure(double value) noexcept;
/// To the nearest 10.
[[nodiscard]] double rounded_count(double value) noexcept;

/// The question. `riskiest` holds the figures of one group of people each; groups that look the
/// same when rounded are one, with their number. `domain` is one of the shipped domains or 'custom'
/// (lower-case letters and underscores); figures and actions are written in the order given. Throws
/// Error XX000 when a name is not made of the characters above: a value of the data can't slip in
/// as a name.
[[nodiscard]] Prompt build_prompt(std::string_view domain, std::span<const Figure> figures,
                                  std::span<const std::vector<Figure>> riskiest,
                                  std::span<const Allowed> actions);

}  // namespace pt::advisor
