#include "pg/risk_sensitive.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "pg/datum.hpp"

namespace pt::pg {

using model::Code;
using model::kMissing;
using risk::ClassHistogram;

SensitiveColumn::SensitiveColumn(Oid relation, const Column& column, const model::Prf& prf,
                                 Host& host)
    : name_(column.name),
      type_(column.type),
      known_(load_known_hierarchy(relation, column.name)),
      values_(column.type, column.collation, prf, host) {
  try {
    order_key_.emplace(column.type);
  } catch (const Error&) {  // values without an order have no ordered distances
    order_key_.reset();
  }
}

Code SensitiveColumn::code(const ScanRow& row, std::size_t at) {
  if (row.is_null(at)) return kMissing;
  const Datum value = row.value(at);
  const Code code = values_.code(value);
  if (code == seen_) meet(value);
  return code;
}

std::vector<std::int64_t> SensitiveColumn::ranks() const {
  std::vector<Code> by(seen_);
  std::iota(by.begin(), by.end(), Code{0});
  if (is_ordered())
    std::sort(by.begin(), by.end(), [this](Code a, Code b) { return order_[a] < order_[b]; });
  else
    std::sort(by.begin(), by.end(),
              [this](Code a, Code b) { return values_.dictionary()[a] < values_.dictionary()[b]; });
  std::vector<std::int64_t> rank(seen_);
  for (std::size_t i = 0; i < by.size(); ++i) rank[by[i]] = static_cast<std::int64_t>(i);
  return rank;
}

std::optional<std::vector<std::vector<std::uint32_t>>> SensitiveColumn::levels(
    Oid relation, const ClassHistogram& histogram) const {
  if (!known_) return std::nullopt;
  const auto rank = ranks();
  std::vector<std::string> labels(seen_);
  for (std::size_t code = 0; code < labels.size(); ++code)
    labels[static_cast<std::size_t>(rank[code])] = labels_[code];
  const auto loaded = load_hierarchy(relation, name_, labels);
  if (!loaded) return std::nullopt;
  std::vector<std::vector<std::uint32_t>> out;
  for (const model::Level& level : loaded->hierarchy.levels) {
    auto& nodes = out.emplace_back();
    // A missing value has a node of its own.
    for (const std::int64_t code : histogram.values)
      nodes.push_back(code == ClassHistogram::kNull
                          ? static_cast<std::uint32_t>(level.labels.size())
                          : level.node_of_leaf[static_cast<std::size_t>(code)]);
  }
  return out;
}

void SensitiveColumn::meet(Datum value) {
  ++seen_;
  if (known_) labels_.push_back(output_text(value, type_));
  if (!order_key_) return;
  try {
    order_.push_back(order_key_->code(value));
  } catch (const Error&) {  // a numeric with too many digits
    order_key_.reset();
  }
}

}  // namespace pt::pg
