#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pt::model {

/// A 128-bit keyed hash. Ordered by (hi, lo), which is the canonical order of people.
struct Hash128 {
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// SipHash-2-4 with 128-bit output (Aumasson & Bernstein 2012), a pseudorandom function: who does
/// not hold the 16-byte key can neither recompute nor invert a value.
///
/// It serves three purposes: person keys (a crosswalk holds no source value), canonical order
/// (independent of how rows lie on disk), and counter-based randomness keyed by
/// (secret, seed, purpose, counter).
class Prf {
 public:
  using Key = std::array<std::uint8_t, 16>;

  explicit Prf(const Key& key);

  /// The keyed hash of a byte string. O(length).
  Hash128 hash(std::span<const std::byte> message) const;
  Hash128 hash(std::string_view message) const {
    return hash(std::as_bytes(std::span{message.data(), message.size()}));
  }

  /// 64 random bits for a counter: the same (key, counter) always gives the same bits.
  std::uint64_t at(std::uint64_t counter) const;

  /// A generator for one named purpose, independent of those of other purposes.
  Prf derive(std::string_view purpose) const;

 private:
  std::uint64_t k0_, k1_;
};

}  // namespace pt::model
