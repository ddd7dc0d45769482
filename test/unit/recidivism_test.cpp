#include "core/protect/recidivism.hpp"

#include <gtest/gtest.h>

using pt::protect::recidivism_indicators;

TEST(Recidivism, ShowsTheClassWhenItIsSafe) {
  const auto out = recidivism_indicators({{0, 100, 40}, {0, 50, 0}}, 5);
  EXPECT_EQ(out[0], R"({"people": 100, "scope": "class", "share": 0.4, "with_reoffence": 40})");
  EXPECT_EQ(out[1], R"({"people": 50, "scope": "class", "share": 0, "with_reoffence": 0})");
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
