#pragma once

#include <cstdint>
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
///
/// Codes that many personas hold have rows of bits, one a persona, for 'at least once', 'at least
/// twice' and so on; others are looked up in their list. Memory: at most 16 bytes an element of
/// `pooled` and row. Not for concurrent use: lookups share scratch space.
class Cover {
 public:
  /// `pooled` (as pool() gives it) must outlive the cover. `sizes[p]` = people of persona p.
  Cover(Host& host, std::span<const PersonaEvents> pooled, std::span<const std::uint32_t> sizes);

  /// People in personas that contain the whole multiset `known` (ascending). O(|known| x personas /
  /// 64), or |known| x the shortest list when one is short.
  std::uint64_t people_with(std::span<const std::uint64_t> known);

  /// People consistent with each person of `histories`, for an attacker who knows all events. Equal
  /// histories are looked up once.
  void all_events(const Histories& histories, std::span<std::uint64_t> consistent);

  /// Likewise for the most revealing choice of `m` (1 or 2) of the person's events.
  void any_events(int m, const Histories& histories, std::span<std::uint64_t> consistent);

  std::uint64_t people() const { return people_; }

 private:
  static constexpr std::uint32_t kMostRows = 4;
  struct Code {
    std::uint64_t code;
    std::span<const PersonaEvents> postings;
    std::uint32_t row;   // of the bits 'at least once'; the next is 'at least twice', ...
    std::uint32_t rows;  // how many there are
  };
  struct Known {
    const Code* code;
    std::uint32_t count;
    bool has_row() const { return count <= code->rows; }
  };

  void place_personas();
  void index_codes();
  const Code* find(std::uint64_t code) const;
  bool count_known(std::span<const std::uint64_t> known);
  bool holds(const Known& known, std::uint32_t persona) const;
  std::uint64_t walk(const Known& shortest) const;
  std::uint64_t intersect();
  std::span<std::uint64_t> row(std::uint32_t number) {
    return {rows_.data() + std::size_t{number} * words_, words_};
  }
  std::span<const std::uint64_t> row(std::uint32_t number) const {
    return {rows_.data() + std::size_t{number} * words_, words_};
  }

  Host& host_;
  std::span<const PersonaEvents> pooled_;
  std::span<const std::uint32_t> sizes_;
  std::uint64_t people_ = 0;
  std::size_t words_ = 0;                    // of a row of bits
  std::vector<std::uint32_t> bit_;           // persona -> bit; personas of one size share words
  std::vector<std::uint32_t> size_of_word_;  // people of each persona in a word
  std::pmr::vector<Code> codes_;             // ascending
  std::pmr::vector<std::uint32_t> place_;  // code - first code -> position in codes_ + 1, 0 = none
  std::pmr::vector<std::uint64_t> rows_;
  std::vector<Known> known_;          // scratch
  std::vector<std::uint64_t> found_;  // scratch
};

/// Cover::people_with for many histories in any order: answers are remembered under a 128-bit hash
/// of the history, because few histories make up most people. Memory: bounded, 32 bytes an entry.
class EventLookup {
 public:
  explicit EventLookup(Cover& cover);
  std::uint64_t people_with(std::span<const std::uint64_t> known);

 private:
  Cover& cover_;
  std::unordered_map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> known_;
};

}  // namespace pt::risk
