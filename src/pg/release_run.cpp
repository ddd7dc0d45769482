#include "pg/release_run.hpp"

#include <sstream>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/same_source.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

EventRole event_role(const std::string& word) {
  if (word == "event type") return EventRole::event_type;
  if (word == "outcome") return EventRole::outcome;
  if (word == "location") return EventRole::location;
  return EventRole::detail;
}

/// Types whose text form is the same in every session that publication sets up; others are released
/// as text.
Oid released_type(Oid type) {
  switch (type) {
    case BOOLOID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case NUMERICOID:
    case FLOAT4OID:
    case FLOAT8OID:
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
    case INT4RANGEOID:
    case INT8RANGEOID:
    case NUMRANGEOID:
    case DATERANGEOID:
      return type;
    default:
      return TEXTOID;
  }
}

constexpr const char* kRunColumns =
    "SELECT r.run_id, r.source::oid, coalesce(r.people::oid, 0::oid), r.attacker, r.target_risk, "
    "r.individual_limit, r.fingerprint, r.n_released, r.population_average_risk, r.maximum_risk, "
    "r.target_met, r.status, r.period, coalesce(r.parameters->>'seed', ''), "
    "coalesce((r.parameters->>'min_size')::int4, 5), coalesce(r.parameters->>'person_key', ''), "
    "coalesce(r.parameters->>'domain', ''), coalesce((r.parameters->>'allow_row_security')::bool, "
    "false), r.parameters->>'profile', r.source_state, r.xmin::text, "
    "r.source_name, coalesce(r.parameters->>'as_of', '') "
    "FROM personatwin.run r ";

std::optional<double> optional_float8(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.float8(column);
}

/// From personatwin.run.source_state and the transaction that wrote the row. Nothing when it was
/// another than the one that stored the run: a row that was restored says nothing of this server.
std::optional<KnownRows> known_rows_from(const std::string& text, const std::string& writer) {
  std::istringstream stream(text);
  std::string stored_by;
  KnownRows known;
  stream >> stored_by >> known.rows.hi >> known.rows.lo >> std::ws;
  std::getline(stream, known.state);
  if (!stream || stored_by != writer) return std::nullopt;
  return known;
}

StoredRun run_from(const Row& row) {
  StoredRun run;
  run.id = row.int8(0);
  run.source = row.oid(1);
  run.people = row.oid(2);
  run.attacker = row.text(3);
  run.target_risk = row.float8(4);
  run.individual_limit = row.float8(5);
  run.fingerprint = row.text(6);
  if (!row.is_null(7)) run.released = row.int8(7);
  run.average_risk = optional_float8(row, 8);
  run.maximum_risk = optional_float8(row, 9);
  run.target_met = row.boolean(10);
  run.status = row.text(11);
  run.period = model::parse_period(row.text(12)).value_or(model::Period::none);
  run.seed = row.text(13);
  run.min_size = row.int4(14);
  run.person_key = row.text(15);
  run.domain = row.text(16);
  run.allow_row_security = row.boolean(17);
  run.profile = row.optional_text(18);
  run.as_of = row.text(22);
  if (auto const state = row.optional_text(19))
    run.known_rows = known_rows_from(*state, row.text(20));
  return run;
}

void load_columns(Spi& spi, StoredRun& run) {
  spi.query(
      "SELECT e->>'name', coalesce(e->>'role', 'detail'), CASE WHEN coalesce((e->>'level')::int4, "
      "0) = 0 "
      "THEN coalesce(to_regtype(e->>'source_type')::oid, 0::oid) ELSE 0::oid END "
      "FROM personatwin.run r, jsonb_array_elements(r.event_columns) WITH ORDINALITY AS x(e, n) "
      "WHERE r.run_id = $1 ORDER BY n",
      Params{}.int8(run.id), Spi::ReadOnly::no, [&](const Row& row) {
        run.event_columns.push_back(
            {row.text(0), event_role(row.text(1)), released_type(row.oid(2))});
      });
  spi.query(
      "SELECT e->>'name', coalesce(to_regtype(e->>'type')::oid, 0::oid) "
      "FROM personatwin.run r, jsonb_array_elements(r.person_columns) WITH ORDINALITY AS x(e, n) "
      "WHERE r.run_id = $1 ORDER BY n",
      Params{}.int8(run.id), Spi::ReadOnly::no, [&](const Row& row) {
        run.person_columns.push_back({row.text(0), released_type(row.oid(1))});
      });
}

std::optional<StoredRun> find_run(Oid source, std::optional<std::int64_t> run_id,
                                  const std::string& user) {
  std::optional<StoredRun> found;
  // In a read-only transaction nothing is published, so the run need not be held.
  std::string const lock = XactReadOnly ? "" : " FOR KEY SHARE";
  run_as_extension_owner([&] {
    Spi spi;
    std::optional<std::string> source_name;
    auto const keep = [&](const Row& row) {
      found = run_from(row);
      source_name = row.optional_text(21);
    };
    if (run_id) {
      spi.query(std::string(kRunColumns) + "WHERE r.source = $1::regclass AND r.run_id = $2" + lock,
                Params{}.oid(source).int8(*run_id), Spi::ReadOnly::no, keep);
    } else {
      spi.query(std::string(kRunColumns) +
                    "WHERE r.source = $1::regclass AND r.owner_name = $2::name "
                    "ORDER BY r.run_id DESC LIMIT 1" +
                    lock,
                Params{}.oid(source).text(user), Spi::ReadOnly::no, keep);
    }
    if (!found) return;
    require_source_name(source, source_name, "run " + std::to_string(found->id));
    load_columns(spi, *found);
    for (const char* const part : {"persona", "combo"}) {
      if (spi.value("SELECT 1 WHERE to_regclass($1) IS NOT NULL", Params{}.text(found->table(part)),
                    Spi::ReadOnly::no))
        continue;
      throw wrong_state("the data of run " + std::to_string(found->id) + " are gone",
                        "Table " + found->table(part) + " does not exist.",
                        "Make a new run with pt_create_personas.");
    }
  });
  return found;
}

}  // namespace

std::string StoredRun::table(const char* part) const {
  return "personatwin.run_" + std::to_string(id) + "_" + part;
}

StoredRun load_run(Oid source, std::optional<std::int64_t> run_id) {
  std::string const user = current_user_name();
  if (auto run = find_run(source, run_id, user)) return *std::move(run);
  std::string const name = relation_name(source);
  std::string const make = "SELECT * FROM pt_create_personas(" + quote_literal(name) +
                           ", 0.01) makes one; pt_runs() lists those of your sources.";
  if (run_id)
    throw wrong_state("there is no run " + std::to_string(*run_id) + " of " + name, {}, make);
  throw wrong_state("there is no run of " + name + " by " + quote_identifier(user),
                    "Without run => ... the caller's latest run is published.", make);
}

void broken_run(const StoredRun& run, const std::string& what) {
  throw internal_error("run " + std::to_string(run.id) + " is damaged: " + what);
}

}  // namespace pt::pg
