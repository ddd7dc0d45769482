#include "core/risk/register.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/risk/estimators_table.hpp"

using namespace pt;
using namespace pt::risk;
using model::Code;
using model::kMissing;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

Allowed values(std::vector<Code> codes) { return {false, std::move(codes), {}}; }
Allowed band(double low, double high) { return {false, {}, {low, high}}; }
Allowed everything() { return {true, {}, {}}; }

}  // namespace

TEST(Register, CountsWhoFits) {
  Register people({false, true});
  const Code f = people.intern(0, "F"), m = people.intern(0, "M");
  EXPECT_EQ(people.find(0, "F"), f);
  EXPECT_EQ(people.find(0, "X"), kMissing);
  const auto add = [&](Code sex, Band age, double n) {
    people.add(std::vector{sex}, std::vector{age}, n);
  };
  add(f, {20, 30}, 100);
  add(f, {20, 30}, 50);  // the same cell again
  add(m, {20, 30}, 70);
  add(m, {80, kInfinite}, 9);
  add(kMissing, {20, 30}, 3);
  add(f, {std::nan(""), std::nan("")}, 2);  // of unknown age
  EXPECT_EQ(people.total(), 234);
  const auto count = [&](const Allowed& sex, const Allowed& age) {
    return people.people(std::vector{sex, age});
  };
  EXPECT_DOUBLE_EQ(count(values({f}), band(20, 30)), 150);
  EXPECT_DOUBLE_EQ(count(values({f, f, m}), band(20, 30)), 220);
  EXPECT_DOUBLE_EQ(count(everything(), band(20, 30)), 223);
  EXPECT_DOUBLE_EQ(count(everything(), everything()), 234);
  EXPECT_DOUBLE_EQ(count(values({f}), everything()), 152);
  EXPECT_DOUBLE_EQ(count(values({f}), band(25, 27)), 30);         // a fifth of the band
  EXPECT_DOUBLE_EQ(count(values({m}), band(90, 91)), 9);          // an open band counts whole
  EXPECT_DOUBLE_EQ(count(values({m}), band(25, kInfinite)), 44);  // half of one, all of the other
  EXPECT_EQ(count(values({}), everything()), 0);
  EXPECT_EQ(count(values({m}), band(30, 40)), 0);
}

// Both ways of looking up - combinations of the values, or all cells - against the definition.
TEST(Register, EqualsTheDefinition) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 40; ++round) {
    Register people({false, false, true});
    struct Cell {
      Code a, b;
      Band band;
      double n;
    };
    std::vector<Cell> cells;
    for (int i = 0; i < 4; ++i) {
      people.intern(0, std::to_string(i));
      people.intern(1, std::to_string(i));
    }
    for (int i = 0; i < 30; ++i) {
      const double low = 10 * double(random() % 4);
      cells.push_back(
          {Code(random() % 4), Code(random() % 4), {low, low + 10}, double(random() % 50)});
      people.add(std::vector{cells.back().a, cells.back().b}, std::vector{cells.back().band},
                 cells.back().n);
    }
    for (int i = 0; i < 20; ++i) {
      std::vector<Code> a, b;
      for (Code v = 0; v < 4; ++v) {
        if (random() % 2 == 0) a.push_back(v);
        if (random() % 3 == 0) b.push_back(v);
      }
      const double low = double(random() % 40), high = low + double(random() % 20);
      double expected = 0;
      for (const Cell& c : cells)
        if (std::count(a.begin(), a.end(), c.a) > 0 && std::count(b.begin(), b.end(), c.b) > 0)
          expected +=
              c.n * std::max(0.0, std::min(high, c.band.high) - std::max(low, c.band.low)) / 10;
      EXPECT_NEAR(people.people(std::vector{values(a), values(b), band(low, high)}), expected,
                  1e-9);
    }
  }
}

TEST(Register, ParsesBands) {
  EXPECT_EQ(parse_band("27"), (Band{27, 28}));
  EXPECT_EQ(parse_band("27.9"), (Band{27, 28}));
  EXPECT_EQ(parse_band("-3"), (Band{-3, -2}));
  EXPECT_EQ(parse_band("[25,30)"), (Band{25, 30}));
  EXPECT_EQ(parse_band("[25,29]"), (Band{25, 30}));
  EXPECT_EQ(parse_band("(24,29]"), (Band{25, 30}));
  EXPECT_EQ(parse_band("25 to 29"), (Band{25, 30}));
  EXPECT_EQ(parse_band("[85,)"), (Band{85, kInfinite}));
  EXPECT_EQ(parse_band("(,)"), (Band{-kInfinite, kInfinite}));
  for (const char* bad :
       {"", "x", "[", "[1", "[1,2", "1,2]", "[a,b)", "NaN", "inf", "a to b", "empty"})
    EXPECT_FALSE(parse_band(bad)) << bad;
}

TEST(Register, FindsTheValuesOfLabels) {
  model::Attribute county;
  county.labels = {"A", "B", "B or not", "C"};
  county.hierarchy.levels = {{{0, 0, 1, 1}, {"north", "south"}}};
  const auto of = [&](const std::optional<std::string>& label) {
    return values_under(county, label);
  };
  using Values = std::vector<std::string>;
  EXPECT_EQ(of("B").values, (Values{"B"}));
  EXPECT_EQ(of("south").values, (Values{"B or not", "C"}));
  EXPECT_EQ(of("A or C").values, (Values{"A", "C"}));
  EXPECT_EQ(of("A, B or C").values, (Values{"A", "B", "C"}));
  EXPECT_EQ(of("A, B or not or C").values, (Values{"A", "B or not", "C"}));
  EXPECT_EQ(of("A or C (generalized)").values, (Values{"A", "C"}));
  EXPECT_TRUE(of(std::nullopt).everything);
  EXPECT_TRUE(of("not shown").everything);
  EXPECT_TRUE(of("A or not known").everything);
  EXPECT_FALSE(of("D").everything);
  EXPECT_TRUE(of("D").values.empty());
  EXPECT_TRUE(of("A or D").values.empty());
}

// The example of privacy-models.md, section 11, with the weights as population.
TEST(RegisterRisk, Example) {
  const std::vector<std::uint32_t> f{4, 3, 2, 2, 1};
  const std::vector<double> population{40, 60, 10, 5, 9};
  const RegisterRisk r = register_risk(f, population);
  EXPECT_NEAR(r.average, .0717592593, 1e-10);
  EXPECT_NEAR(r.journalist_average, .0717592593, 1e-10);  // above 5 / 124
  EXPECT_DOUBLE_EQ(r.maximum, .2);
  EXPECT_EQ(r.least, 5);
  // Nobody in a cell, fewer than in the sample, less than one.
  const RegisterRisk odd =
      register_risk(std::vector<std::uint32_t>{4, 3, 2, 0}, std::vector<double>{0, 2, .25, 0});
  EXPECT_EQ(odd.unknown_people, 4u);
  EXPECT_EQ(odd.unknown_classes, 1u);
  EXPECT_EQ(odd.short_people, 5u);
  EXPECT_EQ(odd.short_classes, 2u);
  EXPECT_DOUBLE_EQ(odd.reidentifications, 3 * .5 + 2 * 1);
  EXPECT_DOUBLE_EQ(odd.maximum, 1);
  EXPECT_EQ(register_risk({}, {}).people, 0u);
}
