// Conversions between PostgreSQL values and C++ ones. All throw PgError or std::bad_alloc; texts
// are in the database encoding. Datums are made in the current memory context.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pg/boundary.hpp"

namespace pt::pg {

/// A text (or other varlena string) value, detoasted.
[[nodiscard]] std::string text_from_datum(Datum value);
/// A text value as a view; a toasted value is detoasted into the current memory context.
[[nodiscard]] std::string_view text_view(Datum value);
[[nodiscard]] Datum text_datum(std::string_view value);
[[nodiscard]] Datum cstring_datum(std::string_view value);
[[nodiscard]] Datum name_datum(std::string_view value);

/// Any value through its type's output function.
[[nodiscard]] std::string output_text(Datum value, Oid type);
/// A value of `type` from its text form (input function, no typmod).
[[nodiscard]] Datum input_datum(const std::string& text, Oid type);
[[nodiscard]] Datum jsonb_datum(const std::string& json);

/// Quoted as needed for use in SQL text.
[[nodiscard]] std::string quote_identifier(std::string_view name);
[[nodiscard]] std::string quote_literal(std::string_view value);
/// "schema"."name" with both parts quoted as needed.
[[nodiscard]] std::string qualified_name(std::string_view schema, std::string_view name);
/// The same for an existing relation; 42P01 if it has vanished.
[[nodiscard]] std::string relation_name(Oid relation);
/// SQL name of a type, for casts: always schema-qualified where the search path matters.
[[nodiscard]] std::string type_name(Oid type, std::int32_t typmod = -1);

[[nodiscard]] Datum text_array(std::span<const std::string> values);
[[nodiscard]] Datum text_array(std::span<const std::optional<std::string>> values);
[[nodiscard]] Datum int4_array(std::span<const std::int32_t> values);
[[nodiscard]] Datum int4_array(std::span<const std::optional<std::int32_t>> values);
[[nodiscard]] Datum float8_array(std::span<const double> values);
/// uuid[] of their bytes, and the bytes of a uuid.
[[nodiscard]] Datum uuid_array(std::span<const std::array<std::uint8_t, 16>> values);
[[nodiscard]] std::array<std::uint8_t, 16> uuid_bytes(Datum value);
/// Elements of a one-dimensional text[] (or name[], varchar[]); 22023 with `what` in the message
/// for others.
[[nodiscard]] std::vector<std::optional<std::string>> text_array_elements(Datum array,
                                                                          std::string_view what);
[[nodiscard]] std::vector<std::optional<double>> float8_array_elements(Datum array,
                                                                       std::string_view what);

/// Arguments of an SQL function by position, from 0. The plain getters raise 22004 naming the
/// argument when it is NULL; the optional_ ones return nothing.
class Args {
 public:
  explicit Args(FunctionCallInfo fcinfo) noexcept : fcinfo_(fcinfo) {}
  [[nodiscard]] int count() const noexcept { return fcinfo_->nargs; }
  [[nodiscard]] bool is_null(int i) const noexcept { return fcinfo_->args[i].isnull; }
  [[nodiscard]] Datum value(int i, std::string_view name) const;
  [[nodiscard]] std::string text(int i, std::string_view name) const;
  [[nodiscard]] Oid oid(int i, std::string_view name) const;
  [[nodiscard]] std::int32_t int4(int i, std::string_view name) const;
  [[nodiscard]] std::int64_t int8(int i, std::string_view name) const;
  [[nodiscard]] double float8(int i, std::string_view name) const;
  [[nodiscard]] bool boolean(int i, std::string_view name) const;
  [[nodiscard]] std::optional<std::string> optional_text(int i) const;
  [[nodiscard]] std::optional<Oid> optional_oid(int i) const;
  [[nodiscard]] std::optional<std::int32_t> optional_int4(int i) const;
  [[nodiscard]] std::optional<std::int64_t> optional_int8(int i) const;
  [[nodiscard]] std::optional<double> optional_float8(int i) const;
  [[nodiscard]] std::optional<bool> optional_boolean(int i) const;

 private:
  FunctionCallInfo fcinfo_;
};

/// Rows of a set-returning function (materialize mode): `ResultSet out(fcinfo);
/// out.row(values...)`, then `return out.done();`. Column count must equal that of the declared
/// result type.
class ResultSet {
 public:
  explicit ResultSet(FunctionCallInfo fcinfo);
  /// A cell: a Datum, or NULL.
  struct Cell {
    Datum value = 0;
    bool null = true;
    Cell() = default;
    // NOLINTBEGIN(google-explicit-constructor): cells are written as plain values in row({...})
    Cell(std::nullptr_t) {}
    Cell(bool v) : value(BoolGetDatum(v)), null(false) {}
    Cell(std::int32_t v) : value(Int32GetDatum(v)), null(false) {}
    Cell(std::int64_t v) : value(Int64GetDatum(v)), null(false) {}
    Cell(double v) : value(Float8GetDatum(v)), null(false) {}
    Cell(std::string_view v) : value(text_datum(v)), null(false) {}
    Cell(const std::string& v) : Cell(std::string_view(v)) {}
    Cell(const char* v) : Cell(std::string_view(v)) {}
    template <class T>
    Cell(const std::optional<T>& v) : Cell(v ? Cell(*v) : Cell()) {}
    // NOLINTEND(google-explicit-constructor)
    /// Any Datum as it is.
    static Cell datum(Datum v) {
      Cell cell;
      cell.value = v;
      cell.null = false;
      return cell;
    }
  };
  void row(std::initializer_list<Cell> cells) {
    row(std::span<const Cell>(cells.begin(), cells.size()));
  }
  void row(std::span<const Cell> cells);
  [[nodiscard]] TupleDesc descriptor() const noexcept { return info_->setDesc; }
  [[nodiscard]] Datum done() const noexcept { return Datum{0}; }

 private:
  ReturnSetInfo* info_;
};

}  // namespace pt::pg
