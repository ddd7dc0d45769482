#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pt::synth {

/// How many events of each kind to add so that all kinds grow by the same factor: kind i gets
/// factor x real[i], rounded up or down by systematic sampling (Madow 1949) from one number
/// 0 <= u < 1. Each is within 1 of its share and exact on average, and so is the sum over any run
/// of neighbouring kinds: what stands side by side (outcomes of one event type) stays balanced
/// together. `factor` >= 0. O(kinds).
std::vector<std::uint32_t> balanced_quota(std::span<const std::uint64_t> real, double factor,
                                          double u);

}  // namespace pt::synth
