#include "core/release/placing.hpp"

#include <algorithm>

namespace pt::release {

using model::Code;
using model::kMissing;
using model::Scale;
using protect::ClassRow;
using protect::ClassValues;

ClassFinder::ClassFinder(const model::Population& population, std::span<const ClassRow> classes)
    : population_(population), classes_(classes), known_(population.n_tuples) {
  for (const ClassRow& row : classes) {
    auto& allowed = allowed_.emplace_back(population.width());
    for (std::size_t a = 0; a < population.width() && a < row.values.size(); ++a) {
      const model::Attribute& attribute = population.attributes[a];
      if (attribute.scale == Scale::ordered) continue;
      for (const std::string& label : attribute.labels)
        allowed[a].push_back(
            std::binary_search(row.values[a].labels.begin(), row.values[a].labels.end(), label));
    }
  }
}

std::optional<std::uint32_t> ClassFinder::find(std::uint32_t tuple) {
  if (known_[tuple]) return *known_[tuple];
  std::optional<std::uint32_t> found;
  for (std::uint32_t c = 0; c < classes_.size() && !found; ++c)
    if (fits(c, tuple)) found = c;
  known_[tuple] = found;
  return found;
}

bool ClassFinder::fits(std::uint32_t class_no, std::uint32_t tuple) const {
  const ClassRow& row = classes_[class_no];
  if (row.values.size() != population_.width()) return false;
  for (std::size_t a = 0; a < population_.width(); ++a) {
    const ClassValues& values = row.values[a];
    const Code code = population_.value(tuple, a);
    if (code == kMissing) {
      if (!values.missing) return false;
    } else if (population_.attributes[a].scale == Scale::ordered) {
      const double v = population_.attributes[a].values[code];
      if (!(v >= values.low && v <= values.high)) return false;
    } else if (!allowed_[class_no][a][code]) {
      return false;
    }
  }
  return true;
}

namespace {

ClassValues unite_values(const ClassValues& a, const ClassValues& b) {
  ClassValues out = a;
  out.labels.insert(out.labels.end(), b.labels.begin(), b.labels.end());
  std::sort(out.labels.begin(), out.labels.end());
  out.labels.erase(std::unique(out.labels.begin(), out.labels.end()), out.labels.end());
  out.low = std::min(a.low, b.low);
  out.high = std::max(a.high, b.high);
  out.missing = a.missing || b.missing;
  return out;
}

}  // namespace

ClassRow unite(const std::vector<const ClassRow*>& classes) {
  ClassRow out = *classes.front();
  double people = 0, age = 0, weight = 0, confidence = 1;
  for (const ClassRow* const row : classes) {
    const auto n = static_cast<double>(std::max(row->people, 1U));
    people += n;
    age += n * row->age_mean;
    weight += n * row->weight_mean;
    confidence = std::min(confidence, row->confidence);
    if (row == classes.front()) continue;
    if (out.age_low && row->age_low) {
      out.age_low = std::min(*out.age_low, *row->age_low);
      // No upper end is the highest one.
      if (!row->age_high) out.age_high.reset();
      if (out.age_high) out.age_high = std::max(*out.age_high, *row->age_high);
    } else {
      out.age_low.reset();
      out.age_high.reset();
    }
    for (std::size_t i = 0; i < out.others.size() && i < row->others.size(); ++i)
      if (out.others[i] != row->others[i]) out.others[i].reset();
    for (std::size_t a = 0; a < out.values.size() && a < row->values.size(); ++a)
      out.values[a] = unite_values(out.values[a], row->values[a]);
    out.generalized_label = out.generalized_label || row->generalized_label;
  }
  out.age_mean = age / people;
  out.weight_mean = weight / people;
  out.confidence = confidence;
  if (classes.size() > 1 && !out.recidivism_json.empty())
    out.recidivism_json =
        "{\"people\": null, \"scope\": \"withheld\", \"share\": null, \"with_reoffence\": null}";
  return out;
}

}  // namespace pt::release
