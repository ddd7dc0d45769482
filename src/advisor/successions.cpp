#include "advisor/successions.hpp"

#include <algorithm>

#include "advisor/json_reader.hpp"
#include "advisor/prompt.hpp"
#include "core/text/json.hpp"

namespace pt::advisor {
namespace {

constexpr std::string_view kAny = "any";
constexpr std::string_view kSystem =
    "You know how cases of public agencies usually run. You get the words of one domain: its event "
    "types and the outcomes of events, and nothing of any data. Name up to twenty usual "
    "successions: an event type, the type of the event that often comes right after it in the "
    "case of one person, and the usual outcome of the later event, or any. A program that protects "
    "people by adding a few plausible events checks each of them against the rules of the domain "
    "and measures what it is good for. Answer with JSON of the given schema only.";

std::string words(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& word : list) {
    require_word(word);
    text += (text.empty() ? "" : ", ") + text::json_quote(word);
  }
  return "[" + text + "]";
}

bool knows(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// One item; nothing, and the reason counted, when it can't be used.
std::optional<SaidSuccession> read_item(const Json::Value& item, const EventVocabulary& vocabulary,
                                        Successions& out) {
  auto const earlier = text_member(item, "earlier"), later = text_member(item, "later"),
             outcome = text_member(item, "outcome");
  if (!earlier || !later || !outcome || item.size() != 3) {
    ++out.malformed;
  } else if (!knows(vocabulary.types, *earlier) || !knows(vocabulary.types, *later)) {
    ++out.unknown_type;
  } else if (*outcome != kAny && !knows(vocabulary.outcomes, *outcome)) {
    ++out.unknown_outcome;
  } else if (std::find(vocabulary.impossible.begin(), vocabulary.impossible.end(),
                       std::pair{*earlier, *later}) != vocabulary.impossible.end()) {
    ++out.impossible;
  } else {
    SaidSuccession said{*earlier, *later, *outcome == kAny ? std::string() : *outcome};
    if (std::find(out.said.begin(), out.said.end(), said) == out.said.end()) return said;
    ++out.repeated;
  }
  return std::nullopt;
}

}  // namespace

Prompt build_successions_prompt(std::string_view domain, const EventVocabulary& vocabulary) {
  require_word(domain);
  std::string const types = words(vocabulary.types);
  std::vector<std::string> outcomes = vocabulary.outcomes;
  Prompt prompt;
  prompt.system = kSystem;
  prompt.user = "{\"domain\": " + text::json_quote(domain) + ", \"event_types\": " + types +
                ", \"outcomes\": " + words(outcomes) + "}";
  outcomes.insert(outcomes.begin(), std::string(kAny));
  prompt.schema_name = kSuccessionsSchema;
  prompt.schema =
      R"({"type": "object", "properties": {"successions": {"type": "array", "items": {"type": "object", )"
      R"("properties": {"earlier": {"type": "string", "enum": )" +
      types + R"(}, "later": {"type": "string", "enum": )" + types +
      R"(}, "outcome": {"type": "string", "enum": )" + words(outcomes) +
      R"(}}, "required": ["earlier", "later", "outcome"], "additionalProperties": false}}}, )"
      R"("required": ["successions"], "additionalProperties": false})";
  return prompt;
}

std::optional<Successions> read_successions(std::string_view text,
                                            const EventVocabulary& vocabulary) {
  std::optional<Json::Value> const value = read_object(text);
  if (!value || value->size() != 1) return std::nullopt;
  Json::Value const& list = member(*value, "successions");
  if (!list.isArray()) return std::nullopt;
  Successions out;
  for (Json::ArrayIndex i = 0; i < list.size(); ++i) {
    if (i >= kMaxSuccessionItems) {
      out.too_many += list.size() - i;
      break;
    }
    std::optional<SaidSuccession> said = read_item(list[i], vocabulary, out);
    if (!said) continue;
    if (out.said.size() < kMaxSuccessions)
      out.said.push_back(std::move(*said));
    else
      ++out.too_many;
  }
  if (out.said.empty()) return std::nullopt;
  return out;
}

std::string to_json(const std::vector<SaidSuccession>& said) {
  std::string list;
  for (const SaidSuccession& s : said)
    list += (list.empty() ? "" : ", ") + ("{\"earlier\": " + text::json_quote(s.earlier)) +
            ", \"later\": " + text::json_quote(s.later) + ", \"outcome\": " +
            text::json_quote(s.outcome.empty() ? kAny : std::string_view(s.outcome)) + "}";
  return "{\"successions\": [" + list + "]}";
}

std::string passed_over_json(const Successions& successions) {
  std::string out;
  auto const add = [&out](const char* reason, std::uint32_t times) {
    if (times > 0)
      out += (out.empty() ? "" : ", ") + text::json_quote(reason) + ": " + std::to_string(times);
  };
  add("malformed", successions.malformed);
  add("unknown_type", successions.unknown_type);
  add("unknown_outcome", successions.unknown_outcome);
  add("impossible", successions.impossible);
  add("repeated", successions.repeated);
  add("too_many", successions.too_many);
  return out.empty() ? out : "{" + out + "}";
}

}  // namespace pt::advisor
