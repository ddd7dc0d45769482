#include "pg/row_text.hpp"

#include <array>
#include <cctype>
#include <cstdint>

#include "core/error.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace pt::pg {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

void append_hex(std::string& text, std::uint8_t byte) {
  text += kHexDigits[byte >> 4U];
  text += kHexDigits[byte & 0xFU];
}

enum class Special : std::uint8_t { no, quoted, doubled };

/// What record_out does about each byte: isspace() depends on the database's LC_CTYPE, which is the
/// same for the life of a session.
const std::array<Special, 256>& specials() {
  static const std::array<Special, 256> kinds = [] {
    std::array<Special, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
      if (std::isspace(static_cast<int>(c)) != 0) table[c] = Special::quoted;
    for (const unsigned char c : {'(', ')', ','}) table[c] = Special::quoted;
    for (const unsigned char c : {'"', '\\'}) table[c] = Special::doubled;
    return table;
  }();
  return kinds;
}

}  // namespace

std::string row_field(std::string_view value) {
  const auto& kind = specials();
  std::size_t quoted = value.empty() ? 1 : 0, doubled = 0;
  for (char const c : value) {
    Special const special = kind[static_cast<unsigned char>(c)];
    quoted += special == Special::no ? 0 : 1;
    doubled += special == Special::doubled ? 1 : 0;
  }
  if (quoted == 0) return std::string(value);
  std::string text;
  text.reserve(value.size() + doubled + 2);
  text += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; doubled > 0 && i < value.size(); ++i) {
    if (kind[static_cast<unsigned char>(value[i])] != Special::doubled) continue;
    text.append(value, from, i + 1 - from);
    from = i;
    --doubled;
  }
  text.append(value, from);
  text += '"';
  return text;
}

std::string to_utf8(std::string text) {
  if (GetDatabaseEncoding() == PG_UTF8 || text.empty()) return text;
  char* const converted = guarded(
      [&text] { return pg_server_to_any(text.data(), static_cast<int>(text.size()), PG_UTF8); });
  if (converted == text.data()) return text;
  std::string result(converted);
  pfree(converted);
  return result;
}

std::string hex(const Digest& digest) {
  std::string text;
  for (std::uint8_t const byte : digest) append_hex(text, byte);
  return text;
}

std::string uuid_text(const Uuid& uuid) {
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    append_hex(text, uuid[i]);
  }
  return text;
}

StableText::StableText()
    : level_(guarded([] {
        int const level = NewGUCNestLevel();
        for (auto const& [name, value] :
             {std::pair{"DateStyle", "ISO, YMD"}, std::pair{"TimeZone", "UTC"},
              std::pair{"extra_float_digits", "1"}})
          set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                            false);
        return level;
      })) {}

StableText::~StableText() {
  try {
    guarded([this] { AtEOXact_GUC(true, level_); });
  } catch (...) {  // NOLINT(bugprone-empty-catch): only memory can fail here; the end of the
                   // transaction restores them
  }
}

}  // namespace pt::pg
