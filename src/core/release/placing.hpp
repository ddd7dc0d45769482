#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/model/population.hpp"
#include "core/protect/protect.hpp"

namespace pt::release {

/// Finds the published class that a person belongs to by what is published of it: every nominal
/// value is one that the founding members had, every number inside their range. A value that no
/// class has fits nowhere.
class ClassFinder {
 public:
  ClassFinder(const model::Population& population, std::span<const protect::ClassRow> classes);

  /// The first class that fits the people of a tuple. O(classes x attributes) the first time.
  std::optional<std::uint32_t> find(std::uint32_t tuple);

 private:
  bool fits(std::uint32_t class_no, std::uint32_t tuple) const;

  const model::Population& population_;
  std::span<const protect::ClassRow> classes_;
  std::vector<std::vector<std::vector<bool>>>
      allowed_;  // class, attribute -> by code; nominal only
  std::vector<std::optional<std::optional<std::uint32_t>>> known_;  // by tuple
};

/// The class of people who come from several classes of one cell: every attribute covers all of
/// them, what differs and can't be a range is not shown, means are weighted by people, and
/// recidivism is withheld.
protect::ClassRow unite(const std::vector<const protect::ClassRow*>& classes);

}  // namespace pt::release
