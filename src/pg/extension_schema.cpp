#include "pg/extension_schema.hpp"

#include <optional>

#include "core/error.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

std::string extension_schema() {
  std::optional<std::string> const schema = Spi().value(
      "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e JOIN "
      "pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace WHERE e.extname "
      "OPERATOR(pg_catalog.=) 'personatwin'");
  if (!schema)
    throw wrong_state("personatwin is not installed in this database", {},
                      "Use CREATE EXTENSION personatwin.");
  return *schema;
}

}  // namespace pt::pg
