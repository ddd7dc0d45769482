#include "core/group/microaggregate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/error.hpp"

namespace pt::group {
namespace {

/// Differences that mdav may compute when nobody asked for it: about a second's worth.
constexpr double kAffordable = 2e9;

using Values = std::pmr::vector<double>;

/// Columns with mean 0 and standard deviation 1 (divisor n - 1); constant ones become 0.
Values standardize(Host& host, const Values& values, std::size_t columns) {
  const std::size_t n = values.size() / columns;
  // Values near the limits of the type must not overflow when they are squared.
  std::vector<double> scale(columns, 0.0), mean(columns, 0.0), deviation(columns, 0.0);
  std::vector<bool> varies(columns, false);
  const auto each = [&](auto&& f) {
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < columns; ++c) f(c, values[i * columns + c]);
    host.poll();
  };
  each([&](std::size_t c, double x) {
    scale[c] = std::max(scale[c], std::fabs(x));
    if (x != values[c]) varies[c] = true;
  });
  for (double& s : scale)
    if (s == 0) s = 1;
  each([&](std::size_t c, double x) { mean[c] += x / scale[c]; });
  for (double& m : mean) m /= static_cast<double>(n);
  each([&](std::size_t c, double x) {
    const double difference = x / scale[c] - mean[c];
    deviation[c] += difference * difference;
  });
  for (std::size_t c = 0; c < columns; ++c) {
    deviation[c] = std::sqrt(deviation[c] / static_cast<double>(n - 1));
    if (!varies[c] || !(deviation[c] > 0)) deviation[c] = std::numeric_limits<double>::infinity();
  }
  Values z(host.memory());
  z.reserve(values.size());
  each([&](std::size_t c, double x) { z.push_back((x / scale[c] - mean[c]) / deviation[c]); });
  return z;
}

/// The remaining rows of mdav, packed column by column, in their order.
class Remaining {
 public:
  Remaining(Host& host, const Values& z, std::size_t columns)
      : columns_(columns), size_(z.size() / columns), distance_(host.memory()) {
    for (std::size_t c = 0; c < columns; ++c) {
      auto& column = x_.emplace_back(host.memory());
      column.resize(size_);
      for (std::size_t i = 0; i < size_; ++i) column[i] = z[i * columns + c];
    }
    row_.resize(size_);
    std::iota(row_.begin(), row_.end(), 0u);
    distance_.resize(size_);
  }

  std::size_t size() const { return size_; }
  std::uint32_t row(std::size_t at) const { return row_[at]; }

  std::vector<double> centroid() const {
    std::vector<double> out;
    for (const auto& column : x_)
      out.push_back(std::accumulate(column.begin(), column.begin() + offset(size_), 0.0) /
                    static_cast<double>(size_));
    return out;
  }
  std::vector<double> point(std::size_t at) const {
    std::vector<double> out;
    for (const auto& column : x_) out.push_back(column[at]);
    return out;
  }

  /// The first of the rows that are farthest from a point.
  std::size_t farthest(const std::vector<double>& from) {
    measure(from);
    return static_cast<std::size_t>(
        std::max_element(distance_.begin(), distance_.begin() + offset(size_)) - distance_.begin());
  }

  /// The k rows nearest to a point, by position; of equally near ones the first.
  std::vector<std::uint32_t> nearest(const std::vector<double>& to, std::size_t k) {
    measure(to);
    std::vector<std::uint32_t> out(size_);
    std::iota(out.begin(), out.end(), 0u);
    std::nth_element(out.begin(), out.begin() + offset(k - 1), out.end(),
                     [this](std::uint32_t a, std::uint32_t b) {
                       return distance_[a] != distance_[b] ? distance_[a] < distance_[b] : a < b;
                     });
    out.resize(k);
    std::sort(out.begin(), out.end());
    return out;
  }

  /// Takes rows (ascending positions) out; the others keep their order.
  void take(const std::vector<std::uint32_t>& positions) {
    const auto compact = [&](auto& values) {
      std::size_t kept = positions.front(), next = 0;
      for (std::size_t i = kept; i < size_; ++i) {
        if (next < positions.size() && positions[next] == i)
          ++next;
        else
          values[kept++] = values[i];
      }
    };
    for (auto& column : x_) compact(column);
    compact(row_);
    size_ -= positions.size();
  }

 private:
  static std::ptrdiff_t offset(std::size_t n) { return static_cast<std::ptrdiff_t>(n); }

  void measure(const std::vector<double>& point) {
    std::fill(distance_.begin(), distance_.begin() + offset(size_), 0.0);
    for (std::size_t c = 0; c < columns_; ++c) {
      const double* const x = x_[c].data();
      double* const distance = distance_.data();
      const double p = point[c];
      for (std::size_t i = 0; i < size_; ++i) distance[i] += (x[i] - p) * (x[i] - p);
    }
  }

  std::size_t columns_, size_;
  std::vector<std::pmr::vector<double>> x_;
  std::vector<std::uint32_t> row_;
  std::pmr::vector<double> distance_;
};

void summarize(Host& host, const Values& values, const Values& z, std::size_t columns,
               Microaggregation& out) {
  const std::size_t n = out.group.size();
  std::pmr::vector<std::uint32_t> size(out.groups, 0, host.memory());
  Values centre(out.groups * columns, 0.0, host.memory());
  out.mean.assign(out.groups * columns, 0.0);
  for (const std::uint32_t g : out.group) ++size[g];
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 65536 == 0) host.poll();
    const std::size_t g = out.group[i];
    for (std::size_t c = 0; c < columns; ++c) {
      centre[g * columns + c] += z[i * columns + c] / size[g];
      out.mean[g * columns + c] += values[i * columns + c];
    }
  }
  // Sums of whole numbers are exact; those too large for the type are divided before.
  bool overflow = false;
  for (std::size_t i = 0; i < out.mean.size(); ++i) {
    overflow = overflow || !std::isfinite(out.mean[i]);
    out.mean[i] /= size[i / columns];
  }
  if (overflow) {
    std::fill(out.mean.begin(), out.mean.end(), 0.0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < columns; ++c)
        out.mean[out.group[i] * columns + c] += values[i * columns + c] / size[out.group[i]];
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 65536 == 0) host.poll();
    const std::size_t g = out.group[i];
    for (std::size_t c = 0; c < columns; ++c) {
      const double value = z[i * columns + c], difference = value - centre[g * columns + c];
      out.sse += difference * difference;
      out.sst += value * value;
    }
  }
  out.smallest = *std::min_element(size.begin(), size.end());
  out.largest = *std::max_element(size.begin(), size.end());
}

}  // namespace

std::uint32_t mdav_groups(Host& host, const Values& z, std::size_t columns, std::uint32_t k,
                          std::pmr::vector<std::uint32_t>& group) {
  Remaining left(host, z, columns);
  const std::size_t n = left.size();
  group.assign(n, 0);
  std::uint32_t groups = 0;
  const auto take = [&](const std::vector<double>& around) {
    const std::vector<std::uint32_t> members = left.nearest(around, k);
    for (const std::uint32_t at : members) group[left.row(at)] = groups;
    left.take(members);
    ++groups;
    host.progress("making groups", n - left.size(), n);
  };
  while (left.size() >= 3 * std::size_t{k}) {
    const std::vector<double> first = left.point(left.farthest(left.centroid()));
    const std::vector<double> second = left.point(left.farthest(first));
    take(first);
    take(second);
  }
  if (left.size() >= 2 * std::size_t{k}) take(left.point(left.farthest(left.centroid())));
  for (std::size_t at = 0; at < left.size(); ++at) group[left.row(at)] = groups;
  return groups + 1;
}

Microaggregation microaggregate(Host& host, const Values& values, std::size_t columns,
                                std::uint32_t k, MicroMethod method) {
  if (k < 2)
    throw invalid_parameter("k must be at least 2", "It is " + std::to_string(k) + ".",
                            "A group of one hides nobody.");
  if (columns == 0) throw invalid_parameter("microaggregation needs at least one column");
  const std::size_t n = values.size() / columns;
  if (n < k)
    throw data_error("there are fewer rows than k",
                     std::to_string(n) + " rows can be used, k is " + std::to_string(k) + ".");
  if (n > 0xFFFFFFFEu) throw program_limit("there are more than 4 billion rows");
  Microaggregation out(host.memory());
  const double rows = static_cast<double>(n);
  out.method = method != MicroMethod::automatic ? method
               : rows * rows / k * static_cast<double>(columns + 2) <= kAffordable
                   ? MicroMethod::mdav
                   : MicroMethod::fast;
  const Values z = standardize(host, values, columns);
  out.groups = out.method == MicroMethod::mdav ? mdav_groups(host, z, columns, k, out.group)
                                               : fast_groups(host, z, columns, k, out.group);
  summarize(host, values, z, columns, out);
  return out;
}

}  // namespace pt::group
