// An argument that is a table of counts.
#pragma once

#include <cmath>
#include <string>

#include "core/error.hpp"
#include "core/stats/table.hpp"
#include "pg/datum.hpp"

extern "C" {
#include "utils/array.h"
}

namespace pt::pg {

/// The float8 array of two dimensions in argument i. Throws Error 22023 for another number of
/// dimensions, NULLs, and counts that are negative or not finite.
[[nodiscard]] inline stats::Table table_argument(const Args& args, int i, const char* name) {
  Datum const value = args.value(i, name);
  ArrayType* const array = guarded([value] { return DatumGetArrayTypeP(value); });
  if (ARR_NDIM(array) != 2 || ARR_HASNULL(array))
    throw invalid_parameter(std::string(name) + " must be an array of two dimensions without NULL",
                            {}, "For example ARRAY[[45, 30], [55, 90]].");
  stats::Table table;
  table.rows = static_cast<std::size_t>(ARR_DIMS(array)[0]);
  table.columns = static_cast<std::size_t>(ARR_DIMS(array)[1]);
  auto const* const first = reinterpret_cast<const double*>(ARR_DATA_PTR(array));
  table.counts.assign(first, first + table.rows * table.columns);
  for (double const n : table.counts)
    if (!(n >= 0) || !std::isfinite(n))
      throw invalid_parameter("every count must be a finite number of at least 0");
  return table;
}

}  // namespace pt::pg
