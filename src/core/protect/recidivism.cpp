#include "core/protect/recidivism.hpp"

#include <algorithm>
#include <map>

#include "core/text/json.hpp"

namespace pt::protect {
std::string recidivism_figures(std::uint64_t people, std::uint64_t with, const char* scope) {
  return "{\"people\": " + std::to_string(people) + ", \"scope\": \"" + scope + "\", \"share\": " +
         text::json_number(static_cast<double>(with) / static_cast<double>(people)) +
         ", \"with_reoffence\": " + std::to_string(with) +
         (with <= static_cast<std::uint64_t>(kUnreliable) ? ", \"unreliable\": true}" : "}");
}

std::optional<std::vector<bool>> reoffence_combinations(const model::Population& population,
                                                        const Vocabulary& vocabulary) {
  std::vector<bool> out(population.n_combos, false);
  bool any = false;
  for (std::size_t c = 0; c < population.event_width(); ++c) {
    const std::vector<bool>* flags = nullptr;
    if (population.event_parts[c] == model::EventPart::type) flags = &vocabulary.type_is_reoffence;
    if (population.event_parts[c] == model::EventPart::outcome)
      flags = &vocabulary.outcome_is_reoffence;
    if (flags == nullptr) continue;
    for (std::uint32_t i = 0; i < population.n_combos; ++i) {
      const model::Code v = population.event_value(i, c);
      if (v != model::kMissing && v < flags->size() && (*flags)[v]) out[i] = true;
    }
    any = any || std::find(flags->begin(), flags->end(), true) != flags->end();
  }
  if (!any) return std::nullopt;
  return out;
}

std::vector<std::string> recidivism_indicators(const std::vector<Reoffence>& classes,
                                               std::uint64_t min_people,
                                               const TableCells& cells_rule) {
  const CountLimits limits{min_people, cells_rule};
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
        out[members[i]] = recidivism_figures(c.people, c.with, "class");
      else if (shown)
        out[members[i]] = recidivism_figures(people, with, "pooled");
      else
        out[members[i]] = kWithheldRecidivism;
    }
  }
  return out;
}

}  // namespace pt::protect
