// Counts of people that a release shows beside its personas: how many people of a group have events
// of a type, and life tables (views _groups and _intervals).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pt::protect {

/// A set of numbers, ascending: of classes, or of units of classes.
using Block = std::vector<std::uint32_t>;

/// A count of people of a block.
struct CountRow {
  enum class Kind : std::uint8_t {
    any,            ///< people with an event of the type, among all of the block
    first_outcome,  ///< people whose first event of the type ended so, among those with one
    life            ///< people with the event in an interval, among those at risk at its start
  };
  Kind kind = Kind::any;
  std::uint32_t block = 0;  ///< of CountTables::blocks
  std::string type = {},
              outcome = {};    ///< of any and first_outcome; the outcome of the latter alone
  std::uint32_t interval = 0;  ///< of life, from 0
  std::uint32_t begin = 0;     ///< first period since the person's first event, from 0
  std::optional<std::uint32_t> end = {};  ///< period after the last one; nothing: open
  std::uint64_t people = 0, with = 0, censored = 0;
};

/// Tables that may be published together with each other, the sizes of personas and
/// recidivism_indicators, and with the events if they were made to stand beside them. `Block`s are
/// of classes.
struct CountTables {
  std::vector<Block> blocks;
  std::vector<CountRow> rows;           ///< by kind, type, block, position
  std::vector<std::string> recidivism;  ///< recidivism_indicators by class, by the same blocks;
                                        ///< empty when nothing means reoffence
  bool reoffence = false;               ///< what the life table waits for; else any later event
};

}  // namespace pt::protect
