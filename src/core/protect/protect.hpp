#pragma once

#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/protect/options.hpp"
#include "core/risk/pooled.hpp"

namespace pt::protect {

/// One point of the ladder: how coarse everything is released.
struct Setting {
  friend bool operator==(const Setting&, const Setting&) = default;
  model::Period period = model::Period::month;
  std::vector<std::uint32_t> column_level;  ///< per event column: 0 as it is, 1 rolled up along its
                                            ///< hierarchy or category, ..., last = left out
  std::uint32_t geography_level = 0;
  std::uint32_t place_people = 0;  ///< people a cell that shows a place has at least
  std::uint32_t place_total = 0;   ///< people a place that is shown has at least, in all its cells
  std::uint32_t cell_people =
      0;                      ///< people a protected cell has at least; smaller ones share a label
  std::uint32_t classes = 0;  ///< budget of equivalence classes
  std::uint32_t persona_size = 50;  ///< people a persona aims at
  double cohesion = 0;
  double synthetic = 0;      ///< share of the published events that are synthetic
  bool successions = false;  ///< these may follow Options::successions as well
  /// Splits of the tree that are not made, ascending: their classes stay joined, for their risk.
  std::vector<std::uint32_t> undone = {};
};

/// Risk under every attacker; averages over released people, maxima over personas. NaN: not defined
/// (no events, or not computed).
struct Risks {
  double demographics_average, demographics_maximum;
  double one_event_average, one_event_maximum;    ///< demographics + any 1 event
  double two_events_average, two_events_maximum;  ///< demographics + any 2 events
  double all_events_average, all_events_maximum;  ///< demographics + all events
  double events_average, events_maximum;          ///< all events, no demographics
  double register_average, register_maximum;      ///< demographics + a register of the population
};

/// One measured candidate of the ladder.
struct Decision {
  std::uint32_t step;
  std::uint32_t rung;  ///< 1 merge, 2 events, 3 demographics, 4 synthetic events; 0 the start
  std::string action;  ///< closed set: start, merge_classes, separate_classes, sort_personas,
  ///< join_risky_classes, coarsen_period, coarsen_columns, restore_detail, generalize_geography,
  ///< generalize_labels, add_synthetic_events, verify
  std::string setting;  ///< in words
  double average_before, average_after, maximum_before, maximum_after;
  double utility_before, utility_after;
  bool holds;   ///< target and individual limit hold after it
  bool chosen;  ///< kept as the current setting
  std::string why;
  std::string proposed_by = "rules";  ///< who proposed it: the rules, or an adviser by name
};

/// The values of one attribute that a class stands for: who comes later fits it only with these.
struct ClassValues {
  std::vector<std::string> labels;  ///< nominal: sorted
  double low = 0, high = -1;        ///< ordered: smallest and largest; low > high: none
  bool missing = false;             ///< some have no value
};

/// An equivalence class: what is released about its people, and figures of the class.
struct ClassRow : ClassLabels {
  std::uint32_t people;
  double age_mean;                  ///< NaN without ages
  double confidence;                ///< 1 - share of demographic information removed
  double weight_mean;               ///< mean sampling weight, NaN without
  bool generalized_label;           ///< gender or ethnicity label generalised for a small cell
  std::string recidivism_json;      ///< recidivism_indicators
  std::vector<ClassValues> values;  ///< of each attribute of the population
};

/// A persona: its class, its people and its pooled events.
struct PersonaRow {
  std::uint32_t class_no;
  std::uint32_t people;
  model::Hash128 key;  ///< smallest member key: the same for the same members
  double risk;         ///< traceability score: maximum over members, chosen attacker
  double noise;        ///< share of its events of which any value was perturbed
  std::uint64_t event_begin, event_end;  ///< rows event_begin..event_end-1 of Protected::event()
};

/// A published event row: `weight` equal source events of one persona.
struct EventRow {
  std::int32_t period_start;  ///< first day of the period, model::kNoDay = time unknown
  std::uint32_t combo;        ///< row of Protected::combos
  std::uint32_t weight;
};

/// How events were perturbed.
struct NoiseReport {
  noise::NoiseOptions options;
  double changed_share;                        ///< of events of which any value has changed
  std::vector<noise::OutcomeMatrix> matrices;  ///< by event type
};

/// Synthetic events of the personas. Which rows they are is never published.
struct SyntheticReport {
  struct Row {
    std::uint32_t persona;
    std::int32_t period_start;  ///< as EventRow
    std::uint32_t combo;
    std::uint32_t weight;
  };
  /// Published events of one type.
  struct Type {
    std::optional<std::string> event_type;
    std::uint64_t synthetic = 0, all = 0;
  };
  std::vector<Row> rows;  ///< by persona
  std::vector<Type> types;
  std::uint64_t added = 0, unplaced = 0;
  double share = 0;  ///< of all published events
};

/// What the ladder ends with.
struct Protected {
  explicit Protected(std::pmr::memory_resource* memory)
      : persona_of(memory), risk(memory), content(memory), pooled(memory) {}

  static constexpr std::uint32_t kSuppressed = 0xFFFFFFFFu;

  Setting setting;
  bool target_met = false;
  Risks risks{};
  double average = 0, maximum = 0;  ///< under the chosen attacker
  double utility = 0;
  std::vector<ClassRow> classes;
  std::vector<PersonaRow> personas;            ///< ordered by key
  std::pmr::vector<std::uint32_t> persona_of;  ///< person -> persona or kSuppressed
  std::pmr::vector<float> risk;  ///< person -> risk under the chosen attacker, 0 suppressed
  std::pmr::vector<std::uint64_t> content;  ///< person -> release::Contents, 0 suppressed
  risk::PackedEvents pooled;                ///< published event rows: by persona, then code
  std::vector<std::int32_t> period_starts;  ///< ascending
  EventRow event(std::uint64_t i) const {
    const risk::PersonaEvents row = pooled[i];
    return {period_starts[row.code / combos.size()],
            static_cast<std::uint32_t>(row.code % combos.size()), row.count};
  }
  std::vector<std::string> column_names;  ///< released event columns
  std::vector<std::uint32_t> column_of;   ///< released column -> event column of the population
  std::vector<std::vector<std::optional<std::string>>> combos;  ///< values of released columns
  std::vector<std::string> other_names;  ///< further quasi-identifiers released
  std::vector<Decision> decisions;

  std::uint64_t released = 0, suppressed = 0;
  std::uint64_t label_generalized = 0;  ///< people whose gender or ethnicity label is generalised
  std::uint64_t place_generalized = 0;  ///< people whose geography is coarser than asked for
  std::uint64_t homogeneous_personas =
      0;                                 ///< fewer than 2 distinct values of a sensitive attribute
  std::uint64_t high_risk_personas = 0;  ///< above 0.25
  double mean_age_width = 0;             ///< people-weighted, years; NaN without ages
  std::optional<NoiseReport> noise;      ///< unset: nothing was perturbed
  std::optional<SyntheticReport> synthetic;         ///< unset: there are none
  std::string help;                                 ///< target missed: what would help, in words
  std::optional<std::uint32_t> size_that_would_do;  ///< smallest tried max_size that holds
};

/// Runs the ladder: groups, assesses and adjusts until target and individual limit hold, choosing
/// the best utility that does (doc/privacy-model.md defines utility). `randomness` is keyed by
/// (installation secret, seed). Deterministic: a function of its arguments alone. The levels that
/// event types are rolled up along are added to `population`. Throws Error 22023 for bad options.
Protected protect(Host& host, model::Population& population, const Options& options,
                  const model::Prf& randomness);

/// An object of objects of counts, such as {"risk_screening": {"High": 3, "Low": 40}}: no name
/// comes twice in an object, and those of counts come shorter ones first, equally long ones by
/// their bytes.
struct NestedCounts {
  struct Count {
    std::string_view name;
    std::uint64_t count;
  };
  struct Object {
    std::string_view name;
    std::size_t begin, end;  ///< into counts
  };
  std::vector<Object> objects;
  std::vector<Count> counts;
};

/// The jsonb and array columns of a persona that are functions of its published rows.
struct EventSummary {
  std::vector<std::string> event_types;  ///< distinct, sorted
  NestedCounts temporal_patterns;        ///< {"H1 2014": {"arrest": 3}, ...} in order of time
  NestedCounts outcome_distributions;    ///< {"risk_screening": {"High": 3, "Low": 40}, ...}
};

/// Summarises personas of one result; both arguments must outlive it. O(rows log rows) a persona.
class EventSummaries {
 public:
  EventSummaries(const model::Population& population, const Protected& result);
  /// Valid until the next call.
  const EventSummary& of(const PersonaRow& persona);

 private:
  struct Names {
    Names(const Protected& result, std::optional<std::size_t> column, const char* missing);
    std::vector<std::string> names;       // shorter ones first, equally long ones by their bytes
    std::vector<std::uint32_t> of_combo;  // its place in names
  };
  /// Types with an outcome that some combination has, ascending.
  struct Pairs {
    Pairs(const Names& types, const Names& outcomes);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    std::vector<std::uint32_t> of_combo;  // its place in pairs
  };
  static std::optional<std::size_t> find(const model::Population& population,
                                         const Protected& result, model::EventPart part);
  void end_period(std::int32_t start);
  void add_outcomes();

  const Protected& result_;
  Names types_, outcomes_;
  std::map<std::int32_t, std::string> periods_;  // labels by first day
  Pairs pairs_;
  std::vector<std::uint64_t> counts_, totals_;  // by type: of a period, of a persona
  std::vector<std::uint64_t> pair_counts_;      // by pair, of a persona
  std::vector<std::uint32_t> seen_, all_seen_;  // types whose count is not 0
  std::vector<std::uint32_t> pairs_seen_;
  EventSummary summary_;
};

/// Risk targets against what they cost: the ladder run for each target. Same contract as protect.
struct FrontierPoint {
  double target;
  bool met;
  double average, maximum, utility, mean_age_width;
  model::Period period;
  std::uint32_t classes, personas;
  std::uint64_t suppressed;
};
std::vector<FrontierPoint> frontier(Host& host, model::Population& population,
                                    const Options& options, const model::Prf& randomness,
                                    const std::vector<double>& targets);

}  // namespace pt::protect
