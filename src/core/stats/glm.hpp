// Generalized linear models by iteratively reweighted least squares. The rows are read once per
// iteration, in blocks; memory is that of a few matrices of coefficients x coefficients (and one
// row of scores a cluster), whatever the number of rows.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/host.hpp"
#include "core/stats/design.hpp"

namespace pt::stats {

enum class Family : std::uint8_t {
  linear,    ///< normal, identity link
  logistic,  ///< binomial, logit
  poisson,   ///< Poisson, log
  cloglog    ///< binomial, complementary log-log: the grouped proportional hazards model
};

enum class Penalty : std::uint8_t {
  automatic,  ///< maximum likelihood; Firth or ridge when the outcome is separated
  none,
  firth,  ///< logistic and poisson (Firth 1993; Heinze and Schemper 2002)
  ridge
};

enum class WeightKind : std::uint8_t {
  frequency,  ///< a row with weight 3 stands for three equal rows
  precision,  ///< the variance of a row is the dispersion / weight, as in R
  sampling    ///< as precision, for estimates of a population; standard errors are robust
};

/// One coefficient: a product of columns (as they are) and indicators of levels.
struct Coefficient {
  struct Factor {
    std::size_t column;  ///< place in the row, from kFirstColumn
    int level;           ///< -1: the value itself; else 1 where the column has this level
  };
  std::string name;           ///< "(intercept)", "age", "ethnicity=Asian", "age:gender=Male"
  std::string reference;      ///< level that an indicator is compared with; empty: none
  std::vector<Factor> parts;  ///< empty: the intercept
};

struct GlmModel {
  Family family = Family::linear;
  bool intercept = true;  ///< then it is coefficient 0
  std::vector<Coefficient> coefficients;
  std::uint32_t clusters = 0;  ///< cluster numbers are below this; 0: no clusters
  bool robust = false;
  WeightKind weight_kind = WeightKind::frequency;
  Penalty penalty = Penalty::automatic;
  double ridge = 1;  ///< added to the information of each standardized coefficient
  int max_iterations = 50;
  double mean_response = 0;  ///< weighted mean, to begin with
  bool has_offset = false;
  double log_likelihood_constant = 0;  ///< part of it that no coefficient changes
  double sum_log_weights = 0;          ///< of precision weights
};

struct GlmFit {
  struct Term {
    double estimate = 0, se = 0;  ///< NaN where the column is collinear
    std::string collinear_with;   ///< names; empty: not collinear
  };
  std::vector<Term> terms;
  std::string method;                   ///< "maximum likelihood", "Firth", "ridge"
  std::vector<std::string> separating;  ///< names of coefficients that ran away
  int iterations = 0;
  bool converged = false;
  double n = 0;     ///< observations: the sum of frequency weights, else rows
  double rows = 0;  ///< rows with a positive weight
  double df = 0;    ///< n - estimated coefficients
  double deviance = 0;
  double null_deviance = 0;  ///< NaN with an offset
  double dispersion = 1;     ///< linear: residual variance
  double log_likelihood = 0;
  double aic = 0;
  std::uint32_t clusters = 0;  ///< clusters with rows
  double distribution_df = 0;  ///< of t for tests and intervals; infinity: normal
};

/// Fits the model. `sample` are the rows to begin with (all of them or the first); `all` every row.
/// They may be the same object. Error 22000 without rows, 22023 for a penalty that the family does
/// not have. A fit that does not converge says so in `converged`.
[[nodiscard]] GlmFit fit_glm(const GlmModel& model, DesignRows& sample, DesignRows& all,
                             Host& host);

/// Whether a response fits the family.
[[nodiscard]] bool valid_response(Family family, double y);

}  // namespace pt::stats
