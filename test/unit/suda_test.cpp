#include "core/risk/suda.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "core/error.hpp"
#include "core/risk/suda_ranking.hpp"
#include "core/risk/suda_walk.hpp"
#include "oracles.hpp"

using namespace pt;
using namespace pt::risk;
using model::Code;

namespace {

using Columns = std::vector<std::vector<Code>>;

std::map<std::vector<Code>, unsigned> classes_of(const Columns& columns, unsigned mask) {
  std::map<std::vector<Code>, unsigned> out;
  for (std::size_t row = 0; row < columns[0].size(); ++row) {
    std::vector<Code> key;
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (mask >> c & 1) key.push_back(columns[c][row]);
    ++out[key];
  }
  return out;
}

struct Brute {
  std::vector<double> score, alternative, dis;
  std::vector<double> contribution;
};

/// By the definition: all subsets, all rows.
Brute brute_force(const Columns& columns, std::size_t max_size) {
  const std::size_t m = columns.size(), n = columns[0].size();
  Brute out{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n),
            std::vector<double>(m)};
  std::vector<std::vector<unsigned>> minimal(n);
  std::vector<unsigned> masks;
  for (unsigned mask = 1; mask < 1u << m; ++mask) masks.push_back(mask);
  std::stable_sort(masks.begin(), masks.end(),
                   [](unsigned a, unsigned b) { return std::popcount(a) < std::popcount(b); });
  double sum = 0;
  for (const unsigned mask : masks) {
    const auto size = static_cast<std::size_t>(std::popcount(mask));
    if (size > max_size) continue;
    const auto classes = classes_of(columns, mask);
    for (std::size_t row = 0; row < n; ++row) {
      std::vector<Code> key;
      for (std::size_t c = 0; c < m; ++c)
        if (mask >> c & 1) key.push_back(columns[c][row]);
      if (classes.at(key) != 1) continue;
      if (std::any_of(minimal[row].begin(), minimal[row].end(),
                      [mask](unsigned known) { return (known & mask) == known; }))
        continue;
      minimal[row].push_back(mask);
      const double weight = std::tgamma(double(m - size) + 1);
      out.score[row] += weight;
      out.alternative[row] += (std::pow(2, double(m - size)) - 1) * std::tgamma(double(size) + 1) *
                              weight / std::tgamma(double(m) + 1);
      sum += weight;
      for (std::size_t c = 0; c < m; ++c)
        if (mask >> c & 1) out.contribution[c] += weight;
    }
  }
  double u = 0, p = 0, a = 0;
  for (const auto& [key, people] : classes_of(columns, (1u << m) - 1)) {
    u += people == 1;
    p += people == 2 ? 2 : 0;
  }
  const double d = u * .01 / (u * .01 + p * .99), q = 1 + (8 - double(m)) / 20;
  for (const double s : out.score) a += s > 0 ? std::pow(s, -q) : 0;
  for (std::size_t row = 0; row < n; ++row)
    if (out.score[row] > 0)
      out.dis[row] = 1 / (1 + (u / d - u) / (std::pow(out.score[row], q) * a));
  if (sum > 0)
    for (double& c : out.contribution) c = 100 * c / sum;
  return out;
}

Columns draw(std::mt19937_64& random) {
  const std::size_t m = 1 + random() % 6, n = 1 + random() % 60;
  Columns columns(m);
  for (auto& column : columns) {
    const auto values = static_cast<Code>(1 + random() % 8);
    for (std::size_t row = 0; row < n; ++row)
      column.push_back(random() % 9 == 0 ? model::kMissing : static_cast<Code>(random() % values));
  }
  return columns;
}

void expect_equal(const Columns& columns, std::size_t max_size) {
  Host host;
  const auto tuples = test::tuples_of(host, columns);
  const SudaResult found = suda(host, tuples, {max_size, .01});
  const Brute brute = brute_force(columns, max_size);
  std::map<std::uint32_t, SpecialUnique> by_tuple;
  for (const SpecialUnique& record : found.records) by_tuple[record.tuple] = record;
  std::size_t special = 0;
  for (std::size_t row = 0; row < columns[0].size(); ++row) {
    const auto at = by_tuple.find(tuples.tuple_of_row[row]);
    const SpecialUnique record = at == by_tuple.end() ? SpecialUnique{} : at->second;
    EXPECT_DOUBLE_EQ(record.score, brute.score[row]);
    EXPECT_NEAR(record.alternative, brute.alternative[row], 1e-12);
    EXPECT_NEAR(record.dis, brute.dis[row], 1e-12);
    special += brute.score[row] > 0;
  }
  EXPECT_EQ(special, found.records.size());
  for (std::size_t c = 0; c < columns.size(); ++c)
    EXPECT_NEAR(found.contribution[c], brute.contribution[c], 1e-9);
}

}  // namespace

TEST(Suda, EqualsBruteForceOnRandomTables) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 150; ++i) {
    const Columns columns = draw(random);
    expect_equal(columns, columns.size());
    expect_equal(columns, 1 + random() % columns.size());
  }
}

TEST(Suda, OneRecord) {
  expect_equal({{0}, {0}}, 2);  // unique on each column, so two minimal ones
  expect_equal({{0, 0}, {1, 1}}, 2);
}

// Published examples (privacy-models.md, section 6): scores and contributions.
TEST(Suda, PublishedExamples) {
  struct Example {
    std::string file, expected;
    std::vector<std::string> keys;
    std::vector<double> scores, contributions;
    std::string score_column;
  };
  const std::vector<Example> examples{{"suda_guideline",
                                       "suda_guideline_expected",
                                       {"Residence", "Gender", "Education", "Labor"},
                                       {0, 0, 6, 0, 12, 0, 6, 10, 0, 0},
                                       {23.5294, 17.6471, 64.7059, 23.5294},
                                       "score"},
                                      {"suda_book",
                                       "suda_book_expected",
                                       {"age", "gender", "income", "education"},
                                       {0, 0, 0, 0, 4, 2, 6, 8},
                                       {40, 30, 0, 70},
                                       "score"},
                                      {"francdat",
                                       "francdat_expected",
                                       {"Key1", "Key2", "Key3", "Key4"},
                                       {0, 0, 0, 8, 6, 4, 8, 0},
                                       {53.8462, 23.0769, 0, 53.8462},
                                       "suda_score"}};
  for (const Example& example : examples) {
    const auto data = test::shared_file("oracles/sdcmicro/" + example.file + ".csv");
    const auto expected = test::shared_file("oracles/sdcmicro/" + example.expected + ".csv");
    if (!data || !expected) GTEST_SKIP() << "no oracles here (set PT_SHARED)";
    Host host;
    const auto table = test::read_text_table(*data);
    const auto known = test::read_text_table(*expected);
    const auto tuples = test::tuples_of(host, table, example.keys);
    const SudaResult found = suda(host, tuples);
    std::map<std::uint32_t, SpecialUnique> by_tuple;
    for (const SpecialUnique& record : found.records) by_tuple[record.tuple] = record;
    const std::string suffix = example.score_column == "score" ? "score_alt" : "suda_score_alt";
    for (std::size_t row = 0; row < example.scores.size(); ++row) {
      const auto at = by_tuple.find(tuples.tuple_of_row[row]);
      const SpecialUnique r = at == by_tuple.end() ? SpecialUnique{} : at->second;
      EXPECT_EQ(r.score, example.scores[row]) << example.file << " row " << row;
      EXPECT_EQ(r.score, std::stod(known.at(example.score_column)[row]));
      EXPECT_NEAR(r.alternative, std::stod(known.at(suffix)[row]), 1e-9);
      // the peer keeps one number in single precision
      EXPECT_NEAR(r.dis, std::stod(known.at("dis")[row]), 1e-6 * (1 + r.dis));
      EXPECT_NEAR(r.dis_alternative, std::stod(known.at("dis_alt")[row]), 1e-6);
    }
    for (std::size_t c = 0; c < 4; ++c)
      EXPECT_NEAR(found.contribution[c], example.contributions[c], 5e-5);
  }
}

TEST(Suda, OptionsAndLimits) {
  Host host;
  const auto tuples = test::tuples_of(host, Columns{{0, 1, 1}});
  EXPECT_THROW(static_cast<void>(suda(host, tuples, {0, .01})), Error);
  for (const double bad : {0.0, 1.0, -1.0, std::nan("")})
    EXPECT_THROW(static_cast<void>(suda(host, tuples, {1, bad})), Error);
  const auto wide = test::tuples_of(host, Columns(21, {0, 1}));
  EXPECT_THROW(static_cast<void>(suda(host, wide)), Error);
  group::TupleTable none(host.memory());
  none.attributes = 2;
  EXPECT_TRUE(suda(host, none).records.empty());
}

TEST(Ranking, EqualsCountingByDefinition) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 60; ++i) {
    const Columns columns = draw(random);
    Host host;
    const auto tuples = test::tuples_of(host, columns);
    const auto ranked = rank_subsets(host, tuples, columns.size());
    EXPECT_EQ(ranked.size(), (1u << columns.size()) - 1);
    std::set<std::vector<std::uint32_t>> seen;
    double previous = 2;
    const double n = double(columns[0].size());
    for (const SubsetFigures& f : ranked) {
      unsigned mask = 0;
      for (const std::uint32_t c : f.columns) mask |= 1u << c;
      EXPECT_TRUE(seen.insert(f.columns).second);
      const auto classes = classes_of(columns, mask);
      std::uint64_t uniques = 0;
      double together = 0;
      for (const auto& [key, people] : classes) {
        uniques += people == 1;
        together += double(people) * (people - 1);
      }
      EXPECT_EQ(f.classes, classes.size());
      EXPECT_EQ(f.uniques, uniques);
      EXPECT_DOUBLE_EQ(f.distinction, double(classes.size()) / n);
      EXPECT_NEAR(f.separation, n > 1 ? 1 - together / (n * (n - 1)) : 0, 1e-12);
      EXPECT_LE(f.distinction, previous);
      previous = f.distinction;
    }
    const auto steps = columns_to_give_up(host, tuples);
    ASSERT_EQ(steps.size(), columns.size() + 1);
    EXPECT_EQ(steps.back().left.classes, 1u);
    for (std::size_t s = 1; s < steps.size(); ++s)
      for (const SubsetFigures& f : ranked)  // no other column would have left fewer uniques
        if (f.columns.size() + s == columns.size() &&
            std::includes(steps[s - 1].left.columns.begin(), steps[s - 1].left.columns.end(),
                          f.columns.begin(), f.columns.end())) {
          EXPECT_LE(steps[s].left.uniques, f.uniques);
        }
  }
}

// privacy-models.md, section 11.
TEST(Ranking, Example) {
  const Columns columns{{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1},
                        {0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0},
                        {0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0}};
  Host host;
  const auto tuples = test::tuples_of(host, columns);
  std::map<std::vector<std::uint32_t>, SubsetFigures> by_columns;
  for (const SubsetFigures& f : rank_subsets(host, tuples, 3)) by_columns[f.columns] = f;
  EXPECT_NEAR(by_columns[{0}].distinction, .1667, 5e-5);
  EXPECT_NEAR(by_columns[{0}].separation, .5303, 5e-5);
  EXPECT_NEAR((by_columns[{0, 1}].distinction), .3333, 5e-5);
  EXPECT_NEAR((by_columns[{0, 1}].separation), .8030, 5e-5);
  EXPECT_NEAR((by_columns[{0, 1, 2}].distinction), .4167, 5e-5);
  EXPECT_NEAR((by_columns[{0, 1, 2}].separation), .8333, 5e-5);
  const SudaResult found = suda(host, tuples);
  ASSERT_EQ(found.records.size(), 1u);
  EXPECT_EQ(found.records[0].score, 1);
  EXPECT_EQ(found.contribution, (std::vector<double>{100, 0, 100}));
  EXPECT_THROW(static_cast<void>(rank_subsets(host, tuples, 0)), Error);
  EXPECT_EQ(count_subsets(60, 60), std::uint64_t{1} << 60);
  EXPECT_THROW(
      static_cast<void>(rank_subsets(host, test::tuples_of(host, Columns(40, {0, 1})), 10)), Error);
}
