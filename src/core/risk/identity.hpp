// Identity disclosure: figures that follow from the sizes of the equivalence classes alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/risk/histogram.hpp"

namespace pt::risk {

/// How many classes have a size.
struct SizeCount {
  std::uint64_t size;
  std::uint64_t classes;
};

/// The number of classes of each size that occurs, ascending by size. O(classes).
[[nodiscard]] std::vector<SizeCount> size_distribution(std::span<const std::uint64_t> sizes);

/// Figures of an attacker who knows the quasi-identifiers and that the person is in the table
/// (prosecutor; El Emam 2013). Of an empty table all are 0; show them as missing.
struct IdentityFigures {
  std::uint64_t people = 0;            ///< n = sum of f_j
  std::uint64_t classes = 0;           ///< K
  std::uint64_t k = 0;                 ///< min f_j (Samarati & Sweeney 1998)
  std::uint64_t largest = 0;           ///< max f_j
  std::uint64_t uniques = 0;           ///< f1, classes of one person
  std::uint64_t pairs = 0;             ///< f2, classes of two
  double uniqueness = 0;               ///< f1 / n
  double average_risk = 0;             ///< mean over people of 1 / f_j = K / n
  double class_average = 0;            ///< mean over classes of 1 / f_j
  double maximum_risk = 0;             ///< 1 / k
  double minimum_risk = 0;             ///< 1 / largest
  std::uint64_t at_maximum = 0;        ///< people whose risk is the maximum
  double average_size = 0;             ///< n / K
  double normalized_average_size = 0;  ///< C_AVG = n / (K k) (LeFevre et al. 2006)
  double discernibility = 0;           ///< sum of f_j squared (Bayardo & Agrawal 2005)
};
[[nodiscard]] IdentityFigures identity_figures(std::span<const SizeCount> sizes);

/// Share of the people whose risk 1 / f_j is above the threshold (R_a; El Emam 2013); nothing for
/// an empty table.
[[nodiscard]] std::optional<double> share_above(std::span<const SizeCount> sizes, double threshold);

/// Classes whose size is in [low, high], with their people.
struct RiskBucket {
  std::uint64_t low, high;  ///< high 0: without end
  std::uint64_t classes = 0;
  std::uint64_t people = 0;
};
/// The classes by size: 1, 2, 3, 4, 5-9, 10-19, 20-49, 50-99, 100-999, 1000 and above.
[[nodiscard]] std::vector<RiskBucket> risk_distribution(std::span<const SizeCount> sizes);

/// Figures of an attacker who does not know whether the person is in the table but has a register
/// of the population, with F_j people in class j (journalist, marketer; El Emam 2013).
struct PopulationFigures {
  double population = 0;         ///< sum of F_j over the classes of the table
  double smallest = 0;           ///< min F_j: k-map holds for k up to it (Sweeney 2001)
  double maximum_risk = 0;       ///< 1 / min F_j
  double average_risk = 0;       ///< journalist: max(K / sum F_j, mean over people of 1 / F_j)
  double marketer_risk = 0;      ///< mean over people of 1 / F_j
  double least_presence = 0;     ///< min f_j / F_j (delta-presence; Nergiz, Atzori & Clifton 2007)
  double greatest_presence = 0;  ///< max f_j / F_j
};
/// `population[c]` is F of class c, positive. Classes must not be empty.
[[nodiscard]] PopulationFigures population_figures(std::span<const std::uint64_t> sizes,
                                                   std::span<const double> population);

}  // namespace pt::risk
