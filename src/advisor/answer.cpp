#include "advisor/answer.hpp"

#include <algorithm>

#include "advisor/json_reader.hpp"
#include "core/text/json.hpp"

namespace pt::advisor {
namespace {

/// One line of printable text, cut at a character boundary.
std::string harmless(std::string_view reason) {
  std::string text;
  for (char const c : reason.substr(0, kMaxReason)) {
    auto const byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  if (reason.size() > kMaxReason) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80)
      text.pop_back();
    if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
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
  return Choice{*action, *amount, harmless(*reason)};
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
