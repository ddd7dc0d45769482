#include "core/group/granularity.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace pt::group {

CellLoss::CellLoss(const model::Attribute& attribute, bool missing, std::string everything,
                   std::pmr::memory_resource* memory)
    : ladder_(attribute, std::vector<std::uint64_t>(attribute.labels.size() + 1, 1), missing, 2,
              memory),
      everything_(std::move(everything)),
      has_values_(!attribute.values.empty()) {
  if (has_values_) {
    least_ = attribute.values.front();
    greatest_ = attribute.values.back();
  }
  for (const std::string& value : attribute.labels) of_label_.try_emplace(value, 0);
  of_label_.try_emplace(everything_, 1);
  for (std::size_t i = 0; i < attribute.hierarchy.levels.size(); ++i) {
    const auto losses = ladder_.node_losses(i + 1);
    const auto& labels = attribute.hierarchy.levels[i].labels;
    for (std::size_t node = 0; node < labels.size(); ++node)
      of_label_.try_emplace(labels[node], losses[node]);
  }
}

std::optional<double> CellLoss::of_label(std::string_view label) const {
  const auto found = of_label_.find(label);
  if (found == of_label_.end()) return std::nullopt;
  return found->second;
}

std::optional<double> CellLoss::of_range(double low, double high) const {
  if (!has_values_ || !(low <= high) || low > greatest_ || high < least_) return std::nullopt;
  if (low <= least_ && high >= greatest_) return least_ < greatest_ ? 1 : 0;
  // Halves, since the whole width may pass the largest double.
  const double width = std::min(high, greatest_) / 2 - std::max(low, least_) / 2;
  return width / (greatest_ / 2 - least_ / 2);
}

}  // namespace pt::group
