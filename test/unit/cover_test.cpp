#include "core/risk/cover.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace pt;
using namespace pt::risk;

namespace {

struct Example {
  explicit Example(unsigned seed, std::size_t people, std::uint32_t personas, unsigned codes)
      : histories(std::pmr::get_default_resource()), sizes(personas, 0) {
    std::mt19937 random(seed);
    histories.first.push_back(0);
    for (std::size_t i = 0; i < people; ++i) {
      std::vector<std::uint64_t> h(random() % 5);
      for (auto& c : h) c = random() % codes;
      std::sort(h.begin(), h.end());
      histories.codes.insert(histories.codes.end(), h.begin(), h.end());
      histories.first.push_back(histories.codes.size());
      persona.push_back(static_cast<std::uint32_t>(random() % personas));
      ++sizes[persona.back()];
    }
  }

  /// The definition, word for word: personas whose multiset contains `known` at least as often.
  std::uint64_t brute_force(const std::vector<std::uint64_t>& known) const {
    std::uint64_t people = 0;
    for (std::uint32_t p = 0; p < sizes.size(); ++p) {
      std::map<std::uint64_t, int> left;
      for (std::size_t i = 0; i < persona.size(); ++i)
        if (persona[i] == p)
          for (const std::uint64_t c : histories.of(i)) ++left[c];
      bool contained = true;
      for (const std::uint64_t c : known) contained = contained && --left[c] >= 0;
      if (contained) people += sizes[p];
    }
    return people;
  }

  Histories histories;
  std::vector<std::uint32_t> persona, sizes;
};

}  // namespace

TEST(Cover, EqualsTheDefinitionOnRandomPersonas) {
  Host host;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Example x(seed, 60, 1 + seed % 6, 2 + seed % 7);
    const auto pooled = pool(host, x.histories, x.persona);
    Cover cover(host, pooled, x.sizes);
    EventLookup lookup(cover);
    std::vector<std::uint64_t> all(60), one(60), two(60);
    cover.all_events(x.histories, all);
    cover.any_events(1, x.histories, one);
    cover.any_events(2, x.histories, two);
    for (std::size_t i = 0; i < 60; ++i) {
      const auto h = x.histories.of(i);
      const std::vector<std::uint64_t> known(h.begin(), h.end());
      EXPECT_EQ(all[i], x.brute_force(known));
      EXPECT_EQ(lookup.people_with(h), all[i]);
      std::uint64_t least_one = 60, least_two = 60;
      for (std::size_t a = 0; a < known.size(); ++a) {
        least_one = std::min(least_one, x.brute_force({known[a]}));
        for (std::size_t b = a + 1; b < known.size(); ++b)
          least_two = std::min(least_two, x.brute_force({known[a], known[b]}));
      }
      EXPECT_EQ(one[i], least_one);
      EXPECT_EQ(two[i], known.size() < 2 ? least_one : least_two);
      // An attacker who knows more is never worse off, and the own persona always covers.
      EXPECT_LE(all[i], two[i]);
      EXPECT_LE(two[i], one[i]);
      EXPECT_GE(all[i], x.sizes[x.persona[i]]);
    }
  }
}

TEST(Cover, CountsHowOften) {
  Host host;
  Histories h(std::pmr::get_default_resource());
  // Persona 0 holds one theft, persona 1 two: who stole twice is in persona 1.
  h.codes = {7, 7, 7};
  h.first = {0, 1, 3};
  const std::uint32_t persona[] = {0, 1}, sizes[] = {1, 1};
  const auto pooled = pool(host, h, persona);
  Cover cover(host, pooled, sizes);
  EXPECT_EQ(cover.people_with(h.of(0)), 2U);
  EXPECT_EQ(cover.people_with(h.of(1)), 1U);
}

TEST(Cover, NobodyHoldsAnUnknownEventAndEverybodyTheEmptyHistory) {
  Host host;
  const Example x(3, 20, 2, 3);
  const auto pooled = pool(host, x.histories, x.persona);
  Cover cover(host, pooled, x.sizes);
  const std::uint64_t unknown[] = {1000};
  EXPECT_EQ(cover.people_with(unknown), 0U);
  EXPECT_EQ(cover.people_with({}), 20U);
}
