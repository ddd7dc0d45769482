// Columns of a table being anonymized: quasi-identifiers read into codes and released as labels or
// ranges, and the columns that are kept, stored until the order of the rows is known.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/group/recode.hpp"
#include "core/host.hpp"
#include "core/model/attribute.hpp"
#include "core/model/dictionary.hpp"
#include "core/model/prf.hpp"
#include "pg/hierarchies.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/htup_details.h"
}

namespace pt::pg {

/// Turns the values of one column into codes, 0, 1, 2, ... in order of arrival.
class Encoder {
 public:
  /// How values arrive: whole numbers by value (integers, dates, timestamps) or text.
  enum class Form : std::uint8_t { int16, int32, int64, text };

  Encoder(Form form, const model::Prf& prf, Host& host);

  /// Appends the code of a value, kMissing for NULL. Column `at` of the row must have the form.
  void add(const Row& row, int at);

  [[nodiscard]] Form form() const { return form_; }
  [[nodiscard]] std::span<const model::Code> codes() const { return codes_; }
  /// Replaces every code by new_code[code].
  void renumber(std::span<const model::Code> new_code);

  [[nodiscard]] std::size_t distinct() const { return dictionary_.size(); }
  [[nodiscard]] std::string_view text(model::Code arrival) const { return dictionary_[arrival]; }
  [[nodiscard]] std::int64_t number(model::Code arrival) const;

 private:
  struct Recent {  // a short value seen lately: most rows then cost no keyed hash
    std::uint64_t bytes = 0;
    std::uint32_t size = 0xFFFFFFFFu;
    model::Code code = 0;
  };
  model::Code intern(std::string_view bytes);

  Form form_;
  model::Dictionary dictionary_;
  std::pmr::vector<model::Code> codes_;
  std::array<Recent, 1024> recent_{};
};

/// Text of a value that the encoder has seen, as the type writes it.
[[nodiscard]] std::string value_text(const Encoder& encoder, Oid base_type, model::Code arrival);

/// The form in which a type is read: its own for integers, dates and timestamps, text for others.
[[nodiscard]] Encoder::Form form_of(Oid base_type);

/// A quasi-identifier of a table.
///
/// With a hierarchy, or where values have no useful order, it is released as text: the value, a
/// label of the hierarchy, or '*' when nothing can be told. Integers, numerics, floats, dates and
/// timestamps without a hierarchy are released as ranges (int4range, int8range, numrange,
/// daterange, tsrange, tstzrange) that include both ends; the unbounded range when nothing can be
/// told. A missing value is NULL in both cases, and so are NaN and infinities in ranges.
class QuasiIdentifier {
 public:
  /// Loads the column's hierarchy, if one is set (pg/hierarchies.hpp has the errors).
  QuasiIdentifier(Oid relation, std::string name, Oid type, const model::Prf& prf, Host& host);

  [[nodiscard]] const std::string& name() const { return attribute_.name; }
  /// SQL expression that reads it.
  [[nodiscard]] std::string expression() const;
  /// Type of the released column: text or a range type.
  [[nodiscard]] Oid released_type() const;

  void add(const Row& row, int at) { encoder_.add(row, at); }

  /// After the last row: sorts the dictionary; codes() and attribute() are final.
  void finish();
  [[nodiscard]] const model::Attribute& attribute() const { return attribute_; }
  [[nodiscard]] std::span<const model::Code> codes() const { return encoder_.codes(); }
  /// The label released where nothing can be told.
  [[nodiscard]] const std::string& everything() const { return everything_; }
  /// Distinct values that are NaN or infinite, released as missing.
  [[nodiscard]] std::size_t not_finite() const { return not_finite_; }
  /// Distinct values that the hierarchy doesn't know.
  [[nodiscard]] std::uint64_t not_in_hierarchy() const { return not_in_hierarchy_; }

  struct Value {
    Datum datum = 0;
    bool null = true;
  };
  /// The released value of a cell, made once per distinct cell in the current memory context.
  Value release(const group::RecodedCell& cell);

 private:
  void finish_labels();
  void finish_ranges();
  [[nodiscard]] std::string value_text(model::Code arrival) const {
    return pg::value_text(encoder_, type_, arrival);
  }
  [[nodiscard]] std::optional<double> finite_value(model::Code arrival) const;
  [[nodiscard]] bool is_less(model::Code a, model::Code b) const;
  [[nodiscard]] std::string label(const group::RecodedCell& cell) const;
  [[nodiscard]] std::string range(const group::RecodedCell& cell) const;

  Oid relation_;
  Oid type_;                     // of the column, domains resolved
  Oid range_type_ = InvalidOid;  // released as; InvalidOid: text
  Encoder encoder_;
  model::Attribute attribute_;
  std::optional<KnownHierarchy> known_;
  std::vector<std::string> highest_;  // ranges: largest value behind a code; labels: the smallest
  std::string everything_ = "*";
  std::size_t not_finite_ = 0;
  std::uint64_t not_in_hierarchy_ = 0;
  std::map<std::array<model::Code, 3>, Value> released_;
};

/// Rows of the kept columns, packed side by side in memory of the host.
class KeptRows {
 public:
  KeptRows(TupleDesc descriptor, Host& host)
      : descriptor_(descriptor),
        chunks_(host.memory()),
        rows_(host.memory()),
        hashes_(host.memory()) {}

  /// Appends the columns of a row from `first` on; call it in memory that lives as long as the row.
  void add(const Row& row, int first);

  [[nodiscard]] TupleDesc descriptor() const { return descriptor_; }
  [[nodiscard]] MinimalTuple tuple(std::size_t row) const { return rows_[row]; }
  /// A hash of the content, the same wherever the row stood.
  [[nodiscard]] std::uint64_t hash(std::size_t row) const { return hashes_[row]; }
  /// Starts to load a row that is wanted soon: rows are taken in an order that memory can't guess.
  void prefetch(std::size_t row) const { __builtin_prefetch(rows_[row]); }

 private:
  static constexpr std::size_t kChunkWords = std::size_t{1} << 17;

  TupleDesc descriptor_;
  std::pmr::vector<std::pmr::vector<std::uint64_t>> chunks_;  // words, for alignment
  std::size_t used_ = 0;                                      // words of the last chunk
  std::pmr::vector<MinimalTuple> rows_;
  std::pmr::vector<std::uint64_t> hashes_;
};

}  // namespace pt::pg
