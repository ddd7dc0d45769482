#include "pg/run_counts.hpp"

#include <optional>
#include <string>
#include <vector>

#include "pg/datum.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

using protect::CountRow;

std::string count_table(std::int64_t run) {
  return "personatwin.run_" + std::to_string(run) + "_count";
}

void make_count_table(Spi& spi, std::int64_t run) {
  std::string const name = count_table(run);
  spi.execute("CREATE TABLE " + name +
              " (kind text, block int4, classes int4[], event_type text, outcome text, "
              "\"interval\" int4, begins int4, ends int4, people int8, with_it int8, censored "
              "int8)");
  spi.execute("COMMENT ON TABLE " + name +
              " IS 'tables of people of a run: what the views _groups and _intervals show'");
}

const char* kind_word(const CountRow& row, bool reoffence) {
  switch (row.kind) {
    case CountRow::Kind::any:
      return "any";
    case CountRow::Kind::first_outcome:
      return "first outcome";
    case CountRow::Kind::life:
      break;
  }
  return reoffence ? "reoffence" : "next event";
}

}  // namespace

void store_counts(std::int64_t run, const protect::CountTables& tables) {
  Spi spi;
  make_count_table(spi, run);
  Oid oid = InvalidOid;
  spi.query("SELECT $1::regclass::oid", Params{}.text(count_table(run)), Spi::ReadOnly::no,
            [&](const Row& row) { oid = row.oid(0); });
  TableWriter writer(oid, TableWriter::Visibility::frozen);
  for (const CountRow& row : tables.rows) {
    bool const life = row.kind == CountRow::Kind::life;
    std::vector<std::optional<std::int32_t>> classes;
    for (std::uint32_t const c : tables.blocks[row.block])
      classes.emplace_back(static_cast<std::int32_t>(c) + 1);
    writer.set_text(0, kind_word(row, tables.reoffence));
    writer.set_int4(1, static_cast<std::int32_t>(row.block));
    if (!life) writer.set_text(3, row.type);
    if (row.kind == CountRow::Kind::first_outcome) writer.set_text(4, row.outcome);
    if (life) {
      writer.set_int4(5, static_cast<std::int32_t>(row.interval));
      writer.set_int4(6, static_cast<std::int32_t>(row.begin));
      if (row.end) writer.set_int4(7, static_cast<std::int32_t>(*row.end));
      writer.set_int8(10, static_cast<std::int64_t>(row.censored));
    }
    writer.set_int8(8, static_cast<std::int64_t>(row.people));
    writer.set_int8(9, static_cast<std::int64_t>(row.with));
    {
      ContextScope const scope(writer.batch_memory());
      writer.set_datum(2, int4_array(classes));
    }
    writer.end_row();
  }
  writer.finish();
}

void carry_counts(std::int64_t run, const Continuation& continuation, std::size_t live_classes) {
  Spi spi;
  if (!spi.value("SELECT 1 WHERE to_regclass($1) IS NOT NULL",
                 Params{}.text(count_table(continuation.from)), Spi::ReadOnly::no))
    return;
  make_count_table(spi, run);
  std::vector<std::optional<std::int32_t>> now;  // by number of the class in the earlier run
  for (std::size_t c = 0; c < live_classes; ++c) {
    auto const origin = continuation.refreshed.origin[c];
    if (!origin) continue;
    if (*origin >= now.size()) now.resize(*origin + 1);
    now[*origin] = static_cast<std::int32_t>(c) + 1;
  }
  std::string const before = count_table(continuation.from);
  spi.execute(
      "INSERT INTO " + count_table(run) +
          " SELECT kind, block, x.classes, event_type, outcome, \"interval\", begins, "
          "ends, people, with_it, censored FROM " +
          before +
          " JOIN (SELECT block, array_agg(n.class_no ORDER BY n.class_no) AS classes FROM "
          "(SELECT DISTINCT block, classes FROM " +
          before +
          ") o CROSS JOIN unnest(o.classes) AS u(c) LEFT JOIN unnest($1) WITH ORDINALITY AS "
          "n(class_no, c) USING (c) GROUP BY block HAVING bool_and(n.class_no IS NOT NULL)) "
          "x USING (block)",
      Params{}.add(INT4ARRAYOID, int4_array(now)));
}

}  // namespace pt::pg
