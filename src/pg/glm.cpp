// pt_glm and pt_glm_summary: sql/82-glm.sql. The relation is read as the caller, through a query
// made of its own name and column names, all quoted.
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/glm.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/glm_fit.hpp"

namespace pt::pg {
namespace {

using stats::Penalty;
using stats::WeightKind;

GlmRequest read_request(const Args& args) {
  GlmRequest r;
  r.relation = args.oid(0, "relation");
  r.name = r.from = relation_name(r.relation);
  r.formula = stats::parse_formula(args.text(1, "formula"));
  r.model.family = family_argument(args.optional_text(2).value_or("linear"));
  r.weights = args.optional_text(3).value_or("");
  r.cluster = args.optional_text(4).value_or("");
  r.exposure = args.optional_text(5).value_or("");
  r.model.robust = args.optional_boolean(6).value_or(false);
  r.model.weight_kind =
      word_argument<WeightKind>(args.optional_text(7).value_or("frequency"), "weight_kind",
                                {{"frequency", WeightKind::frequency},
                                 {"precision", WeightKind::precision},
                                 {"sampling", WeightKind::sampling}});
  r.model.penalty = word_argument<Penalty>(args.optional_text(8).value_or("auto"), "penalty",
                                           {{"auto", Penalty::automatic},
                                            {"none", Penalty::none},
                                            {"firth", Penalty::firth},
                                            {"ridge", Penalty::ridge}});
  r.model.ridge = args.optional_float8(9).value_or(1);
  r.confidence = args.optional_float8(10).value_or(.95);
  r.model.max_iterations = args.optional_int4(11).value_or(50);
  if (!(r.model.ridge > 0) || !std::isfinite(r.model.ridge))
    throw invalid_parameter("ridge must be a finite number above 0");
  if (r.model.max_iterations < 1 || r.model.max_iterations > 10000)
    throw invalid_parameter("max_iterations must lie between 1 and 10000");
  (void)stats::two_sided_z(r.confidence);
  check_request(r);
  return r;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_glm) {
  using namespace pt::pg;
  Args const args(fcinfo);
  PgHost host("pt_glm");
  GlmRequest request = read_request(args);
  ResultSet out(fcinfo);
  GlmFitted const f = fit_relation(request, host);
  if (!f.note.empty()) report(NOTICE, f.note);
  for (const GlmRow& r : glm_rows(request, f)) {
    std::optional<std::string> reference, note;
    if (!r.reference.empty()) reference = r.reference;
    if (!r.note.empty()) note = r.note;
    out.row({r.term, reference, number_cell(r.estimate), number_cell(r.se),
             number_cell(r.statistic), number_cell(r.p_value), number_cell(r.low),
             number_cell(r.high), note});
  }
  return out.done();
}

PT_FUNCTION(pt_glm_summary) {
  using namespace pt::pg;
  Args const args(fcinfo);
  PgHost host("pt_glm_summary");
  GlmRequest request = read_request(args);
  ResultSet out(fcinfo);
  GlmFitted const f = fit_relation(request, host);
  if (!f.note.empty()) report(NOTICE, f.note);
  const pt::stats::GlmFit& fit = f.fit;
  std::int64_t estimated = 0;
  for (const auto& t : fit.terms) estimated += t.collinear_with.empty() ? 1 : 0;
  using Cell = ResultSet::Cell;
  out.row({number_cell(fit.n), static_cast<std::int64_t>(fit.rows),
           static_cast<std::int64_t>(f.missing), static_cast<std::int64_t>(f.weightless),
           request.model.clusters > 0 ? Cell(static_cast<std::int64_t>(fit.clusters)) : Cell(),
           estimated, fit.method, fit.iterations, fit.converged, number_cell(fit.deviance),
           number_cell(fit.null_deviance), number_cell(fit.log_likelihood), number_cell(fit.aic),
           number_cell(fit.dispersion), number_cell(fit.df),
           f.note.empty() ? Cell() : Cell(f.note)});
  return out.done();
}
