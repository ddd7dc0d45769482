#include "core/release/content.hpp"

#include <algorithm>
#include <string>

#include "core/model/prf.hpp"

namespace pt::release {
namespace {

/// The finalizer of SplitMix64 (Steele, Lea & Flood 2014): every bit depends on every other.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

std::uint64_t hash(const std::string& text) {
  static const model::Prf prf(model::Prf::Key{});
  return prf.hash(text).lo;
}

}  // namespace

Contents::Contents(const protect::Released& released) {
  for (const std::int32_t start : released.period_starts())
    period_.push_back(hash(std::to_string(start)));
  const std::size_t columns = released.columns().size();
  for (std::uint32_t combo = 0; combo < released.combos(); ++combo) {
    std::string text;
    for (std::size_t c = 0; columns > 0 && c < columns; ++c) {
      const auto value = released.value(combo, c);
      text += value ? std::to_string(value->size()) + ":" + *value : "-";
    }
    combo_.push_back(hash(text));
  }
}

std::uint64_t Contents::of(std::span<const std::uint64_t> codes) const {
  if (codes.empty()) return 0;
  std::uint64_t sum = codes.size();
  for (const std::uint64_t code : codes)
    sum += mix(combo_[code % combo_.size()] + 3 * period_[code / combo_.size()]);
  return std::max<std::uint64_t>(mix(sum), 1);
}

}  // namespace pt::release
