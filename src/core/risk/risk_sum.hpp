#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace pt::risk {

/// Sum and maximum of a risk over people.
struct RiskSum {
  double sum = 0, maximum = 0;
  std::uint64_t people = 0;

  /// `times` people of one risk.
  void add(double risk, std::uint64_t times = 1) {
    sum += risk * static_cast<double>(times);
    maximum = std::max(maximum, risk);
    people += times;
  }
  void add(const RiskSum& other) {
    sum += other.sum;
    maximum = std::max(maximum, other.maximum);
    people += other.people;
  }
  /// NaN of nobody.
  double average() const { return people > 0 ? sum / static_cast<double>(people) : nobody(); }
  double highest() const { return people > 0 ? maximum : nobody(); }

 private:
  static double nobody() { return std::numeric_limits<double>::quiet_NaN(); }
};

}  // namespace pt::risk
