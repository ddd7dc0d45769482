#pragma once

#include <cstdint>
#include <map>
#include <memory_resource>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/host.hpp"

namespace pt::risk {

/// Histories of a set of people: person i's released event codes are
/// codes[first[i]] .. codes[first[i+1]-1], ascending, with repetitions (a multiset).
struct Histories {
  explicit Histories(std::pmr::memory_resource* memory) : codes(memory), first(memory) {}

  std::size_t people() const { return first.empty() ? 0 : first.size() - 1; }
  std::span<const std::uint64_t> of(std::size_t i) const {
    return {codes.data() + first[i], codes.data() + first[i + 1]};
  }

  std::pmr::vector<std::uint64_t> codes;
  std::pmr::vector<std::uint64_t> first;
};

/// `count` events of one code in one persona.
struct PersonaEvents {
  std::uint64_t code;
  std::uint32_t persona, count;
};

/// The multiset unions of personas: one element for each code that a persona holds, ordered by
/// code, then persona. `persona[i]` is the persona of person i of `histories`. O(events log
/// events).
std::pmr::vector<PersonaEvents> pool(Host& host, const Histories& histories,
                                     std::span<const std::uint32_t> persona);
/// Sorts elements by code, then persona, and adds up those of the same pair.
void merge_equal(std::pmr::vector<PersonaEvents>& events);

/// Consistent sets inside one set of personas (the personas of a class, or of all classes).
///
/// A persona holds the multiset union of its members' events. A person is consistent with a persona
/// when the persona's multiset contains the events that the attacker knows at least as often; the
/// size of the consistent set is the number of people in all such personas. It always includes the
/// person's own persona, so 1 / size is at most 1 / (size of that persona).
class Cover {
 public:
  /// `pooled` (as pool() gives it) must outlive the cover. `sizes[p]` = people of persona p.
  Cover(Host& host, std::span<const PersonaEvents> pooled, std::span<const std::uint32_t> sizes);

  /// People in personas that contain the whole multiset `known` (ascending). Posting lists are
  /// intersected, the shortest first: O(length of the shortest x |known| x log). Long lists are
  /// intersected as bit sets, 64 personas at a time: O(personas / 64 x (|known| + log size)).
  std::uint64_t people_with(std::span<const std::uint64_t> known) const;

  /// People consistent with each person of `histories`, for an attacker who knows all events. Equal
  /// histories are looked up once.
  void all_events(const Histories& histories, std::span<std::uint64_t> consistent) const;

  /// Likewise for the most revealing choice of `m` (1 or 2) of the person's events.
  void any_events(int m, const Histories& histories, std::span<std::uint64_t> consistent) const;

  std::uint64_t people() const { return people_; }

 private:
  /// A set of personas, one bit each.
  using Bits = std::pmr::vector<std::uint64_t>;
  /// Personas that hold a code at least `count` times.
  struct List {
    std::span<const PersonaEvents> postings;
    std::uint32_t count;
    std::uint64_t code;
  };

  std::span<const PersonaEvents> postings(std::uint64_t code) const;
  bool is_long(const List& list) const;
  const Bits& bits(const List& list) const;
  std::uint64_t people_in_all(std::span<const List> lists) const;

  Host& host_;
  std::span<const PersonaEvents> pooled_;
  std::span<const std::uint32_t> sizes_;
  std::uint64_t people_ = 0;
  std::size_t words_ = 0;     // of a set of personas
  std::vector<Bits> planes_;  // bit b of the sizes, for adding up many at a time
  // Sets of long lists, made when first asked for: at most a quarter of the memory of `pooled`.
  mutable std::map<std::pair<std::uint64_t, std::uint32_t>, Bits> sets_;
};

/// Cover::people_with for many histories in any order: answers are remembered under a 128-bit hash
/// of the history, because few histories make up most people. Memory: bounded, 32 bytes an entry.
class EventLookup {
 public:
  explicit EventLookup(const Cover& cover);
  std::uint64_t people_with(std::span<const std::uint64_t> known);

 private:
  const Cover& cover_;
  std::unordered_map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> known_;
};

}  // namespace pt::risk
