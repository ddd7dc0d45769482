#include "core/group/personas.hpp"

#include <algorithm>
#include <cmath>

namespace pt::group {
namespace {

constexpr std::uint32_t kMendRounds = 4;

/// splitmix64 of a position: spreads neighbours.
std::uint64_t scatter(std::uint64_t position, std::uint64_t round) {
  std::uint64_t z = position * 0x9E3779B97F4A7C15U + round;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// A person by the first code of the pattern, which decides most comparisons without a look at the
/// others.
struct Sorted {
  std::uint64_t first;  ///< first code + 1; 0: no events
  std::uint32_t person;
};

/// People in lexicographical order of their patterns; equal ones by number.
std::vector<Sorted> by_pattern(const risk::Histories& patterns) {
  std::vector<Sorted> order;
  order.reserve(patterns.people());
  for (std::uint32_t i = 0; i < patterns.people(); ++i) {
    const auto codes = patterns.of(i);
    order.push_back({codes.empty() ? 0 : codes.front() + 1, i});
  }
  std::sort(order.begin(), order.end(), [&](const Sorted& a, const Sorted& b) {
    if (a.first != b.first) return a.first < b.first;
    const auto x = patterns.of(a.person), y = patterns.of(b.person);
    const auto cmp = std::lexicographical_compare_three_way(x.begin(), x.end(), y.begin(), y.end());
    return cmp != 0 ? cmp < 0 : a.person < b.person;
  });
  return order;
}

}  // namespace

std::uint32_t persona_count(std::uint32_t people, const PersonaRules& rules) {
  const std::uint32_t most = std::max(1u, people / rules.min_size);
  const std::uint32_t least = (people + rules.max_size - 1) / rules.max_size;
  const std::uint32_t wanted = (people + rules.target_size - 1) / rules.target_size;
  return std::clamp(wanted, least, std::max(least, most));
}

std::vector<std::uint32_t> deal(const risk::Histories& patterns, const PersonaRules& rules) {
  const auto n = static_cast<std::uint32_t>(patterns.people());
  std::vector<std::uint32_t> persona(n, 0);
  const std::uint32_t count = persona_count(n, rules);
  if (count <= 1) return persona;

  const std::vector<Sorted> order = by_pattern(patterns);
  const auto blocks = static_cast<std::uint32_t>(
      std::lround(1 + std::clamp(rules.cohesion, 0.0, 1.0) * (count - 1)));
  std::uint32_t at = 0, given = 0;
  for (std::uint32_t b = 0; b < blocks; ++b) {
    // Personas given..given+share-1 take the next people; every persona gets n / count, the first
    // n % count of them one more.
    const std::uint32_t share = count / blocks + (b < count % blocks ? 1 : 0);
    std::uint32_t people = 0;
    for (std::uint32_t p = given; p < given + share; ++p)
      people += n / count + (p < n % count ? 1 : 0);
    for (std::uint32_t i = 0; i < people; ++i) persona[order[at + i].person] = given + i % share;
    at += people;
    given += share;
  }
  return persona;
}

void mark_homogeneous(std::span<const std::uint32_t> persona, std::span<const std::uint32_t> value,
                      std::vector<bool>& homogeneous) {
  enum State : std::uint8_t { empty, one_value, diverse };
  std::vector<State> state(homogeneous.size(), empty);
  std::vector<std::uint32_t> held(homogeneous.size(), 0);
  for (std::size_t i = 0; i < persona.size(); ++i) {
    const std::uint32_t p = persona[i];
    if (state[p] == empty) {
      state[p] = one_value;
      held[p] = value[i];
    } else if (held[p] != value[i]) {
      state[p] = diverse;
    }
  }
  for (std::size_t p = 0; p < state.size(); ++p)
    if (state[p] == one_value) homogeneous[p] = true;
}

void mend_homogeneous(std::vector<std::uint32_t>& persona, std::uint32_t personas,
                      std::span<const std::uint32_t> value) {
  if (personas < 2) return;
  const auto homogeneous = [&](std::uint32_t p) {
    const std::size_t first =
        static_cast<std::size_t>(std::find(persona.begin(), persona.end(), p) - persona.begin());
    for (std::size_t i = first; i < persona.size(); ++i)
      if (persona[i] == p && value[i] != value[first]) return false;
    return true;
  };
  for (std::uint32_t p = 0; p < personas; ++p) {
    for (std::uint32_t round = 1; round <= kMendRounds && homogeneous(p); ++round) {
      const std::uint32_t q = (p + round) % personas;
      if (q == p) continue;
      std::vector<std::size_t> both;
      std::size_t in_p = 0;
      for (std::size_t i = 0; i < persona.size(); ++i)
        if (persona[i] == p || persona[i] == q) {
          both.push_back(i);
          in_p += persona[i] == p ? 1 : 0;
        }
      // A fixed shuffle by position decides, whatever the value is.
      std::sort(both.begin(), both.end(), [round](std::size_t a, std::size_t b) {
        const std::uint64_t x = scatter(a, round), y = scatter(b, round);
        return x != y ? x < y : a < b;
      });
      for (std::size_t i = 0; i < both.size(); ++i) persona[both[i]] = i < in_p ? p : q;
    }
  }
}

}  // namespace pt::group
