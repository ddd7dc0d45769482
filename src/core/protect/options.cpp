#include "core/protect/options.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace pt::protect {
namespace {

std::string number(double x) {
  std::string text = std::to_string(x);
  while (text.size() > 1 && (text.back() == '0' || text.back() == '.')) {
    const bool point = text.back() == '.';
    text.pop_back();
    if (point) break;
  }
  return text;
}

void require(bool ok, const char* name, const std::string& value, const char* range) {
  if (ok) return;
  throw invalid_parameter(std::string("invalid value for ") + name + ": " + value,
                          std::string(name) + " must be " + range + ".");
}

}  // namespace

Attacker parse_attacker(std::string_view name) {
  if (name == "demographics") return Attacker::demographics;
  if (name == "demographics+events") return Attacker::demographics_and_events;
  if (name == "events") return Attacker::events;
  if (name == "register") return Attacker::with_register;
  throw invalid_parameter("unknown attacker \"" + std::string(name) + "\"", {},
                          "Attackers a target can be set for are 'demographics', "
                          "'demographics+events', 'events' and 'register'; the others are measured "
                          "and shown.");
}

std::string_view word(Attacker attacker) {
  switch (attacker) {
    case Attacker::demographics:
      return "demographics";
    case Attacker::demographics_and_events:
      return "demographics+events";
    case Attacker::events:
      return "events";
    case Attacker::with_register:
      return "register";
  }
  return "";
}

Options Options::with_reserve_kept() const {
  Options kept = *this;
  kept.target_risk = target_risk * (1 - reserve);
  kept.reserve = 0;
  return kept;
}

bool Options::wants(std::string_view event_column) const {
  return std::find(wanted.begin(), wanted.end(), event_column) != wanted.end();
}

bool Options::preserves(std::string_view event_column) const {
  return std::find(preserve.begin(), preserve.end(), event_column) != preserve.end();
}

void Options::validate() const {
  // Written so that NaN fails.
  require(target_risk > 0 && target_risk <= 1, "target_risk", number(target_risk),
          "greater than 0 and at most 1");
  if (!(reserve >= 0 && reserve <= 0.9))
    throw invalid_parameter("invalid value for reserve: " + number(reserve),
                            "reserve must be between 0 and 0.9.",
                            "It is the share of target_risk to leave unused, for people who leave "
                            "later: 0.2 makes a run reach 0.8 of its target.");
  require(individual_limit > 0 && individual_limit <= 1, "individual_limit",
          number(individual_limit), "greater than 0 and at most 1");
  require(min_size >= 2 && min_size <= 1'000'000, "min_size", std::to_string(min_size),
          "between 2 and 1000000");
  require(max_size >= min_size && max_size <= 1'000'000, "max_size", std::to_string(max_size),
          "between min_size and 1000000");
  require(age_tolerance > 0 && age_tolerance <= 150, "age_tolerance", number(age_tolerance),
          "greater than 0 and at most 150");
  if (cohesion)
    require(*cohesion >= 0 && *cohesion <= 1, "cohesion", number(*cohesion), "between 0 and 1");
  require(synthetic >= 0 && synthetic <= 0.25, "synthetic", number(synthetic),
          "between 0 and 0.25");
  noise.validate();
  const double least = std::max<double>(min_size, std::ceil(1 / individual_limit - 1e-9));
  if (max_size < 2 * least - 1)
    throw invalid_parameter(
        "max_size " + std::to_string(max_size) + " is too small",
        "A persona needs at least " + number(least) +
            " people (min_size, and 1 / individual_limit), and classes of any size must divide "
            "into "
            "personas.",
        "Set max_size to at least " + number(2 * least - 1) + ", or raise individual_limit.");
}

}  // namespace pt::protect
