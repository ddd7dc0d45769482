#pragma once

#include <cstdint>

namespace pt::model {

/// Position of a value in the dictionary of its attribute, or of a node in a level of a hierarchy.
using Code = std::uint32_t;

/// The code of SQL NULL. It is a value of its own: missing is never equal to a present value.
inline constexpr Code kMissing = 0xFFFFFFFFu;

}  // namespace pt::model
