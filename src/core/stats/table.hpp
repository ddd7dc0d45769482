// Contingency tables, goodness of fit, and how near two distributions are.
#pragma once

#include <span>
#include <vector>

namespace pt::stats {

/// A table of counts, row after row.
struct Table {
  std::size_t rows = 0, columns = 0;
  std::vector<double> counts;
};

struct Association {
  double chi_square;  ///< Pearson's, without continuity correction
  double df;
  double p_value;
  double cramers_v;            ///< Cramer 1946
  double cramers_v_corrected;  ///< bias-corrected, Bergsma 2013
  double smallest_expected;    ///< below 5 the p value is rough
  double n;
};
/// Rows and columns without any count are left out. All NaN unless two rows and two columns remain.
[[nodiscard]] Association association(const Table& table);

struct GoodnessOfFit {
  double chi_square;
  double df;
  double p_value;
  double cohens_w;
};
/// Observed counts against probabilities (which are scaled to sum to 1).
[[nodiscard]] GoodnessOfFit goodness_of_fit(std::span<const double> observed,
                                            std::span<const double> probabilities);

/// 1 - total variation distance of two distributions of counts over the same categories; NaN when
/// one has no count.
[[nodiscard]] double total_variation_complement(std::span<const double> a,
                                                std::span<const double> b);
/// 1 - Kolmogorov and Smirnov's distance; categories in the order of their values.
[[nodiscard]] double kolmogorov_smirnov_complement(std::span<const double> a,
                                                   std::span<const double> b);

}  // namespace pt::stats
