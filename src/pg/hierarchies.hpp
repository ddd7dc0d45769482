// Hierarchies of columns: from tables named with pt_set_hierarchy, or from coarser columns of the
// source itself (county, state).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/hierarchy.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

/// A hierarchy over the values of a column.
struct LoadedHierarchy {
  model::Hierarchy hierarchy;            ///< over the labels given
  std::vector<std::string> level_names;  ///< of hierarchy.levels, finest first
  std::uint64_t not_shown = 0;           ///< labels that the hierarchy doesn't know
};

/// The hierarchy set for a column, over `labels` (code -> text of the value); nothing if none is
/// set. Reads the hierarchy's relation as the caller. 22000 where it doesn't nest, 42P01 or 42703
/// where it has changed since.
[[nodiscard]] std::optional<LoadedHierarchy> load_hierarchy(Oid relation, const std::string& column,
                                                            std::span<const std::string> labels);

/// A hierarchy with all the values it knows.
struct KnownHierarchy {
  std::vector<std::string> labels;  ///< values, sorted by bytes: code -> text
  model::Hierarchy hierarchy;
  std::vector<std::string> level_names;
};

/// The hierarchy set for a column over its own values; nothing if none is set. Errors as above.
[[nodiscard]] std::optional<KnownHierarchy> load_known_hierarchy(Oid relation,
                                                                 const std::string& column);

/// The hierarchy that columns of one relation make, finest first (Description::geography_levels);
/// `labels` are the values of the first as text. Reads the relation as the caller, once. Levels
/// that don't nest in the finer ones are left out and reported in a WARNING. One column: no levels.
[[nodiscard]] LoadedHierarchy hierarchy_of_columns(Oid relation,
                                                   std::span<const std::string> columns,
                                                   std::span<const std::string> labels);

}  // namespace pt::pg
