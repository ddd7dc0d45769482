// The fast method of microaggregation: nearest neighbours in a k-d tree that forgets.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "core/group/microaggregate.hpp"

namespace pt::group {
namespace {

/// A balanced k-d tree (Bentley 1975) over points in single precision, from which points are taken
/// out. Inner nodes know the box of their points; nodes without points are passed over. `D` is the
/// number of columns, 0 = known at run time.
template <unsigned D>
class ForgettingTree {
 public:
  ForgettingTree(Host& host, const std::pmr::vector<double>& z, std::size_t columns)
      : host_(host),
        columns_(columns),
        x_(z.begin(), z.end(), host.memory()),
        row_(host.memory()),
        leaf_of_(host.memory()),
        boxes_(host.memory()),
        begin_(host.memory()),
        alive_(host.memory()) {
    const auto n = static_cast<std::uint32_t>(z.size() / columns);
    row_.resize(n);
    for (std::uint32_t i = 0; i < n; ++i) row_[i] = i;
    while ((n >> height_) > kLeaf) ++height_;
    const std::size_t nodes = (std::size_t{2} << height_) - 1;
    boxes_.resize(nodes * 2 * columns);
    begin_.resize(nodes);
    alive_.resize(nodes);
    leaf_of_.resize(n);
    build(0, 0, n, 0);
  }

  /// All rows, in the order of leaves.
  std::span<const std::uint32_t> rows() const { return row_; }

  /// Takes out a row and its k - 1 nearest ones and calls f(row) for each. At least k rows are left
  /// in the tree.
  template <class F>
  void take_nearest(std::uint32_t row, std::uint32_t k, F&& f) {
    const std::uint32_t leaf = leaf_of_[row];
    const float* const from = point(position(leaf, row));
    query_.assign(from, from + columns());
    best_.clear();
    visit(leaf, k);
    for (std::uint32_t node = leaf; node > 0; node = (node - 1) / 2) {
      const std::uint32_t sibling = node % 2 == 1 ? node + 1 : node - 1;
      descend(sibling, k);
    }
    for (const Found& found : best_) {
      forget(found.row);
      f(found.row);
    }
  }

 private:
  static constexpr std::uint32_t kLeaf = 16;
  struct Found {
    float distance;
    std::uint32_t row;
    bool operator<(const Found& other) const {
      return distance != other.distance ? distance < other.distance : row < other.row;
    }
  };

  std::size_t columns() const { return D > 0 ? D : columns_; }
  const float* point(std::size_t at) const { return x_.data() + at * columns(); }
  std::uint32_t position(std::uint32_t leaf, std::uint32_t row) const {
    std::uint32_t at = begin_[leaf];
    while (row_[at] != row) ++at;
    return at;
  }
  void swap_points(std::size_t a, std::size_t b) {
    std::swap(row_[a], row_[b]);
    for (std::size_t c = 0; c < columns(); ++c)
      std::swap(x_[a * columns() + c], x_[b * columns() + c]);
  }

  /// Hoare's selection: afterwards no point before `middle` is greater in column c than one from
  /// there on.
  void select(std::size_t begin, std::size_t middle, std::size_t end, std::size_t c) {
    const auto at = [&](std::size_t i) { return x_[i * columns() + c]; };
    std::size_t low = begin, high = end - 1;
    while (low < high) {
      const float a = at(low), b = at(low + (high - low) / 2), d = at(high);
      const float pivot = std::max(std::min(a, b), std::min(std::max(a, b), d));
      std::size_t i = low, j = high;
      for (;;) {
        while (at(i) < pivot) ++i;
        while (at(j) > pivot) --j;
        if (i < j) swap_points(i, j);
        if (i <= j) {
          ++i;
          if (j == 0) break;
          --j;
        }
        if (i > j) break;
      }
      if (middle <= j)
        high = j;
      else if (middle >= i)
        low = i;
      else
        return;
    }
  }

  void build(std::uint32_t node, std::uint32_t begin, std::uint32_t end, std::uint32_t depth) {
    if (depth < 8) host_.poll();
    float* const box = boxes_.data() + std::size_t{node} * 2 * columns();
    for (std::size_t c = 0; c < columns(); ++c) {
      float low = std::numeric_limits<float>::infinity(), high = -low;
      for (std::size_t i = begin; i < end; ++i) {
        low = std::min(low, x_[i * columns() + c]);
        high = std::max(high, x_[i * columns() + c]);
      }
      box[2 * c] = low;
      box[2 * c + 1] = high;
    }
    begin_[node] = begin;
    if (depth == height_) {
      alive_[node] = end - begin;
      for (std::size_t i = begin; i < end; ++i) leaf_of_[row_[i]] = node;
      return;
    }
    std::size_t widest = 0;
    for (std::size_t c = 1; c < columns(); ++c)
      if (box[2 * c + 1] - box[2 * c] > box[2 * widest + 1] - box[2 * widest]) widest = c;
    const std::uint32_t middle = begin + (end - begin) / 2;
    select(begin, middle, end, widest);
    alive_[node] = 2;  // children that have points
    build(2 * node + 1, begin, middle, depth + 1);
    build(2 * node + 2, middle, end, depth + 1);
  }

  /// Squared distance of the query to the box of a node.
  float to_box(std::uint32_t node) const {
    const float* const box = boxes_.data() + std::size_t{node} * 2 * columns();
    float sum = 0;
    for (std::size_t c = 0; c < columns(); ++c) {
      const float outside = std::max({box[2 * c] - query_[c], query_[c] - box[2 * c + 1], 0.0F});
      sum += outside * outside;
    }
    return sum;
  }

  bool is_leaf(std::uint32_t node) const { return node >= (std::uint32_t{1} << height_) - 1; }

  void visit(std::uint32_t leaf, std::uint32_t k) {
    const std::size_t end = begin_[leaf] + alive_[leaf];
    for (std::size_t i = begin_[leaf]; i < end; ++i) {
      const float* const x = point(i);
      float distance = 0;
      for (std::size_t c = 0; c < columns(); ++c)
        distance += (x[c] - query_[c]) * (x[c] - query_[c]);
      const Found found{distance, row_[i]};
      if (best_.size() < k)
        best_.push_back(found);
      else if (found < best_.back())
        best_.back() = found;
      else
        continue;
      for (std::size_t at = best_.size() - 1; at > 0 && best_[at] < best_[at - 1]; --at)
        std::swap(best_[at], best_[at - 1]);
    }
  }

  void descend(std::uint32_t node, std::uint32_t k) {
    if (alive_[node] == 0 || (best_.size() == k && to_box(node) > best_.back().distance)) return;
    if (is_leaf(node)) {
      visit(node, k);
      return;
    }
    const std::uint32_t left = 2 * node + 1, right = left + 1;
    const bool left_first = to_box(left) <= to_box(right);
    descend(left_first ? left : right, k);
    descend(left_first ? right : left, k);
  }

  void forget(std::uint32_t row) {
    const std::uint32_t leaf = leaf_of_[row];
    --alive_[leaf];
    swap_points(position(leaf, row), begin_[leaf] + alive_[leaf]);
    for (std::uint32_t node = leaf; alive_[node] == 0 && node > 0;) {
      node = (node - 1) / 2;
      --alive_[node];
    }
  }

  Host& host_;
  std::size_t columns_;
  std::uint32_t height_ = 0;
  std::pmr::vector<float> x_;                // points in the order of leaves
  std::pmr::vector<std::uint32_t> row_;      // of each point
  std::pmr::vector<std::uint32_t> leaf_of_;  // row -> node
  std::pmr::vector<float> boxes_;            // node x columns x (low, high)
  std::pmr::vector<std::uint32_t> begin_;    // node -> first point
  std::pmr::vector<std::uint32_t> alive_;    // leaf: points left; inner node: children with points
  std::vector<float> query_;
  std::vector<Found> best_;  // ascending
};

/// Rows by the shell around the centroid that they are in, the outermost first, within a shell in
/// the order given. Shells are as thick as the upper 16 bits of a float can tell squared distances
/// apart, at most 0.8 %: groups are then made one beside the other, where memory is warm, and lose
/// no more than in the order of exact distances.
std::pmr::vector<std::uint32_t> outermost_first(Host& host, const std::pmr::vector<double>& z,
                                                std::size_t columns,
                                                std::span<const std::uint32_t> rows) {
  constexpr std::size_t kShells = std::size_t{1} << 16;
  std::pmr::vector<std::uint16_t> shell(rows.size(), host.memory());
  std::vector<std::size_t> first(kShells + 1, 0);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    double distance = 0;  // the centroid of standardised columns is 0
    for (std::size_t c = 0; c < columns; ++c)
      distance += z[row * columns + c] * z[row * columns + c];
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(distance));
    shell[row] = static_cast<std::uint16_t>(0xFFFF - (bits >> 16));
    ++first[shell[row] + 1];
  }
  host.poll();
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::pmr::vector<std::uint32_t> order(rows.size(), host.memory());
  for (const std::uint32_t row : rows) order[first[shell[row]]++] = row;
  return order;
}

template <unsigned D>
std::uint32_t group_around_outliers(Host& host, const std::pmr::vector<double>& z,
                                    std::size_t columns, std::uint32_t k,
                                    std::pmr::vector<std::uint32_t>& group) {
  const std::size_t n = z.size() / columns;
  ForgettingTree<D> tree(host, z, columns);
  const auto order = outermost_first(host, z, columns, tree.rows());
  constexpr std::uint32_t kNone = 0xFFFFFFFFu;
  group.assign(n, kNone);
  std::uint32_t groups = 0;
  std::size_t left = n;
  for (std::size_t i = 0; left >= 2 * std::size_t{k}; ++i) {
    if (group[order[i]] != kNone) continue;
    if (groups % 256 == 0) host.progress("making groups", n - left, n);
    tree.take_nearest(order[i], k, [&](std::uint32_t row) { group[row] = groups; });
    ++groups;
    left -= k;
  }
  for (std::uint32_t& g : group)
    if (g == kNone) g = groups;
  return groups + 1;
}

}  // namespace

std::uint32_t fast_groups(Host& host, const std::pmr::vector<double>& z, std::size_t columns,
                          std::uint32_t k, std::pmr::vector<std::uint32_t>& group) {
  switch (columns) {
    case 1:
      return group_around_outliers<1>(host, z, columns, k, group);
    case 2:
      return group_around_outliers<2>(host, z, columns, k, group);
    case 3:
      return group_around_outliers<3>(host, z, columns, k, group);
    case 4:
      return group_around_outliers<4>(host, z, columns, k, group);
    default:
      return group_around_outliers<0>(host, z, columns, k, group);
  }
}

}  // namespace pt::group
