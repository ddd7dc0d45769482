// What the catalog keeps of a source is found by the number of its table, and a number can come to
// stand for another one: after a drop and a restore, for instance. So the name counts, too.
#pragma once

#include <optional>
#include <string>

#include "pg/boundary.hpp"

namespace pt::pg {

/// SQL: table c of pg_class is the source that row r of the catalog (source, source_name) means. A
/// row of version 1.0 may have no name.
inline constexpr const char* kIsSource =
    "c.oid = r.source AND (r.source_name IS NULL OR r.source_name = (SELECT quote_ident(s.nspname) "
    "|| '.' || quote_ident(c.relname) FROM pg_namespace s WHERE s.oid = c.relnamespace))";

/// 55000 unless `relation` still has the name that it had then (nothing: not known). `what` is told
/// to be of that name, `hint` what to do where another table took its place.
void require_same_name(Oid relation, const std::optional<std::string>& name_then,
                       const std::string& what, const std::string& hint);

/// The same for `what` that was made of a source.
void require_source_name(Oid source, const std::optional<std::string>& name_then,
                         const std::string& what);

}  // namespace pt::pg
