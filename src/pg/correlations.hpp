// Correlations and distributions of source and release, for their functions and for the verdict.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/utility/correlation.hpp"
#include "pg/host.hpp"
#include "pg/joint_sides.hpp"

namespace pt::pg {

/// A pair of columns in one unit ("people" or "events"), or a column that is not released.
struct ShownCorrelation {
  std::string unit, a, b;  ///< b is empty for a column that is not released
  utility::Correlation correlation;
};

/// A column of one unit.
struct ShownDistribution {
  std::string unit, column;
  utility::Nearness nearness;
  std::optional<bool> preserved;
  std::string why;
};

/// People first, then events; pairs of two columns of people are compared among people alone.
[[nodiscard]] std::vector<ShownCorrelation> correlations(const JointSides& joint, double tolerance,
                                                         Host& host);
[[nodiscard]] std::vector<ShownDistribution> distributions(const JointSides& joint,
                                                           double required);

}  // namespace pt::pg
