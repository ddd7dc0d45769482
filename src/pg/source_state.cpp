#include "pg/source_state.hpp"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "pg/boundary.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace_d.h"
#include "common/hashfn.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace pt::pg {
namespace {

using TableRef = ::Relation;  // PostgreSQL's; pt::pg has a Relation of its own

constexpr std::uint64_t kFarApart = 1'000'000'000;  // transactions, well below half a cycle

/// Only rows of the table's own pages are read from it: no children, policies, foreign servers or
/// shards, and every change is in the write-ahead log. May ereport.
bool is_own_heap(TableRef table) {
  return table->rd_rel->relkind == RELKIND_RELATION &&
         table->rd_tableam == GetHeapamTableAmRoutine() &&
         table->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT &&
         !table->rd_rel->relhassubclass && !table->rd_rel->relrowsecurity &&
         !OidIsValid(get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE));
}

std::uint64_t add_bytes(std::uint64_t hash, const void* bytes, int size) {
  return hash_combine64(hash,
                        hash_bytes_extended(static_cast<const unsigned char*>(bytes), size, 0));
}

/// Numbers, names, types and defaults of the columns: what is read from the same pages depends on
/// them.
std::uint64_t columns_hash(TableRef table) {
  std::uint64_t hash = 0;
  for (int i = 0; i < RelationGetDescr(table)->natts; ++i) {
    FormData_pg_attribute const& a = *TupleDescAttr(RelationGetDescr(table), i);
    std::int32_t const numbers[] = {a.attnum, static_cast<std::int32_t>(a.atttypid),
                                    a.attisdropped ? 1 : 0, a.atthasmissing ? 1 : 0,
                                    a.attgenerated};
    hash = add_bytes(hash, numbers, sizeof numbers);
    hash = add_bytes(hash, NameStr(a.attname), static_cast<int>(strlen(NameStr(a.attname))));
  }
  return hash;
}

/// What identifies a table's content up to the write-ahead log.
struct TableState {
  bool known = false;
  std::uint64_t oid = 0, file = 0, pages = 0, columns = 0;
};

/// May ereport.
TableState state_of(TableRef table) {
  if (!is_own_heap(table)) return {};
  return {true, RelationGetRelid(table), compat_file_number(table),
          RelationGetNumberOfBlocks(table), columns_hash(table)};
}

/// Whether a transaction number of a tuple is one that was not finished: `oldest` or later.
bool is_later(TransactionId id, TransactionId oldest) {
  return TransactionIdIsNormal(id) && TransactionIdFollowsOrEquals(id, oldest);
}

bool is_touched(HeapTupleHeader tuple, TransactionId oldest) {
  if (!HeapTupleHeaderXminFrozen(tuple) && is_later(HeapTupleHeaderGetRawXmin(tuple), oldest))
    return true;
  if ((tuple->t_infomask & HEAP_XMAX_INVALID) != 0 || HEAP_XMAX_IS_LOCKED_ONLY(tuple->t_infomask))
    return false;
  return (tuple->t_infomask & HEAP_XMAX_IS_MULTI) != 0 ||
         is_later(HeapTupleHeaderGetRawXmax(tuple), oldest);
}

/// May ereport.
bool is_page_touched(TableRef table, BlockNumber number, BufferAccessStrategy strategy,
                     XLogRecPtr position, TransactionId oldest) {
  Buffer const buffer = ReadBufferExtended(table, MAIN_FORKNUM, number, RBM_NORMAL, strategy);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  Page const page = BufferGetPage(buffer);
  bool touched = !PageIsNew(page) && PageGetLSN(page) > position;
  std::size_t const last = PageIsNew(page) ? 0 : PageGetMaxOffsetNumber(page);
  for (std::size_t i = FirstOffsetNumber; !touched && i <= last; ++i) {
    ItemId const item = PageGetItemId(page, static_cast<OffsetNumber>(i));
    if (ItemIdIsNormal(item))
      touched = is_touched(reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item)), oldest);
  }
  UnlockReleaseBuffer(buffer);
  return touched;
}

struct State {
  std::uint64_t system = 0, position = 0, oldest = 0;
};

}  // namespace

std::uint64_t oldest_unfinished_transaction() {
  return guarded([] {
    FullTransactionId const next = ReadNextFullTransactionId();
    TransactionId const oldest = GetActiveSnapshot()->xmin;
    // Not later than `next`, so the distance is that of the lower halves.
    return U64FromFullTransactionId(next) -
           static_cast<std::uint32_t>(XidFromFullTransactionId(next) - oldest);
  });
}

std::string source_state(std::span<const Relation* const> relations, std::uint64_t oldest) {
  std::ostringstream text;
  XLogRecPtr const position = guarded([] { return GetXLogInsertRecPtr(); });
  text << "1 " << GetSystemIdentifier() << ' ' << position << ' ' << oldest;
  for (const Relation* const relation : relations) {
    TableState const state = guarded([relation] {
      TableRef const table = relation_open(relation->oid, AccessShareLock);
      TableState const found = state_of(table);
      relation_close(table, NoLock);
      return found;
    });
    if (!state.known) return {};
    text << ' ' << state.oid << ' ' << state.file << ' ' << state.pages << ' ' << state.columns;
  }
  return text.str();
}

bool same_state(Host& host, std::span<const Relation* const> relations, const std::string& state) {
  constexpr BlockNumber kPagesBetweenPolls = 256;
  std::istringstream text(state);
  int form = 0;
  State then;
  text >> form >> then.system >> then.position >> then.oldest;
  if (!text || form != 1 || then.system != GetSystemIdentifier()) return false;
  std::uint64_t const next =
      guarded([] { return U64FromFullTransactionId(ReadNextFullTransactionId()); });
  if (next < then.oldest || next - then.oldest > kFarApart) return false;
  auto const oldest = static_cast<TransactionId>(then.oldest);
  for (const Relation* const relation : relations) {
    TableState was;
    text >> was.oid >> was.file >> was.pages >> was.columns;
    if (!text) return false;
    TableRef const table =
        guarded([relation] { return relation_open(relation->oid, AccessShareLock); });
    bool same = guarded([&] {
      TableState const is = state_of(table);
      return is.known && is.oid == was.oid && is.file == was.file && is.pages == was.pages &&
             is.columns == was.columns &&
             pg_class_aclcheck(relation->oid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
    });
    BufferAccessStrategy const strategy = guarded([] { return GetAccessStrategy(BAS_BULKREAD); });
    for (std::uint64_t page = 0; same && page < was.pages; page += kPagesBetweenPolls) {
      host.progress("looking for changes", page, was.pages);
      same = guarded([&] {
        auto const end =
            static_cast<BlockNumber>(std::min<std::uint64_t>(page + kPagesBetweenPolls, was.pages));
        for (auto number = static_cast<BlockNumber>(page); number < end; ++number)
          if (is_page_touched(table, number, strategy, then.position, oldest)) return false;
        return true;
      });
    }
    guarded([&] {
      FreeAccessStrategy(strategy);
      relation_close(table, NoLock);
    });
    if (!same) return false;
  }
  std::string rest;
  return !(text >> rest);
}

}  // namespace pt::pg
