// Keyed hashes under the secret of the installation (table personatwin.secret). The secret never
// leaves the class: it is in no message, no log line and no result.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "pg/boundary.hpp"

namespace pt::pg {

using Digest = std::array<std::uint8_t, 32>;  ///< SHA-256 or HMAC-SHA-256
using Key16 = std::array<std::uint8_t, 16>;   ///< key of the counter-based generator
using Uuid = std::array<std::uint8_t, 16>;    ///< big-endian bytes as PostgreSQL's uuid

/// The installation's secret, read once per statement and wiped at the end of the scope.
class Secret {
 public:
  /// Reads the secret as owner of the catalog. 55000 when its row is missing.
  Secret();
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  /// HMAC-SHA-256 of the parts. Each part is preceded by its length (8 bytes, big-endian), so that
  /// ("ab", "c") and
  /// ("a", "bc") differ. About 1 us for short parts.
  [[nodiscard]] Digest hmac(std::initializer_list<std::string_view> parts) const;

  /// A key of 16 bytes that belongs to a purpose; different purposes give independent keys.
  [[nodiscard]] Key16 derive_key(std::string_view purpose) const;

 private:
  std::array<std::uint8_t, 32> key_{};
};

/// The first 16 bytes with the bits of a version 8 (custom) uuid, RFC 9562.
[[nodiscard]] Uuid uuid_from(const Digest& digest) noexcept;

/// Streaming SHA-256: update() any number of times, then finish() once; reusable afterwards.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();
  void update(std::string_view bytes);
  [[nodiscard]] Digest finish();

 private:
  void* context_;  // pg_cryptohash_ctx; typed in the implementation, its header is C
};

}  // namespace pt::pg
