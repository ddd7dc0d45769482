#include "core/stats/survival.hpp"

#include <cmath>
#include <Eigen/Dense>
#include <limits>

#include "core/stats/distributions.hpp"

namespace pt::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double exposed(const LifeRow& row, bool actuarial) {
  return row.at_risk - (actuarial ? row.censored / 2 : 0);
}

}  // namespace

std::vector<SurvivalRow> life_table(std::span<const LifeRow> rows, bool actuarial, double z) {
  std::vector<SurvivalRow> result;
  double survival = 1, sum = 0;
  for (const LifeRow& row : rows) {
    double const n = exposed(row, actuarial);
    double const hazard = n > 0 ? row.events / n : kNaN;
    if (row.events > 0) {
      survival *= 1 - hazard;
      sum += row.events / (n * (n - row.events));
    }
    SurvivalRow out{n, hazard, survival, survival * std::sqrt(sum), survival, survival};
    if (survival > 0 && survival < 1) {
      double const half = z * std::sqrt(sum) / std::abs(std::log(survival));
      out.low = std::pow(survival, std::exp(half));
      out.high = std::pow(survival, std::exp(-half));
    } else if (survival <= 0) {
      out.se = out.low = out.high = kNaN;
    }
    result.push_back(out);
  }
  return result;
}

LogRank log_rank(std::span<const std::vector<LifeRow>> groups, bool actuarial) {
  auto const count = static_cast<Eigen::Index>(groups.size());
  LogRank result{kNaN, kNaN, kNaN, std::vector<double>(groups.size()),
                 std::vector<double>(groups.size())};
  if (groups.size() < 2) return result;
  Eigen::VectorXd excess = Eigen::VectorXd::Zero(count);
  Eigen::MatrixXd variance = Eigen::MatrixXd::Zero(count, count);
  for (std::size_t i = 0; i < groups[0].size(); ++i) {
    double n = 0, d = 0;
    for (const auto& group : groups) {
      n += exposed(group[i], actuarial);
      d += group[i].events;
    }
    if (!(n > 0) || !(d > 0)) continue;
    double const factor = n > 1 ? d * (n - d) / (n - 1) : 0;
    for (Eigen::Index g = 0; g < count; ++g) {
      auto const gi = static_cast<std::size_t>(g);
      double const share = exposed(groups[gi][i], actuarial) / n;
      result.observed[gi] += groups[gi][i].events;
      result.expected[gi] += d * share;
      excess[g] += groups[gi][i].events - d * share;
      for (Eigen::Index h = 0; h < count; ++h)
        variance(g, h) +=
            factor * share *
            ((g == h ? 1 : 0) - exposed(groups[static_cast<std::size_t>(h)][i], actuarial) / n);
    }
  }
  // The excesses sum to zero, so one group is redundant: a rank-revealing inverse leaves it out,
  // and groups never at risk with it.
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> decomposition(variance.rows(),
                                                                        variance.cols());
  decomposition.setThreshold(1e-10);
  decomposition.compute(variance);
  auto const df = static_cast<double>(decomposition.rank());
  if (df < 1) return result;
  result.df = df;
  result.chi_square = excess.dot(decomposition.solve(excess));
  result.p_value = chi_square_sf(result.chi_square, df);
  return result;
}

}  // namespace pt::stats
