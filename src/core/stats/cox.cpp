#include "core/stats/cox.hpp"

#include <cmath>
#include <Eigen/Dense>
#include <limits>

#include "core/error.hpp"

namespace pt::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kMaxIterations = 100;
/// More tied events in one interval are a table, not a history; Efron's sum runs over each.
constexpr double kMaxTies = 1e7;

struct Derivatives {
  double log_likelihood = 0;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd information;
};

/// Log partial likelihood with its derivatives; `at` are the groups that are estimated.
class PartialLikelihood {
 public:
  PartialLikelihood(std::span<const std::vector<LifeRow>> groups, Ties ties)
      : groups_(groups), ties_(ties) {}

  [[nodiscard]] Derivatives at(const Eigen::VectorXd& beta) const {
    auto const k = beta.size();
    Derivatives d{0, Eigen::VectorXd::Zero(k), Eigen::MatrixXd::Zero(k, k)};
    Eigen::VectorXd const hazard = beta.array().exp();
    for (std::size_t i = 0; i < groups_[0].size(); ++i) {
      Eigen::VectorXd events(k), risk(k);
      for (Eigen::Index g = 0; g < k; ++g) {
        const LifeRow& row = groups_[static_cast<std::size_t>(g)][i];
        events[g] = row.events;
        risk[g] = row.at_risk;
      }
      double const n = events.sum();
      if (!(n > 0)) continue;
      d.log_likelihood += events.dot(beta);
      d.gradient += events;
      if (ties_ == Ties::breslow) {
        take(d, risk.cwiseProduct(hazard), n);
      } else {
        for (double l = 0; l < n; ++l)
          take(d, (risk - l / n * events).cwiseProduct(hazard), std::min(1.0, n - l));
      }
    }
    return d;
  }

 private:
  /// `times` equal factors of the denominator.
  static void take(Derivatives& d, const Eigen::VectorXd& weight, double times) {
    double const total = weight.sum();
    Eigen::VectorXd const p = weight / total;
    d.log_likelihood -= times * std::log(total);
    d.gradient -= times * p;
    d.information -= times * p * p.transpose();
    d.information.diagonal() += times * p;
  }

  std::span<const std::vector<LifeRow>> groups_;
  Ties ties_;
};

}  // namespace

CoxFit cox_groups(std::span<const std::vector<LifeRow>> groups, std::size_t reference, Ties ties) {
  auto const k = static_cast<Eigen::Index>(groups.size());
  CoxFit fit{std::vector<double>(groups.size(), kNaN), std::vector<double>(groups.size(), kNaN),
             kNaN, 0, false};
  if (groups.size() < 2) return fit;
  // Estimated are groups with events other than the reference; the rest stays out of the system.
  std::vector<Eigen::Index> free;
  std::vector<double> events(groups.size());
  for (std::size_t i = 0; i < groups[0].size(); ++i) {
    double here = 0;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      events[g] += groups[g][i].events;
      here += groups[g][i].events;
    }
    if (here > kMaxTies)
      throw program_limit("an interval has more than 10,000,000 events", {},
                          "Use shorter intervals, or pt_glm with the family cloglog.");
  }
  if (!(events[reference] > 0)) return fit;
  for (Eigen::Index g = 0; g < k; ++g)
    if (g != static_cast<Eigen::Index>(reference) && events[static_cast<std::size_t>(g)] > 0)
      free.push_back(g);
  if (free.empty()) return fit;
  // Groups without events carry people at risk; their hazard is left at zero (beta = -infinity).
  Eigen::VectorXd beta = Eigen::VectorXd::Zero(k);
  for (Eigen::Index g = 0; g < k; ++g)
    if (!(events[static_cast<std::size_t>(g)] > 0)) beta[g] = -700;
  PartialLikelihood const likelihood(groups, ties);
  Derivatives now = likelihood.at(beta);
  Eigen::MatrixXd inverse;
  for (fit.iterations = 1; fit.iterations <= kMaxIterations; ++fit.iterations) {
    Eigen::VectorXd const gradient = now.gradient(free);
    Eigen::LDLT<Eigen::MatrixXd> const solver(now.information(free, free));
    Eigen::VectorXd step = solver.solve(gradient);
    inverse = solver.solve(Eigen::MatrixXd::Identity(step.size(), step.size()));
    if (!step.allFinite()) break;
    if (step.cwiseAbs().maxCoeff() < 1e-12) {
      fit.converged = true;
      break;
    }
    Derivatives next;
    for (int half = 0; half < 30; ++half, step /= 2) {
      Eigen::VectorXd trial = beta;
      trial(free) += step;
      next = likelihood.at(trial);
      if (next.log_likelihood >= now.log_likelihood - 1e-12 * std::abs(now.log_likelihood)) {
        beta = trial;
        break;
      }
    }
    now = std::move(next);
  }
  fit.log_likelihood = now.log_likelihood;
  fit.log_hazard_ratio[reference] = 0;
  for (std::size_t i = 0; i < free.size(); ++i) {
    auto const g = static_cast<std::size_t>(free[i]);
    auto const j = static_cast<Eigen::Index>(i);
    // A coefficient that runs away has no finite estimate (all events of the group come first).
    if (!fit.converged || std::abs(beta[free[i]]) > 20) continue;
    fit.log_hazard_ratio[g] = beta[free[i]];
    fit.se[g] = std::sqrt(inverse(j, j));
  }
  return fit;
}

}  // namespace pt::stats
