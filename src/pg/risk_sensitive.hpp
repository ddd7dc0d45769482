// A sensitive attribute of the table that pt_risk_profile reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/risk/profile.hpp"
#include "pg/describe.hpp"
#include "pg/hierarchies.hpp"
#include "pg/table_scan.hpp"
#include "pg/value_key.hpp"

namespace pt::pg {

/// Codes of a sensitive attribute, with what its distances need: the order of its values and its
/// hierarchy, where it has them.
class SensitiveColumn {
 public:
  SensitiveColumn(Oid relation, const Column& column, const model::Prf& prf, Host& host);

  /// The code of the value in a row, dense in the order of appearance; kMissing for NULL.
  [[nodiscard]] model::Code code(const ScanRow& row, std::size_t at);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_ordered() const { return order_key_.has_value(); }

  /// Position of each code in the order of the values; of their bytes where they have none.
  /// O(values log values).
  [[nodiscard]] std::vector<std::int64_t> ranks() const;

  /// Level by level the node of each value of a histogram whose codes are ranks(); nothing without
  /// a hierarchy.
  [[nodiscard]] std::optional<std::vector<std::vector<std::uint32_t>>> levels(
      Oid relation, const risk::ClassHistogram& histogram) const;

 private:
  /// Notes what is needed of a value seen for the first time.
  void meet(Datum value);

  std::string name_;
  Oid type_;
  std::optional<KnownHierarchy> known_;
  ValueInterner values_;
  std::optional<OrderKey> order_key_;
  std::vector<std::int64_t> order_;
  std::vector<std::string> labels_;
  model::Code seen_ = 0;
};

}  // namespace pt::pg
