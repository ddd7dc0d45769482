// Attribute disclosure: what the classes tell about a sensitive attribute of everybody in them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/model/hierarchy.hpp"
#include "core/risk/histogram.hpp"

namespace pt::risk {

/// Levels that a table reaches. With n_js the count of value s in class j, q_js its share there and
/// p_s its share in the whole table; a missing value is a value of its own.
struct DisclosureFigures {
  std::uint64_t values = 0;  ///< m, distinct values in the table
  /// Distinct l-diversity: min over classes of the number of values (Machanavajjhala et al. 2006).
  std::uint64_t distinct_l = 0;
  /// Entropy l-diversity: min exp(H_j), H_j = - sum q ln q; not rounded.
  double entropy_l = 0;
  /// Recursive (c,l)-diversity: the table has it for every c above this, which is max over classes
  /// of r_1 / (r_l + ... + r_m), counts in descending order; nothing if a class has fewer than l
  /// values.
  std::optional<double> recursive_c;
  double alpha = 0;  ///< max q_js, the alpha of (alpha,k)-anonymity (Wong et al. 2006)
  /// t-closeness with equal distances: max over classes of (1/2) sum |q - p| (Li et al. 2007).
  double t_equal = 0;
  /// With ordered distances: max of (1/(m-1)) sum over i < m of |sum over s <= i of (q - p)|; 0 for
  /// one value. Values in the order of their codes.
  double t_ordered = 0;
  /// delta-disclosure over the values that a class has: max |ln(q/p)| (Brickell & Shmatikov 2008).
  double delta = 0;
  /// Some class lacks a value of the table: under the strict definition delta is infinite.
  bool some_value_absent = false;
  double beta = 0;  ///< basic beta-likeness: max (q - p) / p (Cao & Karras 2012)
  /// Enhanced beta-likeness: the same if every gain is at most -ln p of its value, else nothing (no
  /// beta would do).
  std::optional<double> enhanced_beta;
};

/// All of them in one pass, for a histogram with a sensitive attribute and at least one class.
/// `l` >= 1 is that of recursive_c. O(cells log m).
[[nodiscard]] DisclosureFigures disclosure_figures(const ClassHistogram& histogram, unsigned l,
                                                   Host& host);

/// t-closeness with hierarchical distances: the earth mover's distance where moving mass between
/// two leaves costs h(lowest common ancestor) / H (Li et al. 2007, section 4.2); max over classes.
///
/// `levels` are node numbers of each value (index as in ClassHistogram::values), one vector a
/// level, finest first; they must nest. A root above the last level is implied where that has
/// several nodes. H counts the levels with the root.
[[nodiscard]] double hierarchical_t_closeness(const ClassHistogram& histogram,
                                              std::span<const std::vector<std::uint32_t>> levels,
                                              Host& host);

}  // namespace pt::risk
