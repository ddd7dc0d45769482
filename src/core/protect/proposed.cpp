#include "core/protect/proposed.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "core/group/cells.hpp"

namespace pt::protect {
namespace {

/// The element `steps` behind `from`, or the last one; `from` itself when it is not in the path.
template <class T>
T stepped(const std::vector<T>& path, const T& from, std::size_t steps) {
  const auto found = std::find(path.begin(), path.end(), from);
  if (found == path.end()) return from;
  const auto left = static_cast<std::size_t>(path.end() - found) - 1;
  return *(found + static_cast<std::ptrdiff_t>(std::min(steps, left)));
}

}  // namespace

std::optional<Setting> proposed(const Proposal& proposal, const Setting& base,
                                const model::Population& population, const Options& options,
                                const ColumnPath& columns) {
  Setting s = base;
  const auto steps = static_cast<std::size_t>(std::max<std::int64_t>(0, proposal.amount));
  switch (proposal.action) {
    case Action::merge_classes:
      if (proposal.amount < 1 || proposal.amount >= base.classes) return std::nullopt;
      s.classes = static_cast<std::uint32_t>(proposal.amount);
      break;
    case Action::coarsen_period:
      if (population.event_width() == 0) return std::nullopt;
      s.period = static_cast<model::Period>(std::min(static_cast<std::size_t>(model::Period::year),
                                                     static_cast<std::size_t>(s.period) + steps));
      break;
    case Action::coarsen_columns:
      s.column_level = stepped(columns, s.column_level, steps);
      break;
    case Action::generalize_geography: {
      const auto place = group::find_protected(population).geography;
      if (!place) return std::nullopt;
      const auto places =
          static_cast<std::uint32_t>(population.attributes[*place].hierarchy.levels.size()) + 1;
      std::tie(s.geography_level, s.place_total) = stepped(
          place_path(population, options, places), {s.geography_level, s.place_total}, steps);
      break;
    }
    case Action::sort_personas:
      if (options.cohesion) return std::nullopt;  // asked for by the caller
      s.cohesion = std::clamp(static_cast<double>(proposal.amount) / 100, 0.0, 1.0);
      break;
  }
  return s;
}

}  // namespace pt::protect
