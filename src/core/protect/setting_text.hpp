// Settings of the ladder in words, for pt_decisions.
#pragma once

#include <string>

#include "core/protect/measure.hpp"

namespace pt::protect {

/// 'half-year, charge_degree as is, 64 classes, personas of 50, cohesion 0'. O(columns).
std::string describe(const model::Population& population, const Setting& setting);

}  // namespace pt::protect
