#include "core/stats/ranks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/stats/distributions.hpp"
#include "core/stats/mean.hpp"

namespace pt::stats {
namespace {

/// Middle ranks by one of the two values, in the order of the pairs.
std::vector<double> middle_ranks(std::span<const WeightedPair> pairs, double WeightedPair::*value) {
  std::vector<std::size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return pairs[a].*value < pairs[b].*value; });
  std::vector<double> rank(pairs.size());
  double before = 0;
  for (std::size_t i = 0; i < order.size();) {
    double here = 0;
    std::size_t j = i;
    for (; j < order.size() && pairs[order[j]].*value == pairs[order[i]].*value; ++j)
      here += pairs[order[j]].weight;
    for (std::size_t k = i; k < j; ++k) rank[order[k]] = before + (here + 1) / 2;
    before += here;
    i = j;
  }
  return rank;
}

}  // namespace

double spearman(std::span<const WeightedPair> pairs) {
  std::vector<double> const x = middle_ranks(pairs, &WeightedPair::x),
                            y = middle_ranks(pairs, &WeightedPair::y);
  CoMoments m;
  for (std::size_t i = 0; i < pairs.size(); ++i) m.add(x[i], y[i], pairs[i].weight);
  return m.correlation();
}

double spearman_p_value(double rho, double n) {
  if (!(n > 2) || std::isnan(rho)) return std::numeric_limits<double>::quiet_NaN();
  if (std::abs(rho) >= 1) return 0;
  return t_two_sided(rho * std::sqrt((n - 2) / (1 - rho * rho)), n - 2);
}

}  // namespace pt::stats
