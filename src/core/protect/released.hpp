#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/population.hpp"
#include "core/protect/protect.hpp"

namespace pt::protect {

/// What a column level releases: 0 the value, 1..hierarchy levels a node, above that nothing.
std::uint32_t levels_of(const model::Attribute& column);

/// A population's events as they look at one setting: days become periods, event columns their
/// generalised values. Two source events that look the same have the same code.
class Released {
 public:
  Released(const model::Population& population, const Setting& setting);

  std::uint64_t code(std::uint64_t word) const {
    return std::uint64_t{period_of_day_[model::EventWord::day(word)]} * n_combos_ +
           combo_of_[model::EventWord::combo(word)];
  }
  /// The two parts of a code: of a day, and of a combination of the population.
  std::uint32_t period_index(std::uint32_t day) const { return period_of_day_[day]; }
  std::uint32_t combo(std::uint32_t combo) const { return combo_of_[combo]; }
  /// Type and period of an event, for the similarity of histories: never outcomes or details.
  std::uint64_t pattern(std::uint64_t word) const {
    return std::uint64_t{period_of_day_[model::EventWord::day(word)]} * n_types_ +
           type_of_[model::EventWord::combo(word)];
  }

  /// A code is (index into period_starts) * combos() + combination.
  const std::vector<std::int32_t>& period_starts() const { return period_start_; }

  /// Event columns that are released at all, as indexes into the population's.
  const std::vector<std::uint32_t>& columns() const { return columns_; }
  std::uint32_t combos() const { return n_combos_; }
  /// Released value of a released column of a combination; nullopt = missing.
  std::optional<std::string> value(std::uint32_t combo, std::size_t released_column) const;

 private:
  const model::Population& population_;
  std::vector<std::uint32_t> level_;
  std::vector<std::uint32_t> columns_;
  std::vector<std::uint32_t> period_of_day_;
  std::vector<std::int32_t> period_start_;
  std::vector<std::uint32_t> combo_of_, example_, type_of_;
  std::uint32_t n_combos_ = 0;
  std::uint32_t n_types_ = 1;
};

}  // namespace pt::protect
