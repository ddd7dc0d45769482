// Risk of one record whose class has `f` people in the sample and an unknown number in the
// population: expectations of 1/F under two models.
#pragma once

#include <cstdint>
#include <span>

#include "core/host.hpp"

namespace pt::risk {

/// E[1/F] for F = f + Poisson(v): integral of t^(f-1) e^(-v(1-t)) over 0..1 (Skinner & Holmes
/// 1998). f >= 1, v >= 0 finite. By recurrence in the direction that is stable: O(f) for f <= v,
/// else O(sqrt v).
double poisson_inverse(std::uint64_t f, double v);

/// Benedetti & Franconi 1998: E[1/F] for F - f negative binomial with p = f / weights, exactly:
/// (p^f / f) 2F1(f, f; f+1; 1-p). f >= 1; `weights` is the sum of the sampling weights in the
/// class; below f it counts as f (risk 1/f). O(1).
double individual_risk(std::uint64_t f, double weights);

/// The approximation p / (f - (1 - p)) for f > 2 that some tools use; exact for f <= 2. For
/// comparison only.
double individual_risk_approximate(std::uint64_t f, double weights);

/// Sums over the people of a sample under the Poisson model.
struct PoissonSums {
  double reidentifications = 0;  ///< sum over all records of E[1/F]
  double unique = 0;             ///< tau1: sample uniques expected to be unique in the population
  double matches = 0;            ///< tau2: expected correct matches on sample uniques
};

/// Adds up classes of `people` whose expected number of people in the *sample* is `mean` by a model
/// (independence or log-linear), at sampling fraction `fraction` in (0, 1]: population mean lambda
/// = mean / fraction, and v = lambda (1 - fraction). Classes without people count for nothing.
PoissonSums poisson_sums(Host& host, std::span<const std::uint32_t> people,
                         std::span<const double> mean, double fraction);

}  // namespace pt::risk
