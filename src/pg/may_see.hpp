#pragma once

#include <cstdint>
#include <optional>

#include "pg/boundary.hpp"

namespace pt::pg {

/// The named run of a source, or the caller's newest one, or the newest of all. 42501 unless the
/// caller owns the source; 55000 when there is none.
[[nodiscard]] std::int64_t find_run(Oid source, std::optional<std::int64_t> run);

/// SQL condition: the user whose oid is $1 may see a row `r` of the catalog that has owner_name,
/// where `c` is its source in pg_class, or nothing when the source is gone. Then those see it who
/// are a member of the role that made it, and superusers.
inline constexpr const char* kMaySeeRun =
    "coalesce(pg_has_role($1::oid, c.relowner, 'USAGE'), "
    "pg_has_role($1::oid, (SELECT a.oid FROM pg_roles a WHERE a.rolname = r.owner_name), 'USAGE'), "
    "(SELECT a.rolsuper FROM pg_roles a WHERE a.oid = $1::oid), false)";

}  // namespace pt::pg
