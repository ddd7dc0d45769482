// Unions of classes that a table of people is published for.
#pragma once

#include <cstdint>
#include <vector>

#include "core/host.hpp"
#include "core/protect/counts.hpp"
#include "core/protect/protect.hpp"

namespace pt::protect {

/// Says whether a union of units may be shown. It holds the union that it is asked about.
class BlockRule {
 public:
  BlockRule() = default;
  BlockRule(const BlockRule&) = delete;
  BlockRule& operator=(const BlockRule&) = delete;
  virtual ~BlockRule() = default;
  /// Begins with nobody.
  virtual void clear() = 0;
  virtual void add(std::uint32_t unit) = 0;
  /// The first `strictness` of its demands hold.
  [[nodiscard]] virtual bool safe(std::size_t strictness) const = 0;
  [[nodiscard]] virtual std::size_t demands() const = 0;
};

/// Classes in the order of their protected cells (ethnicity, gender, geography), then of ages.
std::vector<std::uint32_t> by_cell(const std::vector<ClassRow>& classes);

/// Merges units (consecutive classes of a cell, in the order of by_cell) into disjoint blocks of
/// units of one cell that the rule calls safe, in the order of ages, as small as that order allows.
/// Where a whole cell is not safe, the last demands are given up for it, one after the other. A
/// cell that does not hold even the first is in no block. O(units x demands), times the cost of the
/// rule.
std::vector<Block> make_blocks(Host& host, const std::vector<ClassRow>& classes,
                               const std::vector<Block>& units, BlockRule& rule);

/// Divides a block of make_blocks into smaller ones for which the first demand of the rule holds,
/// in the same way; nothing if it does not hold for the whole block.
std::vector<Block> divide_block(Host& host, const std::vector<ClassRow>& classes,
                                const std::vector<Block>& units, BlockRule& rule,
                                const Block& block);

/// Whether all these classes have one gender, ethnicity and geography.
bool in_one_cell(const std::vector<ClassRow>& classes, const Block& block);

}  // namespace pt::protect
