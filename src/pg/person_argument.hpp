// The key of a person as somebody writes it in a call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pg/boundary.hpp"

namespace pt::pg {

/// The canonical text (KeyReader) of a person's key given as text, read as a value of the person
/// column of a run on `source`, or of its table of people: '7.00' for a numeric key is 7, 'AB' for
/// citext is 'ab'. `run`: which one; without, the newest in service, else the newest. Raises what
/// the input function of the type raises. No row of the source is read.
[[nodiscard]] std::string canonical_person_key(Oid source, const std::string& text,
                                               std::optional<std::int64_t> run = std::nullopt);

}  // namespace pt::pg
