#include "pg/table_scan.hpp"

#include <algorithm>

#include "pg/datum.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
}

namespace pt::pg {
namespace {

/// Whether the current user may read the columns; may ereport.
bool may_select(Oid relation, const std::vector<const Column*>& columns) {
  const Oid user = GetUserId();
  if (pg_class_aclcheck(relation, user, ACL_SELECT) == ACLCHECK_OK) return true;
  for (const Column* const column : columns)
    if (pg_attribute_aclcheck(relation, static_cast<AttrNumber>(column->attnum), user,
                              ACL_SELECT) != ACLCHECK_OK)
      return false;
  return !columns.empty();
}

/// A table that is opened and being scanned, closed at the end of the scope.
class DirectScan {
 public:
  explicit DirectScan(Oid relation) {
    guarded([this, relation] {
      relation_ = table_open(relation, AccessShareLock);
      slot_ = table_slot_create(relation_, nullptr);
      scan_ = table_beginscan(relation_, GetActiveSnapshot(), 0, nullptr);
    });
  }
  DirectScan(const DirectScan&) = delete;
  DirectScan& operator=(const DirectScan&) = delete;

  /// Fetches a row with its first `attributes` columns. What it holds is given back by finish();
  /// after an error the abort does it.
  bool next(int attributes) {
    return guarded([this, attributes] {
      if (!table_scan_getnextslot(scan_, ForwardScanDirection, slot_)) return false;
      slot_getsomeattrs(slot_, attributes);
      return true;
    });
  }
  [[nodiscard]] const TupleTableSlot& slot() const { return *slot_; }

  void finish() {
    guarded([this] {
      ExecDropSingleTupleTableSlot(slot_);
      table_endscan(scan_);
      table_close(relation_, NoLock);  // the lock stays to the end of the transaction
    });
  }

 private:
  ::Relation relation_ = nullptr;
  TupleTableSlot* slot_ = nullptr;
  TableScanDesc scan_ = nullptr;
};

void scan_directly(const Relation& relation, const std::vector<const Column*>& columns,
                   const std::function<void(const ScanRow&)>& on_row) {
  std::vector<int> places;
  int attributes = 0;
  for (const Column* const column : columns) {
    places.push_back(column->attnum - 1);
    attributes = std::max(attributes, column->attnum);
  }
  // Not an OwnedContext: an error raised inside lives here until the abort frees it.
  MemoryContext const per_row = guarded([] {
    return AllocSetContextCreateInternal(CurrentMemoryContext, "personatwin row",
                                         ALLOCSET_DEFAULT_SIZES);
  });
  DirectScan scan(relation.oid);
  while (scan.next(attributes)) {
    const TupleTableSlot& slot = scan.slot();
    const ContextScope scope(per_row);
    on_row(ScanRow(slot.tts_values, slot.tts_isnull, places.data()));
    MemoryContextReset(per_row);
    poll_interrupts();
  }
  scan.finish();
  MemoryContextDelete(per_row);
}

void scan_by_select(const Relation& relation, const std::vector<const Column*>& columns,
                    const std::function<void(const ScanRow&)>& on_row) {
  std::string list;
  std::vector<Oid> types;
  std::vector<int> places;
  for (const Column* const column : columns) {
    list += (list.empty() ? "" : ", ") + quote_identifier(column->name);
    types.push_back(column->type);
    places.push_back(static_cast<int>(places.size()));
  }
  bool first = true;
  Spi spi;
  spi.query("SELECT " + list + " FROM " + relation.sql_name, [&](const Row& row) {
    if (first) require_types(row, types, relation.sql_name);
    first = false;
    const TupleTableSlot* const slot = row.slot();
    on_row(ScanRow(slot->tts_values, slot->tts_isnull, places.data()));
  });
}

}  // namespace

bool scans_directly(const Relation& relation, const std::vector<const Column*>& columns) {
  const Oid oid = relation.oid;
  return guarded([oid, &columns] {
    const char kind = get_rel_relkind(oid);
    if (kind != RELKIND_RELATION && kind != RELKIND_MATVIEW) return false;
    if (ExecutorCheckPerms_hook != nullptr) return false;
    if (OidIsValid(get_extension_oid("citus", true))) return false;
    if (has_subclass(oid) || check_enable_rls(oid, InvalidOid, true) != RLS_NONE) return false;
    if (!may_select(oid, columns)) return false;
    ::Relation const table = table_open(oid, AccessShareLock);
    bool plain = !RELATION_IS_OTHER_TEMP(table) && RelationIsPopulated(table);
    for (const Column* const column : columns) {
      const Form_pg_attribute attribute =
          TupleDescAttr(RelationGetDescr(table), column->attnum - 1);
      // Generated columns that aren't stored have no value in the row.
      plain =
          plain && !attribute->attisdropped && attribute->atttypid == column->type &&
          (attribute->attgenerated == 0 || attribute->attgenerated == ATTRIBUTE_GENERATED_STORED);
    }
    table_close(table, NoLock);
    return plain;
  });
}

void scan_table(const Relation& relation, const std::vector<const Column*>& columns,
                const std::function<void(const ScanRow&)>& on_row) {
  if (scans_directly(relation, columns))
    scan_directly(relation, columns, on_row);
  else
    scan_by_select(relation, columns, on_row);
}

}  // namespace pt::pg
