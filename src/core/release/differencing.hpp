// What two published versions give away when they are compared: the differencing rule of releases.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/host.hpp"

namespace pt::release {

/// In no persona of that version.
inline constexpr std::uint32_t kOutside = 0xFFFFFFFFu;

/// People who are in persona `earlier` of one version and in persona `later` of another (kOutside:
/// in none). `changed`: what is published of them differs between the two, so that their old and
/// their new events do not cancel out; both are personas then.
struct Overlap {
  std::uint32_t earlier, later;
  std::uint64_t people;
  bool changed = false;
};

/// A difference that a comparison of two versions can compute: the sum over the personas `earlier`
/// minus the sum over the personas `later` concerns this many people only.
struct Difference {
  std::uint64_t people;
  std::vector<std::uint32_t> earlier, later;
};

/// A difference that holds at least one person and fewer than `least`, or nothing when every
/// computable difference holds 0 or at least `least` people. Exact.
///
/// Whoever holds both versions can compute any weighted sum of personas. It tells nothing of a
/// person only if the weights of the person's two personas cancel out, or are both zero when the
/// person's events have changed. Take the personas of both versions as vertices, with one more for
/// 'in no persona', and people as edges between the two they are in (changed ones: hyperedges of
/// three, with 'in no persona'); the people that a sum tells of are those cut by the partition of
/// the vertices by weight, so the smallest sum of all is the global minimum cut of a component. It
/// is found by contraction of edges that no small cut can separate (Nagamochi and Ibaraki 1992),
/// O(overlaps log overlaps) a pass; few passes are needed.
std::optional<Difference> find_small_difference(Host& host, std::span<const Overlap> overlaps,
                                                std::uint64_t least);

}  // namespace pt::release
