// States of aggregates that are float8 arrays of fixed length, so that they run parallel without
// further ado.
#pragma once

#include <cmath>
#include <optional>

#include "core/error.hpp"
#include "pg/datum.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/array.h"
}

namespace pt::pg {

/// The state of an aggregate: a float8 array of fixed length without NULLs, made on the first row.
class State {
 public:
  /// For a transition (argument 0 is the state, which may be changed in place).
  static State transition(FunctionCallInfo fcinfo, int length) {
    MemoryContext context = nullptr;
    if (AggCheckCallContext(fcinfo, &context) == 0)
      throw wrong_state("this function belongs to an aggregate", {}, "Call the aggregate instead.");
    if (!fcinfo->args[0].isnull) return State(fcinfo->args[0].value, length);
    return guarded([context, length] {
      MemoryContext const before = MemoryContextSwitchTo(context);
      auto const bytes = ARR_OVERHEAD_NONULLS(1) + static_cast<Size>(length) * sizeof(float8);
      auto* const array = static_cast<ArrayType*>(palloc0(bytes));
      SET_VARSIZE(array, bytes);
      array->ndim = 1;
      array->elemtype = FLOAT8OID;
      ARR_DIMS(array)[0] = length;
      ARR_LBOUND(array)[0] = 1;
      MemoryContextSwitchTo(before);
      return State(array, length);
    });
  }
  State(Datum value, int length)
      : State(guarded([value] { return DatumGetArrayTypeP(value); }), length) {}

  double& operator[](int i) { return values_[i]; }
  [[nodiscard]] Datum datum() const { return PointerGetDatum(array_); }

 private:
  State(ArrayType* array, int length) : array_(array), values_(nullptr) {
    if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != length || ARR_HASNULL(array) ||
        ARR_ELEMTYPE(array) != FLOAT8OID)
      throw invalid_parameter("this is no state of the aggregate");
    values_ = reinterpret_cast<double*>(ARR_DATA_PTR(array));
  }
  ArrayType* array_;
  double* values_;
};

/// The weight in argument i: 1 where there is none. Nothing for NULL and 0; 22023 for the rest.
[[nodiscard]] inline std::optional<double> weight_argument(const Args& args, int i) {
  if (args.count() <= i) return 1;
  if (args.is_null(i)) return std::nullopt;
  double const weight = DatumGetFloat8(args.value(i, "weight"));
  if (weight == 0) return std::nullopt;
  if (!(weight > 0) || !std::isfinite(weight))
    throw invalid_parameter(
        "a weight must be a finite number of at least 0", {},
        "Weights are counts: merged_from of a persona, weight of an event row.");
  return weight;
}

/// Returns the state as it came: for rows that do not count.
[[nodiscard]] inline Datum unchanged(FunctionCallInfo fcinfo) {
  if (fcinfo->args[0].isnull) {
    fcinfo->isnull = true;
    return Datum{0};
  }
  return fcinfo->args[0].value;
}

template <class Add>
[[nodiscard]] Datum combine_states(FunctionCallInfo fcinfo, int length, Add&& add) {
  if (fcinfo->args[1].isnull) return unchanged(fcinfo);
  State other(fcinfo->args[1].value, length);
  State state = State::transition(fcinfo, length);
  add(state, other);
  return state.datum();
}

[[nodiscard]] inline Datum combine_sums(FunctionCallInfo fcinfo, int length) {
  return combine_states(fcinfo, length, [length](State& a, State& b) {
    for (int i = 0; i < length; ++i) a[i] += b[i];
  });
}

}  // namespace pt::pg
