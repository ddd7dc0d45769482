#include "core/stats/glm.hpp"

#include <algorithm>
#include <cmath>
#include <Eigen/Dense>
#include <limits>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/glm_design.hpp"
#include "core/stats/glm_family.hpp"

namespace pt::stats {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// A column that the ones before it explain but for this share of its squares is collinear.
constexpr double kCollinear = 1e-10;
/// Converged when the next step would be below the root of this in standard errors, in all.
constexpr double kSmallStep = 1e-20;

/// Sums over all rows at one vector of coefficients.
struct Sums {
  MatrixXd information;  ///< lower triangle
  VectorXd score;
  double deviance = 0, null_deviance = 0, log_likelihood = 0, weight = 0, rows = 0, largest_eta = 0;
};

class Fitter {
 public:
  Fitter(const GlmModel& model, StandardizedDesign& design, Host& host)
      : model_(model), design_(design), host_(host), p_(design.columns()) {}

  /// Result of the iterations on some rows.
  struct State {
    VectorXd b;
    Sums sums;
    std::vector<Index> active;
    std::vector<std::string> collinear;  ///< per coefficient: with what
    std::vector<std::string> separating;
    int iterations = 0;
    bool converged = false;
    bool separated = false;
  };

  State fit(DesignRows& rows, const VectorXd& start, Penalty penalty) {
    State s;
    s.b = start;
    s.sums = evaluate(rows, s.b);
    if (!(s.sums.weight > 0))
      throw data_error("there is no row to fit",
                       "Rows with NULL in a column and rows of weight 0 do not count.");
    find_active(s);
    if (penalty == Penalty::firth) adjust_firth(rows, s);
    double last_decrement = kInfinity, last_eta = s.sums.largest_eta;
    int growing = 0;
    while (s.iterations < model_.max_iterations) {
      host_.poll();
      ++s.iterations;
      Eigen::LDLT<MatrixXd> const factor(penalized_information(s, penalty));
      VectorXd const gradient = reduced(penalized_score(s, penalty), s.active);
      VectorXd const step = factor.solve(gradient);
      double const decrement = gradient.dot(step);
      if (!std::isfinite(decrement)) return s;
      // The linear model is solved by one step; the second one only takes rounding out.
      bool const small =
          model_.family == Family::linear
              ? s.iterations >= 2
              : decrement < kSmallStep && (decrement < last_decrement / 4 || decrement < 1e-24);
      if (small) {
        apply(s, step, 1);
        s.converged = true;
        return s;
      }
      last_decrement = decrement;
      if (!advance(rows, s, step, penalty)) {
        // No better point along the step: rounding is reached.
        s.converged = decrement < 1e-12;
        return s;
      }
      growing = s.sums.largest_eta > last_eta + .3 ? growing + 1 : 0;
      last_eta = s.sums.largest_eta;
      if (penalty == Penalty::automatic && model_.family != Family::linear && growing >= 4 &&
          s.iterations >= 8 && last_eta > 10) {
        s.separated = true;
        name_separating(s, step);
        return s;
      }
    }
    return s;
  }

  [[nodiscard]] Sums evaluate(DesignRows& rows, const VectorXd& b) {
    Sums sums;
    sums.information = MatrixXd::Zero(p_, p_);
    sums.score = VectorXd::Zero(p_);
    MatrixXd z, weighted;
    VectorXd eta, score, information;
    rows.scan([&](const DesignBlock& block) {
      auto const n = static_cast<Index>(block.rows);
      design_.expand(block, z);
      eta.noalias() = z * b;
      score.resize(n);
      information.resize(n);
      for (Index i = 0; i < n; ++i) {
        const double* const row = block.values + static_cast<std::size_t>(i) * block.stride;
        double const w = block.weight[i], y = row[kResponse], at = eta[i] + row[kOffset];
        Contribution const c = contribution(model_.family, y, at);
        score[i] = w * c.score;
        information[i] = std::sqrt(w * c.information);
        sums.deviance += w * c.deviance;
        sums.log_likelihood += w * c.log_likelihood;
        sums.weight += w;
        sums.rows += block.count[i];
        sums.largest_eta = std::max(sums.largest_eta, std::abs(at));
      }
      weighted.noalias() = information.asDiagonal() * z;
      sums.information.selfadjointView<Eigen::Lower>().rankUpdate(weighted.transpose());
      sums.score.noalias() += z.transpose() * score;
    });
    return sums;
  }

  /// Inverse of the (penalized) information, zero for collinear columns.
  [[nodiscard]] MatrixXd inverse(const State& s, Penalty penalty) const {
    auto const q = static_cast<Index>(s.active.size());
    MatrixXd const small =
        Eigen::LDLT<MatrixXd>(penalized_information(s, penalty)).solve(MatrixXd::Identity(q, q));
    MatrixXd full = MatrixXd::Zero(p_, p_);
    for (Index i = 0; i < q; ++i)
      for (Index j = 0; j < q; ++j)
        full(s.active[static_cast<std::size_t>(i)], s.active[static_cast<std::size_t>(j)]) =
            (small(i, j) + small(j, i)) / 2;
    return full;
  }

  /// The middle of the sandwich: sum over clusters (or rows) of the squared scores.
  MatrixXd meat(DesignRows& rows, const VectorXd& b, std::uint32_t& clusters) {
    std::pmr::vector<double> sums(host_.memory());
    std::pmr::vector<char> seen(host_.memory());
    bool const clustered = model_.clusters > 0;
    if (clustered) {
      sums.resize(model_.clusters * static_cast<std::size_t>(p_));
      seen.resize(model_.clusters);
    }
    bool const squares = model_.weight_kind != WeightKind::frequency;
    MatrixXd result = MatrixXd::Zero(p_, p_), z;
    VectorXd eta;
    rows.scan([&](const DesignBlock& block) {
      design_.expand(block, z);
      eta.noalias() = z * b;
      for (Index i = 0; i < z.rows(); ++i) {
        const double* const row = block.values + static_cast<std::size_t>(i) * block.stride;
        double const score =
            contribution(model_.family, row[kResponse], eta[i] + row[kOffset]).score;
        if (clustered) {
          auto const cluster = static_cast<std::size_t>(row[kCluster]);
          seen[cluster] = 1;
          Eigen::Map<VectorXd>(sums.data() + cluster * static_cast<std::size_t>(p_), p_) +=
              block.weight[i] * score * z.row(i).transpose();
        } else {
          double const w = squares ? block.weight_squares[i] : block.weight[i];
          z.row(i) *= std::sqrt(w) * std::abs(score);
        }
      }
      if (!clustered) result.selfadjointView<Eigen::Lower>().rankUpdate(z.transpose());
    });
    for (std::size_t c = 0; c < seen.size(); ++c) {
      if (seen[c] == 0) continue;
      ++clusters;
      if (clusters % 4096 == 0) host_.poll();
      result.selfadjointView<Eigen::Lower>().rankUpdate(
          Eigen::Map<VectorXd>(sums.data() + c * static_cast<std::size_t>(p_), p_));
    }
    return result.selfadjointView<Eigen::Lower>();
  }

  /// Deviance of the model that knows the weighted mean only.
  double null_deviance(DesignRows& rows) {
    if (model_.has_offset) return kNaN;
    double const m = model_.mean_response;
    double deviance = 0;
    double const eta = model_.intercept ? link(model_.family, m) : 0;
    if (!std::isfinite(eta)) return 0;
    double last = kNaN, of_last = 0;  // few responses differ from the one before
    rows.scan([&](const DesignBlock& block) {
      for (std::size_t i = 0; i < block.rows; ++i) {
        double const y = block.values[i * block.stride + kResponse];
        if (y != last) of_last = contribution(model_.family, y, eta).deviance;
        last = y;
        deviance += block.weight[i] * of_last;
      }
    });
    return deviance;
  }

 private:
  static VectorXd reduced(const VectorXd& v, const std::vector<Index>& active) {
    VectorXd r(static_cast<Index>(active.size()));
    for (Index i = 0; i < r.size(); ++i) r[i] = v[active[static_cast<std::size_t>(i)]];
    return r;
  }

  [[nodiscard]] double ridge_of(Index j) const {
    return model_.intercept && j == 0 ? 0 : model_.ridge;
  }

  [[nodiscard]] MatrixXd penalized_information(const State& s, Penalty penalty) const {
    auto const q = static_cast<Index>(s.active.size());
    MatrixXd m(q, q);
    for (Index i = 0; i < q; ++i)
      for (Index j = 0; j <= i; ++j)
        m(i, j) = m(j, i) = s.sums.information(s.active[static_cast<std::size_t>(i)],
                                               s.active[static_cast<std::size_t>(j)]);
    if (penalty == Penalty::ridge)
      for (Index i = 0; i < q; ++i) m(i, i) += ridge_of(s.active[static_cast<std::size_t>(i)]);
    return m;
  }

  [[nodiscard]] VectorXd penalized_score(const State& s, Penalty penalty) const {
    VectorXd u = s.sums.score;
    if (penalty == Penalty::ridge)
      for (Index j = 0; j < p_; ++j) u[j] -= ridge_of(j) * s.b[j];
    return u;
  }

  /// What the iterations make smaller.
  [[nodiscard]] double objective(const State& s, Penalty penalty) const {
    double value = s.sums.deviance;
    if (penalty == Penalty::ridge)
      for (Index j = 0; j < p_; ++j) value += ridge_of(j) * s.b[j] * s.b[j];
    if (penalty == Penalty::firth)
      value -=
          Eigen::LDLT<MatrixXd>(penalized_information(s, penalty)).vectorD().array().log().sum();
    return value;
  }

  static void apply(State& s, const VectorXd& step, double length) {
    for (Index i = 0; i < step.size(); ++i)
      s.b[s.active[static_cast<std::size_t>(i)]] += length * step[i];
  }

  /// Goes along the step, halving it while the objective grows. False when even the shortest does
  /// not help.
  bool advance(DesignRows& rows, State& s, const VectorXd& step, Penalty penalty) {
    double const before = objective(s, penalty), slack = 1e-12 * (std::abs(before) + 1e-3);
    VectorXd const from = s.b;
    for (double length = 1; length > 1e-4; length /= 2) {
      s.b = from;
      apply(s, step, length);
      Sums sums = evaluate(rows, s.b);
      std::swap(s.sums, sums);
      double const now = objective(s, penalty);
      if (std::isfinite(now) && now <= before + slack && s.sums.information.allFinite()) {
        if (penalty == Penalty::firth) adjust_firth(rows, s);
        return true;
      }
      std::swap(s.sums, sums);
    }
    s.b = from;
    return false;
  }

  /// Firth's score: that of responses moved by their leverage.
  void adjust_firth(DesignRows& rows, State& s) {
    MatrixXd const inverse = this->inverse(s, Penalty::firth);
    MatrixXd z;
    VectorXd eta, leverage, shift;
    rows.scan([&](const DesignBlock& block) {
      design_.expand(block, z);
      eta.noalias() = z * s.b;
      leverage = (z * inverse).cwiseProduct(z).rowwise().sum();
      shift.resize(z.rows());
      for (Index i = 0; i < z.rows(); ++i) {
        const double* const row = block.values + static_cast<std::size_t>(i) * block.stride;
        Contribution const c = contribution(model_.family, row[kResponse], eta[i] + row[kOffset]);
        double const h = block.weight[i] * c.information * leverage[i];
        shift[i] = h * (model_.family == Family::logistic ? .5 - c.mean : .5);
      }
      s.sums.score.noalias() += z.transpose() * shift;
    });
  }

  /// Keeps the columns that no earlier ones explain, by Cholesky's decomposition in their order.
  void find_active(State& s) const {
    const MatrixXd& a = s.sums.information;
    double const total = s.sums.weight;
    s.collinear.assign(static_cast<std::size_t>(p_), {});
    MatrixXd l = MatrixXd::Zero(p_, p_);
    for (Index j = 0; j < p_; ++j) {
      auto const q = static_cast<Index>(s.active.size());
      VectorXd row(q);
      for (Index k = 0; k < q; ++k) {
        Index const ak = s.active[static_cast<std::size_t>(k)];
        row[k] = (a(j, ak) - row.head(k).dot(l.row(k).head(k))) / l(k, k);
      }
      double const left = a(j, j) - row.squaredNorm();
      if (left > kCollinear * a(j, j) && a(j, j) > 1e-18 * total) {
        l.row(q).head(q) = row;
        l(q, q) = std::sqrt(left);
        s.active.push_back(j);
        continue;
      }
      VectorXd const share =
          l.topLeftCorner(q, q).transpose().triangularView<Eigen::Upper>().solve(row);
      std::string names;
      for (Index k = 0; k < q; ++k) {
        Index const ak = s.active[static_cast<std::size_t>(k)];
        if (model_.intercept && ak == 0) continue;
        if (std::abs(share[k]) > 1e-6)
          names +=
              (names.empty() ? "" : ", ") + model_.coefficients[static_cast<std::size_t>(ak)].name;
      }
      s.collinear[static_cast<std::size_t>(j)] = names.empty() ? "constant" : names;
    }
    for (Index j = 0; j < p_; ++j)
      if (!s.collinear[static_cast<std::size_t>(j)].empty()) s.b[j] = 0;
  }

  /// The coefficients that the last step still moved far, other than the intercept if there are
  /// others.
  void name_separating(State& s, const VectorXd& step) const {
    double const largest = step.cwiseAbs().maxCoeff();
    for (int round = 0; round < 2 && s.separating.empty(); ++round)
      for (Index i = 0; i < step.size(); ++i) {
        Index const j = s.active[static_cast<std::size_t>(i)];
        bool const intercept = model_.intercept && j == 0;
        if (std::abs(step[i]) > .05 * largest && (round == 1 || !intercept))
          s.separating.push_back(model_.coefficients[static_cast<std::size_t>(j)].name);
      }
  }

  const GlmModel& model_;
  StandardizedDesign& design_;
  Host& host_;
  Index p_;
};

void summarize(const GlmModel& model, const Fitter::State& s, GlmFit& fit) {
  bool const frequency = model.weight_kind == WeightKind::frequency;
  auto const k = static_cast<double>(s.active.size());
  fit.rows = s.sums.rows;
  fit.n = frequency ? s.sums.weight : s.sums.rows;
  fit.df = fit.n - k;
  fit.deviance = s.sums.deviance;
  if (model.family == Family::linear) {
    fit.dispersion = fit.df > 0 ? s.sums.deviance / fit.df : kNaN;
    fit.log_likelihood = -.5 * (fit.n * (std::log(2 * M_PI * s.sums.deviance / fit.n) + 1) -
                                (frequency ? 0 : model.sum_log_weights));
    fit.aic = -2 * fit.log_likelihood + 2 * (k + 1);
    fit.distribution_df = fit.df;
  } else {
    fit.log_likelihood = s.sums.log_likelihood + model.log_likelihood_constant;
    fit.aic = -2 * fit.log_likelihood + 2 * k;
    fit.distribution_df = kInfinity;
  }
}

/// Where the iterations begin: the model of the mean where it exists.
VectorXd first_point(const GlmModel& model, const StandardizedDesign& design) {
  VectorXd start = VectorXd::Zero(design.columns());
  double const null = link(model.family, model.mean_response);
  if (model.intercept && !model.has_offset && std::isfinite(null)) start[0] = null;
  return start;
}

/// Covariance of the coefficients of standardized columns: of the model, or the sandwich by cluster
/// or row (Liang and Zeger, 1986) with the correction for small numbers.
MatrixXd covariance(const GlmModel& model, Fitter& fitter, DesignRows& all, const Fitter::State& s,
                    Penalty used, GlmFit& fit) {
  MatrixXd const bread = fitter.inverse(s, used);
  if (model.clusters == 0 && !model.robust) return bread * fit.dispersion;
  MatrixXd const meat = fitter.meat(all, s.b, fit.clusters);
  double correction = fit.n / fit.df;
  if (model.clusters > 0) {
    double const g = fit.clusters;
    correction = g > 1 ? g / (g - 1) * (fit.n - 1) / fit.df : kNaN;
    if (model.family == Family::linear) fit.distribution_df = g - 1;
  }
  MatrixXd const sandwich = bread * meat * bread;
  return sandwich * (fit.df > 0 ? correction : kNaN);
}

/// Estimates and standard errors of the columns as they are.
void add_terms(const StandardizedDesign& design, const Fitter::State& s, const MatrixXd& covariance,
               GlmFit& fit) {
  MatrixXd const back = design.back();
  VectorXd const estimates = back * s.b;
  MatrixXd const variance = back * covariance * back.transpose();
  for (Index j = 0; j < design.columns(); ++j) {
    auto const at = static_cast<std::size_t>(j);
    GlmFit::Term term{estimates[j], std::sqrt(std::max(0.0, variance(j, j))), s.collinear[at]};
    if (std::isnan(variance(j, j))) term.se = kNaN;
    if (!term.collinear_with.empty()) term.estimate = term.se = kNaN;
    fit.terms.push_back(std::move(term));
  }
}

}  // namespace

bool valid_response(Family family, double y) {
  switch (family) {
    case Family::linear:
      return true;
    case Family::poisson:
      return y >= 0;
    default:
      return y >= 0 && y <= 1;
  }
}

GlmFit fit_glm(const GlmModel& model, DesignRows& sample, DesignRows& all, Host& host) {
  if (model.penalty == Penalty::firth &&
      (model.family == Family::linear || model.family == Family::cloglog))
    throw invalid_parameter("the Firth penalty exists for logistic and poisson only", {},
                            "Use the penalty ridge.");
  StandardizedDesign design(model, sample);
  Fitter fitter(model, design, host);
  VectorXd start = first_point(model, design);
  Penalty const first = model.penalty;
  if (&sample != &all) {
    Fitter::State const warm = fitter.fit(sample, start, first);
    if (warm.converged && warm.b.allFinite()) start = warm.b;
  }
  GlmFit fit;
  Penalty used = first;
  Fitter::State state = fitter.fit(all, start, first);
  fit.iterations = state.iterations;
  if (state.separated) {
    fit.separating = state.separating;
    used = model.family == Family::cloglog ? Penalty::ridge : Penalty::firth;
    state = fitter.fit(all, first_point(model, design), used);
    fit.iterations += state.iterations;
  }
  fit.converged = state.converged;
  fit.method = used == Penalty::firth   ? "Firth"
               : used == Penalty::ridge ? "ridge"
                                        : "maximum likelihood";
  summarize(model, state, fit);
  fit.null_deviance = fitter.null_deviance(all);
  add_terms(design, state, covariance(model, fitter, all, state, used, fit), fit);
  return fit;
}

}  // namespace pt::stats
