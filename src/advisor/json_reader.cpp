#include "advisor/json_reader.hpp"

#include <json/reader.h>

#include <cmath>
#include <memory>
#include <new>

namespace pt::advisor {
namespace {

/// Length of the UTF-8 sequence at the front of `text`, 0 if there is no valid one (RFC 3629,
/// section 4).
std::size_t sequence_length(std::string_view text) noexcept {
  auto const at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned const first = at(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  std::size_t const length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  unsigned const low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned const high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((at(i) & 0xC0U) != 0x80) return 0;
  return length;
}

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
    std::size_t const length = sequence_length(text);
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
