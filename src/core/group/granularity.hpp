// The loss of released cells: how much of what was known is no longer told.
#pragma once

#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

#include "core/group/recode_ladder.hpp"
#include "core/model/attribute.hpp"

namespace pt::group {

/// The loss of what was released for the values of one attribute, 0 (the value itself) to 1
/// (nothing is told): (leaves under the label - 1) / (leaves - 1), for ranges width / whole width
/// (Iyengar 2002). Losses of labels and of a missing value are those of the Ladder that recode()
/// works with.
class CellLoss {
 public:
  /// `missing`: whether a value of the original is missing. `everything`: the label that tells
  /// nothing.
  CellLoss(const model::Attribute& attribute, bool missing, std::string everything,
           std::pmr::memory_resource* memory);

  [[nodiscard]] std::size_t leaves() const { return ladder_.leaves(); }

  /// Loss of a label; it counts as the finest thing that reads like it. Nothing for a text that is
  /// neither a value nor a label of the hierarchy. O(log labels).
  [[nodiscard]] std::optional<double> of_label(std::string_view label) const;

  /// Loss of the range of the values low..high, both included; what lies outside the values of the
  /// original is not lost. Ordered attributes without hierarchy only. Nothing for a range that no
  /// value of the original can be in.
  [[nodiscard]] std::optional<double> of_range(double low, double high) const;

 private:
  Ladder ladder_;
  std::string everything_;
  std::map<std::string, double, std::less<>> of_label_;
  double least_ = 0, greatest_ = 0;  // values of the original
  bool has_values_ = false;
};

}  // namespace pt::group
