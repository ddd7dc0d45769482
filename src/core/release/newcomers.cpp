#include "core/release/newcomers.hpp"

#include <algorithm>
#include <memory>

#include "core/protect/assembly.hpp"
#include "core/protect/grouping.hpp"

namespace pt::release {

using model::Code;
using model::EventWord;
using model::Population;
using protect::Protected;

Population subset(Host& host, const Population& population, std::span<const std::uint32_t> people) {
  Population out(host.memory());
  out.attributes = population.attributes;
  out.meaning = population.meaning;
  out.event_columns = population.event_columns;
  out.event_parts = population.event_parts;
  out.combos = population.combos;
  out.n_combos = population.n_combos;
  out.days = population.days;
  std::vector<std::uint32_t> used;
  for (const std::uint32_t p : people) used.push_back(population.tuple[p]);
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  out.n_tuples = used.size();
  for (const std::uint32_t t : used)
    for (std::size_t a = 0; a < population.width(); ++a)
      out.tuples.push_back(population.value(t, a));
  for (std::size_t s = 0; s < population.sensitive.size(); ++s)
    out.sensitive.emplace_back(host.memory());
  out.first.push_back(0);
  for (const std::uint32_t p : people) {
    const auto number = static_cast<std::uint32_t>(out.key.size());
    if ((number & 0xFFF) == 0) host.poll();
    out.key.push_back(population.key[p]);
    out.tuple.push_back(static_cast<std::uint32_t>(
        std::lower_bound(used.begin(), used.end(), population.tuple[p]) - used.begin()));
    if (!population.weight.empty()) out.weight.push_back(population.weight[p]);
    for (std::size_t s = 0; s < population.sensitive.size(); ++s)
      out.sensitive[s].push_back(population.sensitive[s][p]);
    for (const std::uint64_t w : population.events_of(p))
      out.words.push_back(EventWord::pack(number, EventWord::day(w), EventWord::combo(w)));
    out.first.push_back(static_cast<std::uint32_t>(out.words.size()));
  }
  return out;
}

std::vector<NewClass> open_classes(Host& host, const Population& population,
                                   const protect::Options& options, protect::Setting setting,
                                   std::span<const std::uint32_t> people, double class_people) {
  std::vector<NewClass> out;
  if (people.size() < options.min_size) return out;
  const Population waiting = subset(host, population, people);
  auto grouping = std::make_unique<protect::Grouping>(host, waiting, options);
  if (waiting.size() < grouping->smallest_persona()) return out;
  setting.classes = static_cast<std::uint32_t>(
      std::max(1.0, static_cast<double>(waiting.size()) / std::max(class_people, 1.0)));
  const Protected grouped =
      protect::assemble(host, waiting, options, grouping, setting, protect::Complete::always);
  for (const protect::ClassRow& row : grouped.classes) out.push_back({row, {}});
  for (std::uint32_t i = 0; i < waiting.size(); ++i) {
    if (grouped.persona_of[i] == Protected::kSuppressed) continue;
    out[grouped.personas[grouped.persona_of[i]].class_no].people.push_back(people[i]);
  }
  return out;
}

}  // namespace pt::release
