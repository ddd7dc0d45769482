#include "core/model/hierarchy_table.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pt::model {
namespace {

HierarchyTable counties() {
  HierarchyTable table({"state", "country"});
  table.add("Broward", {"FL", "US"});
  table.add("Dade", {"FL", "US"});
  table.add("Cook", {"IL", "US"});
  return table;
}

TEST(HierarchyTable, BuildsLevelsOverTheLabels) {
  const std::vector<std::string> labels{"Broward", "Cook"};
  std::uint64_t not_shown = 9;
  const Hierarchy h = counties().build(labels, not_shown);
  EXPECT_EQ(not_shown, 0U);
  ASSERT_EQ(h.levels.size(), 2U);
  EXPECT_EQ(h.levels[0].labels, (std::vector<std::string>{"FL", "IL"}));
  EXPECT_EQ(h.levels[0].node_of_leaf, (std::vector<Code>{0, 1}));
  EXPECT_EQ(h.levels[1].labels, (std::vector<std::string>{"US"}));
}

TEST(HierarchyTable, UnknownValuesAreNotShown) {
  const std::vector<std::string> labels{"Broward", "Nowhere"};
  std::uint64_t not_shown = 0;
  const Hierarchy h = counties().build(labels, not_shown);
  EXPECT_EQ(not_shown, 1U);
  EXPECT_EQ(h.levels[0].labels[h.levels[0].node_of_leaf[1]], "not shown");
  EXPECT_EQ(h.levels[1].labels[h.levels[1].node_of_leaf[1]], "US");  // the only node of the level
}

TEST(HierarchyTable, GapsAreNotShown) {
  HierarchyTable table({"state", "region"});
  table.add("a", {"s", "r"});
  table.add("b", {"", "r"});
  table.add("c", {"t", ""});
  const std::vector<std::string> labels{"a", "b", "c"};
  std::uint64_t not_shown = 0;
  const Hierarchy h = table.build(labels, not_shown);
  EXPECT_EQ(not_shown, 2U);
  EXPECT_EQ(h.levels[0].labels, (std::vector<std::string>{"s", "not shown", "t"}));
  EXPECT_EQ(h.levels[1].labels, (std::vector<std::string>{"r", "not shown"}));
}

TEST(HierarchyTable, RepeatedRowsDoNoHarmContradictionsDo) {
  HierarchyTable table = counties();
  table.add("Cook", {"IL", "US"});
  EXPECT_EQ(table.values().size(), 3U);
  table.add("Cook", {"GA", "US"});
  EXPECT_THROW(table.check(), Error);
}

TEST(HierarchyTable, LevelsHaveToNest) {
  HierarchyTable table({"county", "state"});
  table.add("1", {"Washington", "OH"});
  table.add("2", {"Washington", "PA"});
  try {
    table.check();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.sqlstate(), "22000");
    EXPECT_NE(error.detail().find("Washington"), std::string::npos);
  }
}

TEST(HierarchyTable, EmptyTable) {
  const std::vector<std::string> labels{"a"};
  std::uint64_t not_shown = 0;
  const Hierarchy h = HierarchyTable({"up"}).build(labels, not_shown);
  EXPECT_EQ(h.levels[0].labels, (std::vector<std::string>{"not shown"}));
  EXPECT_EQ(not_shown, 1U);
}

}  // namespace
}  // namespace pt::model
