#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/prf.hpp"

namespace pt::noise {

/// Numbers as whole multiples of 10^-decimals, so that sums are exact.
struct FixedNumbers {
  int decimals = 0;                                ///< 0..6
  std::vector<std::optional<std::int64_t>> units;  ///< of each text; unset: no number of that kind
};

/// Reads plain decimal texts ('12', '-3.50'). Nothing when a text is no number, has more than six
/// decimals, or is too large for exact sums (from 10^12).
std::optional<FixedNumbers> parse_fixed(std::span<const std::string> texts);
/// The shortest decimal text: 350 with 2 decimals is '3.5'.
std::string fixed_text(std::int64_t units, int decimals);

/// Adds bounded noise to numbers of one group (same event type, same protected cell). Numbers are
/// paired with the next larger one; what the one gains the other loses, so the total of the group
/// stays exactly as it is. A number moves by at most `share` of itself, never beyond the smallest
/// and largest of the group, and never across 0; zeros stay zero. Every number has mean 0 noise. An
/// odd one out stays. `lots[i]`: 64 random bits of each. `share` in 0..1. O(n log n).
void transfer_noise(std::span<std::int64_t> units, std::span<const std::uint64_t> lots,
                    double share);

/// One number by itself, for use outside of a run: moves by at most `share` of itself, as far down
/// as up, never beyond `lowest` and `highest`; 0 stays 0.
double perturb(double value, double share, double lowest, double highest, std::uint64_t bits);

}  // namespace pt::noise
