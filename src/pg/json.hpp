// JSON texts, member by member, for jsonb columns.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/json.hpp"

namespace pt::pg {

/// Collects members of an object: `JsonObject().add("a", 1).add("b", "x").text()` is {"a": 1, "b":
/// "x"}.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string_view value) {
    return raw(name, text::json_quote(value));
  }
  JsonObject& add(std::string_view name, const char* value) {
    return add(name, std::string_view(value));
  }
  JsonObject& add(std::string_view name, const std::string& value) {
    return add(name, std::string_view(value));
  }
  JsonObject& add(std::string_view name, double value) {
    return raw(name, text::json_number(value));
  }
  JsonObject& add(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonObject& add(std::string_view name, T value) {
    return raw(name, std::to_string(value));
  }
  template <class T>
  JsonObject& add(std::string_view name, const std::optional<T>& value) {
    return value ? add(name, *value) : raw(name, "null");
  }
  JsonObject& add(std::string_view name, const std::vector<std::string>& values);
  /// A member whose value is JSON already.
  JsonObject& raw(std::string_view name, std::string_view json);
  [[nodiscard]] std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

/// [a, b, ...] of JSON values.
[[nodiscard]] std::string json_array(const std::vector<std::string>& values);

}  // namespace pt::pg
