#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/attack/tables.hpp"
#include "core/host.hpp"

namespace pt::attack {

/// Nearest released rows by the distance of Gower (1971) on some columns: the sum of |difference| /
/// range for ordered columns (range over all tables, 0 where there is none) and of 0 or 1 for
/// categories; a missing value differs from another by 0, from a present one by 1. Ties go to the
/// smallest row number, so the answer is one. Exact: distances in 16-bit integers pick out the rows
/// that can be nearest, and these are compared in double precision. Not for concurrent use.
class Nearest {
 public:
  Nearest(Host& host, const Tables& tables, std::vector<std::size_t> columns);

  /// The min(k, rows) nearest released rows of a row of `part`, nearest first. O(rows x columns).
  void find(Part part, std::size_t row, std::size_t k, std::vector<std::uint32_t>& out);

  /// Distance to a released row, 0..columns.
  double distance(Part part, std::size_t row, std::size_t released) const;

 private:
  struct Quantized {
    bool is_ordered;
    double range = 0;
    std::vector<std::uint16_t> of_code;      // ordered: code -> 0..unit_
    std::pmr::vector<std::uint16_t> values;  // of the released rows
  };
  std::uint16_t quantize(const Quantized& column, model::Code code) const;

  Host& host_;
  const Tables& tables_;
  std::vector<std::size_t> columns_;
  std::uint16_t unit_;
  std::vector<Quantized> quantized_;
  std::pmr::vector<std::uint16_t> bound_;  // scratch: unit_ x distance, within one a column
  struct Candidate {
    double distance;
    std::uint32_t row;
  };
  std::vector<Candidate> candidates_;
  std::pmr::vector<std::uint16_t> order_;  // scratch
};

}  // namespace pt::attack
