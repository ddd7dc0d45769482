// Identity and attribute disclosure against definitions written out, and against published numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/risk/disclosure.hpp"
#include "core/risk/identity.hpp"

namespace {

using pt::Host;
using pt::risk::Cell;
using pt::risk::ClassHistogram;
using pt::risk::DisclosureFigures;

using Table = std::vector<std::vector<std::uint64_t>>;  // counts by class and value

ClassHistogram histogram_of(const Table& table, Host& host) {
  ClassHistogram out(host.memory());
  std::vector<Cell> cells;
  for (std::uint32_t c = 0; c < table.size(); ++c) {
    std::uint64_t size = 0;
    for (std::size_t s = 0; s < table[c].size(); ++s) {
      size += table[c][s];
      if (table[c][s] > 0) cells.push_back({c, static_cast<std::int64_t>(s) - 3, table[c][s]});
    }
    out.size.push_back(size);
  }
  std::reverse(cells.begin(), cells.end());
  set_counts(cells, out, host);
  return out;
}

/// The table of twelve people in doc/privacy-measures.md.
const Table kTwelve = {{2, 1, 1}, {1, 2, 0}, {1, 0, 1}, {0, 2, 0}, {0, 0, 1}};

/// The definitions, value by value.
DisclosureFigures by_definition(const Table& table, std::size_t l) {
  const std::size_t m = table[0].size();
  std::vector<double> p(m, 0);
  double n = 0;
  for (const auto& row : table)
    for (std::size_t s = 0; s < m; ++s)
      p[s] += static_cast<double>(row[s]), n += static_cast<double>(row[s]);
  for (double& x : p) x /= n;
  DisclosureFigures out;
  out.distinct_l = m;
  out.entropy_l = 1e300;
  out.recursive_c = 0;
  out.enhanced_beta = 0;
  for (const auto& row : table) {
    double f = 0, H = 0, equal = 0, ordered = 0, cumulative = 0;
    std::uint64_t distinct = 0;
    for (const auto count : row) f += static_cast<double>(count);
    std::vector<double> r;
    for (std::size_t s = 0; s < m; ++s) {
      const double q = static_cast<double>(row[s]) / f;
      equal += std::fabs(q - p[s]) / 2;
      cumulative += q - p[s];
      if (s + 1 < m) ordered += std::fabs(cumulative) / static_cast<double>(m - 1);
      if (row[s] == 0) {
        out.some_value_absent = true;
        continue;
      }
      ++distinct;
      r.push_back(static_cast<double>(row[s]));
      H -= q * std::log(q);
      out.alpha = std::max(out.alpha, q);
      out.delta = std::max(out.delta, std::fabs(std::log(q / p[s])));
      out.beta = std::max(out.beta, (q - p[s]) / p[s]);
      if ((q - p[s]) / p[s] > -std::log(p[s]) + 1e-12) out.enhanced_beta.reset();
    }
    out.distinct_l = std::min(out.distinct_l, distinct);
    out.entropy_l = std::min(out.entropy_l, std::exp(H));
    out.t_equal = std::max(out.t_equal, equal);
    out.t_ordered = std::max(out.t_ordered, ordered);
    std::sort(r.rbegin(), r.rend());
    if (r.size() < l) {
      out.recursive_c.reset();
    } else if (out.recursive_c) {
      double rest = 0;
      for (std::size_t i = l - 1; i < r.size(); ++i) rest += r[i];
      out.recursive_c = std::max(*out.recursive_c, r[0] / rest);
    }
  }
  if (out.enhanced_beta) out.enhanced_beta = out.beta;
  return out;
}

void expect_same(const DisclosureFigures& a, const DisclosureFigures& b, const std::string& what) {
  EXPECT_EQ(a.distinct_l, b.distinct_l) << what;
  EXPECT_NEAR(a.entropy_l, b.entropy_l, 1e-9) << what;
  EXPECT_EQ(a.recursive_c.has_value(), b.recursive_c.has_value()) << what;
  EXPECT_NEAR(a.recursive_c.value_or(0), b.recursive_c.value_or(0), 1e-9) << what;
  EXPECT_NEAR(a.alpha, b.alpha, 1e-12) << what;
  EXPECT_NEAR(a.t_equal, b.t_equal, 1e-12) << what;
  EXPECT_NEAR(a.t_ordered, b.t_ordered, 1e-12) << what;
  EXPECT_NEAR(a.delta, b.delta, 1e-12) << what;
  EXPECT_EQ(a.some_value_absent, b.some_value_absent) << what;
  EXPECT_NEAR(a.beta, b.beta, 1e-9) << what;
  EXPECT_EQ(a.enhanced_beta.has_value(), b.enhanced_beta.has_value()) << what;
}

TEST(PrivacyModels, TwelvePeople) {
  Host host;
  const ClassHistogram histogram = histogram_of(kTwelve, host);
  const auto sizes = pt::risk::size_distribution(histogram.size);
  const auto f = pt::risk::identity_figures(sizes);
  EXPECT_EQ(f.people, 12U);
  EXPECT_EQ(f.classes, 5U);
  EXPECT_EQ(f.k, 1U);
  EXPECT_EQ(f.uniques, 1U);
  EXPECT_EQ(f.pairs, 2U);
  EXPECT_NEAR(f.average_risk, 0.4166666667, 1e-10);
  EXPECT_NEAR(f.class_average, 0.5166666667, 1e-10);
  EXPECT_EQ(f.discernibility, 34);
  EXPECT_NEAR(f.normalized_average_size, 2.4, 1e-12);
  const std::vector<double> weights = {40, 60, 10, 5, 9};
  const auto p = pt::risk::population_figures(histogram.size, weights);
  EXPECT_NEAR(p.maximum_risk, 0.2, 1e-12);
  EXPECT_NEAR(static_cast<double>(f.classes) / p.population, 0.0403225806, 1e-10);
  EXPECT_NEAR(p.marketer_risk, 0.0717592593, 1e-10);
  EXPECT_NEAR(p.average_risk, 0.0717592593, 1e-10);
  const auto d = pt::risk::disclosure_figures(histogram, 2, host);
  EXPECT_EQ(d.alpha, 1);
  EXPECT_EQ(d.distinct_l, 1U);
  EXPECT_EQ(d.entropy_l, 1);
  EXPECT_FALSE(d.recursive_c);
  EXPECT_NEAR(d.t_equal, 0.75, 1e-12);
  EXPECT_NEAR(d.t_ordered, 0.5416666667, 1e-10);
  EXPECT_NEAR(d.delta, 1.3862943611, 1e-10);
  EXPECT_TRUE(d.some_value_absent);
  EXPECT_NEAR(d.beta, 3.0, 1e-12);
  EXPECT_FALSE(d.enhanced_beta);
}

// Each class of the twelve as the worst of a table with the same global shares.
TEST(PrivacyModels, TwelvePeopleByClass) {
  Host host;
  const std::vector<std::vector<std::uint32_t>> tree = {{0, 0, 1}};
  const double equal[] = {0.1666666667, 0.25, 0.4166666667, 0.5833333333, 0.75};
  const double ordered[] = {0.0833333333, 0.125, 0.2083333333, 0.2916666667, 0.5416666667};
  const double hierarchical[] = {0.0833333333, 0.25, 0.3333333333, 0.4166666667, 0.75};
  const double delta[] = {0.5108256238, 0.4700036292, 0.6931471806, 0.8754687374, 1.3862943611};
  const double beta[] = {0.5, 0.6, 1.0, 1.4, 3.0};
  const double entropy[] = {1.0397207708, 0.6365141683, 0.6931471806, 0, 0};
  for (std::size_t c = 0; c < kTwelve.size(); ++c) {
    // The rest of the twelve is one class, which is closer to the whole than the class alone.
    Table table = {kTwelve[c], {0, 0, 0}};
    for (std::size_t other = 0; other < kTwelve.size(); ++other)
      for (std::size_t s = 0; other != c && s < 3; ++s) table[1][s] += kTwelve[other][s];
    const ClassHistogram histogram = histogram_of(table, host);
    const auto d = pt::risk::disclosure_figures(histogram, 2, host);
    EXPECT_NEAR(d.t_equal, equal[c], 1e-10);
    EXPECT_NEAR(d.t_ordered, ordered[c], 1e-10);
    EXPECT_NEAR(pt::risk::hierarchical_t_closeness(histogram, tree, host), hierarchical[c], 1e-10);
    EXPECT_NEAR(d.delta, delta[c], 1e-10);
    EXPECT_NEAR(d.beta, beta[c], 1e-10);
    EXPECT_NEAR(std::log(d.entropy_l), entropy[c], 1e-9);
  }
}

TEST(PrivacyModels, RandomTablesByDefinition) {
  Host host;
  std::mt19937_64 random(11);
  for (int round = 0; round < 300; ++round) {
    const std::size_t m = 1 + random() % (round % 10 == 0 ? 60 : 6);
    Table table(1 + random() % 20, std::vector<std::uint64_t>(m, 0));
    for (auto& row : table) {
      for (auto& count : row) count = random() % 3 == 0 ? 0 : random() % 9;
      row[random() % m] += 1;
    }
    // Values that nobody has are no values.
    for (std::size_t s = m; s-- > 0;) {
      if (std::any_of(table.begin(), table.end(), [s](const auto& row) { return row[s] > 0; }))
        continue;
      for (auto& row : table) row.erase(row.begin() + static_cast<std::ptrdiff_t>(s));
    }
    const unsigned l = 1 + static_cast<unsigned>(random() % 4);
    expect_same(pt::risk::disclosure_figures(histogram_of(table, host), l, host),
                by_definition(table, l), "round " + std::to_string(round));
  }
}

/// The same distance written down for every node of the tree.
double tree_distance(const std::vector<double>& extra,
                     const std::vector<std::vector<std::uint32_t>>& levels) {
  std::vector<double> below = extra;
  std::vector<std::uint32_t> leaf(extra.size());
  for (std::uint32_t i = 0; i < leaf.size(); ++i) leaf[i] = i;
  double cost = 0;
  for (std::size_t h = 0; h < levels.size(); ++h) {
    const std::size_t nodes =
        *std::max_element(levels[h].begin(), levels[h].end()) + std::size_t{1};
    std::vector<double> sum(nodes, 0), positive(nodes, 0), negative(nodes, 0);
    std::vector<std::uint32_t> first(nodes, 0);
    for (std::size_t i = 0; i < below.size(); ++i) {
      const auto node = levels[h][leaf[i]];
      sum[node] += below[i];
      (below[i] > 0 ? positive : negative)[node] += std::fabs(below[i]);
      first[node] = leaf[i];
    }
    for (std::size_t node = 0; node < nodes; ++node)
      cost += static_cast<double>(h + 1) / static_cast<double>(levels.size()) *
              std::min(positive[node], negative[node]);
    below = sum;
    leaf = first;
  }
  return cost;
}

TEST(PrivacyModels, HierarchicalDistanceByDefinition) {
  Host host;
  std::mt19937_64 random(12);
  for (int round = 0; round < 200; ++round) {
    const std::size_t m = 2 + random() % 8;
    std::vector<std::vector<std::uint32_t>> levels(1, std::vector<std::uint32_t>(m));
    for (std::size_t s = 0; s < m; ++s) levels[0][s] = static_cast<std::uint32_t>(s / 2);
    levels.push_back(levels[0]);
    for (auto& node : levels[1]) node /= 2;
    levels.push_back(std::vector<std::uint32_t>(m, 0));  // the root
    Table table(1 + random() % 6, std::vector<std::uint64_t>(m, 0));
    for (auto& row : table)
      for (auto& count : row) count = random() % 5;
    for (std::size_t s = 0; s < m; ++s) ++table[0][s];
    for (auto& row : table) ++row[0];
    std::vector<double> p(m, 0);
    double n = 0;
    for (const auto& row : table)
      for (std::size_t s = 0; s < m; ++s)
        p[s] += static_cast<double>(row[s]), n += static_cast<double>(row[s]);
    double expected = 0;
    for (const auto& row : table) {
      double f = 0;
      for (const auto count : row) f += static_cast<double>(count);
      std::vector<double> extra(m);
      for (std::size_t s = 0; s < m; ++s) extra[s] = p[s] / n - static_cast<double>(row[s]) / f;
      expected = std::max(expected, tree_distance(extra, levels));
    }
    const auto histogram = histogram_of(table, host);
    EXPECT_NEAR(pt::risk::hierarchical_t_closeness(histogram, levels, host), expected, 1e-12);
    levels.pop_back();  // implied
    EXPECT_NEAR(pt::risk::hierarchical_t_closeness(histogram, levels, host),
                *std::max_element(levels[1].begin(), levels[1].end()) == 0 ? -1 : expected,
                *std::max_element(levels[1].begin(), levels[1].end()) == 0 ? 2 : 1e-12);
  }
  const auto histogram = histogram_of(kTwelve, host);
  const std::vector<std::vector<std::uint32_t>> crossing = {{0, 0, 1}, {0, 1, 1}};
  EXPECT_THROW((void)pt::risk::hierarchical_t_closeness(histogram, crossing, host), pt::Error);
}

TEST(PrivacyModels, SizesAndBuckets) {
  const std::vector<std::uint64_t> sizes = {1, 5000, 1, 2, 9, 10, 5000, 4095, 4096};
  const auto distribution = pt::risk::size_distribution(sizes);
  ASSERT_EQ(distribution.size(), 7U);
  EXPECT_EQ(distribution.front().classes, 2U);
  EXPECT_EQ(distribution.back().size, 5000U);
  EXPECT_EQ(distribution.back().classes, 2U);
  std::uint64_t classes = 0, people = 0;
  for (const auto& bucket : pt::risk::risk_distribution(distribution)) {
    classes += bucket.classes;
    people += bucket.people;
  }
  EXPECT_EQ(classes, sizes.size());
  EXPECT_EQ(people, 1 + 5000 + 1 + 2 + 9 + 10 + 5000 + 4095 + 4096U);
  EXPECT_NEAR(*pt::risk::share_above(distribution, 0.5), 2.0 / static_cast<double>(people), 1e-15);
  EXPECT_FALSE(pt::risk::share_above({}, 0.5));
  EXPECT_EQ(pt::risk::identity_figures({}).classes, 0U);
}

}  // namespace
