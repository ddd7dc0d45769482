// Every way in which a role could see private data: sources, their tables of people, and the
// catalog.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pg/boundary.hpp"

namespace pt::pg {

/// One way, with the statement that closes it.
struct Exposure {
  std::string way;     ///< superuser, owner, grant, column grant, view, ...
  std::string object;  ///< what is exposed, or by what
  std::string detail;
  std::string statement;
};

/// All ways for `role` to see the sources that `caller` owns, or one of them. As owner of the
/// catalog. 42704 when there is no such role.
[[nodiscard]] std::vector<Exposure> find_exposures(const std::string& role, Oid caller,
                                                   std::optional<Oid> source);

}  // namespace pt::pg
