#pragma once

#include <string>

#include "core/model/prf.hpp"

namespace pt::pg {

/// The hash of the rows that a run has read, and the state the tables were in (source_state()).
struct KnownRows {
  model::Hash128 rows;
  std::string state;
};

}  // namespace pt::pg
