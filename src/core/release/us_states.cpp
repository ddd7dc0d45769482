#include "core/release/us_states.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace pt::release {
namespace {

constexpr std::array<std::string_view, 56> kNames{
    "alabama", "alaska", "arizona", "arkansas", "california", "colorado", "connecticut", "delaware",
    "district of columbia", "florida", "georgia", "hawaii", "idaho", "illinois", "indiana", "iowa",
    "kansas", "kentucky", "louisiana", "maine", "maryland", "massachusetts", "michigan",
    "minnesota", "mississippi", "missouri", "montana", "nebraska", "nevada", "new hampshire",
    "new jersey", "new mexico", "new york", "north carolina", "north dakota", "ohio", "oklahoma",
    "oregon", "pennsylvania", "rhode island", "south carolina", "south dakota", "tennessee",
    "texas", "utah", "vermont", "virginia", "washington", "west virginia", "wisconsin", "wyoming",
    // territories
    "american samoa", "guam", "northern mariana islands", "puerto rico", "us virgin islands"};
constexpr std::array<std::string_view, 56> kCodes{
    "al", "ak", "az", "ar", "ca", "co", "ct", "de", "dc", "fl", "ga", "hi", "id", "il",
    "in", "ia", "ks", "ky", "la", "me", "md", "ma", "mi", "mn", "ms", "mo", "mt", "ne",
    "nv", "nh", "nj", "nm", "ny", "nc", "nd", "oh", "ok", "or", "pa", "ri", "sc", "sd",
    "tn", "tx", "ut", "vt", "va", "wa", "wv", "wi", "wy", "as", "gu", "mp", "pr", "vi"};
constexpr std::array<std::string_view, 7> kWider{
    "not shown", "", "united states", "usa", "us", "united states of america", "unknown"};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_one(std::string_view word) {
  while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
  while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
  return holds(kNames, word) || holds(kCodes, word) || holds(kWider, word);
}

}  // namespace

bool is_state_or_wider(std::string_view label) {
  std::string lower(label);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (is_one(lower)) return true;
  // A list as group::list_label writes it: "a, b or c".
  std::string_view rest = lower;
  auto const last = rest.rfind(" or ");
  if (last == std::string_view::npos || !is_one(rest.substr(last + 4))) return false;
  rest = rest.substr(0, last);
  for (;;) {
    auto const comma = rest.find(", ");
    if (!is_one(rest.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    rest.remove_prefix(comma + 2);
  }
}

}  // namespace pt::release
