// The rows of a model as a matrix of standardized columns.
#pragma once

#include <Eigen/Dense>

#include "core/stats/glm.hpp"

namespace pt::stats {

/// Expands blocks of rows into standardized columns and leads coefficients of these back to the
/// columns as they are.
class StandardizedDesign {
 public:
  /// Reads the first rows of `sample` for centres and scales; `model` must live as long as this.
  StandardizedDesign(const GlmModel& model, DesignRows& sample);

  [[nodiscard]] Eigen::Index columns() const { return p_; }

  /// From coefficients of standardized columns to those of the columns as they are:
  /// columns x columns.
  [[nodiscard]] Eigen::MatrixXd back() const;

  /// `z` becomes the block's rows of the matrix. O(rows x columns).
  void expand(const DesignBlock& block, Eigen::MatrixXd& z) const;

 private:
  void standardize(DesignRows& sample);

  const GlmModel& model_;
  Eigen::Index p_;
  Eigen::VectorXd centre_, scale_;
};

}  // namespace pt::stats
