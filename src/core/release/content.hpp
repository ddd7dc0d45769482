#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/protect/released.hpp"

namespace pt::release {

/// A number that stands for what a release shows of one person's events: the same for the same
/// multiset of released events (period and values as texts, whatever their codes), different for
/// others but for one chance in 2^64. Versions are compared by it. 0 without events. Not keyed:
/// whoever stores it keys it.
class Contents {
 public:
  /// O(periods + combinations). Column names are no part of it: compare runs with the same ones.
  explicit Contents(const protect::Released& released);

  /// Of released event codes in any order. O(codes).
  std::uint64_t of(std::span<const std::uint64_t> codes) const;

 private:
  std::vector<std::uint64_t> period_, combo_;
};

}  // namespace pt::release
