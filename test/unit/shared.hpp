#pragma once

// Real data and oracles for tests, absent on most machines: the folder that holds data/ and
// oracles/, named by PT_SHARED (the Makefile gives `shared` beside the source tree).

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace pt::test {

/// A file below the folder of the shared data, where there is one.
inline std::optional<std::filesystem::path> shared_file(const std::string& below) {
  const char* const named = std::getenv("PT_SHARED");
  if (named == nullptr || *named == '\0') return std::nullopt;
  const auto path = std::filesystem::path(named) / below;
  return std::filesystem::exists(path) ? std::optional(path) : std::nullopt;
}

}  // namespace pt::test
