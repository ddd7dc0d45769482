#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
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

/// Elements of many personas in 8 bytes each: code, persona and count share one word, as wide as
/// the largest code and persona need. A count that does not fit is kept beside them.
class PackedEvents {
 public:
  explicit PackedEvents(std::pmr::memory_resource* memory) : words_(memory), large_(memory) {}

  /// Before the first element: codes are below `codes` (at most 2^38), personas below `personas`
  /// (at most 2^25); memory for `elements` is reserved.
  void start(std::uint64_t codes, std::uint64_t personas, std::uint64_t elements);
  /// Adds an element; no two have the same code and persona.
  void add(const PersonaEvents& e);
  /// Gives persona p the number place[p].
  void renumber(std::span<const std::uint32_t> place);
  /// Orders the elements by code, then persona.
  void sort_by_code();
  /// Orders the elements by persona, then code.
  void sort_by_persona();

  std::size_t size() const { return words_.size(); }
  PersonaEvents operator[](std::size_t i) const {
    const std::uint64_t pair = words_[i] >> count_bits_;
    PersonaEvents e{
        by_code_ ? pair >> persona_bits_ : pair & mask(code_bits_),
        static_cast<std::uint32_t>(by_code_ ? pair & mask(persona_bits_) : pair >> code_bits_),
        static_cast<std::uint32_t>(words_[i] & mask(count_bits_)) + 1};
    if (e.count > mask(count_bits_)) e.count = large_count(e.code, e.persona);
    return e;
  }

 private:
  static std::uint64_t mask(int bits) { return (std::uint64_t{1} << bits) - 1; }
  std::uint64_t word(std::uint64_t code, std::uint64_t persona, std::uint64_t count) const {
    return (by_code_ ? code << persona_bits_ | persona : persona << code_bits_ | code)
               << count_bits_ |
           count;
  }
  std::uint32_t large_count(std::uint64_t code, std::uint32_t persona) const;
  void order_by(bool code);

  int code_bits_ = 38, persona_bits_ = 25, count_bits_ = 1;
  bool by_code_ = true;
  std::pmr::vector<std::uint64_t> words_;  // count - 1, or all ones: see large_
  std::pmr::vector<PersonaEvents> large_;  // by code, then persona, once they are looked for
};

}  // namespace pt::risk
