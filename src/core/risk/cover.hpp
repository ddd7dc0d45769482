#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/risk/pooled.hpp"

namespace pt::risk {

/// Consistent sets inside one set of personas (the personas of a class, or of all classes).
///
/// A persona holds the multiset union of its members' events. A person is consistent with a persona
/// when the persona's multiset contains the events that the attacker knows at least as often; the
/// size of the consistent set is the number of people in all such personas. It always includes the
/// person's own persona, so 1 / size is at most 1 / (size of that persona).
///
/// Codes that many personas hold have rows of bits, one a persona, for 'at least once', 'at least
/// twice' and so on; the holders of others are listed. Memory: at most 8 bytes an element of
/// `pooled`, and as much for each row. Not for concurrent use: lookups share scratch space.
class Cover {
 public:
  /// People in personas that contain any one event of a history, any two, all of them: the least
  /// over the choices.
  struct Consistent {
    std::uint64_t one, two, all;
  };

  /// `pooled` as pool() gives it; `sizes[p]` = people of persona p, must outlive the cover.
  Cover(Host& host, std::span<const PersonaEvents> pooled, std::span<const std::uint32_t> sizes);
  /// The same; `pooled` is sorted by code.
  Cover(Host& host, const PackedEvents& pooled, std::span<const std::uint32_t> sizes);

  /// People in personas that contain the whole multiset `known` (ascending). O(|known| x personas /
  /// 64), or |known| x the shortest list when one is short.
  std::uint64_t people_with(std::span<const std::uint64_t> known);

  /// People consistent with a person for attackers who know the most revealing event, the most
  /// revealing two, or all. O(|known|^2 x personas / 64).
  Consistent consistent(std::span<const std::uint64_t> history);

  /// The same for many histories, each ascending.
  void consistent(std::span<const std::span<const std::uint64_t>> histories,
                  std::span<Consistent> consistent);

  /// People consistent with each person of `histories`, for an attacker who knows all events.
  void all_events(const Histories& histories, std::span<std::uint64_t> consistent);

  /// Likewise for the most revealing choice of `m` (1 or 2) of the person's events.
  void any_events(int m, const Histories& histories, std::span<std::uint64_t> consistent);

  std::uint64_t people() const { return people_; }

 private:
  static constexpr std::uint32_t kMostRows = 4;
  struct Holder {
    std::uint32_t persona, count;
  };
  struct Code {
    std::uint64_t code;
    std::uint64_t once, twice;  // people in personas that hold it at least once, twice
    std::uint64_t begin, end;   // of holders_: those who hold it more often than there are rows
    std::uint32_t row;          // of the bits 'at least once'; the next is 'at least twice', ...
    std::uint32_t rows;         // how many there are
  };
  struct Known {
    const Code* code;
    std::uint32_t count;
    bool has_row() const { return count <= code->rows; }
    std::uint64_t listed() const { return code->end - code->begin; }
  };

  template <class Pooled>
  void index(const Pooled& pooled);
  template <class Result, class History, class Look>
  void look_up(std::span<Result> results, const History& history, const Look& look);
  void place_personas();
  void place_codes();
  const Code* find(std::uint64_t code) const;
  bool count_known(std::span<const std::uint64_t> known);
  bool holds(const Known& known, std::uint32_t persona) const;
  std::uint64_t walk(const Known& shortest, std::span<const Known> all) const;
  std::uint64_t intersect();
  std::uint64_t people_with_known();
  std::uint64_t people_with_both(const Known& a, const Known& b) const;
  std::uint64_t least_of_two(std::uint64_t all);
  std::span<std::uint64_t> row(std::uint32_t number) {
    return {rows_.data() + std::size_t{number} * words_, words_};
  }
  std::span<const std::uint64_t> row(std::uint32_t number) const {
    return {rows_.data() + std::size_t{number} * words_, words_};
  }

  Host& host_;
  std::span<const std::uint32_t> sizes_;
  std::uint64_t people_ = 0;
  std::size_t words_ = 0;                    // of a row of bits
  std::vector<std::uint32_t> bit_;           // persona -> bit; personas of one size share words
  std::vector<std::uint32_t> size_of_word_;  // people of each persona in a word
  std::pmr::vector<Code> codes_;             // ascending
  std::pmr::vector<Holder> holders_;         // by code, then persona
  std::pmr::vector<std::uint32_t> place_;  // code - first code -> position in codes_ + 1, 0 = none
  std::pmr::vector<std::uint64_t> rows_;
  std::vector<Known> known_;          // scratch
  std::vector<std::uint64_t> found_;  // scratch
};

/// Cover::people_with for many histories in any order: recent answers are remembered under a
/// 128-bit hash of the history, because few histories make up most people. Memory: 1.5 MB.
class EventLookup {
 public:
  explicit EventLookup(Cover& cover);
  std::uint64_t people_with(std::span<const std::uint64_t> known);

 private:
  struct Answer {
    std::uint64_t key = 0, check = 0, people = 0;
  };
  Cover& cover_;
  std::vector<Answer> answers_;  // by lower bits of key
};

}  // namespace pt::risk
