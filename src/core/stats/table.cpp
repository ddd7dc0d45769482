#include "core/stats/table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/stats/distributions.hpp"

namespace pt::stats {
namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
}

Association association(const Table& table) {
  Association a{kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, 0};
  std::vector<double> row(table.rows), column(table.columns);
  for (std::size_t i = 0; i < table.rows; ++i)
    for (std::size_t j = 0; j < table.columns; ++j) {
      double const n = table.counts[i * table.columns + j];
      row[i] += n;
      column[j] += n;
      a.n += n;
    }
  auto positive = [](double x) { return x > 0; };
  auto const r = static_cast<double>(std::count_if(row.begin(), row.end(), positive));
  auto const c = static_cast<double>(std::count_if(column.begin(), column.end(), positive));
  if (r < 2 || c < 2) return a;
  double x2 = 0, smallest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < table.rows; ++i)
    for (std::size_t j = 0; j < table.columns; ++j) {
      double const expected = row[i] * column[j] / a.n;
      if (!(expected > 0)) continue;
      double const difference = table.counts[i * table.columns + j] - expected;
      x2 += difference * difference / expected;
      smallest = std::min(smallest, expected);
    }
  a.chi_square = x2;
  a.df = (r - 1) * (c - 1);
  a.p_value = chi_square_sf(x2, a.df);
  a.smallest_expected = smallest;
  a.cramers_v = std::sqrt(x2 / (a.n * (std::min(r, c) - 1)));
  double const phi2 = std::max(0.0, x2 / a.n - a.df / (a.n - 1));
  double const r2 = r - (r - 1) * (r - 1) / (a.n - 1), c2 = c - (c - 1) * (c - 1) / (a.n - 1);
  double const least = std::min(r2, c2) - 1;
  a.cramers_v_corrected = least > 0 ? std::sqrt(phi2 / least) : kNaN;
  return a;
}

GoodnessOfFit goodness_of_fit(std::span<const double> observed,
                              std::span<const double> probabilities) {
  double const n = std::accumulate(observed.begin(), observed.end(), 0.0);
  double const total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  if (!(n > 0) || !(total > 0) || observed.size() < 2) return {kNaN, kNaN, kNaN, kNaN};
  double x2 = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    double const expected = n * probabilities[i] / total;
    x2 += (observed[i] - expected) * (observed[i] - expected) / expected;
  }
  double const df = static_cast<double>(observed.size()) - 1;
  return {x2, df, chi_square_sf(x2, df), std::sqrt(x2 / n)};
}

double total_variation_complement(std::span<const double> a, std::span<const double> b) {
  double const na = std::accumulate(a.begin(), a.end(), 0.0);
  double const nb = std::accumulate(b.begin(), b.end(), 0.0);
  if (!(na > 0) || !(nb > 0)) return kNaN;
  double distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) distance += std::abs(a[i] / na - b[i] / nb);
  return 1 - distance / 2;
}

double kolmogorov_smirnov_complement(std::span<const double> a, std::span<const double> b) {
  double const na = std::accumulate(a.begin(), a.end(), 0.0);
  double const nb = std::accumulate(b.begin(), b.end(), 0.0);
  if (!(na > 0) || !(nb > 0)) return kNaN;
  double fa = 0, fb = 0, largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    fa += a[i] / na;
    fb += b[i] / nb;
    largest = std::max(largest, std::abs(fa - fb));
  }
  return 1 - largest;
}

}  // namespace pt::stats
