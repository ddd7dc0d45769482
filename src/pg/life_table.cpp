// pt_life_table, pt_log_rank and pt_cox: sql/81-survival.sql. They read rows of counts as the
// caller, through a query of quoted names.
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/stats/cox.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/survival.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

using Cell = ResultSet::Cell;

/// Counts by group and interval; every group has every interval.
struct LifeRows {
  std::vector<std::string> intervals;              ///< as text, in their order
  std::vector<std::optional<std::string>> groups;  ///< sorted by the database; nothing: NULL
  std::vector<std::vector<stats::LifeRow>> rows;   ///< [group][interval]
};

std::string column_argument(const Args& args, int i, const char* what) {
  return quote_identifier(args.text(i, what));
}

/// Arguments: relation, stratum, interval, at risk, events, censored (names of columns).
LifeRows read_rows(const Args& args) {
  Oid const relation = args.oid(0, "relation");
  std::optional<std::string> const stratum = args.optional_text(1);
  std::string const group = stratum ? quote_identifier(*stratum) : "NULL::pg_catalog.text";
  std::string const interval = column_argument(args, 2, "interval_column"),
                    risk = column_argument(args, 3, "at_risk_column"),
                    events = column_argument(args, 4, "event_column"),
                    censored = column_argument(args, 5, "censored_column");
  auto sum = [](const std::string& column) { return "sum(" + column + ")::pg_catalog.float8"; };
  LifeRows life;
  std::map<std::string, std::size_t> at;
  Spi spi;
  std::string const name = relation_name(relation);
  spi.query("SELECT DISTINCT " + interval + " FROM " + name + " WHERE " + interval +
                " IS NOT NULL ORDER BY 1",
            [&](const Row& row) {
              std::string const text = output_text(row.value(0), row.type(0));
              at.emplace(text, life.intervals.size());
              life.intervals.push_back(text);
            });
  bool first = true;
  spi.query("SELECT " + group + ", " + interval + ", " + sum(risk) + ", " + sum(events) + ", " +
                sum(censored) + " FROM " + name + " WHERE " + interval +
                " IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
            [&](const Row& row) {
              std::optional<std::string> label;
              if (!row.is_null(0)) label = output_text(row.value(0), row.type(0));
              if (first || label != life.groups.back()) {
                life.groups.push_back(label);
                life.rows.emplace_back(life.intervals.size());
              }
              first = false;
              stats::LifeRow r;
              for (const auto& [column, value] :
                   {std::pair{2, &r.at_risk}, std::pair{3, &r.events}, std::pair{4, &r.censored}}) {
                if (row.is_null(column)) continue;
                *value = row.float8(column);
                if (!(*value >= 0) || !std::isfinite(*value))
                  throw data_error("a count of the life table is negative or not finite");
              }
              if (r.events + r.censored > r.at_risk)
                throw data_error(
                    "an interval has more events and censored people than people at "
                    "risk",
                    "Interval " + output_text(row.value(1), row.type(1)) + ".");
              life.rows.back()[at.at(output_text(row.value(1), row.type(1)))] = r;
            });
  return life;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_life_table) {
  using namespace pt::pg;
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  double const z = pt::stats::two_sided_z(args.optional_float8(7).value_or(.95));
  bool const actuarial = args.optional_boolean(6).value_or(true);
  LifeRows const life = read_rows(args);
  for (std::size_t g = 0; g < life.groups.size(); ++g) {
    std::vector<pt::stats::SurvivalRow> const table =
        pt::stats::life_table(life.rows[g], actuarial, z);
    for (std::size_t i = 0; i < table.size(); ++i) {
      const pt::stats::LifeRow& r = life.rows[g][i];
      const pt::stats::SurvivalRow& s = table[i];
      out.row({life.groups[g], life.intervals[i], static_cast<std::int32_t>(i + 1), r.at_risk,
               r.events, r.censored, number_cell(s.at_risk), number_cell(s.hazard),
               number_cell(s.survival), number_cell(s.se), number_cell(s.low),
               number_cell(s.high)});
    }
  }
  return out.done();
}

PT_FUNCTION(pt_log_rank) {
  using namespace pt::pg;
  Args const args(fcinfo);
  (void)args.text(1, "compared");  // 22004 when it is NULL
  bool const actuarial = args.optional_boolean(6).value_or(true);
  LifeRows const life = read_rows(args);
  pt::stats::LogRank const test = pt::stats::log_rank(life.rows, actuarial);
  double events = 0;
  for (double const d : test.observed) events += d;
  std::vector<Cell> const cells{static_cast<std::int32_t>(life.groups.size()), events,
                                number_cell(test.chi_square), number_cell(test.df),
                                number_cell(test.p_value)};
  return composite_result(fcinfo, cells);
}

PT_FUNCTION(pt_cox) {
  using namespace pt::pg;
  Args const args(fcinfo);
  (void)args.text(1, "compared");  // 22004 when it is NULL
  ResultSet out(fcinfo);
  std::string const ties = args.optional_text(6).value_or("efron");
  if (ties != "efron" && ties != "breslow")
    throw pt::invalid_parameter("unknown way of ties \"" + ties + "\"", {},
                                "Use efron or breslow.");
  double const z = pt::stats::two_sided_z(args.optional_float8(8).value_or(.95));
  LifeRows const life = read_rows(args);
  if (life.groups.size() < 2)
    throw pt::invalid_parameter("hazards are compared between at least two groups");
  std::size_t reference = 0;
  if (auto const wanted = args.optional_text(7)) {
    while (reference < life.groups.size() && life.groups[reference] != wanted) ++reference;
    if (reference == life.groups.size())
      throw pt::invalid_parameter("there is no group \"" + *wanted + "\" to compare with");
  }
  pt::stats::CoxFit const fit = pt::stats::cox_groups(
      life.rows, reference, ties == "efron" ? pt::stats::Ties::efron : pt::stats::Ties::breslow);
  for (std::size_t g = 0; g < life.groups.size(); ++g) {
    double events = 0;
    for (const pt::stats::LifeRow& row : life.rows[g]) events += row.events;
    double const b = fit.log_hazard_ratio[g], se = fit.se[g];
    out.row({life.groups[g], life.groups[reference], events, number_cell(b), number_cell(se),
             number_cell(std::exp(b)), number_cell(std::exp(b - z * se)),
             number_cell(std::exp(b + z * se)), number_cell(pt::stats::normal_two_sided(b / se))});
  }
  return out.done();
}
