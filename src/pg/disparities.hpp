// Disparities of a source and its release, for their function and for what judges a release.
#pragma once

#include <vector>

#include "core/utility/disparity.hpp"
#include "pg/host.hpp"
#include "pg/two_sides.hpp"

namespace pt::pg {

struct MeasuredDisparities {
  utility::Counts source, release;
  std::vector<utility::Disparity> rows;
};

/// Counts both and compares them; inside a ReadScope.
[[nodiscard]] MeasuredDisparities measure_disparities(const TwoSides& sides,
                                                      const utility::DisparityOptions& options,
                                                      PgHost& host);

}  // namespace pt::pg
