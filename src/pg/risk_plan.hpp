// What pt_risk_profile does with the columns of its source.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "pg/boundary.hpp"
#include "pg/describe.hpp"

namespace pt::pg {

/// Arguments of pt_risk_profile.
struct RiskOptions {
  Oid source = InvalidOid;
  std::optional<std::vector<std::string>> quasi_identifiers;
  std::optional<std::vector<std::string>> sensitive;
  std::string person_key;
  std::string weight;
  unsigned l = 2;
  double threshold = 0.2;
  double delta_base = std::exp(1.0);
  std::optional<double> sampling_fraction;
  bool allow_row_security = false;
};

/// The columns that matter, all of one relation.
struct RiskPlan {
  Relation source;
  std::vector<const Column*> quasi_identifiers;
  std::vector<const Column*> sensitive;
  const Column* person = nullptr;
  const Column* weight = nullptr;
};

/// Chooses the columns by the options, the labels and, where no quasi-identifiers are given and
/// none are labelled, by detection. Errors: 42703 for a column that does not exist; 42701 for one
/// given twice; 22023 for no quasi-identifier, or a column that can't be both of what it is asked
/// to be.
[[nodiscard]] RiskPlan make_risk_plan(const RiskOptions& options);

}  // namespace pt::pg
