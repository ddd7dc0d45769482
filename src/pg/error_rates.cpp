// pt_error_rates: sql/83-error-rates.sql.
#include <string>
#include <vector>

#include "core/stats/distributions.hpp"
#include "core/stats/proportion.hpp"
#include "pg/aggregate_state.hpp"
#include "pg/composite.hpp"

namespace pt::pg {
namespace {

/// True positives, false positives, false negatives, true negatives.
constexpr int kErrorRates = 4;

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_error_rates_add) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::optional<double> const weight = weight_argument(args, 3);
  if (args.is_null(1) || args.is_null(2) || !weight) return unchanged(fcinfo);
  State state = State::transition(fcinfo, kErrorRates);
  bool const predicted = args.boolean(1, "predicted"), actual = args.boolean(2, "actual");
  state[(predicted ? 0 : 2) + (actual ? 0 : 1)] += *weight;
  return state.datum();
}
PT_FUNCTION(pt_error_rates_combine) { return pt::pg::combine_sums(fcinfo, pt::pg::kErrorRates); }
PT_FUNCTION(pt_error_rates_result) {
  using namespace pt::pg;
  if (fcinfo->args[0].isnull) PG_RETURN_NULL();
  State s(fcinfo->args[0].value, kErrorRates);
  double const tp = s[0], fp = s[1], fn = s[2], tn = s[3];
  using Cell = ResultSet::Cell;
  std::vector<Cell> cells{tp + fp + fn + tn, tp, fp, fn, tn};
  double const z = pt::stats::two_sided_z(.95);
  auto const rate = [&](double with, double of) {
    pt::stats::Interval const interval = pt::stats::wilson(with, of, z);
    cells.push_back(number_cell(with / of));
    cells.push_back(number_cell(interval.low));
    cells.push_back(number_cell(interval.high));
  };
  rate(tp + fn, tp + fp + fn + tn);
  rate(tp + fp, tp + fp + fn + tn);
  rate(tp, tp + fn);
  rate(fp, fp + tn);
  rate(fn, tp + fn);
  rate(tn, fp + tn);
  rate(tp, tp + fp);
  rate(tn, fn + tn);
  cells.push_back(number_cell((tp + tn) / (tp + fp + fn + tn)));
  return composite_result(fcinfo, cells);
}
