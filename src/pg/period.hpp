// Periods and ranges as PostgreSQL values.
#pragma once

#include <cstdint>

#include "core/model/period.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

/// daterange of the period that holds `day`: [first day, first day of the next period); an infinite
/// day gives the range that holds it alone. In the current memory context.
[[nodiscard]] Datum period_datum(std::int32_t day, model::Period level);

/// int4range [lower, upper).
[[nodiscard]] Datum int4range_datum(std::int32_t lower, std::int32_t upper);

}  // namespace pt::pg
