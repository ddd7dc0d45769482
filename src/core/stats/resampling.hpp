// Tests and intervals by drawing: Monte Carlo p values of tables, bootstrap intervals. All draws
// come from a generator that is handed in, so that a seed gives the same answer everywhere.
#pragma once

#include <cstdint>
#include <span>

#include "core/host.hpp"
#include "core/model/prf.hpp"
#include "core/stats/proportion.hpp"
#include "core/stats/table.hpp"

namespace pt::stats {

/// Exact p value of a goodness of fit: the chance, under the probabilities, of counts no likelier
/// than the observed ones (multinomial). All compositions are visited when there are at most
/// `most` of them; NaN otherwise, or when a count is no whole number. O(compositions).
[[nodiscard]] double multinomial_exact(std::span<const double> observed,
                                       std::span<const double> probabilities, double most,
                                       Host& host);

/// Monte Carlo p value of chi-square of goodness of fit: (draws with at least the observed
/// chi-square + 1) / (draws + 1). O(draws x observations).
[[nodiscard]] double goodness_of_fit_by_draws(std::span<const double> observed,
                                              std::span<const double> probabilities, int draws,
                                              const model::Prf& random, Host& host);

/// The same for the independence of a table, given its margins (Hope 1968): tables are drawn by
/// dealing the observations of the rows to the columns at random. O(draws x observations).
[[nodiscard]] double independence_by_draws(const Table& table, int draws, const model::Prf& random,
                                           Host& host);

enum class Statistic : std::uint8_t { mean, median };

struct Bootstrap {
  double estimate, se;
  Interval interval;
};
/// Bias-corrected and accelerated bootstrap interval (Efron 1987) of the mean or the median.
/// Weights are counts: every one of them is an observation. NaN where the values do not vary. Error
/// 54000 above 1,000,000,000 draws of observations. O(resamples x observations).
[[nodiscard]] Bootstrap bca(std::span<const double> values, Statistic statistic, int resamples,
                            double confidence, const model::Prf& random, Host& host);

/// Theil's index T of values with weights: sum of w_i x_i / (n m) ln(x_i / m), m the mean. With the
/// rates of groups and their people it is the between-group part. NaN for negative values or a mean
/// of zero; values of zero add nothing.
[[nodiscard]] double theil(std::span<const double> values, std::span<const double> weights);

}  // namespace pt::stats
