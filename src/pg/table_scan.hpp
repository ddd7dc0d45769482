// Rows of a relation as the caller may see them, as fast as the relation allows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pg/describe.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// One row of a scan: the wanted columns by their position in the list of columns.
class ScanRow {
 public:
  ScanRow(const Datum* values, const bool* nulls, const int* places) noexcept
      : values_(values), nulls_(nulls), places_(places) {}
  [[nodiscard]] bool is_null(std::size_t column) const noexcept { return nulls_[places_[column]]; }
  /// Undefined for NULL. Valid during the call only.
  [[nodiscard]] Datum value(std::size_t column) const noexcept { return values_[places_[column]]; }

 private:
  const Datum* values_;
  const bool* nulls_;
  const int* places_;
};

/// Calls on_row for every row of the relation, with the columns given; what on_row pallocs is freed
/// after each row.
///
/// Plain tables without row security, children or foreign executors' checks are read through their
/// access method, after the caller's rights to the columns were checked; everything else, views and
/// distributed tables included, by a SELECT. Both see the snapshot of the running statement. Raises
/// what the SELECT raises (42501 without rights). Polls for cancel.
void scan_table(const Relation& relation, const std::vector<const Column*>& columns,
                const std::function<void(const ScanRow&)>& on_row);

/// Whether scan_table would read the relation directly; for tests and benchmarks.
[[nodiscard]] bool scans_directly(const Relation& relation,
                                  const std::vector<const Column*>& columns);

}  // namespace pt::pg
