// The text form of whole rows, `(a,"b c",)`, as PostgreSQL's record_out writes it.
// What is computed here while rows are written can be recomputed in SQL from row::text.
#pragma once

#include <string>
#include <string_view>

#include "pg/crypto.hpp"

namespace pt::pg {

/// A value as a field of a row's text: quoted when it is empty or holds a quote, backslash,
/// parenthesis, comma or white space; quotes and backslashes are doubled. NULL is written as
/// nothing, by the caller.
[[nodiscard]] std::string row_field(std::string_view value);

/// A text of the database's encoding in UTF-8.
[[nodiscard]] std::string to_utf8(std::string text);

/// 'aabb...' of 32 bytes.
[[nodiscard]] std::string hex(const Digest& digest);

/// 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'.
[[nodiscard]] std::string uuid_text(const Uuid& uuid);

/// Sets date style, time zone and float digits for a scope, so that the text of a value is the same
/// in every session.
class StableText {
 public:
  StableText();
  StableText(const StableText&) = delete;
  StableText& operator=(const StableText&) = delete;
  ~StableText();

 private:
  int level_;
};

}  // namespace pt::pg
