#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/risk/cover.hpp"

namespace pt::group {

/// How a class is dealt into personas.
struct PersonaRules {
  std::uint32_t min_size = 5;
  std::uint32_t max_size = 50;     ///< >= 2 min_size - 1, so that every class of min_size fits
  std::uint32_t target_size = 50;  ///< min_size..max_size
  double cohesion = 0;             ///< 0: every persona gets its share of every history; 1: similar
                                   ///< histories together
};

/// Number of personas for a class of `people` (>= min_size): as few as the target size allows.
std::uint32_t persona_count(std::uint32_t people, const PersonaRules& rules);

/// Deals the people of one class into personas of min_size..max_size whose sizes differ by at most
/// one. `patterns` hold (period, event type) codes only: outcomes never decide who is grouped.
/// People are ordered by their patterns; the order is cut into as many blocks as cohesion asks for
/// and each block is dealt in turn, like cards, to its share of the personas. Returns the persona
/// 0..count-1 of each person. O(n log n).
std::vector<std::uint32_t> deal(const risk::Histories& patterns, const PersonaRules& rules);

/// Marks the personas whose members all share one value of a sensitive attribute (Machanavajjhala
/// et al. 2006 call it homogeneity). `value[i]` is the sensitive code of person i. O(people).
void mark_homogeneous(std::span<const std::uint32_t> persona, std::span<const std::uint32_t> value,
                      std::vector<bool>& homogeneous);

/// Mends homogeneous personas: each is dealt anew together with a neighbour, without looking at the
/// value, up to four times. Sizes do not change. What remains is for mark_homogeneous to tell.
/// O(people) a homogeneous persona.
void mend_homogeneous(std::vector<std::uint32_t>& persona, std::uint32_t personas,
                      std::span<const std::uint32_t> value);

}  // namespace pt::group
