#include "core/model/attribute.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using pt::model::Attribute;
using pt::model::Hierarchy;
using pt::model::Level;
using pt::model::Scale;

Hierarchy counties() {  // a, b, c in north (a, b) and south (c), then everywhere
  return {{Level{{0, 1, 1}, {"north", "south"}}, Level{{0, 0, 0}, {"*"}}}};
}

TEST(Hierarchy, SoundOneHasNoFault) { EXPECT_EQ(find_fault(counties(), 3), std::nullopt); }

TEST(Hierarchy, NoneIsSound) { EXPECT_EQ(find_fault(Hierarchy{}, 7), std::nullopt); }

TEST(Hierarchy, SizesMustAgree) {
  EXPECT_EQ(find_fault(counties(), 4), "level 1: 3 leaves where the attribute has 4");
}

TEST(Hierarchy, NodesNeedALabelAndALeaf) {
  EXPECT_EQ(pt::model::find_fault({{Level{{0, 2}, {"x", "y"}}}}, 2),
            "level 1: a leaf has node 2 without a label");
  EXPECT_EQ(pt::model::find_fault({{Level{{0, 0}, {"x", "y"}}}}, 2),
            "level 1: no leaf is under \"y\"");
}

TEST(Hierarchy, LabelsAreDistinctAndNotEmpty) {
  EXPECT_EQ(pt::model::find_fault({{Level{{0, 1}, {"x", "x"}}}}, 2),
            "level 1: two nodes have the label \"x\"");
  EXPECT_EQ(pt::model::find_fault({{Level{{0, 1}, {"", "x"}}}}, 2), "level 1: a label is empty");
}

TEST(Hierarchy, LevelsMustNest) {
  const Hierarchy crossed{{Level{{0, 0, 1}, {"ab", "c"}}, Level{{0, 1, 1}, {"a", "bc"}}}};
  EXPECT_EQ(find_fault(crossed, 3),
            "level 2: \"ab\" of the level below lies under both \"a\" and \"bc\"");
}

TEST(Hierarchy, CountsLeavesUnderNodes) {
  EXPECT_EQ(leaves_under(counties().levels[0]), (std::vector<std::uint32_t>{1, 2}));
}

TEST(Attribute, NominalLabelsAreSortedByBytes) {
  Attribute county{"county", Scale::nominal, {"a", "b", "c"}, {}, counties()};
  EXPECT_EQ(find_fault(county), std::nullopt);
  county.labels = {"b", "a", "c"};
  EXPECT_EQ(find_fault(county),
            "attribute \"county\": labels are not distinct and sorted by bytes");
}

TEST(Attribute, OrderedNeedsAscendingFiniteValues) {
  Attribute age{"age", Scale::ordered, {"9", "10"}, {9, 10}, {}};
  EXPECT_EQ(find_fault(age), std::nullopt);
  age.values = {10, 9};
  EXPECT_EQ(find_fault(age), "attribute \"age\": values are not strictly ascending");
  age.values = {9, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_EQ(find_fault(age), "attribute \"age\": a value is not finite");
  age.values = {9};
  EXPECT_EQ(find_fault(age), "attribute \"age\": 2 labels but 1 values");
}

TEST(Attribute, FaultOfTheHierarchyNamesTheAttribute) {
  const Attribute race{"race", Scale::nominal, {"x"}, {}, counties()};
  EXPECT_EQ(find_fault(race), "attribute \"race\": level 1: 3 leaves where the attribute has 1");
}

}  // namespace
