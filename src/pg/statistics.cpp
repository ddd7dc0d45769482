// Statistics for analysts: sql/80-statistics.sql. Pure functions of their arguments and aggregates
// whose states are float8 arrays of fixed length, so that they run parallel without further ado.
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/mean.hpp"
#include "core/stats/power.hpp"
#include "core/stats/preservation.hpp"
#include "core/stats/proportion.hpp"
#include "core/stats/table.hpp"
#include "pg/aggregate_state.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/table_argument.hpp"

namespace pt::pg {
namespace {

using stats::Moments;
using stats::TwoByTwo;
using Cell = ResultSet::Cell;

constexpr double kConfidence = 0.95;

/// A finite count of at least 0, or 22023.
double count_argument(const Args& args, int i, std::string_view name) {
  double const value = args.float8(i, name);
  if (!(value >= 0) || !std::isfinite(value))
    throw invalid_parameter(std::string(name) + " must be a finite number of at least 0");
  return value;
}

double probability_argument(const Args& args, int i, std::string_view name) {
  double const value = args.float8(i, name);
  if (!(value >= 0 && value <= 1))
    throw invalid_parameter(std::string(name) + " must lie between 0 and 1");
  return value;
}

double confidence_argument(const Args& args, int i) {
  double const confidence = args.optional_float8(i).value_or(kConfidence);
  (void)stats::two_sided_z(confidence);  // refuses what is none
  return confidence;
}

Datum estimate_result(FunctionCallInfo fcinfo, double n, double value, double se,
                      stats::Interval interval) {
  std::vector<Cell> const cells{n, number_cell(value), number_cell(se), number_cell(interval.low),
                                number_cell(interval.high)};
  return composite_result(fcinfo, cells);
}

Datum rate_result(FunctionCallInfo fcinfo, double s, double n, double confidence,
                  const std::string& method) {
  double const z = stats::two_sided_z(confidence), p = s / n;
  double const se = std::sqrt(p * (1 - p) / n);
  if (method == "wilson") return estimate_result(fcinfo, n, p, se, stats::wilson(s, n, z));
  if (method == "clopper-pearson")
    return estimate_result(fcinfo, n, p, se, stats::clopper_pearson(s, n, confidence));
  if (method == "wald") return estimate_result(fcinfo, n, p, se, {p - z * se, p + z * se});
  if (method == "poisson")
    return estimate_result(fcinfo, n, p, std::sqrt(s) / n, stats::poisson_score(s, n, z));
  throw invalid_parameter("unknown interval \"" + method + "\"", {},
                          "Use wilson, clopper-pearson, wald or poisson.");
}

Datum comparison_result(FunctionCallInfo fcinfo, const TwoByTwo& t, double confidence) {
  double const z = stats::two_sided_z(confidence);
  stats::Estimate const rd = stats::risk_difference(t, z), rr = stats::risk_ratio(t, z),
                        odds = stats::odds_ratio(t, z);
  stats::ProportionTest const test = stats::proportion_test(t);
  std::vector<Cell> const cells{t.n1(),
                                t.n0(),
                                number_cell(t.p1()),
                                number_cell(t.p0()),
                                number_cell(rd.value),
                                number_cell(rd.low),
                                number_cell(rd.high),
                                number_cell(rr.value),
                                number_cell(rr.low),
                                number_cell(rr.high),
                                number_cell(odds.value),
                                number_cell(odds.low),
                                number_cell(odds.high),
                                number_cell(stats::cohens_h(t.p1(), t.p0())),
                                number_cell(stats::standardized_difference(t.p1(), t.p0())),
                                test.exact ? "Fisher exact" : "two proportions",
                                number_cell(test.test.statistic),
                                number_cell(test.test.p_value)};
  return composite_result(fcinfo, cells);
}

double finite_argument(const Args& args, int i, std::string_view name) {
  double const value = args.float8(i, name);
  if (!std::isfinite(value))
    throw data_error(std::string(name) + " holds NaN or infinity", {},
                     "Leave such rows out with FILTER (WHERE ...).");
  return value;
}

constexpr int kRate = 2, kAverage = 3, kCompare = 4, kCompareMeans = 6, kCorrelation = 6,
              kMantelHaenszel = 8;

Moments moments_at(State& s, int first) { return {s[first], s[first + 1], s[first + 2]}; }
void store(State& s, int first, const Moments& m) {
  s[first] = m.n;
  s[first + 1] = m.mean;
  s[first + 2] = m.m2;
}
stats::CoMoments comoments(State& s) { return {s[0], s[1], s[2], s[3], s[4], s[5]}; }

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_rate_ci) {
  using namespace pt::pg;
  Args const args(fcinfo);
  double const s = count_argument(args, 0, "events"), n = count_argument(args, 1, "n");
  std::string const method = args.optional_text(3).value_or("wilson");
  if (s > n && method != "poisson")
    throw pt::invalid_parameter("there are more events than n", {},
                                "For events per person use the method poisson.");
  return rate_result(fcinfo, s, n, confidence_argument(args, 2), method);
}

PT_FUNCTION(pt_two_by_two) {
  using namespace pt::pg;
  Args const args(fcinfo);
  TwoByTwo const t{count_argument(args, 0, "a"), count_argument(args, 1, "b"),
                   count_argument(args, 2, "c"), count_argument(args, 3, "d")};
  return comparison_result(fcinfo, t, confidence_argument(args, 4));
}

PT_FUNCTION(pt_chi_square) {
  using namespace pt::pg;
  Args const args(fcinfo);
  pt::stats::Table const table = table_argument(args, 0, "counts");
  pt::stats::Association const a = pt::stats::association(table);
  std::vector<Cell> const cells{a.n,
                                number_cell(a.chi_square),
                                number_cell(a.df),
                                number_cell(a.p_value),
                                number_cell(a.cramers_v),
                                number_cell(a.cramers_v_corrected),
                                number_cell(a.smallest_expected)};
  return composite_result(fcinfo, cells);
}

PT_FUNCTION(pt_power_two_proportions) {
  using namespace pt::pg;
  Args const args(fcinfo);
  double const p1 = probability_argument(args, 0, "rate1"),
               p0 = probability_argument(args, 1, "rate0"), n1 = count_argument(args, 2, "n1"),
               n0 = count_argument(args, 3, "n0"), alpha = 1 - confidence_argument(args, 4);
  double const power = pt::stats::power_two_proportions(p1, p0, n1, n0, alpha);
  if (std::isnan(power)) PG_RETURN_NULL();
  PG_RETURN_FLOAT8(power);
}

PT_FUNCTION(pt_power_t) {
  using namespace pt::pg;
  Args const args(fcinfo);
  double const d = finite_argument(args, 0, "d"), n1 = count_argument(args, 1, "n1"),
               n0 = count_argument(args, 2, "n0"), alpha = 1 - confidence_argument(args, 3);
  double const power = pt::stats::power_t_test(d, n1, n0, alpha);
  if (std::isnan(power)) PG_RETURN_NULL();
  PG_RETURN_FLOAT8(power);
}

PT_FUNCTION(pt_interval_overlap) {
  using namespace pt::pg;
  Args const args(fcinfo);
  pt::stats::Interval const a{finite_argument(args, 0, "low1"), finite_argument(args, 1, "high1")},
      b{finite_argument(args, 2, "low2"), finite_argument(args, 3, "high2")};
  if (a.low > a.high || b.low > b.high)
    throw pt::invalid_parameter("the lower end of an interval is above its upper end");
  PG_RETURN_FLOAT8(pt::stats::interval_overlap(a, b));
}

// ---- aggregates: a rate

PT_FUNCTION(pt_rate_add) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::optional<double> const weight = weight_argument(args, 2);
  if (args.is_null(1) || !weight) return unchanged(fcinfo);
  State state = State::transition(fcinfo, kRate);
  if (args.boolean(1, "outcome")) state[0] += *weight;
  state[1] += *weight;
  return state.datum();
}
PT_FUNCTION(pt_rate_combine) { return pt::pg::combine_sums(fcinfo, pt::pg::kRate); }
PT_FUNCTION(pt_rate_result) {
  using namespace pt::pg;
  if (fcinfo->args[0].isnull) PG_RETURN_NULL();
  State state(fcinfo->args[0].value, kRate);
  return rate_result(fcinfo, state[0], state[1], kConfidence, "wilson");
}

// ---- a mean

PT_FUNCTION(pt_average_add) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::optional<double> const weight = weight_argument(args, 2);
  if (args.is_null(1) || !weight) return unchanged(fcinfo);
  double const value = finite_argument(args, 1, "value");
  State state = State::transition(fcinfo, kAverage);
  Moments m = moments_at(state, 0);
  m.add(value, *weight);
  store(state, 0, m);
  return state.datum();
}
PT_FUNCTION(pt_average_combine) {
  using namespace pt::pg;
  return combine_states(fcinfo, kAverage, [](State& a, State& b) {
    Moments m = moments_at(a, 0);
    m.merge(moments_at(b, 0));
    store(a, 0, m);
  });
}
PT_FUNCTION(pt_average_result) {
  using namespace pt::pg;
  if (fcinfo->args[0].isnull) PG_RETURN_NULL();
  State state(fcinfo->args[0].value, kAverage);
  Moments const m = moments_at(state, 0);
  double const se = std::sqrt(m.variance() / m.n);
  double const half = pt::stats::t_quantile(.5 + kConfidence / 2, m.n - 1) * se;
  return estimate_result(fcinfo, m.n, m.mean, se, {m.mean - half, m.mean + half});
}

// ---- two groups: a rate in each

PT_FUNCTION(pt_compare_add) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::optional<double> const weight = weight_argument(args, 3);
  if (args.is_null(1) || args.is_null(2) || !weight) return unchanged(fcinfo);
  State state = State::transition(fcinfo, kCompare);
  state[(args.boolean(2, "compared") ? 0 : 2) + (args.boolean(1, "outcome") ? 0 : 1)] += *weight;
  return state.datum();
}
PT_FUNCTION(pt_compare_combine) { return pt::pg::combine_sums(fcinfo, pt::pg::kCompare); }
PT_FUNCTION(pt_compare_result) {
  using namespace pt::pg;
  if (fcinfo->args[0].isnull) PG_RETURN_NULL();
  State s(fcinfo->args[0].value, kCompare);
  return comparison_result(fcinfo, {s[0], s[1], s[2], s[3]}, kConfidence);
}

// ---- two groups: a mean in each

PT_FUNCTION(pt_compare_means_add) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::optional<double> const weight = weight_argument(args, 3);
  if (args.is_null(1) || args.is_null(2) || !weight) return unchanged(fcinfo);
  double const value = finite_argument(args, 1, "value");
  State state = State::transition(fcinfo, kCompareMeans);
  int const first = args.boolean(2, "compared") ? 0 : 3;
  Moments m = moments_at(state, first);
  m.add(value, *weight);
  store(state, first, m);
  return state.datum();
}
PT_FUNCTION(pt_compare_means_combine) {
  using namespace pt::pg;
  return combine_states(fcinfo, kCompareMeans, [](State& a, State& b) {
    for (int const first : {0, 3}) {
      Moments m = moments_at(a, first);
      m.merge(moments_at(b, first));
      store(a, first, m);
    }
  });
}
PT_FUNCTION(pt_compare_means_result) {
  using namespace pt::pg;
  if (fcinfo->args[0].isnull) PG_RETURN_NULL();
  State s(fcinfo->args[0].value, kCompareMeans);
  Moments const one = moments_at(s, 0), zero = moments_at(s, 3);
  pt::stats::MeanDifference const m = pt::stats::mean_difference(one, zero, kConfidence);
  auto mean = [](const Moments& x) { return x.n > 0 ? Cell(x.mean) : Cell(); };
  std::vector<Cell> const cells{one.n,
                                zero.n,
                                mean(one),
                                mean(zero),
                                number_cell(m.difference.value),
                                number_cell(m.difference.low),
                                number_cell(m.difference.high),
                                number_cell(m.t),
                                number_cell(m.df),
                                number_cell(m.p_value),
                                number_cell(m.cohens_d),
                                number_cell(m.d_interval.low),
                                number_cell(m.d_interval.high),
                                number_cell(m.hedges_g)};
  return composite_result(fcinfo, cells);
}

// ---- correlation

PT_FUNCTION(pt_correlation_add) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::optional<double> const weight = weight_argument(args, 3);
  if (args.is_null(1) || args.is_null(2) || !weight) return unchanged(fcinfo);
  double const x = finite_argument(args, 1, "x"), y = finite_argument(args, 2, "y");
  State s = State::transition(fcinfo, kCorrelation);
  pt::stats::CoMoments m = comoments(s);
  m.add(x, y, *weight);
  double const* const parts[] = {&m.n, &m.mean_x, &m.mean_y, &m.m2_x, &m.m2_y, &m.c};
  for (int i = 0; i < kCorrelation; ++i) s[i] = *parts[i];
  return s.datum();
}
PT_FUNCTION(pt_correlation_combine) {
  using namespace pt::pg;
  return combine_states(fcinfo, kCorrelation, [](State& a, State& b) {
    pt::stats::CoMoments m = comoments(a);
    m.merge(comoments(b));
    double const* const parts[] = {&m.n, &m.mean_x, &m.mean_y, &m.m2_x, &m.m2_y, &m.c};
    for (int i = 0; i < kCorrelation; ++i) a[i] = *parts[i];
  });
}
PT_FUNCTION(pt_correlation_result) {
  using namespace pt::pg;
  if (fcinfo->args[0].isnull) PG_RETURN_NULL();
  State s(fcinfo->args[0].value, kCorrelation);
  pt::stats::CoMoments const m = comoments(s);
  double const r = m.correlation();
  double const se = m.n > 2 ? std::sqrt((1 - r * r) / (m.n - 2)) : std::nan("");
  return estimate_result(
      fcinfo, m.n, r, se,
      pt::stats::correlation_interval(r, m.n, pt::stats::two_sided_z(kConfidence)));
}

// ---- Mantel-Haenszel: each row is a stratum

PT_FUNCTION(pt_mantel_haenszel_add) {
  using namespace pt::pg;
  Args const args(fcinfo);
  for (int i = 1; i <= 4; ++i)
    if (args.is_null(i)) return unchanged(fcinfo);
  TwoByTwo const t{count_argument(args, 1, "a"), count_argument(args, 2, "b"),
                   count_argument(args, 3, "c"), count_argument(args, 4, "d")};
  State s = State::transition(fcinfo, kMantelHaenszel);
  pt::stats::MantelHaenszelSums sums;
  sums.add(t);
  for (int i = 0; i < kMantelHaenszel; ++i) s[i] += sums.parts[static_cast<std::size_t>(i)];
  return s.datum();
}
PT_FUNCTION(pt_mantel_haenszel_combine) {
  return pt::pg::combine_sums(fcinfo, pt::pg::kMantelHaenszel);
}
PT_FUNCTION(pt_mantel_haenszel_result) {
  using namespace pt::pg;
  if (fcinfo->args[0].isnull) PG_RETURN_NULL();
  State s(fcinfo->args[0].value, kMantelHaenszel);
  pt::stats::MantelHaenszelSums sums;
  for (int i = 0; i < kMantelHaenszel; ++i) sums.parts[static_cast<std::size_t>(i)] = s[i];
  pt::stats::MantelHaenszel const m = sums.result(pt::stats::two_sided_z(kConfidence));
  std::vector<Cell> const cells{m.strata,
                                number_cell(m.odds_ratio.value),
                                number_cell(m.odds_ratio.low),
                                number_cell(m.odds_ratio.high),
                                number_cell(m.test.statistic),
                                number_cell(m.test.p_value)};
  return composite_result(fcinfo, cells);
}
