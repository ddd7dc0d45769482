// Correlations between columns in the source and in the release, and how near their distributions
// are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/utility/joint.hpp"

namespace pt::utility {

/// One measure of one pair of columns in both; NaN where it does not exist.
struct Correlation {
  std::size_t a = 0, b = 0;  ///< columns
  std::string measure;       ///< 'pearson', 'spearman', 'correlation ratio', 'Cramer V'
  double source_n = 0, release_n = 0;
  double source = 0, release = 0;
  double preservation = 0;  ///< 1 - |release - source|
  std::optional<bool> preserved;
  std::string why;
};

/// Of two numbers Pearson's and Spearman's correlation, of two texts Cramer's V, of a number and a
/// text the correlation ratio (square root of the share of the variance between groups; with two
/// groups the absolute point-biserial correlation). Rows where either is missing do not count.
/// `preserved`: the two differ by at most `tolerance`. No verdict where the source has no value.
/// O(rows) and a sort for ranks.
[[nodiscard]] std::vector<Correlation> correlate(const JointTable& table, std::size_t a,
                                                 std::size_t b, double tolerance, Host& host);

/// How near the distribution of a column in the release is to that in the source.
struct Nearness {
  std::string measure;  ///< 'Kolmogorov-Smirnov', 'total variation'
  double source_n = 0, release_n = 0;
  double complement = 0;  ///< 1 - distance; NaN: one has no value
};
/// Kolmogorov and Smirnov's distance of numbers, total variation of texts (missing is a value of
/// its own there, as an analyst would see it).
[[nodiscard]] Nearness nearness(const JointTable& table, std::size_t column);

}  // namespace pt::utility
