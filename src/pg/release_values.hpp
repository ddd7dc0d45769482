// Released values of a run, ready to be written into the rows of a release.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "pg/release_columns.hpp"
#include "pg/release_run.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// Distinct texts of an expression over a table, NULL left out. As owner of the catalog.
[[nodiscard]] std::vector<std::string> distinct_texts(const std::string& expression,
                                                      const std::string& table,
                                                      const Params& params);

/// A released value, ready to be written.
struct ReleasedValue {
  Datum datum = 0;
  std::string field;  ///< ',' and its text as a field of a row, UTF-8
};

/// Distinct values of one column by their text. Values are made in the memory context current at
/// construction.
class ValueMap {
 public:
  /// Uses `type` if every text is a value of it, else text; says so through type().
  ValueMap(const std::vector<std::string>& texts, Oid type);
  [[nodiscard]] Oid type() const noexcept { return type_; }
  [[nodiscard]] const ReleasedValue& at(std::string_view text) const;

 private:
  void fill(const std::vector<std::string>& texts, Oid type);
  Oid type_;
  std::map<std::string, ReleasedValue, std::less<>> values_;
};

/// The combinations of event values of a run, by their number.
class EventValues {
 public:
  /// Reads run_<id>_combo and settles the types of run.event_columns. As owner of the catalog.
  EventValues(Host& host, StoredRun& run);

  /// Index of a combination from its number; XX000 when the run has no such combination.
  [[nodiscard]] std::uint32_t find(std::int32_t number) const;
  /// Value of an event column, nullptr when missing.
  [[nodiscard]] const ReleasedValue* value(std::uint32_t combo, int column) const noexcept {
    return values_[combo * width_ + static_cast<std::size_t>(column)];
  }
  /// Place in the order of the texts that combinations have in published rows; equal texts share
  /// it.
  [[nodiscard]] std::uint32_t rank(std::uint32_t combo) const noexcept { return ranks_[combo]; }
  /// Text of a combination in a published row: from behind the position to before the weight.
  [[nodiscard]] const std::string& text(std::uint32_t combo) const noexcept {
    return texts_[combo];
  }
  /// Works texts and ranks out for rows with these columns.
  void rank_for(const std::vector<PublishedColumn>& columns);

 private:
  std::size_t width_;  // event columns
  std::vector<ValueMap> maps_;
  std::pmr::vector<std::int32_t> index_;  // combo number -> index, -1: none
  std::pmr::vector<const ReleasedValue*> values_;
  std::pmr::vector<std::uint32_t> ranks_;
  std::vector<std::string> texts_;
};

}  // namespace pt::pg
