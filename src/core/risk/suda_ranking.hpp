// Which columns identify people: distinction and separation of subsets of columns.
#pragma once

#include <cstdint>
#include <vector>

#include "core/group/recode_tuples.hpp"
#include "core/host.hpp"

namespace pt::risk {

/// How well a subset of the columns tells people apart.
struct SubsetFigures {
  std::vector<std::uint32_t> columns;  ///< ascending
  std::uint64_t classes = 0;
  std::uint64_t uniques = 0;  ///< people alone in their class
  double distinction = 0;     ///< classes / people
  double separation = 0;  ///< share of the pairs of people that are told apart; 0 for one person
};

/// More subsets are not ranked.
inline constexpr std::uint64_t kMostSubsets = 1000000;

/// Every non-empty subset of at most `max_size` columns, the most identifying first: by
/// distinction, then separation, then fewer columns, then the columns' order. O(subsets x tuples).
/// Throws 22023 for a max_size of 0, 54000 above kMostSubsets.
std::vector<SubsetFigures> rank_subsets(Host& host, const group::TupleTable& tuples,
                                        std::size_t max_size);

/// The order in which to give columns up: each step leaves out the column whose loss leaves the
/// fewest people unique (then the fewest classes, then the later column). Element 0 is all columns,
/// element s what is left after s steps; a last element without columns is one class of everybody.
struct GiveUpStep {
  SubsetFigures left;
  std::uint32_t given_up = 0;  ///< column left out in this step; meaningless for element 0
};
std::vector<GiveUpStep> columns_to_give_up(Host& host, const group::TupleTable& tuples);

}  // namespace pt::risk
