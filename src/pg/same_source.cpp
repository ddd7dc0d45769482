#include "pg/same_source.hpp"

#include "core/error.hpp"
#include "pg/datum.hpp"

namespace pt::pg {

void require_source_name(Oid source, const std::optional<std::string>& name_then,
                         const std::string& what) {
  std::string const name = relation_name(source);
  if (!name_then || *name_then == name) return;
  throw wrong_state(
      what + " was made of " + *name_then + ", not of " + name,
      "Both have the same number; the table was renamed, or another one took its place.",
      "Rename it back if it is the same table; otherwise make new personas of " + name + ".");
}

}  // namespace pt::pg
