// Distributions as bars.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/report/model.hpp"

namespace pt::report {

/// Personas by size: (people in it, number of such personas) in any order, to ranges of equal width
/// (1, 2, 5, 10, 20, ... people), at most twelve. O(n).
[[nodiscard]] std::vector<Bar> size_bars(
    const std::vector<std::pair<std::int64_t, std::int64_t>>& sizes);

/// People by risk: (risk, people) in any order, to the fixed ranges up to .1, .2, .5, 1, 2, 5, 10,
/// 25 and 100 %, upper bounds included; ranges before the first and after the last that holds
/// anybody are left out. O(n).
[[nodiscard]] std::vector<Bar> risk_bars(const std::vector<std::pair<double, std::int64_t>>& risks);

}  // namespace pt::report
