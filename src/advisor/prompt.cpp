#include "advisor/prompt.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text/json.hpp"

namespace pt::advisor {
namespace {

constexpr std::string_view kSystem =
    "You advise a program that protects a table of people before it is published. People are "
    "pooled "
    "in groups; risk is the probability that an attacker names the right person. You get rounded "
    "aggregates of the present state, those of the groups with the highest risk, and a list of "
    "protective actions with bounds, each for all groups at once. Propose two to "
    "four actions that are likely to bring the risk under the target at the least loss of detail. "
    "The program measures every proposal itself and takes none that lowers protection. Answer with "
    "JSON of the given schema only. Keep each reason under 200 characters.";

std::string figure_json(const Figure& figure) {
  require_word(figure.name);
  double const value = figure.is_count ? rounded_count(figure.value) : rounded_figure(figure.value);
  return text::json_quote(figure.name) + ": " + text::json_number(value);
}

std::string action_json(const Allowed& action) {
  require_word(action.name);
  return "{\"action\": " + text::json_quote(action.name) +
         ", \"amount_from\": " + std::to_string(action.low) +
         ", \"amount_to\": " + std::to_string(action.high) +
         ", \"meaning\": " + text::json_quote(action.meaning) + "}";
}

/// The groups, equal ones counted, in order of their first.
std::string groups_json(std::span<const std::vector<Figure>> groups) {
  std::vector<std::pair<std::string, int>> counted;
  for (const std::vector<Figure>& group : groups.first(std::min(groups.size(), kMaxGroups))) {
    std::string text;
    for (const Figure& figure : group) text += ", " + figure_json(figure);
    auto const same = std::find_if(counted.begin(), counted.end(),
                                   [&text](const auto& known) { return known.first == text; });
    if (same == counted.end())
      counted.emplace_back(std::move(text), 1);
    else
      ++same->second;
  }
  std::string out;
  for (const auto& [text, count] : counted)
    out += (out.empty() ? "" : ", ") + ("{\"groups\": " + std::to_string(count)) + text + "}";
  return out;
}

std::string schema(std::span<const Allowed> actions) {
  std::string names;
  for (const Allowed& action : actions)
    names += (names.empty() ? "" : ", ") + text::json_quote(action.name);
  return R"({"type": "object", "properties": {"proposals": {"type": "array", "items": {"type": "object", )"
         R"("properties": {"action": {"type": "string", "enum": [)" +
         names +
         R"(]}, "amount": {"type": "integer"}, "reason": {"type": "string"}}, )"
         R"("required": ["action", "amount", "reason"], "additionalProperties": false}}}, )"
         R"("required": ["proposals"], "additionalProperties": false})";
}

}  // namespace

void require_word(std::string_view word) {
  auto const plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (word.empty() || word.size() > 60 || !std::all_of(word.begin(), word.end(), plain))
    throw internal_error("a name in a prompt is not one of the program's own words");
}

double rounded_figure(double value) noexcept {
  if (!std::isfinite(value) || value == 0) return 0;
  double const scale = std::pow(10, std::floor(std::log10(std::abs(value))) - 1);
  double const digits = std::round(value / scale);
  // Scales below 1 have no exact double: dividing by their inverse gives the nearest one.
  return scale < 1 ? digits / std::round(1 / scale) : digits * scale;
}

double rounded_count(double value) noexcept {
  if (!std::isfinite(value) || value <= 0) return 0;
  return std::round(value / 10) * 10;
}

Prompt build_prompt(std::string_view domain, std::span<const Figure> figures,
                    std::span<const std::vector<Figure>> riskiest,
                    std::span<const Allowed> actions) {
  require_word(domain);
  std::string state, list;
  for (const Figure& figure : figures) state += (state.empty() ? "" : ", ") + figure_json(figure);
  for (const Allowed& action : actions) list += (list.empty() ? "" : ", ") + action_json(action);
  Prompt prompt;
  prompt.system = kSystem;
  prompt.user = "{\"domain\": " + text::json_quote(domain) + ", \"state\": {" + state +
                "}, \"riskiest_groups\": [" + groups_json(riskiest) + "], \"actions\": [" + list +
                "]}";
  prompt.schema_name = "protective_actions";
  prompt.schema = schema(actions);
  return prompt;
}

}  // namespace pt::advisor
