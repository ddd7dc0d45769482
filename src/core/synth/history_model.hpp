// A model of event histories, fitted on a source: which type of event comes next, and after how
// many days, given who it is and what happened before.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/model/sequence.hpp"

namespace pt::synth {

/// The dated events of one person as the model reads them, in an order that the rules allow.
struct History {
  std::vector<std::int32_t> days;  ///< ascending
  std::vector<model::Code> types;  ///< model::kMissing: unknown
};

/// What has happened up to a point of a history.
struct State {
  std::uint32_t group = 0;             ///< gender and ethnicity, see HistoryModel::group_of
  model::Code last = model::kMissing;  ///< type of the last event
  std::uint64_t seen = 0;              ///< bit (type mod 64) of every type so far
};

/// An event-history chain with back-off. The next type, or the end, has the shares found among the
/// people in the same context; contexts are, from fine to coarse: (group, last type, types seen),
/// (last type, types seen), (group, last type), (last type), nothing. The finest one with at least
/// `leaf_people` distinct people counts, so that nobody's history is a rule by itself. Gaps are
/// drawn from those between the same two types, in the group or else in all, likewise, and smoothed
/// between neighbouring order statistics.
///
/// Fitted by one pass over the events, O(events log events). Memory: about 8 bytes an event and a
/// few hundred bytes a context.
class HistoryModel {
 public:
  /// The first event of a history follows the first day of the data. Throws Error 22023 when no
  /// column holds event types.
  HistoryModel(Host& host, const model::Population& population, const model::SequenceRules& rules,
               std::uint32_t leaf_people);

  /// Gender and ethnicity of a person as one number.
  std::uint32_t group_of(std::uint32_t person) const;
  /// The person's dated events, those of one day in an order that the rules allow.
  void read(std::uint32_t person, History& out) const;

  /// The state after the first `events` of a history.
  static State state_after(std::uint32_t group, const History& history, std::size_t events);
  /// P(an event of `type` is the next one).
  double next(const State& state, model::Code type) const;
  /// P(the gap from the last event to one of `type` is low..high days), low <= high.
  double gap_within(const State& state, model::Code type, std::int32_t low,
                    std::int32_t high) const;
  /// Days from the last event to one of `type`, for a uniform number 0 <= u < 1; -1 when the data
  /// hold no such pair often enough.
  std::int32_t draw_gap(const State& state, model::Code type, double u) const;

  std::size_t types() const { return types_; }
  std::size_t type_column() const { return type_column_; }
  /// First and last day of the data.
  std::int32_t first_day() const { return first_day_; }
  std::int32_t last_day() const { return last_day_; }

 private:
  struct Context {
    std::uint32_t people = 0;
    std::uint32_t last_person = 0xFFFFFFFFu;
    double events = 0;
    std::vector<std::uint32_t> count;  // by type; the last one is the end
  };
  struct Gaps {
    std::uint32_t people = 0;
    std::uint32_t last_person = 0xFFFFFFFFu;
    std::vector<std::int32_t> days;  // ascending after the fit
  };

  void fit(Host& host);
  void count(std::uint64_t key, std::uint32_t person, std::size_t outcome);
  void count_gap(std::uint64_t key, std::uint32_t person, std::int32_t gap);
  const Gaps* gaps(const State& state, model::Code type) const;

  const model::Population& population_;
  const model::SequenceRules& rules_;
  std::uint32_t leaf_people_;
  std::size_t types_ = 0;
  std::size_t type_column_ = 0;
  std::int32_t first_day_ = 0, last_day_ = 0;
  std::vector<std::size_t> group_columns_;
  std::unordered_map<std::uint64_t, Context> contexts_;  // looked up, never walked through
  std::unordered_map<std::uint64_t, Gaps> gaps_;
};

}  // namespace pt::synth
