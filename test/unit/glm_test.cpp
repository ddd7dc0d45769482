// Regressions against R 4.2.2 (glm.control(epsilon = 1e-15, maxit = 100); the data are made by the
// same integer arithmetic there) and against a direct optimizer of the likelihood.
#include "core/stats/glm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/formula.hpp"

using namespace pt::stats;

namespace {

/// Rows and a model over plain columns: response, offset, cluster, weight, then x.
struct Example {
  GlmModel model;
  std::vector<std::vector<double>> rows;  ///< layout of design.hpp
  std::vector<double> weights;

  explicit Example(Family family) { model.family = family; }

  void add(double y, std::vector<double> x, double weight = 1, double offset = 0,
           double cluster = 0) {
    std::vector<double> row{y, offset, cluster};
    row.insert(row.end(), x.begin(), x.end());
    rows.push_back(row);
    weights.push_back(weight);
    if (offset != 0) model.has_offset = true;
  }
  void term(const std::string& name, std::vector<Coefficient::Factor> parts) {
    model.coefficients.push_back({name, "", std::move(parts)});
  }
  /// Intercept and one coefficient a column.
  void plain() {
    if (model.intercept) term("(intercept)", {});
    for (std::size_t c = kFirstColumn; c < rows[0].size(); ++c)
      term("x" + std::to_string(c - kFirstColumn + 1), {{c, -1}});
  }

  GlmFit fit(std::size_t budget = 1 << 20) {
    double sum = 0, total = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      sum += weights[i] * rows[i][kResponse];
      total += weights[i];
      model.sum_log_weights += std::log(weights[i]);
    }
    model.mean_response = sum / total;
    pt::Host host;
    DesignBuffer part(host, rows[0].size(), budget), whole(host, rows[0].size(), 1 << 26);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      part.add(rows[i], weights[i]);
      whole.add(rows[i], weights[i]);
    }
    if (part.complete()) return fit_glm(model, part, part, host);
    return fit_glm(model, part, whole, host);
  }
};

void near(const GlmFit& fit, const std::vector<double>& estimates, const std::vector<double>& se,
          double eps = 1e-8) {
  ASSERT_EQ(fit.terms.size(), estimates.size());
  EXPECT_TRUE(fit.converged);
  for (std::size_t j = 0; j < estimates.size(); ++j) {
    EXPECT_NEAR(fit.terms[j].estimate, estimates[j], eps * std::max(1.0, std::abs(estimates[j])));
    EXPECT_NEAR(fit.terms[j].se, se[j], eps * std::max(1.0, se[j]));
  }
}

/// i = 1..60 as in the R script; `with` gets y, z, cnt, x (x1, x2, f: level 0 = b, 1 = a, 2 = c),
/// weight, log exposure, cluster.
template <class With>
void each_of_sixty(With&& with) {
  for (int i = 1; i <= 60; ++i) {
    double const x1 = (i * 37) % 23 / 7.0, x2 = (i * i) % 11 - 4;
    int const f[] = {1, 0, 2};
    double const y =
        ((i * 29 + i * i * 3) % 17) / 17.0 < 1 / (1 + std::exp(-(-.5 + .4 * x1 - .1 * x2))) ? 1 : 0;
    double const z = 2 + .5 * x1 - x2 + ((i * 53) % 19) / 5.0;
    with(y, z, double((i * 31 + i * i) % 7), std::vector<double>{x1, x2, double(f[i % 3])},
         1.0 + i % 4, std::log(1 + i % 5), double((i * 7) % 13));
  }
}

void with_factor(Example& e) {
  e.term("(intercept)", {});
  e.term("x1", {{kFirstColumn, -1}});
  e.term("x2", {{kFirstColumn + 1, -1}});
  e.term("f=a", {{kFirstColumn + 2, 1}});
  e.term("f=c", {{kFirstColumn + 2, 2}});
}

const std::vector<std::vector<double>> kCars{
    {21, 2.62, 110, 1},    {21, 2.875, 110, 1},  {22.8, 2.32, 93, 1},   {21.4, 3.215, 110, 0},
    {18.7, 3.44, 175, 0},  {18.1, 3.46, 105, 0}, {14.3, 3.57, 245, 0},  {24.4, 3.19, 62, 0},
    {22.8, 3.15, 95, 0},   {19.2, 3.44, 123, 0}, {17.8, 3.44, 123, 0},  {16.4, 4.07, 180, 0},
    {17.3, 3.73, 180, 0},  {15.2, 3.78, 180, 0}, {10.4, 5.25, 205, 0},  {10.4, 5.424, 215, 0},
    {14.7, 5.345, 230, 0}, {32.4, 2.2, 66, 1},   {30.4, 1.615, 52, 1},  {33.9, 1.835, 65, 1},
    {21.5, 2.465, 97, 0},  {15.5, 3.52, 150, 0}, {15.2, 3.435, 150, 0}, {13.3, 3.84, 245, 0},
    {19.2, 3.845, 175, 0}, {27.3, 1.935, 66, 1}, {26, 2.14, 91, 1},     {30.4, 1.513, 113, 1},
    {15.8, 3.17, 264, 1},  {19.7, 2.77, 175, 1}, {15, 3.57, 335, 1},    {21.4, 2.78, 109, 1}};

}  // namespace

TEST(Glm, Cars) {
  Example linear(Family::linear), logistic(Family::logistic);
  for (const auto& c : kCars) {
    linear.add(c[0], {c[1], c[2]});
    logistic.add(c[3], {c[1], c[2]});
  }
  linear.plain();
  logistic.plain();
  near(linear.fit(), {37.2272701164472, -3.8778307424047, -.0317729469822},
       {1.59878753799936, .63273349437740, .00902970967586}, 1e-11);
  GlmFit const fit = logistic.fit();
  near(fit, {18.8662987172041, -8.0834751824446, .0362555960822},
       {7.4435584279820057, 3.0686752753907074, .0177341543319474});
  EXPECT_NEAR(fit.deviance, 10.0591104723, 1e-9);
  EXPECT_EQ(fit.method, "maximum likelihood");
}

TEST(Glm, FamiliesAgainstR) {
  Example logit(Family::logistic), weighted(Family::logistic), poisson(Family::poisson),
      cloglog(Family::cloglog), precision(Family::linear), frequency(Family::linear);
  each_of_sixty([&](double y, double z, double count, auto x, double w, double exposure, double) {
    logit.add(y, x);
    weighted.add(y, x, w);
    poisson.add(count, x, 1, exposure);
    cloglog.add(y, x);
    precision.add(z, x, w);
    frequency.add(z, x, w);
  });
  for (Example* const e : {&logit, &weighted, &poisson, &cloglog, &precision, &frequency})
    with_factor(*e);
  GlmFit fit = logit.fit();
  near(
      fit,
      {-1.249326949483317, .395719557972296, -.135491487475666, .558217168593048, .240390404902761},
      {.684952957890384, .299818297420815, .101772531143874, .667605010592851, .672533732971126});
  EXPECT_NEAR(fit.deviance, 77.5348022106863, 1e-9);
  EXPECT_NEAR(fit.null_deviance, 81.5031919189831, 1e-9);
  EXPECT_NEAR(fit.aic, 87.5348022106863, 1e-9);
  fit = weighted.fit();
  near(fit,
       {-1.0456030807143772, .2474043330542465, -.0495587556671642, .7110823554718572,
        .2662142106510214},
       {.410726182865205, .181115179771458, .060856329337552, .416957090144109, .419596469227374});
  EXPECT_NEAR(fit.aic, 208.392051386187, 1e-9);
  EXPECT_EQ(fit.n, 150);
  EXPECT_EQ(fit.rows, 60);
  // the constant of the counts: -sum lgamma(y + 1)
  each_of_sixty([&](double, double, double count, auto, double, double, double) {
    poisson.model.log_likelihood_constant -= log_gamma(count + 1);
  });
  fit = poisson.fit();
  near(fit,
       {.09894626085596285, -.08557247839370322, .00770582963441869, .10777978620011353,
        .00437973988064453},
       {.1821268334579581, .0828659087010256, .0274084576186932, .1840981755512565,
        .1857448118786175});
  EXPECT_NEAR(fit.deviance, 181.258198909439, 1e-9);
  EXPECT_NEAR(fit.aic, 332.658025438297, 1e-8);
  fit = cloglog.fit();
  near(
      fit,
      {-1.381019503707753, .339438009291921, -.124619967394183, .364880140973026, .200719917953817},
      {.5532241155114179, .2282382956887621, .0788743928814565, .5031971944528505,
       .5216656743153393});
  EXPECT_NEAR(fit.aic, 87.2176595961587, 1e-9);
  std::vector<double> const b{3.942616240118559, .510375541520306, -1.091177346308971,
                              -.181784862911019, -.206505913467513};
  precision.model.weight_kind = WeightKind::precision;
  fit = precision.fit();
  near(fit, b,
       {.3265172199504451, .1495339959557140, .0497292762322647, .3432378469615768,
        .3417417205342373});
  EXPECT_NEAR(fit.aic, 193.416743011103, 1e-9);
  fit = frequency.fit();
  near(fit, b,
       {.201096000763218, .092095260915798, .030627354271470, .211393929989438, .210472493009117});
  EXPECT_NEAR(fit.aic, 447.275266384681, 1e-9);
}

TEST(Glm, InteractionsGroupsAndNoIntercept) {
  Example product(Family::logistic), grouped(Family::cloglog), bare(Family::logistic);
  each_of_sixty([&](double y, double, double count, auto x, double, double, double) {
    product.add(y, x);
    double const events = std::min(count, 6.0);
    grouped.add(events / 6, {x[0], x[1]}, 6);
    grouped.model.log_likelihood_constant += log_choose(6, events);
    bare.add(y, {x[0], x[1]});
  });
  product.term("(intercept)", {});
  product.term("x1", {{kFirstColumn, -1}});
  product.term("f=a", {{kFirstColumn + 2, 1}});
  product.term("f=c", {{kFirstColumn + 2, 2}});
  product.term("x1:f=a", {{kFirstColumn, -1}, {kFirstColumn + 2, 1}});
  product.term("x1:f=c", {{kFirstColumn, -1}, {kFirstColumn + 2, 2}});
  near(product.fit(),
       {-3.67590460097572, 1.81613998432005, 4.24889952498741, 3.15917670966134, -2.14877552903043,
        -1.74368802356771},
       {1.634716727186134, .842152981686406, 1.904420075386193, 1.839629519220269, .980454737198718,
        .959534528248180});
  grouped.plain();
  GlmFit const fit = grouped.fit();
  near(fit, {-.53673804165101646, .10132380870877004, .00798536763698306},
       {.1561109515060498, .0833675458068647, .0274084456135791});
  EXPECT_NEAR(fit.aic, 294.590965986962, 1e-8);
  bare.model.intercept = false;
  bare.plain();
  GlmFit const without = bare.fit();
  near(without, {-.0597294036448345, -.0988003419543720}, {.1431391265811541, .0947992365378527});
  EXPECT_NEAR(without.null_deviance, 83.1776616671934, 1e-9);
}

TEST(Glm, RobustAndClustered) {
  std::vector<double> const b{-1.249326949483317, .395719557972296, -.135491487475666,
                              .558217168593048, .240390404902761};
  Example e(Family::logistic), once(Family::logistic), thrice(Family::logistic);
  each_of_sixty([&](double y, double, double, auto x, double w, double, double cluster) {
    e.add(y, x, 1, 0, cluster);
    once.add(y, x, w, 0, cluster);
    for (int i = 0; i < w; ++i) thrice.add(y, x, 1, 0, cluster);
  });
  with_factor(e);
  with_factor(once);
  with_factor(thrice);
  e.model.robust = true;
  near(e.fit(), b,
       {.687232142037212, .318698159427014, .107846198066583, .706261664733719, .673887728516939});
  e.model.clusters = 13;
  GlmFit const fit = e.fit();
  near(fit, b,
       {.7135385079547253, .3451514510734253, .0831866985750598, .5891137791223515,
        .5662128394495625});
  EXPECT_EQ(fit.clusters, 13u);
  // frequency weights are rows written once
  for (std::uint32_t const clusters : {0u, 13u}) {
    once.model.clusters = thrice.model.clusters = clusters;
    once.model.robust = thrice.model.robust = true;
    GlmFit const a = once.fit(), c = thrice.fit();
    for (std::size_t j = 0; j < 5; ++j) EXPECT_NEAR(a.terms[j].se, c.terms[j].se, 1e-12);
  }
}

namespace {

/// Maximizes the log-likelihood by BFGS with halving, from zero: no weights of IRLS, no
/// information.
std::vector<double> maximize(Family family, const Example& e) {
  std::size_t const p = e.model.coefficients.size();
  auto value = [&](const std::vector<double>& b, std::vector<double>& gradient) {
    double total = 0;
    gradient.assign(p, 0);
    for (std::size_t i = 0; i < e.rows.size(); ++i) {
      std::vector<double> z(p, 1);
      for (std::size_t j = 0; j < p; ++j)
        for (const auto& part : e.model.coefficients[j].parts) z[j] *= e.rows[i][part.column];
      double eta = e.rows[i][kOffset], y = e.rows[i][kResponse];
      for (std::size_t j = 0; j < p; ++j) eta += z[j] * b[j];
      double slope = 0;
      if (family == Family::linear) {
        total += e.weights[i] * (y - eta) * (y - eta) / 2;
        slope = eta - y;
      } else if (family == Family::logistic) {
        total += e.weights[i] * (std::log1p(std::exp(eta)) - y * eta);
        slope = 1 / (1 + std::exp(-eta)) - y;
      } else if (family == Family::poisson) {
        total += e.weights[i] * (std::exp(eta) - y * eta);
        slope = std::exp(eta) - y;
      } else {
        double const h = std::exp(eta);
        total += e.weights[i] * ((1 - y) * h - (y > 0 ? y * std::log1p(-std::exp(-h)) : 0));
        slope = (1 - y) * h - y * h * std::exp(-h) / (1 - std::exp(-h));
      }
      for (std::size_t j = 0; j < p; ++j) gradient[j] += e.weights[i] * slope * z[j];
    }
    return total;
  };
  std::vector<double> b(p, 0), g, next, h(p * p, 0);
  for (std::size_t j = 0; j < p; ++j) h[j * p + j] = 1.0 / double(e.rows.size());
  double now = value(b, g);
  for (int iteration = 0; iteration < 500; ++iteration) {
    std::vector<double> d(p, 0), s(p), q(p), hq(p, 0);
    for (std::size_t j = 0; j < p; ++j)
      for (std::size_t k = 0; k < p; ++k) d[j] -= h[j * p + k] * g[k];
    double length = 1, then = 0;
    std::vector<double> at(p);
    for (; length > 1e-12; length /= 2) {
      for (std::size_t j = 0; j < p; ++j) at[j] = b[j] + length * d[j];
      then = value(at, next);
      if (then <= now + 1e-13 * std::abs(now)) break;
    }
    double sq = 0, size = 0;
    for (std::size_t j = 0; j < p; ++j) {
      s[j] = at[j] - b[j];
      q[j] = next[j] - g[j];
      sq += s[j] * q[j];
      size = std::max(size, std::abs(next[j]));
    }
    b = at;
    g = next;
    now = then;
    if (size < 1e-11 * double(e.rows.size()) || !(sq > 0)) break;
    double qhq = 0;
    for (std::size_t j = 0; j < p; ++j)
      for (std::size_t k = 0; k < p; ++k) hq[j] += h[j * p + k] * q[k];
    for (std::size_t j = 0; j < p; ++j) qhq += q[j] * hq[j];
    for (std::size_t j = 0; j < p; ++j)
      for (std::size_t k = 0; k < p; ++k)
        h[j * p + k] += (1 + qhq / sq) * s[j] * s[k] / sq - (hq[j] * s[k] + s[j] * hq[k]) / sq;
  }
  return b;
}

}  // namespace

TEST(Glm, TwentyRandomDesignsAgainstADirectOptimizer) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    auto const family = static_cast<Family>(seed % 4);
    Example e(family);
    std::size_t const p = 1 + seed % 5;
    std::vector<double> truth(p + 1);
    for (double& t : truth) t = .4 * normal(random);
    for (int i = 0; i < 150; ++i) {
      std::vector<double> x(p);
      double eta = truth[0];
      for (std::size_t j = 0; j < p; ++j) {
        x[j] = j % 2 == 0 ? normal(random) : double(random() % 2);
        eta += truth[j + 1] * x[j];
      }
      double const u = uniform(random);
      double y = eta + normal(random);
      if (family == Family::logistic) y = u < 1 / (1 + std::exp(-eta)) ? 1 : 0;
      if (family == Family::cloglog) y = u < 1 - std::exp(-std::exp(eta)) ? 1 : 0;
      if (family == Family::poisson) y = std::floor(2 * u * std::exp(eta));
      e.add(y, x, 1 + double(random() % 3));
    }
    e.plain();
    GlmFit const fit = e.fit();
    EXPECT_TRUE(fit.converged);
    std::vector<double> const direct = maximize(family, e);
    for (std::size_t j = 0; j <= p; ++j)
      EXPECT_NEAR(fit.terms[j].estimate, direct[j], 1e-8) << "seed " << seed;
    // rows that do not fit into the buffer, read again: the same
    GlmFit const streamed = e.fit(4000);
    for (std::size_t j = 0; j <= p; ++j) {
      EXPECT_NEAR(fit.terms[j].estimate, streamed.terms[j].estimate, 1e-9);
      EXPECT_NEAR(fit.terms[j].se, streamed.terms[j].se, 1e-9);
    }
  }
}

TEST(Glm, PerfectSeparationFallsBackToFirth) {
  Example e(Family::logistic);
  for (int i = 1; i <= 8; ++i) e.add(i > 4, {double(i)});
  e.plain();
  GlmFit const fit = e.fit();
  EXPECT_EQ(fit.method, "Firth");
  EXPECT_EQ(fit.separating, std::vector<std::string>{"x1"});
  EXPECT_TRUE(fit.converged);
  // R: 500 steps b <- b + solve(I, t(X) %*% (y - p + h * (.5 - p)))
  EXPECT_NEAR(fit.terms[0].estimate, -4.64734976997889, 1e-8);
  EXPECT_NEAR(fit.terms[1].estimate, 1.03274439332864, 1e-8);
  e.model.penalty = Penalty::none;
  EXPECT_NE(e.fit().method, "Firth");
  e.model.penalty = Penalty::ridge;
  GlmFit const ridge = e.fit();
  EXPECT_TRUE(ridge.converged);
  EXPECT_LT(ridge.terms[1].estimate, 2);
  EXPECT_GT(ridge.terms[1].estimate, 0);
}

TEST(Glm, QuasiSeparationAndTheOtherFamilies) {
  // a group without events
  for (Family const family : {Family::logistic, Family::poisson, Family::cloglog}) {
    Example e(family);
    for (int i = 0; i < 40; ++i) e.add(i % 2 == 0 && i % 4 != 1 ? i % 3 == 0 : 0, {double(i % 2)});
    e.plain();
    GlmFit const fit = e.fit();
    EXPECT_EQ(fit.method, family == Family::cloglog ? "ridge" : "Firth");
    EXPECT_EQ(fit.separating, std::vector<std::string>{"x1"});
    EXPECT_TRUE(fit.converged);
    EXPECT_LT(fit.terms[1].estimate, 0);
    EXPECT_TRUE(std::isfinite(fit.terms[1].se));
  }
  // a saturated logistic model with Firth's penalty is that of counts + 1/2
  Example e(Family::logistic);
  for (int i = 0; i < 30; ++i) e.add(i % 3 == 0, {double(i % 2)});
  e.plain();
  e.model.penalty = Penalty::firth;
  GlmFit const fit = e.fit();
  EXPECT_NEAR(fit.terms[0].estimate, std::log(5.5 / 10.5), 1e-9);
  EXPECT_NEAR(fit.terms[1].estimate, 0, 1e-9);
  Example wrong(Family::linear);
  wrong.add(1, {2});
  wrong.plain();
  wrong.model.penalty = Penalty::firth;
  EXPECT_THROW((void)wrong.fit(), pt::Error);
}

TEST(Glm, CollinearColumnsAreNamed) {
  Example e(Family::linear);
  for (int i = 0; i < 20; ++i) {
    double const a = i % 5, b = i % 7;
    e.add(i % 3, {a, b, 2 * a - b + 1, 4, a * b});
  }
  e.plain();
  GlmFit const fit = e.fit();
  EXPECT_EQ(fit.terms[3].collinear_with, "x1, x2");
  EXPECT_EQ(fit.terms[4].collinear_with, "constant");
  EXPECT_TRUE(std::isnan(fit.terms[3].estimate));
  EXPECT_TRUE(std::isfinite(fit.terms[5].se));
  EXPECT_EQ(fit.df, 16);
  // large values with a small spread are no constant
  Example years(Family::linear);
  for (int i = 0; i < 20; ++i) years.add(i % 3 + 2 * (i % 4), {2013.0 + i % 4});
  years.plain();
  EXPECT_EQ(years.fit().terms[1].collinear_with, "");
}

TEST(Glm, PerfectLinearFitAndManyEqualRows) {
  Example e(Family::linear);
  for (int i = 0; i < 10; ++i) e.add(3 + 2 * i, {double(i)});
  e.plain();
  GlmFit const fit = e.fit();
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.terms[1].estimate, 2, 1e-12);
  EXPECT_NEAR(fit.terms[1].se, 0, 1e-12);
  pt::Host host;
  DesignBuffer buffer(host, 4, 1 << 20);
  for (int i = 0; i < 1000; ++i)
    buffer.add(std::vector<double>{double(i % 2), 0, 0, double(i % 5)}, 1);
  EXPECT_EQ(buffer.rows(), 10u);
  DesignBuffer none(host, 4, 1 << 20);
  Example empty(Family::logistic);
  empty.term("(intercept)", {});
  EXPECT_THROW((void)fit_glm(empty.model, none, none, host), pt::Error);
}

TEST(Formula, Reads) {
  Formula f = parse_formula("Y ~ age + \"Odd \"\"Name\" + factor(race, 'It''s') + age:race");
  EXPECT_EQ(f.response, "y");
  ASSERT_EQ(f.columns.size(), 3u);
  EXPECT_EQ(f.columns[1].name, "Odd \"Name");
  EXPECT_TRUE(f.columns[2].factor);
  EXPECT_EQ(f.columns[2].reference, "It's");
  EXPECT_EQ(f.terms, (std::vector<std::vector<int>>{{0}, {1}, {2}, {0, 2}}));
  f = parse_formula("d / n ~ a*b*c - 1");
  EXPECT_EQ(f.trials, "n");
  EXPECT_FALSE(f.intercept);
  EXPECT_EQ(f.terms.size(), 7u);
  EXPECT_TRUE(parse_formula("y ~ 1").terms.empty());
  EXPECT_FALSE(parse_formula("y~0+x").intercept);
  EXPECT_EQ(parse_formula("y ~ \xc3\xa4").columns[0].name, "\xc3\xa4");
  for (const char* const bad :
       {"", "y", "y ~", "y ~ a +", "y ~ a b", "~ a", "y ~ a; DROP TABLE t", "y ~ log(a)", "y ~ \"a",
        "y ~ factor(a", "y ~ factor(a, b)", "y ~ - a", "y ~ \"\"", "y ~ a--b", "y ~ 2"})
    EXPECT_THROW((void)parse_formula(bad), pt::Error) << bad;
  EXPECT_THROW((void)parse_formula("y ~ a + a:b"), pt::Error);
  EXPECT_THROW((void)parse_formula("y ~ " + std::string(64, 'a')), pt::Error);
}
