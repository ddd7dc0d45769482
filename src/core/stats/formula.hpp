// Model formulas: column names, joined by a few signs. Nothing in them is ever run as SQL; the
// caller looks the names up in the relation and quotes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pt::stats {

/// A column as a formula names it.
struct FormulaColumn {
  std::string name;                      ///< as in the catalog: folded to lower case unless quoted
  bool factor = false;                   ///< factor(...): categorical whatever its type
  std::optional<std::string> reference;  ///< factor(column, 'level')
};

/// response ~ term + term; each term is a product of one or more columns.
struct Formula {
  std::string response;
  std::string trials;                   ///< response / trials; empty: none
  std::vector<FormulaColumn> columns;   ///< distinct, in order of appearance
  std::vector<std::vector<int>> terms;  ///< indices into columns, distinct
  bool intercept = true;
};

/// Parses `y ~ a + "B c" + factor(d, 'level') + a:d + a*d`, `y / n ~ ...`, `y ~ 1`; `- 1` or `+ 0`
/// leaves the intercept out. a*b stands for a + b + a:b. Error 42601 with the place of the mistake;
/// 22023 for products whose columns are no terms of their own.
[[nodiscard]] Formula parse_formula(std::string_view text);

}  // namespace pt::stats
