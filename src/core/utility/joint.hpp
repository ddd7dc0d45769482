// The joint distribution of some columns in the source and in the release: what correlations,
// distributions and propensity scores are computed from.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "core/host.hpp"

namespace pt::utility {

inline constexpr std::uint32_t kMissing = std::numeric_limits<std::uint32_t>::max();

/// A column: its distinct values in their order (numbers by size, texts by bytes).
struct JointColumn {
  std::string name;
  bool number = false;
  std::vector<std::string> labels;  ///< of texts
  std::vector<double> values;       ///< of numbers
  [[nodiscard]] std::size_t size() const { return number ? values.size() : labels.size(); }
};

/// Distinct combinations of values, each with its weight in the source and in the release.
class JointTable {
 public:
  enum class Side : std::uint8_t { source, release };

  explicit JointTable(Host& host);

  /// Before the first row.
  void add_column(const std::string& name, bool number);
  [[nodiscard]] const std::vector<JointColumn>& columns() const { return columns_; }

  /// One value of the row to come, in the order of the columns; nothing: missing. NaN and infinity
  /// count as missing.
  void number(std::optional<double> value);
  void text(const std::optional<std::string>& value);
  /// Ends the row. Weights of at most 0 (and NaN) do not count.
  void end_row(Side side, double weight);

  /// Sorts values and rows and merges equal rows: afterwards nothing depends on the order the rows
  /// came in. O(n log n).
  void finish();

  [[nodiscard]] std::size_t rows() const { return source_.size(); }
  /// Value number of a column in a row, or kMissing.
  [[nodiscard]] std::uint32_t code(std::size_t row, std::size_t column) const {
    return codes_[row * columns_.size() + column];
  }
  [[nodiscard]] double weight(std::size_t row, Side side) const {
    return side == Side::source ? source_[row] : release_[row];
  }
  [[nodiscard]] double total(Side side) const;

 private:
  void put(std::uint32_t code);

  Host& host_;
  std::vector<JointColumn> columns_;
  std::vector<std::map<double, std::uint32_t>> number_codes_;
  std::vector<std::map<std::string, std::uint32_t>> text_codes_;
  std::pmr::vector<std::uint32_t> codes_;
  std::pmr::vector<double> source_, release_;
  std::vector<std::uint32_t> row_;
};

}  // namespace pt::utility
