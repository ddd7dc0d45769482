#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/protect/options.hpp"

namespace pt::protect {

/// People of a class, and how many of them have an event that means reoffence.
struct Reoffence {
  std::uint32_t cell;
  std::uint64_t people, with;
};

/// recidivism_indicators of each class as JSON: {"people", "with_reoffence", "share", "scope"}.
///
/// These figures count people, so they are figures of the class; with and without reoffence there
/// must be 0 or at least `min_people`. Classes that fail are pooled with other classes of their
/// protected cell (scope 'pooled') until they pass, and each pooled class shows the pool's figures,
/// so that shares weighted by people stay exact for the cell. A cell that fails as a whole shows
/// null figures (scope 'withheld'). `cells` may forbid 0 and small shares as well. O(classes log
/// classes).
std::vector<std::string> recidivism_indicators(const std::vector<Reoffence>& classes,
                                               std::uint64_t min_people,
                                               const TableCells& cells = {});

}  // namespace pt::protect
