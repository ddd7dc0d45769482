#include "pg/risk_weights.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/risk/profile.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
}

namespace pt::pg {
namespace {

double number(Oid type, Datum value) {
  switch (type) {
    case INT2OID:
      return DatumGetInt16(value);
    case INT4OID:
      return DatumGetInt32(value);
    case INT8OID:
      return static_cast<double>(DatumGetInt64(value));
    case FLOAT4OID:
      return static_cast<double>(DatumGetFloat4(value));
    case FLOAT8OID:
      return DatumGetFloat8(value);
    default:
      return guarded([value] {
        return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
      });
  }
}

}  // namespace

WeightColumn::WeightColumn(const Column& column)
    : name_(column.name), type_(guarded([&column] { return getBaseType(column.type); })) {
  for (const Oid known : {INT2OID, INT4OID, INT8OID, FLOAT4OID, FLOAT8OID, NUMERICOID})
    if (type_ == known) return;
  throw Error(sqlstate::kDatatypeMismatch,
              "column \"" + name_ + "\" can't be the weight: its type is no number");
}

double WeightColumn::of(const ScanRow& row, std::size_t at) const {
  const double weight = row.is_null(at) ? 0 : number(type_, row.value(at));
  if (!risk::ExactSum::takes(weight))
    throw data_error("column \"" + name_ + "\" holds a weight that is " +
                         (row.is_null(at) ? "NULL" : "not a number from 1e-12 to below 1e12"),
                     "A sampling weight is the number of people that a person stands for.",
                     "Correct it, or read a view without such rows.");
  return weight;
}

void PersonWeights::note(std::uint32_t person, double weight) {
  if (person >= weight_.size()) {
    weight_.resize(std::size_t{person} + 1, 0);
    contradicts_.resize(std::size_t{person} + 1, false);
  }
  double& known = weight_[person];
  if (known != 0 && known != weight) contradicts_[person] = true;
  known = std::max(known, weight);
}

void PersonWeights::report_contradictions() const {
  const auto several = std::count(contradicts_.begin(), contradicts_.end(), true);
  if (several == 0) return;
  report(WARNING,
         std::to_string(several) + (several == 1 ? " person has" : " people have") +
             " rows with different weights",
         "The largest weight of each counts.",
         "Give every person one weight, or read a view with one row a person.");
}

}  // namespace pt::pg
