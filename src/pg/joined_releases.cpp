#include "pg/joined_releases.hpp"

#include <string>

#include "pg/datum.hpp"
#include "pg/published_members.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

/// SQL: run, name and level of all that a run ($1) and those of $2 show of events; a smaller level
/// shows more. Runs of which that is not known have no rows.
constexpr const char* kShown =
    "WITH kept AS (SELECT run_id, substr(setting, 1, strpos(setting, ' ') - 1) AS period, "
    "substr(setting, strpos(setting, ' ') + 1)::jsonb AS columns FROM personatwin.membership WHERE "
    "(run_id = $1 OR run_id = ANY ($2)) AND strpos(setting, ' ') > 1), "
    "shown AS (SELECT run_id, e->>'name' AS name, coalesce((e->>'level')::int4, 0) AS level FROM "
    "kept CROSS JOIN LATERAL jsonb_array_elements(columns) AS e UNION ALL SELECT run_id, 'the time "
    "of events', array_position(ARRAY['day', 'week', 'month', 'quarter', 'half-year', 'year'], "
    "period) FROM kept WHERE period <> 'none') ";

/// SQL: names of what `mine` shows and `other` does not show as finely.
std::string only_in(const char* mine, const char* other) {
  return std::string(
             "(SELECT string_agg(a.name, ', ' ORDER BY a.name) FROM shown a WHERE "
             "a.run_id = ") +
         mine + " AND NOT EXISTS (SELECT FROM shown b WHERE b.run_id = " + other +
         " AND b.name = a.name AND b.level <= a.level))";
}

}  // namespace

void warn_of_joined_releases(const StoredRun& run, std::span<const std::int64_t> earlier) {
  if (earlier.empty()) return;
  std::string details;
  Spi spi;
  spi.query(std::string(kShown) +
                "SELECT string_agg(run_id::text, ', ' ORDER BY run_id), count(*) = 1, mine, other, "
                "published_as FROM (SELECT k.run_id, mine, other, coalesce((SELECT "
                "string_agg(DISTINCT quote_ident(r.schema_name) || '.' || quote_ident(r.name), "
                "', ') FROM personatwin.release_version v JOIN personatwin.release r USING "
                "(release_id) WHERE v.run_id = k.run_id), 'a release') AS published_as FROM kept k "
                "CROSS JOIN LATERAL (SELECT " +
                only_in("$1", "k.run_id") + ", " + only_in("k.run_id", "$1") +
                ") AS x(mine, other) WHERE mine IS NOT NULL AND other IS NOT NULL) y GROUP BY "
                "mine, other, published_as ORDER BY min(run_id)",
            Params{}.int8(run.id).add(INT8ARRAYOID, int8_array(earlier)), Spi::ReadOnly::no,
            [&](const Row& row) {
              // The versions of a release mostly show the same.
              bool const one = row.boolean(1);
              details += std::string(details.empty() ? "" : "\n") + (one ? "Run " : "Runs ") +
                         row.text(0) + ", published as " + row.text(4) +
                         (one ? ", shows" : ", show") + " what this one does not: " + row.text(3) +
                         ". This one shows what " + (one ? "that one does" : "those do") +
                         " not: " + row.text(2) + ".";
            });
  if (details.empty()) return;
  report(WARNING, "two releases of the same people tell more together than the risk of either says",
         details,
         "Publish what belongs together in one release. Where there are to be several, make each "
         "with a reserve: doc/privacy-model.md, \"Limits that are known\".");
}

}  // namespace pt::pg
