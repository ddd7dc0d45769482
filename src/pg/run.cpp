#include "pg/run.hpp"

#include <algorithm>
#include <cmath>

#include "core/model/period.hpp"
#include "pg/json.hpp"
#include "pg/owner.hpp"
#include "pg/run_tables.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

using protect::Protected;

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

/// The row of personatwin.run.
void store_row(Spi& spi, const Finished& run, const std::string& owner) {
  const protect::Options& o = run.prepared.run.options;
  const Description& description = run.prepared.description;
  const model::Population& population = run.prepared.population();
  Params params;
  params.int8(run.run_id.value()).oid(description.source.oid);
  if (description.people)
    params.oid(description.people->oid);
  else
    params.null(OIDOID);
  params.text(owner).text(
      parameters_json(run.prepared.run, run.prepared.arguments, *run.prepared.encoded));
  params.text(run.prepared.run.domain);
  const bool any = run.result.released > 0;
  params.text(protect::word(o.attacker))
      .float8(o.target_risk)
      .float8(o.individual_limit)
      .text(run.prepared.encoded->fingerprint);
  params.int8(static_cast<std::int64_t>(population.size()))
      .int8(static_cast<std::int64_t>(population.counts.event_rows))
      .int8(static_cast<std::int64_t>(run.result.released))
      .int8(static_cast<std::int64_t>(run.result.suppressed))
      .int4(static_cast<std::int32_t>(run.result.personas.size()))
      .int4(static_cast<std::int32_t>(run.result.classes.size()));
  params.add(FLOAT8OID, Float8GetDatum(run.result.average), !any)
      .add(FLOAT8OID, Float8GetDatum(run.result.maximum), !any);
  params.boolean(run.result.target_met)
      .text(status_word(run.result.average, run.result.maximum, run.result.released))
      .text(metrics_json(run))
      .text(event_columns_json(run))
      .text(person_columns_json(run))
      .text(description.shape == Shape::people_only
                ? "none"
                : model::period_name(run.result.setting.period));
  const Encoded& encoded = *run.prepared.encoded;
  if (encoded.state.empty())
    params.null(TEXTOID);
  else
    params.text(std::to_string(guarded([] { return GetCurrentTransactionId(); })) + " " +
                std::to_string(population.fingerprint.hi) + " " +
                std::to_string(population.fingerprint.lo) + " " + encoded.state);
  params.text(relation_name(description.source.oid));
  spi.execute(
      "INSERT INTO personatwin.run (run_id, source, people, owner_name, created_at, parameters, "
      "domain, attacker, target_risk, "
      "individual_limit, fingerprint, n_people, n_events, n_released, n_suppressed, n_personas, "
      "n_classes, "
      "population_average_risk, maximum_risk, target_met, status, metrics, event_columns, "
      "person_columns, period, source_state, source_name) "
      "VALUES ($1, $2::regclass, $3::regclass, $4::name, now(), $5::jsonb, $6, $7, $8, $9, $10, "
      "$11, $12, $13, $14, $15, $16, "
      "$17, $18, $19, $20, $21::jsonb, $22::jsonb, $23::jsonb, $24, $25, $26)",
      params);
}

/// The rows of personatwin.decision.
void store_decisions(Spi& spi, std::int64_t id, const std::vector<protect::Decision>& decisions) {
  for (const protect::Decision& d : decisions) {
    Params p;
    const auto number = [&p](double value) {
      p.add(FLOAT8OID, Float8GetDatum(value), !std::isfinite(value));
    };
    p.int8(id)
        .int4(static_cast<std::int32_t>(d.step))
        .int4(static_cast<std::int32_t>(d.rung))
        .text(d.action)
        .text(d.setting);
    for (double const value : {d.average_before, d.average_after, d.maximum_before, d.maximum_after,
                               d.utility_before, d.utility_after})
      number(value);
    p.boolean(d.holds).boolean(d.chosen).text(d.why).text(d.proposed_by);
    spi.execute(
        "INSERT INTO personatwin.decision (run_id, step, rung, action, setting, average_before, "
        "average_after, maximum_before, "
        "maximum_after, utility_before, utility_after, holds, chosen, why, proposed_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        p);
  }
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
    store_run_tables(host, run, to, continuation);
    store_row(spi, run, owner);
    store_decisions(spi, id, result.decisions);
    return id;
  });
}

}  // namespace pt::pg
