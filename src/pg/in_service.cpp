#include "pg/in_service.hpp"

#include <vector>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {

InService find_release(Oid source, const WhichRelease& which) {
  std::vector<InService> found;
  Params params;
  params.oid(source).optional_text(which.schema).optional_text(which.name);
  run_as_extension_owner([&] {
    Spi spi;
    // Rows restored from a dump of 1.0 have no `tables`: every version then had its own.
    spi.query(
        "SELECT r.release_id, v.version, v.run_id, r.schema_name::text, r.name::text, "
        "coalesce(v.tables, v.version) "
        "FROM personatwin.release r JOIN personatwin.release_version v USING (release_id) "
        "WHERE r.source = $1::regclass AND r.dropped_at IS NULL AND v.in_service "
        "AND ($2 IS NULL OR r.schema_name = $2::name) AND ($3 IS NULL OR r.name = $3::name) "
        "ORDER BY r.schema_name, r.name",
        params, Spi::ReadOnly::no, [&](const Row& row) {
          found.push_back(
              {row.int8(0), row.int4(1), row.int8(2), {row.text(3), row.text(4)}, row.int4(5)});
        });
  });
  if (found.empty())
    throw wrong_state("there is no release of " + relation_name(source) +
                          (which.schema || which.name ? " of that name in service" : " in service"),
                      {}, "Publish one with pt_publish_release; pt_releases() lists them.");
  if (found.size() == 1) return found.front();
  std::string names;
  for (const InService& one : found) names += (names.empty() ? "" : ", ") + one.name.text();
  throw wrong_state(relation_name(source) + " has several releases in service", names + ".",
                    "Name one with schema => '...' and name => '...'.");
}

}  // namespace pt::pg
