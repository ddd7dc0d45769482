// A release in service as pt_attack sees it: the published tables, and who is in them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/attack/noise_matching.hpp"
#include "core/attack/release.hpp"
#include "core/host.hpp"
#include "pg/in_service.hpp"
#include "pg/release_views.hpp"

namespace pt::pg {

/// What a release says of the risk under one attacker. Nothing: it claims nothing.
struct Claim {
  std::optional<double> average, maximum;
};

/// What an attacker knows who knows how a release was perturbed.
struct PerturbedRelease {
  PerturbedRelease(Host& host, model::Population&& source, const noise::NoiseOptions& options,
                   const model::SequenceRules& rules, const model::Prf& randomness)
      : population(std::move(source)),
        mechanism(host, population, options, rules, randomness.derive("noise")),
        told(host.memory()) {}

  model::Population population;  ///< as perturbed
  noise::Mechanism mechanism;
  model::Period period = model::Period::none;
  noise::Numbering numbering;
  attack::Release told;                  ///< the release; histories as they were published
  std::vector<std::uint32_t> person_of;  ///< released person -> person of the population
  std::vector<std::uint64_t> code_of;    ///< item -> number; see attack::NoiseMatching
  std::uint64_t not_shown = 0;           ///< as in AttackedRelease, of `told`
};

struct AttackedRelease {
  explicit AttackedRelease(std::pmr::memory_resource* memory) : release(memory) {}

  ReleaseName name;
  std::int32_t version = 0;
  attack::Release release;
  std::unique_ptr<PerturbedRelease> noise;  ///< nothing: its events are not perturbed
  std::array<Claim, 5> claims;              ///< in the order of attack::Knowledge
  Claim headline;  ///< under the attacker that the release's target is held against; where that is
                   ///< `register`, under demographics+events
  std::uint64_t suppressed = 0;  ///< people of the source who are in no persona
  std::uint64_t not_shown = 0;   ///< released people of whom their persona lacks some event
};

/// Reads the release of `source` that is in service, and the source as the current user, who must
/// own it (42501). 55000 when there is no release, when there are several and none is named, when
/// its run is gone, when the published tables do not fit the run, or when the source has changed
/// since, unless `allow_changed`: then people that the run did not know are left out.
[[nodiscard]] AttackedRelease load_attacked_release(Host& host, Oid source,
                                                    const WhichRelease& which, bool allow_changed);

}  // namespace pt::pg
