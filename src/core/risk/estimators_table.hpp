// All estimators of population risk for one sample, side by side.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/group/recode_tuples.hpp"
#include "core/host.hpp"
#include "core/model/code.hpp"

namespace pt::risk {

/// A sample and what is known of the population it was drawn from.
struct SampleDesign {
  explicit SampleDesign(const group::TupleTable& of) : tuples(of) {}

  const group::TupleTable& tuples;                 ///< classes and their people
  std::span<const std::uint32_t> tuple_of_person;  ///< one element a person
  std::span<const double> weight;                  ///< by person, positive; empty: none
  std::span<const model::Code> household;          ///< by person, kMissing = alone; empty: none
  std::optional<double> fraction;                  ///< sampling fraction in (0, 1]; unset: unknown
  /// People of the population in each tuple's cell, 0 = unknown to the register; empty: no
  /// register.
  std::span<const double> population;
};

/// One line of the comparison.
struct EstimateRow {
  std::string estimator;        ///< independence_poisson, pitman, ...
  std::string measure;          ///< average_risk, maximum_risk, population_uniques, sample_uniques
  std::optional<double> value;  ///< risk or share, 0..1
  std::optional<double> reidentifications;  ///< expected people of the sample that are found
  std::optional<double> uniques;            ///< expected people that are unique in the population
  bool converged = false;
  std::string why;  ///< what the value is, or why there is none
  std::vector<std::pair<std::string, double>> parameters;
};

/// Every estimator, the default first. What can't be computed has no values and a reason. Throws
/// 22023 when the sampling fraction is not in (0, 1], 22000 when it means fewer people in the
/// population than there are in the sample.
std::vector<EstimateRow> compare_estimators(Host& host, const SampleDesign& sample);

/// Risks of the attacker who has a register with exact numbers (journalist, marketer).
struct RegisterRisk {
  double average = 0;             ///< mean of 1/F over the people in known cells (marketer)
  double journalist_average = 0;  ///< max of that and classes / people of the population in them
  double maximum = 0;             ///< 1 / smallest F, at most 1
  double reidentifications = 0;   ///< sum of 1/F over people in known cells
  std::uint64_t people = 0;       ///< in known cells
  std::uint64_t unknown_people = 0, unknown_classes = 0;  ///< in cells the register has nobody in
  std::uint64_t short_people = 0,
                short_classes = 0;  ///< in cells with more people than the register
  double least = 0;                 ///< smallest F of a known cell
};

/// `people` of the sample and `population` of the register by class; no class without people
/// counts. Cells of which the register knows nobody are counted, never divided by.
RegisterRisk register_risk(std::span<const std::uint32_t> people,
                           std::span<const double> population);

}  // namespace pt::risk
