#pragma once

#include <cstddef>
#include <cstdint>

namespace pt::group {

/// An odd 64-bit factor for position `index` (splitmix64 of the index). A tuple's hash is the sum
/// of code x factor over its attributes: fixed by the values alone, the same on every machine.
constexpr std::uint64_t odd_factor(std::size_t index) {
  std::uint64_t z = (static_cast<std::uint64_t>(index) + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return (z ^ (z >> 31)) | 1u;
}

/// Spreads such a sum so that its low bits can number the slots of a table.
constexpr std::uint64_t spread(std::uint64_t sum) {
  sum ^= sum >> 32;
  sum *= 0xD6E8FEB86659FD93u;
  return sum ^ (sum >> 32);
}

}  // namespace pt::group
