// Attacks on a pair of tables against brute force and closed forms.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/attack/nearest.hpp"
#include "core/attack/pair.hpp"
#include "core/attack/rates.hpp"
#include "core/error.hpp"
#include "shared.hpp"

using namespace pt;
using namespace pt::attack;

namespace {

Random random_of(std::uint8_t seed) { return Random(model::Prf({seed})); }

constexpr model::Code kMissing = model::kMissing;

/// Random tables: a category, a number with many values, a time with few; some values missing.
Tables random_tables(unsigned seed, std::size_t originals, std::size_t released,
                     std::size_t controls) {
  std::mt19937 random(seed);
  Tables tables;
  tables.rows = {originals, released, controls};
  tables.has_control = controls > 0;
  const std::array<std::pair<Measure, unsigned>, 4> columns{
      {{Measure::category, 4}, {Measure::number, 300}, {Measure::time, 5}, {Measure::number, 3}}};
  for (const auto& [measure, values] : columns) {
    SharedColumn column;
    column.name = "c" + std::to_string(tables.columns.size());
    column.measure = measure;
    if (measure != Measure::category)
      for (unsigned v = 0; v < values; ++v) column.value.push_back(-20 + v * 1.25 + v * v * 0.001);
    for (std::size_t part = 0; part < 3; ++part)
      for (std::size_t i = 0; i < tables.rows[part]; ++i)
        column.codes[part].push_back(
            random() % 10 == 0 ? kMissing : static_cast<model::Code>(random() % values));
    tables.columns.push_back(std::move(column));
  }
  return tables;
}

/// One column of numbers 0, 1, 2, ... for the codes.
Tables numbers(std::vector<double> values, std::vector<model::Code> original,
               std::vector<model::Code> released, std::vector<model::Code> control) {
  Tables tables;
  tables.rows = {original.size(), released.size(), control.size()};
  tables.has_control = !control.empty();
  SharedColumn column;
  column.name = "x";
  column.measure = Measure::number;
  column.value = std::move(values);
  column.codes[0].assign(original.begin(), original.end());
  column.codes[1].assign(released.begin(), released.end());
  column.codes[2].assign(control.begin(), control.end());
  tables.columns.push_back(std::move(column));
  return tables;
}

double gower(const Tables& tables, std::size_t row, std::size_t released) {
  double sum = 0;
  for (std::size_t c = 0; c < tables.columns.size(); ++c) {
    const model::Code a = tables.codes(c, Part::original)[row];
    const model::Code b = tables.codes(c, Part::released)[released];
    const auto& value = tables.columns[c].value;
    if (a == kMissing || b == kMissing || value.empty())
      sum += a == b ? 0 : 1;
    else
      sum += std::fabs(value[a] - value[b]) / (value.back() - value.front());
  }
  return sum;
}

}  // namespace

TEST(AttackPair, NearestRowsEqualBruteForce) {
  Host host;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    const Tables tables = random_tables(seed, 30, 500, 0);
    Nearest nearest(host, tables, {0, 1, 2, 3});
    std::vector<std::uint32_t> found;
    for (std::size_t row = 0; row < 30; ++row)
      for (const std::size_t k :
           {std::size_t{1}, std::size_t{7}, std::size_t{500}, std::size_t{900}}) {
        std::vector<std::pair<double, std::uint32_t>> all;
        for (std::uint32_t r = 0; r < 500; ++r) all.emplace_back(gower(tables, row, r), r);
        std::sort(all.begin(), all.end());
        nearest.find(Part::original, row, k, found);
        ASSERT_EQ(found.size(), std::min<std::size_t>(k, 500));
        for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], all[i].second);
      }
  }
}

TEST(AttackPair, NearestRowsWithManyCategories) {
  Host host;
  // more values than the low 16 bits of a code can tell apart
  Tables tables = numbers({}, {5, 65541, kMissing}, {}, {});
  tables.columns[0].measure = Measure::category;
  for (model::Code code = 0; code < 140000; ++code) tables.columns[0].codes[1].push_back(code);
  tables.rows[1] = 140000;
  Nearest nearest(host, tables, {0});
  std::vector<std::uint32_t> found;
  nearest.find(Part::original, 0, 1, found);
  EXPECT_EQ(found, std::vector<std::uint32_t>{5});
  nearest.find(Part::original, 1, 2, found);
  EXPECT_EQ(found, (std::vector<std::uint32_t>{65541, 0}));
  nearest.find(Part::original, 2, 1, found);
  EXPECT_EQ(found, std::vector<std::uint32_t>{0});
}

TEST(AttackPair, UnivariatePredicatesByHand) {
  Host host;
  // released 1 2 2 5: predicates = 1, = 5, <= 1, >= 5 (2 stands twice, but repeated rows count
  // once: = 2 too)
  const Tables tables = numbers({0, 1, 2, 3, 4, 5}, {1, 3, 5, 0}, {1, 2, 2, 5}, {});
  Random random = random_of(1);
  const PairTried tried = single_out_univariate(host, tables, 1000, random);
  EXPECT_EQ(tried.attempts, 5u);
  // = 1 yes, = 2 nobody, = 5 yes, <= 1 two people, >= 5 yes
  EXPECT_EQ(tried.successes, 3u);
  EXPECT_EQ(tried.control_attempts, 0u);
}

TEST(AttackPair, SinglingOutAgainstTheReleaseItself) {
  Host host;
  Tables tables = random_tables(4, 200, 200, 200);
  for (SharedColumn& column : tables.columns) column.codes[1] = column.codes[0];
  Random random = random_of(3);
  // The parts differ when repeated rows are taken out, so only without a control is everybody
  // attacked.
  tables.has_control = false;
  const PairTried all = single_out_multivariate(host, tables, 3, 100, random);
  EXPECT_EQ(all.successes, all.attempts);
  EXPECT_GT(all.attempts, 50u);
  EXPECT_EQ(all.baseline_attempts, all.attempts);
  EXPECT_LT(all.baseline_successes, all.successes);
}

TEST(AttackPair, UnrelatedTablesLeaveNoResidualRisk) {
  Host host;
  const Tables tables = random_tables(8, 400, 400, 400);
  Random random = random_of(4);
  for (const PairTried& tried : {single_out_multivariate(host, tables, 2, 400, random),
                                 attack::link(host, tables, {0, 1}, {2, 3}, 2, 400, random),
                                 infer(host, tables, 0, {1, 2, 3}, 0.05, 400, random),
                                 tell_members(host, tables, 400, random)}) {
    ASSERT_GT(tried.attempts, 0u);
    ASSERT_GT(tried.control_attempts, 0u);
    const Interval risk = residual(
        wilson(static_cast<double>(tried.successes), static_cast<double>(tried.attempts), 0.999),
        wilson(static_cast<double>(tried.control_successes),
               static_cast<double>(tried.control_attempts), 0.999));
    EXPECT_EQ(risk.low, 0);
  }
}

TEST(AttackPair, TheReleaseItselfGivesEverythingAway) {
  Host host;
  Tables tables = random_tables(5, 100, 100, 300);
  for (SharedColumn& column : tables.columns) column.codes[1] = column.codes[0];
  Random random = random_of(5);
  const PairTried members = tell_members(host, tables, 1000, random);
  EXPECT_EQ(members.attempts, 100u);  // as many as there are people
  EXPECT_EQ(members.successes, 100u);
  EXPECT_LT(members.control_successes, 60u);
  const PairTried inferred = infer(host, tables, 0, {1, 2, 3}, 0.05, 1000, random);
  EXPECT_EQ(inferred.attempts, 100u);
  EXPECT_GT(inferred.successes, 80u);  // repeated rows may mislead
}

/// The mistakes of Anonymeter that must not come back: its error was relative to the signed guess,
/// so that guesses of -100 and -1 for 5000 and 77 counted.
TEST(AttackPair, NumbersAreGuessedWithinTheToleranceOfTheTruth) {
  Host host;
  const auto is_right = [&](std::vector<double> values, model::Code truth, model::Code guess) {
    Tables tables = numbers(std::move(values), {truth}, {guess}, {});
    SharedColumn known;
    known.name = "k";
    known.codes[0].push_back(0);
    known.codes[1].push_back(0);
    tables.columns.push_back(std::move(known));
    Random random = random_of(6);
    return infer(host, tables, 0, {1}, 0.05, 10, random).successes == 1;
  };
  EXPECT_FALSE(is_right({-100, 5000}, 1, 0));
  EXPECT_FALSE(is_right({-1, 77}, 1, 0));
  EXPECT_TRUE(is_right({0, 100, 105}, 1, 2));
  EXPECT_FALSE(is_right({0, 100, 105.1}, 1, 2));
  EXPECT_TRUE(is_right({-105, -100, 0}, 1, 0));
  EXPECT_FALSE(is_right({0, 1}, 0, 1));  // near 0 the floor counts: 0.0005 of the range
  EXPECT_TRUE(is_right({0, 0.4, 1000}, 0, 1));
  EXPECT_FALSE(is_right({0, 0.6, 1000}, 0, 1));
  EXPECT_FALSE(is_right({1, 2}, kMissing, 1));
  EXPECT_TRUE(is_right({1, 2}, kMissing, kMissing));
}

TEST(AttackPair, RepeatedRowsCountOnce) {
  Host host;
  const Tables tables = numbers({0, 1, 2}, {1, 1, 2, kMissing, kMissing, 1}, {0}, {});
  const auto rows = distinct_rows(host, tables, Part::original);
  EXPECT_EQ(std::vector<std::uint32_t>(rows.begin(), rows.end()),
            (std::vector<std::uint32_t>{0, 2, 3}));
}
