#include "core/model/prf.hpp"

#include <bit>
#include <cstring>

namespace pt::model {
namespace {

std::uint64_t load64(const std::byte* p) {
  std::uint64_t v;
  std::memcpy(&v, p, sizeof v);
  if constexpr (std::endian::native == std::endian::big) v = __builtin_bswap64(v);
  return v;
}

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void absorb(std::uint64_t m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }

  std::uint64_t squeeze() {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

Prf::Prf(const Key& key) {
  const auto bytes = std::as_bytes(std::span{key});
  k0_ = load64(bytes.data());
  k1_ = load64(bytes.data() + 8);
}

Hash128 Prf::hash(std::span<const std::byte> message) const {
  // The constants and the 0xee tweaks are those of the 128-bit variant of the reference text.
  State s{k0_ ^ 0x736f6d6570736575U, k1_ ^ 0x646f72616e646f6dU ^ 0xeeU, k0_ ^ 0x6c7967656e657261U,
          k1_ ^ 0x7465646279746573U};
  std::size_t i = 0;
  for (; i + 8 <= message.size(); i += 8) s.absorb(load64(message.data() + i));
  std::uint64_t tail = static_cast<std::uint64_t>(message.size()) << 56;
  for (std::size_t shift = 0; i < message.size(); ++i, shift += 8)
    tail |= static_cast<std::uint64_t>(message[i]) << shift;
  s.absorb(tail);
  s.v2 ^= 0xee;
  Hash128 out;
  out.hi = s.squeeze();
  s.v1 ^= 0xdd;
  out.lo = s.squeeze();
  return out;
}

std::uint64_t Prf::at(std::uint64_t counter) const {
  std::array<std::byte, 8> bytes;
  if constexpr (std::endian::native == std::endian::big) counter = __builtin_bswap64(counter);
  std::memcpy(bytes.data(), &counter, sizeof counter);
  return hash(bytes).hi;
}

Prf Prf::derive(std::string_view purpose) const {
  const Hash128 h = hash(purpose);
  Key key;
  for (std::size_t i = 0; i < 8; ++i) {
    key[i] = static_cast<std::uint8_t>(h.hi >> (8 * i));
    key[8 + i] = static_cast<std::uint8_t>(h.lo >> (8 * i));
  }
  return Prf(key);
}

}  // namespace pt::model
