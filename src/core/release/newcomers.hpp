// Newcomers whom no published class fits: classes of their own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/protect/options.hpp"
#include "core/protect/protect.hpp"

namespace pt::release {

/// The population of some of the people, ascending, in the same order; attributes keep their codes.
/// O(people + their events).
model::Population subset(Host& host, const model::Population& population,
                         std::span<const std::uint32_t> people);

/// A class that did not exist in the version in service.
struct NewClass {
  protect::ClassRow row;
  std::vector<std::uint32_t> people;  ///< ascending
};

/// Groups people as a first version groups everybody: protected cells first, small ones under a
/// common label, then as many classes as give `class_people` people each on average. None when
/// there are fewer people than a persona has. O(people log people).
std::vector<NewClass> open_classes(Host& host, const model::Population& population,
                                   const protect::Options& options, protect::Setting setting,
                                   std::span<const std::uint32_t> people, double class_people);

}  // namespace pt::release
