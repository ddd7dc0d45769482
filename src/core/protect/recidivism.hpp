#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/population.hpp"
#include "core/protect/options.hpp"

namespace pt::protect {

/// A rate of this many people or fewer is marked as unreliable (CDC WONDER's rule for rates).
inline constexpr std::int64_t kUnreliable = 20;

/// What a count of people must be to be shown.
struct CountLimits {
  std::uint64_t least;  ///< people
  TableCells cells;

  /// Whether `count` of `of` people may be shown.
  [[nodiscard]] bool shown(std::uint64_t count, std::uint64_t of) const {
    if (count == 0) return cells.zero_allowed && cells.min_share <= 0;
    return count >= least &&
           static_cast<double>(count) >= cells.min_share * static_cast<double>(of);
  }
  /// Whether the count and that of the others may.
  [[nodiscard]] bool allow(std::uint64_t people, std::uint64_t with) const {
    return shown(with, people) && shown(people - with, people);
  }
};

/// Of each combination of the population: whether it means reoffence. Nothing when the vocabulary
/// has no such word.
std::optional<std::vector<bool>> reoffence_combinations(const model::Population& population,
                                                        const Vocabulary& vocabulary);

/// People of a class, and how many of them have an event that means reoffence.
struct Reoffence {
  std::uint32_t cell;
  std::uint64_t people, with;
};

/// One of them. `scope`: class or pooled.
std::string recidivism_figures(std::uint64_t people, std::uint64_t with, const char* scope);
inline constexpr const char* kWithheldRecidivism =
    "{\"people\": null, \"scope\": \"withheld\", \"share\": null, \"with_reoffence\": null}";

/// recidivism_indicators of each class as JSON: {"people", "with_reoffence", "share", "scope"}.
///
/// A share of kUnreliable people or fewer has "unreliable": true beside it. These figures count
/// people, so they are figures of the class; with and without reoffence there must be 0 or at least
/// `min_people`. Classes that fail are pooled with other classes of their protected cell (scope
/// 'pooled') until they pass, and each pooled class shows the pool's figures, so that shares
/// weighted by people stay exact for the cell. A cell that fails as a whole shows null figures
/// (scope 'withheld'). `cells` may forbid 0 and small shares as well. O(classes log classes).
std::vector<std::string> recidivism_indicators(const std::vector<Reoffence>& classes,
                                               std::uint64_t min_people,
                                               const TableCells& cells = {});

}  // namespace pt::protect
