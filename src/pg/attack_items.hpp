// Items of a release as pt_attack compares them: what is published of an event, as texts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/model/attribute.hpp"
#include "core/model/domain.hpp"

namespace pt::pg {

using Values = std::vector<std::optional<std::string>>;

/// Numbers the items: period and values of the released event columns.
class Items {
 public:
  std::uint32_t number(std::int32_t period, const Values& values) {
    std::pair<std::int32_t, Values> item(period, values);
    const auto [it, fresh] =
        numbers_.emplace(std::move(item), static_cast<std::uint32_t>(order_.size()));
    if (fresh) order_.push_back(&it->first);
    return it->second;
  }
  [[nodiscard]] const std::vector<const std::pair<std::int32_t, Values>*>& order() const {
    return order_;
  }

 private:
  std::map<std::pair<std::int32_t, Values>, std::uint32_t> numbers_;
  std::vector<const std::pair<std::int32_t, Values>*> order_;
};

/// Codes of anything that is ordered: 0, 1, 2, ... in order of arrival.
template <class T>
std::uint32_t code_of(std::map<T, std::uint32_t>& codes, const T& value) {
  return codes.emplace(value, static_cast<std::uint32_t>(codes.size())).first->second;
}

/// Under which label a source value of an event column is published. Level 0: as it is; above, the
/// node of its hierarchy, or, for event types that are rolled up without one, the category of the
/// domain unless the value itself is published.
class Labels {
 public:
  Labels(const model::Attribute& column, std::uint32_t level,
         const std::set<std::string>& published, const model::Domain* domain) {
    for (std::size_t v = 0; v < column.labels.size(); ++v) {
      const std::string& value = column.labels[v];
      const auto& levels = column.hierarchy.levels;
      if (level > 0 && level <= levels.size()) {
        label_.push_back(levels[level - 1].labels[levels[level - 1].node_of_leaf[v]]);
      } else if (level > 0 && domain != nullptr && !published.contains(value)) {
        const model::EventType* const type = domain->find_event_type(value);
        label_.push_back(type == nullptr ? value : type->category);
      } else {
        label_.push_back(value);
      }
    }
  }
  [[nodiscard]] std::optional<std::string> of(model::Code value) const {
    if (value == model::kMissing) return std::nullopt;
    return label_[value];
  }

 private:
  std::vector<std::string> label_;
};

}  // namespace pt::pg
