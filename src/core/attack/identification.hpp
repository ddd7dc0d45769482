// Attacks that try to name a person of a release of personas (doc/privacy-measures.md, "Attacks").
#pragma once

#include <cstdint>
#include <vector>

#include "core/attack/random.hpp"
#include "core/attack/release.hpp"
#include "core/host.hpp"

namespace pt::attack {

/// What an attacker knows of the person he looks for. Of one or two events he knows those that give
/// the person away most. `counts`: all events and demographics, and he weighs how often each
/// persona holds them.
enum class Knowledge : std::uint8_t {
  demographics,
  one_event,
  two_events,
  all_events,
  events,
  counts
};

/// Success of an attack on everybody, computed instead of tried.
struct Exact {
  double mean = 0, maximum = 0;
};

/// Tries of an attack.
struct Tried {
  std::uint64_t attempts = 0;      ///< really made
  std::uint64_t successes = 0;     ///< the right person was named
  std::uint64_t persona_hits = 0;  ///< the right persona was found
  std::uint64_t control_successes = 0, control_attempts = 0;
};

/// Identification by consistency. The *consistent set* of a person are the people of the personas
/// that hold every event the attacker knows at least as often, within the person's cell where he
/// knows demographics. He draws one of these personas with its number of people as weight, then one
/// of its members. Where no persona fits (perturbed events) he falls back on all personas of the
/// cell. Not for concurrent use.
///
/// Knowledge::counts goes further than the risk measure: of the consistent personas he takes the
/// one that is likeliest to hold the person by how often it holds each event, and names one of its
/// people. Of personas with c events of one kind among s people, the likelihood of a member who has
/// n of them grows with c (c - 1) ... (c - n + 1) / s^n (events taken for independent draws), so
/// that a persona with three burglaries is thrice as likely as one with one.
class Identification {
 public:
  /// `release` must outlive the object. O(items log items).
  Identification(Host& host, const Release& release);

  /// Mean and maximum over all released people of the chance that the attacker names the person.
  /// O(people x events x personas of a cell / 64), and its square in events for two_events. No
  /// people: zeros.
  Exact exact(Knowledge knowledge);

  /// The attack as it is done: `attempts` people drawn with replacement, the candidates listed one
  /// by one. Independent of exact().
  Tried simulate(Knowledge knowledge, std::uint64_t attempts, Random& random);

  /// Personas with every item of `known` (ascending, with repetitions) at least as often; only
  /// those of `cell`, if it is one. Ascending.
  void candidates(std::span<const std::uint64_t> known, std::uint32_t cell,
                  std::vector<std::uint32_t>& out) const;
  static constexpr std::uint32_t kAnyCell = 0xFFFFFFFFu;

  /// One of `personas`, drawn with the number of people as weight.
  std::uint32_t draw(std::span<const std::uint32_t> personas, Random& random) const;
  std::uint64_t people_of(std::span<const std::uint32_t> personas) const;
  const std::vector<std::uint32_t>& personas_of_cell(std::uint32_t cell) const {
    return cell == kAnyCell ? everywhere_ : personas_[cell];
  }
  bool holds(std::uint32_t persona, std::span<const std::uint64_t> known) const;
  /// Place of a person among the members of the own persona.
  std::uint32_t rank(std::size_t person) const { return rank_[person]; }
  const std::vector<std::uint32_t>& members(std::uint32_t persona) const {
    return members_[persona];
  }

 private:
  struct Posting {
    std::uint32_t persona, weight;
  };
  std::span<const Posting> postings(std::uint64_t item) const;
  void reveal_most(Knowledge knowledge, std::size_t person, std::vector<std::uint32_t>& out) const;
  void likeliest(std::size_t person, std::vector<std::uint32_t>& out) const;
  Exact exact_by_counts();
  void exact_in(std::span<const std::uint32_t> personas, Knowledge knowledge, Exact& sum);

  Host& host_;
  const Release& release_;
  std::pmr::vector<std::size_t> first_;  // item -> postings
  std::pmr::vector<Posting> postings_;
  std::vector<std::vector<std::uint32_t>> personas_;  // of each cell
  std::vector<std::uint32_t> everywhere_;
  std::vector<std::vector<std::uint32_t>> members_;  // of each persona
  std::pmr::vector<std::uint32_t> rank_;
};

}  // namespace pt::attack
