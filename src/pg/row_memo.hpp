// Recognises combinations of column values that came before, so that what follows from them is
// worked out once per combination instead of once per row.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pg/reader.hpp"
#include "pg/table_scan.hpp"

namespace pt::pg {

[[nodiscard]] inline Value value_at(const ScanRow& row, int column) noexcept {
  auto const place = static_cast<std::size_t>(column);
  return {row.value(place), row.is_null(place)};
}

/// Numbers 0, 1, 2, ... of the distinct combinations that some columns of a scan hold: equal bytes
/// in every column, equal number. At most kMost combinations are remembered; a source whose rows
/// hardly ever repeat is given up, which then costs nothing. About 60 ns a row of 7 short columns.
class RowMemo {
 public:
  static constexpr std::uint32_t kUnknown = 0xFFFFFFFFU;

  RowMemo() = default;
  /// Columns by their position in the scan and their type.
  void add(int position, Oid type) { columns_.push_back({position, Layout(type)}); }

  /// The number of the row's combination; kUnknown where it has not been remembered.
  [[nodiscard]] std::uint32_t find(const ScanRow& row);
  /// Remembers the combination of the row that find() was asked for last, unless there are too
  /// many, and returns its number, which is the next one; kUnknown where it is not remembered.
  [[nodiscard]] std::uint32_t remember();

 private:
  static constexpr std::uint32_t kMost = 1U << 15;
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  struct Tracked {
    int position;
    Layout layout;
  };
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t begin = 0, size = 0, number = kUnknown;
  };
  void spell(const ScanRow& row);
  void grow();

  std::vector<Tracked> columns_;
  std::vector<char> spelt_;  // room for key_
  std::string_view key_;     // of the latest row: each value behind its length
  std::uint64_t hash_ = 0;
  std::size_t place_ = 0;  // where the latest row would stand; entries_.size(): nowhere
  std::vector<Entry> entries_;
  std::vector<char> bytes_;
  std::uint32_t used_ = 0;
  std::uint64_t asked_ = 0, found_ = 0;
  bool given_up_ = false;
};

}  // namespace pt::pg
