#include "pg/release_rows.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/period.hpp"
#include "pg/row_text.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "access/tableam.h"
#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace pt::pg {
namespace {

/// Text of a field of a jsonb object; nothing when it is missing or null.
std::optional<std::string> json_field_text(Datum object, const std::string& name) {
  Datum const key = text_datum(name);
  struct Result {
    Datum value;
    bool null;
  };
  Result const result = guarded([object, key] {
    LOCAL_FCINFO(call, 2);
    InitFunctionCallInfoData(*call, nullptr, 2, InvalidOid, nullptr, nullptr);
    call->args[0] = {object, false};
    call->args[1] = {key, false};
    Datum const value = jsonb_object_field_text(call);
    return Result{value, call->isnull};
  });
  if (result.null) return std::nullopt;
  return text_from_datum(result.value);
}

void append_number(std::string& text, std::int32_t number) {
  std::array<char, 16> digits{};
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

}  // namespace

// ----------------------------------------------------------------------------------------------
// order

ReleaseRows::ReleaseRows(Host& host, const Secret& secret, StoredRun& run, std::string_view schema,
                         std::string_view name)
    : host_(host), run_(run), values_(host, run), order_(host.memory()) {
  attributes_.reserve(run.person_columns.size());
  for (PersonColumn& column : run.person_columns) {
    attributes_.emplace_back(
        distinct_texts("attributes->>$1", run.table("persona"), Params{}.text(column.name)),
        column.type);
    column.type = attributes_.back().type();
  }
  load_personas(secret, schema, name);
  personas_ = persona_columns(run, with_sampling_weight_);
  events_ = event_columns(run);
  values_.rank_for(events_);
}

Uuid published_persona_id(const Secret& secret, std::string_view schema, std::string_view name,
                          std::string_view seed, std::string_view key) {
  return uuid_from(secret.hmac({"persona id", schema, name, seed, key}));
}

namespace {

/// What ids of classes are made from where a refresh has kept it, by class_no. As owner of the
/// catalog.
std::unordered_map<std::int32_t, std::string> stored_class_keys(const StoredRun& run) {
  std::unordered_map<std::int32_t, std::string> keys;
  Spi spi;
  if (!spi.value("SELECT 1 WHERE to_regclass($1) IS NOT NULL", Params{}.text(run.table("class")),
                 Spi::ReadOnly::no))
    return keys;
  spi.query(
      "SELECT class_no, class_key FROM " + run.table("class") + " WHERE class_key IS NOT NULL",
      Params{}, Spi::ReadOnly::no, [&](const Row& row) { keys.emplace(row.int4(0), row.text(1)); });
  return keys;
}

}  // namespace

void ReleaseRows::load_personas(const Secret& secret, std::string_view schema,
                                std::string_view name) {
  struct Member {
    std::string key;
    std::size_t persona;
  };
  std::unordered_map<std::int32_t, std::vector<Member>> classes;
  Spi spi;
  spi.query("SELECT class_no, persona_key, ctid, sampling_weight IS NOT NULL, persona_no FROM " +
                run_.table("persona"),
            Params{}, Spi::ReadOnly::no, [&](const Row& row) {
              host_.poll();
              std::string const key = row.text(1);
              Persona& persona = order_.emplace_back();
              persona.id = published_persona_id(secret, schema, name, run_.seed, key);
              persona.place =
                  *static_cast<ItemPointerData*>(static_cast<void*>(DatumGetPointer(row.value(2))));
              with_sampling_weight_ = with_sampling_weight_ || row.boolean(3);
              persona.number = row.int4(4);
              classes[row.int4(0)].push_back({key, order_.size() - 1});
            });
  std::unordered_map<std::int32_t, std::string> class_keys = stored_class_keys(run_);
  for (auto& [number, members] : classes) {
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.key < b.key; });
    std::string keys;
    for (const Member& member : members) keys += member.key;
    auto const stored = class_keys.find(number);
    if (stored != class_keys.end()) keys = stored->second;
    Uuid const id = uuid_from(secret.hmac({"class id", schema, name, run_.seed, keys}));
    for (const Member& member : members) order_[member.persona].class_id = id;
    class_ids_.emplace(number, id);
  }
  std::sort(order_.begin(), order_.end(),
            [](const Persona& a, const Persona& b) { return a.id < b.id; });
  for (std::size_t i = 1; i < order_.size(); ++i)
    if (order_[i].id == order_[i - 1].id) broken_run(run_, "two personas have the same key");
}

// ----------------------------------------------------------------------------------------------
// writing

/// The loop over personas. Lives as long as one call of ReleaseRows::write_rows.
class RowsWriter {
 public:
  /// The rows of `written_before` are in the tables.
  RowsWriter(ReleaseRows& rows, const VersionTables& tables,
             const std::map<Uuid, PersonaSums>& written_before);
  WrittenRows run();

 private:
  /// One event row of a persona; ordered as it is published.
  struct Event {
    std::int64_t period;  // days; kUnknown sorts last
    std::uint32_t rank;
    std::int32_t weight;
    std::uint32_t combo;
  };
  struct PeriodValue {
    Datum range;
    Datum label;
    std::string fields;  // ",range,label,"
  };
  struct IntArray {
    const std::int32_t* values;
    const bits8* nulls;  // nullptr: none
    int count;
  };
  static constexpr std::int64_t kUnknown = INT64_MAX;

  void fetch(const ReleaseRows::Persona& persona);
  [[nodiscard]] Datum cell(const char* column, bool& null) const;
  [[nodiscard]] IntArray int_array(const char* column) const;
  /// All rows of a persona.
  PersonaSums write(const ReleaseRows::Persona& persona);
  void write_persona(const ReleaseRows::Persona& persona, PersonaSums& sums);
  void collect_events();
  void write_events(const ReleaseRows::Persona& persona, PersonaSums& sums);
  void write_sums(const Uuid& id, const PersonaSums& sums);
  void add(const PersonaSums& sums);
  const PeriodValue& period_value(std::int64_t day);
  void append_output(Datum value, std::size_t column);

  ReleaseRows& rows_;
  const std::map<Uuid, PersonaSums>& before_;
  TableWriter personas_;
  TableWriter events_;
  TableWriter digests_;
  Relation source_;
  TupleTableSlot* slot_;
  MemoryContext keep_;         // periods
  MemoryContext per_persona_;  // detoasted values of one persona; left to the abort after an error
  std::unordered_map<std::string, int> position_;  // column of the run's table -> 0-based position
  std::vector<Oid> outputs_;                       // output function by persona column
  std::unordered_map<std::int64_t, PeriodValue> periods_;
  std::vector<Event> batch_;
  std::string text_;
  // A checksum is the SHA-256 of the digests of personas in the order of their ids; that of a
  // persona is the SHA-256 of its rows in order, with newlines between them. A persona without
  // events does not count there.
  Sha256 rows_digest_;  // of one persona
  Sha256 persona_digest_;
  Sha256 event_digest_;
  WrittenRows written_;
};

RowsWriter::RowsWriter(ReleaseRows& rows, const VersionTables& tables,
                       const std::map<Uuid, PersonaSums>& written_before)
    : rows_(rows),
      before_(written_before),
      personas_(tables.oids[kPersonas], TableWriter::Visibility::frozen),
      events_(tables.oids[kEvents], TableWriter::Visibility::frozen),
      digests_(tables.digests, TableWriter::Visibility::frozen),
      keep_(CurrentMemoryContext),
      per_persona_(guarded([] {
        return AllocSetContextCreateInternal(CurrentMemoryContext, "personatwin persona",
                                             ALLOCSET_DEFAULT_SIZES);
      })) {
  std::string const table = rows.run_.table("persona");
  Oid oid = InvalidOid;
  {
    Spi spi;
    spi.query("SELECT to_regclass($1)::oid", Params{}.text(table), Spi::ReadOnly::no,
              [&](const Row& row) { oid = row.is_null(0) ? InvalidOid : row.oid(0); });
  }
  source_ = guarded([oid] { return table_open(oid, AccessShareLock); });
  slot_ = guarded([this] { return table_slot_create(source_, nullptr); });
  for (int i = 0; i < RelationGetDescr(source_)->natts; ++i) {
    Form_pg_attribute const attribute = TupleDescAttr(RelationGetDescr(source_), i);
    if (!attribute->attisdropped) position_.emplace(NameStr(attribute->attname), i);
  }
  for (const PublishedColumn& column : rows.personas_) {
    auto const found = position_.find(column.name);
    if (column.from >= 0 || column.type == UUIDOID) continue;
    if (found == position_.end() ||
        TupleDescAttr(RelationGetDescr(source_), found->second)->atttypid != column.type)
      broken_run(rows_.run_, "column " + column.name + " is missing or of another type");
  }
  for (const PublishedColumn& column : rows.personas_) {
    outputs_.push_back(guarded([&column] {
      Oid function = InvalidOid;
      bool varlena = false;
      getTypeOutputInfo(column.type, &function, &varlena);
      return function;
    }));
  }
}

Datum RowsWriter::cell(const char* column, bool& null) const {
  auto const found = position_.find(column);
  if (found == position_.end())
    broken_run(rows_.run_, "column " + std::string(column) + " is gone");
  null = slot_->tts_isnull[found->second];
  return slot_->tts_values[found->second];
}

RowsWriter::IntArray RowsWriter::int_array(const char* column) const {
  bool null = false;
  Datum const value = cell(column, null);
  if (null) return {nullptr, nullptr, 0};
  ArrayType* const array = guarded([value] { return DatumGetArrayTypeP(value); });
  if (ARR_NDIM(array) == 0) return {nullptr, nullptr, 0};
  if (ARR_NDIM(array) != 1 || ARR_ELEMTYPE(array) != INT4OID)
    broken_run(rows_.run_, std::string(column) + " is not int4[]");
  return {static_cast<const std::int32_t*>(static_cast<const void*>(ARR_DATA_PTR(array))),
          ARR_NULLBITMAP(array), ARR_DIMS(array)[0]};
}

void RowsWriter::fetch(const ReleaseRows::Persona& persona) {
  ItemPointerData place = persona.place;
  bool const found = guarded([this, &place] {
    bool const visible = table_tuple_fetch_row_version(source_, &place, GetActiveSnapshot(), slot_);
    if (visible) slot_getallattrs(slot_);
    return visible;
  });
  if (!found) broken_run(rows_.run_, "a persona has vanished");
}

void RowsWriter::append_output(Datum value, std::size_t column) {
  Oid const function = outputs_[column];
  const char* const text =
      guarded([function, value] { return OidOutputFunctionCall(function, value); });
  text_ += to_utf8(row_field(text));
}

void RowsWriter::write_persona(const ReleaseRows::Persona& persona, PersonaSums& sums) {
  text_ = "(" + uuid_text(persona.id) + "," + uuid_text(persona.class_id);
  personas_.set_uuid(0, persona.id);
  personas_.set_uuid(1, persona.class_id);
  bool no_attributes = true;
  Datum const attributes = cell("attributes", no_attributes);
  for (std::size_t i = 2; i < rows_.personas_.size(); ++i) {
    const PublishedColumn& column = rows_.personas_[i];
    auto const position = static_cast<int>(i);
    if (column.from >= 0) {
      auto const from = static_cast<std::size_t>(column.from);
      std::optional<std::string> value;
      if (!no_attributes) {
        const std::string& name = rows_.run_.person_columns[from].name;
        value = json_field_text(attributes, name);
      }
      if (value) {
        const ReleasedValue& released = rows_.attributes_[from].at(*value);
        personas_.set_datum(position, released.datum);
        text_ += released.field;
      } else {
        personas_.set_null(position);
        text_ += ',';
      }
      continue;
    }
    bool null = true;
    Datum const value = cell(column.name.c_str(), null);
    text_ += ',';
    if (null || is_withheld(rows_.run_, column)) continue;
    append_output(personas_.copy_datum(position, value), i);
  }
  text_ += ')';
  rows_digest_.update(text_);
  sums.personas = rows_digest_.finish();
  bool null = true;
  Datum const merged_from = cell("merged_from", null);
  if (null) broken_run(rows_.run_, "a persona without a size");
  sums.people = DatumGetInt32(merged_from);
  personas_.end_row();
}

void RowsWriter::collect_events() {
  IntArray const periods = int_array("event_period");
  IntArray const combos = int_array("event_combo");
  IntArray const weights = int_array("event_weight");
  if (periods.count != combos.count || combos.count != weights.count || combos.nulls != nullptr ||
      weights.nulls != nullptr)
    broken_run(rows_.run_, "the event arrays of a persona differ");
  batch_.clear();
  const std::int32_t* next_period = periods.values;  // NULL elements take no room
  for (int i = 0; i < combos.count; ++i) {
    bool const absent = periods.nulls != nullptr && (periods.nulls[i / 8] & (1 << (i % 8))) == 0;
    bool const unknown = absent || rows_.run_.period == model::Period::none;  // never a bare day
    std::uint32_t const combo = rows_.values_.find(combos.values[i]);
    if (weights.values[i] < 1) broken_run(rows_.run_, "an event has a weight below 1");
    batch_.push_back(
        {unknown ? kUnknown : *next_period, rows_.values_.rank(combo), weights.values[i], combo});
    if (!absent) ++next_period;
  }
  std::sort(batch_.begin(), batch_.end(), [](const Event& a, const Event& b) {
    if (a.period != b.period) return a.period < b.period;
    if (a.rank != b.rank) return a.rank < b.rank;
    return a.weight != b.weight && std::to_string(a.weight) + ")" < std::to_string(b.weight) + ")";
  });
}

const RowsWriter::PeriodValue& RowsWriter::period_value(std::int64_t day) {
  auto const [entry, fresh] = periods_.try_emplace(day);
  if (fresh) {
    ContextScope const scope(keep_);
    auto const date = static_cast<std::int32_t>(day);
    PeriodValue& value = entry->second;
    std::string const label = model::period_label(date, rows_.run_.period);
    value.range = period_datum(date, rows_.run_.period);
    value.label = text_datum(label);
    value.fields = "," + row_field(output_text(value.range, DATERANGEOID)) + "," + row_field(label);
  }
  return entry->second;
}

void RowsWriter::write_events(const ReleaseRows::Persona& persona, PersonaSums& sums) {
  Datum const id = PointerGetDatum(persona.id.data());
  std::string const head = "(" + uuid_text(persona.id);
  auto const weight_column = static_cast<int>(rows_.events_.size()) - 1;
  std::int32_t position = 0;
  const PeriodValue* period = nullptr;  // of the previous row
  std::int64_t previous = kUnknown;
  bool first = true;
  text_.clear();
  for (const Event& event : batch_) {
    if (!first) text_ += '\n';
    text_ += head;
    events_.set_datum(0, id);
    if (event.period == kUnknown) {
      text_ += ",,,";
    } else {
      if (period == nullptr || event.period != previous) {
        ++position;
        period = &period_value(event.period);
      }
      events_.set_datum(1, period->range);
      events_.set_datum(2, period->label);
      events_.set_int4(3, position);
      text_ += period->fields;
      text_ += ',';
      append_number(text_, position);
    }
    first = false;
    previous = event.period;
    for (int column = 4; column < weight_column; ++column) {
      int const from = rows_.events_[static_cast<std::size_t>(column)].from;
      const ReleasedValue* const value =
          from < 0 ? nullptr : rows_.values_.value(event.combo, from);
      if (value != nullptr) events_.set_datum(column, value->datum);
    }
    text_ += rows_.values_.text(event.combo);
    events_.set_int8(weight_column, event.weight);
    append_number(text_, event.weight);
    text_ += ')';
    events_.end_row();
    sums.source_events += event.weight;
  }
  sums.event_rows = static_cast<std::int64_t>(batch_.size());
  if (batch_.empty()) return;
  rows_digest_.update(text_);
  sums.events = rows_digest_.finish();
}

void RowsWriter::write_sums(const Uuid& id, const PersonaSums& sums) {
  digests_.set_uuid(0, id);
  digests_.set_bytea(1, sums.personas);
  if (sums.events) digests_.set_bytea(2, *sums.events);
  digests_.set_int4(3, sums.people);
  digests_.set_int8(4, sums.event_rows);
  digests_.set_int8(5, sums.source_events);
  digests_.end_row();
}

PersonaSums RowsWriter::write(const ReleaseRows::Persona& persona) {
  PersonaSums sums;
  {
    ContextScope const scope(per_persona_);
    fetch(persona);
    write_persona(persona, sums);
    batch_.clear();
    if (!rows_.run_.tables_only) collect_events();
    write_events(persona, sums);
  }
  MemoryContextReset(per_persona_);
  write_sums(persona.id, sums);
  return sums;
}

void RowsWriter::add(const PersonaSums& sums) {
  const auto update = [](Sha256& all, const Digest& digest) {
    all.update({reinterpret_cast<const char*>(digest.data()), digest.size()});
  };
  update(persona_digest_, sums.personas);
  if (sums.events) update(event_digest_, *sums.events);
  ++written_.personas;
  written_.people += static_cast<std::uint64_t>(sums.people);
  written_.events += static_cast<std::uint64_t>(sums.event_rows);
  written_.source_events += static_cast<std::uint64_t>(sums.source_events);
}

WrittenRows RowsWriter::run() {
  std::uint64_t done = 0;
  for (const ReleaseRows::Persona& persona : rows_.order_) {
    auto const before = before_.find(persona.id);
    add(before != before_.end() ? before->second : write(persona));
    if (++done % 256 == 0) rows_.host_.progress("publish", done, rows_.order_.size());
  }
  guarded([this] {
    ExecDropSingleTupleTableSlot(slot_);
    table_close(source_, NoLock);
    MemoryContextDelete(per_persona_);
  });
  // The writers were opened one inside the other.
  (void)digests_.finish();
  (void)events_.finish();
  (void)personas_.finish();
  written_.personas_sha256 = hex(persona_digest_.finish());
  written_.events_sha256 = hex(event_digest_.finish());
  return written_;
}

WrittenRows ReleaseRows::write_rows(const VersionTables& tables,
                                    const std::map<Uuid, PersonaSums>& written_before) {
  guarded([] {
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
  });
  WrittenRows const written = RowsWriter(*this, tables, written_before).run();
  guarded([] { PopActiveSnapshot(); });
  return written;
}

WrittenRows ReleaseRows::write(const VersionTables& tables) { return write_rows(tables, {}); }

// ----------------------------------------------------------------------------------------------
// checksums

const char* const kRowTextSettings =
    "WITH settings AS MATERIALIZED (SELECT set_config('DateStyle', 'ISO, YMD', true), "
    "set_config('TimeZone', 'UTC', true), set_config('extra_float_digits', '1', true)) ";

std::string personas_checksum_sql(const std::string& view) {
  return std::string(kRowTextSettings) +
         "SELECT encode(sha256(coalesce(string_agg(sha256(convert_to(v::text, 'UTF8')), ''::bytea "
         "ORDER BY v.persona_id), ''::bytea)), 'hex') FROM settings, " +
         view + " AS v";
}

std::string events_checksum_sql(const std::string& view) {
  return std::string(kRowTextSettings) +
         "SELECT encode(sha256(coalesce(string_agg(p.digest, ''::bytea ORDER BY p.persona_id), "
         "''::bytea)), 'hex') FROM (SELECT v.persona_id, sha256(convert_to(string_agg(v::text, "
         "E'\\n' "
         "ORDER BY v.sequence_position, v::text COLLATE \"C\"), 'UTF8')) AS digest FROM "
         "settings, " +
         view + " AS v GROUP BY v.persona_id) AS p";
}

}  // namespace pt::pg
