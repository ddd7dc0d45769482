#include "core/risk/cover.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/error.hpp"

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

TEST(Cover, EqualsTheDefinitionWhereCodesAreListed) {
  Host host;
  // Rare codes of many personas have lists, frequent ones rows.
  const Example x(5, 500, 200, 300);
  const auto pooled = pool(host, x.histories, x.persona);
  Cover cover(host, pooled, x.sizes);
  for (std::size_t i = 0; i < 15; ++i) {
    const auto h = x.histories.of(i);
    const std::vector<std::uint64_t> known(h.begin(), h.end());
    const auto [one, two, all] = cover.consistent(h);
    std::uint64_t least_one = 500, least_two = 500;
    for (std::size_t a = 0; a < known.size(); ++a) {
      least_one = std::min(least_one, x.brute_force({known[a]}));
      for (std::size_t b = a + 1; b < known.size(); ++b)
        least_two = std::min(least_two, x.brute_force({known[a], known[b]}));
    }
    EXPECT_EQ(all, x.brute_force(known));
    EXPECT_EQ(one, least_one);
    EXPECT_EQ(two, known.size() < 2 ? least_one : least_two);
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

// ---- packed elements

namespace {

/// Fills random distinct pairs, with counts up to `most`.
std::vector<PersonaEvents> random_elements(unsigned seed, std::uint64_t codes,
                                           std::uint32_t personas, std::uint32_t most) {
  std::mt19937_64 random(seed);
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint32_t> all;
  for (int i = 0; i < 2000; ++i)
    all[{random() % codes, static_cast<std::uint32_t>(random() % personas)}] =
        static_cast<std::uint32_t>(1 + random() % most);
  std::vector<PersonaEvents> out;
  for (const auto& [pair, count] : all) out.push_back({pair.first, pair.second, count});
  std::shuffle(out.begin(), out.end(), random);
  return out;
}

auto in_code_order = [](const PersonaEvents& a, const PersonaEvents& b) {
  return std::pair(a.code, a.persona) < std::pair(b.code, b.persona);
};
auto in_persona_order = [](const PersonaEvents& a, const PersonaEvents& b) {
  return std::pair(a.persona, a.code) < std::pair(b.persona, b.code);
};

void expect_equal(const PackedEvents& packed, const std::vector<PersonaEvents>& expected) {
  ASSERT_EQ(packed.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const PersonaEvents e = packed[i];
    EXPECT_EQ(e.code, expected[i].code);
    EXPECT_EQ(e.persona, expected[i].persona);
    EXPECT_EQ(e.count, expected[i].count);
  }
}

}  // namespace

TEST(PackedEvents, KeepElementsWhateverRoomCountsHave) {
  // Counts have 44 bits at first, 1 bit at last: most of them then stand beside the words.
  for (const auto& [codes, personas] : {std::pair<std::uint64_t, std::uint32_t>{1000, 500},
                                        {std::uint64_t{1} << 38, 1u << 18},
                                        {std::uint64_t{1} << 38, 1u << 25}}) {
    for (const std::uint32_t most : {1u, 3u, 4'000'000'000u}) {
      auto elements = random_elements(7, codes, personas, most);
      PackedEvents packed(std::pmr::get_default_resource());
      packed.start(codes, personas, elements.size());
      for (const PersonaEvents& e : elements) packed.add(e);
      packed.sort_by_code();
      std::sort(elements.begin(), elements.end(), in_code_order);
      expect_equal(packed, elements);
      packed.sort_by_persona();
      std::sort(elements.begin(), elements.end(), in_persona_order);
      expect_equal(packed, elements);

      std::vector<std::uint32_t> place(personas);
      for (std::uint32_t p = 0; p < personas; ++p) place[p] = personas - 1 - p;
      packed.renumber(place);
      packed.sort_by_code();
      for (PersonaEvents& e : elements) e.persona = place[e.persona];
      std::sort(elements.begin(), elements.end(), in_code_order);
      expect_equal(packed, elements);
    }
  }
}

TEST(PackedEvents, RefuseWhatNoWordHolds) {
  PackedEvents packed(std::pmr::get_default_resource());
  EXPECT_THROW(packed.start(std::uint64_t{1} << 39, 1u << 25, 0), Error);
}

TEST(PackedEvents, GiveTheSameCover) {
  pt::Host host;
  for (const std::uint32_t personas : {3u, 40u, 700u}) {
    const Example x(personas, 3000, personas, 30);
    const auto pooled = pool(host, x.histories, x.persona);
    PackedEvents packed(std::pmr::get_default_resource());
    packed.start(30, personas, pooled.size());
    for (const PersonaEvents& e : pooled) packed.add(e);
    packed.sort_by_code();
    Cover plain(host, pooled, x.sizes), small(host, packed, x.sizes);
    for (std::size_t i = 0; i < x.histories.people(); ++i) {
      const auto a = plain.consistent(x.histories.of(i)), b = small.consistent(x.histories.of(i));
      EXPECT_EQ(a.one, b.one);
      EXPECT_EQ(a.two, b.two);
      EXPECT_EQ(a.all, b.all);
    }
  }
}
