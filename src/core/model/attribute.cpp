#include "core/model/attribute.hpp"

#include <algorithm>
#include <cmath>

namespace pt::model {
namespace {

std::optional<std::string> find_dictionary_fault(const Attribute& attribute) {
  const auto& labels = attribute.labels;
  const auto& values = attribute.values;
  if (labels.size() >= kMissing) return "too many distinct values";
  if (attribute.scale == Scale::nominal) {
    if (!values.empty()) return "a nominal attribute has no numeric values";
    if (std::adjacent_find(labels.begin(), labels.end(), std::greater_equal<>()) != labels.end())
      return "labels are not distinct and sorted by bytes";
    return std::nullopt;
  }
  if (values.size() != labels.size())
    return std::to_string(labels.size()) + " labels but " + std::to_string(values.size()) +
           " values";
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
    return "a value is not finite";
  if (std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) != values.end())
    return "values are not strictly ascending";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_fault(const Attribute& attribute) {
  std::optional<std::string> fault = find_dictionary_fault(attribute);
  if (!fault) fault = find_fault(attribute.hierarchy, attribute.labels.size());
  if (!fault) return std::nullopt;
  return "attribute \"" + attribute.name + "\": " + *fault;
}

}  // namespace pt::model
