#include "pg/writer.hpp"

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/toast_compression.h"
#include "access/toast_internals.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace_d.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
}

namespace pt::pg {
namespace {

/// Whether rows may be put into the heap without the executor: a plain heap table on which nothing
/// has to happen per row. On a cluster of Citus any table may be a shell around shards, so the
/// executor decides. May ereport.
bool is_plain_heap(Relation relation) {
  return relation->rd_rel->relkind == RELKIND_RELATION &&
         relation->rd_tableam == GetHeapamTableAmRoutine() && !relation->rd_rel->relhasindex &&
         !relation->rd_rel->relhastriggers && !relation->rd_rel->relhasrules &&
         !relation->rd_rel->relrowsecurity && !relation->rd_rel->relispartition &&
         !relation->rd_rel->relhassubclass && relation->rd_att->constr == nullptr &&
         !OidIsValid(get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE));
}

/// INSERT INTO relation VALUES ($1, ...), prepared and kept. Needs an SPI connection.
SPIPlanPtr prepare_insert(const std::string& sql, TupleDesc descriptor) {
  std::vector<Oid> types;
  for (int i = 0; i < descriptor->natts; ++i)
    types.push_back(TupleDescAttr(descriptor, i)->atttypid);
  return guarded([&sql, &types] {
    SPIPlanPtr const plan = SPI_prepare(sql.c_str(), static_cast<int>(types.size()), types.data());
    if (plan != nullptr) SPI_keepplan(plan);
    return plan;
  });
}

std::string insert_statement(Oid relation, TupleDesc descriptor) {
  std::string sql = "INSERT INTO " + relation_name(relation) + " VALUES (";
  for (int i = 0; i < descriptor->natts; ++i) sql += (i == 0 ? "$" : ", $") + std::to_string(i + 1);
  return sql + ")";
}

}  // namespace

TableWriter::TableWriter(Oid relation, Visibility visibility)
    : memory_(guarded([] {
        return AllocSetContextCreateInternal(CurrentMemoryContext, "personatwin writer",
                                             ALLOCSET_DEFAULT_SIZES);
      })),
      batch_(guarded([this] {
        return AllocSetContextCreateInternal(memory_, "personatwin batch", ALLOCSET_DEFAULT_MINSIZE,
                                             256 * 1024, ALLOCSET_DEFAULT_MAXSIZE);
      })),
      relation_(guarded([relation] { return table_open(relation, RowExclusiveLock); })),
      descriptor_(RelationGetDescr(relation_)),
      direct_(guarded([this] { return is_plain_heap(relation_); })) {
  if (direct_) {
    SubTransactionId const made_in = relation_->rd_createSubid;
    if (made_in != InvalidSubTransactionId) options_ |= TABLE_INSERT_SKIP_FSM;
    if (visibility == Visibility::frozen && made_in != InvalidSubTransactionId &&
        made_in == GetCurrentSubTransactionId())
      options_ |= TABLE_INSERT_FROZEN;
    bulk_ = guarded([] { return GetBulkInsertState(); });
  } else {
    Spi const spi;
    plan_ = prepare_insert(insert_statement(relation, descriptor_), descriptor_);
    if (plan_ == nullptr) throw internal_error("SPI_prepare failed for an INSERT");
  }
  slots_.reserve(kRows);
  next_slot();
}

void TableWriter::next_slot() {
  if (used_ == slots_.size()) {
    slots_.push_back(guarded([this] {
      MemoryContext const before = MemoryContextSwitchTo(memory_);
      TupleTableSlot* const slot = direct_ ? table_slot_create(relation_, nullptr)
                                           : MakeSingleTupleTableSlot(descriptor_, &TTSOpsVirtual);
      MemoryContextSwitchTo(before);
      return slot;
    }));
  }
  slot_ = slots_[used_];
  std::fill_n(slot_->tts_isnull, descriptor_->natts, true);
}

void* TableWriter::copy_varlena(std::string_view bytes) {
  if (bytes.size() > MaxAllocSize - VARHDRSZ) throw program_limit("value too long for a column");
  std::size_t const size = bytes.size() + VARHDRSZ;
  void* const copy = allocate_in(batch_, size);
  SET_VARSIZE(copy, size);
  if (!bytes.empty()) std::memcpy(VARDATA(copy), bytes.data(), bytes.size());
  bytes_ += size;
  return copy;
}

void TableWriter::set_text(int column, std::string_view value) {
  set_datum(column, PointerGetDatum(copy_varlena(value)));
}

void TableWriter::set_bytea(int column, std::span<const std::uint8_t> value) {
  set_datum(column, PointerGetDatum(
                        copy_varlena({reinterpret_cast<const char*>(value.data()), value.size()})));
}

void TableWriter::set_uuid(int column, std::span<const std::uint8_t, 16> value) {
  void* const copy = allocate_in(batch_, value.size());
  std::memcpy(copy, value.data(), value.size());
  bytes_ += value.size();
  set_datum(column, PointerGetDatum(copy));
}

Datum TableWriter::copy_datum(int column, Datum value) {
  Form_pg_attribute const attribute = TupleDescAttr(descriptor_, column);
  Datum const copy = guarded([this, value, attribute] {
    MemoryContext const before = MemoryContextSwitchTo(batch_);
    Datum const result = attribute->attlen == -1
                             ? PointerGetDatum(PG_DETOAST_DATUM_COPY(value))
                             : datumCopy(value, attribute->attbyval, attribute->attlen);
    MemoryContextSwitchTo(before);
    return result;
  });
  if (attribute->attlen == -1) bytes_ += VARSIZE_ANY(DatumGetPointer(copy));
  set_datum(column, copy);
  return copy;
}

void TableWriter::end_row() {
  ExecStoreVirtualTuple(slot_);  // cannot fail
  ++used_;
  // What callers build there counts, too.
  if (used_ == kRows || bytes_ >= kBytes || MemoryContextMemAllocated(batch_, false) >= 2 * kBytes)
    flush();
  next_slot();
}

void TableWriter::flush() {
  poll_interrupts();
  if (used_ > 0 && direct_) {
    guarded([this] {
      MemoryContext const before = MemoryContextSwitchTo(batch_);
      table_multi_insert(relation_, slots_.data(), static_cast<int>(used_),
                         GetCurrentCommandId(true), options_, bulk_);
      MemoryContextSwitchTo(before);
    });
  } else if (used_ > 0) {
    insert_by_statement();
  }
  guarded([this] {
    for (std::size_t i = 0; i < used_; ++i) ExecClearTuple(slots_[i]);
    MemoryContextReset(batch_);
  });
  rows_ += used_;
  used_ = 0;
  bytes_ = 0;
}

void TableWriter::insert_by_statement() {
  Spi const spi;  // a level of its own: the caller may be inside a query
  std::vector<char> nulls(static_cast<std::size_t>(descriptor_->natts));
  for (std::size_t i = 0; i < used_; ++i) {
    TupleTableSlot* const slot = slots_[i];
    for (std::size_t column = 0; column < nulls.size(); ++column)
      nulls[column] = slot->tts_isnull[column] ? 'n' : ' ';
    int const code = guarded([this, slot, &nulls] {
      return SPI_execute_plan(plan_, slot->tts_values, nulls.data(), false, 0);
    });
    if (code != SPI_OK_INSERT)
      throw internal_error("INSERT failed: " + std::string(SPI_result_code_string(code)));
  }
}

void prefer_fast_compression() {
  guarded([] {
    set_config_option("default_toast_compression", "lz4", PGC_USERSET, PGC_S_SESSION,
                      GUC_ACTION_SAVE, true, DEBUG5, false);
  });
}

Datum compressed(Datum value) {
  constexpr std::size_t kLong = 512;  // bytes
  auto const size = static_cast<std::size_t>(VARSIZE_ANY(DatumGetPointer(value)));
  if (size < kLong || default_toast_compression != TOAST_LZ4_COMPRESSION) return value;
  Datum const shorter =
      guarded([value] { return toast_compress_datum(value, TOAST_LZ4_COMPRESSION); });
  return DatumGetPointer(shorter) == nullptr ? value : shorter;
}

std::uint64_t TableWriter::finish() {
  flush();
  guarded([this] {
    if (bulk_ != nullptr) FreeBulkInsertState(bulk_);
    if (direct_) table_finish_bulk_insert(relation_, options_);
    if (plan_ != nullptr) SPI_freeplan(plan_);
    for (TupleTableSlot* const slot : slots_) ExecDropSingleTupleTableSlot(slot);
    table_close(relation_, NoLock);
    MemoryContextDelete(memory_);
    CommandCounterIncrement();
  });
  slots_.clear();
  return rows_;
}

}  // namespace pt::pg
