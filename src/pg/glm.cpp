// pt_glm and pt_glm_summary: sql/82-glm.sql. The relation is read as the caller, through a query
// made of its own name and column names, all quoted.
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/glm.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/glm_rows.hpp"

namespace pt::pg {
namespace {

using stats::Family;
using stats::Penalty;
using stats::WeightKind;

constexpr std::size_t kMaxCoefficients = 500;

template <class T>
T word_argument(const std::string& word, const char* what,
                std::initializer_list<std::pair<const char*, T>> known) {
  std::string names;
  for (const auto& [name, value] : known) {
    if (word == name) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  throw invalid_parameter(std::string("unknown ") + what + " \"" + word + "\"", {},
                          "Known: " + names + ".");
}

GlmRequest read_request(const Args& args) {
  GlmRequest r;
  r.relation = args.oid(0, "relation");
  r.name = relation_name(r.relation);
  r.formula = stats::parse_formula(args.text(1, "formula"));
  r.model.family = word_argument<Family>(args.optional_text(2).value_or("linear"), "family",
                                         {{"linear", Family::linear},
                                          {"gaussian", Family::linear},
                                          {"logistic", Family::logistic},
                                          {"binomial", Family::logistic},
                                          {"poisson", Family::poisson},
                                          {"cloglog", Family::cloglog}});
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
  if (!r.exposure.empty() && r.model.family != Family::poisson && r.model.family != Family::cloglog)
    throw invalid_parameter("exposure is for the families poisson and cloglog");
  if (!r.formula.trials.empty() && r.model.family != Family::logistic &&
      r.model.family != Family::cloglog)
    throw invalid_parameter(
        "a response of events / trials is for the families logistic and cloglog", {},
        "For rates per person use poisson with exposure => 'column'.");
  if (r.model.weight_kind == WeightKind::sampling) r.model.robust = true;
  r.model.intercept = r.formula.intercept;
  return r;
}

/// The coefficients of all terms: products of columns and levels other than the reference.
void make_coefficients(GlmRequest& request, const RelationRows& rows) {
  auto& all = request.model.coefficients;
  if (request.formula.intercept) all.push_back({"(intercept)", "", {}});
  bool first_factor = true;
  for (const std::vector<int>& term : request.formula.terms) {
    std::vector<stats::Coefficient> products(1);
    for (int const c : term) {
      auto const at = static_cast<std::size_t>(c);
      const GlmColumn& s = rows.columns()[at];
      std::vector<stats::Coefficient> next;
      for (const stats::Coefficient& p : products) {
        auto extend = [&](const std::string& name, int level) {
          stats::Coefficient q = p;
          q.name += (q.name.empty() ? "" : ":") + name;
          if (level >= 0)
            q.reference += (q.reference.empty() ? "" : ":") + s.column + "=" + s.reference;
          q.parts.push_back({stats::kFirstColumn + at, level});
          next.push_back(std::move(q));
        };
        if (!s.factor()) {
          extend(s.column, -1);
          continue;
        }
        // Without an intercept the first factor has one coefficient a level.
        bool const every = !request.formula.intercept && first_factor && term.size() == 1;
        for (std::size_t level = 0; level < s.labels.size(); ++level)
          if (s.present[level] && (every || s.labels[level] != s.reference))
            extend(s.column + "=" + s.labels[level], static_cast<int>(level));
        if (every)
          for (stats::Coefficient& q : next) q.reference.clear();
      }
      if (s.factor() && term.size() == 1) first_factor = false;
      products = std::move(next);
    }
    all.insert(all.end(), products.begin(), products.end());
    if (all.size() > kMaxCoefficients)
      throw program_limit("the model has more than " + std::to_string(kMaxCoefficients) +
                          " coefficients");
  }
  if (all.empty())
    throw invalid_parameter("the model has no coefficient", {}, "Leave the intercept in.");
}

struct Fitted {
  stats::GlmFit fit;
  std::uint64_t missing = 0, weightless = 0;
  std::string note;
};

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& n : names) all += (all.empty() ? "" : ", ") + n;
  return all;
}

Fitted run(GlmRequest& request, PgHost& host) {
  RelationRows rows(request, host);
  std::unique_ptr<stats::DesignBuffer> const buffer = rows.read();
  make_coefficients(request, rows);
  Fitted f;
  f.missing = rows.missing();
  f.weightless = rows.weightless();
  f.fit = buffer->complete() ? stats::fit_glm(request.model, *buffer, *buffer, host)
                             : stats::fit_glm(request.model, *buffer, rows, host);
  auto say = [&f](const std::string& text) { f.note += (f.note.empty() ? "" : " ") + text; };
  if (!f.fit.separating.empty())
    say("The response is separated by " + joined(f.fit.separating) +
        ": maximum likelihood has no finite estimate, so this is the " + f.fit.method +
        " estimate.");
  if (!f.fit.converged)
    say("The iterations did not converge after " + std::to_string(f.fit.iterations) +
        " steps: do not use the estimates.");
  if (f.fit.df <= 0) say("There are no more observations than coefficients.");
  if (request.model.clusters > 0 && f.fit.clusters < 2)
    say("There is one cluster only, so there are no cluster-robust standard errors.");
  for (std::size_t j = 0; j < f.fit.terms.size(); ++j)
    if (const std::string& with = f.fit.terms[j].collinear_with; !with.empty())
      say(request.model.coefficients[j].name +
          (with == "constant" ? " is constant and was left out."
                              : " is a linear combination of " + with + " and was left out."));
  if (!f.note.empty()) report(NOTICE, f.note);
  return f;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_glm) {
  using namespace pt::pg;
  Args const args(fcinfo);
  PgHost host("pt_glm");
  GlmRequest request = read_request(args);
  ResultSet out(fcinfo);
  Fitted const f = run(request, host);
  double const df = f.fit.distribution_df;
  bool const normal = std::isinf(df);
  double const quantile = normal ? pt::stats::two_sided_z(request.confidence)
                                 : pt::stats::t_quantile(.5 + request.confidence / 2, df);
  for (std::size_t j = 0; j < f.fit.terms.size(); ++j) {
    const pt::stats::GlmFit::Term& t = f.fit.terms[j];
    const pt::stats::Coefficient& c = request.model.coefficients[j];
    double const statistic = t.estimate / t.se;
    std::optional<std::string> reference, note;
    if (!c.reference.empty()) reference = c.reference;
    if (!t.collinear_with.empty())
      note = t.collinear_with == "constant" ? "left out: constant"
                                            : "left out: collinear with " + t.collinear_with;
    else if (!f.fit.converged)
      note = "not converged";
    else if (f.fit.method != "maximum likelihood")
      note = f.fit.method + " estimate";
    out.row({c.name, reference, number_cell(t.estimate), number_cell(t.se), number_cell(statistic),
             number_cell(normal ? pt::stats::normal_two_sided(statistic)
                                : pt::stats::t_two_sided(statistic, df)),
             number_cell(t.estimate - quantile * t.se), number_cell(t.estimate + quantile * t.se),
             note});
  }
  return out.done();
}

PT_FUNCTION(pt_glm_summary) {
  using namespace pt::pg;
  Args const args(fcinfo);
  PgHost host("pt_glm_summary");
  GlmRequest request = read_request(args);
  ResultSet out(fcinfo);
  Fitted const f = run(request, host);
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
