// Whether counts of people of a union of units may be shown beside each other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/protect/blocks.hpp"
#include "core/protect/person_facts.hpp"
#include "core/protect/recidivism.hpp"
#include "core/protect/tally.hpp"

namespace pt::protect {

/// 0 or at least as many, in every cell.
inline bool large_enough(const Cross& cross, std::uint64_t least) {
  return std::all_of(cross.cells().begin(), cross.cells().end(),
                     [least](std::uint64_t n) { return n == 0 || n >= least; });
}

inline bool zero_or(std::uint64_t n, std::uint64_t least) { return n == 0 || n >= least; }

/// What the rules need.
struct Context {
  const PersonFacts& facts;
  const Tally& tally;
  CountLimits limits;
  bool beside_events;  ///< the events of personas are published, too
};

/// How a facet is shown of a block: whether at all, and with its categories.
struct Shown {
  bool any = false, split = false;
};

/// Counts of one facet in a union of units, and its crosses with all earlier ones.
class FacetCounts {
 public:
  FacetCounts(const Context& context, std::uint32_t facet)
      : context_(context),
        facet_(facet),
        categories_(context.facts.facets()[facet].categories),
        pairs_(context.tally.pairs(facet)) {
    clear();
  }
  void clear() {
    with_.assign(categories_, 0);
    bounds_.assign(categories_ + 1, {});
    std::fill(pairs_.begin(), pairs_.end(), 0);
  }
  void add(std::uint32_t unit) {
    for (std::uint32_t c = 0; c <= categories_; ++c) {
      bounds_[c].add(context_.tally.bounds(unit, facet_, c));
      if (c > 0) with_[c - 1] += context_.tally.single(unit, facet_, c);
    }
    context_.tally.add_pairs(unit, facet_, pairs_);
  }

  /// Whether the facet may be shown beside `shown` (of the earlier ones, whose counts in the same
  /// units are in `all`).
  [[nodiscard]] bool safe(std::uint64_t people, bool split, const std::vector<Shown>& shown,
                          const std::vector<FacetCounts>& all) const {
    return safe_counts(people, split) && safe_crosses(people, split, shown, all);
  }
  [[nodiscard]] std::uint64_t any() const {
    std::uint64_t n = 0;
    for (const std::uint64_t with : with_) n += with;
    return n;
  }
  [[nodiscard]] std::uint64_t with(std::uint32_t category) const { return with_[category - 1]; }

 private:
  [[nodiscard]] bool beside_events(std::uint32_t category, std::uint64_t n) const {
    return !context_.beside_events || bounds_[category].keeps(n, context_.limits.least);
  }
  /// The life table's own counts are checked by interval.
  [[nodiscard]] bool safe_counts(std::uint64_t people, bool split) const {
    const CountLimits& limits = context_.limits;
    if (facet_ == kLife)
      return any() > 0 && zero_or(people - any(), limits.least) && zero_or(with(1), limits.least) &&
             zero_or(with(2), limits.least) && beside_events(0, with(1));
    if (!limits.allow(people, any()) || !beside_events(0, any())) return false;
    if (!split || facet_ == kReoffence) return true;
    if (categories_ < 2 || any() == 0) return false;
    for (std::uint32_t c = 1; c <= categories_; ++c)
      if (!limits.allow(any(), with(c)) || !beside_events(c, with(c))) return false;
    return true;
  }
  [[nodiscard]] bool safe_crosses(std::uint64_t people, bool split, const std::vector<Shown>& shown,
                                  const std::vector<FacetCounts>& all) const {
    for (std::uint32_t y = 0; y < facet_; ++y) {
      if (people == 0 || !shown[y].any) continue;
      const Cross cross = crossed(people, split, all[y], shown[y].split);
      if ((cross.has_empty_cell() || context_.tally.both_reoffence(facet_, y)) &&
          !large_enough(cross, context_.limits.least))
        return false;
    }
    return true;
  }
  /// The cross with an earlier facet; categories that are not told apart are one. Those who are in
  /// none follow from the totals.
  [[nodiscard]] Cross crossed(std::uint64_t people, bool split, const FacetCounts& earlier,
                              bool split_earlier) const {
    const std::size_t rows = split ? categories_ : 1;
    const std::size_t columns = split_earlier ? earlier.categories_ : 1;
    Cross cross(rows + 1, columns + 1);
    std::size_t at = context_.tally.first_pair(facet_, earlier.facet_);
    std::uint64_t both = 0;
    for (std::size_t x = 1; x <= categories_; ++x)
      for (std::size_t y = 1; y <= earlier.categories_; ++y) {
        const std::uint64_t n = pairs_[at++];
        cross.at(std::min(x, rows), std::min(y, columns)) += n;
        cross.at(std::min(x, rows), 0) -= n;
        cross.at(0, std::min(y, columns)) -= n;
        both += n;
      }
    for (std::size_t x = 1; x <= categories_; ++x) cross.at(std::min(x, rows), 0) += with_[x - 1];
    for (std::size_t y = 1; y <= earlier.categories_; ++y)
      cross.at(0, std::min(y, columns)) += earlier.with_[y - 1];
    cross.at(0, 0) = people + both - any() - earlier.any();
    return cross;
  }

  const Context& context_;
  std::uint32_t facet_, categories_;
  std::vector<std::uint64_t> with_;
  std::vector<EventBounds> bounds_;
  std::vector<std::uint64_t> pairs_;  // see Tally::add_pairs
};

/// Intervals of a life table in units of the grid: all `width` wide, but for the last one, which
/// has no end.
struct Intervals {
  std::uint32_t width, count;
  [[nodiscard]] std::uint32_t of(std::uint32_t unit) const {
    return std::min(unit / width, count - 1);
  }
};

/// Events and censored people by interval.
class LifeCounts {
 public:
  LifeCounts(const Context& context, Intervals intervals)
      : context_(context), intervals_(intervals) {
    clear();
  }
  void clear() {
    events_.assign(intervals_.count, 0);
    censored_.assign(intervals_.count, 0);
  }
  void add(std::uint32_t unit) {
    for (std::uint32_t u = 0; u < context_.facts.life().units; ++u) {
      events_[intervals_.of(u)] += context_.tally.life(unit, true, u);
      censored_[intervals_.of(u)] += context_.tally.life(unit, false, u);
    }
  }
  [[nodiscard]] bool safe() const {
    const CountLimits& limits = context_.limits;
    std::uint64_t at_risk = seen();
    for (std::uint32_t k = 0; k < intervals_.count && at_risk > 0; ++k) {
      if (!limits.shown(events_[k], at_risk) || !zero_or(censored_[k], limits.least)) return false;
      if (!limits.cells.zero_allowed && censored_[k] == 0) return false;
      at_risk -= events_[k] + censored_[k];
    }
    return true;
  }
  [[nodiscard]] std::uint64_t events(std::uint32_t k) const { return events_[k]; }
  [[nodiscard]] std::uint64_t censored(std::uint32_t k) const { return censored_[k]; }
  [[nodiscard]] std::uint64_t seen() const {
    std::uint64_t n = 0;
    for (std::uint32_t k = 0; k < intervals_.count; ++k) n += events_[k] + censored_[k];
    return n;
  }
  [[nodiscard]] const Intervals& intervals() const { return intervals_; }

 private:
  const Context& context_;
  Intervals intervals_;
  std::vector<std::uint64_t> events_, censored_;
};

/// All facets of a union of units. Its demands: reoffence, life table, then one type after another.
class AllFacets : public BlockRule {
 public:
  /// `demanded`: the facets that blocks are made for, in order; `units`: what to begin with.
  AllFacets(const Context& context, Intervals intervals, std::vector<std::uint32_t> demanded,
            const Block& units = {})
      : context_(context), demanded_(std::move(demanded)), life_(context, intervals) {
    for (std::uint32_t f = 0; f < context.facts.facets().size(); ++f)
      counts_.emplace_back(context, f);
    for (const std::uint32_t u : units) AllFacets::add(u);
  }
  void clear() override {
    people_ = 0;
    life_.clear();
    for (const std::uint32_t f : demanded_) counts_[f].clear();
  }
  void add(std::uint32_t unit) override {
    people_ += context_.tally.people(unit);
    life_.add(unit);
    for (const std::uint32_t f : demanded_) counts_[f].add(unit);
  }
  [[nodiscard]] bool safe(std::size_t strictness) const override {
    std::vector<Shown> shown(counts_.size());
    for (std::size_t i = 0; i < strictness; ++i) {
      if (!safe(demanded_[i], false, shown)) return false;
      shown[demanded_[i]] = {true, demanded_[i] < kFirstType};
    }
    return true;
  }
  [[nodiscard]] std::size_t demands() const override { return demanded_.size(); }

  [[nodiscard]] bool safe(std::uint32_t facet, bool split, const std::vector<Shown>& shown) const {
    return counts_[facet].safe(people_, facet < kFirstType || split, shown, counts_) &&
           (facet != kLife || life_.safe());
  }
  [[nodiscard]] std::uint64_t people() const { return people_; }
  [[nodiscard]] const FacetCounts& facet(std::uint32_t f) const { return counts_[f]; }
  [[nodiscard]] const LifeCounts& life() const { return life_; }

 private:
  const Context& context_;
  std::vector<std::uint32_t> demanded_;
  std::uint64_t people_ = 0;
  LifeCounts life_;
  std::vector<FacetCounts> counts_;
};

}  // namespace pt::protect
