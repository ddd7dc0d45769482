// pt_compare_models and pt_compare_fits: sql/85-compare-models.sql.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/utility/model_comparison.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"
#include "pg/fit_both.hpp"
#include "pg/model_rows.hpp"
#include "pg/opened_release.hpp"

namespace pt::pg {
namespace {

using utility::ModelTerm;

void report_notes(const BothFits& both) {
  if (!both.source_note.empty()) report(NOTICE, "In the source: " + both.source_note);
  if (!both.release_note.empty()) report(NOTICE, "In the release: " + both.release_note);
}

void write(ResultSet& out, const BothFits& both, const utility::ModelComparisonOptions& options,
           bool changed) {
  using Cell = ResultSet::Cell;
  auto const word = [](const std::string& s) { return s.empty() ? Cell() : Cell(s); };
  for (const utility::ComparedTerm& c :
       utility::compare_models(both.source, both.release, options)) {
    std::vector<Cell> cells{c.term, word(c.reference)};
    for (const auto* const side : {&c.source, &c.release}) {
      static constexpr std::array<double ModelTerm::*, 5> kFields{
          &ModelTerm::estimate, &ModelTerm::se, &ModelTerm::low, &ModelTerm::high,
          &ModelTerm::p_value};
      for (double ModelTerm::*const field : kFields)
        cells.push_back(*side ? number_cell((**side).*field) : Cell());
    }
    std::string why = c.why;
    if (!both.release_error.empty() && c.preserved) why = "in the release " + both.release_error;
    if (changed) why = kSourceChanged;
    cells.insert(cells.end(),
                 {number_cell(c.interval_overlap), number_cell(c.standardized_bias),
                  number_cell(c.effect_preservation), c.sign_preserved, c.significance_preserved,
                  changed ? Cell() : Cell(c.preserved), word(why)});
    out.row(cells);
  }
}

utility::ModelComparisonOptions options_of(const Args& args, int overlap, int significance) {
  return {share_argument(args, significance, "significance", .05),
          share_argument(args, overlap, "required_overlap", .8)};
}

double confidence_of(const Args& args, int i) {
  double const confidence = args.optional_float8(i).value_or(.95);
  (void)stats::two_sided_z(confidence);
  return confidence;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_compare_models) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  pt::stats::Formula const formula = pt::stats::parse_formula(args.text(1, "formula"));
  pt::stats::Family const family = family_argument(args.optional_text(2).value_or("linear"));
  ModelRows rows;
  if (!args.is_null(3)) rows.event_types.push_back(args.text(3, "event_type"));
  if (!args.is_null(4))
    for (const auto& value : text_array_elements(args.value(4, "success"), "success"))
      if (value) rows.success.push_back(*value);
  bool const clustered = args.optional_boolean(5).value_or(true);
  auto const options = options_of(args, 6, 7);
  double const confidence = confidence_of(args, 8);
  ResultSet out(fcinfo);
  PgHost host("pt_compare_models");
  OpenedRelease const opened =
      open_release(host, source, {args.optional_text(9), args.optional_text(10)});
  TwoSides const sides(opened.run, opened.found.name);
  ReadScope const scope(opened.run.allow_row_security);
  sides.require_readable();
  ModelSides const both = model_sides(sides, formula, rows);
  if (both.people && formula.response == "events" && family != pt::stats::Family::poisson)
    throw pt::invalid_parameter("events per person are for the family poisson");
  if (!both.withheld.empty())
    throw pt::wrong_state("the model can't be compared", both.withheld,
                          "The release has no such column; leave it out of the formula.");
  ModelFit const what{formula, family, confidence, clustered};
  GlmRequest in_source = request_of(both.source, relation_name(source), what);
  GlmRequest in_release = request_of(both.release, opened.found.name.text(), what);
  BothFits const fits = fit_both(in_source, &in_release, host);
  report_notes(fits);
  write(out, fits, options, opened.changed);
  return out.done();
}

PT_FUNCTION(pt_compare_fits) {
  using namespace pt::pg;
  Args const args(fcinfo);
  PgHost host("pt_compare_fits");
  double const confidence = confidence_of(args, 10);
  auto const request = [&](int relation, const char* name, int weights, int cluster) {
    GlmRequest r;
    r.relation = args.oid(relation, name);
    r.name = r.from = relation_name(r.relation);
    r.formula = pt::stats::parse_formula(args.text(2, "formula"));
    r.model.family = family_argument(args.optional_text(3).value_or("linear"));
    r.weights = args.optional_text(weights).value_or("");
    r.cluster = args.optional_text(cluster).value_or("");
    r.exposure = args.optional_text(11).value_or("");
    r.confidence = confidence;
    return r;
  };
  GlmRequest original = request(0, "original", 4, 5), released = request(1, "released", 6, 7);
  auto const options = options_of(args, 8, 9);
  ResultSet out(fcinfo);
  BothFits const fits = fit_both(original, &released, host);
  report_notes(fits);
  write(out, fits, options, false);
  return out.done();
}
