#include "core/risk/cover.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace pt::risk {
namespace {

constexpr std::size_t kPollEvery = 0xFFF;

#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
/// Compiled twice, once with the processor's own instruction for counting bits (eight times as
/// fast).
#define PT_COUNTS_BITS __attribute__((target_clones("default", "popcnt")))
#else
#define PT_COUNTS_BITS
#endif

/// People in the personas whose bits are set; those of word w have `sizes[w]` people each.
PT_COUNTS_BITS std::uint64_t weigh(std::span<const std::uint64_t> bits,
                                   std::span<const std::uint32_t> sizes) {
  std::uint64_t people = 0;
  for (std::size_t w = 0; w < bits.size(); ++w)
    people += static_cast<std::uint64_t>(__builtin_popcountll(bits[w])) * sizes[w];
  return people;
}

}  // namespace

void merge_equal(std::pmr::vector<PersonaEvents>& events) {
  std::sort(events.begin(), events.end(), [](const PersonaEvents& a, const PersonaEvents& b) {
    return a.code != b.code ? a.code < b.code : a.persona < b.persona;
  });
  std::size_t kept = 0;
  for (const PersonaEvents& e : events) {
    if (kept > 0 && events[kept - 1].code == e.code && events[kept - 1].persona == e.persona)
      events[kept - 1].count += e.count;
    else
      events[kept++] = e;
  }
  events.resize(kept);
}

std::pmr::vector<PersonaEvents> pool(Host& host, const Histories& histories,
                                     std::span<const std::uint32_t> persona) {
  std::pmr::vector<PersonaEvents> events(host.memory());
  events.reserve(histories.codes.size());
  for (std::size_t i = 0; i < histories.people(); ++i)
    for (const std::uint64_t code : histories.of(i)) events.push_back({code, persona[i], 1});
  merge_equal(events);
  host.poll();
  return events;
}

Cover::Cover(Host& host, std::span<const PersonaEvents> pooled,
             std::span<const std::uint32_t> sizes)
    : host_(host),
      pooled_(pooled),
      sizes_(sizes),
      codes_(host.memory()),
      place_(host.memory()),
      rows_(host.memory()) {
  people_ = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  place_personas();
  index_codes();
  found_.resize(words_);
}

/// Gives every persona a bit. Personas of the same size stand in words of their own, so that people
/// are counted by counting bits.
void Cover::place_personas() {
  std::vector<std::uint32_t> order(sizes_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [this](std::uint32_t a, std::uint32_t b) { return sizes_[a] < sizes_[b]; });
  bit_.resize(sizes_.size());
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && sizes_[order[i]] != sizes_[order[i - 1]]) next = (next + 63) / 64 * 64;
    if (next % 64 == 0) size_of_word_.push_back(sizes_[order[i]]);
    bit_[order[i]] = next++;
  }
  words_ = size_of_word_.size();
}

void Cover::index_codes() {
  std::uint32_t rows = 0;
  for (std::size_t i = 0; i < pooled_.size();) {
    std::size_t end = i;
    while (end < pooled_.size() && pooled_[end].code == pooled_[i].code) ++end;
    Code code{pooled_[i].code, pooled_.subspan(i, end - i), rows, 0};
    while (code.rows < kMostRows) {
      const auto held = static_cast<std::size_t>(
          std::count_if(code.postings.begin(), code.postings.end(),
                        [&](const PersonaEvents& e) { return e.count > code.rows; }));
      // A shorter list is walked faster than rows are intersected.
      if (2 * held < words_ || held == 0) break;
      ++code.rows;
      ++rows;
    }
    codes_.push_back(code);
    i = end;
  }
  rows_.assign(rows * words_, 0);
  for (const Code& code : codes_) {
    for (const PersonaEvents& e : code.postings) {
      const std::uint32_t bit = bit_[e.persona];
      for (std::uint32_t r = 0; r < code.rows && r < e.count; ++r)
        row(code.row + r)[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
  // A table instead of a search, where it is not much longer than the codes.
  constexpr std::uint64_t kShort = 1024;
  if (!codes_.empty() &&
      codes_.back().code - codes_.front().code < kShort + std::uint64_t{8} * codes_.size()) {
    place_.assign(codes_.back().code - codes_.front().code + 1, 0);
    for (std::uint32_t i = 0; i < codes_.size(); ++i)
      place_[codes_[i].code - codes_.front().code] = i + 1;
  }
  host_.poll();
}

const Cover::Code* Cover::find(std::uint64_t code) const {
  if (codes_.empty() || code < codes_.front().code || code > codes_.back().code) return nullptr;
  if (!place_.empty()) {
    const std::uint32_t place = place_[code - codes_.front().code];
    return place == 0 ? nullptr : &codes_[place - 1];
  }
  const auto it = std::lower_bound(codes_.begin(), codes_.end(), code,
                                   [](const Code& c, std::uint64_t x) { return c.code < x; });
  return it->code == code ? &*it : nullptr;
}

/// Turns a history into distinct codes with counts in known_; false when nobody holds one of them.
bool Cover::count_known(std::span<const std::uint64_t> known) {
  known_.clear();
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (i > 0 && known[i] == known[i - 1]) {
      ++known_.back().count;
      continue;
    }
    const Code* const code = find(known[i]);
    if (code == nullptr) return false;
    known_.push_back({code, 1});
  }
  return true;
}

bool Cover::holds(const Known& known, std::uint32_t persona) const {
  if (known.has_row()) {
    const std::uint32_t bit = bit_[persona];
    return (row(known.code->row + known.count - 1)[bit / 64] >> (bit % 64) & 1) != 0;
  }
  const auto& list = known.code->postings;
  const auto it =
      std::lower_bound(list.begin(), list.end(), persona,
                       [](const PersonaEvents& e, std::uint32_t p) { return e.persona < p; });
  return it != list.end() && it->persona == persona && it->count >= known.count;
}

/// Tries every persona on the list of one code.
std::uint64_t Cover::walk(const Known& shortest) const {
  std::uint64_t people = 0;
  for (const PersonaEvents& candidate : shortest.code->postings) {
    if (candidate.count < shortest.count) continue;
    if (std::all_of(known_.begin(), known_.end(), [&](const Known& k) {
          return k.code == shortest.code || holds(k, candidate.persona);
        }))
      people += sizes_[candidate.persona];
  }
  return people;
}

/// All codes have the rows they need.
std::uint64_t Cover::intersect() {
  const auto first = row(known_[0].code->row + known_[0].count - 1);
  std::copy(first.begin(), first.end(), found_.begin());
  for (std::size_t k = 1; k < known_.size(); ++k) {
    const auto next = row(known_[k].code->row + known_[k].count - 1);
    for (std::size_t w = 0; w < words_; ++w) found_[w] &= next[w];
  }
  return weigh(found_, size_of_word_);
}

std::uint64_t Cover::people_with(std::span<const std::uint64_t> known) {
  if (known.empty()) return people_;
  if (!count_known(known)) return 0;
  const Known* shortest = &known_.front();
  bool rows = true;
  for (const Known& k : known_) {
    rows = rows && k.has_row();
    if (k.code->postings.size() < shortest->code->postings.size()) shortest = &k;
  }
  return rows ? intersect() : walk(*shortest);
}

void Cover::all_events(const Histories& histories, std::span<std::uint64_t> consistent) {
  std::vector<std::uint32_t> order(histories.people());
  std::iota(order.begin(), order.end(), 0u);
  const auto equal = [&](std::uint32_t a, std::uint32_t b) {
    const auto x = histories.of(a), y = histories.of(b);
    return std::equal(x.begin(), x.end(), y.begin(), y.end());
  };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto x = histories.of(a), y = histories.of(b);
    return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    if ((i & kPollEvery) == 0) host_.poll();
    consistent[order[i]] = i > 0 && equal(order[i], order[i - 1])
                               ? consistent[order[i - 1]]
                               : people_with(histories.of(order[i]));
  }
}

void Cover::any_events(int m, const Histories& histories, std::span<std::uint64_t> consistent) {
  for (std::size_t i = 0; i < histories.people(); ++i) {
    if ((i & kPollEvery) == 0) host_.poll();
    const auto history = histories.of(i);
    std::uint64_t least = people_;
    if (m == 1 || history.size() < 2) {
      for (std::size_t a = 0; a < history.size(); ++a)
        if (a == 0 || history[a] != history[a - 1])
          least = std::min(least, people_with(history.subspan(a, 1)));
    } else {
      for (std::size_t a = 0; a < history.size(); ++a)
        for (std::size_t b = a + 1; b < history.size(); ++b) {
          if (b > a + 1 && history[b] == history[b - 1]) continue;
          const std::uint64_t pair[2] = {history[a], history[b]};
          least = std::min(least, people_with(pair));
        }
    }
    consistent[i] = least;
  }
}

namespace {

/// Answers kept at most, about 8 MB.
constexpr std::size_t kRemembered = 1 << 17;

std::uint64_t mix(std::span<const std::uint64_t> codes, std::uint64_t multiplier) {
  std::uint64_t h = codes.size() + multiplier;
  for (const std::uint64_t c : codes) {
    h = (h ^ c) * multiplier;
    h ^= h >> 29;
  }
  return h;
}

}  // namespace

EventLookup::EventLookup(Cover& cover) : cover_(cover) {}

std::uint64_t EventLookup::people_with(std::span<const std::uint64_t> known) {
  const std::uint64_t key = mix(known, 0x9E3779B97F4A7C15u);
  const std::uint64_t check = mix(known, 0xC4CEB9FE1A85EC53u);
  const auto it = known_.find(key);
  if (it != known_.end() && it->second.first == check) return it->second.second;
  const std::uint64_t people = cover_.people_with(known);
  if (known_.size() < kRemembered) known_[key] = {check, people};
  return people;
}

}  // namespace pt::risk
