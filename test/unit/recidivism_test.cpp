#include "core/protect/recidivism.hpp"

#include <gtest/gtest.h>

using pt::protect::recidivism_indicators;

TEST(Recidivism, ShowsTheClassWhenItIsSafe) {
  const auto out = recidivism_indicators({{0, 100, 40}, {0, 50, 0}}, 5);
  EXPECT_EQ(out[0], R"({"people": 100, "scope": "class", "share": 0.4, "with_reoffence": 40})");
  // so few with a reoffence make a rate that is marked
  EXPECT_EQ(
      out[1],
      R"({"people": 50, "scope": "class", "share": 0, "with_reoffence": 0, "unreliable": true})");
  const auto marked = recidivism_indicators({{0, 100, 20}, {1, 100, 21}}, 5);
  EXPECT_NE(marked[0].find("unreliable"), std::string::npos);
  EXPECT_EQ(marked[1].find("unreliable"), std::string::npos);
}

TEST(Recidivism, PoolsSmallCountsInsideTheProtectedCell) {
  // 3 of 81 can't be shown; with the smaller good class of the cell it can. Cell 1 is left alone.
  const auto out = recidivism_indicators({{0, 81, 3}, {0, 50, 14}, {0, 90, 20}, {1, 60, 10}}, 5);
  EXPECT_EQ(out[0], out[1]);
  EXPECT_NE(out[0].find("\"people\": 131"), std::string::npos);
  EXPECT_NE(out[0].find("\"with_reoffence\": 17"), std::string::npos);
  EXPECT_NE(out[2].find("\"scope\": \"class\""), std::string::npos);
  EXPECT_NE(out[3].find("\"scope\": \"class\""), std::string::npos);
}

TEST(Recidivism, NearlyEverybodyIsAsTellingAsNearlyNobody) {
  const auto out = recidivism_indicators({{0, 20, 18}, {0, 40, 20}}, 5);
  EXPECT_NE(out[0].find("pooled"), std::string::npos);
}

TEST(Recidivism, WithholdsWhenTheWholeCellIsTooSmall) {
  const auto out = recidivism_indicators({{0, 20, 1}, {0, 30, 2}}, 5);
  for (const auto& json : out) EXPECT_NE(json.find("\"scope\": \"withheld\""), std::string::npos);
}

TEST(Recidivism, CountsOfZeroAndSmallSharesCanBeForbidden) {
  // 0 of 50 is pooled with the smallest class that makes it 12 of 90.
  const auto zero = recidivism_indicators({{0, 50, 0}, {0, 40, 12}, {0, 90, 40}}, 10,
                                          {.min_share = 0, .zero_allowed = false});
  EXPECT_EQ(zero[0], R"({"people": 90, "scope": "pooled", "share": 0.13333333333333333, )"
                     R"("with_reoffence": 12, "unreliable": true})");
  EXPECT_EQ(zero[1], zero[0]);
  EXPECT_NE(zero[2].find("class"), std::string::npos);
  // 12 of 400 people is 3 %, and 388 of 400 is 97 %.
  for (const std::uint64_t with : {12, 388}) {
    const auto share = recidivism_indicators({{0, 400, with}}, 10, {.min_share = .05});
    EXPECT_NE(share[0].find("withheld"), std::string::npos);
  }
  EXPECT_NE(recidivism_indicators({{0, 400, 20}}, 10, {.min_share = .05})[0].find("class"),
            std::string::npos);
  EXPECT_NE(recidivism_indicators({{0, 400, 19}}, 10, {.min_share = .05})[0].find("withheld"),
            std::string::npos);
}
