// Cells of result rows as the model of a report wants them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pg/report_gather.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {

inline std::optional<double> number_or_none(const Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.float8(column));
}

inline std::optional<bool> verdict_or_none(const Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.boolean(column));
}

inline std::int64_t count_or_zero(const Row& row, int column) {
  return row.is_null(column) ? 0 : row.int8(column);
}

inline std::string text_or_empty(const Row& row, int column) {
  return report_text(row.optional_text(column).value_or(""));
}

/// $1 source, $2 schema and $3 name, as the functions about a release in service take them.
inline Params release_params(const StoredRun& run, const InService& release) {
  Params params;
  params.add(REGCLASSOID, ObjectIdGetDatum(run.source))
      .text(release.name.schema)
      .text(release.name.name);
  return params;
}

}  // namespace pt::pg
