// The same model fitted to the source and to the release, coefficient by coefficient.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pt::utility {

/// A coefficient of one fit; NaN where it does not exist.
struct ModelTerm {
  std::string term, reference;
  double estimate = 0, se = 0, low = 0, high = 0, p_value = 0;
  std::string note;  ///< what there is to say of it ("Firth estimate"); empty: nothing
};

struct ComparedTerm {
  std::string term, reference;
  std::optional<ModelTerm> source, release;
  double interval_overlap = 0;   ///< Karr et al. (2006), as it is: negative when disjoint
  double standardized_bias = 0;  ///< |release - source| / standard error in the source
  double effect_preservation = 0;
  std::optional<bool> sign_preserved, significance_preserved, preserved;
  std::string why;  ///< where not preserved, or not judged
};

struct ModelComparisonOptions {
  double significance = .05;
  double required_overlap = .8;
};

/// The terms of the source in their order, then those that the release alone has. A coefficient is
/// preserved when both are significant or neither, the sign is the same (or neither is significant)
/// and the intervals overlap by at least `required_overlap`. No verdict where the source has no
/// estimate. O(terms^2).
[[nodiscard]] std::vector<ComparedTerm> compare_models(std::span<const ModelTerm> source,
                                                       std::span<const ModelTerm> release,
                                                       const ModelComparisonOptions& options);

}  // namespace pt::utility
