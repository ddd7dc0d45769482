// The rules of release profiles, measured on a stored run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pg/release_profile.hpp"
#include "pg/release_rules.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// Shortest text that reads back as the same number.
[[nodiscard]] std::string number_text(double value);

/// The one number that an SQL expression gives, nothing for NULL.
[[nodiscard]] std::optional<double> query_number(const std::string& sql, const Params& params = {});

/// A mean of many fractions may lie above its limit by rounding alone; the run allows as much.
[[nodiscard]] Rule rule_at_most(const std::string& name, double limit, std::optional<double> found);
[[nodiscard]] Rule rule_at_least(const std::string& name, double limit,
                                 std::optional<double> found);

/// People in the smallest persona of a run. As owner of the catalog.
[[nodiscard]] std::optional<double> smallest_persona(const StoredRun& run);

/// Every rule of the profile with what it requires, what the run has and what would make it pass,
/// in the order of names. O(personas + combinations). As owner of the catalog.
[[nodiscard]] std::vector<Rule> check_profile(const StoredRun& run, const Profile& profile);

}  // namespace pt::pg
