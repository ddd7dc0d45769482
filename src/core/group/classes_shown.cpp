// What a release shows of a class: labels, the age range, and figures that follow from these.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/group/classes.hpp"

namespace pt::group {
namespace {

using model::Attribute;
using model::Code;
using model::kMissing;
using model::Scale;

/// Outer ends of age ranges are rounded to this many years, so that they do not tell the age of the
/// oldest and the youngest.
constexpr int kAgeRounding = 5;

std::int32_t rounded_down(std::int32_t age) {
  return age - (((age % kAgeRounding) + kAgeRounding) % kAgeRounding);
}

bool is_written_as(const std::string& label, double value) {
  double read = 0;
  const char* const end = label.data() + label.size();
  const auto [stop, error] = std::from_chars(label.data(), end, read);
  return error == std::errc() && stop == end && read == value;
}

/// Ends of a range as they are shown: rounded outwards to two digits of the width, so that a wide
/// range does not tell the exact figure of whoever has the least or the most (95545 and 5176520
/// give 0 and 5200000). Ranges less than 100 wide, and values that are no plain numbers (dates),
/// stay.
std::pair<double, double> shown_range(const Attribute& a, Code first, Code last) {
  constexpr double kLargestExact = 1e15;
  const double low = a.values[first], high = a.values[last];
  const double step = std::pow(10, std::floor(std::log10(high - low)) - 1);
  if (!(step > 1) || std::max(std::abs(low), std::abs(high)) > kLargestExact ||
      !is_written_as(a.labels[first], low) || !is_written_as(a.labels[last], high))
    return {low, high};
  return {std::floor(low / step) * step, std::ceil(high / step) * step};
}

std::string range_label(const Attribute& a, Code first, Code last) {
  const auto [low, high] = shown_range(a, first, last);
  const auto text = [&a](double shown, Code code) {
    return shown == a.values[code] ? a.labels[code] : std::to_string(std::llround(shown));
  };
  return text(low, first) + " to " + text(high, last);
}

}  // namespace

std::optional<std::string> ClassTree::label(const Class& c, std::size_t column) const {
  const Attribute& a = population_.attributes[column];
  std::set<Code> values;
  for (const std::uint32_t t : c.tuples) values.insert(population_.value(t, column));
  if (values.size() == 1)
    return *values.begin() == kMissing ? std::nullopt : std::optional(a.labels[*values.begin()]);
  if (a.scale == Scale::ordered) {
    if (values.contains(kMissing)) return "not shown";
    return range_label(a, *values.begin(), *values.rbegin());
  }
  if (!values.contains(kMissing))
    for (const model::Level& level : a.hierarchy.levels) {
      const Code node = level.node_of_leaf[*values.begin()];
      if (std::all_of(values.begin(), values.end(),
                      [&](Code v) { return level.node_of_leaf[v] == node; }))
        return level.labels[node];
    }
  const std::vector<Code> codes(values.begin(), values.end());
  return list_label(a, codes);
}

std::optional<std::pair<std::int32_t, std::int32_t>> ClassTree::age_range(const Class& c) const {
  if (!age_) return std::nullopt;
  const bool missing = std::any_of(c.tuples.begin(), c.tuples.end(), [&](std::uint32_t t) {
    return population_.value(t, columns_[*age_]) == kMissing;
  });
  if (missing) return std::nullopt;
  const auto [low, high] = ages_of(c.tuples);
  auto begin = static_cast<std::int32_t>(std::floor(low));
  auto end = static_cast<std::int32_t>(std::floor(high)) + 1;
  const auto [youngest, oldest] = cell_ages_[c.cell];
  if (low <= youngest) {
    std::int32_t rounded = rounded_down(begin);
    for (const double p : rules_.cut_points)
      if (p <= low) rounded = std::max(rounded, static_cast<std::int32_t>(p));
    begin = rounded;
  }
  if (high >= oldest) {
    std::int32_t rounded = -rounded_down(-end);
    for (const double p : rules_.cut_points)
      if (p > high) rounded = std::min(rounded, static_cast<std::int32_t>(p));
    end = rounded;
  }
  return std::pair{begin, end};
}

double ClassTree::released_loss(std::size_t column, const Class& c) const {
  const Attribute& a = population_.attributes[columns_[column]];
  std::set<Code> values;
  if (a.scale == Scale::ordered)
    for (const std::uint32_t t : c.tuples) values.insert(population_.value(t, columns_[column]));
  if (values.size() < 2 || values.contains(kMissing)) return loss_of(column, c.tuples);
  const auto [low, high] = shown_range(a, *values.begin(), *values.rbegin());
  const auto [least, greatest] = shown_range(a, 0, static_cast<Code>(a.values.size() - 1));
  return std::min(1.0, (high - low) / (greatest - least));
}

ClassTree::Cost ClassTree::released_cost(const Class& c) const {
  if (columns_.empty()) return {0, 0};
  Cost cost{0, 0};
  for (std::size_t column = 0; column < columns_.size(); ++column)
    if (age_ != column) cost.loss += released_loss(column, c);
  if (age_ && c.age_width > 0) {  // 0: nobody of the class has an age, which is exact
    const auto range = age_range(c);
    const auto years = [](double age) { return static_cast<std::int32_t>(std::floor(age)); };
    const std::int32_t begin = range ? range->first : rounded_down(years(all_ages_.first));
    const std::int32_t end = range ? range->second : -rounded_down(-years(all_ages_.second) - 1);
    cost.age_width = end - begin;
    cost.loss += range ? age_loss(cost.age_width - 1) : cost.age_width / rules_.age_tolerance;
  }
  cost.loss /= static_cast<double>(columns_.size());
  return cost;
}

}  // namespace pt::group
