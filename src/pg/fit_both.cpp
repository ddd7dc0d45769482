#include "pg/fit_both.hpp"

#include "core/error.hpp"

namespace pt::pg {
namespace {

using utility::ModelTerm;

std::vector<ModelTerm> terms_of(const GlmRequest& request, const GlmFitted& fitted) {
  std::vector<ModelTerm> result;
  for (const GlmRow& r : glm_rows(request, fitted))
    result.push_back({r.term, r.reference, r.estimate, r.se, r.low, r.high, r.p_value, r.note});
  return result;
}

}  // namespace

BothFits fit_both(GlmRequest& source, GlmRequest* release, PgHost& host) {
  BothFits both;
  check_request(source);
  if (release != nullptr) check_request(*release);
  GlmFitted const in_source = fit_relation(source, host);
  both.source_note = in_source.note;
  both.references = in_source.references;
  both.seconds = in_source.seconds;
  both.source = terms_of(source, in_source);
  if (release == nullptr) return both;
  for (std::size_t c = 0; c < in_source.references.size(); ++c)
    if (!in_source.references[c].empty())
      release->formula.columns[c].reference = in_source.references[c];
  try {
    GlmFitted const in_release = fit_relation(*release, host);
    both.release_note = in_release.note;
    both.release = terms_of(*release, in_release);
  } catch (const Error& e) {
    // What the released rows lack (one value, no reference level) is a finding, not a mistake.
    if (e.sqlstate() != sqlstate::kDataException &&
        e.sqlstate() != sqlstate::kInvalidParameterValue)
      throw;
    both.release_error = e.message();
  }
  return both;
}

GlmRequest request_of(const SideQuery& side, const std::string& name, const ModelFit& what) {
  GlmRequest r;
  r.name = name;
  r.from = side.from;
  r.columns = side.columns;
  r.formula = what.formula;
  r.model.family = what.family;
  r.weights = side.weights;
  r.exposure = side.exposure;
  if (what.clustered) r.cluster = side.cluster;
  r.confidence = what.confidence;
  return r;
}

}  // namespace pt::pg
