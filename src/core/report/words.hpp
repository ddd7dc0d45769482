// Figures and terms in plain words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/report/model.hpp"

namespace pt::report {

/// 11757 as "11,757".
[[nodiscard]] std::string count(std::int64_t n);
/// As count(), or "fewer than 5" where the number may not be told.
[[nodiscard]] std::string count(const People& people);
/// A number with at most so many significant digits, no exponent: 0.7968 as "0.797", 2 as "2".
[[nodiscard]] std::string number(double value, int digits = 3);
/// A share in percent, three significant digits: .4523 as "45.2 %".
[[nodiscard]] std::string percent(double share);
/// A risk in percent, three significant digits, rounded up, so that what is printed never
/// understates it nor hides that a limit is exceeded: .0096902 as "0.97 %".
[[nodiscard]] std::string risk_percent(double risk);
/// "1 in 103": the largest n for which 1/n is not below the risk.
[[nodiscard]] std::string one_in(double risk);

/// What an attacker knows: "demographics+events" as "the demographics and every event".
[[nodiscard]] std::string attacker_words(std::string_view attacker);
/// The level of risk: SAFE_FOR_PUBLIC_RELEASE as "safe for public release".
[[nodiscard]] std::string status_words(std::string_view status);
/// An attack of pt_attack in a sentence: what the attacker tries.
[[nodiscard]] std::string attack_words(std::string_view attack);
/// Whether an attack guesses an attribute, which needs nobody to be named.
[[nodiscard]] bool is_guess(const Attack& attack);
/// snake_case as words: "merge_classes" as "merge classes".
[[nodiscard]] std::string plain(std::string_view word);
/// A comparison's left side: "convicted, charge: Black against White".
[[nodiscard]] std::string comparison_words(const Comparison& comparison);
/// A rule's limit or finding: a number that is a risk in percent, anything else as it is.
[[nodiscard]] std::string rule_value(std::string_view rule, std::string_view value);

}  // namespace pt::report
