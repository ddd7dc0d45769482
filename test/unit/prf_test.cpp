#include "core/model/prf.hpp"

#include <gtest/gtest.h>

#include <string>

using pt::model::Hash128;
using pt::model::Prf;

namespace {

Prf reference_prf() {
  Prf::Key key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return Prf(key);
}

std::string counting_bytes(std::size_t n) {
  std::string s;
  for (std::size_t i = 0; i < n; ++i) s += static_cast<char>(i);
  return s;
}

}  // namespace

// Vectors of SipHash-2-4-128 published with the algorithm (github.com/veorq/SipHash, vectors.h):
// key 00..0f, message 00, 01, ... of the given length; read here as two little-endian words.
// OpenSSL gives the same (openssl mac -macopt size:16 SIPHASH).
TEST(Prf, EqualsThePublishedVectors) {
  const Prf prf = reference_prf();
  EXPECT_EQ(prf.hash(counting_bytes(0)), (Hash128{0xe6a825ba047f81a3U, 0x930255c71472f66dU}));
  EXPECT_EQ(prf.hash(counting_bytes(15)), (Hash128{0x11a8b03399e99354U, 0xd9c3cf970fec087eU}));
}

TEST(Prf, PurposesAndCountersAreIndependent) {
  const Prf prf = reference_prf();
  EXPECT_EQ(prf.derive("a").at(1), prf.derive("a").at(1));
  EXPECT_NE(prf.derive("a").at(1), prf.derive("b").at(1));
  EXPECT_NE(prf.derive("a").at(1), prf.derive("a").at(2));
}
