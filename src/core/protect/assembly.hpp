#pragma once

#include <memory>

#include "core/protect/grouping.hpp"
#include "core/protect/protect.hpp"

namespace pt::protect {

/// Whether to go on when the chosen attacker's risk turns out above the target.
enum class Complete : bool { if_held, always };

/// Groups the whole population at one setting, measures every attacker and writes down classes,
/// personas and published rows: all of Protected but utility, decisions and the verdict. The risk
/// of a person is that under the attacker of the options. O(people x log), most of it the covers.
/// `randomness`: for a setting with synthetic events.
///
/// Complete::if_held: stops once the target is known to be missed; only average and maximum are
/// valid then. `grouping` is given back (nullptr afterwards) as soon as the target is known to
/// hold.
Protected assemble(Host& host, const model::Population& population, const Options& options,
                   std::unique_ptr<Grouping>& grouping, const Setting& setting, Complete complete,
                   const model::Prf* randomness = nullptr);

}  // namespace pt::protect
