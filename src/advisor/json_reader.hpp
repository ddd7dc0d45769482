// Reads JSON that somebody hostile may have written.
#pragma once

#include <json/value.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pt::advisor {

/// Depth of nesting that is read; deeper texts are refused before any recursion goes further.
inline constexpr int kMaxDepth = 32;

/// Whether `text` is valid UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF) and
/// holds no NUL. O(length).
[[nodiscard]] bool is_clean_utf8(std::string_view text) noexcept;

/// The JSON object in `text`: RFC 8259 without extensions, no comments, no duplicate keys, nothing
/// behind it, at most kMaxDepth levels, valid UTF-8. Nothing for any other text, never an
/// exception but std::bad_alloc. O(length).
[[nodiscard]] std::optional<Json::Value> read_object(std::string_view text);

/// Member `name` of an object; null when it is missing or `value` is no object.
[[nodiscard]] const Json::Value& member(const Json::Value& value, const char* name);
/// A text member; nothing when it is missing or of another type.
[[nodiscard]] std::optional<std::string> text_member(const Json::Value& value, const char* name);
/// A whole number from `low` to `high`; nothing when it is missing, no number, fractional or out of
/// range. Numbers inside texts don't count.
[[nodiscard]] std::optional<std::int64_t> int_member(const Json::Value& value, const char* name,
                                                     std::int64_t low, std::int64_t high);

}  // namespace pt::advisor
