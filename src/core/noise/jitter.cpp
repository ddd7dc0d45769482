#include "core/noise/jitter.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace pt::noise {

std::uint32_t JitterRule::reach(std::int32_t day) const {
  const std::int64_t room = std::min(std::int64_t{day} - first, std::int64_t{last} - day);
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(room, 0, static_cast<std::int64_t>(days)));
}

double JitterRule::not_after(std::int32_t day, std::int32_t limit) const {
  const std::int64_t a = reach(day);
  const std::int64_t favourable = std::int64_t{limit} - day + a + 1;
  return static_cast<double>(std::clamp<std::int64_t>(favourable, 0, 2 * a + 1)) /
         static_cast<double>(2 * a + 1);
}

std::uint64_t below(std::uint64_t bits, std::uint64_t n) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits) * n) >> 64);
}

double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }

std::uint64_t event_bits(const model::Prf& randomness, const model::Hash128& person,
                         std::int32_t day, std::uint32_t ordinal) {
  std::array<std::byte, 24> message{};
  std::memcpy(message.data(), &person.hi, 8);
  std::memcpy(message.data() + 8, &person.lo, 8);
  std::memcpy(message.data() + 16, &day, 4);
  std::memcpy(message.data() + 20, &ordinal, 4);
  return randomness.hash(message).lo;
}

void jitter(const JitterRule& rule, const model::Prf& randomness, const model::Hash128& person,
            std::span<const std::int32_t> days, std::span<std::int32_t> moved) {
  std::uint32_t ordinal = 0;
  for (std::size_t i = 0; i < days.size(); ++i) {
    ordinal = i > 0 && days[i] == days[i - 1] ? ordinal + 1 : 0;
    const std::int64_t reach = rule.reach(days[i]);
    const auto shift =
        static_cast<std::int64_t>(below(event_bits(randomness, person, days[i], ordinal),
                                        static_cast<std::uint64_t>(2 * reach + 1))) -
        reach;
    moved[i] = static_cast<std::int32_t>(days[i] + shift);
  }
  std::sort(moved.begin(), moved.end());
}

}  // namespace pt::noise
