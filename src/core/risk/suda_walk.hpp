// Walks over subsets of columns: the classes that each subset makes of a table's tuples.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/group/recode_tuples.hpp"
#include "core/host.hpp"

namespace pt::risk {

/// Tuples with people, and their codes made dense, column by column.
class SubsetTable {
 public:
  SubsetTable(Host& host, const group::TupleTable& tuples);

  [[nodiscard]] std::size_t size() const { return people_.size(); }
  [[nodiscard]] std::size_t columns() const { return values_.size(); }
  [[nodiscard]] std::uint32_t values(std::size_t column) const { return values_[column]; }
  [[nodiscard]] std::uint32_t code(std::size_t column, std::uint32_t i) const {
    return codes_[column * size() + i];
  }
  [[nodiscard]] std::uint32_t people(std::uint32_t i) const { return people_[i]; }
  /// The tuple's number in the table it came from.
  [[nodiscard]] std::uint32_t tuple(std::uint32_t i) const { return tuple_[i]; }

 private:
  std::pmr::vector<std::uint32_t> people_, tuple_;
  std::vector<std::uint32_t> values_;
  std::pmr::vector<std::uint32_t> codes_;
};

/// Classes that still hold several tuples, as ranges of a permutation: starts[g]..starts[g+1].
struct Partition {
  explicit Partition(std::pmr::memory_resource* memory) : order(memory), starts(memory) {}
  std::pmr::vector<std::uint32_t> order;
  std::pmr::vector<std::uint32_t> starts;
};

/// Splits classes by one more column.
class Refiner {
 public:
  Refiner(Host& host, const SubsetTable& table);

  /// Everything in one class; `alone(i)` for a table of one tuple.
  template <class Alone>
  void start(Partition& out, Alone alone) {
    out.order.clear();
    out.starts.assign(1, 0);
    if (table_.size() == 1) alone(0);
    if (table_.size() < 2) return;
    for (std::uint32_t i = 0; i < table_.size(); ++i) out.order.push_back(i);
    out.starts.push_back(static_cast<std::uint32_t>(table_.size()));
  }

  /// Splits every class of `in`; tuples that end up alone are handed to `alone(i)` and left out of
  /// `out`, for no further column changes their class. O(tuples in `in`).
  template <class Alone>
  void split(const Partition& in, std::size_t column, Partition& out, Alone alone) {
    out.order.clear();
    out.starts.assign(1, 0);
    for (std::size_t g = 0; g + 1 < in.starts.size(); ++g) {
      if (g % kPollEvery == 0) host_.poll();
      const std::span<const std::uint32_t> group(in.order.data() + in.starts[g],
                                                 in.starts[g + 1] - in.starts[g]);
      if (group.size() == 2) {  // most are, far down
        if (table_.code(column, group[0]) == table_.code(column, group[1])) {
          out.order.insert(out.order.end(), group.begin(), group.end());
          out.starts.push_back(static_cast<std::uint32_t>(out.order.size()));
        } else {
          alone(group[0]);
          alone(group[1]);
        }
        continue;
      }
      touched_.clear();
      for (const std::uint32_t i : group)
        if (count_[table_.code(column, i)]++ == 0) touched_.push_back(table_.code(column, i));
      if (touched_.size() == 1) {
        out.order.insert(out.order.end(), group.begin(), group.end());
        out.starts.push_back(static_cast<std::uint32_t>(out.order.size()));
      } else {
        auto end = static_cast<std::uint32_t>(out.order.size());
        for (const std::uint32_t value : touched_) {
          place_[value] = end;
          if (count_[value] < 2) continue;
          end += count_[value];
          out.starts.push_back(end);
        }
        out.order.resize(end);
        for (const std::uint32_t i : group) {
          const std::uint32_t value = table_.code(column, i);
          if (count_[value] < 2)
            alone(i);
          else
            out.order[place_[value]++] = i;
        }
      }
      for (const std::uint32_t value : touched_) count_[value] = 0;
    }
  }

  /// The tuples that `split` would hand to `alone`, where the classes themselves are not needed.
  template <class Alone>
  void find_alone(const Partition& in, std::size_t column, Alone alone) {
    for (std::size_t g = 0; g + 1 < in.starts.size(); ++g) {
      if (g % kPollEvery == 0) host_.poll();
      const std::span<const std::uint32_t> group(in.order.data() + in.starts[g],
                                                 in.starts[g + 1] - in.starts[g]);
      if (group.size() == 2) {
        if (table_.code(column, group[0]) != table_.code(column, group[1])) {
          alone(group[0]);
          alone(group[1]);
        }
        continue;
      }
      for (const std::uint32_t i : group) ++count_[table_.code(column, i)];
      for (const std::uint32_t i : group)
        if (count_[table_.code(column, i)] == 1) alone(i);
      for (const std::uint32_t i : group) count_[table_.code(column, i)] = 0;
    }
  }

 private:
  static constexpr std::size_t kPollEvery = 256;

  Host& host_;
  const SubsetTable& table_;
  std::pmr::vector<std::uint32_t> count_, place_, touched_;  // by value of a column
};

/// Number of non-empty subsets of at most `size` of `columns` columns; saturates at 2^63.
std::uint64_t count_subsets(std::size_t columns, std::size_t size);

}  // namespace pt::risk
