#include "pg/run_personas.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/model/period.hpp"
#include "pg/json.hpp"
#include "pg/jsonb_counts.hpp"
#include "pg/memory.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/rangetypes.h"
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
    const protect::EventSummary& events = summaries_.of(persona);
    values.event_types = Cell::datum(text_array(std::span<const std::string>(events.event_types)));
    values.temporal = Cell::datum(compressed(counts_.datum(events.temporal_patterns)));
    values.outcomes = Cell::datum(compressed(counts_.datum(events.outcome_distributions)));
    return values;
  }

 private:
  using Cell = PersonaValues::Cell;

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

}  // namespace

void write_personas(Host& host, Oid table, const Finished& run, const ReturnTo* to) {
  const Protected& result = run.result;
  std::optional<PersonaRows> rows;
  if (to != nullptr) rows.emplace(to->secret, run, to->out);
  ValueMaker values(run);
  TableWriter writer(table, TableWriter::Visibility::frozen);
  std::vector<std::optional<std::int32_t>> periods;
  std::vector<std::int32_t> combos, weights;
  for (std::size_t p = 0; p < result.personas.size(); ++p) {
    if (p % 256 == 0) host.progress("storing personas", p, result.personas.size());
    const PersonaRow& persona = result.personas[p];
    periods.clear();
    combos.clear();
    weights.clear();
    for (std::uint64_t e = persona.event_begin; e < persona.event_end; ++e) {
      EventRow const event = result.event(e);
      periods.push_back(event.period_start == model::kNoDay ? std::nullopt
                                                            : std::optional(event.period_start));
      combos.push_back(static_cast<std::int32_t>(event.combo) + 1);
      weights.push_back(static_cast<std::int32_t>(event.weight));
    }
    int column = 0;
    {
      ContextScope const scope(writer.batch_memory());
      PersonaValues const v = values.of(persona);
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
      writer.set_datum(column++, int4_array(periods));
      writer.set_datum(column++, int4_array(combos));
      writer.set_datum(column++, int4_array(weights));
      if (rows) rows->send(p, v);
    }
    writer.end_row();
  }
  writer.finish();
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
