#pragma once

#include <cstdint>

#include "core/protect/grouping.hpp"

namespace pt::protect {

/// A setting's risk under the chosen attacker.
struct Measured {
  double average = 1, maximum = 1;
  bool sampled = false;  ///< estimated on a sample

  /// `margin`: the share of the target that an estimate may use; what was measured may use all of
  /// it. The last digits of a sum depend on its order: who adds up in another one must not get
  /// above the target.
  bool holds(const Options& options, double margin = 1) const {
    return average <= options.target_risk * (sampled ? margin : 1) * (1 - 1e-12) &&
           maximum <= options.individual_limit;
  }
};

/// Measures a setting on all classes; or, when there are more than `most_people` people and the
/// attacker knows demographics and events, on a sample of about that many: classes drawn by
/// `randomness`, large ones by a part of their people.
Measured measure(Host& host, const model::Population& population, const Options& options,
                 Grouping& grouping, const Setting& setting, const model::Prf& randomness,
                 std::uint64_t most_people);

/// 1 minus the weighted information loss of a setting (doc/privacy-model.md, "Utility"): what the
/// ladder maximises among settings that hold the target. In 0..1, 1 = nothing lost.
double utility(const model::Population& population, const Options& options, Grouping& grouping,
               const Setting& setting);

/// The part of the loss that comes from periods, event columns, geography and labels alone, without
/// age ranges, personas and cohesion: the order in which the ladder tries them.
double base_loss(const model::Population& population, const Options& options, Grouping& grouping,
                 const Setting& setting);

}  // namespace pt::protect
