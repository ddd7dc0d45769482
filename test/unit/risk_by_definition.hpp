#pragma once

#include <gtest/gtest.h>

#include <map>

#include "core/protect/protect.hpp"

namespace pt::test {

/// Recomputes the attacker who knows demographics and all events from the result alone, by the
/// definition: multisets of released rows against each member's released history.
inline double average_by_definition(const model::Population& population,
                                    const protect::Protected& result, double& maximum) {
  const auto look = [&](std::uint64_t w) {
    const std::int32_t day = population.days[model::EventWord::day(w)];
    const std::int32_t start =
        day == model::kNoDay ? day : model::period_start(day, result.setting.period);
    std::vector<std::optional<std::string>> row{std::to_string(start)};
    for (const std::uint32_t c : result.column_of) {
      const model::Code v = population.event_value(model::EventWord::combo(w), c);
      row.push_back(v == model::kMissing ? std::nullopt
                                         : std::optional(population.event_columns[c].labels[v]));
    }
    return row;
  };
  using Bag = std::map<std::vector<std::optional<std::string>>, std::uint32_t>;
  std::vector<Bag> bags(result.personas.size());
  for (std::size_t p = 0; p < bags.size(); ++p)
    for (auto i = result.personas[p].event_begin; i < result.personas[p].event_end; ++i) {
      const protect::EventRow e = result.event(i);
      std::vector<std::optional<std::string>> row{std::to_string(e.period_start)};
      for (const auto& v : result.combos[e.combo]) row.push_back(v);
      bags[p][row] += e.weight;
    }
  double sum = 0;
  std::uint64_t people = 0;
  maximum = 0;
  for (std::uint32_t i = 0; i < population.size(); ++i) {
    if (result.persona_of[i] == protect::Protected::kSuppressed) continue;
    Bag known;
    for (const std::uint64_t w : population.events_of(i)) ++known[look(w)];
    std::uint64_t consistent = 0;
    for (std::size_t p = 0; p < bags.size(); ++p) {
      if (result.personas[p].class_no != result.personas[result.persona_of[i]].class_no) continue;
      bool contained = true;
      for (const auto& [row, n] : known) {
        const auto it = bags[p].find(row);
        contained = contained && it != bags[p].end() && it->second >= n;
      }
      if (contained) consistent += result.personas[p].people;
    }
    const double risk = 1.0 / static_cast<double>(consistent);
    EXPECT_NEAR(risk, static_cast<double>(result.risk[i]), 1e-6);
    sum += risk;
    maximum = std::max(maximum, risk);
    ++people;
  }
  return sum / static_cast<double>(people);
}

}  // namespace pt::test
