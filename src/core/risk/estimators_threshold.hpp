// From risks to class sizes and back: the sizes that a threshold, a k-map or a differential privacy
// budget ask for.
#pragma once

#include <cstdint>

namespace pt::risk {

/// The number of people in a record's class at which k-map holds with the wanted confidence.
struct DerivedK {
  std::uint64_t k = 0;  ///< k': the sample's classes need at least this many people
  double error = 0;  ///< probability that a population class below k looks as large; 0 when k' is
                     ///< k itself and there is nothing to gain
};

/// k' for estimated k-map (El Emam & Dankar 2008), with lambda = k n/N: the smallest c such that a
/// Poisson(lambda) number exceeds c with at most `significance`; k' = min(k, c + 2, n). k, n >= 1,
/// population >= n, significance in (0, 1), else 22023.
DerivedK derived_k(std::uint64_t k, std::uint64_t people, double population, double significance);

/// The same given that the class is in the sample (Poisson truncated at zero): k' = min(k, c + 1,
/// n).
DerivedK derived_k_truncated(std::uint64_t k, std::uint64_t people, double population,
                             double significance);

/// The class size that a risk threshold in (0, 1] means: floor(1/t), one more when 1/floor(1/t)
/// exceeds t by 1 % or more. 22023 for others.
std::uint64_t threshold_to_size(double threshold);

/// The least class size with which sampling every record with probability 1 - e^-epsilon and then
/// k-anonymising by a rule that does not look at the data is (epsilon, delta)-differentially
/// private (SafePub; Bild, Kuhn & Prasser 2018). Where n gamma is a whole number it is rounded down
/// to the one below, which errs on the safe side. epsilon in [1e-6, 3], delta in [1e-15, 1), else
/// 22023.
std::uint64_t safepub_k(double epsilon, double delta);

}  // namespace pt::risk
