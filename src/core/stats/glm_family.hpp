// What the families of pt_glm are: likelihood, score and information of one row (McCullagh and
// Nelder, 1989), and the canonical or complementary log-log link.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/stats/glm.hpp"

namespace pt::stats {

/// What a row adds at a linear predictor: score and information with respect to it, deviance and
/// log-likelihood kernel, mean.
struct Contribution {
  double score, information, deviance, log_likelihood, mean;
};

/// y log(of), 0 where y is.
[[nodiscard]] inline double times_log(double y, double of) { return y > 0 ? y * std::log(of) : 0; }

/// Log-likelihood kernel of the model that knows a share: 0 for 0 and 1.
[[nodiscard]] inline double saturated(double y) {
  return y == 0 || y == 1 ? 0 : times_log(y, y) + times_log(1 - y, 1 - y);
}

/// O(1); in a header because it is the inner loop of every fit.
[[nodiscard]] inline Contribution contribution(Family family, double y, double eta) {
  switch (family) {
    case Family::linear: {
      double const r = y - eta;
      return {r, 1, r * r, 0, eta};
    }
    case Family::logistic: {
      // One exponential and one logarithm; exact in both tails.
      double const e = std::exp(-std::abs(eta)), log_sum = std::log1p(e), share = 1 / (1 + e);
      double const log_mean = eta > 0 ? -log_sum : eta - log_sum, log_rest = log_mean - eta;
      double const mean = eta > 0 ? share : e * share;
      double const kernel = y * log_mean + (1 - y) * log_rest;
      return {y - mean, e * share * share, 2 * (saturated(y) - kernel), kernel, mean};
    }
    case Family::poisson: {
      double const mean = std::exp(std::min(eta, 500.0));
      double const kernel = y * eta - mean;
      return {y - mean, mean, 2 * (times_log(y, y) - y - kernel), kernel, mean};
    }
    case Family::cloglog: {
      double const hazard = std::clamp(std::exp(std::min(eta, 500.0)), 1e-300, 700.0);
      double const mean = -std::expm1(-hazard);
      double const kernel = times_log(y, mean) - (1 - y) * hazard;
      return {(y - mean) * hazard / mean, hazard * hazard * std::exp(-hazard) / mean,
              2 * (saturated(y) - kernel), kernel, mean};
    }
  }
  throw internal_error("unknown family");
}

/// The linear predictor of a mean; infinite where no finite one has it.
[[nodiscard]] inline double link(Family family, double mean) {
  switch (family) {
    case Family::linear:
      return mean;
    case Family::logistic:
      return std::log(mean) - std::log1p(-mean);
    case Family::poisson:
      return std::log(mean);
    case Family::cloglog:
      return std::log(-std::log1p(-mean));
  }
  throw internal_error("unknown family");
}

}  // namespace pt::stats
