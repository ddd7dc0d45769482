#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/prf.hpp"
#include "core/protect/released.hpp"

namespace pt::release {

/// A number by which versions and sources are compared: the upper 40 bits stand for what a release
/// shows of one person's events, the lower 24 for days and types of the events as the source has
/// them, whatever is released. Either part is the same for the same multiset of events (values as
/// texts, whatever their codes), and another for others but for one chance in 2^40 and in 2^24. 0
/// without events. Not keyed: whoever stores it keys it with keyed_content().
class Contents {
 public:
  /// O(days + combinations). Names of columns are no part of it: compare what a release shows for
  /// runs with the same ones only. Both must outlive this.
  Contents(const model::Population& population, const protect::Released& released);

  /// Of the events of a person (model::EventWord) in any order. O(events).
  std::uint64_t of(std::span<const std::uint64_t> words) const;

 private:
  const protect::Released& released_;
  std::vector<std::uint64_t> period_, combo_;       // as released
  std::vector<std::uint64_t> day_, type_of_combo_;  // as in the source
};

/// The same under a key, part by part; 0 stays 0.
std::uint64_t keyed_content(const model::Prf& key, std::uint64_t content);

/// Does a release show the same events for both? Of contents of runs with the same columns.
bool show_the_same(std::uint64_t a, std::uint64_t b);

/// Are there events, and the same ones in the sources, whatever is shown of them?
bool have_the_same_events(std::uint64_t a, std::uint64_t b);

}  // namespace pt::release
