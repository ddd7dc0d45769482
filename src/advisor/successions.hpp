// The question which types of events follow which: candidates for synthetic events. What is sent
// are the words of a domain, nothing of any data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "advisor/provider.hpp"

namespace pt::advisor {

/// Successions that are taken from one answer, and items of it that are looked at, at most.
inline constexpr std::size_t kMaxSuccessions = 24;
inline constexpr std::size_t kMaxSuccessionItems = 200;
/// The name of the schema of this question.
inline constexpr std::string_view kSuccessionsSchema = "event_successions";

/// The words of a domain, each of lower-case letters, digits and underscores.
struct EventVocabulary {
  std::vector<std::string> types, outcomes;
  /// (earlier, later): the rules of the domain let no event of the one come right after the other.
  /// Not sent.
  std::vector<std::pair<std::string, std::string>> impossible;
};

/// An event of type `later`, with `outcome` unless that is empty, often comes right after one of
/// type `earlier`.
struct SaidSuccession {
  std::string earlier, later, outcome;
  friend bool operator==(const SaidSuccession&, const SaidSuccession&) = default;
};

/// What an answer says, and how many of its items were passed over for which reason.
struct Successions {
  std::vector<SaidSuccession> said;  ///< in the order of the answer, all different
  std::uint32_t malformed = 0, unknown_type = 0, unknown_outcome = 0, impossible = 0, repeated = 0,
                too_many = 0;
};

/// The question. The same words give the same bytes. Throws Error XX000 for a word that is not made
/// of the characters above.
[[nodiscard]] Prompt build_successions_prompt(std::string_view domain,
                                              const EventVocabulary& vocabulary);

/// Reads an answer: an object with nothing but "successions", a list of objects with exactly
/// earlier, later and outcome (a word, or "any"). Items that are anything else are passed over and
/// counted. Nothing when the answer has another form or no item that can be used. Never throws but
/// std::bad_alloc.
[[nodiscard]] std::optional<Successions> read_successions(std::string_view text,
                                                          const EventVocabulary& vocabulary);

/// What was said as the canonical JSON that is stored; read_successions reads it.
[[nodiscard]] std::string to_json(const std::vector<SaidSuccession>& said);
/// Reasons and how often: {"unknown_type": 2}; empty: nothing was passed over.
[[nodiscard]] std::string passed_over_json(const Successions& successions);

}  // namespace pt::advisor
