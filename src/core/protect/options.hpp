#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/period.hpp"
#include "core/model/prf.hpp"
#include "core/model/sequence.hpp"
#include "core/noise/mechanism.hpp"
#include "core/protect/adviser.hpp"
#include "core/protect/register_attacker.hpp"

namespace pt::protect {

/// What the attacker of the target knows (doc/privacy-model.md).
enum class Attacker : std::uint8_t { demographics, demographics_and_events, events, with_register };

/// 'demographics', 'demographics+events', 'events', 'register'. Throws Error 22023 for another
/// word.
Attacker parse_attacker(std::string_view word);
std::string_view word(Attacker attacker);

/// What the domain says about the event vocabulary; indexes are codes of the columns' dictionaries.
struct Vocabulary {
  std::vector<std::string> category_of_type;  ///< code of event type -> category; empty = itself
  std::vector<bool> type_is_reoffence;        ///< code of event type
  std::vector<bool> outcome_is_reoffence;     ///< code of outcome (healthcare: readmitted)
};

/// What a count of people in a table (views _intervals and _groups) must be to be shown; beside it
/// stands the count of the others of the same group. At least Options::min_size people, too.
struct TableCells {
  double min_share = 0;      ///< smallest share of its group, 0..0.5
  bool zero_allowed = true;  ///< whether nobody may be shown as 0
};

/// Says that an event of type `later` often comes right after one of type `earlier`; said by an
/// adviser who has seen no data.
struct Succession {
  model::Code earlier, later;          ///< codes of event types
  std::optional<model::Code> outcome;  ///< of the later one; unset: any
};

/// Parameters of a run. Every number is checked by validate().
struct Options {
  double target_risk = 0.01;  ///< (0, 1]: mean risk over released people under `attacker`
  /// [0, 0.9]: share of the target that the ladder leaves unused, for cover that is lost later.
  double reserve = 0;
  double individual_limit = 0.10;  ///< (0, 1]: no persona above it
  Attacker attacker = Attacker::demographics_and_events;
  std::shared_ptr<PopulationCount> register_of;  ///< unset: attacker `register` is not measured
  std::uint32_t min_size = 5;                    ///< people in a persona, 2..
  std::uint32_t max_size = 50;                   ///< people in a persona, >= min_size
  double age_tolerance = 3;        ///< years either side: age ranges up to twice this are preferred
  std::optional<double> cohesion;  ///< 0 mixed .. 1 similar histories together; unset = chosen
  std::optional<model::Period> period;  ///< finest period to release; unset = month
  std::uint32_t geography_level = 0;    ///< 0 finest; levels of the geography's hierarchy above
  bool gender_match = true;             ///< false: gender may be generalised like any attribute
  bool ethnicity_match = true;
  std::vector<double> cut_points;     ///< ages no class straddles while it can be helped
  std::vector<std::string> wanted;    ///< event columns of use: given up after other details
  std::vector<std::string> preserve;  ///< event columns given up only when nothing else holds
  std::vector<std::string> withhold;  ///< event columns that are never released
  TableCells table_cells;
  Vocabulary vocabulary;
  model::SequenceRules rules;  ///< of the domain, over codes of event types
  noise::NoiseOptions noise;   ///< none unless asked for
  /// Largest share of the published events that may be synthetic, 0..0.25; 0: none.
  double synthetic = 0;
  /// Whether classes with the highest risk may be joined one by one, so that a setting holds that
  /// has just missed.
  bool targeted = false;
  std::vector<Succession> successions;  ///< where synthetic events may go as well
  std::string successions_by;           ///< name of who said so
  std::vector<Proposal> proposals;      ///< candidates that compete with those of the rules
  std::uint64_t seed = 0;               ///< part of the keys of `randomness` already

  /// What the ladder has to reach: these options with the target less its reserve, and no reserve.
  Options with_reserve_kept() const;
  bool wants(std::string_view event_column) const;
  bool preserves(std::string_view event_column) const;

  /// Throws Error 22023 naming the first parameter out of range and its range.
  void validate() const;
};

}  // namespace pt::protect
