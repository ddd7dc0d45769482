// Statistics of arrays: sql/89-tests-and-intervals.sql. Pure functions of their arguments.
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/mean.hpp"
#include "core/stats/ranks.hpp"
#include "core/stats/resampling.hpp"
#include "core/stats/table.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/table_argument.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

using Cell = ResultSet::Cell;

constexpr double kMostCompositions = 1e6;
constexpr std::size_t kMostObservations = 1'000'000;

using Numbers = std::vector<std::optional<double>>;

/// An array argument; 22000 for NaN and infinity.
Numbers numbers(const Args& args, int i, const char* name) {
  Numbers result = float8_array_elements(args.value(i, name), name);
  for (const auto& x : result)
    if (x && !std::isfinite(*x))
      throw data_error(std::string(name) + " holds NaN or infinity", {},
                       "Leave such rows out with FILTER (WHERE ...).");
  return result;
}

/// Weights of n values: 1 without any, 0 for NULL. 22023 for negative ones and another length.
std::vector<double> weights(const Args& args, int i, std::size_t n) {
  std::vector<double> result(n, 1);
  if (args.is_null(i)) return result;
  Numbers const given = numbers(args, i, "weights");
  if (given.size() != n) throw invalid_parameter("the arrays must have the same length");
  for (std::size_t k = 0; k < n; ++k) {
    result[k] = given[k].value_or(0);
    if (result[k] < 0) throw invalid_parameter("a weight must be at least 0");
  }
  return result;
}

/// The generator of a seed. No secret: the arguments alone say what comes out.
model::Prf generator(std::int64_t seed) {
  model::Prf::Key key{};
  for (std::size_t i = 0; i < 8; ++i)
    key[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(seed) >> (8 * i));
  return model::Prf(key);
}

int draws_argument(const Args& args, int i, const char* name, int otherwise) {
  std::int32_t const draws = args.optional_int4(i).value_or(otherwise);
  if (draws < 100 || draws > 1'000'000)
    throw invalid_parameter(std::string(name) + " must lie between 100 and 1000000");
  return draws;
}

/// Counts of at least 0, without NULL.
std::vector<double> counts(const Numbers& given, const char* name) {
  std::vector<double> result;
  for (const auto& x : given) {
    if (!x || *x < 0)
      throw invalid_parameter(std::string(name) + " must hold numbers of at least 0, without NULL");
    result.push_back(*x);
  }
  return result;
}

Datum fit_result(FunctionCallInfo fcinfo, double n, double chi_square, double df, double p,
                 double smallest, std::optional<double> exact, const char* method) {
  std::vector<Cell> const cells{n,
                                number_cell(chi_square),
                                number_cell(df),
                                number_cell(p),
                                number_cell(std::sqrt(chi_square / n)),
                                number_cell(smallest),
                                exact ? number_cell(*exact) : Cell(),
                                method};
  return composite_result(fcinfo, cells);
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_rank_correlation) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0) || args.is_null(1)) PG_RETURN_NULL();
  Numbers const x = numbers(args, 0, "x"), y = numbers(args, 1, "y");
  if (x.size() != y.size()) throw pt::invalid_parameter("the arrays must have the same length");
  std::vector<double> const w = weights(args, 2, x.size());
  std::vector<pt::stats::WeightedPair> pairs;
  double n = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!x[i] || !y[i] || w[i] == 0) continue;
    pairs.push_back({*x[i], *y[i], w[i]});
    n += w[i];
  }
  double const rho = pt::stats::spearman(pairs);
  std::vector<Cell> const cells{n, number_cell(rho),
                                number_cell(pt::stats::spearman_p_value(rho, n))};
  return composite_result(fcinfo, cells);
}

PT_FUNCTION(pt_kruskal_wallis) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0) || args.is_null(1)) PG_RETURN_NULL();
  Numbers const values = numbers(args, 0, "values");
  auto const groups = text_array_elements(args.value(1, "groups"), "groups");
  if (values.size() != groups.size())
    throw pt::invalid_parameter("the arrays must have the same length");
  std::vector<double> const w = weights(args, 2, values.size());
  std::map<std::string, std::size_t> number;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] && groups[i] && w[i] > 0) number.emplace(*groups[i], number.size());
  std::map<double, std::vector<double>> by_value;
  double n = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i] || !groups[i] || w[i] == 0) continue;
    auto& at = by_value[*values[i]];
    at.resize(number.size());
    at[number.at(*groups[i])] += w[i];
    n += w[i];
  }
  std::vector<pt::stats::ValueCounts> rows;
  for (const auto& [value, count] : by_value) rows.push_back({value, count});
  pt::stats::RankTest const test = pt::stats::kruskal_wallis(rows, number.size());
  std::vector<Cell> const cells{n, static_cast<std::int32_t>(number.size()),
                                number_cell(test.statistic), number_cell(test.df),
                                number_cell(test.p_value)};
  return composite_result(fcinfo, cells);
}

PT_FUNCTION(pt_goodness_of_fit) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0) || args.is_null(1)) PG_RETURN_NULL();
  std::vector<double> const observed = counts(numbers(args, 0, "observed"), "observed"),
                            shares = counts(numbers(args, 1, "probabilities"), "probabilities");
  if (observed.size() != shares.size() || observed.size() < 2)
    throw pt::invalid_parameter("observed and probabilities must have the same length, at least 2");
  double n = 0, total = 0, least = INFINITY;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    n += observed[i];
    total += shares[i];
    if (shares[i] == 0 && observed[i] > 0)
      throw pt::data_error("something was observed that has the probability 0");
  }
  if (!(n > 0) || !(total > 0)) throw pt::data_error("there is nothing to compare");
  for (double const p : shares)
    if (p > 0) least = std::min(least, p / total * n);
  pt::stats::GoodnessOfFit const fit = pt::stats::goodness_of_fit(observed, shares);
  int const draws = draws_argument(args, 2, "draws", 10000);
  if (least >= 5)
    return fit_result(fcinfo, n, fit.chi_square, fit.df, fit.p_value, least, {}, "chi-square");
  PgHost host("pt_goodness_of_fit");
  double exact = pt::stats::multinomial_exact(observed, shares, kMostCompositions, host);
  bool const drawn = std::isnan(exact);
  if (drawn)
    exact = pt::stats::goodness_of_fit_by_draws(observed, shares, draws,
                                                generator(args.optional_int8(3).value_or(1)), host);
  return fit_result(fcinfo, n, fit.chi_square, fit.df, fit.p_value, least, exact,
                    drawn ? "drawn" : "exact multinomial");
}

PT_FUNCTION(pt_independence) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0)) PG_RETURN_NULL();
  pt::stats::Table const table = table_argument(args, 0, "counts");
  pt::stats::Association const a = pt::stats::association(table);
  int const draws = draws_argument(args, 1, "draws", 10000);
  if (std::isnan(a.chi_square) || a.smallest_expected >= 5)
    return fit_result(fcinfo, a.n, a.chi_square, a.df, a.p_value, a.smallest_expected, {},
                      "chi-square");
  if (a.n > static_cast<double>(kMostObservations))
    throw pt::program_limit("there are more than 1,000,000 observations to deal");
  PgHost host("pt_independence");
  return fit_result(fcinfo, a.n, a.chi_square, a.df, a.p_value, a.smallest_expected,
                    pt::stats::independence_by_draws(
                        table, draws, generator(args.optional_int8(2).value_or(1)), host),
                    "drawn");
}

PT_FUNCTION(pt_bootstrap) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0)) PG_RETURN_NULL();
  Numbers const given = numbers(args, 0, "values");
  std::string const word = args.optional_text(1).value_or("median");
  if (word != "median" && word != "mean")
    throw pt::invalid_parameter("unknown statistic \"" + word + "\"", {}, "Use median or mean.");
  std::vector<double> const w = weights(args, 2, given.size());
  std::vector<double> values;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) continue;
    if (w[i] != std::floor(w[i]))
      throw pt::invalid_parameter("weights must be whole numbers: each is so many observations");
    if (static_cast<double>(values.size()) + w[i] > static_cast<double>(kMostObservations))
      throw pt::program_limit("there are more than 1,000,000 observations to draw from");
    values.insert(values.end(), static_cast<std::size_t>(w[i]), *given[i]);
  }
  int const resamples = draws_argument(args, 3, "resamples", 2000);
  double const confidence = args.optional_float8(5).value_or(.95);
  (void)pt::stats::two_sided_z(confidence);  // refuses what is none
  PgHost host("pt_bootstrap");
  pt::stats::Bootstrap const b = pt::stats::bca(
      values, word == "mean" ? pt::stats::Statistic::mean : pt::stats::Statistic::median, resamples,
      confidence, generator(args.optional_int8(4).value_or(1)), host);
  std::vector<Cell> const cells{static_cast<double>(values.size()), number_cell(b.estimate),
                                number_cell(b.se), number_cell(b.interval.low),
                                number_cell(b.interval.high)};
  return composite_result(fcinfo, cells);
}

PT_FUNCTION(pt_theil) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0)) PG_RETURN_NULL();
  Numbers const given = numbers(args, 0, "values");
  std::vector<double> const w = weights(args, 1, given.size());
  std::vector<double> values, kept;
  for (std::size_t i = 0; i < given.size(); ++i)
    if (given[i]) {
      values.push_back(*given[i]);
      kept.push_back(w[i]);
    }
  double const t = pt::stats::theil(values, kept);
  if (std::isnan(t)) PG_RETURN_NULL();
  PG_RETURN_FLOAT8(t);
}
