// Expected sizes of classes under log-linear models of the quasi-identifiers: independence, and all
// two-way interactions. They smooth the counts of the sample, so that a lonely record is told from
// one that is rare in the population.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "core/group/recode_tuples.hpp"
#include "core/host.hpp"

namespace pt::risk {

/// Expected number of the sample's people in each tuple's cell, under independence: n times the
/// product over the attributes of the share of the tuple's value. O(tuples x attributes).
std::pmr::vector<double> independence_means(Host& host, const group::TupleTable& tuples);

/// What iterative proportional fitting ends with.
struct TwoWayFit {
  explicit TwoWayFit(std::pmr::memory_resource* memory) : mean(memory) {}

  std::pmr::vector<double> mean;  ///< by tuple; empty when there is no fit
  bool converged = false;         ///< every fitted two-way margin within 1e-6 of the sample's
  std::uint32_t iterations = 0;
  std::string why;  ///< why there is no fit, or why it has not converged
};

/// The model with all two-way interactions, fitted by iterative proportional fitting (Deming &
/// Stephan 1940). Only cells whose two-way margins are all positive are held; with more than
/// `most_cells` of them there is no fit. O(cells x attributes^2) an iteration, 12 bytes a cell and
/// 4 for each attribute.
TwoWayFit fit_two_way(Host& host, const group::TupleTable& tuples,
                      std::size_t most_cells = std::size_t{1} << 20,
                      std::uint32_t most_iterations = 200);

}  // namespace pt::risk
