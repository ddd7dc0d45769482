// Canonical bytes of values that are made of other values: arrays, composites, ranges, jsonb.
#pragma once

#include <memory>
#include <string_view>

#include "pg/boundary.hpp"

namespace pt::pg {

/// Reads values of one type down to their parts. The hash functions of these types are no
/// substitute: that of arrays passes over dimensions and bounds, that of bigint elements folds 64
/// bits into 32, and jsonb's is a rotated exclusive or, so that different values have the same hash
/// under every seed.
class ValueParts {
 public:
  ValueParts() = default;
  ValueParts(const ValueParts&) = delete;
  ValueParts& operator=(const ValueParts&) = delete;
  virtual ~ValueParts() = default;

  /// Bytes that are equal exactly when the values are, valid until the next call.
  virtual std::string_view bytes(Datum value) = 0;

  /// Nothing for a type (not a domain) that has no parts. `collation`: of the texts in an array.
  /// Raises what ValueKey raises for the types of the parts; of records only when one is seen.
  static std::unique_ptr<ValueParts> of(Oid type, Oid collation);
};

}  // namespace pt::pg
