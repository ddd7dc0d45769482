#include "core/release/content.hpp"

#include <algorithm>
#include <string>

#include "core/model/prf.hpp"

namespace pt::release {
namespace {

/// Bits of a content that stand for the events of the source.
constexpr std::uint64_t kEvents = 0xFFFFFF;

/// A content of two hashes, never 0.
std::uint64_t joined(std::uint64_t shown, std::uint64_t events) {
  return std::max<std::uint64_t>((shown & ~kEvents) | (events & kEvents), 1);
}

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

/// Type of each combination of event columns as a hash; of several columns of types all of them.
std::vector<std::uint64_t> types_of(const model::Population& population) {
  std::vector<std::uint64_t> types(population.n_combos, 0);
  for (std::size_t c = 0; c < population.event_width(); ++c) {
    if (population.event_parts[c] != model::EventPart::type) continue;
    std::vector<std::uint64_t> of_code;
    for (const std::string& label : population.event_columns[c].labels)
      of_code.push_back(hash(label));
    for (std::size_t combo = 0; combo < types.size(); ++combo) {
      const model::Code code = population.event_value(combo, c);
      types[combo] = mix(types[combo] + (code == model::kMissing ? 1 : of_code[code]));
    }
  }
  return types;
}

}  // namespace

Contents::Contents(const model::Population& population, const protect::Released& released)
    : released_(released), type_of_combo_(types_of(population)) {
  for (const std::int32_t start : released.period_starts())
    period_.push_back(hash(std::to_string(start)));
  for (const std::int32_t day : population.days) day_.push_back(hash(std::to_string(day)));
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

std::uint64_t Contents::of(std::span<const std::uint64_t> words) const {
  if (words.empty()) return 0;
  std::uint64_t shown = words.size(), events = words.size();
  for (const std::uint64_t word : words) {
    const std::uint32_t day = model::EventWord::day(word), combo = model::EventWord::combo(word);
    shown += mix(combo_[released_.combo(combo)] + 3 * period_[released_.period_index(day)]);
    events += mix(type_of_combo_[combo] + 3 * day_[day]);
  }
  return joined(mix(shown), mix(events));
}

std::uint64_t keyed_content(const model::Prf& key, std::uint64_t content) {
  if (content == 0) return 0;
  // The parts are hashed as numbers that can't be equal.
  return joined(key.at(content & ~kEvents), key.at((content & kEvents) | (kEvents + 1)));
}

bool show_the_same(std::uint64_t a, std::uint64_t b) { return ((a ^ b) & ~kEvents) == 0; }

bool have_the_same_events(std::uint64_t a, std::uint64_t b) {
  return a != 0 && b != 0 && ((a ^ b) & kEvents) == 0;
}

}  // namespace pt::release
