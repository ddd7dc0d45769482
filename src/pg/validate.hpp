// The verdict on a release.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pg/host.hpp"
#include "pg/opened_release.hpp"

namespace pt::pg {

/// A row of pt_validate_release. NaN: nothing was found.
struct UtilityPart {
  std::string part;
  double required = 1, found = 0;
  std::int64_t judged = 0, preserved = 0, left_out = 0;
  std::optional<bool> passed;
  std::string why;
};

/// Disparities, correlations, questions, distributions, and last the release as a whole. Reads as
/// the current user, who owns the source.
[[nodiscard]] std::vector<UtilityPart> validate_release(const OpenedRelease& opened, PgHost& host);

/// Stores it with the version and in its _about, unless the source has changed.
void store_validation(const OpenedRelease& opened, const std::vector<UtilityPart>& parts);

/// 55000 with the parts unless the release as a whole is found to be at least `min_utility`.
void require_utility(const std::vector<UtilityPart>& parts, double min_utility);

}  // namespace pt::pg
