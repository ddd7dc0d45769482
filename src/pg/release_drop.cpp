// pt_drop_release and pt_releases.
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pg/audit.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/release_views.hpp"
#include "pg/same_source.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/acl.h"
}

namespace pt::pg {
namespace {

struct Droppable {
  std::int64_t release_id;
  ReleaseName name;
  Oid source;  // InvalidOid: gone
  std::string source_name;
  std::string created_by;
};

/// A release whose source is gone belongs to whoever published it first.
bool owns_release(const Droppable& release) {
  if (OidIsValid(release.source)) return owns_relation(release.source);
  return guarded([&release] {
    Oid const publisher = get_role_oid(release.created_by.c_str(), true);
    return superuser() || (OidIsValid(publisher) && has_privs_of_role(GetUserId(), publisher));
  });
}

std::vector<Droppable> releases_in_service(std::optional<Oid> source,
                                           const std::optional<std::string>& schema,
                                           const std::optional<std::string>& name) {
  std::vector<Droppable> found;
  Params params;
  params.oid(source.value_or(InvalidOid)).optional_text(schema).optional_text(name);
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT r.release_id, r.schema_name::text, r.name::text, coalesce(c.oid, 0::oid), "
        "r.source_name, r.created_by::text FROM personatwin.release r "
        "LEFT JOIN pg_class c ON " +
            std::string(kIsSource) +
            " WHERE r.dropped_at IS NULL "
            "AND CASE WHEN $1 = 0::oid THEN c.oid IS NULL ELSE c.oid = $1 END "
            "AND ($2 IS NULL OR r.schema_name = $2::name) AND ($3 IS NULL OR r.name = $3::name) "
            "ORDER BY r.release_id",
        params, Spi::ReadOnly::no, [&](const Row& row) {
          found.push_back(
              {row.int8(0), {row.text(1), row.text(2)}, row.oid(3), row.text(4), row.text(5)});
        });
  });
  return found;
}

/// Drops views and tables of a release and marks it. As owner of the catalog.
void drop_release(const Droppable& release) {
  std::vector<Oid> const views = views_of(release.release_id);
  lock_views(views);
  Spi spi;
  for (Oid const view : views) spi.execute("DROP VIEW " + relation_name(view));
  std::vector<std::string> tables;
  spi.query(
      "SELECT relname::text FROM pg_class WHERE relnamespace = 'personatwin'::regnamespace "
      "AND relkind = 'r' AND relname ~ $1",
      Params{}.text("^release_" + std::to_string(release.release_id) + "_v[0-9]+_[a-z]+$"),
      Spi::ReadOnly::no, [&](const Row& row) { tables.push_back(row.text(0)); });
  for (const std::string& table : tables)
    spi.execute("DROP TABLE " + qualified_name("personatwin", table));
  Params const id = Params{}.int8(release.release_id);
  spi.execute(
      "UPDATE personatwin.release_version SET in_service = false, retired_at = now() "
      "WHERE release_id = $1 AND in_service",
      id);
  spi.execute("DELETE FROM personatwin.release_reader WHERE release_id = $1", id);
  spi.execute("UPDATE personatwin.release SET dropped_at = now() WHERE release_id = $1", id);
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_drop_release) {
  using namespace pt::pg;
  Args const args(fcinfo);
  refuse_read_only("pt_drop_release()");
  auto const source = args.optional_oid(0);
  auto const schema = args.optional_text(1);
  auto const name = args.optional_text(2);
  if (!source && (!schema || !name))
    throw pt::Error(pt::sqlstate::kNullValueNotAllowed, "source must not be null",
                    "Only a release whose source is gone is named by schema and name alone.");
  std::int32_t dropped = 0;
  for (const Droppable& candidate : releases_in_service(source, schema, name)) {
    if (!owns_release(candidate))
      throw pt::insufficient_privilege(
          "must be owner of " + candidate.source_name + " to drop release " + candidate.name.text(),
          {}, "Ask the owner of the source, or a superuser.");
    lock_release_name(candidate.name);
    // Another session may have dropped it while this one waited.
    for (const Droppable& release :
         releases_in_service(source, candidate.name.schema, candidate.name.name)) {
      if (release.release_id != candidate.release_id) continue;
      run_as_extension_owner([&] { drop_release(release); });
      AuditEntry entry("drop release", release.source);
      entry.source_name = release.source_name;
      entry.release = release.name.text();
      audit(entry);
      ++dropped;
    }
  }
  if (dropped == 0)
    throw pt::Error(pt::sqlstate::kUndefinedObject, "there is no such release in service", {},
                    "pt_releases() lists the releases of your sources.");
  return Int32GetDatum(dropped);
}

PT_FUNCTION(pt_releases) {
  using namespace pt::pg;
  ResultSet out(fcinfo);
  struct Listed {
    Droppable release;
    std::int32_t version;
  };
  // The query runs as owner of the catalog; whether the caller may see a row is asked as the
  // caller.
  std::vector<Listed> mine;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT r.release_id, r.schema_name::text, r.name::text, coalesce(c.oid, 0::oid), "
        "r.source_name, r.created_by::text, v.version FROM personatwin.release r "
        "JOIN personatwin.release_version v USING (release_id) LEFT JOIN pg_class c ON " +
            std::string(kIsSource) + " ORDER BY r.schema_name, r.name, r.release_id, v.version",
        [&](const Row& row) {
          mine.push_back(
              {{row.int8(0), {row.text(1), row.text(2)}, row.oid(3), row.text(4), row.text(5)},
               row.int4(6)});
        });
  });
  std::erase_if(mine, [](const Listed& listed) { return !owns_release(listed.release); });
  for (const Listed& listed : mine) {
    std::string const source = OidIsValid(listed.release.source)
                                   ? relation_name(listed.release.source)
                                   : listed.release.source_name + " (missing)";
    run_as_extension_owner([&] {
      Spi spi;
      spi.query(
          "SELECT v.run_id, v.published_at, v.published_by::text, "
          "(SELECT coalesce(array_agg(x.reader::text ORDER BY x.reader), '{}') "
          "FROM personatwin.release_reader x WHERE x.release_id = v.release_id), "
          "v.personas, v.events, v.people, v.target_risk, v.average_risk, v.maximum_risk, "
          "v.status, "
          "v.profile, v.in_service, s.schedule, s.succeeded_at, s.failures, "
          "CASE WHEN s.finished_at IS NULL AND s.started_at IS NOT NULL AND NOT EXISTS (SELECT "
          "FROM pg_stat_get_activity(s.pid) a WHERE a.pid = s.pid AND a.backend_start = "
          "s.backend_start) THEN 'interrupted: the session is gone' ELSE s.error END "
          "FROM personatwin.release_version v JOIN personatwin.release r USING (release_id) "
          "LEFT JOIN LATERAL (SELECT * FROM personatwin.schedule x WHERE v.in_service AND x.source "
          "= r.source AND coalesce(x.schema_name = r.schema_name, true) AND coalesce(x.name = "
          "r.name, true) ORDER BY x.schema_name IS NULL, x.name IS NULL, x.schedule_id LIMIT 1) s "
          "ON true WHERE v.release_id = $1 AND v.version = $2",
          Params{}.int8(listed.release.release_id).int4(listed.version), Spi::ReadOnly::yes,
          [&](const Row& row) {
            std::vector<ResultSet::Cell> cells{listed.release.name.name, listed.release.name.schema,
                                               listed.version, source};
            for (int column = 0; column < row.columns(); ++column)
              cells.push_back(row.is_null(column) ? ResultSet::Cell()
                                                  : ResultSet::Cell::datum(row.value(column)));
            out.row(cells);
          });
    });
  }
  return out.done();
}
