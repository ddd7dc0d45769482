#include "core/stats/resampling.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/mean.hpp"

namespace pt::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMostDraws = 1e9;

/// Numbers from 0 to below 1 in a fixed sequence.
class Uniform {
 public:
  Uniform(const model::Prf& random, Host& host) : random_(random), host_(host) {}
  double next() {
    if (counter_ % 65536 == 0) host_.poll();
    return static_cast<double>(random_.at(counter_++) >> 11) * 0x1p-53;
  }
  std::size_t below(std::size_t n) {
    return std::min(n - 1, static_cast<std::size_t>(next() * static_cast<double>(n)));
  }

 private:
  const model::Prf& random_;
  Host& host_;
  std::uint64_t counter_ = 0;
};

void require_draws(double draws) {
  if (draws > kMostDraws)
    throw program_limit("the test needs more than 1,000,000,000 draws", {},
                        "Ask for fewer, or use the test without draws: with so many observations "
                        "it is accurate.");
}

double sum(std::span<const double> x) { return std::accumulate(x.begin(), x.end(), 0.0); }

bool whole(std::span<const double> counts) {
  return std::all_of(counts.begin(), counts.end(),
                     [](double n) { return n >= 0 && n == std::floor(n); });
}

double chi_square(std::span<const double> observed, std::span<const double> expected) {
  double x = 0;
  for (std::size_t i = 0; i < observed.size(); ++i)
    if (expected[i] > 0)
      x += (observed[i] - expected[i]) * (observed[i] - expected[i]) / expected[i];
  return x;
}

std::vector<double> scaled(std::span<const double> probabilities, double total) {
  std::vector<double> result(probabilities.begin(), probabilities.end());
  double const all = sum(probabilities);
  for (double& p : result) p *= total / all;
  return result;
}

}  // namespace

double multinomial_exact(std::span<const double> observed, std::span<const double> probabilities,
                         double most, Host& host) {
  double const n = sum(observed);
  std::size_t const k = observed.size();
  if (!whole(observed) || k < 2 ||
      std::exp(log_choose(n + static_cast<double>(k) - 1, static_cast<double>(k) - 1)) > most)
    return kNaN;
  std::vector<double> const p = scaled(probabilities, 1);
  auto const part = [&](std::size_t i, double count) {
    if (count == 0) return 0.0;
    return p[i] > 0 ? count * std::log(p[i]) - log_gamma(count + 1)
                    : -std::numeric_limits<double>::infinity();
  };
  double const constant = log_gamma(n + 1);
  double at_observed = constant;
  for (std::size_t i = 0; i < k; ++i) at_observed += part(i, observed[i]);
  double total = 0;
  std::uint64_t visited = 0;
  std::function<void(std::size_t, double, double)> const visit = [&](std::size_t i, double left,
                                                                     double log_p) {
    if (i + 1 == k) {
      if (++visited % 65536 == 0) host.poll();
      double const here = log_p + part(i, left);
      // As in R's fisher.test: as likely within rounding counts as no likelier.
      if (here <= at_observed + 1e-7) total += std::exp(here);
      return;
    }
    for (double count = 0; count <= left; ++count)
      visit(i + 1, left - count, log_p + part(i, count));
  };
  visit(0, n, constant);
  return std::min(1.0, total);
}

double goodness_of_fit_by_draws(std::span<const double> observed,
                                std::span<const double> probabilities, int draws,
                                const model::Prf& random, Host& host) {
  double const n = std::round(sum(observed));
  require_draws(n * draws);
  std::vector<double> const expected = scaled(probabilities, n);
  double const at_observed = chi_square(observed, expected);
  std::vector<double> cumulative(expected.size());
  std::partial_sum(expected.begin(), expected.end(), cumulative.begin());
  Uniform uniform(random, host);
  int as_large = 0;
  for (int d = 0; d < draws; ++d) {
    std::vector<double> drawn(observed.size());
    for (double i = 0; i < n; ++i) {
      auto const at = std::upper_bound(cumulative.begin(), cumulative.end(), uniform.next() * n);
      ++drawn[std::min(drawn.size() - 1, static_cast<std::size_t>(at - cumulative.begin()))];
    }
    if (chi_square(drawn, expected) >= at_observed * (1 - 1e-10)) ++as_large;
  }
  return (as_large + 1.0) / (draws + 1.0);
}

double independence_by_draws(const Table& table, int draws, const model::Prf& random, Host& host) {
  std::vector<double> row(table.rows), column(table.columns);
  std::vector<std::size_t> labels;
  require_draws(sum(table.counts) * draws);
  for (std::size_t r = 0; r < table.rows; ++r)
    for (std::size_t c = 0; c < table.columns; ++c) {
      double const n = std::round(table.counts[r * table.columns + c]);
      row[r] += n;
      column[c] += n;
      labels.insert(labels.end(), static_cast<std::size_t>(n), c);
    }
  double const n = sum(row);
  std::vector<double> expected;
  for (double const r : row)
    for (double const c : column) expected.push_back(n > 0 ? r * c / n : 0);
  double const at_observed = chi_square(table.counts, expected);
  Uniform uniform(random, host);
  int as_large = 0;
  for (int d = 0; d < draws; ++d) {
    std::vector<double> drawn(table.counts.size());
    std::size_t left = labels.size();
    for (std::size_t r = 0; r < table.rows; ++r)
      for (double i = 0; i < row[r]; ++i, --left) {
        std::swap(labels[left - 1], labels[uniform.below(left)]);
        ++drawn[r * table.columns + labels[left - 1]];
      }
    if (chi_square(drawn, expected) >= at_observed * (1 - 1e-10)) ++as_large;
  }
  return (as_large + 1.0) / (draws + 1.0);
}

namespace {

double median(std::vector<double>& x) {
  auto const middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  std::nth_element(x.begin(), middle, x.end());
  double const upper = *middle;
  if (x.size() % 2 == 1) return upper;
  return (*std::max_element(x.begin(), middle) + upper) / 2;
}

double statistic_of(std::vector<double>& x, Statistic statistic) {
  return statistic == Statistic::median ? median(x) : sum(x) / static_cast<double>(x.size());
}

/// Acceleration from the jackknife. Values in any order; equal values give equal replicates.
double acceleration(std::span<const double> values, Statistic statistic, Host& host) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::size_t const n = sorted.size();
  std::vector<double> replicate(n);
  double const total = sum(values);
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 65536 == 0) host.poll();
    if (statistic == Statistic::mean) {
      replicate[i] = (total - sorted[i]) / static_cast<double>(n - 1);
    } else {
      // The median of the n - 1 values without the i-th.
      auto const at = [&](std::size_t k) { return sorted[k < i ? k : k + 1]; };
      std::size_t const m = n - 1;
      replicate[i] = m % 2 == 1 ? at(m / 2) : (at(m / 2 - 1) + at(m / 2)) / 2;
    }
  }
  double const mean = sum(replicate) / static_cast<double>(n);
  double cubes = 0, squares = 0;
  for (double const r : replicate) {
    cubes += std::pow(mean - r, 3);
    squares += (mean - r) * (mean - r);
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

}  // namespace

Bootstrap bca(std::span<const double> values, Statistic statistic, int resamples, double confidence,
              const model::Prf& random, Host& host) {
  std::size_t const n = values.size();
  Bootstrap result{kNaN, kNaN, {kNaN, kNaN}};
  if (n == 0) return result;
  require_draws(static_cast<double>(n) * resamples);
  // Sorted, so that the order the values came in does not matter.
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> sample = sorted;
  result.estimate = statistic_of(sample, statistic);
  if (n < 2 || sorted.front() == sorted.back()) return result;
  Uniform uniform(random, host);
  std::vector<double> replicates;
  Moments moments;
  double below = 0;
  for (int r = 0; r < resamples; ++r) {
    for (double& x : sample) x = sorted[uniform.below(n)];
    double const t = statistic_of(sample, statistic);
    replicates.push_back(t);
    moments.add(t);
    // Ties count half, as medians of few values need it.
    below += t < result.estimate ? 1 : t == result.estimate ? .5 : 0;
  }
  result.se = std::sqrt(moments.variance());
  std::sort(replicates.begin(), replicates.end());
  double const b = resamples;
  double const share = std::clamp(below / b, .5 / b, 1 - .5 / b);
  double const z0 = normal_quantile(share), a = acceleration(sorted, statistic, host);
  auto const end = [&](double z) {
    double const adjusted = normal_cdf(z0 + (z0 + z) / (1 - a * (z0 + z)));
    auto const at = static_cast<std::size_t>(std::clamp(adjusted * (b + 1) - 1, 0.0, b - 1));
    return replicates[at];
  };
  double const z = two_sided_z(confidence);
  result.interval = {end(-z), end(z)};
  return result;
}

double theil(std::span<const double> values, std::span<const double> weights) {
  double n = 0, total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0) || !(weights[i] >= 0)) return kNaN;
    n += weights[i];
    total += weights[i] * values[i];
  }
  if (!(total > 0)) return kNaN;
  double const mean = total / n;
  double t = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] > 0 && weights[i] > 0)
      t += weights[i] / n * values[i] / mean * std::log(values[i] / mean);
  return std::max(0.0, t);
}

}  // namespace pt::stats
