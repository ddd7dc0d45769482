#pragma once

#include <vector>

#include "pg/datum.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// Sends a row of a query on as a result row, as it is.
inline void forward(const Row& row, ResultSet& out) {
  std::vector<ResultSet::Cell> cells;
  for (int c = 0; c < row.columns(); ++c)
    cells.push_back(row.is_null(c) ? ResultSet::Cell() : ResultSet::Cell::datum(row.value(c)));
  out.row(cells);
}

}  // namespace pt::pg
