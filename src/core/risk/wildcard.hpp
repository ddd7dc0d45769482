// Missing values that may stand for any value.
#pragma once

#include "core/host.hpp"
#include "core/risk/profile.hpp"

namespace pt::risk {

/// Figures of rows when a missing quasi-identifier matches every value. A row's risk is 1 / (rows
/// that match it), itself included. Matching is not transitive, so there are no classes.
struct WildcardFigures {
  std::uint64_t rows = 0;
  std::uint64_t k = 0;      ///< fewest rows that match a row
  double average_risk = 0;  ///< mean over rows of 1 / matching rows
  double uniqueness = 0;    ///< share of rows that no other row matches
};

/// For a profile with columns (ProfileShape::columns). All 0 without rows. O(entries x patterns),
/// where a pattern is a set of missing columns that occurs; polls.
[[nodiscard]] WildcardFigures wildcard_figures(const ClassProfile& profile, Host& host);

}  // namespace pt::risk
