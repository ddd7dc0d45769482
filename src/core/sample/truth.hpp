// What is planted in the samples, as statements that can be checked with SQL on the wide tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pt::sample {

/// One planted figure. For unit "event": among the rows where `among` holds, the mean of `counted`
/// (a condition counts as 0 or 1) is `expected` but for sampling error. For unit "person": the same
/// of people, among those with a row where `among` holds; `counted` holds if it does in any of
/// their rows. `among` and `counted` are SQL expressions over the columns of the wide table.
struct Statement {
  std::string_view sample;   ///< "court" or "health"
  std::string_view measure;  ///< "conviction", "sentence length", ...
  std::string_view kind;     ///< "disparity", or "equality" for what is the same for everybody
  std::string_view unit;     ///< "event" or "person"
  std::string among;
  std::string counted;
  double expected = 0;
};

/// All planted figures, in a fixed order; made from the constants that the generators draw from.
[[nodiscard]] std::vector<Statement> truth();

}  // namespace pt::sample
