#pragma once

#include <string>
#include <string_view>

namespace pt::text {

/// A JSON string literal for `value` (RFC 8259): quotes, backslashes and control characters
/// escaped, all other bytes as they are. NUL can't occur in PostgreSQL text. O(length).
std::string json_quote(std::string_view value);

/// The shortest decimal that reads back as the same double; 'null' for NaN and infinities, which
/// JSON does not know.
std::string json_number(double value);

}  // namespace pt::text
