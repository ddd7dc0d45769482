// ReleaseRows::exchange: the rows of a version turned into those of the next one.
#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/release_rows.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"
}

namespace pt::pg {
namespace {

Digest digest_at(const Row& row, int column) {
  Digest digest{};
  std::string_view const bytes = text_view(row.value(column));
  if (bytes.size() != digest.size()) throw internal_error("a digest of a persona is damaged");
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::map<Uuid, PersonaSums> load_sums(const VersionTables& tables) {
  std::map<Uuid, PersonaSums> sums;
  Spi spi;
  spi.query("SELECT persona_id, personas, events, people, event_rows, source_events FROM " +
                relation_name(tables.digests),
            Params{}, Spi::ReadOnly::no, [&](const Row& row) {
              PersonaSums& one = sums[uuid_bytes(row.value(0))];
              one.personas = digest_at(row, 1);
              if (!row.is_null(2)) one.events = digest_at(row, 2);
              one.people = row.int4(3);
              one.event_rows = row.int8(4);
              one.source_events = row.int8(5);
            });
  return sums;
}

/// Deletes the rows of these personas (ascending) from a table whose first column is persona_id.
/// Row by row as DELETE does it, but without an executor: that takes half the time.
void delete_personas(Host& host, Oid table, const std::vector<Uuid>& ids) {
  constexpr int kRowsAtOnce = 4096;
  ::Relation const relation = guarded([table] { return table_open(table, RowExclusiveLock); });
  TupleTableSlot* const slot = guarded([relation] { return table_slot_create(relation, nullptr); });
  TableScanDesc const scan =
      guarded([relation] { return table_beginscan(relation, GetActiveSnapshot(), 0, nullptr); });
  bool more = !ids.empty();
  while (more) {
    host.poll();
    more = guarded([relation, slot, scan, first = ids.data(), last = ids.data() + ids.size()] {
      pg_uuid_t before{};  // of the row before: the rows of a persona stand together
      bool gone = false;
      for (int row = 0; row < kRowsAtOnce; ++row) {
        if (!table_scan_getnextslot(scan, ForwardScanDirection, slot)) return false;
        slot_getsomeattrs(slot, 1);
        const pg_uuid_t* const id = DatumGetUUIDP(slot->tts_values[0]);
        if (row == 0 || std::memcmp(id, &before, sizeof before) != 0) {
          before = *id;
          gone = std::binary_search(first, last, uuid_bytes(slot->tts_values[0]));
        }
        if (gone) simple_table_tuple_delete(relation, &slot->tts_tid, GetActiveSnapshot());
      }
      return true;
    });
  }
  guarded([scan, slot, relation] {
    table_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    table_close(relation, NoLock);
    CommandCounterIncrement();
  });
}

}  // namespace

WrittenRows ReleaseRows::exchange(const VersionTables& tables, const std::vector<bool>& same) {
  std::map<Uuid, PersonaSums> kept = load_sums(tables);
  std::vector<Uuid> stay, gone;
  for (const Persona& persona : order_) {
    auto const at = static_cast<std::size_t>(persona.number) - 1;
    if (at >= same.size()) broken_run(run_, "a persona has no fingerprint");
    if (same[at]) stay.push_back(persona.id);
  }
  for (auto it = kept.begin(); it != kept.end();) {
    bool const stays = std::binary_search(stay.begin(), stay.end(), it->first);
    if (!stays) gone.push_back(it->first);
    it = stays ? std::next(it) : kept.erase(it);
  }
  if (kept.size() != stay.size())
    broken_run(run_, "the version in service has no digest of a persona that it shows");
  guarded([] {
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
  });
  for (Oid const table : {tables.oids[kPersonas], tables.oids[kEvents], tables.digests})
    delete_personas(host_, table, gone);
  guarded([] { PopActiveSnapshot(); });
  return write_rows(tables, kept);
}

}  // namespace pt::pg
