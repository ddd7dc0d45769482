// Disparities between groups, measured in the source and in the release from counts, and whether
// they are the same there.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/stats/proportion.hpp"

namespace pt::utility {

/// The protected attributes, in this order everywhere.
enum class Attribute : std::size_t { gender, ethnicity, geography };
inline constexpr std::size_t kAttributes = 3;

/// Labels of a group of people or events, one per attribute; empty: unknown, or not in the data.
using Labels = std::array<std::string, kAttributes>;

/// People with these labels; those of whom it is known whether they reoffended, and who did.
struct PeopleCount {
  Labels labels;
  double people = 0, known = 0, reoffended = 0;
};

/// Events with these labels, of a type, with a value of the column.
struct EventCount {
  Labels labels;
  std::string event_type;
  std::optional<std::string> value;
  double events = 0;
};

/// What a column of events is counted as.
enum class Measure : std::uint8_t {
  outcome,   ///< shares of each value among the events of a type that have one
  category,  ///< shares of each value among all events that have one
  number     ///< means among the events of a type
};

/// All events by one column.
struct ColumnCounts {
  std::string column;  ///< name in the source; empty: no column, events by type alone
  Measure measure = Measure::outcome;
  std::vector<EventCount> events;
  std::string withheld;  ///< in the release: why there is nothing to compare; empty: there is
};

/// People with these labels, and those of them who have an event of a type.
struct PeopleWith {
  Labels labels;
  std::string event_type;
  double people = 0, with = 0;
};

/// Counts of the source or of the release. Both have the same columns in the same order.
struct Counts {
  std::array<bool, kAttributes> has{};  ///< attributes that are there
  bool has_reoffence = false;
  std::vector<PeopleCount> people;
  std::vector<ColumnCounts> columns;
  std::vector<PeopleWith> people_with;
  std::string no_people_with;  ///< in the release: why it can't tell of other types; empty: it can
};

/// A comparison of two groups (or of all groups, for an association) in one of the two. NaN: does
/// not exist.
struct Effect {
  double n1 = 0, n0 = 0;          ///< people or events of the compared and the reference group
  double value1 = 0, value0 = 0;  ///< their rates or means
  stats::Estimate effect;         ///< on the scale that is judged
  double p_value = 0;
  std::string test;
  stats::Estimate difference;  ///< of rates (Newcombe) or means (Welch)
  stats::Estimate ratio;       ///< of rates
  stats::Estimate odds_ratio;
  double standardized = 0;   ///< (p1 - p0) / mean standard deviation; Cohen's d for means
  stats::Estimate adjusted;  ///< Mantel-Haenszel odds ratio, strata: the other attributes
  double rank_p_value = 0;   ///< Kruskal-Wallis over the two groups, for means
};

/// One disparity in both, and the verdict.
struct Disparity {
  Attribute attribute = Attribute::gender;
  std::string measure;     ///< 'outcome rate', 'category rate', 'mean', 'events per person',
                           ///< 'people with', 'reoffence', 'association'
  std::string event_type;  ///< empty: all
  std::string column, value;
  std::string compared, reference;  ///< groups; empty for associations
  std::string scale;                ///< what `effect` is
  std::optional<Effect> source, release;
  double effect_preservation = 0;  ///< 1 - |difference| / max(|source|, its standard error)
  std::optional<bool> significance_preserved, sign_preserved;
  double interval_overlap = 0;
  std::optional<bool> preserved;  ///< none: can't be judged, and `why`
  std::string why;
};

struct DisparityOptions {
  double required_preservation = .9;
  double significance = .05;
  double confidence = .95;
};

/// Groups of an attribute with their people, the largest first (ties by name).
[[nodiscard]] std::vector<std::pair<std::string, double>> groups(const Counts& counts, Attribute a);

/// All disparities that the source has: for each attribute every group against the largest one, for
/// every measure, in a fixed order. Groups or values that the release does not show are there, not
/// preserved; attributes and columns that it does not have at all are there without a verdict.
/// O(cells x groups).
[[nodiscard]] std::vector<Disparity> disparities(const Counts& source, const Counts& release,
                                                 const DisparityOptions& options, Host& host);

}  // namespace pt::utility
