// Reading UTF-8 that may be broken.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pt::text {

/// Length of the UTF-8 sequence at the front of `text` (not empty), 0 if there is no valid one or
/// it is NUL (RFC 3629, section 4: no overlong forms, no surrogates, up to U+10FFFF).
[[nodiscard]] std::size_t sequence_length(std::string_view text) noexcept;

/// The code points of `text`; every byte that belongs to no valid sequence is U+FFFD. O(length).
[[nodiscard]] std::u32string code_points(std::string_view text);

}  // namespace pt::text
