#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/noise/mechanism.hpp"
#include "core/protect/released.hpp"
#include "core/risk/cover.hpp"

namespace pt::noise {

/// How published events are numbered: (index into period_starts) x combos + combination.
struct Numbering {
  std::vector<std::uint32_t> combo_of;      ///< combination of the population -> published one
  std::vector<std::int32_t> period_starts;  ///< ascending; model::kNoDay first
  std::uint32_t combos = 1;
};

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
  /// Of a release that was read from where it is published.
  Posterior(Host& host, const model::Population& population, const Mechanism& mechanism,
            Numbering numbering, model::Period period);

  /// The personas of a class and what they hold. `pooled` as risk::pool gives it; `sizes[p]` =
  /// people of persona p. Both are copied from.
  void set_class(std::span<const risk::PersonaEvents> pooled, std::span<const std::uint32_t> sizes);

  /// For one person of persona `own`: L of his own persona, the largest L, the people of the
  /// personas that have it, and the sum of people x L over the other personas. O(personas x events)
  /// for a few events on a boundary.
  struct Belief {
    double own, highest, others;
    std::uint64_t likeliest;
  };
  Belief believe(std::uint32_t person, std::uint32_t own);

  /// Perturbs the events of a person anew, as the attacker can do it himself, and writes their
  /// codes (ascending). False if an event comes out as none that is published. What the attacker is
  /// told stays as it is. `bits`: independent words of 64 random bits. With the share of draws that
  /// fit into persona p it is a second way to L(p), which does not use the chain. O(events log
  /// events).
  bool perturb(std::uint32_t person, const std::function<std::uint64_t()>& bits,
               std::vector<std::uint64_t>& codes);
  /// Whether a persona of the class holds `codes` (ascending).
  bool holds(std::uint32_t persona, std::span<const std::uint64_t> codes) const;

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
  void draw_periods(std::span<const NoisyEvent> events, const std::function<std::uint64_t()>& bits);
  double fit_run(std::uint32_t persona, std::int64_t period, std::size_t from, std::size_t to);
  double place_unknown(std::size_t from, std::size_t to);
  std::uint32_t held(std::uint32_t persona, std::uint64_t code) const;

  Host& host_;
  const model::Population& population_;
  const Mechanism& mechanism_;
  Numbering numbering_;
  model::Period period_;
  std::vector<std::int64_t> period_of_day_;  // day of the population -> index into period_starts

  struct Held {
    std::uint64_t code;
    std::uint32_t count;
  };
  std::vector<std::vector<Held>> held_;  // by persona, ascending codes
  std::vector<std::uint32_t> sizes_;

  // of the person described
  static constexpr std::uint32_t kNobody = 0xFFFFFFFFu;
  std::uint32_t person_ = kNobody;
  bool told_dates_ = false;
  std::vector<Known> known_;
  std::vector<Choice> choices_;
  std::vector<Slot> slots_;
  // scratch
  std::uint32_t room_for(std::uint32_t persona, std::int64_t period, std::uint32_t combo);
  std::vector<std::uint32_t> left_;           // how many more each room of a run holds
  std::vector<std::uint32_t> room_of_combo_;  // valid where opened_ is now_open_
  std::vector<std::uint64_t> opened_;
  std::uint64_t now_open_ = 0;
  std::vector<double> chances_;  // room x unknown event
  std::vector<double> now_, next_;
  std::vector<std::int32_t> moved_;
  std::vector<std::int64_t> drawn_periods_;
};

}  // namespace pt::noise
