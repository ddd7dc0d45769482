// Composite values: the result of a function that returns one row, or a column of a row.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "pg/datum.hpp"

extern "C" {
#include "access/htup_details.h"
#include "utils/typcache.h"
}

namespace pt::pg {

/// A number, or NULL for NaN: what does not exist is no number.
[[nodiscard]] inline ResultSet::Cell number_cell(double value) {
  return std::isnan(value) ? ResultSet::Cell() : ResultSet::Cell(value);
}

/// The cells as a value of the composite type that `columns()` describes; it may ereport.
template <class Columns>
[[nodiscard]] Datum form_composite(std::span<const ResultSet::Cell> cells, Columns&& columns) {
  std::vector<Datum> values;
  std::vector<char> nulls;  // bool as char: vector<bool> has no data()
  for (const ResultSet::Cell& cell : cells) {
    values.push_back(cell.value);
    nulls.push_back(cell.null ? 1 : 0);
  }
  static_assert(sizeof(bool) == sizeof(char));
  return guarded([&values, &nulls, &columns] {
    TupleDesc const type = columns();
    if (type->natts != static_cast<int>(values.size()))
      elog(ERROR, "a value of %zu columns does not fit its type", values.size());
    return HeapTupleGetDatum(
        heap_form_tuple(type, values.data(), reinterpret_cast<bool*>(nulls.data())));
  });
}

/// The cells as a value of the composite type that the function of `fcinfo` returns.
[[nodiscard]] inline Datum composite_result(FunctionCallInfo fcinfo,
                                            std::span<const ResultSet::Cell> cells) {
  return form_composite(cells, [fcinfo] {
    TupleDesc type = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &type) != TYPEFUNC_COMPOSITE)
      elog(ERROR, "return type must be a row type");
    return BlessTupleDesc(type);
  });
}

/// The cells as a value of a named composite type.
[[nodiscard]] inline Datum composite_datum(Oid type, std::span<const ResultSet::Cell> cells) {
  return form_composite(cells, [type] { return lookup_rowtype_tupdesc_copy(type, -1); });
}

}  // namespace pt::pg
