#include "pg/run_personas.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "core/error.hpp"
#include "core/model/period.hpp"
#include "pg/json.hpp"
#include "pg/jsonb_counts.hpp"
#include "pg/memory.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"
#include "utils/uuid.h"
}

namespace pt::pg {
namespace {

using protect::ClassRow;
using protect::EventRow;
using protect::PersonaRow;
using protect::Protected;

std::string_view as_text(const std::array<std::uint8_t, 16>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Datum age_range(std::int32_t low, std::optional<std::int32_t> high) {
  return guarded([low, high] {
    TypeCacheEntry* const type = lookup_type_cache(INT4RANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower{}, upper{};
    lower.val = Int32GetDatum(low);
    lower.inclusive = true;
    lower.lower = true;
    upper.val = Int32GetDatum(high.value_or(0));
    upper.infinite = !high;
    return RangeTypePGetDatum(make_range(type, &lower, &upper, false));
  });
}

/// generation_method of a run's personas.
const char* method(const Protected& result) {
  if (result.synthetic)
    return result.noise ? "merged, perturbed, with synthetic events"
                        : "merged, with synthetic events";
  return result.noise ? "merged, perturbed" : "merged";
}

/// The columns that a persona has both in its run's table and in pt_persona. By-reference values
/// are in the memory context current at their construction.
struct PersonaValues {
  using Cell = ResultSet::Cell;
  Cell age, age_mean, gender, ethnicity, geography, attributes, confidence, event_types, temporal,
      outcomes, recidivism, weight;
};

/// Makes the values of personas. What a class says is made once and kept in the memory context that
/// is current at the construction.
class ValueMaker {
 public:
  explicit ValueMaker(const Finished& run)
      : result_(run.result),
        summaries_(run.prepared.population(), run.result),
        of_class_(run.result.classes.size()),
        memory_(CurrentMemoryContext) {}

  PersonaValues of(const PersonaRow& persona) {
    PersonaValues values = class_values(persona.class_no);
    add_events(persona, values);
    return values;
  }

  /// What follows from the events of a persona.
  void add_events(const PersonaRow& persona, PersonaValues& values) {
    const protect::EventSummary& events = summaries_.of(persona);
    values.event_types = Cell::datum(text_array(std::span<const std::string>(events.event_types)));
    values.temporal = Cell::datum(compressed(counts_.datum(events.temporal_patterns)));
    values.outcomes = Cell::datum(compressed(counts_.datum(events.outcome_distributions)));
  }

  /// What the class of a persona says, without anything of its events.
  const PersonaValues& class_values(std::uint32_t class_no) {
    std::optional<PersonaValues>& values = of_class_[class_no];
    if (values) return *values;
    ContextScope const scope(memory_);
    values.emplace();
    const ClassRow& row = result_.classes[class_no];
    if (row.age_low) values->age = Cell::datum(age_range(*row.age_low, row.age_high));
    values->age_mean = finite(row.age_mean);
    values->gender = row.gender;
    values->ethnicity = row.ethnicity;
    values->geography = row.geography;
    JsonObject others;
    for (std::size_t i = 0; i < result_.other_names.size(); ++i)
      others.add(result_.other_names[i], row.others[i]);
    values->attributes = Cell::datum(jsonb_datum(others.text()));
    values->confidence = finite(row.confidence);
    values->recidivism =
        Cell::datum(jsonb_datum(row.recidivism_json.empty() ? "{}" : row.recidivism_json));
    values->weight = finite(row.weight_mean);
    return *values;
  }

 private:
  using Cell = PersonaValues::Cell;

  const Protected& result_;
  protect::EventSummaries summaries_;
  JsonbCounts counts_;
  std::vector<std::optional<PersonaValues>> of_class_;
  MemoryContext memory_;
};

void set(TableWriter& writer, int column, const ResultSet::Cell& cell) {
  if (cell.null)
    writer.set_null(column);
  else
    writer.set_datum(column, cell.value);
}

/// Rows of pt_persona.
class PersonaRows {
 public:
  PersonaRows(const Secret& secret, const Finished& run, ResultSet& out)
      : secret_(secret), run_(run), out_(out), seed_(std::to_string(run.prepared.arguments.seed)) {}

  void send(std::size_t p, const PersonaValues& v) const {
    const PersonaRow& persona = run_.result.personas[p];
    std::array<std::uint8_t, 16> const key = key_bytes(persona.key);
    pg_uuid_t uuid{};
    Uuid const id = uuid_from(secret_.hmac({"persona id", "", "", seed_, as_text(key)}));
    std::copy(id.begin(), id.end(), std::begin(uuid.data));
    out_.row({ResultSet::Cell::datum(UUIDPGetDatum(&uuid)),
              static_cast<std::int32_t>(persona.class_no) + 1,
              static_cast<std::int32_t>(persona.people),
              v.age,
              v.age_mean,
              v.gender,
              v.ethnicity,
              v.geography,
              v.attributes,
              v.confidence,
              v.event_types,
              v.temporal,
              v.outcomes,
              v.recidivism,
              method(run_.result),
              persona.risk,
              individual_word(persona.risk),
              persona.noise,
              static_cast<std::int32_t>(persona.people) - 1,
              v.weight,
              run_.run_id,
              static_cast<std::int32_t>(p) + 1});
  }

 private:
  const Secret& secret_;
  const Finished& run_;
  ResultSet& out_;
  std::string seed_;
};

/// Events of a persona as a run stores them, in the current memory context.
struct EventArrays {
  Datum periods, combos, weights;
};

EventArrays event_arrays(const Protected& result, const PersonaRow& persona) {
  std::vector<std::optional<std::int32_t>> periods;
  std::vector<std::int32_t> combos, weights;
  for (std::uint64_t e = persona.event_begin; e < persona.event_end; ++e) {
    EventRow const event = result.event(e);
    periods.push_back(event.period_start == model::kNoDay ? std::nullopt
                                                          : std::optional(event.period_start));
    combos.push_back(static_cast<std::int32_t>(event.combo) + 1);
    weights.push_back(static_cast<std::int32_t>(event.weight));
  }
  return {int4_array(periods), int4_array(combos), int4_array(weights)};
}

/// Personas of the run that a refresh continues. One that is kept has the same events, and
/// combinations keep their numbers (release::Vocabulary), so what follows from them is copied as it
/// is stored, compressed.
class KeptPersonas {
 public:
  explicit KeptPersonas(std::int64_t run) {
    std::string const table = "personatwin.run_" + std::to_string(run) + "_persona";
    Oid oid = InvalidOid;
    {
      Spi spi;
      spi.query("SELECT tableoid, persona_key, ctid FROM " + table, Params{}, Spi::ReadOnly::no,
                [&](const Row& row) {
                  oid = row.oid(0);
                  places_.emplace(row.text(1), *static_cast<ItemPointerData*>(static_cast<void*>(
                                                   DatumGetPointer(row.value(2)))));
                });
    }
    if (!OidIsValid(oid)) return;
    guarded([] { PushActiveSnapshot(GetTransactionSnapshot()); });
    relation_ = guarded([oid] { return table_open(oid, AccessShareLock); });
    slot_ = guarded([this] { return table_slot_create(relation_, nullptr); });
    for (std::size_t i = 0; i < kColumns.size(); ++i)
      attributes_[i] = guarded([this, i] { return get_attnum(relation_->rd_id, kColumns[i]); });
  }
  KeptPersonas(const KeptPersonas&) = delete;
  KeptPersonas& operator=(const KeptPersonas&) = delete;
  /// Closes nothing: without close() the abort of the statement cleans up.
  ~KeptPersonas() = default;

  /// Copies what follows from the events of a persona into the current memory context. XX000 when
  /// it is not there.
  EventArrays copy(const model::Hash128& key, PersonaValues& values) {
    std::array<std::uint8_t, 16> const bytes = key_bytes(key);
    auto const found = places_.find(std::string(as_text(bytes)));
    if (found == places_.end()) throw internal_error("a persona that is kept is not stored");
    bool const visible = guarded([this, place = found->second]() mutable {
      bool const there =
          table_tuple_fetch_row_version(relation_, &place, GetActiveSnapshot(), slot_);
      if (there) slot_getallattrs(slot_);
      return there;
    });
    if (!visible) throw internal_error("a persona that is kept has vanished");
    std::array<PersonaValues::Cell, kColumns.size()> cells;
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      auto const at = static_cast<std::size_t>(attributes_[i] - 1);
      if (!slot_->tts_isnull[at])
        cells[i] = PersonaValues::Cell::datum(guarded([value = slot_->tts_values[at]] {
          // Not what is stored out of line, which belongs to that table.
          return VARATT_IS_EXTERNAL(DatumGetPointer(value))
                     ? PointerGetDatum(PG_DETOAST_DATUM_COPY(value))
                     : datumCopy(value, false, -1);
        }));
    }
    values.event_types = cells[0];
    values.temporal = cells[1];
    values.outcomes = cells[2];
    return {cells[3].value, cells[4].value, cells[5].value};
  }

  void close() {
    if (relation_ == nullptr) return;
    guarded([this] {
      ExecDropSingleTupleTableSlot(slot_);
      table_close(relation_, NoLock);
      PopActiveSnapshot();
    });
  }

 private:
  static constexpr std::array<const char*, 6> kColumns{"event_types",           "temporal_patterns",
                                                       "outcome_distributions", "event_period",
                                                       "event_combo",           "event_weight"};
  std::unordered_map<std::string, ItemPointerData> places_;  // by key
  ::Relation relation_ = nullptr;
  TupleTableSlot* slot_ = nullptr;
  std::array<AttrNumber, kColumns.size()> attributes_{};
};

}  // namespace

void write_personas(Host& host, Oid table, const Finished& run, const ReturnTo* to,
                    const Continuation* continuation) {
  const Protected& result = run.result;
  std::optional<KeptPersonas> before;
  if (continuation != nullptr) before.emplace(continuation->from);
  std::optional<PersonaRows> rows;
  if (to != nullptr) rows.emplace(to->secret, run, to->out);
  ValueMaker values(run);
  TableWriter writer(table, TableWriter::Visibility::frozen);
  for (std::size_t p = 0; p < result.personas.size(); ++p) {
    if (p % 256 == 0) host.progress("storing personas", p, result.personas.size());
    const PersonaRow& persona = result.personas[p];
    int column = 0;
    {
      ContextScope const scope(writer.batch_memory());
      PersonaValues v = values.class_values(persona.class_no);
      EventArrays events{};
      if (continuation != nullptr && continuation->refreshed.units[p] != 0) {
        events = before->copy(persona.key, v);
      } else {
        values.add_events(persona, v);
        events = event_arrays(result, persona);
      }
      writer.set_int4(column++, static_cast<std::int32_t>(p) + 1);
      writer.set_int4(column++, static_cast<std::int32_t>(persona.class_no) + 1);
      writer.set_bytea(column++, key_bytes(persona.key));
      writer.set_int4(column++, static_cast<std::int32_t>(persona.people));
      for (const ResultSet::Cell* cell :
           {&v.age, &v.age_mean, &v.gender, &v.ethnicity, &v.geography, &v.attributes,
            &v.confidence, &v.event_types, &v.temporal, &v.outcomes, &v.recidivism})
        set(writer, column++, *cell);
      writer.set_text(column++, method(result));
      writer.set_float8(column++, persona.risk);
      writer.set_float8(column++, persona.noise);
      writer.set_int4(column++, static_cast<std::int32_t>(persona.people) - 1);
      set(writer, column++, v.weight);
      for (Datum const array : {events.periods, events.combos, events.weights})
        writer.set_datum(column++, array);
      if (rows) rows->send(p, v);
    }
    writer.end_row();
  }
  writer.finish();
  if (before) before->close();
}

void return_personas(Host& host, const Finished& run, const ReturnTo& to) {
  const Protected& result = run.result;
  OwnedContext row_memory("persona row");
  PersonaRows const rows(to.secret, run, to.out);
  ValueMaker values(run);
  for (std::size_t p = 0; p < result.personas.size(); ++p) {
    if (p % 256 == 0) host.progress("returning personas", p, result.personas.size());
    {
      ContextScope const scope(row_memory.get());
      rows.send(p, values.of(result.personas[p]));
    }
    row_memory.reset();
  }
}

}  // namespace pt::pg
