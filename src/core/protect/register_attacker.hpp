// The attacker who has a register of the population and does not know who is in the data
// (journalist): DESIGN of risk in doc/privacy-model.md, attacker `register`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pt::protect {

/// What is released of the demographics of an equivalence class.
struct ClassLabels {
  std::optional<std::string> gender, ethnicity, geography;  ///< nullopt: missing or no such column
  std::optional<std::int32_t> age_low, age_high;            ///< half-open range; low unset =
                                                            ///< not shown, high = no upper end
  std::vector<std::optional<std::string>> others;           ///< further quasi-identifiers, in order
};

/// A register of the population, asked by what is released.
class PopulationCount {
 public:
  PopulationCount() = default;
  PopulationCount(const PopulationCount&) = delete;
  PopulationCount& operator=(const PopulationCount&) = delete;
  virtual ~PopulationCount() = default;

  /// People of the whole population that fit; 0 when the register knows nobody of that kind.
  virtual double people(const ClassLabels& labels) = 0;
};

/// Risk of each person of a class of `people` that fits `population` people of the register: 1 /
/// these, at most 1. Where the register knows nobody, 1 / people: they are of the population, too.
inline double register_risk(std::uint64_t people, double population) {
  return population > 0 ? std::min(1.0, 1 / population) : 1 / static_cast<double>(people);
}

}  // namespace pt::protect
