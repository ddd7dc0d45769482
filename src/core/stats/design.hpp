// Rows of a regression on their way from a relation into the fit: values as numbers, equal rows
// stored once, as long as they fit into a budget.
#pragma once

#include <cstdint>
#include <functional>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/host.hpp"

namespace pt::stats {

/// Layout of a row's numbers: response, offset, cluster, then the columns (level numbers of
/// factors).
inline constexpr std::size_t kResponse = 0, kOffset = 1, kCluster = 2, kFirstColumn = 3;

/// Some rows, row after row of `stride` numbers; each stands for `count` rows of the relation whose
/// weights sum to `weight` and their squares to `weight_squares`.
struct DesignBlock {
  std::size_t rows = 0, stride = 0;
  const double* values = nullptr;
  const double* weight = nullptr;
  const double* weight_squares = nullptr;
  const double* count = nullptr;
};

/// The rows of a fit, as often as it asks for them, the same rows each time.
class DesignRows {
 public:
  DesignRows() = default;
  DesignRows(const DesignRows&) = delete;
  DesignRows& operator=(const DesignRows&) = delete;
  virtual ~DesignRows() = default;
  /// Calls `take` with blocks of at most kBlockRows rows, all rows in turn.
  virtual void scan(const std::function<void(const DesignBlock&)>& take) = 0;
  static constexpr std::size_t kBlockRows = 1024;
};

/// Stores rows until `budget` bytes are used; equal rows once, unless hardly any are equal.
class DesignBuffer final : public DesignRows {
 public:
  DesignBuffer(Host& host, std::size_t stride, std::size_t budget);

  /// False when there is no room: the row is not stored and no further one will be.
  bool add(std::span<const double> values, double weight);
  [[nodiscard]] bool complete() const noexcept { return !full_; }
  [[nodiscard]] std::size_t rows() const noexcept { return weight_.size(); }

  /// Replaces the level numbers of a column: new = map[old].
  void remap(std::size_t column, std::span<const std::uint32_t> map);
  /// Puts the rows into an order of their own, so that results do not depend on the order they came
  /// in. Only worth it for up to some 100,000 rows.
  void sort();

  void scan(const std::function<void(const DesignBlock&)>& take) override;

 private:
  [[nodiscard]] const double* row(std::size_t i) const { return values_.data() + i * stride_; }
  [[nodiscard]] std::uint64_t hash(const double* values) const noexcept;
  void grow();
  void stop_compressing();

  Host& host_;
  std::size_t stride_, budget_;
  std::pmr::vector<double> values_, weight_, weight_squares_, count_;
  std::pmr::vector<std::uint32_t> slots_;  // open addressing; row + 1, 0 = free
  std::uint64_t added_ = 0;
  bool compressing_ = true, full_ = false;
};

}  // namespace pt::stats
