#include "pg/run_told.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/refresh_state.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

using release::Told;
using Kind = release::Figure::Kind;

constexpr std::array<const char*, 5> kKinds{"any", "first outcome", "reoffence", "life: reoffence",
                                            "life: next event"};

Kind kind_of(const std::string& word) {
  for (std::size_t k = 0; k < kKinds.size(); ++k)
    if (word == kKinds[k]) return static_cast<Kind>(k);
  throw internal_error("a run has counts of an unknown kind");
}

bool exists(Spi& spi, const std::string& table) {
  return spi
      .value("SELECT 1 WHERE to_regclass($1) IS NOT NULL", Params{}.text(table), Spi::ReadOnly::no)
      .has_value();
}

/// kind, type, outcome, classes, n, as the first version shows them. Life tables by their total;
/// recidivism_indicators by the classes that share them. What everybody has is no secret of
/// anybody.
std::string first_counts_sql(const std::string& count, const std::string& classes) {
  return "SELECT kind, event_type, outcome, classes, with_it FROM " + count +
         " WHERE \"interval\" IS NULL AND NOT (kind = 'any' AND with_it = people) UNION ALL SELECT "
         "'life: ' || kind, NULL, NULL, classes, "
         "sum(with_it)::int8 FROM " +
         count +
         " WHERE \"interval\" IS NOT NULL GROUP BY kind, block, classes UNION ALL SELECT "
         "'reoffence', NULL, NULL, array_agg(class_no), (r->>'with_reoffence')::int8 * "
         "(sum(people)::int8 / (r->>'people')::int8) FROM (SELECT class_no, c.people::int8 AS "
         "people, nullif(c.recidivism, '')::jsonb AS r, b.block FROM " +
         classes +
         " c LEFT JOIN (SELECT u.class_no, min(o.block) AS block FROM (SELECT DISTINCT block, "
         "classes FROM " +
         count +
         ") o CROSS JOIN unnest(o.classes) AS u(class_no) GROUP BY 1) b USING (class_no)) x WHERE "
         "r->>'with_reoffence' <> r->>'people' GROUP BY block, r, CASE WHEN "
         "r->>'scope' = "
         "'class' THEN class_no END";
}

Told told_from(const Row& row) {
  Told told;
  told.figure = {kind_of(row.text(0)), row.optional_text(1).value_or(""),
                 row.optional_text(2).value_or("")};
  for (auto const& number : int4_elements(row.value(3)))
    told.classes.push_back(static_cast<std::uint32_t>(number.value() - 1));
  told.n = static_cast<std::uint64_t>(row.int8(4));
  return told;
}

}  // namespace

void store_told(std::int64_t run, std::span<const Told> told) {
  if (told.empty()) return;
  std::string const name = "personatwin.run_" + std::to_string(run) + "_told";
  Spi spi;
  spi.execute("CREATE TABLE " + name +
              " (kind text, event_type text, outcome text, classes int4[], n int8, low int8, high "
              "int8, gap int8, small_gap bool, open bool, narrowed bool)");
  spi.execute("COMMENT ON TABLE " + name +
              " IS 'what the events of all versions tell of the people that a first version has "
              "counted'");
  Oid oid = InvalidOid;
  spi.query("SELECT $1::regclass::oid", Params{}.text(name), Spi::ReadOnly::no,
            [&](const Row& row) { oid = row.oid(0); });
  TableWriter writer(oid, TableWriter::Visibility::frozen);
  for (const Told& t : told) {
    std::vector<std::int32_t> classes;
    for (std::uint32_t const c : t.classes) classes.push_back(static_cast<std::int32_t>(c) + 1);
    writer.set_text(0, kKinds.at(static_cast<std::size_t>(t.figure.kind)));
    if (!t.figure.type.empty()) writer.set_text(1, t.figure.type);
    if (!t.figure.outcome.empty()) writer.set_text(2, t.figure.outcome);
    writer.set_int8(4, static_cast<std::int64_t>(t.n));
    writer.set_int8(5, static_cast<std::int64_t>(t.bounds.low));
    writer.set_int8(6, static_cast<std::int64_t>(t.bounds.high));
    writer.set_int8(7, static_cast<std::int64_t>(t.bounds.gap));
    writer.set_bool(8, t.bounds.small_gap);
    writer.set_bool(9, t.bounds.open);
    writer.set_bool(10, t.narrowed);
    {
      ContextScope const scope(writer.batch_memory());
      writer.set_datum(3, int4_array(std::span<const std::int32_t>(classes)));
    }
    writer.end_row();
  }
  writer.finish();
}

void load_told(std::int64_t run, release::Known& known) {
  std::string const table = "personatwin.run_" + std::to_string(run) + "_";
  Spi spi;
  if (exists(spi, table + "told")) {
    spi.query(
        "SELECT kind, event_type, outcome, classes, n, low, high, gap, small_gap, open, narrowed "
        "FROM " +
            table + "told",
        Params{}, Spi::ReadOnly::no, [&](const Row& row) {
          Told told = told_from(row);
          told.bounds.low = static_cast<std::uint64_t>(row.int8(5));
          told.bounds.high = static_cast<std::uint64_t>(row.int8(6));
          told.bounds.gap = static_cast<std::uint64_t>(row.int8(7));
          told.bounds.small_gap = row.boolean(8);
          told.bounds.open = row.boolean(9);
          told.narrowed = row.boolean(10);
          known.told.push_back(std::move(told));
        });
    return;
  }
  if (exists(spi, table + "withdrawn") || !exists(spi, table + "count")) return;
  known.first = true;
  spi.query(
      "SELECT kind, event_type, outcome, ARRAY(SELECT unnest(classes) ORDER BY 1), with_it "
      "FROM (" +
          first_counts_sql(table + "count", table + "class") +
          ") x(kind, event_type, outcome, classes, with_it) ORDER BY 1, 2, 3, 4",
      Params{}, Spi::ReadOnly::no, [&](const Row& row) { known.told.push_back(told_from(row)); });
}

}  // namespace pt::pg
