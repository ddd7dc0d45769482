#include "core/utility/disparity.hpp"

#include <gtest/gtest.h>

#include <cmath>

using namespace pt::utility;

namespace {

Counts court() {
  Counts c;
  c.has = {true, true, false};
  c.has_reoffence = true;
  c.people = {{{"Male", "White", ""}, 100, 100, 30},
              {{"Male", "Black", ""}, 80, 80, 40},
              {{"Female", "White", ""}, 50, 50, 10},
              {{"Female", "Black", ""}, 1, 1, 1}};
  ColumnCounts outcome{"verdict", Measure::outcome, {}, {}};
  outcome.events = {{{"Male", "White", ""}, "charge", "guilty", 50},
                    {{"Male", "White", ""}, "charge", "free", 70},
                    {{"Male", "Black", ""}, "charge", "guilty", 60},
                    {{"Male", "Black", ""}, "charge", "free", 30},
                    {{"Female", "White", ""}, "charge", "guilty", 20},
                    {{"Female", "White", ""}, "charge", "free", 40},
                    {{"Female", "White", ""}, "arrest", std::nullopt, 70}};
  ColumnCounts months{"months", Measure::number, {}, {}};
  months.events = {{{"Male", "White", ""}, "charge", "3", 20},
                   {{"Male", "White", ""}, "charge", "9", 10},
                   {{"Male", "Black", ""}, "charge", "9", 20},
                   {{"Male", "Black", ""}, "charge", "12", 5}};
  c.columns = {outcome, months};
  return c;
}

std::vector<Disparity> compare(const Counts& a, const Counts& b) {
  pt::Host host;
  return disparities(a, b, {}, host);
}

const Disparity& find(const std::vector<Disparity>& all, Attribute a, const std::string& measure,
                      const std::string& type) {
  for (const Disparity& d : all)
    if (d.attribute == a && d.measure == measure && d.event_type == type) return d;
  throw std::runtime_error("no " + measure);
}

}  // namespace

TEST(Disparity, EqualCountsArePreserved) {
  auto const all = compare(court(), court());
  int judged = 0;
  for (const Disparity& d : all) {
    if (!d.preserved) continue;
    ++judged;
    EXPECT_TRUE(*d.preserved) << d.measure;
    EXPECT_EQ(d.effect_preservation, 1);
  }
  EXPECT_GT(judged, 8);
  // by hand: guilty is 110 of 210 White and Black together; White 70 of 180, Black 60 of 90
  const Disparity& d = find(all, Attribute::ethnicity, "outcome rate", "charge");
  EXPECT_EQ(d.value, "guilty");  // the rarer
  EXPECT_EQ(d.compared, "Black");
  EXPECT_EQ(d.reference, "White");
  EXPECT_NEAR(d.source->effect.value, std::log(60.0 * 110 / (30 * 70)), 1e-12);
  EXPECT_NEAR(d.source->value1, 60.0 / 90, 1e-12);
  EXPECT_NEAR(d.source->difference.value, 60.0 / 90 - 70.0 / 180, 1e-12);
  // strata male and female; Black women have no charges, so the men alone tell
  EXPECT_NEAR(d.source->adjusted.value, 60.0 * 70 / (30 * 50), 1e-12);
  const Disparity& r = find(all, Attribute::ethnicity, "reoffence", "");
  EXPECT_NEAR(r.source->effect.value, std::log(41.0 * 110 / (40 * 40)), 1e-12);
  const Disparity& e = find(all, Attribute::gender, "events per person", "arrest");
  EXPECT_NEAR(e.source->value1, 70.0 / 51, 1e-12);
  EXPECT_EQ(e.source->value0, 0);
  const Disparity& m = find(all, Attribute::ethnicity, "mean", "charge");
  EXPECT_NEAR(m.source->value1, 9.6, 1e-12);
  EXPECT_NEAR(m.source->value0, 5, 1e-12);
}

TEST(Disparity, WhatAReleaseLosesAndInvents) {
  Counts release = court();
  release.columns[0].events[2].events = 45;  // Black men guilty: 45 of 90 now
  release.columns[0].events[3].events = 45;
  auto all = compare(court(), release);
  const Disparity& d = find(all, Attribute::ethnicity, "outcome rate", "charge");
  EXPECT_FALSE(*d.preserved);
  EXPECT_EQ(d.why, "significant in the source only");
  EXPECT_LT(d.effect_preservation, .9);
  EXPECT_LT(d.interval_overlap, 1);
  all = compare(release, court());
  EXPECT_EQ(find(all, Attribute::ethnicity, "outcome rate", "charge").why,
            "significant in the release only");
  // smaller by a third, still significant
  release = court();
  release.columns[0].events[2].events = 54;
  release.columns[0].events[3].events = 36;
  EXPECT_EQ(find(compare(court(), release), Attribute::ethnicity, "outcome rate", "charge").why,
            "the size of the effect differs");
  release.people[1].people = 60;
  EXPECT_EQ(find(compare(court(), release), Attribute::ethnicity, "outcome rate", "charge").why,
            "the size of the effect differs: the release shows 61 of the 81 people of the group");
}

TEST(Disparity, NoFalseVerdicts) {
  // a group of one has no standard deviation, a release may hide a group, an attribute or a column
  Counts source = court(), release = court();
  source.columns[1].events.push_back({{"Female", "White", ""}, "charge", "4", 1});
  release.columns[1] = source.columns[1];
  EXPECT_FALSE(
      find(compare(source, release), Attribute::gender, "mean", "charge").preserved.has_value());
  for (auto& p : release.people)
    if (p.labels[1] == "Black") p.labels[1] = "not shown";
  const auto hidden = compare(source, release);
  const Disparity& d = find(hidden, Attribute::ethnicity, "outcome rate", "charge");
  EXPECT_FALSE(*d.preserved);
  EXPECT_EQ(d.why, "the group is not released under its own label");
  release = source;
  release.has[1] = false;
  EXPECT_FALSE(find(compare(source, release), Attribute::ethnicity, "outcome rate", "charge")
                   .preserved.has_value());
  release = source;
  release.columns[0].withheld = "the column is not released";
  release.columns[0].events.clear();
  const auto without = compare(source, release);
  EXPECT_FALSE(find(without, Attribute::ethnicity, "outcome rate", "charge").preserved.has_value());
  EXPECT_FALSE(find(without, Attribute::ethnicity, "association", "charge").preserved.has_value());
  // an outcome with one value: nothing to compare
  Counts same = court();
  for (auto& e : same.columns[0].events)
    if (e.value) e.value = "guilty";
  for (const Disparity& one : compare(same, same)) EXPECT_NE(one.measure, "outcome rate");
  EXPECT_TRUE(compare(Counts{}, Counts{}).empty());
}
