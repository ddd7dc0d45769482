#include "core/attack/nearest.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace pt::attack {
namespace {

#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define PT_WIDE __attribute__((target_clones("default", "avx2")))
#else
#define PT_WIDE
#endif

/// sum[i] += min(|values[i] - target|, unit)
PT_WIDE void add_differences(std::uint16_t* sum, const std::uint16_t* values, std::size_t n,
                             std::uint16_t target, std::uint16_t unit) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto high = std::max(values[i], target), low = std::min(values[i], target);
    const auto difference = static_cast<std::uint16_t>(high - low);
    sum[i] = static_cast<std::uint16_t>(sum[i] + std::min(difference, unit));
  }
}

/// sum[i] += values[i] == target ? 0 : unit
PT_WIDE void add_mismatches(std::uint16_t* sum, const std::uint16_t* values, std::size_t n,
                            std::uint16_t target, std::uint16_t unit) {
  for (std::size_t i = 0; i < n; ++i)
    sum[i] = static_cast<std::uint16_t>(sum[i] + (values[i] == target ? 0 : unit));
}

PT_WIDE std::uint16_t least(const std::uint16_t* values, std::size_t n) {
  std::uint16_t out = 0xFFFF;
  for (std::size_t i = 0; i < n; ++i) out = std::min(out, values[i]);
  return out;
}

}  // namespace

Nearest::Nearest(Host& host, const Tables& tables, std::vector<std::size_t> columns)
    : host_(host),
      tables_(tables),
      columns_(std::move(columns)),
      unit_(static_cast<std::uint16_t>(
          std::min<std::size_t>(32767, 65535 / std::max<std::size_t>(1, columns_.size())))),
      bound_(host.memory()),
      order_(host.memory()) {
  bound_.resize(tables.size(Part::released));
  for (const std::size_t c : columns_) {
    const SharedColumn& column = tables.columns[c];
    Quantized q{
        column.measure != Measure::category, 0, {}, std::pmr::vector<std::uint16_t>(host.memory())};
    if (q.is_ordered && !column.value.empty()) {
      q.range = column.value.back() - column.value.front();
      for (const double value : column.value)
        q.of_code.push_back(static_cast<std::uint16_t>(
            q.range > 0 ? std::lround((value - column.value.front()) / q.range * unit_) : 0));
    }
    const auto& codes = tables.codes(c, Part::released);
    q.values.reserve(codes.size());
    for (const model::Code code : codes) q.values.push_back(quantize(q, code));
    quantized_.push_back(std::move(q));
    host.poll();
  }
}

/// Ordered values on a scale of unit_; a missing one so far off that any difference counts as
/// unit_. Categories by the lower bits of their code: two that share them only lower the bound.
std::uint16_t Nearest::quantize(const Quantized& column, model::Code code) const {
  if (!column.is_ordered) return static_cast<std::uint16_t>(code);
  if (code == model::kMissing) return static_cast<std::uint16_t>(2 * unit_);
  return column.of_code[code];
}

double Nearest::distance(Part part, std::size_t row, std::size_t released) const {
  double sum = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const model::Code a = tables_.codes(columns_[i], part)[row];
    const model::Code b = tables_.codes(columns_[i], Part::released)[released];
    if (a == b) continue;
    if (!quantized_[i].is_ordered || a == model::kMissing || b == model::kMissing) {
      sum += 1;
      continue;
    }
    const std::vector<double>& value = tables_.columns[columns_[i]].value;
    sum += std::fabs(value[a] - value[b]) / quantized_[i].range;
  }
  return sum;
}

void Nearest::find(Part part, std::size_t row, std::size_t k, std::vector<std::uint32_t>& out) {
  host_.poll();
  out.clear();
  const std::size_t n = bound_.size();
  k = std::min(k, n);
  if (k == 0) return;
  std::fill(bound_.begin(), bound_.end(), std::uint16_t{0});
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::uint16_t target = quantize(quantized_[i], tables_.codes(columns_[i], part)[row]);
    const auto add = quantized_[i].is_ordered ? add_differences : add_mismatches;
    add(bound_.data(), quantized_[i].values.data(), n, target, unit_);
  }
  // At least k rows have a bound up to this one.
  std::uint16_t limit = 0;
  if (k == 1) {
    limit = least(bound_.data(), n);
  } else {
    order_ = bound_;
    const auto at = order_.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(order_.begin(), at, order_.end());
    limit = *at;
  }
  // The k-th smallest distance among the first k of them bounds that of all rows from above.
  double most = 0;
  std::size_t seen = 0;
  for (std::size_t r = 0; r < n && seen < k; ++r) {
    if (bound_[r] > limit) continue;
    most = std::max(most, distance(part, row, r));
    ++seen;
  }
  const double reach = std::floor(most * unit_ + static_cast<double>(columns_.size()) + 1);
  candidates_.clear();
  for (std::size_t r = 0; r < n; ++r) {
    if (bound_[r] > reach) continue;
    const double d = distance(part, row, r);
    if (d <= most) candidates_.push_back({d, static_cast<std::uint32_t>(r)});
  }
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(k),
                    candidates_.end(), [](const Candidate& a, const Candidate& b) {
                      return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
                    });
  for (std::size_t i = 0; i < k; ++i) out.push_back(candidates_[i].row);
}

}  // namespace pt::attack
