#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/noise/mechanism.hpp"
#include "core/protect/released.hpp"
#include "core/risk/cover.hpp"

namespace pt::noise {

/// The attacker who knows a person's true demographics and all true events, the release, and how it
/// was perturbed (doc/privacy-model.md, "Noise and its attackers").
///
/// Let L(p) be the probability that the person's events, perturbed anew, all fit into persona p.
/// The attacker's posterior probability of one member of p is L(p) / sum over personas of the class
/// of people x L; the risk is its maximum over p. Without noise L is 0 or 1 and the risk is 1 /
/// (people in the consistent set).
///
/// L is exact: an event that can change its period can lie on either side of one boundary only, so
/// the numbers of dates before each boundary are independent sums of independent events, and sorted
/// dates make the events between two boundaries a run of the person's events; the runs are a Markov
/// chain. Where an assumption fails the attacker is told the released form instead, which makes him
/// stronger: the dates of a person of whom one can reach three periods, the numeric details, and
/// outcomes beyond the first `kMostUnknown`.
class Posterior {
 public:
  static constexpr std::size_t kMostUnknown = 6;

  Posterior(Host& host, const model::Population& population, const Mechanism& mechanism,
            const protect::Released& released, model::Period period);

  /// The personas of a class and what they hold. `pooled` as risk::pool gives it; `sizes[p]` =
  /// people of persona p. Both are copied from.
  void set_class(std::span<const risk::PersonaEvents> pooled, std::span<const std::uint32_t> sizes);

  /// For one person of persona `own`: L of his own persona, the largest L, and the sum of people x
  /// L over the other personas. O(personas x events) for a few events on a boundary.
  struct Belief {
    double own, highest, others;
  };
  Belief believe(std::uint32_t person, std::uint32_t own);

 private:
  /// An event of the person: where its released code can lie.
  struct Choice {
    std::uint32_t combo;  // released
    double probability;
  };
  struct Known {
    std::uint32_t begin, end;  // into choices_
    bool fixed() const { return end - begin == 1; }
  };
  /// A period that an event may be released in.
  struct Slot {
    std::int64_t index;        // into period_starts, -1: no event is published there
    std::size_t low;           // fewest events up to the end of it
    std::vector<double> upto;  // P(low, low + 1, ... events up to the end of it)
  };

  void describe(std::uint32_t person);
  void add_choices(const NoisyEvent& event, std::size_t& unknown);
  void place_dates(std::span<const NoisyEvent> events);
  void place_as_shown(std::span<const NoisyEvent> events);
  std::int64_t slot_index(std::int32_t start) const;
  double fit(std::uint32_t persona);
  double fit_run(std::uint32_t persona, std::int64_t period, std::size_t from, std::size_t to);
  double place_unknown(std::size_t from, std::size_t to);
  std::uint32_t held(std::uint32_t persona, std::uint64_t code) const;

  Host& host_;
  const model::Population& population_;
  const Mechanism& mechanism_;
  const protect::Released& released_;
  model::Period period_;

  struct Held {
    std::uint64_t code;
    std::uint32_t count;
  };
  std::vector<std::vector<Held>> held_;  // by persona, ascending codes
  std::vector<std::uint32_t> sizes_;

  // of the person described
  std::vector<Known> known_;
  std::vector<Choice> choices_;
  std::vector<Slot> slots_;
  // scratch
  struct Room {
    std::uint32_t combo;
    std::uint32_t left;
  };
  std::vector<Room> room_;
  std::vector<double> now_, next_;
};

}  // namespace pt::noise
