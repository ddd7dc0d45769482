#include "pg/glm_fit.hpp"

#include <cmath>
#include <memory>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"

namespace pt::pg {
namespace {

using stats::Family;

constexpr std::size_t kMaxCoefficients = 500;

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

/// The level with the largest weight beside the reference.
std::string second_level(const GlmColumn& c) {
  std::vector<double> weight(c.labels.size());
  for (std::size_t code = 0; code < c.sorted.size(); ++code)
    weight[c.sorted[code]] = c.counts[code];
  std::string second;
  double most = 0;
  for (std::size_t level = 0; level < c.labels.size(); ++level)
    if (c.labels[level] != c.reference && weight[level] > most) {
      most = weight[level];
      second = c.labels[level];
    }
  return second;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& n : names) all += (all.empty() ? "" : ", ") + n;
  return all;
}

}  // namespace

stats::Family family_argument(const std::string& word) {
  return word_argument<Family>(word, "family",
                               {{"linear", Family::linear},
                                {"gaussian", Family::linear},
                                {"logistic", Family::logistic},
                                {"binomial", Family::logistic},
                                {"poisson", Family::poisson},
                                {"cloglog", Family::cloglog}});
}

void check_request(GlmRequest& r) {
  if (!r.exposure.empty() && r.model.family != Family::poisson && r.model.family != Family::cloglog)
    throw invalid_parameter("exposure is for the families poisson and cloglog");
  if (!r.formula.trials.empty() && r.model.family != Family::logistic &&
      r.model.family != Family::cloglog)
    throw invalid_parameter(
        "a response of events / trials is for the families logistic and cloglog", {},
        "For rates per person use poisson with exposure => 'column'.");
  if (r.model.weight_kind == stats::WeightKind::sampling) r.model.robust = true;
  r.model.intercept = r.formula.intercept;
}

GlmFitted fit_relation(GlmRequest& request, PgHost& host) {
  RelationRows rows(request, host);
  std::unique_ptr<stats::DesignBuffer> const buffer = rows.read();
  make_coefficients(request, rows);
  GlmFitted f;
  for (const GlmColumn& c : rows.columns()) {
    f.references.push_back(c.factor() ? c.reference : "");
    f.seconds.push_back(c.factor() ? second_level(c) : "");
  }
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
  return f;
}

std::vector<GlmRow> glm_rows(const GlmRequest& request, const GlmFitted& fitted) {
  double const df = fitted.fit.distribution_df;
  bool const normal = std::isinf(df);
  double const quantile = normal ? stats::two_sided_z(request.confidence)
                                 : stats::t_quantile(.5 + request.confidence / 2, df);
  std::vector<GlmRow> result;
  for (std::size_t j = 0; j < fitted.fit.terms.size(); ++j) {
    const stats::GlmFit::Term& t = fitted.fit.terms[j];
    GlmRow r;
    r.term = request.model.coefficients[j].name;
    r.reference = request.model.coefficients[j].reference;
    r.estimate = t.estimate;
    r.se = t.se;
    r.statistic = t.estimate / t.se;
    r.p_value = normal ? stats::normal_two_sided(r.statistic) : stats::t_two_sided(r.statistic, df);
    r.low = t.estimate - quantile * t.se;
    r.high = t.estimate + quantile * t.se;
    if (!t.collinear_with.empty())
      r.note = t.collinear_with == "constant" ? "left out: constant"
                                              : "left out: collinear with " + t.collinear_with;
    else if (!fitted.fit.converged)
      r.note = "not converged";
    else if (fitted.fit.method != "maximum likelihood")
      r.note = fitted.fit.method + " estimate";
    result.push_back(std::move(r));
  }
  return result;
}

}  // namespace pt::pg
