// Whether a model can tell rows of the release from rows of the source: propensity score mean
// squared error (Snoke et al. 2018).
#pragma once

#include <cstdint>

#include "core/model/prf.hpp"
#include "core/utility/joint.hpp"

namespace pt::utility {

/// pMSE = mean of (p - c)^2, p the fitted chance that a row is of the release, c the share of the
/// release among all rows. NaN where it does not exist.
struct Propensity {
  double source_n = 0, release_n = 0;
  std::size_t coefficients = 0;  ///< of the model, the intercept included
  double pmse = 0;
  double null_mean = 0, null_sd = 0;  ///< over random labels
  double ratio = 0;                   ///< pmse / null_mean; 1: nothing to tell them by
  double standardized = 0;            ///< (pmse - null_mean) / null_sd
  double p_value = 0;  ///< share of random labels with at least this pmse (+ 1 / + 1)
};

/// Fits the main effects of all columns (a missing number is a row left out, a missing text a value
/// of its own) by logistic regression with a ridge of 1, then again for `permutations` random
/// assignments of the same numbers of labels. Weights are rounded to counts. O((permutations + 1) x
/// iterations x combinations x coefficients^2 + permutations x rows). Error 54000 above 500
/// coefficients.
[[nodiscard]] Propensity propensity(const JointTable& table, int permutations,
                                    const model::Prf& randomness, Host& host);

}  // namespace pt::utility
