#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/code.hpp"
#include "core/model/hierarchy.hpp"

namespace pt::model {

/// How the values of an attribute relate. Only ordered ones can be released as ranges.
enum class Scale : std::uint8_t { nominal, ordered };

/// A person attribute: the dictionary behind its codes and the way it can be generalised.
/// Codes follow the dictionary's order, which depends on the set of values alone (never on the
/// order of rows), so that everything computed from codes is repeatable.
struct Attribute {
  std::string name;
  Scale scale = Scale::nominal;
  std::vector<std::string>
      labels;                  ///< code -> canonical text; sorted by bytes, ordered ones by value
  std::vector<double> values;  ///< ordered only: code -> value, finite, strictly ascending
  Hierarchy hierarchy;         ///< empty = none
  std::uint32_t finest_level = 0;  ///< finest level that may be released: 0 the values themselves,
                                   ///< 1 hierarchy.levels[0], ...
};

/// Says in one sentence what is wrong with `attribute` (name, dictionary or hierarchy), or nothing
/// when it is sound. O(values x levels) plus sorting of labels.
std::optional<std::string> find_fault(const Attribute& attribute);

}  // namespace pt::model
