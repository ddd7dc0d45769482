#include "core/risk/cover.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace pt::risk {
namespace {

constexpr std::size_t kPollEvery = 0xFFF;

#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
/// Compiled twice, once with the processor's own instruction for counting bits (eight times as
/// fast).
#define PT_COUNTS_BITS __attribute__((target_clones("default", "popcnt")))
#define PT_WIDE_WORDS __attribute__((target_clones("default", "avx2"), optimize("O3")))
#else
#define PT_COUNTS_BITS
#define PT_WIDE_WORDS
#endif

/// People in the personas whose bits are set; those of word w have `sizes[w]` people each.
PT_COUNTS_BITS std::uint64_t weigh(std::span<const std::uint64_t> bits,
                                   std::span<const std::uint32_t> sizes) {
  std::uint64_t people = 0;
  for (std::size_t w = 0; w < bits.size(); ++w)
    people += static_cast<std::uint64_t>(__builtin_popcountll(bits[w])) * sizes[w];
  return people;
}

/// The same for the bits that two rows have in common.
PT_COUNTS_BITS std::uint64_t weigh_common(std::span<const std::uint64_t> a,
                                          std::span<const std::uint64_t> b,
                                          std::span<const std::uint32_t> sizes) {
  std::uint64_t people = 0;
  for (std::size_t w = 0; w < a.size(); ++w)
    people += static_cast<std::uint64_t>(__builtin_popcountll(a[w] & b[w])) * sizes[w];
  return people;
}

/// found = the bits that two rows have in common; `found` may be one of them.
PT_WIDE_WORDS void find_common(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                               std::span<std::uint64_t> found) {
  const std::uint64_t* const x = a.data();
  const std::uint64_t* const y = b.data();
  std::uint64_t* const f = found.data();
  for (std::size_t w = 0; w < found.size(); ++w) f[w] = x[w] & y[w];
}

}  // namespace

Cover::Cover(Host& host, std::span<const PersonaEvents> pooled,
             std::span<const std::uint32_t> sizes)
    : host_(host),
      sizes_(sizes),
      codes_(host.memory()),
      holders_(host.memory()),
      place_(host.memory()),
      rows_(host.memory()) {
  place_personas();
  index(pooled);
}

Cover::Cover(Host& host, const PackedEvents& pooled, std::span<const std::uint32_t> sizes)
    : host_(host),
      sizes_(sizes),
      codes_(host.memory()),
      holders_(host.memory()),
      place_(host.memory()),
      rows_(host.memory()) {
  place_personas();
  index(pooled);
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
  found_.resize(words_);
  people_ = std::accumulate(sizes_.begin(), sizes_.end(), std::uint64_t{0});
}

/// The codes with the numbers of their rows and holders, then these.
template <class Pooled>
void Cover::index(const Pooled& pooled) {
  std::uint64_t holders = 0;
  std::uint32_t rows = 0;
  for (std::size_t i = 0; i < pooled.size();) {
    Code code{pooled[i].code, 0, 0, holders, 0, rows, 0};
    // Personas that hold it once, twice, ...; the last: more often.
    std::array<std::size_t, kMostRows + 1> held{};
    std::size_t left = 0;
    for (; i < pooled.size(); ++i, ++left) {
      const PersonaEvents e = pooled[i];
      if (e.code != code.code) break;
      ++held[std::min(e.count, kMostRows + 1) - 1];
      code.once += sizes_[e.persona];
      if (e.count > 1) code.twice += sizes_[e.persona];
    }
    // A shorter list is walked faster than rows are intersected.
    while (code.rows < kMostRows && left > 0 && 2 * left >= words_) left -= held[code.rows++];
    rows += code.rows;
    holders += left;
    code.end = holders;
    codes_.push_back(code);
    if ((codes_.size() & kPollEvery) == 0) host_.poll();
  }
  rows_.assign(rows * words_, 0);
  holders_.reserve(holders);
  std::size_t at = 0;
  for (std::size_t i = 0; i < pooled.size(); ++i) {
    const PersonaEvents e = pooled[i];
    if (e.code != codes_[at].code) ++at;
    const Code& code = codes_[at];
    const std::uint32_t bit = bit_[e.persona];
    for (std::uint32_t r = 0; r < code.rows && r < e.count; ++r)
      row(code.row + r)[bit / 64] |= std::uint64_t{1} << (bit % 64);
    if (e.count > code.rows) holders_.push_back({e.persona, e.count});
    if ((i & kPollEvery) == 0) host_.poll();
  }
  place_codes();
}

/// A table instead of a search, where it is not much longer than the codes.
void Cover::place_codes() {
  constexpr std::uint64_t kShort = 1024;
  if (codes_.empty() ||
      codes_.back().code - codes_.front().code >= kShort + std::uint64_t{8} * codes_.size())
    return;
  place_.assign(codes_.back().code - codes_.front().code + 1, 0);
  for (std::uint32_t i = 0; i < codes_.size(); ++i)
    place_[codes_[i].code - codes_.front().code] = i + 1;
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
  const auto list = holders_.begin() + static_cast<std::ptrdiff_t>(known.code->begin);
  const auto end = holders_.begin() + static_cast<std::ptrdiff_t>(known.code->end);
  const auto it = std::lower_bound(list, end, persona,
                                   [](const Holder& h, std::uint32_t p) { return h.persona < p; });
  return it != end && it->persona == persona && it->count >= known.count;
}

/// Tries every persona on the list of one code, which has no row.
std::uint64_t Cover::walk(const Known& shortest, std::span<const Known> all) const {
  std::uint64_t people = 0;
  for (std::uint64_t i = shortest.code->begin; i < shortest.code->end; ++i) {
    const Holder& candidate = holders_[i];
    if (candidate.count < shortest.count) continue;
    if (std::all_of(all.begin(), all.end(), [&](const Known& k) {
          return k.code == shortest.code || holds(k, candidate.persona);
        }))
      people += sizes_[candidate.persona];
  }
  return people;
}

/// All codes have the rows they need.
std::uint64_t Cover::intersect() {
  const auto row_of = [this](const Known& known) { return row(known.code->row + known.count - 1); };
  if (known_.size() == 1) return weigh(row_of(known_[0]), size_of_word_);
  std::span<const std::uint64_t> common = row_of(known_[0]);
  for (std::size_t k = 1; k + 1 < known_.size(); ++k) {
    find_common(common, row_of(known_[k]), found_);
    common = found_;
  }
  return weigh_common(common, row_of(known_.back()), size_of_word_);
}

/// People with all that is in known_.
std::uint64_t Cover::people_with_known() {
  if (known_.empty()) return people_;
  const Known* shortest = nullptr;  // of those without a row
  for (const Known& k : known_)
    if (!k.has_row() && (shortest == nullptr || k.listed() < shortest->listed())) shortest = &k;
  return shortest == nullptr ? intersect() : walk(*shortest, known_);
}

std::uint64_t Cover::people_with(std::span<const std::uint64_t> known) {
  return count_known(known) ? people_with_known() : 0;
}

/// People in personas that hold each of two codes at least once.
std::uint64_t Cover::people_with_both(const Known& a, const Known& b) const {
  if (a.code->rows > 0 && b.code->rows > 0)
    return weigh_common(row(a.code->row), row(b.code->row), size_of_word_);
  const std::array<Known, 2> both{Known{a.code, 1}, Known{b.code, 1}};
  const bool first =
      !both[0].has_row() && (both[1].has_row() || both[0].listed() < both[1].listed());
  return walk(both[first ? 0 : 1], both);
}

/// The least number of people over all choices of two events of known_, which it sorts; `all`:
/// people with all of them, so it is at least that. Rare events come first: most often the first
/// choices decide, and of A and B at least A + B - everybody have both.
std::uint64_t Cover::least_of_two(std::uint64_t all) {
  std::sort(known_.begin(), known_.end(), [](const Known& a, const Known& b) {
    return a.code->once != b.code->once ? a.code->once < b.code->once : a.code->code < b.code->code;
  });
  std::uint64_t least = people_;
  for (const Known& k : known_)
    if (k.count > 1) least = std::min(least, k.code->twice);
  for (std::size_t a = 0; a + 1 < known_.size() && least > all; ++a)
    for (std::size_t b = a + 1; b < known_.size() && least > all; ++b) {
      if (known_[a].code->once + known_[b].code->once >= people_ + least) break;
      least = std::min(least, people_with_both(known_[a], known_[b]));
    }
  return least;
}

Cover::Consistent Cover::consistent(std::span<const std::uint64_t> history) {
  if (!count_known(history)) return {0, 0, 0};
  std::uint64_t one = people_;
  for (const Known& k : known_) one = std::min(one, k.code->once);
  const std::uint64_t all = people_with_known();
  return {one, history.size() < 2 ? one : least_of_two(all), all};
}

/// results[i] = look(history(i)).
template <class Result, class History, class Look>
void Cover::look_up(std::span<Result> results, const History& history, const Look& look) {
  // Where a lookup costs more than its share of a sort, equal histories are looked up once.
  constexpr std::size_t kFewWords = 16;
  if (words_ <= kFewWords) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      if ((i & kPollEvery) == 0) host_.poll();
      results[i] = look(history(i));
    }
    return;
  }
  std::vector<std::uint32_t> order(results.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto equal = [&](std::uint32_t a, std::uint32_t b) {
    const auto x = history(a), y = history(b);
    return std::equal(x.begin(), x.end(), y.begin(), y.end());
  };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto x = history(a), y = history(b);
    return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    if ((i & kPollEvery) == 0) host_.poll();
    results[order[i]] =
        i > 0 && equal(order[i], order[i - 1]) ? results[order[i - 1]] : look(history(order[i]));
  }
}

void Cover::consistent(std::span<const std::span<const std::uint64_t>> histories,
                       std::span<Consistent> consistent) {
  look_up(
      consistent, [&](std::size_t i) { return histories[i]; },
      [this](std::span<const std::uint64_t> known) { return this->consistent(known); });
}

void Cover::all_events(const Histories& histories, std::span<std::uint64_t> consistent) {
  look_up(
      consistent.first(histories.people()), [&](std::size_t i) { return histories.of(i); },
      [this](std::span<const std::uint64_t> known) { return people_with(known); });
}

void Cover::any_events(int m, const Histories& histories, std::span<std::uint64_t> consistent) {
  for (std::size_t i = 0; i < histories.people(); ++i) {
    if ((i & kPollEvery) == 0) host_.poll();
    const Consistent c = this->consistent(histories.of(i));
    consistent[i] = m == 1 ? c.one : c.two;
  }
}

namespace {

constexpr std::size_t kRemembered = 1 << 16;

std::uint64_t mix(std::span<const std::uint64_t> codes, std::uint64_t multiplier) {
  std::uint64_t h = codes.size() + multiplier;
  for (const std::uint64_t c : codes) {
    h = (h ^ c) * multiplier;
    h ^= h >> 29;
  }
  return h;
}

}  // namespace

EventLookup::EventLookup(Cover& cover) : cover_(cover), answers_(kRemembered) {}

std::uint64_t EventLookup::people_with(std::span<const std::uint64_t> known) {
  const std::uint64_t key = mix(known, 0x9E3779B97F4A7C15u);
  const std::uint64_t check = mix(known, 0xC4CEB9FE1A85EC53u);
  Answer& answer = answers_[key % kRemembered];
  // No answer of 0 people is remembered, so an empty place never matches.
  if (answer.key != key || answer.check != check || answer.people == 0)
    answer = {key, check, cover_.people_with(known)};
  return answer.people;
}

}  // namespace pt::risk
