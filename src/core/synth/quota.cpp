#include "core/synth/quota.hpp"

#include <cmath>

namespace pt::synth {

std::vector<std::uint32_t> balanced_quota(std::span<const std::uint64_t> real, double factor,
                                          double u) {
  std::vector<std::uint32_t> quota;
  quota.reserve(real.size());
  std::uint64_t so_far = 0;
  double before = std::floor(u);
  for (const std::uint64_t n : real) {
    so_far += n;
    const double after = std::floor(factor * static_cast<double>(so_far) + u);
    quota.push_back(static_cast<std::uint32_t>(after - before));
    before = after;
  }
  return quota;
}

}  // namespace pt::synth
