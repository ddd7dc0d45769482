#include "pg/run.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "core/model/period.hpp"
#include "pg/json.hpp"
#include "pg/memory.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "access/xact.h"
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

constexpr double kReview = .10, kHigh = .25, kMust = .50;

struct LevelBound {
  const char* word;
  double average, maximum;
};
constexpr std::array<LevelBound, 3> kLevels{{{"SAFE_FOR_PUBLIC_RELEASE", .01, .10},
                                             {"SAFE_FOR_RESEARCH", .05, .25},
                                             {"INTERNAL_USE_ONLY", .15, .50}}};

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
  return result.noise ? "merged, perturbed" : "merged";
}

/// The columns that a persona has both in its run's table and in pt_persona. By-reference values
/// are in the memory context current at the construction.
struct PersonaValues {
  using Cell = ResultSet::Cell;
  Cell age, age_mean, gender, ethnicity, geography, attributes, confidence, event_types, temporal,
      outcomes, recidivism, weight;

  PersonaValues(const Protected& result, protect::EventSummaries& summaries,
                const PersonaRow& persona) {
    const ClassRow& row = result.classes[persona.class_no];
    if (row.age_low) age = Cell::datum(age_range(*row.age_low, row.age_high));
    age_mean = finite(row.age_mean);
    gender = row.gender;
    ethnicity = row.ethnicity;
    geography = row.geography;
    JsonObject others;
    for (std::size_t i = 0; i < result.other_names.size(); ++i)
      others.add(result.other_names[i], row.others[i]);
    attributes = Cell::datum(jsonb_datum(others.text()));
    confidence = finite(row.confidence);
    protect::EventSummary const events = summaries.of(persona);
    event_types = Cell::datum(text_array(std::span<const std::string>(events.event_types)));
    temporal = Cell::datum(compressed(jsonb_datum(events.temporal_patterns)));
    outcomes = Cell::datum(compressed(jsonb_datum(events.outcome_distributions)));
    recidivism = Cell::datum(jsonb_datum(row.recidivism_json.empty() ? "{}" : row.recidivism_json));
    weight = finite(row.weight_mean);
  }
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

/// Names and statements of a run's tables.
class RunTables {
 public:
  explicit RunTables(std::int64_t id) : prefix_("personatwin.run_" + std::to_string(id) + "_") {}

  [[nodiscard]] std::string name(std::string_view table) const {
    return prefix_ + std::string(table);
  }

  void create(Spi& spi) const {
    // No constraints yet: TableWriter takes the fast path into a table that has none.
    spi.execute(
        "CREATE TABLE " + name("persona") +
        " (persona_no int4, class_no int4, persona_key bytea, merged_from int4, "
        "age_range int4range, age_mean float8, gender text, ethnicity text, geography text, "
        "attributes jsonb, "
        "confidence_level float8, event_types text[], temporal_patterns jsonb, "
        "outcome_distributions jsonb, "
        "recidivism_indicators jsonb, generation_method text, traceability_score float8, "
        "noise_level float8, merge_count int4, sampling_weight float8, event_period int4[], "
        "event_combo int4[], event_weight int4[])");
    spi.execute("CREATE TABLE " + name("combo") + " (combo_no int4, values text[])");
    spi.execute("CREATE TABLE " + name("member") +
                " (person_key bytea, persona_no int4, why text, risk float4, content int8)");
    comment(spi, "persona",
            "personas of a run; as sensitive as the source: it tells who is easy to find");
    comment(spi, "combo", "distinct combinations of released event values of a run");
    comment(spi, "member",
            "which persona each person is in, by keyed hash; as sensitive as the source");
  }

  void index(Spi& spi) const {
    spi.execute("ALTER TABLE " + name("persona") + " ADD PRIMARY KEY (persona_no)");
    spi.execute("ALTER TABLE " + name("combo") + " ADD PRIMARY KEY (combo_no)");
  }

 private:
  void comment(Spi& spi, std::string_view table, std::string_view text) const {
    spi.execute("COMMENT ON TABLE " + name(table) + " IS " + quote_literal(text));
  }
  std::string prefix_;
};

Oid relation_oid(Spi& spi, const std::string& name) {
  Oid oid = InvalidOid;
  spi.query("SELECT $1::regclass::oid", Params().text(name), Spi::ReadOnly::no,
            [&](const Row& row) { oid = row.oid(0); });
  return oid;
}

/// Writes the table of personas and sends each one to `out`, if there is one.
void write_personas(Host& host, Spi& spi, const RunTables& tables,
                    const model::Population& population, const Protected& result,
                    const PersonaRows* out) {
  TableWriter writer(relation_oid(spi, tables.name("persona")), TableWriter::Visibility::frozen);
  std::vector<std::optional<std::int32_t>> periods;
  std::vector<std::int32_t> combos, weights;
  protect::EventSummaries summaries(population, result);
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
      PersonaValues const v(result, summaries, persona);
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
      if (out != nullptr) out->send(p, v);
    }
    writer.end_row();
  }
  writer.finish();
}

void write_combos(Spi& spi, const RunTables& tables, const Protected& result) {
  TableWriter writer(relation_oid(spi, tables.name("combo")), TableWriter::Visibility::frozen);
  for (std::size_t c = 0; c < result.combos.size(); ++c) {
    writer.set_int4(0, static_cast<std::int32_t>(c) + 1);
    {
      ContextScope const scope(writer.batch_memory());
      writer.set_datum(1,
                       text_array(std::span<const std::optional<std::string>>(result.combos[c])));
    }
    writer.end_row();
  }
  writer.finish();
}

void write_members(Host& host, Spi& spi, const RunTables& tables,
                   const model::Population& population, const Protected& result,
                   const Continuation* continuation) {
  constexpr std::size_t kReportEvery = 16384;
  TableWriter writer(relation_oid(spi, tables.name("member")), TableWriter::Visibility::frozen);
  model::Prf const content_key(Secret().derive_key("content"));
  for (std::size_t i = 0; i < population.size(); ++i) {
    if (i % kReportEvery == 0) host.progress("storing members", i, population.size());
    writer.set_bytea(0, key_bytes(population.key[i]));
    if (result.persona_of[i] == Protected::kSuppressed) {
      writer.set_null(1);
      writer.set_text(2, release::why(continuation != nullptr ? continuation->refreshed.absence[i]
                                                              : release::Absence::none));
      writer.set_null(3);
    } else {
      writer.set_int4(1, static_cast<std::int32_t>(result.persona_of[i]) + 1);
      writer.set_null(2);
      writer.set_datum(3, Float4GetDatum(result.risk[i]));
      writer.set_int8(4, static_cast<std::int64_t>(continuation != nullptr
                                                       ? result.content[i]
                                                       : content_key.at(result.content[i])));
    }
    writer.end_row();
  }
  writer.finish();
}

std::string role_word(model::EventPart part) {
  switch (part) {
    case model::EventPart::type:
      return "event type";
    case model::EventPart::outcome:
      return "outcome";
    case model::EventPart::location:
      return "location";
    case model::EventPart::detail:
      break;
  }
  return "detail";
}

/// personatwin.run.event_columns. The first type, outcome and location are published under those
/// names, everything else under the source's.
std::string event_columns_json(const Finished& run) {
  std::vector<std::string> out;
  std::vector<model::EventPart> seen;
  for (std::uint32_t const c : run.result.column_of) {
    const EncodedColumn& event = run.prepared.encoded->event_columns[c];
    model::EventPart part = event.part;
    if (part != model::EventPart::detail) {
      if (std::find(seen.begin(), seen.end(), part) != seen.end())
        part = model::EventPart::detail;
      else
        seen.push_back(part);
    }
    JsonObject json;
    json.add("name", event.column.name)
        .add("role", role_word(part))
        .add("type", "text")
        .add("source_type", type_name(event.column.type, event.column.typmod))
        .add("level", run.result.setting.column_level[c]);
    out.push_back(json.text());
  }
  return json_array(out);
}

std::string person_columns_json(const Finished& run) {
  std::vector<std::string> out;
  for (const std::string& name : run.result.other_names)
    out.push_back(JsonObject().add("name", name).add("type", "text").text());
  return json_array(out);
}

std::string recommendation(const Finished& run, const std::string& status) {
  if (run.prepared.population().size() == 0) return "NO_DATA";
  if (!run.result.target_met)
    return run.result.size_that_would_do ? "INCREASE_MERGING" : "NOT_REACHABLE";
  if (status == kLevels[0].word) return "SAFE";
  return status == kLevels[1].word ? status : "INCREASE_PROTECTION";
}

/// The shortest text that reads back as the same float.
std::string json_float(float value) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

/// Quantiles of the risk over released people.
std::string individual_risks(const Protected& result) {
  std::vector<float> risks;
  for (std::size_t i = 0; i < result.persona_of.size(); ++i)
    if (result.persona_of[i] != Protected::kSuppressed) risks.push_back(result.risk[i]);
  JsonObject json;
  json.add("people", risks.size());
  static constexpr std::array<std::pair<const char*, double>, 7> kQuantiles{{{"minimum", 0},
                                                                             {"p25", .25},
                                                                             {"median", .5},
                                                                             {"p75", .75},
                                                                             {"p90", .9},
                                                                             {"p99", .99},
                                                                             {"maximum", 1}}};
  for (auto const& [name, q] : kQuantiles) {
    if (risks.empty()) {
      json.raw(name, "null");
      continue;
    }
    auto const at = static_cast<std::ptrdiff_t>(q * static_cast<double>(risks.size() - 1));
    std::nth_element(risks.begin(), risks.begin() + at, risks.end());
    json.raw(name, json_float(risks[static_cast<std::size_t>(at)]));
  }
  return json.text();
}

/// How events were perturbed, as it is published: everything but the draws.
std::string noise_json(const protect::NoiseReport& noise) {
  std::vector<std::string> types;
  for (const noise::OutcomeMatrix& matrix : noise.matrices) {
    JsonObject shares;
    for (std::size_t i = 0; i < matrix.outcomes.size(); ++i)
      shares.add(matrix.outcomes[i], matrix.pram.share(i));
    types.push_back(
        JsonObject().add("event_type", matrix.event_type).raw("shares", shares.text()).text());
  }
  return JsonObject()
      .add("jitter_days", noise.options.jitter_days)
      .add("outcome_noise", noise.options.outcome)
      .add("detail_noise", noise.options.detail)
      .add("numeric_details", noise.options.numeric_details)
      .raw("outcomes", json_array(types))
      .text();
}

std::string percent(double share) {
  std::array<char, 32> text{};
  snprintf(text.data(), text.size(), "%.3g %%", share * 100);
  return text.data();
}

}  // namespace

std::array<std::uint8_t, 16> key_bytes(const model::Hash128& hash) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(hash.hi >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(hash.lo >> (56 - 8 * i));
  }
  return bytes;
}

std::string status_word(double average, double maximum, std::uint64_t released) {
  if (released == 0) return "NO_DATA";
  constexpr double kRounding = 1e-12;
  for (const LevelBound& level : kLevels)
    if (average <= level.average + kRounding && maximum <= level.maximum + kRounding)
      return level.word;
  return "UNSAFE";
}

std::string individual_word(double risk) {
  if (risk < kReview) return "ACCEPTABLE";
  if (risk <= kHigh) return "REVIEW_REQUIRED";
  return risk <= kMust ? "HIGH" : "MUST_INCREASE_PROTECTION";
}

std::string metrics_json(const Finished& run) {
  const Protected& r = run.result;
  const protect::Options& o = run.prepared.run.options;
  const model::Population& population = run.prepared.population();
  std::string const status = status_word(r.average, r.maximum, r.released);
  std::uint32_t k = 0, smallest = 0, largest = 0;
  std::uint64_t review = 0;
  for (const ClassRow& row : r.classes) k = k == 0 ? row.people : std::min(k, row.people);
  for (const PersonaRow& persona : r.personas) {
    smallest = smallest == 0 ? persona.people : std::min(smallest, persona.people);
    largest = std::max(largest, persona.people);
    if (persona.risk >= kReview && persona.risk <= kHigh) ++review;
  }
  const bool any = r.released > 0;
  const auto risk = [any](double value) { return any ? finite(value) : std::nullopt; };
  const auto count = [any](std::uint32_t n) { return any ? std::optional(n) : std::nullopt; };
  JsonObject json;
  json.add("run_id", run.run_id)
      .add("attacker", protect::word(o.attacker))
      .add("target_risk", o.target_risk)
      .add("individual_limit", o.individual_limit)
      .add("population_average_risk", risk(r.average))
      .add("maximum_risk", risk(r.maximum))
      .raw("individual_risks", individual_risks(r))
      .add("demographic_concentration_risk", risk(r.risks.demographics_average))
      .add("event_pattern_concentration_risk", risk(r.risks.events_average))
      .raw("external_linkage_risk", "null")
      .add("external_linkage_note", "not measured: it needs a table of the population")
      .add("high_risk_personas", r.high_risk_personas)
      .add("review_personas", review)
      .add("k_anonymity", count(k))
      .add("demographics_average", risk(r.risks.demographics_average))
      .add("demographics_maximum", risk(r.risks.demographics_maximum))
      .add("one_event_average", risk(r.risks.one_event_average))
      .add("one_event_maximum", risk(r.risks.one_event_maximum))
      .add("two_events_average", risk(r.risks.two_events_average))
      .add("two_events_maximum", risk(r.risks.two_events_maximum))
      .add("all_events_average", risk(r.risks.all_events_average))
      .add("all_events_maximum", risk(r.risks.all_events_maximum))
      .add("events_average", risk(r.risks.events_average))
      .add("events_maximum", risk(r.risks.events_maximum))
      .add("people", population.size())
      .add("events", population.counts.event_rows)
      .add("released", r.released)
      .add("suppressed", r.suppressed)
      .add("label_generalized", r.label_generalized)
      .add("personas", r.personas.size())
      .add("classes", r.classes.size())
      .add("smallest_persona", count(smallest))
      .add("largest_persona", count(largest))
      .add("homogeneous_personas", r.homogeneous_personas)
      .add("mean_age_width", risk(r.mean_age_width))
      .add("period", model::period_name(r.setting.period))
      .add("utility", risk(r.utility))
      .add("status", status)
      .add("target_met", r.target_met)
      .add("recommendation", recommendation(run, status))
      .add("help", r.help.empty() ? std::nullopt : std::optional(r.help))
      .add("size_that_would_do", r.size_that_would_do);
  if (r.noise) json.add("noise_share", r.noise->changed_share).raw("noise", noise_json(*r.noise));
  return json.text();
}

std::int64_t store_run(Host& host, const Prepared& prepared, const Protected& result,
                       const ReturnTo* to, const Continuation* continuation) {
  std::string const owner = current_user_name();
  return run_as_extension_owner([&] {
    prefer_fast_compression();
    Spi spi;
    std::int64_t id = 0;
    spi.query("SELECT nextval('personatwin.run_id_seq')", {}, Spi::ReadOnly::no,
              [&](const Row& row) { id = row.int8(0); });
    Finished const run{prepared, result, id};
    const model::Population& population = prepared.population();
    RunTables const tables(id);
    tables.create(spi);
    std::optional<PersonaRows> rows;
    if (to != nullptr) rows.emplace(to->secret, run, to->out);
    write_personas(host, spi, tables, population, result, rows ? &*rows : nullptr);
    write_combos(spi, tables, result);
    write_members(host, spi, tables, population, result, continuation);
    store_refresh_state(id, population, result, continuation);
    host.progress("storing the run", 0, 0);
    tables.index(spi);

    const protect::Options& o = prepared.run.options;
    const Description& description = prepared.description;
    Params params;
    params.int8(id).oid(description.source.oid);
    if (description.people)
      params.oid(description.people->oid);
    else
      params.null(OIDOID);
    params.text(owner).text(parameters_json(prepared.run, prepared.arguments, *prepared.encoded));
    params.text(prepared.run.domain);
    const bool any = result.released > 0;
    params.text(protect::word(o.attacker))
        .float8(o.target_risk)
        .float8(o.individual_limit)
        .text(prepared.encoded->fingerprint);
    params.int8(static_cast<std::int64_t>(population.size()))
        .int8(static_cast<std::int64_t>(population.counts.event_rows))
        .int8(static_cast<std::int64_t>(result.released))
        .int8(static_cast<std::int64_t>(result.suppressed))
        .int4(static_cast<std::int32_t>(result.personas.size()))
        .int4(static_cast<std::int32_t>(result.classes.size()));
    params.add(FLOAT8OID, Float8GetDatum(result.average), !any)
        .add(FLOAT8OID, Float8GetDatum(result.maximum), !any);
    params.boolean(result.target_met)
        .text(status_word(result.average, result.maximum, result.released))
        .text(metrics_json(run))
        .text(event_columns_json(run))
        .text(person_columns_json(run))
        .text(description.shape == Shape::people_only ? "none"
                                                      : model::period_name(result.setting.period));
    const Encoded& encoded = *prepared.encoded;
    if (encoded.state.empty())
      params.null(TEXTOID);
    else
      params.text(std::to_string(guarded([] { return GetCurrentTransactionId(); })) + " " +
                  std::to_string(population.fingerprint.hi) + " " +
                  std::to_string(population.fingerprint.lo) + " " + encoded.state);
    spi.execute(
        "INSERT INTO personatwin.run (run_id, source, people, owner_name, created_at, parameters, "
        "domain, attacker, target_risk, "
        "individual_limit, fingerprint, n_people, n_events, n_released, n_suppressed, n_personas, "
        "n_classes, "
        "population_average_risk, maximum_risk, target_met, status, metrics, event_columns, "
        "person_columns, period, source_state) "
        "VALUES ($1, $2::regclass, $3::regclass, $4::name, now(), $5::jsonb, $6, $7, $8, $9, $10, "
        "$11, $12, $13, $14, $15, $16, "
        "$17, $18, $19, $20, $21::jsonb, $22::jsonb, $23::jsonb, $24, $25)",
        params);

    for (const protect::Decision& d : result.decisions) {
      Params p;
      const auto number = [&p](double value) {
        p.add(FLOAT8OID, Float8GetDatum(value), !std::isfinite(value));
      };
      p.int8(id)
          .int4(static_cast<std::int32_t>(d.step))
          .int4(static_cast<std::int32_t>(d.rung))
          .text(d.action)
          .text(d.setting);
      for (double const value : {d.average_before, d.average_after, d.maximum_before,
                                 d.maximum_after, d.utility_before, d.utility_after})
        number(value);
      p.boolean(d.holds).boolean(d.chosen).text(d.why).text(d.proposed_by);
      spi.execute(
          "INSERT INTO personatwin.decision (run_id, step, rung, action, setting, average_before, "
          "average_after, maximum_before, "
          "maximum_after, utility_before, utility_after, holds, chosen, why, proposed_by) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
          p);
    }
    return id;
  });
}

void return_personas(Host& host, const Finished& run, const ReturnTo& to) {
  const Protected& result = run.result;
  OwnedContext row_memory("persona row");
  PersonaRows const rows(to.secret, run, to.out);
  protect::EventSummaries summaries(run.prepared.population(), result);
  for (std::size_t p = 0; p < result.personas.size(); ++p) {
    if (p % 256 == 0) host.progress("returning personas", p, result.personas.size());
    {
      ContextScope const scope(row_memory.get());
      rows.send(p, PersonaValues(result, summaries, result.personas[p]));
    }
    row_memory.reset();
  }
}

void warn_about(const Finished& run) {
  const Protected& r = run.result;
  const protect::Options& o = run.prepared.run.options;
  if (run.prepared.population().size() == 0) {
    report(WARNING, "NO_DATA: " + run.prepared.description.source.sql_name + " has no people",
           "No row has a person key, so there are no personas.");
    return;
  }
  if (r.target_met) return;
  std::string detail = "Required against the attacker " + std::string(protect::word(o.attacker)) +
                       ": average " + percent(o.target_risk) + ", nobody above " +
                       percent(o.individual_limit) + ". ";
  if (r.released == 0)
    detail += "Nobody could be released.";
  else
    detail += "Reached: average " + percent(r.average) + ", maximum " + percent(r.maximum) +
              "; status " + status_word(r.average, r.maximum, r.released) + ".";
  std::string hint = r.help;
  if (r.size_that_would_do)
    hint += std::string(hint.empty() ? "" : " ") + "max_size => " +
            std::to_string(*r.size_that_would_do) + " would hold.";
  report(WARNING, "the target was not reached: these personas can't be published", detail, hint);
}

}  // namespace pt::pg
