// Values of scanned rows on their way into the core. Per row a value costs a hash of its bytes;
// what it means (text, number, day) is worked out once per distinct value, after the scan.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/dictionary.hpp"
#include "core/model/population.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// A value of a row; the Datum of a NULL is undefined.
struct Value {
  Datum datum;
  bool null;
};

/// How the Datums of a type are laid out.
struct Layout {
  Oid type = InvalidOid;  ///< the base type where the column has a domain
  std::int16_t length = 0;
  bool by_value = false;
  explicit Layout(Oid declared_type);
};

/// The stored bytes of a non-null value; of a varlena the payload. Points into the value, or into
/// the current memory context where it had to be fetched or unpacked.
[[nodiscard]] inline std::string_view bytes_of(Datum const& value, const Layout& layout);
/// The same of a value that is passed by reference, whatever it looks like.
[[nodiscard]] std::string_view stored_bytes(Datum value, const Layout& layout);

inline std::string_view bytes_of(Datum const& value, const Layout& layout) {
  if (layout.by_value) return {reinterpret_cast<const char*>(&value), sizeof value};
  // Nearly every text of a row has a header of one byte.
  const char* const pointer = DatumGetPointer(value);
  if (layout.length == -1 && VARATT_IS_1B(pointer) && !VARATT_IS_1B_E(pointer))
    return {VARDATA_1B(pointer), static_cast<std::size_t>(VARSIZE_1B(pointer)) - VARHDRSZ_SHORT};
  return stored_bytes(value, layout);
}

/// Gives the values of one column codes: equal bytes, equal codes. NULL is kMissing. A small cache
/// in front of the dictionary answers most rows.
class ColumnInterner {
 public:
  ColumnInterner(model::Dictionary& dictionary, Oid type)
      : dictionary_(&dictionary), layout_(type) {}

  model::Code code(const Value& value);

 private:
  struct Slot {
    std::uint64_t mix = 0;
    model::Code code = model::kMissing;
  };
  model::Dictionary* dictionary_;
  Layout layout_;
  std::array<Slot, 512> cache_{};
};

/// Turns what ColumnInterner stored back into text, through the output function of the type.
class ValueDecoder {
 public:
  explicit ValueDecoder(Oid type);

  [[nodiscard]] std::string text(std::string_view stored) const;
  /// Days since 2000-01-01 of a date, a timestamp, a timestamp with time zone (in UTC) or a text
  /// that begins with an ISO date; nothing for infinity and for anything else.
  [[nodiscard]] std::optional<std::int32_t> day(std::string_view stored) const;

 private:
  [[nodiscard]] Datum datum(std::string_view stored) const;
  Layout layout_;
  bool is_text_;
  Oid output_ = InvalidOid;
};

/// The number a text writes, all of it; nothing for other texts. NaN and infinity are returned as
/// such.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// The day an ISO date ('2014-03-05', optionally followed by 'T' or a space and a time) writes;
/// nothing otherwise.
[[nodiscard]] std::optional<std::int32_t> parse_iso_day(std::string_view text);

/// Whether a type is that of the extension citext, whose `=` takes upper for lower case.
[[nodiscard]] bool is_citext(Oid type);

/// Canonical text of person keys, the same for keys that are equal: integers and numeric in
/// decimal without zeros behind the fraction, texts as they are (character(n) without its padding,
/// citext in lower case), uuids and everything else by the output function.
class KeyReader {
 public:
  /// `other`: the type of the keys to be compared with; texts are put in lower case where that one
  /// is citext. 0A000 for a collation under which different texts are equal.
  KeyReader(Oid type, Oid collation, Oid other);
  /// The key that a value, not NULL, writes; valid until the next call and no longer than the
  /// value.
  std::string_view key(Datum value);
  /// Whether the key is surely that of the previous value that key() was asked for: events often
  /// come person by person.
  [[nodiscard]] bool is_same(Datum value) const noexcept {
    return previous_ && *previous_ == value;
  }

 private:
  enum class Form : std::uint8_t { int2, int4, int8, text, padded, numeric, other };
  std::string_view cased(std::string_view text);

  Oid type_;
  Form form_;
  bool ignores_case_;
  std::array<char, 24> digits_{};
  std::string text_;
  std::optional<Datum> previous_;  // of an integer
};

/// Days since 2000-01-01 of an event time column. 42804 when the type is none of date, timestamp,
/// timestamptz and text.
class DayReader {
 public:
  DayReader(Oid type, std::string_view column);
  /// kNoDay for NULL, infinity and texts that are no ISO date.
  std::int32_t day(const Value& value);

 private:
  Oid type_;
};

/// Positive finite numbers of a column of any numeric or text type.
class WeightReader {
 public:
  explicit WeightReader(Oid type) : decoder_(type), layout_(type), type_(type) {}
  /// Nothing for NULL; `bad` is counted up for values that are no positive finite number.
  std::optional<double> weight(const Value& value, std::uint64_t& bad);

 private:
  ValueDecoder decoder_;
  Layout layout_;
  Oid type_;
};

}  // namespace pt::pg
