#include "pg/earlier_counts.hpp"

#include <string>

#include "pg/spi.hpp"

namespace pt::pg {
namespace {

bool counts_published(std::int64_t run) {
  Spi spi;
  return spi
      .value("SELECT 1 FROM personatwin.membership WHERE run_id = $1 AND counts",
             Params{}.int8(run), Spi::ReadOnly::no)
      .has_value();
}

bool exists(const std::string& table) {
  Spi spi;
  return spi
      .value("SELECT 1 WHERE to_regclass($1) IS NOT NULL", Params{}.text(table), Spi::ReadOnly::no)
      .has_value();
}

std::string table_of(std::int64_t run, const char* part) {
  return "personatwin.run_" + std::to_string(run) + "_" + part;
}

/// SQL: the classes of a run by what is published of them, (class_no, shown).
std::string classes_sql(std::int64_t run) {
  return "SELECT class_no, ROW(gender, ethnicity, geography, age_range, attributes, "
         "recidivism_indicators, sum(merged_from))::text AS shown FROM " +
         table_of(run, "persona") +
         " GROUP BY class_no, gender, ethnicity, geography, age_range, attributes, "
         "recidivism_indicators";
}

/// SQL: the counts of a run with their classes as published.
std::string counts_sql(std::int64_t run) {
  return "SELECT kind, (SELECT array_agg(c.shown ORDER BY c.shown) FROM (" + classes_sql(run) +
         ") c WHERE c.class_no = ANY (o.classes)), event_type, outcome, \"interval\", begins, "
         "ends, people, with_it, censored FROM " +
         table_of(run, "count") + " o";
}

bool all_in(const std::string& rows, const std::string& of) {
  Spi spi;
  return !spi.value("SELECT 1 FROM (" + rows + " EXCEPT " + of + ") x LIMIT 1", {},
                    Spi::ReadOnly::no);
}

/// Does the run show no class and no count that the earlier one does not show?
bool shows_nothing_new(std::int64_t run, std::int64_t earlier) {
  if (!exists(table_of(earlier, "persona"))) return false;
  if (!all_in("SELECT shown FROM (" + classes_sql(run) + ") a",
              "SELECT shown FROM (" + classes_sql(earlier) + ") b"))
    return false;
  if (!exists(table_of(run, "count"))) return true;
  return exists(table_of(earlier, "count")) && all_in(counts_sql(run), counts_sql(earlier));
}

bool can_be_shown(std::int64_t run, std::span<const std::int64_t> earlier,
                  std::optional<std::int64_t> continues) {
  if (counts_published(run)) return true;
  if (continues) return counts_published(*continues);
  for (std::int64_t const other : earlier)
    if (counts_published(other) && !shows_nothing_new(run, other)) return false;
  return true;
}

}  // namespace

void hold_counts_back(StoredRun& run, std::span<const std::int64_t> earlier,
                      std::optional<std::int64_t> continues) {
  if (run.no_counts || can_be_shown(run.id, earlier, continues)) return;
  run.no_counts = run.counts_elsewhere = true;
}

void keep_counts_published(const StoredRun& run) {
  if (run.no_counts) return;
  Spi spi;
  spi.execute("UPDATE personatwin.membership SET counts = true WHERE run_id = $1 AND NOT counts",
              Params{}.int8(run.id));
}

}  // namespace pt::pg
