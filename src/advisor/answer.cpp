#include "advisor/answer.hpp"

#include <algorithm>

#include "advisor/json_reader.hpp"
#include "core/text/json.hpp"
#include "core/text/utf8.hpp"

namespace pt::advisor {
namespace {

/// Whether a character (valid UTF-8) has no place in a line of text: it ends the line, steers a
/// terminal (C0, DEL, C1), changes the direction of what follows, or is not seen.
bool steers(std::string_view character) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return (byte(0) == 0xC2 && byte(1) < 0xA0) || character == "\u061C";
  if (character.size() == 3)
    return (byte(0) == 0xE2 && byte(1) == 0x80 &&
            ((byte(2) >= 0x8B && byte(2) <= 0x8F) || (byte(2) >= 0xA8 && byte(2) <= 0xAE))) ||
           (byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA0 && byte(2) <= 0xAF) ||
           character == "\uFEFF";
  return false;
}

/// One line of printable text, cut at a character boundary; nothing when it isn't UTF-8: JSON can
/// escape half of a character.
std::optional<std::string> harmless(std::string_view reason) {
  if (!is_clean_utf8(reason)) return std::nullopt;
  std::string text;
  while (!reason.empty()) {
    std::string_view const character = reason.substr(0, text::sequence_length(reason));
    if (text.size() + character.size() > kMaxReason) break;
    text += steers(character) ? std::string_view(" ") : character;
    reason.remove_prefix(character.size());
  }
  return text;
}

std::optional<Choice> read_choice(const Json::Value& value, std::span<const Allowed> allowed) {
  if (!value.isObject() || value.size() != 3) return std::nullopt;
  std::optional<std::string> const action = text_member(value, "action");
  std::optional<std::string> const reason = text_member(value, "reason");
  if (!action || !reason) return std::nullopt;
  auto const found = std::find_if(allowed.begin(), allowed.end(),
                                  [&](const Allowed& a) { return a.name == *action; });
  if (found == allowed.end()) return std::nullopt;
  std::optional<std::int64_t> const amount = int_member(value, "amount", found->low, found->high);
  if (!amount) return std::nullopt;
  std::optional<std::string> line = harmless(*reason);
  if (!line) return std::nullopt;
  return Choice{*action, *amount, std::move(*line)};
}

}  // namespace

std::optional<std::vector<Choice>> read_answer(std::string_view text,
                                               std::span<const Allowed> allowed) {
  std::optional<Json::Value> const value = read_object(text);
  if (!value || value->size() != 1) return std::nullopt;
  Json::Value const& list = member(*value, "proposals");
  if (!list.isArray() || list.empty()) return std::nullopt;
  std::vector<Choice> choices;
  for (const Json::Value& item : list) {
    std::optional<Choice> choice = read_choice(item, allowed);
    if (!choice) return std::nullopt;
    if (choices.size() < kMaxProposals) choices.push_back(std::move(*choice));
  }
  return choices;
}

std::string to_json(std::span<const Choice> choices) {
  std::string list;
  for (const Choice& choice : choices)
    list += (list.empty() ? "" : ", ") + ("{\"action\": " + text::json_quote(choice.action)) +
            ", \"amount\": " + std::to_string(choice.amount) +
            ", \"reason\": " + text::json_quote(choice.reason) + "}";
  return "{\"proposals\": [" + list + "]}";
}

}  // namespace pt::advisor
