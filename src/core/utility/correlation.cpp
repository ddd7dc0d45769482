#include "core/utility/correlation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "core/stats/mean.hpp"
#include "core/stats/ranks.hpp"
#include "core/stats/table.hpp"

namespace pt::utility {
namespace {

using Side = JointTable::Side;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Weight of each pair of values.
using Pairs = std::map<std::pair<std::uint32_t, std::uint32_t>, double>;

Pairs pairs(const JointTable& table, std::size_t a, std::size_t b, Side side, Host& host) {
  Pairs result;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (i % 65536 == 0) host.poll();
    std::uint32_t const x = table.code(i, a), y = table.code(i, b);
    double const w = table.weight(i, side);
    if (x != kMissing && y != kMissing && w > 0) result[{x, y}] += w;
  }
  return result;
}

double sum(const Pairs& pairs) {
  double n = 0;
  for (const auto& [at, w] : pairs) n += w;
  return n;
}

double pearson(const Pairs& pairs, const JointColumn& a, const JointColumn& b) {
  stats::CoMoments m;
  for (const auto& [at, w] : pairs) m.add(a.values[at.first], b.values[at.second], w);
  return m.correlation();
}

double spearman(const Pairs& pairs) {
  // Codes are in the order of the values, so they have the same ranks.
  std::vector<stats::WeightedPair> rows;
  for (const auto& [at, w] : pairs) rows.push_back({1.0 * at.first, 1.0 * at.second, w});
  return stats::spearman(rows);
}

/// `group` and `value` say which code of the pair is which.
double correlation_ratio(const Pairs& pairs, const JointColumn& numbers, bool number_first) {
  std::map<std::uint32_t, stats::Moments> groups;
  stats::Moments all;
  for (const auto& [at, w] : pairs) {
    double const x = numbers.values[number_first ? at.first : at.second];
    groups[number_first ? at.second : at.first].add(x, w);
    all.add(x, w);
  }
  if (groups.size() < 2 || !(all.m2 > 0)) return kNaN;
  double within = 0;
  for (const auto& [code, m] : groups) within += m.m2;
  return std::sqrt(std::max(0.0, 1 - within / all.m2));
}

double cramers_v(const Pairs& pairs, std::size_t rows, std::size_t columns) {
  stats::Table t{rows, columns, std::vector<double>(rows * columns)};
  for (const auto& [at, w] : pairs) t.counts[at.first * columns + at.second] += w;
  return stats::association(t).cramers_v;
}

}  // namespace

std::vector<Correlation> correlate(const JointTable& table, std::size_t a, std::size_t b,
                                   double tolerance, Host& host) {
  const JointColumn &x = table.columns()[a], &y = table.columns()[b];
  Pairs const source = pairs(table, a, b, Side::source, host),
              release = pairs(table, a, b, Side::release, host);
  std::vector<Correlation> result;
  auto const compare = [&](const char* measure, double in_source, double in_release) {
    Correlation c{a, b, measure, sum(source), sum(release), in_source, in_release, kNaN, {}, {}};
    c.preservation = 1 - std::abs(in_release - in_source);
    if (std::isnan(in_source)) {
      c.why = "one of the columns has one value only in the source";
    } else if (std::isnan(in_release)) {
      c.preserved = false;
      c.why = "one of the columns has one value only in the release";
    } else {
      c.preserved = std::abs(in_release - in_source) <= tolerance + 1e-12;
      if (!*c.preserved) c.why = "the correlation differs";
    }
    result.push_back(std::move(c));
  };
  if (x.number && y.number) {
    compare("pearson", pearson(source, x, y), pearson(release, x, y));
    compare("spearman", spearman(source), spearman(release));
  } else if (x.number || y.number) {
    const JointColumn& numbers = x.number ? x : y;
    compare("correlation ratio", correlation_ratio(source, numbers, x.number),
            correlation_ratio(release, numbers, x.number));
  } else {
    compare("Cramer V", cramers_v(source, x.size(), y.size()),
            cramers_v(release, x.size(), y.size()));
  }
  return result;
}

Nearness nearness(const JointTable& table, std::size_t column) {
  const JointColumn& c = table.columns()[column];
  // The last place is that of missing values.
  std::vector<double> source(c.size() + 1), release(c.size() + 1);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    std::uint32_t const code = table.code(i, column);
    std::size_t const at = code == kMissing ? c.size() : code;
    source[at] += table.weight(i, Side::source);
    release[at] += table.weight(i, Side::release);
  }
  if (c.number) {
    source.pop_back();
    release.pop_back();
  }
  Nearness n;
  n.measure = c.number ? "Kolmogorov-Smirnov" : "total variation";
  for (double const w : source) n.source_n += w;
  for (double const w : release) n.release_n += w;
  n.complement = c.number ? stats::kolmogorov_smirnov_complement(source, release)
                          : stats::total_variation_complement(source, release);
  return n;
}

}  // namespace pt::utility
