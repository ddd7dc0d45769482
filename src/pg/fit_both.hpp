// The same model fitted to two relations or queries.
#pragma once

#include <string>
#include <vector>

#include "core/utility/model_comparison.hpp"
#include "pg/glm_fit.hpp"
#include "pg/host.hpp"
#include "pg/model_rows.hpp"

namespace pt::pg {

struct BothFits {
  std::vector<utility::ModelTerm> source, release;
  std::vector<std::string> references, seconds;  ///< of the source, see GlmFitted
  std::string source_note, release_note;
  std::string release_error;  ///< the model can't be fitted there; empty: it can
};

/// Fits the source, then the release (nullptr: none) with the reference levels of the source, so
/// that coefficients mean the same. Errors of the source are thrown.
[[nodiscard]] BothFits fit_both(GlmRequest& source, GlmRequest* release, PgHost& host);

struct ModelFit {
  stats::Formula formula;
  stats::Family family = stats::Family::linear;
  double confidence = .95;
  bool clustered = true;
};
[[nodiscard]] GlmRequest request_of(const SideQuery& side, const std::string& name,
                                    const ModelFit& what);

}  // namespace pt::pg
