// Counts of people by facet, for units of classes that are merged into blocks.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/protect/blocks.hpp"
#include "core/protect/person_facts.hpp"
#include "core/protect/protect.hpp"

namespace pt::protect {

/// What published events tell of how many people of each persona have a kind of event: at least
/// `low` and at most `high` in all, if a persona with k events of the kind has 1..min(k, people)
/// of them.
struct EventBounds {
  std::uint64_t low = 0, high = 0;
  std::uint64_t gap = std::numeric_limits<std::uint64_t>::max();  ///< least people - min(k, people)
  bool small_gap = false;  ///< a gap of 1 to least - 1 people
  bool open = false;       ///< a persona of which nobody may, or somebody may have it

  void add(std::uint64_t people, std::uint64_t low_of, std::uint64_t high_of, std::uint64_t least);
  void add(const EventBounds& other);
  /// Whether a published number of people (at least `least`, or 0) who have such events tells
  /// nothing of fewer than `least` members of any personas that the events do not tell already.
  /// The number of a set of personas is between max(low, high - d) and min(high, n - low of the
  /// others), with d = high - n of all: what is checked is that none of these intervals, nor those
  /// of the people without, comes to lie within 1..least-1. test/unit/count_tables_test.cpp
  /// enumerates them.
  [[nodiscard]] bool keeps(std::uint64_t n, std::uint64_t least) const;
};

/// People by category of two facets, 0 = none.
class Cross {
 public:
  Cross(std::size_t rows, std::size_t columns) : columns_(columns), cells_(rows * columns, 0) {}
  std::uint64_t& at(std::size_t row, std::size_t column) { return cells_[row * columns_ + column]; }
  [[nodiscard]] const std::vector<std::uint64_t>& cells() const { return cells_; }
  /// Whether two categories that both have people have none together: somebody may know that the
  /// one excludes the other, and subtract.
  [[nodiscard]] bool has_empty_cell() const;

 private:
  std::size_t columns_;
  std::vector<std::uint64_t> cells_;  // row by row
};

/// A row of counts for each unit.
class Tally {
 public:
  /// Counts everybody released; `units` hold each class once.
  Tally(Host& host, const model::Population& population, const Protected& result,
        PersonFacts& facts, const std::vector<Block>& units, std::uint64_t least);

  std::uint64_t people(std::uint32_t unit) const { return people_[unit]; }
  std::uint64_t single(std::uint32_t unit, std::uint32_t facet, std::uint32_t category) const {
    return single_[unit * figures_ + first_[facet] + category - 1];
  }
  /// People of the life table with the event (`event`), or without it until the view ends.
  std::uint64_t life(std::uint32_t unit, bool event, std::uint32_t at) const {
    return life_[(unit * 2 + (event ? 0 : 1)) * life_units_ + at];
  }
  /// Bounds by events: of a category of a facet, or (0) of any.
  const EventBounds& bounds(std::uint32_t unit, std::uint32_t facet, std::uint32_t category) const {
    return bounds_[unit * (figures_ + first_.size()) + first_[facet] + facet + category];
  }

  /// Whether both are event types that nobody has who has no reoffence: their union may be known to
  /// be a third count.
  bool both_reoffence(std::uint32_t x, std::uint32_t y) const;
  /// Numbers that add_pairs adds of a facet: for each earlier one, categories of both.
  std::size_t pairs(std::uint32_t facet) const;
  /// Adds people of a unit who are in a category of the facet and in one of an earlier facet, by
  /// earlier facet, category and category of the earlier one; `none` is no category here.
  void add_pairs(std::uint32_t unit, std::uint32_t facet, std::span<std::uint64_t> to) const;
  /// Where those of the earlier facet begin.
  std::size_t first_pair(std::uint32_t facet, std::uint32_t earlier) const {
    return offset_[pair(facet, earlier)] - offset_[pair(facet, 0)];
  }

 private:
  void count(Host& host, const model::Population& population, const Protected& result,
             const std::vector<std::uint32_t>& unit_of_class);
  void bound(const Protected& result, const std::vector<std::uint32_t>& unit_of_class,
             std::uint64_t least);
  std::size_t pair(std::uint32_t x, std::uint32_t y) const {
    return std::size_t{x} * (x - 1) / 2 + y;
  }

  PersonFacts& facts_;
  std::vector<std::uint32_t> first_;  // of a facet, among figures
  std::size_t figures_ = 0, crosses_ = 0, life_units_ = 0;
  std::vector<std::size_t> offset_;  // of pairs, among the crosses of a unit
  std::vector<bool> in_reoffence_;   // by facet: everybody in it has a reoffence
  std::vector<std::uint32_t> people_, single_, cross_, life_;
  std::vector<EventBounds> bounds_;
};

}  // namespace pt::protect
