// Counting people by tuples of codes, exactly: the tuples themselves are kept and compared.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/model/code.hpp"

namespace pt::risk {

/// Numbers distinct tuples of `width` codes 0, 1, 2, ... in order of arrival. Amortised O(width) a
/// tuple; memory: 4 bytes a code and up to 43 a tuple.
///
/// Tuples whose codes fit 64 bits side by side are compared by that number, others by a hash and
/// then code by code.
class TupleNumbers {
 public:
  /// `seed` keeps chosen values from making the table slow; no result depends on it.
  TupleNumbers(std::size_t width, std::uint64_t seed, Host& host);

  /// The numbers of out.size() tuples that stand one after the other in `tuples`, new for those
  /// unseen. Memory is fetched ahead, so give it many at a time. 54000 beyond 2^32 - 2 tuples.
  void number(std::span<const model::Code> tuples, std::span<std::uint32_t> out);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<const model::Code> operator[](std::uint32_t i) const {
    return {codes_.data() + std::size_t{i} * width_, width_};
  }

 private:
  struct Slot {
    std::uint64_t key;
    std::uint32_t number;
  };
  [[nodiscard]] std::uint64_t key_of(std::span<const model::Code> tuple);
  [[nodiscard]] std::uint64_t place(std::uint64_t key) const;
  [[nodiscard]] std::uint32_t find(std::uint64_t key, std::span<const model::Code> tuple);
  void rebuild(std::size_t slots);

  std::size_t width_;
  std::uint64_t seed_;
  unsigned bits_;  // of a code in a packed key; 0: keys are hashes
  std::size_t size_ = 0;
  std::pmr::vector<std::uint64_t> factors_;
  std::pmr::vector<model::Code> codes_;
  std::pmr::vector<Slot> slots_;
};

/// Distinct people of each item (a class, or a class with a sensitive value).
class PeopleTally {
 public:
  explicit PeopleTally(Host& host);

  /// Counts rows that are each a person of its own. Memory is fetched ahead.
  void count(std::span<const std::uint32_t> items);
  /// Counts a person, once an item; true if this was the first time.
  bool count(std::uint32_t item, std::uint32_t person);

  /// People of each item; items never counted at the end may be missing.
  [[nodiscard]] std::span<const std::uint64_t> counts() const { return counts_; }
  /// Calls f(item, person) for each person at each item once, in an order that means nothing.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t person = 0; person < first_.size(); ++person)
      if (first_[person] != kNobody) f(first_[person], static_cast<std::uint32_t>(person));
    for (const std::uint64_t pair : others_)
      if (pair != kFree)
        f(static_cast<std::uint32_t>(pair), static_cast<std::uint32_t>(pair >> 32));
  }
  /// People counted at more than one item.
  [[nodiscard]] std::uint64_t people_at_several() const { return several_; }

 private:
  static constexpr std::uint32_t kNobody = 0xFFFFFFFFu;
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};  // no pair: kNobody is no person

  bool insert(std::uint64_t pair);
  void reach(std::uint32_t item);

  std::pmr::vector<std::uint64_t> counts_;
  std::pmr::vector<std::uint32_t> first_;  // the first item of each person: most have no other
  std::pmr::vector<bool> has_several_;
  std::uint64_t several_ = 0;
  std::pmr::vector<std::uint64_t> others_;  // set of further (person, item); open addressing
  std::size_t used_ = 0;
};

}  // namespace pt::risk
