#include "core/report/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/report/html.hpp"

namespace pt::report {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

template <std::size_t N>
std::string look_up(const std::array<Words, N>& table, std::string_view word) {
  auto const* const found =
      std::find_if(table.begin(), table.end(), [word](const Words& w) { return w.first == word; });
  return std::string(found == table.end() ? word : found->second);
}

constexpr std::array<Words, 8> kAttackers{{
    {"demographics", "the demographics"},
    {"demographics+1", "the demographics and one event"},
    {"demographics+2", "the demographics and two events"},
    {"demographics+events", "the demographics and every event"},
    {"events", "every event, but not the demographics"},
    {"register", "a register of the population"},
    {"membership", "the demographics, but not who is in the data"},
    {"", "nothing stated"},
}};

constexpr std::array<Words, 5> kStatus{{
    {"SAFE_FOR_PUBLIC_RELEASE", "safe for public release"},
    {"SAFE_FOR_RESEARCH", "safe for research under agreement"},
    {"INTERNAL_USE_ONLY", "for internal use only"},
    {"UNSAFE", "unsafe"},
    {"NO_DATA", "no data"},
}};

constexpr std::array<Words, 9> kAttacks{{
    {"demographics", "name a person whose demographics are known"},
    {"demographics+1", "the same, and the most telling event of the person is known"},
    {"demographics+2", "the same, and the two most telling events are known"},
    {"demographics+events", "the same, and every event is known"},
    {"demographics+events+counts",
     "the same, weighing how often each persona holds the events (no risk is claimed for it)"},
    {"events", "name a person whose events are known, but not the demographics"},
    {"singling-out-univariate", "describe somebody by one column so that nobody else fits"},
    {"singling-out-multivariate", "describe somebody by several columns so that nobody else fits"},
    {"linkability", "say whether a record of demographics and one of events belong together"},
}};

/// `value` with at most `decimals` places, without an exponent, zeros at the end and "-0".
std::string fixed(double value, int decimals) {
  std::array<char, 400> text;
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals)
                       .ptr;
  std::string result(text.data(), end);
  if (result.find('.') != std::string::npos) {
    result.erase(result.find_last_not_of('0') + 1);
    if (result.back() == '.') result.pop_back();
  }
  return result == "-0" ? "0" : result;
}

/// Places that leave `digits` significant digits of `value`, 0 and more.
int places(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return 0;
  int const before = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  return std::clamp(digits - before, 0, 12);
}

}  // namespace

std::string count(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (n < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string count(const People& people) {
  if (people.count > 0 && people.count < people.minimum)
    return "fewer than " + std::to_string(people.minimum);
  return count(people.count);
}

std::string number(double value, int digits) {
  if (std::isnan(value)) return "not defined";
  if (std::isinf(value)) return value < 0 ? "-infinity" : "infinity";
  return fixed(value, places(value, digits));
}

std::string percent(double share) {
  if (!std::isfinite(share)) return number(share);
  return number(100 * share) + " %";
}

std::string risk_percent(double risk) {
  if (!std::isfinite(risk)) return number(risk);
  double const shown = 100 * risk;
  int const decimals = places(shown, 3);
  double const unit = std::pow(10.0, decimals);
  // A mean of fractions may lie above its true value by rounding alone.
  return fixed(std::ceil(shown * unit * (1 - 1e-9)) / unit, decimals) + " %";
}

std::string one_in(double risk) {
  if (!(risk > 0) || risk > 1) return "never";
  double const people = std::floor(1 / risk * (1 + 1e-9));
  if (people > 1e15) return "never";
  return people < 2 ? "certain or nearly so" : "1 in " + count(static_cast<std::int64_t>(people));
}

std::string attacker_words(std::string_view attacker) { return look_up(kAttackers, attacker); }

std::string status_words(std::string_view status) { return look_up(kStatus, status); }

std::string attack_words(std::string_view attack) {
  constexpr std::string_view kInference = "inference: ", kPeriod = "inference+period: ";
  if (attack.starts_with(kInference))
    return "guess " + shorten(attack.substr(kInference.size())) +
           " of a person whose demographics are known";
  if (attack.starts_with(kPeriod))
    return "the same for " + shorten(attack.substr(kPeriod.size())) +
           ", when the period is known, too";
  return look_up(kAttacks, attack);
}

bool is_guess(const Attack& attack) { return attack.name.starts_with("inference"); }

std::string plain(std::string_view word) {
  std::string words(word);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string comparison_words(const Comparison& c) {
  std::string what;
  if (!c.value.empty()) {
    what = shorten(c.value, 28);
    if (!c.column.empty() && c.column != "outcome") what = shorten(c.column, 20) + " " + what;
  } else if (!c.column.empty()) {
    what = shorten(c.column, 28);
  }
  if (c.measure == "events per person")
    what = shorten(c.event_type, 28) + " per person";
  else if (c.measure == "reoffence")
    what = "reoffence";
  else if (!c.event_type.empty())
    what = shorten(c.event_type, 24) + (what.empty() ? "" : ": " + what);
  if (what.empty()) what = c.measure;
  if (c.compared.empty()) return what + ", by " + c.attribute;
  return what + ", " + shorten(c.compared, 24) + " against " + shorten(c.reference, 24);
}

std::string rule_value(std::string_view rule, std::string_view value) {
  std::string_view sign, rest = value;
  if (rest.starts_with("<= ") || rest.starts_with(">= ")) {
    sign = rest.starts_with('<') ? "at most " : "at least ";
    rest.remove_prefix(3);
  }
  double parsed = 0;
  auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), parsed);
  bool const numeric = error == std::errc() && end == rest.data() + rest.size();
  if (!numeric) return shorten(value, 300);
  bool const is_risk = rule.ends_with("_risk");
  if (!sign.empty() && is_risk) return std::string(sign) + percent(parsed);
  return std::string(sign) + (is_risk ? risk_percent(parsed) : std::string(rest));
}

}  // namespace pt::report
