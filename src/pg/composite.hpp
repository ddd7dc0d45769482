// A composite value as the result of a function that returns one row.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "pg/datum.hpp"

namespace pt::pg {

/// A number, or NULL for NaN: what does not exist is no number.
[[nodiscard]] inline ResultSet::Cell number_cell(double value) {
  return std::isnan(value) ? ResultSet::Cell() : ResultSet::Cell(value);
}

/// The cells as a value of the composite type that the function `fcinfo` belongs to returns.
[[nodiscard]] inline Datum composite_result(FunctionCallInfo fcinfo,
                                            std::span<const ResultSet::Cell> cells) {
  std::vector<Datum> values;
  std::vector<char> nulls;  // bool as char: vector<bool> has no data()
  for (const ResultSet::Cell& cell : cells) {
    values.push_back(cell.value);
    nulls.push_back(cell.null ? 1 : 0);
  }
  static_assert(sizeof(bool) == sizeof(char));
  return guarded([&values, &nulls, fcinfo] {
    TupleDesc type = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &type) != TYPEFUNC_COMPOSITE)
      elog(ERROR, "return type must be a row type");
    if (type->natts != static_cast<int>(values.size()))
      elog(ERROR, "a result of %zu columns does not fit its type", values.size());
    HeapTuple const tuple =
        heap_form_tuple(BlessTupleDesc(type), values.data(), reinterpret_cast<bool*>(nulls.data()));
    return HeapTupleGetDatum(tuple);
  });
}

}  // namespace pt::pg
