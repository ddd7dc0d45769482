#pragma once

#include <string>

namespace pt::pg {

/// The schema that the extension's functions are in, as an SQL name. 55000 when the extension is
/// not installed in this database.
[[nodiscard]] std::string extension_schema();

}  // namespace pt::pg
