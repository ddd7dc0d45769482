#include "core/stats/glm_design.hpp"

#include <algorithm>
#include <cmath>

namespace pt::stats {
namespace {

/// Centre and scale of the columns are those of the first so many rows.
constexpr double kStandardizedRows = 65536;

}  // namespace

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

StandardizedDesign::StandardizedDesign(const GlmModel& model, DesignRows& sample)
    : model_(model), p_(static_cast<Index>(model.coefficients.size())) {
  centre_ = VectorXd::Zero(p_);
  scale_ = VectorXd::Ones(p_);
  standardize(sample);
}

MatrixXd StandardizedDesign::back() const {
  MatrixXd t = MatrixXd(scale_.cwiseInverse().asDiagonal());
  if (model_.intercept)
    for (Index j = 1; j < p_; ++j) t(0, j) = -centre_[j] / scale_[j];
  return t;
}

void StandardizedDesign::expand(const DesignBlock& block, MatrixXd& z) const {
  auto const rows = static_cast<Index>(block.rows);
  z.resize(rows, p_);
  for (Index j = 0; j < p_; ++j) {
    const Coefficient& c = model_.coefficients[static_cast<std::size_t>(j)];
    double* const out = z.col(j).data();
    for (Index i = 0; i < rows; ++i) out[i] = 1;
    for (const Coefficient::Factor& part : c.parts) {
      const double* in = block.values + part.column;
      double const level = part.level;
      if (part.level < 0)
        for (Index i = 0; i < rows; ++i, in += block.stride) out[i] *= *in;
      else
        for (Index i = 0; i < rows; ++i, in += block.stride) out[i] = *in == level ? out[i] : 0;
    }
    double const m = centre_[j], s = 1 / scale_[j];
    if (m != 0 || s != 1)
      for (Index i = 0; i < rows; ++i) out[i] = (out[i] - m) * s;
  }
}

/// Any centre and scale gives the same model; these make the equations well conditioned.
void StandardizedDesign::standardize(DesignRows& sample) {
  VectorXd sum = VectorXd::Zero(p_), squares = VectorXd::Zero(p_), first;
  double n = 0;
  MatrixXd z;
  sample.scan([&](const DesignBlock& block) {
    if (n >= kStandardizedRows) return;
    expand(block, z);
    if (first.size() == 0) first = z.row(0);
    z.rowwise() -= first.transpose();  // so that sums of squares do not cancel
    sum += z.colwise().sum();
    squares += z.colwise().squaredNorm();
    n += static_cast<double>(block.rows);
  });
  if (n == 0) return;
  for (Index j = model_.intercept ? 1 : 0; j < p_; ++j) {
    double const mean = first[j] + sum[j] / n;
    double const variance = std::max(0.0, squares[j] / n - sum[j] * sum[j] / n / n);
    double const deviation = std::sqrt(variance);
    double const size = model_.intercept ? deviation : std::hypot(deviation, mean);
    if (model_.intercept) centre_[j] = mean;
    if (size > 1e-9 * std::abs(mean) && size > 0) scale_[j] = size;
  }
}

}  // namespace pt::stats
