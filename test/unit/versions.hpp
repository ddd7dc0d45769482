#pragma once

// Versions of a release for tests: what was made, as the version in service.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/protect/protect.hpp"
#include "core/release/content.hpp"
#include "core/release/refresh.hpp"

namespace pt::test {

using protect::PersonaRow;
using protect::Protected;
using release::Known;
using release::KnownMember;
using release::KnownPersona;
using release::Refreshed;

inline const model::Prf kContentKey({9, 9});

/// A result as the version in service.
inline Known known_of(const model::Population& population, const Protected& r) {
  Known known;
  known.combos = r.combos;
  known.classes = r.classes;
  std::int64_t unit = 0;
  for (const PersonaRow& row : r.personas) {
    KnownPersona persona{row.key, row.class_no, ++unit, {}};
    for (auto i = row.event_begin; i < row.event_end; ++i) persona.events.push_back(r.event(i));
    known.personas.push_back(std::move(persona));
  }
  for (std::uint32_t p = 0; p < population.size(); ++p)
    if (r.persona_of[p] != Protected::kSuppressed)
      known.members.push_back({population.key[p], r.persona_of[p],
                               release::keyed_content(kContentKey, r.content[p]), r.risk[p]});
  return known;
}

/// The version that a refresh has made, in service.
inline Known known_of(const model::Population& population, const Refreshed& next) {
  Known known = known_of(population, next.result);
  for (KnownMember& m : known.members) {
    const auto p = static_cast<std::size_t>(
        std::lower_bound(population.key.begin(), population.key.end(), m.key) -
        population.key.begin());
    m.content = next.result.content[p];  // keyed already
  }
  known.classes.insert(known.classes.end(), next.dead_classes.begin(), next.dead_classes.end());
  known.withdrawn = next.withdrawn;
  known.told = next.told;
  return known;
}

}  // namespace pt::test
