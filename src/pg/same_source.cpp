#include "pg/same_source.hpp"

#include "core/error.hpp"
#include "pg/datum.hpp"

namespace pt::pg {

void require_same_name(Oid relation, const std::optional<std::string>& name_then,
                       const std::string& what, const std::string& hint) {
  std::string const name = relation_name(relation);
  if (!name_then || *name_then == name) return;
  throw wrong_state(
      what + " of " + *name_then + ", not of " + name,
      "Both have the same number; the table was renamed, or another one took its place.",
      "Rename it back if it is the same table; otherwise " + hint);
}

void require_source_name(Oid source, const std::optional<std::string>& name_then,
                         const std::string& what) {
  require_same_name(source, name_then, what + " was made",
                    "make new personas of " + relation_name(source) + ".");
}

}  // namespace pt::pg
