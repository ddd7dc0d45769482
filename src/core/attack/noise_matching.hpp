// Event matching by an attacker who knows how the release was perturbed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/attack/identification.hpp"
#include "core/protect/posterior.hpp"

namespace pt::attack {

/// The attacker knows the exact demographics of a person, all true events and the published noise:
/// how far dates move, and with which matrix outcomes were drawn anew (doc/privacy-model.md, "Noise
/// and its attackers"). He lists the personas of the class, draws one with weight people x L, where
/// L is the probability that the person's events, perturbed anew, all fit into it, and names one of
/// its members. Without noise L is 0 or 1, and this is Knowledge::all_events. Where nothing fits he
/// falls back on the class. Not for concurrent use.
///
/// The chance of a person is L(own) / sum of people x L. The risk measure claims the largest L over
/// the same sum, so this attacker is never above it. One who always names somebody of the likeliest
/// persona succeeds as often as claimed on average over the noise, with luck in any one release:
/// best_guess().
class NoiseMatching {
 public:
  static constexpr std::uint64_t kNotNumbered = 0xFFFFFFFFFFFFFFFFu;
  /// Draws of a persona and its noise until one fits, at most, in one try.
  static constexpr std::uint32_t kMostDraws = 1000;

  /// `person_of[i]`: the person of the posterior's population that released person i is.
  /// `code_of[item]`: the item in the posterior's numbering, kNotNumbered for items that no event
  /// of the population can become. All must outlive the object.
  NoiseMatching(Host& host, const Release& release, const Identification& who,
                noise::Posterior& posterior, std::span<const std::uint32_t> person_of,
                std::span<const std::uint64_t> code_of);

  /// Mean and maximum over all released people of the chance to be named, with L in closed form.
  /// O(people x personas of a class x events) for a few events on a boundary.
  Exact exact();

  /// Mean over all released people of the chance to be named by whoever names one of the people of
  /// the likeliest personas. After exact().
  [[nodiscard]] double best_guess() const { return best_guess_; }

  /// The attack as it is done, without L: a persona is drawn by its people, the events that the
  /// attacker knows are perturbed anew, and the persona is kept if it holds them; else both are
  /// drawn again (rejection sampling). Who is never held in kMostDraws draws is looked for in the
  /// whole class.
  Tried simulate(std::uint64_t attempts, Random& random);

 private:
  void enter(std::uint32_t cell);

  Host& host_;
  const Release& release_;
  const Identification& who_;
  noise::Posterior& posterior_;
  std::span<const std::uint32_t> person_of_;
  std::span<const std::uint64_t> code_of_;
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFFu;
  double best_guess_ = 0;
  std::uint32_t entered_ = kNowhere;         // cell whose personas the posterior holds
  std::vector<std::uint32_t> place_;         // persona -> place in its cell
  std::vector<risk::PersonaEvents> pooled_;  // scratch
};

}  // namespace pt::attack
