#include "pg/run_synthetic.hpp"

#include <cmath>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/json.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

namespace pt::pg {
namespace {

/// Four decimals: enough to correct with.
double rounded(double share) { return std::round(share * 1e4) / 1e4; }

}  // namespace

std::string synthetic_json(const protect::SyntheticReport& report, std::uint32_t min_size) {
  JsonObject by_type;
  for (const protect::SyntheticReport::Type& type : report.types)
    if (type.event_type && type.synthetic >= min_size)
      by_type.add(*type.event_type,
                  rounded(static_cast<double>(type.synthetic) / static_cast<double>(type.all)));
  return JsonObject().add("share", rounded(report.share)).raw("by_type", by_type.text()).text();
}

void write_synthetic(const std::string& table, const protect::SyntheticReport& report) {
  Spi spi;
  spi.execute("CREATE TABLE " + table +
              " (persona_no int4, period_start date, combo_no int4, weight int4)");
  spi.execute("COMMENT ON TABLE " + table + " IS " +
              quote_literal("synthetic events of a run; whoever has it can take them out again"));
  Oid oid = InvalidOid;
  spi.query("SELECT $1::regclass::oid", Params().text(table), Spi::ReadOnly::no,
            [&](const Row& row) { oid = row.oid(0); });
  TableWriter writer(oid, TableWriter::Visibility::frozen);
  for (const protect::SyntheticReport::Row& row : report.rows) {
    poll_interrupts();
    writer.set_int4(0, static_cast<std::int32_t>(row.persona) + 1);
    if (row.period_start == model::kNoDay)
      writer.set_null(1);
    else
      writer.set_datum(1, Int32GetDatum(row.period_start));
    writer.set_int4(2, static_cast<std::int32_t>(row.combo) + 1);
    writer.set_int4(3, static_cast<std::int32_t>(row.weight));
    writer.end_row();
  }
  writer.finish();
}

void refuse_synthetic(std::int64_t run) {
  std::optional<std::string> const found = run_as_extension_owner([&] {
    Spi spi;
    return spi.value("SELECT 'x' FROM personatwin.run WHERE run_id = $1 AND metrics ? 'synthetic'",
                     Params().int8(run), Spi::ReadOnly::no);
  });
  if (found)
    throw not_supported(
        "a release with synthetic events can't be refreshed",
        "Its next version would have other synthetic events, and the difference of the two would "
        "tell which they are.",
        "pt_drop_release() takes it out of service; releases that are to be refreshed are made "
        "without synthetic.");
}

}  // namespace pt::pg
