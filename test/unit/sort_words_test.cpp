#include "core/sort_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace {

using Words = std::vector<std::uint64_t>;

void expect_sorted_like_the_library(Words words) {
  Words expected = words;
  std::sort(expected.begin(), expected.end());
  pt::sort_words(words);
  EXPECT_EQ(words, expected);
}

TEST(SortWords, EqualsSortingByComparison) {
  std::mt19937_64 random(1);
  for (const std::size_t n : {0U, 1U, 2U, 511U, 512U, 513U, 5'000U, 200'000U})
    for (const int shift : {0, 20, 44, 60, 63}) {
      Words words(n);
      for (std::uint64_t& w : words) w = random() >> shift;
      expect_sorted_like_the_library(words);
    }
}

TEST(SortWords, TakesLongRunsOfEqualNumbersAndBothEnds) {
  Words words(10'000, 7);
  expect_sorted_like_the_library(words);
  for (std::size_t i = 0; i < words.size(); i += 3) words[i] = ~std::uint64_t{0};
  for (std::size_t i = 0; i < words.size(); i += 7) words[i] = 0;
  expect_sorted_like_the_library(words);
}

TEST(SortWords, TakesNumbersThatDifferInTheHighestBitsOnly) {
  Words words;
  for (std::uint64_t i = 0; i < 4'000; ++i) words.push_back(((i * 2'654'435'761U) % 97) << 57);
  expect_sorted_like_the_library(words);
}

}  // namespace
