// Values of any type as bytes that are equal exactly when the values are: the ground on which rows
// are put into equivalence classes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "core/model/code.hpp"
#include "core/model/dictionary.hpp"
#include "core/model/prf.hpp"
#include "pg/boundary.hpp"
#include "pg/value_parts.hpp"

namespace pt::pg {

/// Canonical bytes of the values of one type.
///
/// "Equal" is what the type's own `=` says: numeric 1.0 and 1.00, the floats 0 and -0, texts that a
/// nondeterministic collation holds equal, character(n) with and without padding. Integers of all
/// widths have the same bytes for the same number. Arrays, composites, ranges and jsonb are read
/// down to their parts. Other types, and texts under a nondeterministic collation, are represented
/// by 128 bits of their own hash function.
class ValueKey {
 public:
  /// 42P22 when the type needs a collation and there is none; 42883 when it has no hash function.
  ValueKey(Oid type, Oid collation);

  /// The bytes of a value that is not NULL, valid until the next call or the end of the current
  /// memory context's life. Raises what the type's hash function raises.
  std::string_view bytes(Datum value);

 private:
  enum class Form : std::uint8_t {
    int8,
    int16,
    int32,
    int64,
    float4,
    float8,
    varlena,
    padded,
    fixed,
    name,
    numeric,
    interval,
    timetz,
    parts,
    hashed
  };
  void use_hash_function(Oid type);
  std::string_view number_bytes(std::int64_t number);

  Form form_ = Form::hashed;
  std::int16_t length_ = 0;
  Oid collation_;
  FmgrInfo* hash_ = nullptr;  // of the type cache
  std::unique_ptr<ValueParts> parts_;
  std::uint64_t words_[2] = {0, 0};
};

/// Numbers in the order of the values of a type, for distances between ordered values.
class OrderKey {
 public:
  /// 42804 when values of the type can't be numbered in their order.
  explicit OrderKey(Oid type);
  /// 22003 for a numeric that has more than 15 significant digits.
  [[nodiscard]] std::int64_t code(Datum value) const;

 private:
  Oid type_;
  bool is_enum_ = false;
};

/// The bytes of a tuple of values: the length of each (NULL has one of its own), then its bytes, so
/// that different tuples have different bytes.
class TupleBytes {
 public:
  void clear() noexcept { bytes_.clear(); }
  void add_null();
  void add(std::string_view value);
  [[nodiscard]] std::string_view view() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

/// The arguments of a function from one position on as a tuple. Made once per call site and kept
/// with it.
class TupleReader {
 public:
  /// That of the function being called, for its arguments from `first` on. Each argument has the
  /// collation it has in the query, also as argument of an aggregate; 0A000 where PostgreSQL does
  /// not say which that is and it would matter (window aggregates).
  static TupleReader& of(FunctionCallInfo fcinfo, int first);

  explicit TupleReader(FunctionCallInfo fcinfo, int first);
  /// The bytes of the tuple of the present row, valid until the next call.
  std::string_view tuple(FunctionCallInfo fcinfo);
  /// The bytes of one argument, not NULL; `at` counts from the first argument of the tuple.
  std::string_view value(std::size_t at, Datum value) { return columns_[at].bytes(value); }
  /// The type of an argument, counted likewise.
  [[nodiscard]] Oid type(std::size_t at) const { return types_[at]; }
  /// Leaves the leading `n` arguments out of tuple(): value() still reads them.
  void skip(int n) noexcept { skipped_ = n; }
  /// The order of the first argument's values.
  [[nodiscard]] const OrderKey& order();

 private:
  int first_;
  int skipped_ = 0;
  std::vector<ValueKey> columns_;
  std::vector<Oid> types_;
  std::optional<OrderKey> order_;
  TupleBytes bytes_;
};

/// Gives the values of a column codes, 0, 1, 2, ... in order of arrival: equal values (ValueKey),
/// equal codes. A cache in front of the dictionary answers most rows.
class ValueInterner {
 public:
  ValueInterner(Oid type, Oid collation, const model::Prf& prf, Host& host)
      : key_(type, collation), dictionary_(prf, host.memory()) {}

  /// The code of a value that is not NULL.
  model::Code code(Datum value);
  [[nodiscard]] const model::Dictionary& dictionary() const { return dictionary_; }

 private:
  struct Slot {  // head, tail and size are all there is of a value of up to 16 bytes
    std::uint64_t head = 0, tail = 0;
    std::size_t size = 0;
    model::Code code = model::kMissing;
  };
  ValueKey key_;
  model::Dictionary dictionary_;
  std::array<Slot, 512> cache_{};
};

/// The hash behind pt_key without a secret: the same on every server, so that profiles made in
/// different places can be merged.
[[nodiscard]] const model::Prf& public_key_prf();

/// A 64-bit code of a sensitive value from its bytes; never ClassHistogram::kNull.
[[nodiscard]] std::int64_t code_of_bytes(std::string_view bytes);

}  // namespace pt::pg
