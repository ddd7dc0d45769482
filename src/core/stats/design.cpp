#include "core/stats/design.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace pt::stats {
namespace {
constexpr std::size_t kFirstSlots = 1024;
/// When so many rows have come, compression goes on only if it has halved them.
constexpr std::uint64_t kTrial = 65536;
}  // namespace

DesignBuffer::DesignBuffer(Host& host, std::size_t stride, std::size_t budget)
    : host_(host),
      stride_(stride),
      budget_(budget),
      values_(host.memory()),
      weight_(host.memory()),
      weight_squares_(host.memory()),
      count_(host.memory()),
      slots_(kFirstSlots, 0, host.memory()) {}

std::uint64_t DesignBuffer::hash(const double* values) const noexcept {
  std::uint64_t h = 0x9E3779B97F4A7C15u;
  for (std::size_t i = 0; i < stride_; ++i) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, values + i, sizeof bits);
    h = (h ^ bits) * 0xFF51AFD7ED558CCDu;
    h ^= h >> 32;
  }
  return h;
}

void DesignBuffer::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::size_t i = 0; i < rows(); ++i) {
    std::size_t at = hash(row(i)) & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

void DesignBuffer::stop_compressing() {
  compressing_ = false;
  std::pmr::vector<std::uint32_t>(host_.memory()).swap(slots_);
}

bool DesignBuffer::add(std::span<const double> values, double weight) {
  if (full_) return false;
  ++added_;
  std::size_t at = 0;
  if (compressing_) {
    at = hash(values.data()) & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
      std::size_t const i = slots_[at] - 1;
      if (std::memcmp(row(i), values.data(), stride_ * sizeof(double)) != 0) continue;
      weight_[i] += weight;
      weight_squares_[i] += weight * weight;
      ++count_[i];
      return true;
    }
  }
  if ((rows() + 1) * (stride_ + 4) * sizeof(double) > budget_) {
    full_ = true;
    return false;
  }
  values_.insert(values_.end(), values.begin(), values.end());
  weight_.push_back(weight);
  weight_squares_.push_back(weight * weight);
  count_.push_back(1);
  if (!compressing_) return true;
  slots_[at] = static_cast<std::uint32_t>(rows());
  if (added_ == kTrial && rows() > kTrial / 2)
    stop_compressing();
  else if (rows() * 2 > slots_.size())
    grow();
  return true;
}

void DesignBuffer::remap(std::size_t column, std::span<const std::uint32_t> map) {
  for (std::size_t i = 0; i < rows(); ++i) {
    double& value = values_[i * stride_ + column];
    value = map[static_cast<std::size_t>(value)];
  }
  if (compressing_) stop_compressing();
}

void DesignBuffer::sort() {
  if (compressing_) stop_compressing();
  std::pmr::vector<std::uint32_t> order(rows(), host_.memory());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::lexicographical_compare(row(a), row(a) + stride_, row(b), row(b) + stride_);
  });
  auto reorder = [&](std::pmr::vector<double>& v, std::size_t width) {
    std::pmr::vector<double> sorted(host_.memory());
    sorted.reserve(v.size());
    for (std::uint32_t const i : order) {
      auto const first = v.begin() + static_cast<std::ptrdiff_t>(i * width);
      sorted.insert(sorted.end(), first, first + static_cast<std::ptrdiff_t>(width));
    }
    v.swap(sorted);
  };
  reorder(values_, stride_);
  reorder(weight_, 1);
  reorder(weight_squares_, 1);
  reorder(count_, 1);
}

void DesignBuffer::scan(const std::function<void(const DesignBlock&)>& take) {
  for (std::size_t i = 0; i < rows(); i += kBlockRows) {
    host_.poll();
    take({std::min(kBlockRows, rows() - i), stride_, row(i), weight_.data() + i,
          weight_squares_.data() + i, count_.data() + i});
  }
}

}  // namespace pt::stats
