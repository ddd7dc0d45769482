// pt_correlations, pt_distributions, pt_propensity: sql/86-correlations.sql.
#include "pg/correlations.hpp"

#include <array>
#include <cmath>

#include "core/error.hpp"
#include "core/utility/propensity.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"
#include "pg/opened_release.hpp"

namespace pt::pg {
namespace {

using Cell = ResultSet::Cell;

const char* unit_of(const JointSides& joint) { return joint.events ? "events" : "people"; }

Cell word(const std::string& s) { return s.empty() ? Cell() : Cell(s); }

/// Reads people, then events, and hands each to `take`.
template <class Take>
void each_unit(const OpenedRelease& opened, PgHost& host, Take&& take) {
  TwoSides const sides(opened.run, opened.found.name);
  ReadScope const scope(opened.run.allow_row_security);
  sides.require_readable();
  for (bool const events : {false, true}) {
    if (events && !sides.has_events()) break;
    JointSides joint(host, events);
    if (events) {
      read_events(sides, joint, host);
    } else {
      read_people(sides, joint, host);
    }
    take(joint);
  }
}

}  // namespace

std::vector<ShownCorrelation> correlations(const JointSides& joint, double tolerance, Host& host) {
  std::vector<ShownCorrelation> result;
  const auto& columns = joint.table.columns();
  std::size_t const from = joint.events ? joint.people_columns : 0;
  for (std::size_t b = 0; b < columns.size(); ++b)
    for (std::size_t a = 0; a < b; ++a) {
      if (b < from) continue;
      for (utility::Correlation& c : utility::correlate(joint.table, a, b, tolerance, host))
        result.push_back({unit_of(joint), columns[a].name, columns[b].name, std::move(c)});
    }
  double const nan = std::nan("");
  for (const SideColumn& c : joint.withheld)
    result.push_back(
        {unit_of(joint), c.name, "", {0, 0, "", nan, nan, nan, nan, nan, {}, c.withheld}});
  return result;
}

std::vector<ShownDistribution> distributions(const JointSides& joint, double required) {
  std::vector<ShownDistribution> result;
  std::size_t const from = joint.events ? joint.people_columns : 0;
  for (std::size_t c = from; c < joint.table.columns().size(); ++c) {
    ShownDistribution d{
        unit_of(joint), joint.table.columns()[c].name, utility::nearness(joint.table, c), {}, {}};
    if (std::isnan(d.nearness.complement)) {
      d.why = "the column has no value in one of the two";
    } else {
      d.preserved = d.nearness.complement >= required - 1e-12;
      if (!*d.preserved) d.why = "the distribution differs";
    }
    result.push_back(std::move(d));
  }
  double const nan = std::nan("");
  for (const SideColumn& c : joint.withheld)
    result.push_back({unit_of(joint), c.name, {"", nan, nan, nan}, {}, c.withheld});
  return result;
}

}  // namespace pt::pg

PT_FUNCTION(pt_correlations) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  double const tolerance = share_argument(args, 1, "tolerance", .05);
  ResultSet out(fcinfo);
  PgHost host("pt_correlations");
  OpenedRelease const opened =
      open_release(host, source, {args.optional_text(2), args.optional_text(3)});
  each_unit(opened, host, [&](const JointSides& joint) {
    for (const ShownCorrelation& s : correlations(joint, tolerance, host)) {
      const pt::utility::Correlation& c = s.correlation;
      out.row({s.unit, s.a, word(s.b), word(c.measure), number_cell(c.source_n),
               number_cell(c.release_n), number_cell(c.source), number_cell(c.release),
               number_cell(c.preservation), opened.changed ? Cell() : Cell(c.preserved),
               opened.changed ? Cell(kSourceChanged) : word(c.why)});
    }
  });
  return out.done();
}

PT_FUNCTION(pt_distributions) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  double const required = share_argument(args, 1, "required", .85);
  ResultSet out(fcinfo);
  PgHost host("pt_distributions");
  OpenedRelease const opened =
      open_release(host, source, {args.optional_text(2), args.optional_text(3)});
  each_unit(opened, host, [&](const JointSides& joint) {
    for (const ShownDistribution& d : distributions(joint, required))
      out.row({d.unit, d.column, word(d.nearness.measure), number_cell(d.nearness.source_n),
               number_cell(d.nearness.release_n), number_cell(d.nearness.complement),
               opened.changed ? Cell() : Cell(d.preserved),
               opened.changed ? Cell(kSourceChanged) : word(d.why)});
  });
  return out.done();
}

PT_FUNCTION(pt_propensity) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  std::int32_t const permutations = args.optional_int4(1).value_or(20);
  if (permutations < 2 || permutations > 10000)
    throw pt::invalid_parameter("permutations must lie between 2 and 10000");
  ResultSet out(fcinfo);
  PgHost host("pt_propensity");
  OpenedRelease const opened =
      open_release(host, source, {args.optional_text(3), args.optional_text(4)});
  pt::model::Prf const random =
      run_randomness(Secret(), args.optional_int8(2).value_or(1)).derive("propensity");
  each_unit(opened, host, [&](const JointSides& joint) {
    pt::utility::Propensity const p =
        pt::utility::propensity(joint.table, permutations, random.derive(unit_of(joint)), host);
    out.row({unit_of(joint), number_cell(p.source_n), number_cell(p.release_n),
             static_cast<std::int32_t>(p.coefficients), number_cell(p.pmse),
             number_cell(p.null_mean), number_cell(p.null_sd), number_cell(p.ratio),
             number_cell(p.standardized), number_cell(p.p_value)});
  });
  return out.done();
}
