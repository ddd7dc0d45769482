#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/model/sequence.hpp"
#include "core/noise/jitter.hpp"
#include "core/noise/pram.hpp"

namespace pt::noise {

/// How much noise is asked for; 0 everywhere is none.
struct NoiseOptions {
  std::uint32_t jitter_days = 0;  ///< dates move by up to this many days, 0..366
  double outcome = 0;             ///< probability that an outcome is drawn anew, 0..0.9
  double detail = 0;  ///< numeric details move by up to this share of themselves, 0..0.9
  std::vector<std::string> numeric_details;  ///< event columns that hold numbers

  bool any() const { return jitter_days > 0 || outcome > 0 || detail > 0; }
  /// Throws Error 22023 naming the first one out of range.
  void validate() const;
};

/// A person's event before and after noise.
struct NoisyEvent {
  std::int32_t day;     ///< true day; model::kNoDay
  model::Code outcome;  ///< true outcome; model::kMissing
  std::uint64_t shown;  ///< EventWord as perturbed
};

/// The outcomes of one event type, and how they are perturbed. Published.
struct OutcomeMatrix {
  std::optional<std::string> event_type;  ///< unset: events without a type
  std::vector<std::string> outcomes;
  Pram pram;
};

/// Perturbs the events of a population in place and remembers what they were: the published
/// mechanism and, for the risk measure, the truth. Draws depend on `randomness` (secret and seed),
/// on the person and on the true day alone, so that the same event is perturbed in the same way
/// whenever the source is read.
///
/// Memory: 16 bytes an event. O(events log events).
class Mechanism {
 public:
  Mechanism(Host& host, model::Population& population, const NoiseOptions& options,
            const model::SequenceRules& rules, const model::Prf& randomness);

  const NoiseOptions& options() const { return options_; }
  const JitterRule& jitter_rule() const { return jitter_; }
  const std::vector<OutcomeMatrix>& matrices() const { return matrices_; }
  /// Events of a person in their true order (those without a day first).
  std::span<const NoisyEvent> events_of(std::uint32_t person) const {
    return {events_.data() + first_[person], events_.data() + first_[person + 1]};
  }
  bool changed(std::uint64_t event) const { return changed_[event]; }
  std::uint64_t first_event(std::uint32_t person) const { return first_[person]; }
  /// Share of events of which any value has changed.
  double changed_share() const;

  /// Combinations that differ from `combo` (as perturbed) in their outcome at most, with the
  /// outcomes; those that no published event has are left out.
  struct Alternative {
    std::uint32_t combo;
    model::Code outcome;
  };
  std::span<const Alternative> alternatives(std::uint32_t combo) const;
  /// P(`to` is published | `from` is true) for outcomes of an event with the perturbed combination
  /// `combo`.
  double outcome_probability(std::uint32_t combo, model::Code from, model::Code to) const;

 private:
  class Builder;
  static constexpr std::uint32_t kNoMatrix = 0xFFFFFFFFu;

  NoiseOptions options_;
  JitterRule jitter_;
  std::vector<OutcomeMatrix> matrices_;
  std::vector<std::vector<model::Code>> outcome_codes_;  // of each matrix
  std::pmr::vector<NoisyEvent> events_;
  std::pmr::vector<std::uint32_t> first_;
  std::vector<bool> changed_;
  std::vector<Alternative> alternatives_;   // grouped by frame
  std::vector<std::uint32_t> frame_begin_;  // of each combination, into alternatives_
  std::vector<std::uint32_t> frame_end_;
  std::vector<std::uint32_t> matrix_of_combo_;
};

}  // namespace pt::noise
