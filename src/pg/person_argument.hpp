// The key of a person as somebody writes it in a call.
#pragma once

#include <string>

#include "pg/boundary.hpp"

namespace pt::pg {

/// The canonical text (KeyReader) of a person's key given as text, read as a value of the person
/// column (by label) of `source` or of its table of people: '7.00' for a numeric key is 7, 'AB' for
/// citext is 'ab'. Raises what the input function of the type raises. No row of the source is
/// read.
[[nodiscard]] std::string canonical_person_key(Oid source, const std::string& text);

}  // namespace pt::pg
