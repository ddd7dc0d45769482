// pt_risk_profile (sql/66-risk-profile.sql): every class-based measure of a table from one scan.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/risk/disclosure.hpp"
#include "core/risk/estimators_record.hpp"
#include "core/risk/identity.hpp"
#include "core/risk/profile.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"
#include "pg/host.hpp"
#include "pg/refusal.hpp"
#include "pg/risk_plan.hpp"
#include "pg/risk_scan.hpp"

namespace pt::pg {
namespace {

std::int64_t as_int(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// The columns that don't depend on a sensitive attribute.
struct IdentityCells {
  std::optional<risk::IdentityFigures> figures;
  std::optional<double> share_at_risk;
  std::optional<risk::PopulationFigures> population;
  std::optional<double> poisson_risk, poisson_uniques;
};

/// The independence-Poisson estimate, in the order of the values so that sums are the same whatever
/// the order of the rows.
void add_poisson(double fraction, const RiskScan& collected, IdentityCells& out, Host& host) {
  const std::vector<double> mean = collected.independent_sizes();
  std::vector<std::pair<double, std::uint32_t>> classes;
  for (std::size_t c = 0; c < mean.size(); ++c)
    classes.emplace_back(mean[c], static_cast<std::uint32_t>(collected.sizes()[c]));
  std::sort(classes.begin(), classes.end());
  std::vector<std::uint32_t> people;
  std::vector<double> means;
  for (const auto& [expected, size] : classes) {
    people.push_back(size);
    means.push_back(expected);
  }
  const risk::PoissonSums sums = risk::poisson_sums(host, people, means, fraction);
  out.poisson_risk = sums.reidentifications / static_cast<double>(out.figures->people);
  out.poisson_uniques = sums.unique;
}

IdentityCells identity_cells(const RiskOptions& options, const RiskScan& collected, Host& host) {
  IdentityCells out;
  const auto sizes = risk::size_distribution(collected.sizes());
  if (sizes.empty()) return out;
  out.figures = risk::identity_figures(sizes);
  out.share_at_risk = risk::share_above(sizes, options.threshold);
  if (collected.has_weights())
    out.population = risk::population_figures(collected.sizes(), collected.weights());
  std::optional<double> fraction = options.sampling_fraction;
  if (!fraction && out.population && out.population->population > 0)
    fraction = std::min(1.0, static_cast<double>(out.figures->people) / out.population->population);
  if (fraction) add_poisson(*fraction, collected, out, host);
  return out;
}

/// The columns of one sensitive attribute.
struct DisclosureCells {
  std::optional<std::string> name;
  std::optional<risk::DisclosureFigures> figures;
  std::optional<double> ordered, hierarchical;
};

DisclosureCells disclosure_cells(const RiskPlan& plan, const RiskOptions& options,
                                 const RiskScan& collected, std::size_t attribute, Host& host) {
  DisclosureCells out;
  const SensitiveColumn* const column = collected.attribute(attribute);
  out.name = column != nullptr ? column->name() : "(all)";
  const risk::ClassHistogram histogram = collected.histogram(attribute);
  if (histogram.classes() == 0) return out;
  out.figures = risk::disclosure_figures(histogram, options.l, host);
  if (column == nullptr) return out;
  if (column->is_ordered()) out.ordered = out.figures->t_ordered;
  if (const auto levels = column->levels(plan.source.oid, histogram))
    out.hierarchical = risk::hierarchical_t_closeness(histogram, *levels, host);
  return out;
}

void write_row(const RiskOptions& options, const RiskScan& collected, const IdentityCells& who,
               const DisclosureCells& what, ResultSet& out) {
  using Cell = ResultSet::Cell;
  const auto& f = who.figures;
  const auto& d = what.figures;
  const auto& p = who.population;
  const auto of = [](const auto& figures, auto member) -> Cell {
    if (!figures) return {};
    const auto value = (*figures).*member;
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t>)
      return as_int(value);
    else
      return value;
  };
  using I = risk::IdentityFigures;
  using D = risk::DisclosureFigures;
  using P = risk::PopulationFigures;
  const double scale = std::log(options.delta_base);
  Cell delta, strict;
  if (d) {
    delta = d->delta / scale;
    strict = d->some_value_absent ? std::numeric_limits<double>::infinity() : d->delta / scale;
  }
  const std::vector<Cell> cells = {what.name,
                                   of(f, &I::k),
                                   f ? as_int(f->classes) : 0,
                                   f ? as_int(f->uniques) : 0,
                                   of(f, &I::average_risk),
                                   of(f, &I::maximum_risk),
                                   of(d, &D::distinct_l),
                                   of(d, &D::t_equal),
                                   of(f, &I::uniqueness),
                                   of(f, &I::class_average),
                                   who.share_at_risk,
                                   of(f, &I::at_maximum),
                                   of(f, &I::largest),
                                   of(f, &I::average_size),
                                   of(f, &I::discernibility),
                                   of(d, &D::entropy_l),
                                   of(d, &D::recursive_c),
                                   of(d, &D::alpha),
                                   what.ordered,
                                   what.hierarchical,
                                   delta,
                                   strict,
                                   of(d, &D::beta),
                                   of(d, &D::enhanced_beta),
                                   of(d, &D::values),
                                   of(p, &P::smallest),
                                   of(p, &P::average_risk),
                                   of(p, &P::marketer_risk),
                                   who.poisson_risk,
                                   who.poisson_uniques,
                                   as_int(collected.people()),
                                   as_int(collected.people_in_several()),
                                   as_int(collected.rows()),
                                   as_int(collected.rows_without_person())};
  out.row(cells);
}

void measure(const RiskOptions& options, ResultSet& out) {
  PgHost host("pt_risk_profile");
  const ReadScope scope(options.allow_row_security);
  const RiskPlan plan = make_risk_plan(options);
  RiskScan collected(plan, host);
  collected.read();
  host.progress("measuring", 0, 0);
  const IdentityCells who = identity_cells(options, collected, host);
  for (std::size_t i = 0; i < collected.attributes(); ++i)
    write_row(options, collected, who, disclosure_cells(plan, options, collected, i, host), out);
  if (collected.attributes() == 0) write_row(options, collected, who, {}, out);
}

std::optional<std::vector<std::string>> names(FunctionCallInfo fcinfo, int at, const char* what) {
  if (fcinfo->args[at].isnull) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& name : text_array_elements(fcinfo->args[at].value, what)) {
    if (!name) throw Error(sqlstate::kNullValueNotAllowed, std::string(what) + " holds a NULL");
    out.push_back(*name);
  }
  return out;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_risk_profile) {
  using namespace pt::pg;
  const Args args(fcinfo);
  RiskOptions options;
  options.source = args.oid(0, "source");
  options.quasi_identifiers = names(fcinfo, 1, "quasi_identifiers");
  options.sensitive = names(fcinfo, 2, "sensitive");
  options.person_key = args.optional_text(3).value_or("");
  options.weight = args.optional_text(4).value_or("");
  const std::int32_t l = args.int4(5, "l");
  options.threshold = args.float8(6, "threshold");
  options.delta_base = args.float8(7, "delta_base");
  options.sampling_fraction = args.optional_float8(8);
  options.allow_row_security = args.boolean(9, "allow_row_security");
  if (l < 1) throw pt::invalid_parameter("l must be at least 1");
  options.l = static_cast<unsigned>(l);
  if (!(options.threshold >= 0 && options.threshold <= 1))
    throw pt::invalid_parameter("the threshold must be a risk from 0 to 1");
  if (!(options.delta_base > 1) || !std::isfinite(options.delta_base))
    throw pt::invalid_parameter("the base of delta-disclosure must be a number above 1");
  if (options.sampling_fraction &&
      !(*options.sampling_fraction > 0 && *options.sampling_fraction <= 1))
    throw pt::invalid_parameter("the sampling fraction must be above 0 and at most 1", {},
                                "It is the share of the population that is in the table.");
  ResultSet out(fcinfo);
  explaining_refusals(Recorded::no, [&] { measure(options, out); });
  return out.done();
}
