// SQL from C++: a connection scope, parameters, execution, and rows handed to a C++ callable one at
// a time.
//
//   Spi spi;
//   spi.query("SELECT a, b FROM t WHERE c = $1", Params{}.text("x"), Spi::ReadOnly::yes, [&](const
//   Row& row) {
//     if (!row.is_null(0)) total += DatumGetInt64(row.value(0));
//   });
//
// The executor applies permissions, row security and views as for the caller. Rows cost about 70 ns
// each. Text put into SQL goes through quote_identifier / quote_literal (pg/datum.hpp) or, better,
// through parameters.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/error.hpp"
#include "pg/boundary.hpp"

extern "C" {
#include "executor/tuptable.h"
}

namespace pt::pg {

/// Parameters $1, $2, ... of a statement, in order. Datums passed by reference must outlive the
/// call.
class Params {
 public:
  Params& add(Oid type, Datum value, bool null = false);
  Params& null(Oid type) { return add(type, Datum{0}, true); }
  Params& text(std::string_view value);
  /// NULL when there is none.
  Params& optional_text(const std::optional<std::string>& value);
  Params& int4(std::int32_t value);
  Params& int8(std::int64_t value);
  Params& float8(double value);
  Params& boolean(bool value);
  Params& oid(Oid value);

  [[nodiscard]] std::size_t size() const noexcept { return types_.size(); }
  [[nodiscard]] const std::vector<Oid>& types() const noexcept { return types_; }
  [[nodiscard]] const std::vector<Datum>& values() const noexcept { return values_; }
  [[nodiscard]] const std::vector<char>& nulls() const noexcept {
    return nulls_;
  }  // 'n' or ' ', as SPI wants it

 private:
  std::vector<Oid> types_;
  std::vector<Datum> values_;
  std::vector<char> nulls_;
};

/// One result row, valid during the callback only; columns count from 0.
class Row {
 public:
  explicit Row(TupleTableSlot* slot) noexcept : slot_(slot) {}
  [[nodiscard]] int columns() const noexcept { return slot_->tts_tupleDescriptor->natts; }
  [[nodiscard]] bool is_null(int column) const noexcept { return slot_->tts_isnull[column]; }
  /// Undefined for NULL. By-reference values point into the row.
  [[nodiscard]] Datum value(int column) const noexcept { return slot_->tts_values[column]; }
  [[nodiscard]] Oid type(int column) const noexcept {
    return TupleDescAttr(slot_->tts_tupleDescriptor, column)->atttypid;
  }
  [[nodiscard]] std::int32_t int4(int column) const noexcept {
    return DatumGetInt32(value(column));
  }
  [[nodiscard]] std::int64_t int8(int column) const noexcept {
    return DatumGetInt64(value(column));
  }
  [[nodiscard]] double float8(int column) const noexcept { return DatumGetFloat8(value(column)); }
  [[nodiscard]] bool boolean(int column) const noexcept { return DatumGetBool(value(column)); }
  [[nodiscard]] Oid oid(int column) const noexcept { return DatumGetObjectId(value(column)); }
  /// A column of type text, varchar or name-like varlena; detoasted and copied. 55000 for a type
  /// that isn't stored like these.
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] TupleTableSlot* slot() const noexcept { return slot_; }

 private:
  TupleTableSlot* slot_;
};

/// 55000 unless the columns of the row have these types. Whoever reads values of a relation as what
/// its columns were some statements ago calls it for the first row: code that the relation itself
/// brings along (functions in views) may have put another one under its name.
void require_types(const Row& row, std::span<const Oid> types, const std::string& relation);

/// A borrowed reference to a callable `void(const Row&)`; no allocation, one indirect call per row.
class RowCallback {
 public:
  template <class F>
  requires std::is_invocable_v<F&, const Row&>
  // NOLINTNEXTLINE(google-explicit-constructor): meant to be created at the call
  RowCallback(F& f)
  noexcept
      : object_(&f), call_([](const void* object, const Row& row) {
          (*const_cast<F*>(static_cast<const F*>(object)))(row);
        }) {}
  void operator()(const Row& row) const { call_(object_, row); }

 private:
  const void* object_;
  void (*call_)(const void*, const Row&);
};

/// A connection to SPI for a scope, finished at its end. After a PostgreSQL error inside the scope
/// the rest is left to the abort of the (sub)transaction, so such an error must end the statement
/// or be caught by attempt().
class Spi {
 public:
  enum class ReadOnly : bool { no, yes };

  /// For functions: commit() is an error.
  Spi() : Spi(false) {}
  /// For procedures: commit() is allowed if the CALL that `fcinfo` stands for is outside a
  /// transaction block and outside functions, otherwise it raises 2D000.
  explicit Spi(FunctionCallInfo fcinfo) : Spi(may_commit(fcinfo)) {}
  Spi(const Spi&) = delete;
  Spi& operator=(const Spi&) = delete;
  ~Spi();

  /// Runs one or more statements and returns the number of rows processed by the last one.
  std::uint64_t execute(const std::string& sql, const Params& params = {},
                        ReadOnly read_only = ReadOnly::no);

  /// Runs one statement and calls on_row(const Row&) for each result row; the callable may throw
  /// anything, which stops the query and leaves this function unchanged. Returns the number of
  /// rows. The callable runs in a memory context that is reset after every row, so what it pallocs
  /// needs no freeing; copy what must live on.
  template <class F>
  std::uint64_t query(const std::string& sql, const Params& params, ReadOnly read_only,
                      F&& on_row) {
    return query_rows(sql, params, read_only, RowCallback(on_row));
  }
  template <class F>
  std::uint64_t query(const std::string& sql, F&& on_row) {
    return query_rows(sql, Params{}, ReadOnly::yes, RowCallback(on_row));
  }

  /// First column of the first row as text (by the type's output function); nothing if there is no
  /// row or it is NULL.
  std::optional<std::string> value(const std::string& sql, const Params& params = {},
                                   ReadOnly read_only = ReadOnly::yes);

  /// Ends the current transaction and starts the next one. Memory of the old transaction is gone.
  void commit();

  /// Whether a procedure called like this may commit.
  [[nodiscard]] static bool may_commit(FunctionCallInfo fcinfo) noexcept;

 private:
  explicit Spi(bool nonatomic);
  std::uint64_t query_rows(const std::string& sql, const Params& params, ReadOnly read_only,
                           RowCallback on_row);
  std::uint64_t errors_before_;
  int exceptions_before_;
};

/// Runs f inside an internal subtransaction. Nothing is returned when it succeeded; a PostgreSQL
/// error rolls its work back and is returned as plain texts. A cancel (57014) is not swallowed but
/// thrown, and so are C++ exceptions, both after the rollback. Costs about as much as a PL/pgSQL
/// block with EXCEPTION.
std::optional<Error> attempt(const std::function<void()>& f);

}  // namespace pt::pg
