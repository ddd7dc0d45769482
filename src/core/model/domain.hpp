// A domain: the vocabulary and the rules of one field of public data (courts, hospitals, ...), as
// shipped or added by the owner in the catalog.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pt::model {

/// A type of event of a domain.
struct EventType {
  std::string name;
  std::string category;              ///< what rare types are rolled up to
  std::vector<std::string> aliases;  ///< other spellings in the data
  bool reoffence = false;            ///< counts as recidivism or readmission
};

/// A rule about the order of the events of one case.
struct EventRule {
  std::string event_type;
  std::vector<std::string> after_any_of;  ///< one of these comes before; empty: no demand
  std::vector<std::string> closed_by;     ///< one of these ends it; empty: nothing to end
  std::vector<std::string> ends_except;   ///< what may follow an event that ends the history
  bool hard = false;                   ///< anything else is an error in the data, not only unusual
  bool may_stay_open = true;           ///< the end may lie after the observation
  bool ends_history = false;           ///< nothing follows, but for ends_except
  std::optional<int> max_occurrences;  ///< in one case
};

/// One domain. Names are lower case with underscores; compare with normal_term.
struct Domain {
  std::string name;
  std::string title;
  std::string period;                  ///< default precision of time: "month", "week", ...
  std::string geography;               ///< default precision of place: "county", "city", ...
  std::vector<double> age_cut_points;  ///< ages no class should straddle, ascending
  std::vector<EventType> event_types;  ///< sorted by name
  std::vector<std::string> outcomes;   ///< sorted
  std::vector<std::string> reoffence_outcomes;  ///< outcomes that count as recidivism themselves
  std::vector<std::string> sensitive_fields;    ///< never released
  std::vector<std::string> preserve_fields;     ///< wanted by the analysis
  std::vector<EventRule> rules;

  /// The type of an event as the data spell it, through aliases; nullptr when unknown.
  [[nodiscard]] const EventType* find_event_type(std::string_view spelling) const;
  /// Whether an event of this type or with this outcome counts as recidivism or readmission.
  /// Either may be empty (NULL).
  [[nodiscard]] bool is_reoffence(std::string_view event_type, std::string_view outcome) const;
  /// Whether the rules let an event of type `later` come right after one of type `earlier` in any
  /// history: none after an end but what is excepted, no second one of what comes once, no other
  /// beginning of what is still open. Names of types.
  [[nodiscard]] bool may_follow_directly(std::string_view earlier, std::string_view later) const;
  /// Whether `spelling` is an outcome of the domain.
  [[nodiscard]] bool knows_outcome(std::string_view spelling) const;
};

/// Lower case, runs of anything but letters and digits as one underscore, none at the ends; bytes
/// above 127 are kept. "Plea Bargain" -> "plea_bargain".
[[nodiscard]] std::string normal_term(std::string_view text);

/// A spelling of an event type found in the data and how many rows have it.
struct CountedTerm {
  std::string term;
  double rows = 0;
};

/// How well a vocabulary fits: share of rows and of distinct terms that the domain knows, 0..1.
struct DomainFit {
  double rows = 0;
  double terms = 0;
};

[[nodiscard]] DomainFit fit(const Domain& domain, std::span<const CountedTerm> terms);

/// The domain that fits best, if it knows at least half of the rows and a third of the distinct
/// terms; nullptr otherwise. Ties go to the earlier domain. O(domains x terms).
[[nodiscard]] const Domain* recognise(std::span<const Domain> domains,
                                      std::span<const CountedTerm> terms);

}  // namespace pt::model
