#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/population.hpp"

namespace pt::group {

/// Where the attributes with a meaning of their own stand in a population; unset when absent.
struct ProtectedColumns {
  std::optional<std::size_t> gender, ethnicity, geography, age;
};

/// First column of each meaning. O(columns).
ProtectedColumns find_protected(const model::Population& population);

/// What must match inside a cell, and how coarse the geography starts.
struct CellRules {
  std::uint32_t min_people = 5;    ///< a cell has at least this many
  std::uint32_t place_people = 5;  ///< a cell that shows a place has at least this many
  std::uint32_t geography_level = 0;
  bool match_gender = true, match_ethnicity = true;
  std::uint32_t place_total = 0;  ///< a place that is shown has at least this many in all its cells
};

/// A protected cell: people whose released gender, ethnicity and geography are the same.
struct Cell {
  std::vector<std::uint32_t> tuples;  ///< ascending
  std::uint64_t people = 0;
  std::optional<std::string> gender, ethnicity, geography;  ///< released labels; unset = missing
  bool relabelled = false;  ///< gender or ethnicity stands for several values, for all members
  std::uint32_t place_level = 0;  ///< of the released geography; levels + 1 = not shown
};

struct Cells {
  std::vector<Cell> cells;                               ///< in order of their smallest tuple
  std::vector<std::uint32_t> suppressed;                 ///< tuples of people who fit nowhere
  bool matches_gender = true, matches_ethnicity = true;  ///< as asked for in the rules
};

/// Partitions the tuples into protected cells of at least `min_people`.
///
/// Gender and ethnicity match exactly while a cell can carry it. A cell that is too small is helped
/// in this order: geography up its hierarchy (only the too small places, those below `place_people`
/// too, and places below `place_total` in all their cells: a place shown for some of its people
/// can't be compared with others), ethnicity by a label that lists the values ('Asian or Native
/// American') inside one gender, gender likewise; each time for all members of the cell, never by a
/// modal label. Where even those of all ethnicities, or of all genders, are too few, the smallest
/// cell there is joins them, so that as few people as possible lose a label: also when a larger one
/// would have their ethnicity in common. Only a population below `min_people` is suppressed.
/// `people` counts the people of each tuple. O(tuples log tuples).
Cells make_cells(const model::Population& population, std::span<const std::uint32_t> people,
                 const CellRules& rules);

/// 'A', 'A or B', 'A, B or C'; 'not shown' for more than four values. Never equal to a label of
/// `attribute`.
std::string list_label(const model::Attribute& attribute, std::span<const model::Code> codes);

}  // namespace pt::group
