// k^m-anonymity of set-valued data (Terrovitis, Mamoulis & Kalnis 2008): the attacker knows at most
// m of the items that belong to a person.
#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/host.hpp"

namespace pt::risk {

/// Sets of more items are not counted.
inline constexpr std::size_t kMostItemsKnown = 3;

/// The sets of one size that somebody has.
struct ItemSets {
  std::uint64_t sets = 0;                             ///< distinct sets that occur
  std::uint64_t unique = 0;                           ///< that one person alone has
  std::uint64_t below = 0;                            ///< that fewer than k people have
  std::uint64_t fewest = 0;                           ///< people who have the rarest; 0: no sets
  std::array<std::uint32_t, kMostItemsKnown> rarest;  ///< the first such set, ascending items
  std::uint64_t people_below = 0;                     ///< people who have a set that is below k
};

/// Items of people: those of person p are items[first[p]] .. items[first[p + 1] - 1], ascending,
/// each once.
struct Baskets {
  std::span<const std::uint64_t> first;
  std::span<const std::uint32_t> items;
  [[nodiscard]] std::size_t people() const { return first.size() - 1; }
};

/// Counts, for every set of `size` items that somebody has, the people who have all of them. Exact:
/// all sets of each person are listed and sorted, 8 bytes each (kMostItemsKnown items of 21 bits).
/// Throws 22023 for a size of 0 or above kMostItemsKnown, 54000 for more than 2^21 items or 2^32
/// sets. O(sets of all people x log).
ItemSets count_item_sets(Host& host, const Baskets& baskets, std::size_t size, std::uint64_t k);

}  // namespace pt::risk
