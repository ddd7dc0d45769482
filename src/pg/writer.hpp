// Bulk writing of rows from C++ into a table: straight into the heap for a plain local table, by
// INSERT statements for everything else.
//
//   TableWriter writer(relation);
//   for (...) { writer.set_int4(0, n); writer.set_text(1, name); writer.end_row(); }
//   writer.finish();
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pg/boundary.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/tableam.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
}

namespace pt::pg {

/// Writes rows in batches of at most kRows. Columns count from 0 in the order of the table; a
/// column that is not set is NULL. Values are not converted: a setter must fit the type of its
/// column (text for text and varchar without length). The caller holds the right to insert; row
/// triggers, constraints, indexes and the like are honoured by the INSERT path, which is taken
/// whenever the table has any. An exception while a writer is alive must end the statement or its
/// subtransaction. About 0.3 us a row of 8 columns on the fast path.
class TableWriter {
 public:
  enum class Visibility : bool {
    ordinary,
    /// Rows are written frozen, as COPY FREEZE does, if the table was made in this
    /// (sub)transaction: whoever can see the table sees its rows, a reader with an older snapshot
    /// included, and no later VACUUM has to write them again.
    frozen
  };

  explicit TableWriter(Oid relation, Visibility visibility = Visibility::ordinary);
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;
  /// Drops nothing in PostgreSQL: without finish() the abort of the statement cleans up.
  ~TableWriter() = default;

  void set_null(int column) noexcept { slot_->tts_isnull[column] = true; }
  void set_bool(int column, bool value) noexcept { set_datum(column, BoolGetDatum(value)); }
  void set_int4(int column, std::int32_t value) noexcept {
    set_datum(column, Int32GetDatum(value));
  }
  void set_int8(int column, std::int64_t value) noexcept {
    set_datum(column, Int64GetDatum(value));
  }
  void set_float8(int column, double value) noexcept { set_datum(column, Float8GetDatum(value)); }
  /// The text is copied; at most 1 GB.
  void set_text(int column, std::string_view value);
  /// The 16 bytes of a uuid, copied.
  void set_uuid(int column, std::span<const std::uint8_t, 16> value);
  /// bytea, copied.
  void set_bytea(int column, std::span<const std::uint8_t> value);
  /// Any Datum as it is; what a by-reference Datum points at must stay until finish().
  void set_datum(int column, Datum value) noexcept {
    slot_->tts_values[column] = value;
    slot_->tts_isnull[column] = false;
  }
  /// Any Datum of the column's type, copied (toasted values are fetched). Returns the copy, which
  /// lives until the row is written.
  Datum copy_datum(int column, Datum value);

  /// Memory that lives until the row is written: build by-reference values there and use
  /// set_datum().
  [[nodiscard]] MemoryContext batch_memory() const noexcept { return batch_; }

  /// Ends the row; writes the batch when it is full and polls interrupts then.
  void end_row();
  /// Writes what is left and closes the table; the rows are visible to the following commands.
  /// Returns their number.
  std::uint64_t finish();

  [[nodiscard]] int columns() const noexcept { return descriptor_->natts; }
  /// Whether rows go straight into the heap.
  [[nodiscard]] bool direct() const noexcept { return direct_; }

 private:
  static constexpr std::size_t kRows = 1000;
  static constexpr std::size_t kBytes = std::size_t{1} << 20;

  void next_slot();
  void flush();
  void insert_by_statement();
  void* copy_varlena(std::string_view bytes);

  MemoryContext memory_;  // slots and what lives as long as the writer
  MemoryContext batch_;   // by-reference values of the rows not yet written
  ::Relation relation_;   // PostgreSQL's: pt::pg has a Relation of its own (describe.hpp)
  TupleDesc descriptor_;
  bool direct_;
  int options_ = 0;  // of table_multi_insert
  BulkInsertState bulk_ = nullptr;
  SPIPlanPtr plan_ = nullptr;
  std::vector<TupleTableSlot*> slots_;
  TupleTableSlot* slot_ = nullptr;  // slots_[used_]
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;  // copied into batch_
  std::uint64_t rows_ = 0;
};

/// Long values are compressed with LZ4 until the owner's scope ends, where the server has it: the
/// other method takes more time than all the rest of writing.
void prefer_fast_compression();

/// A varlena in compressed form when that is shorter and prefer_fast_compression() holds: what is
/// written and returned is then compressed once, and held in less memory. In the current context.
Datum compressed(Datum value);

}  // namespace pt::pg
