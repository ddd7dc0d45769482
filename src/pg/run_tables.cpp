#include "pg/run_tables.hpp"

#include "core/release/content.hpp"
#include "pg/datum.hpp"
#include "pg/memory.hpp"
#include "pg/owner.hpp"
#include "pg/run_counts.hpp"
#include "pg/run_personas.hpp"
#include "pg/run_synthetic.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

namespace pt::pg {
namespace {

using protect::Protected;

/// Names and statements of a run's tables.
class RunTables {
 public:
  explicit RunTables(std::int64_t id) : prefix_("personatwin.run_" + std::to_string(id) + "_") {}

  [[nodiscard]] std::string name(std::string_view table) const {
    return prefix_ + std::string(table);
  }
  [[nodiscard]] Oid oid(std::string_view table) const {
    Spi spi;
    Oid oid = InvalidOid;
    spi.query("SELECT $1::regclass::oid", Params().text(name(table)), Spi::ReadOnly::no,
              [&](const Row& row) { oid = row.oid(0); });
    return oid;
  }

  void create() const {
    Spi spi;
    // No constraints yet: TableWriter takes the fast path into a table that has none. Rows of a few
    // kB stay in one piece, since publication reads them whole.
    spi.execute(
        "CREATE TABLE " + name("persona") +
        " (persona_no int4, class_no int4, persona_key bytea, merged_from int4, "
        "age_range int4range, age_mean float8, gender text, ethnicity text, geography text, "
        "attributes jsonb, "
        "confidence_level float8, event_types text[], temporal_patterns jsonb, "
        "outcome_distributions jsonb, "
        "recidivism_indicators jsonb, generation_method text, traceability_score float8, "
        "noise_level float8, merge_count int4, sampling_weight float8, event_period int4[], "
        "event_combo int4[], event_weight int4[]) WITH (toast_tuple_target = 8160)");
    spi.execute("CREATE TABLE " + name("combo") + " (combo_no int4, values text[])");
    spi.execute("CREATE TABLE " + name("member") +
                " (person_key bytea, persona_no int4, why text, risk float4, content int8)");
    comment(spi, "persona",
            "personas of a run; as sensitive as the source: it tells who is easy to find");
    comment(spi, "combo", "distinct combinations of released event values of a run");
    comment(spi, "member",
            "which persona each person is in, by keyed hash; as sensitive as the source");
  }

  void index() const {
    Spi spi;
    spi.execute("ALTER TABLE " + name("persona") + " ADD PRIMARY KEY (persona_no)");
    spi.execute("ALTER TABLE " + name("combo") + " ADD PRIMARY KEY (combo_no)");
  }

 private:
  void comment(Spi& spi, std::string_view table, std::string_view text) const {
    spi.execute("COMMENT ON TABLE " + name(table) + " IS " + quote_literal(text));
  }
  std::string prefix_;
};

void write_combos(const RunTables& tables, const Protected& result) {
  TableWriter writer(tables.oid("combo"), TableWriter::Visibility::frozen);
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

void write_members(Host& host, const RunTables& tables, const model::Population& population,
                   const Protected& result, const Continuation* continuation) {
  constexpr std::size_t kReportEvery = 16384;
  TableWriter writer(tables.oid("member"), TableWriter::Visibility::frozen);
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
      writer.set_int8(
          4, static_cast<std::int64_t>(
                 continuation != nullptr ? result.content[i]
                                         : release::keyed_content(content_key, result.content[i])));
    }
    writer.end_row();
  }
  writer.finish();
}

}  // namespace

void store_run_tables(Host& host, const Finished& run, const ReturnTo* to,
                      const Continuation* continuation) {
  RunTables const tables(run.run_id.value());
  const model::Population& population = run.prepared.population();
  tables.create();
  write_personas(host, tables.oid("persona"), run, to, continuation);
  write_combos(tables, run.result);
  write_members(host, tables, population, run.result, continuation);
  if (run.result.synthetic) write_synthetic(tables.name("synthetic"), *run.result.synthetic);
  store_refresh_state(*run.run_id, population, run.result, continuation);
  if (continuation != nullptr) carry_counts(*run.run_id, *continuation, run.result.classes.size());
  // Counts are of real people: beside events that were moved, drawn anew or invented they would
  // tell which those are.
  else if (run.result.target_met && !run.result.noise && !run.result.synthetic)
    store_counts(*run.run_id, run.prepared.counts);
  host.progress("storing the run", 0, 0);
  tables.index();
}

}  // namespace pt::pg
