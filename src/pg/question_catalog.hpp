// The research questions of the catalog.
#pragma once

#include <string>
#include <vector>

#include "pg/boundary.hpp"

namespace pt::pg {

/// A question as it is stored. Lists of columns are spellings, of which the first that the source
/// has is meant; a covariate may be several, "a|b".
struct StoredQuestion {
  std::string origin;  ///< "named" or "own"
  std::string name, question;
  std::vector<std::string> response, success, event_types, exposure, covariates, filter_column,
      filter_values;
  std::string family;
};

/// Those of the domain, then those of the source, in their order. As any user who owns the source.
[[nodiscard]] std::vector<StoredQuestion> stored_questions(Oid source, const std::string& domain);

}  // namespace pt::pg
