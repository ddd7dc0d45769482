// Any pair of tables as an attacker compares them: the original, what was released of it, and a
// control group of people of whom nothing was released.
#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/model/code.hpp"

namespace pt::attack {

enum class Part : std::uint8_t { original, released, control };

/// How two values of a column compare: equal or not; by their difference; or by their difference
/// where 0 means nothing (days, times), so that errors are measured in standard deviations.
enum class Measure : std::uint8_t { category, number, time };

/// A column that the tables share. Codes are common to all of them and follow the order of the
/// values (of the bytes of texts); model::kMissing is a missing value.
struct SharedColumn {
  std::string name;
  Measure measure = Measure::category;
  std::vector<double> value;  ///< code -> value, finite, ascending; empty for categories
  std::array<std::pmr::vector<model::Code>, 3> codes;  ///< by Part, one a row
};

struct Tables {
  std::vector<SharedColumn> columns;
  std::array<std::size_t, 3> rows{};  ///< by Part
  bool has_control = false;

  std::size_t size(Part part) const { return rows[static_cast<std::size_t>(part)]; }
  const std::pmr::vector<model::Code>& codes(std::size_t column, Part part) const {
    return columns[column].codes[static_cast<std::size_t>(part)];
  }
};

/// Rows of a part without later repetitions of an equal row, ascending. O(rows log rows x columns).
std::pmr::vector<std::uint32_t> distinct_rows(Host& host, const Tables& tables, Part part);

}  // namespace pt::attack
