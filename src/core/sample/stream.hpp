// Randomness for the sample data. Nothing here protects anybody: the people are invented, so a
// plain mixing function is enough, and the same seed gives the same data on every machine (integer
// arithmetic and comparisons only, no logarithms).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pt::sample {

/// The finaliser of splitmix64 (Steele, Lea & Flood 2014): a bijection of 64-bit words.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9u;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// A splitmix64 sequence of its own for every (seed, purpose, person). Person i gets the same
/// numbers however many people are asked for and in whatever order they are made.
class Stream {
 public:
  constexpr Stream(std::uint64_t seed, std::uint64_t purpose, std::uint64_t person) noexcept
      : state_(mix(mix(mix(seed + kGolden) ^ purpose) ^ person)) {}

  /// 64 random bits.
  constexpr std::uint64_t next() noexcept {
    state_ += kGolden;
    return mix(state_);
  }

  /// Uniform in [0, 1), 53 bits.
  constexpr double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// True with probability p (p <= 0 never, p >= 1 always).
  constexpr bool chance(double p) noexcept { return uniform() < p; }

  /// Uniform integer in [0, n), n >= 1; the bias is below n / 2^32.
  constexpr std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32);
  }

  /// Uniform integer in [low, high], both included.
  constexpr std::int32_t between(std::int32_t low, std::int32_t high) noexcept {
    return low + static_cast<std::int32_t>(below(static_cast<std::uint32_t>(high - low + 1)));
  }

  /// An index drawn with the given probabilities. They must sum to 1; what rounding leaves over
  /// goes to the last one.
  template <std::size_t N>
  constexpr std::size_t pick(const std::array<double, N>& probabilities) noexcept {
    static_assert(N > 0);
    double u = uniform();
    for (std::size_t i = 0; i + 1 < N; ++i) {
      if (u < probabilities[i]) return i;
      u -= probabilities[i];
    }
    return N - 1;
  }

  /// `pick` for an enum whose values count from 0.
  template <class Enum, std::size_t N>
  constexpr Enum pick_as(const std::array<double, N>& probabilities) noexcept {
    return static_cast<Enum>(pick(probabilities));
  }

 private:
  static constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15u;
  std::uint64_t state_;
};

/// What a stream is drawn for. Streams of different purposes are independent, so a change in how
/// events are made leaves the people as they were.
enum Purpose : std::uint64_t {
  kCourtPerson = 1,
  kCourtEvents = 2,
  kHealthPerson = 3,
  kHealthEvents = 4,
  kIdentity = 5
};

}  // namespace pt::sample
