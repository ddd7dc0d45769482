#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/protect/grouping.hpp"
#include "core/protect/posterior.hpp"

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

/// Risk of the people of one class for an attacker who knows demographics and all events.
struct ClassRisk {
  double sum = 0, maximum = 0;  ///< over the people measured
  std::uint64_t people = 0;     ///< measured
};

/// Measures a class by the first `most` of its people (people are in the order of keyed hashes, so
/// these are a random sample). What a persona of the sample covers is scaled up to the class,
/// except for the person's own persona: where the sample is a part, the estimate errs on the safe
/// side. `add`, if any, adds synthetic events to what the personas hold.
ClassRisk measure_class(Host& host, Grouping& grouping, const Setting& setting,
                        const Released& released, std::vector<std::uint32_t> members,
                        std::size_t most, noise::Posterior* posterior,
                        const std::function<void(std::pmr::vector<risk::PersonaEvents>&)>& add);

/// What classes were measured to have at one setting. Bisection asks for other numbers of classes
/// of one tree, most of which are the same ones.
class ClassRisks {
 public:
  /// Forgets all unless the setting differs from the last one in its classes alone.
  void start(const Setting& setting);
  /// The risk of a class of the setting's tree, which must not be grown anew meanwhile.
  template <class Measure>
  const ClassRisk& of(const group::ClassTree::Class& c, const Measure& measure) {
    const auto [found, fresh] = known_.try_emplace({c.tuples.data(), c.tuples.size()});
    if (fresh) found->second = measure();
    return found->second;
  }

 private:
  std::optional<Setting> setting_;
  std::map<std::pair<const std::uint32_t*, std::size_t>, ClassRisk> known_;
};

/// Measures a setting on all classes; or, when there are more than `most_people` people and the
/// attacker knows demographics and events, on a sample of about that many: classes drawn by
/// `randomness`, large ones by a part of their people. `known`, if any, spares classes that were
/// measured before.
Measured measure(Host& host, const model::Population& population, const Options& options,
                 Grouping& grouping, const Setting& setting, const model::Prf& randomness,
                 std::uint64_t most_people, ClassRisks* known = nullptr);

/// 1 minus the weighted information loss of a setting (doc/privacy-model.md, "Utility"): what the
/// ladder maximises among settings that hold the target. In 0..1, 1 = nothing lost.
double utility(const model::Population& population, const Options& options, Grouping& grouping,
               const Setting& setting);

/// The part of the loss that comes from age ranges and further attributes of classes, 0..1.
double demographic_loss(const Options& options, const group::ClassTree::Cost& cost);

/// The part of the loss that comes from periods, event columns, geography and labels alone, without
/// age ranges, personas and cohesion: the order in which the ladder tries them.
double base_loss(const model::Population& population, const Options& options, Grouping& grouping,
                 const Setting& setting);

}  // namespace pt::protect
