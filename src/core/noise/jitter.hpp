#pragma once

#include <cstdint>
#include <span>

#include "core/model/prf.hpp"

namespace pt::noise {

/// How far dates move: `days` either way, but never out of first..last, and as far one way as the
/// other, so that the mean of a date stays where it is.
struct JitterRule {
  std::uint32_t days = 0;
  std::int32_t first = INT32_MIN, last = INT32_MAX;

  /// Days that `day` may move either way: each of -reach..reach is equally likely.
  std::uint32_t reach(std::int32_t day) const;
  /// P(the moved date is not after `limit`), for a date that is not put in order yet.
  double not_after(std::int32_t day, std::int32_t limit) const;
};

/// 0..n-1, each equally likely up to a bias below n / 2^64, from 64 random bits.
std::uint64_t below(std::uint64_t bits, std::uint64_t n);
/// 0 <= x < 1 from 64 random bits.
double unit(std::uint64_t bits);

/// The 64 random bits of one event: the same for the same person, day and place among the person's
/// events of that day, whatever else is in the data, so that a second release moves an event to the
/// same date and no mean over releases brings the true one back.
std::uint64_t event_bits(const model::Prf& randomness, const model::Hash128& person,
                         std::int32_t day, std::uint32_t ordinal);

/// Moves the dates of one person (`days` in the order of the events, ascending) and gives the moved
/// dates, sorted, to the events in their order. No two events change places; the sum of all dates,
/// and so the mean shift, is that of the unsorted noise, whose mean is 0. `moved` has as many
/// elements as `days`. O(n log n).
void jitter(const JitterRule& rule, const model::Prf& randomness, const model::Hash128& person,
            std::span<const std::int32_t> days, std::span<std::int32_t> moved);

}  // namespace pt::noise
