#include "core/risk/disclosure.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"

namespace pt::risk {
namespace {

constexpr std::size_t kPollEvery = 4096;

/// Shares of the values in the whole table and what distances need of them.
struct Shares {
  explicit Shares(const ClassHistogram& histogram) {
    long double n = 0;
    for (const std::uint64_t total : histogram.totals) n += static_cast<long double>(total);
    long double sum = 0;
    long double area = 0;
    for (const std::uint64_t total : histogram.totals) {
      const long double p = static_cast<long double>(total) / n;
      share.push_back(static_cast<double>(p));
      sum += p;
      area += sum;
      cumulative.push_back(sum);
      cumulative_area.push_back(area);
    }
  }
  std::vector<double> share;                 // p_s
  std::vector<long double> cumulative;       // P_i = sum of p_s, s <= i
  std::vector<long double> cumulative_area;  // sum of P_i
};

/// sum over i in [begin, end) of |c - P_i|; P is ascending.
long double area_between(const Shares& shares, long double c, std::size_t begin, std::size_t end) {
  if (begin >= end) return 0;
  const auto& P = shares.cumulative;
  const auto at = [&P](std::size_t i) { return P.begin() + static_cast<std::ptrdiff_t>(i); };
  if (end - begin <= 16) {
    long double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += std::fabs(c - P[i]);
    return sum;
  }
  const auto area = [&shares](std::size_t from, std::size_t to) {
    return from == to ? 0.0L
                      : shares.cumulative_area[to - 1] -
                            (from == 0 ? 0.0L : shares.cumulative_area[from - 1]);
  };
  const auto middle = static_cast<std::size_t>(std::upper_bound(at(begin), at(end), c) - P.begin());
  return c * static_cast<long double>(middle - begin) - area(begin, middle) + area(middle, end) -
         c * static_cast<long double>(end - middle);
}

/// (1/(m-1)) sum of |Q_i - P_i| of one class.
double ordered_distance(std::span<const ValueCount> cells, long double people,
                        const Shares& shares) {
  const std::size_t m = shares.share.size();
  if (m < 2) return 0;
  long double sum = 0;
  long double q = 0;
  std::size_t at = 0;
  for (const ValueCount& cell : cells) {
    sum += area_between(shares, q, at, std::min<std::size_t>(cell.value, m - 1));
    q += static_cast<long double>(cell.count) / people;
    at = cell.value;
  }
  sum += area_between(shares, 1, at, m - 1);
  return static_cast<double>(sum / static_cast<long double>(m - 1));
}

/// r_1 / (r_l + ... + r_m); nothing with fewer than l values.
std::optional<double> recursive_ratio(std::span<const ValueCount> cells, unsigned l,
                                      std::vector<std::uint64_t>& counts) {
  if (cells.size() < l) return std::nullopt;
  counts.clear();
  for (const ValueCount& cell : cells) counts.push_back(cell.count);
  std::sort(counts.begin(), counts.end(), std::greater<>());
  const std::uint64_t rest =
      std::accumulate(counts.begin() + (l - 1), counts.end(), std::uint64_t{0});
  return static_cast<double>(counts.front()) / static_cast<double>(rest);
}

std::uint64_t sum_of(std::span<const ValueCount> cells) {
  std::uint64_t sum = 0;
  for (const ValueCount& cell : cells) sum += cell.count;
  return sum;
}

/// Folds one class into the figures of the table, all but recursive_c.
void add_class(std::span<const ValueCount> cells, const Shares& shares, DisclosureFigures& out,
               double& least_entropy) {
  const std::uint64_t count = sum_of(cells);
  const auto people = static_cast<double>(count);
  double entropy = 0;
  double distance = 0;
  for (const ValueCount& cell : cells) {
    const double q = static_cast<double>(cell.count) / people;
    const double p = shares.share[cell.value];
    entropy -= q * std::log(q);
    distance += std::max(0.0, q - p);  // what lies above p equals what lies below
    out.alpha = std::max(out.alpha, q);
    out.delta = std::max(out.delta, std::fabs(std::log(q / p)));
    const double gain = (q - p) / p;
    out.beta = std::max(out.beta, gain);
    // Both sides are rounded; a gain that equals the bound keeps it.
    if (gain > -std::log(p) + 1e-12) out.enhanced_beta.reset();
  }
  least_entropy = std::min(least_entropy, entropy);
  out.distinct_l = std::min<std::uint64_t>(out.distinct_l, cells.size());
  out.t_equal = std::max(out.t_equal, distance);
  out.t_ordered =
      std::max(out.t_ordered, ordered_distance(cells, static_cast<long double>(count), shares));
  if (cells.size() < shares.share.size()) out.some_value_absent = true;
}

}  // namespace

DisclosureFigures disclosure_figures(const ClassHistogram& histogram, unsigned l, Host& host) {
  const Shares shares(histogram);
  DisclosureFigures out;
  out.values = histogram.values.size();
  out.distinct_l = out.values;
  out.recursive_c = 0;
  out.enhanced_beta = 0;
  double least_entropy = std::numeric_limits<double>::infinity();
  std::vector<std::uint64_t> counts;
  for (std::size_t c = 0; c < histogram.classes(); ++c) {
    if (c % kPollEvery == 0) host.poll();
    const auto cells = histogram.of(c);
    add_class(cells, shares, out, least_entropy);
    if (!out.recursive_c) continue;
    const auto ratio = recursive_ratio(cells, l, counts);
    if (ratio)
      out.recursive_c = std::max(*out.recursive_c, *ratio);
    else
      out.recursive_c.reset();
  }
  out.entropy_l = std::exp(least_entropy);
  if (out.enhanced_beta) out.enhanced_beta = out.beta;
  return out;
}

namespace {

/// Mass that a class has too much (q above p) or too little of at one node of the tree. Nodes that
/// no value of the class lies under need no looking at: they only lack mass.
struct NodeMass {
  double q = 0;          // share of the class under the node
  double surplus = 0;    // sum over children of max(0, q - p)
  double touched_p = 0;  // p of the children that values of the class lie under
  double lack = 0;       // of those children: sum of max(0, p - q)
};

class TreeDistance {
 public:
  TreeDistance(const ClassHistogram& histogram, std::span<const std::vector<std::uint32_t>> levels)
      : levels_(levels.begin(), levels.end()) {
    const std::size_t m = histogram.values.size();
    if (levels_.empty() || nodes_of(levels_.back()) > 1) levels_.emplace_back(m, 0U);  // the root
    const Shares shares(histogram);
    share_ = shares.share;
    for (const auto& level : levels_) {
      auto& p = p_.emplace_back(nodes_of(level), 0.0);
      for (std::size_t v = 0; v < m; ++v) p[level[v]] += share_[v];
      mass_.emplace_back(p.size());
    }
    check();
  }

  double of(std::span<const ValueCount> cells, double people) {
    double distance = 0;
    below_.clear();
    for (const ValueCount& cell : cells)
      below_.push_back(
          {cell.value, cell.value, static_cast<double>(cell.count) / people, share_[cell.value]});
    for (std::size_t h = 0; h < levels_.size(); ++h) {
      touched_.clear();
      for (const Child& child : below_) {
        NodeMass& node = mass_[h][levels_[h][child.leaf]];
        if (node.q == 0) touched_.push_back(child.leaf);
        node.q += child.q;
        node.touched_p += child.p;
        (child.q > child.p ? node.surplus : node.lack) += std::fabs(child.q - child.p);
      }
      below_.clear();
      for (const std::uint32_t leaf : touched_) {
        const std::uint32_t number = levels_[h][leaf];
        NodeMass& node = mass_[h][number];
        const double lack = node.lack + std::max(0.0, p_[h][number] - node.touched_p);
        distance += static_cast<double>(h + 1) / static_cast<double>(levels_.size()) *
                    std::min(node.surplus, lack);
        below_.push_back({number, leaf, node.q, p_[h][number]});
        node = {};
      }
    }
    return distance;
  }

 private:
  struct Child {
    std::uint32_t number;
    std::uint32_t leaf;  // one under the node: leads to its parents
    double q, p;
  };

  static std::size_t nodes_of(const std::vector<std::uint32_t>& level) {
    return level.empty() ? 0 : std::size_t{*std::max_element(level.begin(), level.end())} + 1;
  }

  /// Values that share a node share all coarser ones.
  void check() const {
    constexpr std::uint32_t kNone = 0xFFFFFFFFu;
    for (std::size_t h = 0; h < levels_.size(); ++h) {
      if (levels_[h].size() != share_.size())
        throw invalid_parameter("a hierarchy needs a node for each sensitive value at each level");
      if (h == 0) continue;
      std::vector<std::uint32_t> parent(p_[h - 1].size(), kNone);
      for (std::size_t v = 0; v < share_.size(); ++v) {
        std::uint32_t& known = parent[levels_[h - 1][v]];
        if (known == kNone) known = levels_[h][v];
        if (known != levels_[h][v])
          throw data_error("the hierarchy of the sensitive values does not nest",
                           "Two values share a node at level " + std::to_string(h) +
                               " but not at level " + std::to_string(h + 1) + ".");
      }
    }
  }

  std::vector<std::vector<std::uint32_t>> levels_;
  std::vector<double> share_;
  std::vector<std::vector<double>> p_;       // of each node
  std::vector<std::vector<NodeMass>> mass_;  // scratch, all zero between classes
  std::vector<Child> below_;                 // scratch
  std::vector<std::uint32_t> touched_;       // scratch
};

}  // namespace

double hierarchical_t_closeness(const ClassHistogram& histogram,
                                std::span<const std::vector<std::uint32_t>> levels, Host& host) {
  TreeDistance tree(histogram, levels);
  double greatest = 0;
  for (std::size_t c = 0; c < histogram.classes(); ++c) {
    if (c % kPollEvery == 0) host.poll();
    const auto cells = histogram.of(c);
    greatest = std::max(greatest, tree.of(cells, static_cast<double>(sum_of(cells))));
  }
  return greatest;
}

}  // namespace pt::risk
