#include "advisor/json_reader.hpp"

#include <json/reader.h>

#include <cmath>
#include <memory>
#include <new>

#include "core/text/utf8.hpp"

namespace pt::advisor {
namespace {

/// jsoncpp accepts comments even when it is told not to, and its recursion is per level: both are
/// refused by one pass over the text outside of strings.
bool is_plain(std::string_view text) noexcept {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '/') return false;
    if ((c == '{' || c == '[') && ++depth > kMaxDepth) return false;
    if (c == '}' || c == ']') --depth;
  }
  return !in_string && depth == 0;
}

}  // namespace

bool is_clean_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    std::size_t const length = text::sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<Json::Value> read_object(std::string_view text) {
  if (!is_clean_utf8(text) || !is_plain(text)) return std::nullopt;
  // An escaped NUL would end the text that it is later stored as.
  if (text.find("\\u0000") != std::string_view::npos) return std::nullopt;
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  builder["rejectDupKeys"] = true;
  builder["failIfExtra"] = true;
  builder["allowComments"] = false;
  builder["stackLimit"] = kMaxDepth + 1;
  std::unique_ptr<Json::CharReader> const reader(builder.newCharReader());
  Json::Value value;
  try {
    if (!reader->parse(text.data(), text.data() + text.size(), &value, nullptr))
      return std::nullopt;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {  // jsoncpp's own errors: no JSON that we read
    return std::nullopt;
  }
  if (!value.isObject()) return std::nullopt;
  return value;
}

const Json::Value& member(const Json::Value& value, const char* name) {
  if (!value.isObject() || !value.isMember(name)) return Json::Value::nullSingleton();
  return value[name];
}

std::optional<std::string> text_member(const Json::Value& value, const char* name) {
  Json::Value const& found = member(value, name);
  if (!found.isString()) return std::nullopt;
  return found.asString();
}

std::optional<std::int64_t> int_member(const Json::Value& value, const char* name, std::int64_t low,
                                       std::int64_t high) {
  Json::Value const& found = member(value, name);
  if (!found.isNumeric() || !found.isInt64()) return std::nullopt;
  std::int64_t const number = found.asInt64();
  if (number < low || number > high) return std::nullopt;
  return number;
}

}  // namespace pt::advisor
