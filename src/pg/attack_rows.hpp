// Rows of pt_attack and pt_attack_pair.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/attack/rates.hpp"
#include "core/model/prf.hpp"
#include "pg/datum.hpp"

namespace pt::pg {

/// What the result of an attack is made of; fields as in the SQL type pt_attack_result.
struct AttackRow {
  std::string attack;
  std::uint64_t attempts = 0, successes = 0;
  std::optional<std::uint64_t> persona_hits;
  std::optional<attack::Interval> control;  ///< nothing: no control
  std::optional<double> control_rate;
  std::optional<double> claimed_risk, claimed_maximum;
  std::optional<double> exact_mean, exact_maximum;
  std::optional<double> baseline_rate;
  /// An attack on names is judged by its own success, others by the residual over the control.
  bool judged_by_residual = false;
  /// The exact mean is over other people than the claim: it can be below it, but not contradict it.
  bool of_others = false;
  std::string note;
};

/// Works out rates, intervals and the verdict, and sends the row.
void send_row(const AttackRow& row, double confidence, ResultSet& out);

/// 22023 unless 1 <= attempts <= 10,000,000 and 0 < confidence < 1.
void check_attempts(std::int64_t attempts, double confidence);

/// Randomness of an attack: of the seed alone, so that it can be repeated anywhere.
[[nodiscard]] model::Prf attack_randomness(std::int64_t seed);

}  // namespace pt::pg
