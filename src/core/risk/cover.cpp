#include "core/risk/cover.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace pt::risk {
namespace {

/// A code that occurs `count` times in what the attacker knows.
struct Known {
  std::uint64_t code;
  std::uint32_t count;
};

std::vector<Known> count_codes(std::span<const std::uint64_t> codes) {
  std::vector<Known> counted;
  for (const std::uint64_t code : codes) {
    if (counted.empty() || counted.back().code != code) counted.push_back({code, 0});
    ++counted.back().count;
  }
  return counted;
}

constexpr std::size_t kPollEvery = 0xFFF;

using Words = std::span<const std::uint64_t* const>;

/// Sum over the members of the intersection of `sets` of their numbers, bit b of which is in
/// planes[b].
[[gnu::always_inline]] inline std::uint64_t weigh(Words sets, Words planes, std::size_t words) {
  std::uint64_t sum = 0;
  for (std::size_t w = 0; w < words; ++w) {
    std::uint64_t in_all = sets.front()[w];
    for (std::size_t i = 1; i < sets.size(); ++i) in_all &= sets[i][w];
    for (std::size_t b = 0; b < planes.size(); ++b)
      sum += static_cast<std::uint64_t>(std::popcount(in_all & planes[b][w])) << b;
  }
  return sum;
}

#if defined(__x86_64__)
/// With the processor's own instruction, about eight times as fast.
[[gnu::target("popcnt")]] std::uint64_t weigh_popcnt(Words sets, Words planes, std::size_t words) {
  return weigh(sets, planes, words);
}
#endif

std::uint64_t weigh_intersection(Words sets, Words planes, std::size_t words) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("popcnt") != 0) return weigh_popcnt(sets, planes, words);
#endif
  return weigh(sets, planes, words);
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
    : host_(host), pooled_(pooled), sizes_(sizes) {
  people_ = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  words_ = (sizes.size() + 63) / 64;
  const std::uint32_t largest = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  for (std::uint32_t b = 0; largest >> b != 0; ++b) {
    Bits& plane = planes_.emplace_back(words_, 0, host.memory());
    for (std::size_t p = 0; p < sizes.size(); ++p)
      plane[p / 64] |= std::uint64_t{(sizes[p] >> b) & 1} << (p % 64);
  }
}

std::span<const PersonaEvents> Cover::postings(std::uint64_t code) const {
  const auto by_code = [](const PersonaEvents& e, std::uint64_t c) { return e.code < c; };
  const auto first = std::lower_bound(pooled_.begin(), pooled_.end(), code, by_code);
  const auto last = code == std::numeric_limits<std::uint64_t>::max()
                        ? pooled_.end()
                        : std::lower_bound(first, pooled_.end(), code + 1, by_code);
  return {first, last};
}

/// Whether a bit set pays: in a small cover a search in the list is as fast, and a set must not
/// take more memory than the list.
bool Cover::is_long(const List& list) const {
  constexpr std::size_t kFewWords = 8;
  return words_ >= kFewWords && list.postings.size() >= 2 * words_;
}

/// The set of a long list; kept, because few codes make up most histories. Counts above 1 are
/// rarely asked for, hence no bound on their number beyond that of the lists.
const Cover::Bits& Cover::bits(const List& list) const {
  const auto [it, fresh] = sets_.try_emplace({list.code, list.count}, host_.memory());
  if (fresh) {
    it->second.assign(words_, 0);
    for (const PersonaEvents& e : list.postings)
      if (e.count >= list.count) it->second[e.persona / 64] |= std::uint64_t{1} << (e.persona % 64);
  }
  return it->second;
}

/// All lists are long.
std::uint64_t Cover::people_in_all(std::span<const List> lists) const {
  std::vector<const std::uint64_t*> sets, planes;
  for (const List& list : lists) sets.push_back(bits(list).data());
  for (const Bits& plane : planes_) planes.push_back(plane.data());
  return weigh_intersection(sets, planes, words_);
}

std::uint64_t Cover::people_with(std::span<const std::uint64_t> known) const {
  if (known.empty()) return people_;
  std::vector<List> lists;
  for (const Known& k : count_codes(known)) lists.push_back({postings(k.code), k.count, k.code});
  std::sort(lists.begin(), lists.end(),
            [](const List& a, const List& b) { return a.postings.size() < b.postings.size(); });
  if (is_long(lists.front())) return people_in_all(lists);

  std::uint64_t people = 0;
  for (const PersonaEvents& candidate : lists.front().postings) {
    if (candidate.count < lists.front().count) continue;
    const bool contained = std::all_of(lists.begin() + 1, lists.end(), [&](const List& list) {
      if (is_long(list))
        return ((bits(list)[candidate.persona / 64] >> (candidate.persona % 64)) & 1) != 0;
      const auto it = std::lower_bound(
          list.postings.begin(), list.postings.end(), candidate.persona,
          [](const PersonaEvents& p, std::uint32_t persona) { return p.persona < persona; });
      return it != list.postings.end() && it->persona == candidate.persona &&
             it->count >= list.count;
    });
    if (contained) people += sizes_[candidate.persona];
  }
  return people;
}

void Cover::all_events(const Histories& histories, std::span<std::uint64_t> consistent) const {
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

void Cover::any_events(int m, const Histories& histories,
                       std::span<std::uint64_t> consistent) const {
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

EventLookup::EventLookup(const Cover& cover) : cover_(cover) {}

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
