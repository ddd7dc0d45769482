// The attack on tables of people finds what it must, and does not find what does not follow.
#include "derivable.hpp"

#include <gtest/gtest.h>

using namespace pt;

namespace {

TEST(Derivable, MarginalsOfAFullTableTellNothingSmall) {
  const test::PublishedGroup group{{2, 2}, {{{0, 0}, 1}, {{0, 1}, 9}, {{1, 0}, 9}, {{1, 1}, 2}}};
  EXPECT_TRUE(test::Derivable(group, 4, test::Knows::everything).run().empty());
  EXPECT_TRUE(test::Derivable(group, 4, test::Knows::pairs).run().empty());
}

TEST(Derivable, OneKindWithinAnother) {
  // nobody has the second without the first: 12 - 10 have the first alone
  const test::PublishedGroup group{{2, 2}, {{{0, 0}, 7}, {{1, 0}, 2}, {{1, 1}, 10}}};
  const auto sets = test::Derivable(group, 4, test::Knows::pairs).run();
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0], (std::vector<test::Tuple>{{1, 0}}));
  EXPECT_TRUE(test::Derivable(group, 2, test::Knows::pairs).run().empty());
}

TEST(Derivable, TwoKindsThatMakeUpAThird) {
  // a + b - (a or b) = 3 have both; no pair of the three is impossible but those with the union
  test::PublishedGroup group{{2, 2, 2},
                             {{{0, 0, 0}, 20}, {{0, 1, 1}, 8}, {{1, 0, 1}, 9}, {{1, 1, 1}, 3}}};
  EXPECT_EQ(test::Derivable(group, 4, test::Knows::everything).run().size(), 1U);
  EXPECT_TRUE(test::Derivable(group, 4, test::Knows::pairs).run().empty());
  group.contradicts = [](const test::Tuple& t) { return (t[0] + t[1] > 0) != (t[2] > 0); };
  const auto sets = test::Derivable(group, 4, test::Knows::pairs).run();
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0], (std::vector<test::Tuple>{{1, 1, 1}}));
}

TEST(Derivable, SetsOfSeveralCombinations) {
  // 30 - 28 people who differ otherwise
  const test::PublishedGroup group{{2, 2, 2},
                                   {{{0, 0, 0}, 9},
                                    {{0, 0, 1}, 9},
                                    {{1, 0, 0}, 1},
                                    {{1, 0, 1}, 1},
                                    {{1, 1, 0}, 14},
                                    {{1, 1, 1}, 14}}};
  const auto sets = test::Derivable(group, 4, test::Knows::pairs).run();
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].size(), 2U);
}

TEST(Derivable, PersonasWithoutSuchEvents) {
  // Of 20 people 16 have the event. The second persona has no such event, so the other lacks one.
  test::PublishedGroup group{{2, 2}, {{{0, 1}, 16}, {{0, 0}, 1}, {{1, 0}, 3}}};
  group.unknown = {0};
  EXPECT_TRUE(test::Derivable(group, 2, test::Knows::pairs).run().empty());
  group.excluded.insert({0, 1, 1, 1});
  EXPECT_EQ(test::Derivable(group, 2, test::Knows::pairs).run().size(), 1U);
}

}  // namespace
