#include "core/risk/tuple_counts.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/group/recode_hash.hpp"

namespace pt::risk {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFFu;
constexpr std::size_t kMostPacked = 8;  // columns: 8 bits each

}  // namespace

TupleNumbers::TupleNumbers(std::size_t width, std::uint64_t seed, Host& host)
    : width_(width),
      seed_(seed | 1),
      bits_(width == 0 || width > kMostPacked
                ? 0
                : std::min<unsigned>(32, 64 / static_cast<unsigned>(width))),
      factors_(host.memory()),
      codes_(host.memory()),
      slots_(1024, Slot{0, kNone}, host.memory()) {
  for (std::size_t i = 0; i < width; ++i) factors_.push_back(group::odd_factor(i) * seed_);  // odd
}

std::uint64_t TupleNumbers::key_of(std::span<const model::Code> tuple) {
  if (bits_ > 0) {
    std::uint64_t key = 0;
    std::uint64_t too_large = 0;
    for (const model::Code code : tuple) {
      const std::uint64_t number = static_cast<std::uint32_t>(code + 1);  // 0: missing
      too_large |= number >> bits_;
      key = key << (bits_ % 64) | number;
    }
    if (too_large == 0) return key;
    bits_ = 0;  // from now on by hash
    rebuild(slots_.size());
  }
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < width_; ++i) sum += (std::uint64_t{tuple[i]} + 1) * factors_[i];
  return group::spread(sum);
}

std::uint64_t TupleNumbers::place(std::uint64_t key) const {
  return group::spread(key * seed_ ^ seed_ >> 32) & (slots_.size() - 1);
}

std::uint32_t TupleNumbers::find(std::uint64_t key, std::span<const model::Code> tuple) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = place(key);
  for (; slots_[i].number != kNone; i = (i + 1) & mask) {
    if (slots_[i].key != key) continue;
    if (bits_ > 0 || std::equal(tuple.begin(), tuple.end(), (*this)[slots_[i].number].begin()))
      return slots_[i].number;
  }
  if (size_ >= kNone - 1)
    throw program_limit("a risk profile has too many equivalence classes",
                        "It counts at most 4,294,967,294.");
  const auto number = static_cast<std::uint32_t>(size_++);
  codes_.insert(codes_.end(), tuple.begin(), tuple.end());
  slots_[i] = {key, number};
  if (size_ * 8 > slots_.size() * 5) rebuild(slots_.size() * 2);
  return number;
}

void TupleNumbers::number(std::span<const model::Code> tuples, std::span<std::uint32_t> out) {
  constexpr std::size_t kAhead = 64;
  std::array<std::uint64_t, kAhead> keys;
  for (std::size_t begin = 0; begin < out.size(); begin += kAhead) {
    const std::size_t n = std::min(kAhead, out.size() - begin);
    const unsigned bits = bits_;
    for (std::size_t i = 0; i < n; ++i) {
      keys[i] = key_of(tuples.subspan((begin + i) * width_, width_));
      __builtin_prefetch(&slots_[place(keys[i])]);
    }
    if (bits_ != bits)  // the form of keys changed on the way
      for (std::size_t i = 0; i < n; ++i)
        keys[i] = key_of(tuples.subspan((begin + i) * width_, width_));
    for (std::size_t i = 0; i < n; ++i)
      out[begin + i] = find(keys[i], tuples.subspan((begin + i) * width_, width_));
  }
}

void TupleNumbers::rebuild(std::size_t slots) {
  slots_.assign(slots, Slot{0, kNone});
  const std::size_t mask = slots - 1;
  for (std::uint32_t n = 0; n < size_; ++n) {
    const std::uint64_t key = key_of((*this)[n]);
    std::size_t i = place(key);
    while (slots_[i].number != kNone) i = (i + 1) & mask;
    slots_[i] = {key, n};
  }
}

PeopleTally::PeopleTally(Host& host)
    : counts_(host.memory()),
      first_(host.memory()),
      has_several_(host.memory()),
      others_(host.memory()) {}

void PeopleTally::reach(std::uint32_t item) {
  if (item >= counts_.size()) counts_.resize(std::size_t{item} + 1, 0);
}

void PeopleTally::count(std::span<const std::uint32_t> items) {
  std::uint32_t last = 0;
  for (const std::uint32_t item : items) last = std::max(last, item);
  if (!items.empty()) reach(last);
  for (const std::uint32_t item : items) __builtin_prefetch(&counts_[item], 1);
  for (const std::uint32_t item : items) ++counts_[item];
}

bool PeopleTally::count(std::uint32_t item, std::uint32_t person) {
  if (person >= first_.size()) {
    first_.resize(std::size_t{person} + 1, kNobody);
    has_several_.resize(std::size_t{person} + 1, false);
  }
  if (first_[person] == kNobody) {
    first_[person] = item;
  } else {
    if (first_[person] == item || !insert(std::uint64_t{person} << 32 | item)) return false;
    if (!has_several_[person]) ++several_;
    has_several_[person] = true;
  }
  reach(item);
  ++counts_[item];
  return true;
}

bool PeopleTally::insert(std::uint64_t pair) {
  const auto place = [](std::uint64_t p) { return group::spread(p * group::odd_factor(1)); };
  if (used_ * 2 >= others_.size()) {
    std::pmr::vector<std::uint64_t> bigger(std::max<std::size_t>(1024, others_.size() * 2), kFree,
                                           others_.get_allocator());
    for (const std::uint64_t p : others_) {
      if (p == kFree) continue;
      std::size_t i = place(p) & (bigger.size() - 1);
      while (bigger[i] != kFree) i = (i + 1) & (bigger.size() - 1);
      bigger[i] = p;
    }
    others_ = std::move(bigger);
  }
  const std::size_t mask = others_.size() - 1;
  std::size_t i = place(pair) & mask;
  for (; others_[i] != kFree; i = (i + 1) & mask)
    if (others_[i] == pair) return false;
  others_[i] = pair;
  ++used_;
  return true;
}

}  // namespace pt::risk
