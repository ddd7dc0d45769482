// Population uniqueness from a sample: super-population models that need the sizes of the sample's
// equivalence classes and the size of the population, nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/risk/identity.hpp"

namespace pt::risk {

/// Sizes of the equivalence classes of a sample.
struct ClassSizes {
  std::vector<SizeCount> counts;  ///< ascending sizes, each once, both above 0
  std::uint64_t people = 0;       ///< n
  std::uint64_t classes = 0;      ///< K

  /// Number of classes with this size: with_size(1) is f1, the sample uniques.
  [[nodiscard]] std::uint64_t with_size(std::uint64_t size) const;
};

/// Counts sizes; classes of size 0 are left out. O(n log n).
ClassSizes count_sizes(std::span<const std::uint32_t> people_of_class);

/// An estimate, or the reason why there is none. A model that fails never says 0.
struct Estimate {
  std::optional<double> value;
  std::string why;  ///< without a value: the reason; with one: a remark, or empty

  [[nodiscard]] bool converged() const { return value.has_value(); }
  static Estimate none(std::string reason) { return {std::nullopt, std::move(reason)}; }
};

/// The uniques of a population, people: each is the only one with its quasi-identifiers.
struct PitmanEstimate {
  Estimate uniques;
  double theta = 0, alpha = 0;  ///< parameters, when it has converged
};
struct ZayatzEstimate {
  Estimate uniques;
  double conditional = 0;  ///< P(unique in the population | unique in the sample)
};
struct SnbEstimate {
  Estimate uniques;
  double a = 0, b = 0;  ///< parameters, when it has converged
  double classes = 0;   ///< classes of the population, Shlosser's third estimator
};
struct DankarEstimate {
  Estimate uniques;
  std::string model;  ///< pitman, zayatz or snb
};

/// Pitman's model (Hoshino 2001): Gamma(theta+1)/Gamma(theta+alpha) N^alpha uniques, both
/// parameters by maximum likelihood: damped Newton in log theta and logit alpha with the analytic
/// Jacobian, from the moment start and then from a grid. Accepted only at a maximum. `population`
/// is N, at least the sample. Throws 22023 otherwise. O(distinct sizes) an iteration.
PitmanEstimate pitman(Host& host, const ClassSizes& sample, double population);

/// Zayatz 1991, with exact hypergeometric probabilities as products. O(largest size).
ZayatzEstimate zayatz(Host& host, const ClassSizes& sample, double population);

/// Shifted negative binomial (Chen & Keller-McNulty 1998), with the expectations of f1 and f2 under
/// binomial sampling; a and b solve both equations to 1e-9. O(distinct sizes).
SnbEstimate shifted_negative_binomial(Host& host, const ClassSizes& sample, double population);

/// Shlosser's third estimator of the number of classes in the population (Haas et al. 1995), `q`
/// the sampling fraction below 1.
double shlosser_classes(const ClassSizes& sample, double q);

/// The decision rule of Dankar et al. 2012: up to a sampling fraction of .1 Pitman, else (or when
/// it fails) Zayatz; above, the smaller of Zayatz and SNB, Zayatz when SNB has no solution.
DankarEstimate dankar(const ClassSizes& sample, double population, const PitmanEstimate& pitman,
                      const ZayatzEstimate& zayatz, const SnbEstimate& snb);

}  // namespace pt::risk
