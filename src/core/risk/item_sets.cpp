#include "core/risk/item_sets.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace pt::risk {
namespace {

constexpr unsigned kItemBits = 21;
constexpr std::uint64_t kItems = std::uint64_t{1} << kItemBits;
constexpr std::uint64_t kMostSets = std::uint64_t{1} << 32;
constexpr std::size_t kPollEvery = 1 << 16;

/// Sets of `size` of n items.
double choices(std::uint64_t n, std::size_t size) {
  double out = 1;
  for (std::size_t i = 0; i < size; ++i)
    out *= static_cast<double>(n - std::min<std::uint64_t>(n, i)) / static_cast<double>(i + 1);
  return out;
}

/// Calls f(key) for every set of `size` items of one person.
template <class F>
void for_each_set(std::span<const std::uint32_t> items, std::size_t size, F&& f,
                  std::uint64_t prefix = 0) {
  if (size == 0) return f(prefix);
  for (std::size_t i = 0; i + size <= items.size(); ++i)
    for_each_set(items.subspan(i + 1), size - 1, f, prefix << kItemBits | items[i]);
}

/// How often each key of ascending ones stands there.
template <class F>
void for_each_run(std::span<const std::uint64_t> keys, F&& f) {
  for (std::size_t from = 0; from < keys.size();) {
    std::size_t to = from + 1;
    while (to < keys.size() && keys[to] == keys[from]) ++to;
    f(keys[from], static_cast<std::uint64_t>(to - from));
    from = to;
  }
}

void require_countable(const Baskets& baskets, std::size_t size) {
  if (size < 1 || size > kMostItemsKnown)
    throw invalid_parameter("m must be between 1 and 3", "It is " + std::to_string(size) + ".",
                            "It is the number of items of a person that an attacker knows.");
  double sets = 0;
  for (std::size_t p = 0; p < baskets.people(); ++p)
    sets += choices(baskets.first[p + 1] - baskets.first[p], size);
  for (const std::uint32_t item : baskets.items)
    if (item >= kItems)
      throw program_limit("there are more than 2097152 different items", {},
                          "Generalise the items first.");
  if (sets > static_cast<double>(kMostSets))
    throw program_limit("people have too many sets of " + std::to_string(size) + " items",
                        "More than 4294967296 sets would have to be counted.",
                        "Ask for a smaller m, or leave out people with very many items.");
}

}  // namespace

ItemSets count_item_sets(Host& host, const Baskets& baskets, std::size_t size, std::uint64_t k) {
  require_countable(baskets, size);
  ItemSets out;
  out.rarest = {};
  const auto items_of = [&](std::size_t p) {
    return baskets.items.subspan(baskets.first[p], baskets.first[p + 1] - baskets.first[p]);
  };
  std::pmr::vector<std::uint64_t> keys(host.memory());
  std::uint64_t steps = 0;
  const auto poll = [&] {
    if (++steps % kPollEvery == 0) host.poll();
  };
  for (std::size_t p = 0; p < baskets.people(); ++p)
    for_each_set(items_of(p), size, [&](std::uint64_t key) {
      poll();
      keys.push_back(key);
    });
  std::sort(keys.begin(), keys.end(), [&](std::uint64_t a, std::uint64_t b) {
    poll();
    return a < b;
  });
  std::pmr::vector<std::uint64_t> rare(host.memory());
  std::uint64_t rarest = 0;
  for_each_run(keys, [&](std::uint64_t key, std::uint64_t people) {
    poll();
    ++out.sets;
    if (people == 1) ++out.unique;
    if (people < k) rare.push_back(key);
    if (out.fewest == 0 || people < out.fewest) {
      out.fewest = people;
      rarest = key;
    }
  });
  out.below = rare.size();
  for (std::size_t i = size; i-- > 0; rarest >>= kItemBits)
    out.rarest[i] = static_cast<std::uint32_t>(rarest & (kItems - 1));
  for (std::size_t p = 0; p < baskets.people(); ++p) {
    bool below = false;
    for_each_set(items_of(p), size, [&](std::uint64_t key) {
      poll();
      below = below || std::binary_search(rare.begin(), rare.end(), key);
    });
    out.people_below += below ? 1 : 0;
  }
  return out;
}

}  // namespace pt::risk
