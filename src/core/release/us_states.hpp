// Places of the United States as HIPAA's Safe Harbor sees them: nothing finer than a state may be
// released (45 CFR 164.514(b)(2)(i)(B)).
#pragma once

#include <string_view>

namespace pt::release {

/// Whether a released label is a state, the District of Columbia or a territory (name or postal
/// code, upper or lower case), a list of these ('Ohio or Utah', 'Ohio, Utah or Iowa'), the country,
/// or one of the labels that show no place ('not shown').
[[nodiscard]] bool is_state_or_wider(std::string_view label);

}  // namespace pt::release
