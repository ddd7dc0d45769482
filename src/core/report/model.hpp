// What a privacy report says: figures and names, no markup. src/pg gathers it, render() writes it.
// Names come from the data and may hold anything; risks and shares are fractions 0..1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pt::report {

/// Who will read it. The public form is what may stand beside the release.
enum class Audience : std::uint8_t { internal, open };

/// A number of people that may be small. In the public form only 0 or numbers from the minimum size
/// on are printed.
struct People {
  std::int64_t count = 0;
  std::int64_t minimum = 0;  ///< 1 and more, but below this: "fewer than `minimum`"; 0: print all
};

/// The chance to name a person, for one attacker.
struct AttackerRisk {
  std::string attacker;  ///< a word of doc/privacy-model.md, such as demographics+events
  std::optional<double> average, maximum;
  bool judged = false;  ///< target and limit are held against this one
  std::string note;     ///< why a figure is missing
};

/// A rule of the profile (of the run itself without one).
struct Rule {
  std::string name, required, found;
  bool passed = false;
  std::string remedy;
};

/// A step of the ladder.
struct Step {
  std::int32_t number = 0;
  std::string action, setting;
  std::optional<double> average, maximum, utility;
  bool holds = false, chosen = false;
  std::string why, proposed_by;
};

/// A bar of a distribution.
struct Bar {
  std::string label;
  double value = 0;
};

/// One comparison of two groups in the source or in the release.
struct Side {
  double n1 = 0, n0 = 0;          ///< people or events of the compared and the reference group
  double value1 = 0, value0 = 0;  ///< their rates or means
  double effect = 0;              ///< on the scale of the comparison
  std::optional<double> low, high, p_value;
};

/// A disparity before and after.
struct Comparison {
  std::string attribute, measure, event_type, column, value, compared, reference, scale;
  std::optional<Side> source, release;
  std::optional<bool> kept;  ///< none: can't be judged
  std::string why;
};

/// An attack that was run on the release.
struct Attack {
  std::string name;
  std::int64_t attempts = 0;
  std::optional<double> rate, low, high, control, residual, claimed;
  std::optional<double> exact;  ///< mean chance over all people, by enumeration
  std::optional<bool> within_claim;
  std::string note;
};

/// A research question.
struct Question {
  std::string text;
  bool in_source = false;   ///< the source can answer it
  bool answerable = false;  ///< the release can, too
  std::string why, scale;
  std::optional<double> power, source, release;
  std::optional<bool> kept;
};

/// A part of the verdict on utility that is stored with the release.
struct Part {
  std::string name;
  std::optional<double> required, found;
  std::int64_t judged = 0, preserved = 0;
  std::optional<bool> passed;
  std::string why;
};

/// A column of the source and what became of it; or a column of the release.
struct Column {
  std::string relation, name, role, fate;
};

/// People with one label of a protected attribute, in the release.
struct Group {
  std::string attribute, label;
  People people;
};

/// A published table.
struct Checksum {
  std::string relation, sha256, sql;
};

/// The release that is reported, if there is one.
struct Release {
  std::string name;  ///< schema.name
  std::int32_t version = 0;
  std::string published_at;  ///< UTC, as text
  std::optional<std::string> profile;
  std::int64_t event_rows = 0;
  std::vector<Checksum> checksums;
  std::vector<Column> columns;
  std::string how_to_analyse;
};

struct Report {
  Audience audience = Audience::internal;
  std::string source;  ///< internal form only
  std::optional<std::int64_t> run;
  std::string made_at;  ///< time of the run, UTC
  std::optional<std::string> domain;
  std::optional<Release> release;

  std::string attacker;
  double target_risk = 0, individual_limit = 0;
  double reserve = 0;  ///< share of the target that the ladder left unused
  std::optional<double> average_risk, maximum_risk;
  bool target_met = false;
  std::string status, help;
  std::int64_t min_size = 5;

  std::optional<std::int64_t> people_in_source;  ///< internal form only
  std::int64_t people = 0, events = 0, personas = 0, classes = 0;
  std::optional<std::int64_t> smallest_persona, largest_persona, k_anonymity;
  std::optional<double> mean_age_width, utility;
  std::string period;
  People suppressed, label_generalized;
  std::int64_t homogeneous_personas = 0, high_risk_personas = 0;
  double noise_share = 0, synthetic_share = 0;

  std::vector<AttackerRisk> risks;
  std::vector<Bar> persona_sizes;  ///< personas by number of people
  std::vector<Bar> person_risks;   ///< people by their risk, judged attacker; internal form only
  std::vector<Bar> class_risks;    ///< people by 1 / people of their class
  std::vector<Group> groups;
  std::vector<Bar> left_out;  ///< people left out, by reason; internal form only
  std::vector<Column> source_columns;
  std::vector<Step> steps;
  std::int64_t steps_tried = 0, steps_held = 0;
  std::vector<Rule> rules;

  std::vector<Comparison> comparisons;
  std::int64_t comparisons_kept = 0, comparisons_judged = 0, comparisons_hidden = 0;
  std::vector<Attack> attacks;
  std::vector<Part> utility_parts;
  std::optional<bool> utility_passed;
  std::vector<Question> questions;
  std::int64_t questions_in_source = 0, questions_kept = 0;
  std::vector<std::string> remarks;  ///< what could not be measured, and why; a sentence each

  std::string version, server;     ///< of personatwin, of PostgreSQL
  std::vector<std::string> calls;  ///< SQL that makes it again; internal form only
};

}  // namespace pt::report
