#include "pg/json.hpp"

namespace pt::pg {

std::string json_array(const std::vector<std::string>& values) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) out += (i > 0 ? ", " : "") + values[i];
  return out + "]";
}

JsonObject& JsonObject::add(std::string_view name, const std::vector<std::string>& values) {
  std::vector<std::string> quoted;
  for (const std::string& value : values) quoted.push_back(text::json_quote(value));
  return raw(name, json_array(quoted));
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ", ";
  members_ += text::json_quote(name) + ": ";
  members_ += json;
  return *this;
}

}  // namespace pt::pg
