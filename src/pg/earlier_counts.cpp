#include "pg/earlier_counts.hpp"

#include <string>

#include "pg/published_members.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

bool counts_published(std::int64_t run) {
  Spi spi;
  return spi
      .value("SELECT 1 FROM personatwin.membership WHERE run_id = $1 AND counts IS NOT NULL",
             Params{}.int8(run), Spi::ReadOnly::no)
      .has_value();
}

bool exists(const std::string& table) {
  Spi spi;
  return spi
      .value("SELECT 1 WHERE to_regclass($1) IS NOT NULL", Params{}.text(table), Spi::ReadOnly::no)
      .has_value();
}

/// SQL: 128 bits of the SHA-256 of a row as text.
std::string fingerprint_sql(const std::string& row) {
  return "substr(encode(sha256(convert_to(" + row + "::text, 'UTF8')), 'hex'), 1, 32)::uuid";
}

/// SQL: fingerprints of what is published of the classes of a run and of their counts, a column
/// `shown`. O(personas + counts).
std::string shown_sql(const StoredRun& run) {
  std::string const with_classes =
      "WITH class AS MATERIALIZED (SELECT class_no, " +
      fingerprint_sql(
          "ROW(gender, ethnicity, geography, age_range, attributes, recidivism_indicators, "
          "sum(merged_from))") +
      " AS shown FROM " + run.table("persona") +
      " GROUP BY class_no, gender, ethnicity, geography, age_range, attributes, "
      "recidivism_indicators)";
  std::string const of_classes = " SELECT shown FROM class";
  if (!exists(run.table("count"))) return with_classes + of_classes;
  std::string const counts = run.table("count");
  return with_classes + ", block AS MATERIALIZED (SELECT block, " +
         fingerprint_sql("array_agg(shown ORDER BY shown)") +
         " AS shown FROM (SELECT DISTINCT ON (block) block, classes FROM " + counts +
         ") b CROSS JOIN unnest(classes) AS u(class_no) JOIN class USING (class_no) GROUP BY "
         "block)" +
         of_classes + " UNION ALL SELECT " +
         fingerprint_sql(
             "ROW(kind, shown, event_type, outcome, \"interval\", begins, ends, people, with_it, "
             "censored)") +
         " FROM " + counts + " JOIN block USING (block)";
}

/// Do the earlier runs together show every class and count of the run, or none at all?
bool shows_nothing_new(const StoredRun& run, std::span<const std::int64_t> earlier) {
  Params params;
  params.add(INT8ARRAYOID, int8_array(earlier));
  Spi spi;
  if (!spi.value("SELECT 1 FROM personatwin.membership WHERE run_id = ANY ($1) AND counts IS NOT "
                 "NULL LIMIT 1",
                 params, Spi::ReadOnly::no))
    return true;
  return !spi.value("SELECT 1 FROM (" + shown_sql(run) +
                        " EXCEPT SELECT unnest(counts) FROM personatwin.membership WHERE run_id = "
                        "ANY ($1)) x LIMIT 1",
                    params, Spi::ReadOnly::no);
}

bool can_be_shown(const StoredRun& run, std::span<const std::int64_t> earlier,
                  std::optional<std::int64_t> continues) {
  if (counts_published(run.id)) return true;
  return continues ? counts_published(*continues) : shows_nothing_new(run, earlier);
}

}  // namespace

void hold_counts_back(StoredRun& run, std::span<const std::int64_t> earlier,
                      std::optional<std::int64_t> continues) {
  if (run.no_counts || can_be_shown(run, earlier, continues)) return;
  run.no_counts = run.counts_elsewhere = true;
}

void keep_counts_published(const StoredRun& run) {
  if (run.no_counts) return;
  Spi spi;
  spi.execute("UPDATE personatwin.membership SET counts = ARRAY(SELECT DISTINCT shown FROM (" +
                  shown_sql(run) + ") x ORDER BY 1) WHERE run_id = $1 AND counts IS NULL",
              Params{}.int8(run.id));
}

}  // namespace pt::pg
