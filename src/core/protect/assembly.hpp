#pragma once

#include "core/protect/grouping.hpp"
#include "core/protect/protect.hpp"

namespace pt::protect {

/// Groups the whole population at one setting, measures every attacker and writes down classes,
/// personas and published rows: all of Protected but utility, decisions and the verdict. The risk
/// of a person is that under the attacker of the options. O(people x log), most of it the covers.
Protected assemble(Host& host, const model::Population& population, const Options& options,
                   Grouping& grouping, const Setting& setting);

}  // namespace pt::protect
