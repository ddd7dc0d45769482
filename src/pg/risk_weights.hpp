// Sampling weights of the people that pt_risk_profile counts.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "pg/boundary.hpp"
#include "pg/describe.hpp"
#include "pg/table_scan.hpp"

namespace pt::pg {

/// Reads weights of any number type.
class WeightColumn {
 public:
  /// 42804 when the column's type is no number.
  explicit WeightColumn(const Column& column);
  /// The weight in a row; 22000 when it is NULL or out of risk::ExactSum's range.
  [[nodiscard]] double of(const ScanRow& row, std::size_t at) const;

 private:
  std::string name_;
  Oid type_;
};

/// One weight a person: the largest of all rows, so that it doesn't depend on their order.
class PersonWeights {
 public:
  explicit PersonWeights(Host& host) : weight_(host.memory()), contradicts_(host.memory()) {}

  void note(std::uint32_t person, double weight);
  [[nodiscard]] double of(std::uint32_t person) const { return weight_[person]; }
  /// A WARNING with the number of people whose rows have different weights, if there are any.
  void report_contradictions() const;

 private:
  std::pmr::vector<double> weight_;
  std::pmr::vector<bool> contradicts_;
};

}  // namespace pt::pg
