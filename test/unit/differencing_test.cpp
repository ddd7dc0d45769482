#include "core/release/differencing.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

using namespace pt;
using namespace pt::release;

namespace {

std::optional<std::uint64_t> smallest(const std::vector<Overlap>& overlaps, std::uint64_t least) {
  Host host;
  const auto found = find_small_difference(host, overlaps, least);
  return found ? std::optional(found->people) : std::nullopt;
}

/// People that the difference of two sets of personas tells of, person by person.
std::uint64_t people_in(const std::vector<Overlap>& overlaps,
                        const std::set<std::uint32_t>& earlier,
                        const std::set<std::uint32_t>& later) {
  std::uint64_t people = 0;
  for (const Overlap& o : overlaps) {
    const bool a = earlier.count(o.earlier) > 0, b = later.count(o.later) > 0;
    if (o.changed ? a || b : a != b) people += o.people;
  }
  return people;
}

/// Smallest number above 0 over all differences of all sets of personas.
std::uint64_t by_brute_force(const std::vector<Overlap>& overlaps, std::uint32_t earlier,
                             std::uint32_t later) {
  std::uint64_t best = UINT64_MAX;
  for (std::uint32_t a = 0; a < (1U << earlier); ++a)
    for (std::uint32_t b = 0; b < (1U << later); ++b) {
      std::set<std::uint32_t> x, y;
      for (std::uint32_t i = 0; i < earlier; ++i)
        if ((a >> i & 1) != 0) x.insert(i);
      for (std::uint32_t j = 0; j < later; ++j)
        if ((b >> j & 1) != 0) y.insert(j);
      const std::uint64_t people = people_in(overlaps, x, y);
      if (people > 0) best = std::min(best, people);
    }
  return best;
}

}  // namespace

TEST(Differencing, TheSamePartitionTellsNothing) {
  EXPECT_EQ(smallest({{0, 0, 7}, {1, 1, 9}}, 5), std::nullopt);
  EXPECT_EQ(smallest({}, 5), std::nullopt);
}

TEST(Differencing, ACoarserPartitionTellsWholePersonasOnly) {
  EXPECT_EQ(smallest({{0, 0, 5}, {1, 0, 9}, {2, 1, 6}}, 5), std::nullopt);
}

TEST(Differencing, OnePersonWhoLeavesIsTold) {
  EXPECT_EQ(smallest({{0, 0, 9}, {0, kOutside, 1}, {1, 1, 9}}, 5), 1U);
  EXPECT_EQ(smallest({{0, 0, 9}, {0, kOutside, 5}, {1, 1, 9}}, 5), std::nullopt);
  EXPECT_EQ(smallest({{kOutside, 0, 4}, {0, 0, 9}}, 5), 4U);
}

TEST(Differencing, AWithdrawnPersonaIsTheWholePersona) {
  EXPECT_EQ(smallest({{0, kOutside, 5}, {1, 1, 9}}, 5), std::nullopt);
}

TEST(Differencing, ChangedPeopleCountWhenTheirPersonaStays) {
  EXPECT_EQ(smallest({{0, 0, 9}, {0, 0, 4, true}}, 5), 4U);
  EXPECT_EQ(smallest({{0, 0, 9}, {0, 0, 5, true}}, 5), std::nullopt);
  EXPECT_EQ(smallest({{0, 0, 5, true}}, 5), std::nullopt);
}

TEST(Differencing, SumsOfSeveralPersonasCount) {
  // Every persona alone is well mixed, but two together lose three people.
  const std::vector<Overlap> overlaps{{0, 0, 20}, {0, 1, 19},       {1, 0, 20},
                                      {1, 1, 18}, {0, kOutside, 1}, {1, kOutside, 2}};
  Host host;
  const auto found = find_small_difference(host, overlaps, 5);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->people, 3U);
  EXPECT_EQ(found->earlier, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(found->later, (std::vector<std::uint32_t>{0, 1}));
}

TEST(Differencing, AgreesWithBruteForce) {
  std::mt19937 engine(11);
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  int refused = 0, passed = 0;
  for (int round = 0; round < 400; ++round) {
    const std::uint32_t earlier = 1 + random() % 4, later = 1 + random() % 4;
    std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::uint64_t> cells;
    const unsigned entries = 2 + random() % 9;
    for (unsigned k = 0; k < entries; ++k) {
      const std::uint32_t a = random() % 5 == 0 ? kOutside : random() % earlier;
      const std::uint32_t b = random() % 5 == 0 ? kOutside : random() % later;
      if (a == kOutside && b == kOutside) continue;
      const bool changed = a != kOutside && b != kOutside && random() % 3 == 0;
      cells[{a, b, changed}] += 1 + random() % 8;
    }
    std::vector<Overlap> overlaps;
    for (const auto& [key, people] : cells)
      overlaps.push_back({std::get<0>(key), std::get<1>(key), people, std::get<2>(key)});
    const std::uint64_t truth = by_brute_force(overlaps, earlier, later);
    const std::uint64_t least = 1 + random() % 12;
    Host host;
    const auto found = find_small_difference(host, overlaps, least);
    ASSERT_EQ(found.has_value(), truth < least) << "round " << round;
    if (!found) {
      ++passed;
      continue;
    }
    ++refused;
    EXPECT_LT(found->people, least);
    EXPECT_EQ(found->people, people_in(overlaps, {found->earlier.begin(), found->earlier.end()},
                                       {found->later.begin(), found->later.end()}));
  }
  EXPECT_GT(refused, 50);
  EXPECT_GT(passed, 50);
}

TEST(Differencing, ManyMixedPersonasAreQuick) {
  // 400 personas of 40 people dealt anew at random: overlaps of one or two people, and no small cut
  // but for the two people who leave.
  std::mt19937 random(5);
  std::vector<std::uint32_t> people(400 * 40);
  for (std::size_t i = 0; i < people.size(); ++i) people[i] = static_cast<std::uint32_t>(i / 40);
  std::shuffle(people.begin(), people.end(), random);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> cells;
  for (std::size_t i = 0; i < people.size(); ++i)
    ++cells[{people[i], i < 2 ? kOutside : static_cast<std::uint32_t>(i / 40)}];
  std::vector<Overlap> overlaps;
  for (const auto& [key, n] : cells) overlaps.push_back({key.first, key.second, n});
  EXPECT_EQ(smallest(overlaps, 5), 2U);
  EXPECT_EQ(smallest(overlaps, 2), std::nullopt);
}
