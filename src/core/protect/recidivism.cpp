#include "core/protect/recidivism.hpp"

#include <algorithm>
#include <map>

#include "core/text/json.hpp"

namespace pt::protect {
namespace {

/// What may be shown: as many people as this, with and without.
struct Limits {
  std::uint64_t least;
  TableCells cells;

  bool allow(std::uint64_t people, std::uint64_t with) const {
    return shown(with, people) && shown(people - with, people);
  }

 private:
  bool shown(std::uint64_t count, std::uint64_t of) const {
    if (count == 0) return cells.zero_allowed && cells.min_share <= 0;
    return count >= least &&
           static_cast<double>(count) >= cells.min_share * static_cast<double>(of);
  }
};

std::string figures(std::uint64_t people, std::uint64_t with, const char* scope) {
  return "{\"people\": " + std::to_string(people) + ", \"scope\": \"" + scope + "\", \"share\": " +
         text::json_number(static_cast<double>(with) / static_cast<double>(people)) +
         ", \"with_reoffence\": " + std::to_string(with) + "}";
}

}  // namespace

std::vector<std::string> recidivism_indicators(const std::vector<Reoffence>& classes,
                                               std::uint64_t min_people,
                                               const TableCells& cells_rule) {
  const Limits limits{min_people, cells_rule};
  const auto safe = [&](std::uint64_t people, std::uint64_t with) {
    return limits.allow(people, with);
  };
  std::vector<std::string> out(classes.size());
  std::map<std::uint32_t, std::vector<std::size_t>> cells;
  for (std::size_t c = 0; c < classes.size(); ++c) cells[classes[c].cell].push_back(c);
  for (auto& [cell, members] : cells) {
    // Failing classes first, then the others by size: the pool takes as few good ones as it can.
    std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
      const bool x = safe(classes[a].people, classes[a].with);
      const bool y = safe(classes[b].people, classes[b].with);
      return x != y ? y : classes[a].people < classes[b].people;
    });
    std::uint64_t people = 0, with = 0;
    std::size_t pooled = 0;
    while (pooled < members.size()) {
      const Reoffence& next = classes[members[pooled]];
      const bool fails = !safe(next.people, next.with);
      if (!fails && (pooled == 0 || safe(people, with))) break;
      people += next.people;
      with += next.with;
      ++pooled;
    }
    const bool shown = pooled == 0 || safe(people, with);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Reoffence& c = classes[members[i]];
      if (i >= pooled)
        out[members[i]] = figures(c.people, c.with, "class");
      else if (shown)
        out[members[i]] = figures(people, with, "pooled");
      else
        out[members[i]] =
            "{\"people\": null, \"scope\": \"withheld\", \"share\": null, \"with_reoffence\": "
            "null}";
    }
  }
  return out;
}

}  // namespace pt::protect
