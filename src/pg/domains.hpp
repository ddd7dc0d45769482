// The catalog's domains as the core wants them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/domain.hpp"

namespace pt::pg {

/// All domains, by name; shipped and added ones. Reads the catalog as its owner; about a
/// millisecond.
[[nodiscard]] std::vector<model::Domain> load_domains();

/// One domain; 42704 with the list of the others when there is none of that name.
[[nodiscard]] model::Domain load_domain(const std::string& name);

}  // namespace pt::pg
