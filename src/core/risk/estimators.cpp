#include "core/risk/estimators.hpp"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <Eigen/Dense>
#include <functional>

#include "core/error.hpp"

namespace pt::risk {
namespace {

using Eigen::Matrix2d;
using Eigen::Vector2d;

constexpr std::size_t kPollEvery = 4096;
constexpr int kMostSteps = 200;
/// Fewer people than this carry no information on two parameters.
constexpr std::uint64_t kFewestPeople = 10;

double as_double(std::uint64_t n) { return static_cast<double>(n); }

void require_population(const ClassSizes& sample, double population) {
  if (!std::isfinite(population) || population < as_double(sample.people))
    throw invalid_parameter("the population is smaller than the sample", {},
                            "Its size must be at least the number of people in the sample.");
}

/// What all models share: nobody, a census, no uniques. Nothing when the model has to decide.
std::optional<Estimate> trivial(const ClassSizes& sample, double population) {
  require_population(sample, population);
  if (sample.people == 0) return Estimate::none("the sample is empty");
  if (population == as_double(sample.people))
    return Estimate{as_double(sample.with_size(1)), "the sample is the whole population"};
  if (sample.people < kFewestPeople)
    return Estimate::none("the sample has fewer than " + std::to_string(kFewestPeople) + " people");
  return std::nullopt;
}

/// An estimate of people, or why a number can't be one.
Estimate people(double uniques, double population, const char* model) {
  if (!std::isfinite(uniques) || uniques < 0)
    return Estimate::none(std::string(model) + " gives no finite number");
  if (uniques > population)
    return Estimate::none(std::string(model) + " gives more uniques than there are people");
  return {uniques, {}};
}

/// Function values and Jacobian at a point; not finite = outside of the domain.
struct Equations {
  Vector2d value;
  Matrix2d jacobian;
};

/// Damped Newton: steps are halved until the residual falls. Nothing without a root to `tolerance`.
std::optional<Vector2d> solve(Host& host, Vector2d x, double tolerance,
                              const std::function<Equations(const Vector2d&)>& f) {
  constexpr int kMostHalvings = 40;
  constexpr double kFarthestStep = 5;
  Equations at = f(x);
  for (int step = 0; step < kMostSteps; ++step) {
    host.poll();
    const double norm = at.value.norm();
    if (!std::isfinite(norm)) return std::nullopt;
    Vector2d move = at.jacobian.fullPivLu().solve(-at.value);
    if (!move.allFinite()) return std::nullopt;
    const double length = move.lpNorm<Eigen::Infinity>();
    // The last digits are worth one more step once the residual is small.
    if (norm <= tolerance && length < 1e-13) return x;
    if (length > kFarthestStep) move *= kFarthestStep / length;
    double share = 1;
    for (int halving = 0;; ++halving) {
      const Equations next = f(x + share * move);
      if (next.value.allFinite() && next.value.norm() < norm) {
        x += share * move;
        at = next;
        break;
      }
      if (halving == kMostHalvings) return norm <= tolerance ? std::optional(x) : std::nullopt;
      share /= 2;
    }
  }
  return at.value.norm() <= tolerance ? std::optional(x) : std::nullopt;
}

/// Score of Pitman's likelihood and its derivatives, in theta and alpha.
class PitmanScore {
 public:
  explicit PitmanScore(const ClassSizes& sample) : sample_(sample) {}

  [[nodiscard]] Equations at(double theta, double alpha) const {
    using boost::math::digamma;
    using boost::math::trigamma;
    const double n = as_double(sample_.people), u = as_double(sample_.classes);
    const double ratio = theta / alpha;
    const double bends = trigamma(u + ratio) - trigamma(ratio + 1);
    const double o1 = (digamma(u + ratio) - digamma(ratio + 1)) / alpha;
    const double o2 = digamma(n + theta) - digamma(theta + 1);
    const double o1_theta = bends / (alpha * alpha);
    const double o1_alpha = -o1 / alpha - bends * theta / (alpha * alpha * alpha);
    const double o2_theta = trigamma(n + theta) - trigamma(theta + 1);
    const double o3 = ((u - 1) - theta * o1) / alpha;
    const double o3_theta = (-o1 - theta * o1_theta) / alpha;
    const double o3_alpha = -o3 / alpha - theta * o1_alpha / alpha;
    double o4 = 0, o4_alpha = 0;
    for (const SizeCount& c : sample_.counts) {
      if (c.size < 2) continue;
      const double size = as_double(c.size), classes = as_double(c.classes);
      o4 += classes * (digamma(size - alpha) - digamma(1 - alpha));
      o4_alpha += classes * (trigamma(1 - alpha) - trigamma(size - alpha));
    }
    Equations out;
    out.value = {o1 - o2, o3 - o4};
    out.jacobian << o1_theta - o2_theta, o1_alpha, o3_theta, o3_alpha - o4_alpha;
    return out;
  }

 private:
  const ClassSizes& sample_;
};

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double logit(double p) { return std::log(p / (1 - p)); }

/// theta and alpha at a maximum of the likelihood, from one start.
std::optional<Vector2d> fit_pitman(Host& host, const ClassSizes& sample, double theta,
                                   double alpha) {
  constexpr double kTolerance = 1e-9;
  const PitmanScore score(sample);
  // In x = (log theta, logit alpha), divided by the number of people: pure numbers near 1.
  const auto equations = [&](const Vector2d& x) {
    const double t = std::exp(x[0]), a = logistic(x[1]), n = as_double(sample.people);
    Equations out;
    out.value.setConstant(std::numeric_limits<double>::quiet_NaN());
    if (!(t > 0) || !std::isfinite(t) || !(a > 0) || !(a < 1)) return out;
    const Equations raw = score.at(t, a);
    const Vector2d d(t, a * (1 - a));
    out.value = raw.value.cwiseProduct(d) / n;
    out.jacobian = d.asDiagonal() * raw.jacobian * d.asDiagonal() / n;
    out.jacobian(0, 0) += raw.value[0] * t / n;
    out.jacobian(1, 1) += raw.value[1] * d[1] * (1 - 2 * a) / n;
    return out;
  };
  const auto x = solve(host, {std::log(theta), logit(alpha)}, kTolerance, equations);
  if (!x) return std::nullopt;
  const double t = std::exp((*x)[0]), a = logistic((*x)[1]);
  // Where a parameter runs to the edge the equations hold in its logarithm, but the score does not
  // vanish.
  constexpr double kScore = 1e-6;
  const Equations raw = score.at(t, a);
  if (!(std::abs(raw.value[0]) < kScore)) return std::nullopt;
  if (!(std::abs(raw.value[1]) < kScore * as_double(sample.classes))) return std::nullopt;
  const Matrix2d& bend = raw.jacobian;
  if (!(bend(0, 0) < 0) || !(bend.determinant() > 0)) return std::nullopt;  // no maximum
  return Vector2d(t, a);
}

/// P(one of i marked people is drawn) when n of N are drawn, for every i asked for: i (n/N) prod
/// (N-n-j)/(N-1-j), j = 0..i-2. Exact where log-gammas lose digits.
std::vector<double> hypergeometric_one(Host& host, const ClassSizes& sample, double population) {
  const double n = as_double(sample.people);
  std::vector<double> out;
  double product = 1;
  std::uint64_t reached = 1;
  for (const SizeCount& c : sample.counts) {
    for (; reached < c.size; ++reached) {
      if (reached % kPollEvery == 0) host.poll();
      if (product == 0) {
        reached = c.size;
        break;
      }
      const double j = as_double(reached - 1);
      product *= std::max(population - n - j, 0.0) / (population - 1 - j);
    }
    out.push_back(as_double(c.size) * (n / population) * product);
  }
  return out;
}

/// The two equations of the shifted negative binomial in logs: ln E f1 - ln f1, ln E f2 - ln f2.
Equations snb_equations(const Vector2d& x, double q, double classes, double f1, double f2) {
  const double a = std::exp(x[0]), b = logistic(x[1]);
  Equations out;
  out.value.setConstant(std::numeric_limits<double>::quiet_NaN());
  if (!(a > 0) || !std::isfinite(a) || !(b > 0) || !(b < 1)) return out;
  const double w = (1 - q) * (1 - b), w_b = -(1 - q), r = 1 - w;
  const double s = r + a * w, t = 2 - (1 - a) * w;
  out.value[0] = std::log(classes * q) + a * std::log(b / r) + std::log(s / r) - std::log(f1);
  out.value[1] = std::log(classes / 2) + std::log(a) + a * std::log(b) + 2 * std::log(q) +
                 std::log1p(-b) + std::log(t) - (a + 2) * std::log(r) - std::log(f2);
  Matrix2d d;
  d << std::log(b / r) + w / s, a / b + w_b * a * (1 / r + 1 / (r * s)),
      1 / a + std::log(b / r) + w / t, a / b - 1 / (1 - b) + w_b * ((a + 2) / r - (1 - a) / t);
  out.jacobian = d * Vector2d(a, b * (1 - b)).asDiagonal();
  return out;
}

}  // namespace

std::uint64_t ClassSizes::with_size(std::uint64_t size) const {
  const auto at =
      std::lower_bound(counts.begin(), counts.end(), size,
                       [](const SizeCount& c, std::uint64_t wanted) { return c.size < wanted; });
  return at != counts.end() && at->size == size ? at->classes : 0;
}

ClassSizes count_sizes(std::span<const std::uint32_t> people_of_class) {
  std::vector<std::uint64_t> sizes;
  for (const std::uint32_t size : people_of_class)
    if (size > 0) sizes.push_back(size);
  ClassSizes out;
  out.counts = size_distribution(sizes);
  out.classes = sizes.size();
  for (const SizeCount& c : out.counts) out.people += c.size * c.classes;
  return out;
}

PitmanEstimate pitman(Host& host, const ClassSizes& sample, double population) {
  if (auto estimate = trivial(sample, population)) return {std::move(*estimate)};
  const double n = as_double(sample.people), u = as_double(sample.classes);
  const double f1 = as_double(sample.with_size(1)), pairs = as_double(sample.with_size(2));
  if (f1 == 0) return {{0.0, "nobody is unique in the sample, so the model says nobody at all"}};
  if (f1 == n)
    return {Estimate::none("everybody is unique in the sample: the likelihood has no maximum")};
  if (sample.classes < 2) return {Estimate::none("the sample has a single class")};
  const double c = f1 * (f1 - 1) / (pairs > 0 ? pairs : 1);
  const double theta0 = (n * u * c - f1 * (n - 1) * (2 * u + c)) / (2 * f1 * u + f1 * c - n * c);
  const double alpha0 = (theta0 * (f1 - n) + (n - 1) * f1) / (n * u);
  std::vector<Vector2d> starts{{theta0, alpha0}};
  for (const double theta : {.1, 1., 10., 100., 1e3, 1e4, 1e5})
    for (const double alpha : {.1, .3, .5, .7, .9}) starts.emplace_back(theta, alpha);
  for (const Vector2d& start : starts) {
    if (!std::isfinite(start[0]) || !(start[0] > 0) || !(start[1] > 0) || !(start[1] < 1)) continue;
    const auto fit = fit_pitman(host, sample, start[0], start[1]);
    if (!fit) continue;
    PitmanEstimate out;
    out.theta = (*fit)[0];
    out.alpha = (*fit)[1];
    // tgamma_delta_ratio(z, d) = Gamma(z) / Gamma(z + d), without the loss of two log-gammas.
    out.uniques = people(boost::math::tgamma_delta_ratio(out.theta + 1, out.alpha - 1) *
                             std::pow(population, out.alpha),
                         population, "Pitman's model");
    return out;
  }
  return {Estimate::none("the fit of Pitman's model did not converge")};
}

ZayatzEstimate zayatz(Host& host, const ClassSizes& sample, double population) {
  if (auto estimate = trivial(sample, population)) return {std::move(*estimate), 1};
  const double f1 = as_double(sample.with_size(1));
  if (f1 == 0) return {{0.0, "nobody is unique in the sample, so the model says nobody at all"}};
  const std::vector<double> one = hypergeometric_one(host, sample, population);
  const double q = as_double(sample.people) / population;
  double all = 0;
  for (std::size_t i = 0; i < one.size(); ++i) all += as_double(sample.counts[i].classes) * one[i];
  ZayatzEstimate out;
  out.conditional = f1 * q / all;
  out.uniques = people(f1 * out.conditional / q, population, "Zayatz's model");
  return out;
}

double shlosser_classes(const ClassSizes& sample, double q) {
  double a = 0, b = 0, e = 0, g = 0;
  for (const SizeCount& c : sample.counts) {
    const double i = as_double(c.size), f = as_double(c.classes);
    const double left = std::pow(1 - q, i);
    a += i * q * q * std::pow(1 - q * q, i - 1) * f;
    b += (std::pow(1 - q * q, i) - left) * f;  // (1-q)^i ((1+q)^i - 1)
    e += left * f;
    g += i * q * std::pow(1 - q, i - 1) * f;
  }
  return as_double(sample.classes) + as_double(sample.with_size(1)) * (a / b) * (e / g) * (e / g);
}

SnbEstimate shifted_negative_binomial(Host& host, const ClassSizes& sample, double population) {
  constexpr double kTolerance = 1e-9;
  if (auto estimate = trivial(sample, population)) return {std::move(*estimate)};
  const double f1 = as_double(sample.with_size(1)), f2 = as_double(sample.with_size(2));
  if (f1 == 0) return {Estimate::none("nobody is unique in the sample")};
  if (f2 == 0) return {Estimate::none("the sample has no class of two people")};
  const double q = as_double(sample.people) / population;
  SnbEstimate out;
  out.classes = shlosser_classes(sample, q);
  if (!std::isfinite(out.classes))
    return {Estimate::none("the number of classes in the population can't be estimated")};
  const auto equations = [&](const Vector2d& x) {
    return snb_equations(x, q, out.classes, f1, f2);
  };
  for (const double a : {.01, .1, .5, 1., 3.})
    for (const double b : {.001, .01, .1, .3, .6, .9}) {
      const auto x = solve(host, {std::log(a), logit(b)}, kTolerance, equations);
      if (!x) continue;
      out.a = std::exp((*x)[0]);
      out.b = logistic((*x)[1]);
      out.uniques = people(out.classes * std::pow(out.b, out.a), population,
                           "the shifted negative binomial model");
      return out;
    }
  out.uniques = Estimate::none("the two equations of the model have no common solution");
  return out;
}

DankarEstimate dankar(const ClassSizes& sample, double population, const PitmanEstimate& pitman,
                      const ZayatzEstimate& zayatz, const SnbEstimate& snb) {
  constexpr double kSmallFraction = .1;
  require_population(sample, population);
  if (as_double(sample.people) <= kSmallFraction * population && pitman.uniques.value)
    return {pitman.uniques, "pitman"};
  if (as_double(sample.people) > kSmallFraction * population && snb.uniques.value &&
      zayatz.uniques.value && *snb.uniques.value < *zayatz.uniques.value)
    return {snb.uniques, "snb"};
  return {zayatz.uniques, zayatz.uniques.value ? "zayatz" : ""};
}

}  // namespace pt::risk
