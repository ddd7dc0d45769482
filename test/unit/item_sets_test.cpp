// k^m-anonymity against its definition.
#include "core/risk/item_sets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <random>
#include <set>

#include "core/error.hpp"

using namespace pt;
using namespace pt::risk;

namespace {

using People = std::vector<std::set<std::uint32_t>>;

struct Stored {
  std::vector<std::uint64_t> first{0};
  std::vector<std::uint32_t> items;
  explicit Stored(const People& people) {
    for (const auto& p : people) {
      items.insert(items.end(), p.begin(), p.end());
      first.push_back(items.size());
    }
  }
  Baskets baskets() const { return {first, items}; }
};

/// For each set of items out of all of them, not out of those of a person: who has it?
ItemSets by_definition(const People& people, std::uint32_t items, int size, std::uint64_t k) {
  ItemSets out;
  out.rarest = {};
  std::set<std::size_t> exposed;
  std::vector<std::uint32_t> rarest;
  for (std::uint32_t mask = 0; mask < 1u << items; ++mask) {
    if (std::popcount(mask) != size) continue;
    std::vector<std::uint32_t> wanted;
    for (std::uint32_t i = 0; i < items; ++i)
      if (mask >> i & 1) wanted.push_back(i);
    std::vector<std::size_t> who;
    for (std::size_t p = 0; p < people.size(); ++p)
      if (std::includes(people[p].begin(), people[p].end(), wanted.begin(), wanted.end()))
        who.push_back(p);
    if (who.empty()) continue;
    ++out.sets;
    out.unique += who.size() == 1;
    if (who.size() < k) ++out.below, exposed.insert(who.begin(), who.end());
    if (out.fewest == 0 || who.size() < out.fewest ||
        (who.size() == out.fewest && wanted < rarest)) {
      out.fewest = who.size();
      rarest = wanted;
    }
  }
  std::copy(rarest.begin(), rarest.end(), out.rarest.begin());
  out.people_below = exposed.size();
  return out;
}

TEST(ItemSets, EqualTheDefinition) {
  std::mt19937 random(3);
  Host host;
  for (int round = 0; round < 60; ++round) {
    const auto items = static_cast<std::uint32_t>(1 + random() % 9);
    People people(random() % 40);
    for (auto& p : people)
      for (std::uint32_t i = 0; i < items; ++i)
        if (random() % (2 + i) == 0) p.insert(i);
    const Stored stored(people);
    for (const int size : {1, 2, 3})
      for (const std::uint64_t k : {2u, 5u}) {
        const auto expected = by_definition(people, items, size, k);
        const auto found =
            count_item_sets(host, stored.baskets(), static_cast<std::size_t>(size), k);
        EXPECT_EQ(found.sets, expected.sets);
        EXPECT_EQ(found.unique, expected.unique);
        EXPECT_EQ(found.below, expected.below);
        EXPECT_EQ(found.fewest, expected.fewest);
        EXPECT_EQ(found.rarest, expected.rarest);
        EXPECT_EQ(found.people_below, expected.people_below);
      }
  }
}

TEST(ItemSets, RefuseWhatCantBeCounted) {
  Host host;
  const Stored one(People{{0, 1u << 21}});
  EXPECT_THROW(count_item_sets(host, one.baskets(), 1, 2), Error);
  const Stored few(People{{0, 1}});
  EXPECT_THROW(count_item_sets(host, few.baskets(), 0, 2), Error);
  EXPECT_THROW(count_item_sets(host, few.baskets(), 4, 2), Error);
  std::set<std::uint32_t> many;
  for (std::uint32_t i = 0; i < 3000; ++i) many.insert(i);
  const Stored large(People{many});  // 4.5 billion sets of three
  EXPECT_THROW(count_item_sets(host, large.baskets(), 3, 2), Error);
  EXPECT_EQ(count_item_sets(host, large.baskets(), 2, 2).sets, 3000u * 2999 / 2);
}

TEST(ItemSets, CanBeCancelled) {
  struct Cancelled {};
  class CancellingHost final : public Host {
   public:
    void poll() override { throw Cancelled(); }
  };
  CancellingHost host;
  std::set<std::uint32_t> many;
  for (std::uint32_t i = 0; i < 1000; ++i) many.insert(i);
  const Stored large(People{many});
  EXPECT_THROW(count_item_sets(host, large.baskets(), 2, 2), Cancelled);
}

}  // namespace
