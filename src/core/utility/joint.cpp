#include "core/utility/joint.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace pt::utility {

JointTable::JointTable(Host& host)
    : host_(host), codes_(host.memory()), source_(host.memory()), release_(host.memory()) {}

void JointTable::add_column(const std::string& name, bool number) {
  columns_.push_back({name, number, {}, {}});
  number_codes_.emplace_back();
  text_codes_.emplace_back();
}

void JointTable::put(std::uint32_t code) { row_.push_back(code); }

void JointTable::number(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return put(kMissing);
  auto& codes = number_codes_[row_.size()];
  put(codes.emplace(*value + 0.0, static_cast<std::uint32_t>(codes.size())).first->second);
}

void JointTable::text(const std::optional<std::string>& value) {
  if (!value) return put(kMissing);
  auto& codes = text_codes_[row_.size()];
  put(codes.emplace(*value, static_cast<std::uint32_t>(codes.size())).first->second);
}

void JointTable::end_row(Side side, double weight) {
  if (weight > 0 && std::isfinite(weight)) {
    codes_.insert(codes_.end(), row_.begin(), row_.end());
    source_.push_back(side == Side::source ? weight : 0);
    release_.push_back(side == Side::release ? weight : 0);
  }
  row_.clear();
}

void JointTable::finish() {
  // Values in order get new codes.
  std::vector<std::vector<std::uint32_t>> renumber(columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    renumber[c].resize(number_codes_[c].size() + text_codes_[c].size());
    std::uint32_t next = 0;
    for (const auto& [value, code] : number_codes_[c]) {
      columns_[c].values.push_back(value);
      renumber[c][code] = next++;
    }
    for (const auto& [label, code] : text_codes_[c]) {
      columns_[c].labels.push_back(label);
      renumber[c][code] = next++;
    }
  }
  std::size_t const width = columns_.size(), n = rows();
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 65536 == 0) host_.poll();
    for (std::size_t c = 0; c < width; ++c) {
      std::uint32_t& code = codes_[i * width + c];
      if (code != kMissing) code = renumber[c][code];
    }
  }
  auto const row = [&](std::size_t i) {
    return std::span<const std::uint32_t>(codes_.data() + i * width, width);
  };
  std::pmr::vector<std::size_t> order(n, host_.memory());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::size_t compared = 0;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (++compared % 65536 == 0) host_.poll();
    return std::lexicographical_compare(row(a).begin(), row(a).end(), row(b).begin(), row(b).end());
  });
  std::pmr::vector<std::uint32_t> codes(host_.memory());
  std::pmr::vector<double> source(host_.memory()), release(host_.memory());
  for (std::size_t const i : order) {
    std::size_t const last = source.size();
    bool const same = last > 0 && std::equal(row(i).begin(), row(i).end(),
                                             codes.end() - static_cast<std::ptrdiff_t>(width));
    if (!same) {
      codes.insert(codes.end(), row(i).begin(), row(i).end());
      source.push_back(0);
      release.push_back(0);
    }
    source.back() += source_[i];
    release.back() += release_[i];
  }
  codes_ = std::move(codes);
  source_ = std::move(source);
  release_ = std::move(release);
}

double JointTable::total(Side side) const {
  const auto& weights = side == Side::source ? source_ : release_;
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

}  // namespace pt::utility
