#include "core/risk/tuple_counts.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace {

using pt::Host;
using pt::model::Code;
using pt::model::kMissing;
using pt::risk::PeopleTally;
using pt::risk::TupleNumbers;

/// Numbers random tuples in chunks of random length and compares with a map.
void check_numbers(std::size_t width, std::uint32_t values, std::uint64_t seed) {
  Host host;
  std::mt19937_64 random(seed);
  TupleNumbers numbers(width, seed, host);
  std::map<std::vector<Code>, std::uint32_t> expected;
  for (int chunk = 0; chunk < 12; ++chunk) {
    const std::size_t n = random() % 200;
    std::vector<Code> tuples;
    for (std::size_t i = 0; i < n * width; ++i)
      tuples.push_back(random() % 10 == 0 ? kMissing : static_cast<Code>(random() % values));
    std::vector<std::uint32_t> out(n);
    numbers.number(tuples, out);
    for (std::size_t i = 0; i < n; ++i) {
      const auto begin = tuples.begin() + static_cast<std::ptrdiff_t>(i * width);
      const std::vector<Code> tuple(begin, begin + static_cast<std::ptrdiff_t>(width));
      const auto next = static_cast<std::uint32_t>(expected.size());
      ASSERT_EQ(out[i], expected.emplace(tuple, next).first->second);
      const auto kept = numbers[out[i]];
      ASSERT_EQ(std::vector<Code>(kept.begin(), kept.end()), tuple);
    }
  }
  EXPECT_EQ(numbers.size(), expected.size());
}

TEST(TupleCounts, NumbersAreThoseOfAMap) {
  for (const std::size_t width : {1U, 2U, 3U, 4U, 5U, 8U, 9U, 40U})
    for (const std::uint32_t values : {2U, 300U, 70000U, 0xFFFFFFF0U})
      check_numbers(width, values, width * 1000 + values);
}

// Codes outgrow the packed form after many tuples were numbered.
TEST(TupleCounts, FormOfKeysChangesOnTheWay) {
  Host host;
  TupleNumbers numbers(4, 99, host);
  std::vector<Code> tuples;
  for (Code i = 0; i < 66000; ++i)
    for (Code j = 0; j < 4; ++j) tuples.push_back(i / (j + 1));
  std::vector<std::uint32_t> first(66000), again(66000);
  numbers.number(tuples, first);
  numbers.number(tuples, again);
  EXPECT_EQ(first, again);
  EXPECT_EQ(numbers.size(), 66000U);
}

TEST(TupleCounts, PeopleCountOnceAnItem) {
  Host host;
  std::mt19937_64 random(7);
  PeopleTally tally(host);
  std::map<std::uint32_t, std::set<std::uint32_t>> people_of, items_of;
  for (int i = 0; i < 5000; ++i) {
    const auto item = static_cast<std::uint32_t>(random() % 50);
    const auto person = static_cast<std::uint32_t>(random() % 3000);
    EXPECT_EQ(tally.count(item, person), people_of[item].insert(person).second);
    items_of[person].insert(item);
  }
  for (const auto& [item, people] : people_of) EXPECT_EQ(tally.counts()[item], people.size());
  std::uint64_t several = 0;
  for (const auto& [person, items] : items_of) several += items.size() > 1 ? 1 : 0;
  EXPECT_EQ(tally.people_at_several(), several);
}

TEST(TupleCounts, RowsArePeopleWithoutPersons) {
  Host host;
  PeopleTally tally(host);
  tally.count(std::vector<std::uint32_t>{3, 0, 3});
  tally.count(std::vector<std::uint32_t>{});
  tally.count(std::vector<std::uint32_t>{5});
  const auto counts = tally.counts();
  EXPECT_EQ(std::vector<std::uint64_t>(counts.begin(), counts.end()),
            (std::vector<std::uint64_t>{1, 0, 0, 2, 0, 1}));
}

}  // namespace
