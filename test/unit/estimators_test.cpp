#include "core/risk/estimators.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "core/error.hpp"
#include "core/risk/estimators_loglinear.hpp"
#include "core/risk/estimators_record.hpp"
#include "core/risk/estimators_threshold.hpp"
#include "oracles.hpp"

using namespace pt;
using namespace pt::risk;
using model::Code;

namespace {

const std::vector<std::string> kAdult{
    "sex",       "age",        "race",        "marital_status", "education", "native_country",
    "workclass", "occupation", "salary_class"};

#define EXPECT_RELATIVE(actual, expected, tolerance) \
  EXPECT_NEAR((actual) / (expected), 1, tolerance) << (actual) << " against " << (expected)

ClassSizes sizes_from(std::vector<SizeCount> counts) {
  ClassSizes out;
  for (const SizeCount& c : counts) {
    out.people += c.size * c.classes;
    out.classes += c.classes;
  }
  out.counts = std::move(counts);
  return out;
}

/// A population by codes, and what is true of it.
struct World {
  std::vector<std::vector<Code>> columns;

  [[nodiscard]] std::size_t size() const { return columns.front().size(); }
};

/// Skewed attributes; with `ties` each depends on the one before it.
World draw_world(std::size_t people, const std::vector<unsigned>& values, double ties,
                 std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  World world;
  for (std::size_t a = 0; a < values.size(); ++a) {
    auto& column = world.columns.emplace_back(people);
    for (std::size_t i = 0; i < people; ++i)
      column[i] = a > 0 && uniform(random) < ties
                      ? world.columns[a - 1][i] % values[a]
                      : static_cast<Code>(values[a] * std::pow(uniform(random), 2.2));
  }
  return world;
}

/// A simple random sample: its tuples, and for each the people of the population in its cell.
struct Sample {
  group::TupleTable tuples;
  std::vector<std::uint32_t> population;
};

Sample draw_sample(Host& host, const World& world, double fraction, std::uint64_t seed) {
  std::vector<std::uint32_t> order(world.size());
  std::iota(order.begin(), order.end(), 0u);
  std::mt19937_64 random(seed);
  std::shuffle(order.begin(), order.end(), random);
  order.resize(static_cast<std::size_t>(std::lround(fraction * static_cast<double>(world.size()))));
  std::vector<std::vector<Code>> columns(world.columns.size());
  for (std::size_t a = 0; a < columns.size(); ++a)
    for (const std::uint32_t i : order) columns[a].push_back(world.columns[a][i]);
  const group::TupleTable whole = test::tuples_of(host, world.columns);
  Sample out{test::tuples_of(host, columns), {}};
  out.population.resize(out.tuples.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    out.population[out.tuples.tuple_of_row[i]] = whole.people[whole.tuple_of_row[order[i]]];
  return out;
}

struct Truth {
  double reidentifications = 0, unique = 0, matches = 0;
};

Truth truth_of(const Sample& sample) {
  Truth truth;
  for (std::size_t t = 0; t < sample.population.size(); ++t) {
    truth.reidentifications += double(sample.tuples.people[t]) / sample.population[t];
    if (sample.tuples.people[t] != 1) continue;
    truth.unique += sample.population[t] == 1;
    truth.matches += 1.0 / sample.population[t];
  }
  return truth;
}

}  // namespace

// privacy-models.md, sections 4.1 and 11: worked example, sampling fraction 12/124.
TEST(RecordRisk, PoissonExample) {
  const std::vector<std::uint32_t> f{4, 3, 2, 2, 1};
  const std::vector<double> v{25.4074074074074, 18.1481481481481, 9.07407407407407,
                              6.48148148148148, 18.1481481481481};
  const std::vector<double> expected{.0350627263, .0493641765, .0980605338, .1305180896,
                                     .0551020401};
  const double pi = 12.0 / 124;
  std::vector<double> mean;
  for (std::size_t j = 0; j < f.size(); ++j) {
    EXPECT_NEAR(poisson_inverse(f[j], v[j]), expected[j], 1e-9);
    mean.push_back(v[j] * pi / (1 - pi));
  }
  Host host;
  EXPECT_NEAR(poisson_sums(host, f, mean, pi).reidentifications, .8006027216, 1e-9);
  EXPECT_NEAR(poisson_inverse(30, 2), .0313095, 5e-8);  // forward recurrence would give 1e6
}

TEST(RecordRisk, PoissonEqualsItsIntegral) {
  using boost::math::quadrature::gauss_kronrod;
  for (const std::uint64_t f : {1, 2, 3, 7, 30, 200})
    for (const double v : {0.0, 1e-9, 1e-3, .5, 2.0, 6.99, 7.0, 29.5, 31.0, 250.0, 5000.0}) {
      const auto integrand = [&](double t) {
        return std::pow(t, double(f) - 1) * std::exp(-v * (1 - t));
      };
      double integral = 0;  // in pieces: the mass lies near 1 when v is large
      const std::array<double, 6> ends{0, .5, .9, .99, .999, 1};
      for (std::size_t i = 0; i + 1 < ends.size(); ++i)
        integral +=
            gauss_kronrod<double, 61>::integrate(integrand, ends[i], ends[i + 1], 10, 1e-13);
      EXPECT_RELATIVE(poisson_inverse(f, v), integral, 1e-10) << "f " << f << " v " << v;
    }
  EXPECT_RELATIVE(poisson_inverse(1000000, 3e6), 1 / 4e6, 1e-5);
}

// Franconi & Polettini 2004; exact 2F1 by three computations (privacy-models.md, section 4.2).
TEST(RecordRisk, IndividualRiskIsExact) {
  const std::vector<std::array<double, 4>> known{{1, 10, .2558427881104494, .25584278811},
                                                 {2, 50, .03607834058182601, .0360783405818},
                                                 {3, 108, .0135529683717424, .013698630137},
                                                 {4, 100, .013083469341287858, .0131578947368},
                                                 {5, 200, .006199139976620377, .00621118012422},
                                                 {10, 400, .0027691584661798316, .00277008310249},
                                                 {15, 600, .0017822944317918508, .0017825311943},
                                                 {20, 400, .0026243116076632685, .00262467191601},
                                                 {30, 600, .0017210704510632743, .00172117039587},
                                                 {40, 4000, .0002563428164703427, .000256344527044},
                                                 {60, 600, .0016920031855943904, .00169204737733}};
  for (const auto& [f, weights, exact, approximate] : known) {
    EXPECT_RELATIVE(individual_risk(std::uint64_t(f), weights), exact, 1e-12);
    EXPECT_RELATIVE(individual_risk_approximate(std::uint64_t(f), weights), approximate, 1e-11);
  }
  // the sum that defines it: (1/h) C(h-1, f-1) p^f (1-p)^(h-f), h = f, f+1, ...
  for (const std::uint64_t f : {1, 2, 3, 5, 29, 30, 31, 80})
    for (const double p : {.02, .2, .49, .5, .51, .9, .999}) {
      double probability = std::pow(p, double(f)), sum = 0;
      for (double h = double(f); h < double(f) + 4000; ++h) {
        sum += probability / h;
        probability *= h / (h - double(f) + 1) * (1 - p);
      }
      if (sum < 1e-300) continue;
      if (double(f) / p < 1500) {
        EXPECT_RELATIVE(individual_risk(f, double(f) / p), sum, 1e-9) << f << " " << p;
      }
    }
  EXPECT_EQ(individual_risk(4, 4), .25);
  EXPECT_EQ(individual_risk(4, 1), .25);  // weights below the class size count as that size
  EXPECT_RELATIVE(individual_risk(1000000000, 1e12), 1e-12, 1e-6);
}

TEST(RecordRisk, IndividualRiskOfTheExample) {
  const std::vector<std::array<double, 3>> classes{{4, 40, .0318849893},
                                                   {3, 60, .0239824657},
                                                   {2, 10, .1494101305},
                                                   {2, 5, .2594263414},
                                                   {1, 9, .2746530722}};
  double sum = 0;
  for (const auto& [f, weights, risk] : classes) {
    EXPECT_NEAR(individual_risk(std::uint64_t(f), weights), risk, 1e-10);
    sum += f * individual_risk(std::uint64_t(f), weights);
  }
  EXPECT_NEAR(sum, 1.2918133703, 1e-9);
  EXPECT_NEAR(individual_risk_approximate(4, 40), .0322580645, 1e-10);
  EXPECT_NEAR(individual_risk_approximate(3, 60), .0243902439, 1e-10);
}

TEST(RecordRisk, ReadsTheOracleFiles) {
  const auto path = test::shared_file("oracles/sdcmicro/individual_risk_exact_reference.csv");
  const auto franc = test::shared_file("oracles/sdcmicro/francdat_expected.csv");
  if (!path || !franc) GTEST_SKIP() << "no oracles here (set PT_SHARED)";
  const auto table = test::read_text_table(*path);
  ASSERT_EQ(table.at("f").size(), 11u);
  for (std::size_t i = 0; i < table.at("f").size(); ++i)
    EXPECT_RELATIVE(individual_risk(std::stoull(table.at("f")[i]), std::stod(table.at("F")[i])),
                    std::stod(table.at("exact_2F1")[i]), 1e-12);
  const auto rows = test::read_text_table(*franc);
  ASSERT_EQ(rows.at("fk").size(), 8u);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_RELATIVE(individual_risk(std::stoull(rows.at("fk")[i]), std::stod(rows.at("Fk")[i])),
                    std::stod(rows.at("risk_exact")[i]), 1e-9);
}

// Formula verified against ARX (privacy-models.md, section 2).
TEST(Thresholds, DerivedK) {
  EXPECT_EQ(derived_k(3, 30162, 60324, .01).k, 3u);
  EXPECT_EQ(derived_k(20, 30162, 60324, .01).k, 20u);
  EXPECT_NEAR(derived_k(20, 30162, 60324, .01).error, .007186504603853838, 1e-12);
  EXPECT_EQ(derived_k_truncated(20, 30162, 60324, .01).k, 19u);
  EXPECT_NEAR(derived_k_truncated(20, 30162, 60324, .01).error, .007186830885471784, 1e-12);
  EXPECT_EQ(derived_k(1000, 30162, 60324, .01).k, 555u);
  EXPECT_EQ(derived_k(1000, 4, 8, .01).k, 4u);  // never above the sample
  for (const double bad : {0.0, 1.0, -1.0, std::nan("")})
    EXPECT_THROW(static_cast<void>(derived_k(5, 10, 100, bad)), Error);
  EXPECT_THROW(static_cast<void>(derived_k(5, 10, 9, .05)), Error);
  EXPECT_THROW(static_cast<void>(derived_k(0, 10, 100, .05)), Error);
  const auto path = test::shared_file("oracles/arx/kmap_derived_k.csv");
  if (!path) GTEST_SKIP() << "no oracles here (set PT_SHARED)";
  const auto table = test::read_text_table(*path);
  ASSERT_EQ(table.at("n").size(), 100u);
  for (std::size_t i = 0; i < 100; ++i) {
    const auto n = std::stoull(table.at("n")[i]), k = std::stoull(table.at("k")[i]);
    const double population = std::stod(table.at("population")[i]);
    const double significance = std::stod(table.at("significance")[i]);
    const DerivedK found = table.at("estimator")[i] == "POISSON"
                               ? derived_k(k, n, population, significance)
                               : derived_k_truncated(k, n, population, significance);
    EXPECT_EQ(found.k, std::stoull(table.at("derived_k")[i])) << "row " << i;
    EXPECT_NEAR(found.error, std::stod(table.at("type1_error")[i]), 1e-9) << "row " << i;
  }
}

TEST(Thresholds, ThresholdToSize) {
  const std::vector<std::pair<double, std::uint64_t>> known{
      {.5, 2},   {.34, 3},  {1 / 3.0, 3}, {.25, 4},  {.2, 5},    {.15, 7},     {.1, 10},
      {.09, 12}, {.05, 20}, {.04, 25},    {.03, 34}, {.01, 100}, {.001, 1000}, {1, 1}};
  for (const auto& [threshold, size] : known) EXPECT_EQ(threshold_to_size(threshold), size);
  for (const double bad : {0.0, -.1, 1.1, std::nan("")})
    EXPECT_THROW(static_cast<void>(threshold_to_size(bad)), Error);
}

// The peer's k is one too large: its search increments once more after success.
TEST(Thresholds, SafePub) {
  EXPECT_EQ(safepub_k(.01, 1e-3), 26u);
  EXPECT_EQ(safepub_k(.6931471805599453, 1e-3), 31u);
  EXPECT_EQ(safepub_k(.6931471805599453, 1e-6), 67u);
  for (const double bad : {0.0, -1.0, 1e9, std::nan("")}) {
    EXPECT_THROW(static_cast<void>(safepub_k(bad, 1e-6)), Error);
    EXPECT_THROW(static_cast<void>(safepub_k(1, bad)), Error);
  }
  EXPECT_GT(safepub_k(1e-6, 1e-6), 20u);  // and in no time
  EXPECT_LT(safepub_k(3, 1e-9), 1000000u);
  const auto path = test::shared_file("oracles/arx/safepub_beta_k.csv");
  if (!path) GTEST_SKIP() << "no oracles here (set PT_SHARED)";
  const auto table = test::read_text_table(*path);
  ASSERT_EQ(table.at("k").size(), 40u);
  for (std::size_t i = 0; i < 40; ++i)
    EXPECT_EQ(safepub_k(std::stod(table.at("epsilon")[i]), std::stod(table.at("delta")[i])) + 1,
              std::stoull(table.at("k")[i]))
        << "row " << i;
}

// Own computation, ARX agrees on Pitman and Zayatz (privacy-models.md, section 12).
TEST(Uniques, AdultForElevenPopulations) {
  const auto data = test::shared_file("data/adult_arx.csv.gz");
  const auto path = test::shared_file("oracles/arx/popuniq_adult_reference.csv");
  if (!data || !path) GTEST_SKIP() << "no adult or oracles here (set PT_SHARED)";
  Host host;
  const auto tuples = test::tuples_of(host, test::read_text_table(*data), kAdult);
  const ClassSizes sample = count_sizes(tuples.people);
  EXPECT_EQ(sample.people, 30162u);
  EXPECT_EQ(sample.classes, 19502u);
  EXPECT_EQ(sample.with_size(1), 15512u);
  EXPECT_EQ(sample.with_size(2), 2098u);
  const auto table = test::read_text_table(*path);
  ASSERT_EQ(table.at("N").size(), 11u);
  for (std::size_t i = 0; i < 11; ++i) {
    const double n = std::stod(table.at("N")[i]);
    const auto cell = [&](const char* name) { return std::stod(table.at(name)[i]); };
    const PitmanEstimate p = pitman(host, sample, n);
    ASSERT_TRUE(p.uniques.converged()) << p.uniques.why;
    EXPECT_RELATIVE(*p.uniques.value / n, cell("pitman"), 1e-9);
    EXPECT_RELATIVE(p.theta, cell("theta"), 1e-9);
    EXPECT_RELATIVE(p.alpha, cell("alpha"), 1e-9);
    const ZayatzEstimate z = zayatz(host, sample, n);
    ASSERT_TRUE(z.uniques.converged());
    EXPECT_RELATIVE(*z.uniques.value / n, cell("zayatz"), 1e-9);
    EXPECT_RELATIVE(z.conditional, cell("zayatz_cond"), 1e-9);
    const SnbEstimate s = shifted_negative_binomial(host, sample, n);
    ASSERT_TRUE(s.uniques.converged()) << s.uniques.why;
    EXPECT_RELATIVE(*s.uniques.value / n, cell("snb"), 1e-6);  // the reference stops at 1e-6
    EXPECT_RELATIVE(s.a, cell("snb_a"), 1e-5);
    EXPECT_RELATIVE(s.b, cell("snb_b"), 1e-5);
    EXPECT_RELATIVE(s.classes, cell("snb_K"), 1e-9);
    const DankarEstimate d = dankar(sample, n, p, z, s);
    EXPECT_EQ(d.model, 30162 <= .1 * n                       ? "pitman"
                       : *s.uniques.value < *z.uniques.value ? "snb"
                                                             : "zayatz");
  }
}

// Monte Carlo of the model itself (privacy-models.md, section 4.5), smaller: F - 1 is negative
// binomial, every person is kept with probability q. The expectations written down here hold in the
// simulation, and the fit solves them. Where the formula divides, a peer multiplies; that gives a
// two-hundredth of the pairs.
TEST(Uniques, ShiftedNegativeBinomialHasTheRightExpectations) {
  const double q = .15;
  const auto expected = [q](double a, double b) {  // f1 and f2 of one class
    const double w = (1 - q) * (1 - b), left = std::pow(b / (1 - w), a);
    return std::pair(
        q * left * (a * w / (1 - w) + 1),
        a * std::pow(b, a) * q * q * (1 - b) * (2 - (1 - a) * w) / (2 * std::pow(1 - w, a + 2)));
  };
  EXPECT_NEAR(4e6 * expected(.6, .25).second, 215171, .5);
  const std::size_t classes = 400000;
  std::mt19937_64 random(7);
  std::gamma_distribution<double> mixture(.6, .75 / .25);
  std::vector<std::uint32_t> kept;
  std::uint64_t population = 0;
  for (std::size_t j = 0; j < classes; ++j) {
    const double rate = mixture(random);
    const auto size = 1 + (rate > 0 ? std::poisson_distribution<int>(rate)(random) : 0);
    population += static_cast<std::uint64_t>(size);
    kept.push_back(static_cast<std::uint32_t>(std::binomial_distribution<int>(size, q)(random)));
  }
  Host host;
  const ClassSizes sample = count_sizes(kept);
  EXPECT_RELATIVE(double(sample.with_size(1)), double(classes) * expected(.6, .25).first, .01);
  EXPECT_RELATIVE(double(sample.with_size(2)), double(classes) * expected(.6, .25).second, .02);
  const double real_fraction = double(sample.people) / double(population);
  EXPECT_NEAR(real_fraction, q, 1e-3);
  const SnbEstimate s = shifted_negative_binomial(host, sample, double(sample.people) / q);
  ASSERT_TRUE(s.uniques.converged());
  EXPECT_RELATIVE(s.classes * expected(s.a, s.b).first, double(sample.with_size(1)), 1e-8);
  EXPECT_RELATIVE(s.classes * expected(s.a, s.b).second, double(sample.with_size(2)), 1e-8);
  EXPECT_RELATIVE(*s.uniques.value, s.classes * std::pow(s.b, s.a), 1e-12);
}

TEST(Uniques, SayWhyThereIsNoEstimate) {
  Host host;
  const auto none = [&](const ClassSizes& sample, double population) {
    const PitmanEstimate p = pitman(host, sample, population);
    EXPECT_FALSE(p.uniques.value);
    EXPECT_FALSE(p.uniques.why.empty());
    const SnbEstimate s = shifted_negative_binomial(host, sample, population);
    EXPECT_FALSE(s.uniques.value);
    EXPECT_FALSE(s.uniques.why.empty());
  };
  none({}, 100);
  none(sizes_from({{1, 1}}), 100);
  none(sizes_from({{1, 3}, {2, 2}}), 100);  // 7 people
  none(sizes_from({{1, 50}}), 1000);        // all unique
  EXPECT_FALSE(zayatz(host, {}, 100).uniques.value);
  EXPECT_FALSE(zayatz(host, sizes_from({{1, 3}}), 100).uniques.value);
  // one class; a census; nobody unique
  EXPECT_FALSE(pitman(host, sizes_from({{50, 1}}), 1000).uniques.why.empty());
  const ClassSizes sample = sizes_from({{1, 20}, {2, 10}, {5, 4}});
  EXPECT_EQ(pitman(host, sample, 60).uniques.value, 20);
  EXPECT_EQ(zayatz(host, sample, 60).uniques.value, 20);
  EXPECT_EQ(shifted_negative_binomial(host, sample, 60).uniques.value, 20);
  EXPECT_EQ(pitman(host, sizes_from({{2, 10}, {5, 4}}), 600).uniques.value, 0);
  EXPECT_FALSE(pitman(host, sizes_from({{2, 10}, {5, 4}}), 600).uniques.why.empty());
  for (const double bad :
       {59.0, 0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(static_cast<void>(pitman(host, sample, bad)), Error);
    EXPECT_THROW(static_cast<void>(zayatz(host, sample, bad)), Error);
    EXPECT_THROW(static_cast<void>(shifted_negative_binomial(host, sample, bad)), Error);
  }
}

// Few, large classes: theta runs to 0, where the likelihood rises still.
TEST(Uniques, PitmanAtTheEdgeIsNoEstimate) {
  Host host;
  const PitmanEstimate p = pitman(
      host, sizes_from({{1, 90}, {2, 40}, {3, 30}, {10, 60}, {30, 60}, {100, 40}, {900, 5}}), 1e6);
  if (p.uniques.value) {
    EXPECT_GT(p.theta, 1e-6);
  } else {
    EXPECT_FALSE(p.uniques.why.empty());
  }
}

// The rule with models that failed: never their 0.
TEST(Uniques, DankarSkipsWhatFailed) {
  const ClassSizes sample = sizes_from({{1, 100}});
  const PitmanEstimate no_pitman{Estimate::none("x"), 0, 0};
  const ZayatzEstimate zayatz_50{{50.0, {}}, .5};
  const SnbEstimate no_snb{Estimate::none("x"), 0, 0, 0}, snb_40{{40.0, {}}, 1, .5, 80};
  EXPECT_EQ(dankar(sample, 2000, no_pitman, zayatz_50, snb_40).model, "zayatz");
  EXPECT_EQ(dankar(sample, 2000, {{30.0, {}}, 1, .5}, zayatz_50, snb_40).model, "pitman");
  EXPECT_EQ(dankar(sample, 500, {{30.0, {}}, 1, .5}, zayatz_50, snb_40).uniques.value, 40);
  EXPECT_EQ(dankar(sample, 500, {{30.0, {}}, 1, .5}, zayatz_50, no_snb).uniques.value, 50);
  const ZayatzEstimate no_zayatz{Estimate::none("y"), 0};
  EXPECT_FALSE(dankar(sample, 2000, no_pitman, no_zayatz, no_snb).uniques.value);
}

TEST(LogLinear, TwoWayFitsItsMargins) {
  Host host;
  const World world = draw_world(3000, {5, 4, 3, 2}, .5, 3);
  const auto tuples = test::tuples_of(host, world.columns);
  const TwoWayFit fit = fit_two_way(host, tuples);
  ASSERT_TRUE(fit.converged) << fit.why;
  // Cells of the sample need not be all cells, but those without people add up to the difference.
  const double sum = std::accumulate(fit.mean.begin(), fit.mean.end(), 0.0);
  EXPECT_LE(sum, 3000 * (1 + 1e-6));
  EXPECT_GT(sum, 2900);
  // Two attributes: the model is saturated, its means are the counts themselves.
  const auto two = test::tuples_of(host, {world.columns[0], world.columns[1]});
  const TwoWayFit saturated = fit_two_way(host, two);
  ASSERT_TRUE(saturated.converged);
  for (std::size_t t = 0; t < two.size(); ++t)
    EXPECT_RELATIVE(saturated.mean[t], two.people[t], 1e-6);
  EXPECT_FALSE(fit_two_way(host, tuples, 10).why.empty());
  EXPECT_TRUE(fit_two_way(host, tuples, 10).mean.empty());
  EXPECT_FALSE(fit_two_way(host, tuples, 1000, 1).converged);
  const auto one = test::tuples_of(host, {world.columns[0]});
  EXPECT_TRUE(fit_two_way(host, one).mean.empty());
  EXPECT_FALSE(fit_two_way(host, one).why.empty());
}

// Ratio of estimate and truth in the bands of privacy-models.md, section 4.6: independent
// attributes, where the default must be right, and the two-way model is below.
TEST(Truth, IndependentPopulation) {
  Host host;
  const World world = draw_world(200000, {60, 2, 5, 40}, 0, 11);
  for (const double fraction : {.01, .05, .1, .5}) {
    const Sample sample = draw_sample(host, world, fraction, 5);
    const Truth truth = truth_of(sample);
    const auto mean = independence_means(host, sample.tuples);
    const PoissonSums sums = poisson_sums(host, sample.tuples.people, mean, fraction);
    EXPECT_NEAR(sums.reidentifications / truth.reidentifications, 1, fraction < .05 ? .06 : .03);
    EXPECT_NEAR(sums.unique / truth.unique, 1, fraction < .05 ? .25 : .1);
    EXPECT_NEAR(sums.matches / truth.matches, 1, fraction < .05 ? .08 : .05);
    const TwoWayFit fit = fit_two_way(host, sample.tuples);
    ASSERT_TRUE(fit.converged) << fit.why;
    const double two_way =
        poisson_sums(host, sample.tuples.people, fit.mean, fraction).reidentifications /
        truth.reidentifications;
    EXPECT_GT(two_way, .3);
    EXPECT_LT(two_way, 1.03);
    double individual = 0, naive = 0;
    for (const std::uint32_t f : sample.tuples.people) {
      individual += f * individual_risk(f, f / fraction);
      ++naive;
    }
    EXPECT_LT(individual / truth.reidentifications, fraction < .05 ? .7 : 1.05);  // too low
    EXPECT_GT(naive / truth.reidentifications, fraction < .5 ? 2 : 1);            // too high
  }
}

TEST(Truth, DependentPopulation) {
  Host host;
  const World world = draw_world(200000, {30, 6, 12, 20}, .35, 12);
  for (const double fraction : {.05, .1, .5}) {
    const Sample sample = draw_sample(host, world, fraction, 6);
    const Truth truth = truth_of(sample);
    const auto mean = independence_means(host, sample.tuples);
    const double ratio =
        poisson_sums(host, sample.tuples.people, mean, fraction).reidentifications /
        truth.reidentifications;
    EXPECT_GT(ratio, .8) << fraction;
    EXPECT_LT(ratio, 1.4) << fraction;
  }
}

TEST(Truth, Adult) {
  const auto data = test::shared_file("data/adult_arx.csv.gz");
  if (!data) GTEST_SKIP() << "no adult here (set PT_SHARED)";
  const auto table = test::read_text_table(*data);
  struct Band {
    std::vector<std::string> names;
    double fraction, low, high, tau_low, tau_high;
  };
  const std::vector<std::string> four{"sex", "age", "race", "education"};
  const std::vector<Band> bands{
      {kAdult, .05, 1.12, 1.32, 1.15, 1.45}, {kAdult, .1, 1.12, 1.28, 1.15, 1.37},
      {kAdult, .5, 1.04, 1.10, 1.05, 1.13},  {four, .05, .9, 1.15, .7, 1.25},
      {four, .1, .93, 1.12, .8, 1.2},        {four, .5, .97, 1.03, .9, 1.08}};
  Host host;
  for (const Band& band : bands) {
    World world;
    for (const std::string& name : band.names)
      world.columns.push_back(test::code_column(table.at(name)));
    const Sample sample = draw_sample(host, world, band.fraction, 3);
    const Truth truth = truth_of(sample);
    const auto mean = independence_means(host, sample.tuples);
    const PoissonSums sums = poisson_sums(host, sample.tuples.people, mean, band.fraction);
    const double ratio = sums.reidentifications / truth.reidentifications;
    EXPECT_GT(ratio, band.low) << band.names.size() << " at " << band.fraction;
    EXPECT_LT(ratio, band.high) << band.names.size() << " at " << band.fraction;
    EXPECT_GT(sums.unique / truth.unique, band.tau_low) << band.fraction;
    EXPECT_LT(sums.unique / truth.unique, band.tau_high) << band.fraction;
    // Pitman and the shifted negative binomial at half the population: within 6 % and 3 %.
    if (band.fraction == .5 && band.names.size() == 9) {
      const ClassSizes sizes = count_sizes(sample.tuples.people);
      const auto whole = count_sizes(test::tuples_of(host, world.columns).people);
      const auto uniques = static_cast<double>(whole.with_size(1));
      EXPECT_NEAR(*pitman(host, sizes, 30162).uniques.value / uniques, 1, .06);
      EXPECT_NEAR(*shifted_negative_binomial(host, sizes, 30162).uniques.value / uniques, 1, .03);
      EXPECT_NEAR(*zayatz(host, sizes, 30162).uniques.value / uniques, 1, .05);
    }
  }
}
