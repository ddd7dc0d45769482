// Attacks on any pair of tables, in the manner of Anonymeter (Giomi et al. 2023), without its known
// mistakes.
#pragma once

#include <cstdint>
#include <vector>

#include "core/attack/random.hpp"
#include "core/attack/tables.hpp"
#include "core/host.hpp"

namespace pt::attack {

/// Tries of an attack on the original, of the same attack on the control group, and of blind
/// guessing on the original.
struct PairTried {
  std::uint64_t attempts = 0, successes = 0;  ///< attempts really made
  std::uint64_t control_attempts = 0, control_successes = 0;
  std::uint64_t baseline_attempts = 0, baseline_successes = 0;
};

/// Singling out by predicates on one column: values that one released row has, 'is missing' where
/// one is missing, at most the smallest, at least the largest. All there are, shuffled; success:
/// exactly one original row fits. Repeated rows count once, in all tables. With a control group the
/// predicates are tried on equally large random parts of original and control.
PairTried single_out_univariate(Host& host, const Tables& tables, std::uint64_t attempts,
                                Random& random);

/// Singling out by predicates on `things` columns of a released row, all drawn: an ordered value
/// becomes 'at least' if above the released median, else 'at most'; a category becomes 'equals'.
/// Predicates that exactly one released row fits are kept, each once; after 50 x attempts drawn
/// ones the attack ends with fewer.
PairTried single_out_multivariate(Host& host, const Tables& tables, std::size_t things,
                                  std::uint64_t attempts, Random& random);

/// Linkability: success when the k nearest released rows on the columns of `left` and on those of
/// `right` share a row. Targets are drawn without replacement.
PairTried link(Host& host, const Tables& tables, const std::vector<std::size_t>& left,
               const std::vector<std::size_t>& right, std::size_t k, std::uint64_t attempts,
               Random& random);

/// Inference of the column `secret` from the nearest released row on `known`. Success: the same
/// category, or a number within `tolerance` x |true value|, with 0.0005 x range as a floor; for
/// times within `tolerance` x the standard deviation of the originals.
PairTried infer(Host& host, const Tables& tables, std::size_t secret,
                const std::vector<std::size_t>& known, double tolerance, std::uint64_t attempts,
                Random& random);

/// Membership: is a person, all of whose columns are known, one of the originals? Of as many
/// originals as controls, the attacker takes those for members whose nearest released row is at
/// most as far as the (lower) median. `successes`: originals taken for members;
/// `control_successes`: controls taken for members. Error 22023 without a control group.
PairTried tell_members(Host& host, const Tables& tables, std::uint64_t attempts, Random& random);

}  // namespace pt::attack
