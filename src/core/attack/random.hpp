#pragma once

#include <cstdint>

#include "core/model/prf.hpp"

namespace pt::attack {

/// A sequence of random numbers from a counter-based generator: the same generator gives the same
/// sequence on every machine.
class Random {
 public:
  explicit Random(const model::Prf& prf) : prf_(prf) {}

  std::uint64_t next() { return prf_.at(counter_++); }

  /// Uniform in [0, n), n >= 1: the upper half of a 128-bit product (Lemire 2019), with its
  /// rejection, so there is no bias.
  std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    for (;;) {
      const Wide product = static_cast<Wide>(next()) * n;
      if (static_cast<std::uint64_t>(product) >= -n % n)
        return static_cast<std::uint64_t>(product >> 64);
    }
  }

 private:
  model::Prf prf_;
  std::uint64_t counter_ = 0;
};

}  // namespace pt::attack
