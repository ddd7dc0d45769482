// The rows that a model compares in source and release: one query each, with the same column names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/stats/formula.hpp"
#include "pg/glm_rows.hpp"
#include "pg/two_sides.hpp"

namespace pt::pg {

/// Which rows a model is about.
struct ModelRows {
  std::vector<std::string> event_types;  ///< events of these types only; empty: all
  std::vector<std::string> success;  ///< values of the response that count as 1; empty: as it is
  std::string filter_column;         ///< events that have one of filter_values there; empty: all
  std::vector<std::string> filter_values;
};

/// One side as pt_glm's reader takes it.
struct SideQuery {
  std::string from;  ///< subquery with an alias
  std::vector<QueryColumn> columns;
  std::string weights, cluster, exposure;  ///< column names; empty: none
};

struct ModelSides {
  SideQuery source, release;
  bool people = false;   ///< rows are people and personas, not events
  std::string withheld;  ///< why the release has no such rows (then only `source` is set)
};

/// Queries for the columns of a formula. Names are those of the release (gender, ethnicity,
/// geography, event_type, outcome, details and attributes) or of the source; and age, age_group
/// (between the domain's cut points), year (of the event); as responses about people reoffended and
/// events (their number, of the wanted type; for the family poisson). Rows are events when a column
/// of events is used, else people. 42703 for other names, 22023 for what can't be combined, 55000
/// when no event means reoffence. Inside a ReadScope.
[[nodiscard]] ModelSides model_sides(const TwoSides& sides, const stats::Formula& formula,
                                     const ModelRows& rows);

/// The names that a formula may use, every spelling. Inside a ReadScope.
[[nodiscard]] std::vector<std::string> model_columns(const TwoSides& sides);

/// SQL over the source that is the value of a column of a formula as text; empty for those about
/// people that are computed (reoffended, events). 42703 for other names.
[[nodiscard]] std::string source_text(const TwoSides& sides, const std::string& column);

}  // namespace pt::pg
