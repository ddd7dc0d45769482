// Release profiles: rows of personatwin.profile, the rules they may hold, and how a profile becomes
// the goal of a run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pg/boundary.hpp"

namespace pt::pg {

struct RunOptions;
struct StoredRun;
struct Encoded;

/// What the value of a rule is.
enum class RuleValue : std::uint8_t { share, count, flag, period, place };

/// A rule that this version can check.
struct RuleKind {
  const char* name;
  RuleValue value;
  double least, most;   ///< range of a number; share excludes 0
  const char* meaning;  ///< for people
};

/// Every rule, by name.
[[nodiscard]] const std::vector<RuleKind>& rule_kinds();
[[nodiscard]] const RuleKind* find_rule_kind(const std::string& name);
/// "average_risk, maximum_risk, ..." for hints.
[[nodiscard]] std::string rule_names();

/// A profile with its rules as texts (0.01, true, year), by name.
struct Profile {
  std::string name;
  std::vector<std::pair<std::string, std::string>> rules;

  [[nodiscard]] std::optional<double> number(const std::string& rule) const;
  [[nodiscard]] std::optional<std::string> word(const std::string& rule) const;
  [[nodiscard]] bool flag(const std::string& rule) const { return word(rule) == "true"; }
};

/// Reads a profile as owner of the catalog, whoever calls. Nothing if there is none.
[[nodiscard]] std::optional<Profile> find_profile(const std::string& name);
/// Names of all profiles, for hints.
[[nodiscard]] std::string profile_names();
/// 42704 unless it exists, 0A000 for a rule that is not known here.
[[nodiscard]] Profile load_profile(const std::string& name);

/// Whether publication under this profile (nothing: none) shows no events. One that is gone is
/// taken for such a profile.
[[nodiscard]] bool publishes_no_events(const std::optional<std::string>& profile);

/// What publication under the profile leaves out: events and their counts under min_cell and
/// tables_only, all counts of people but the sizes of personas where counts must be rounded.
void withhold_for(const Profile& profile, StoredRun& run);

/// Makes a profile the goal of a run: limits are tightened to its rules, never loosened. 22023 for
/// an unknown profile.
void apply_profile(const std::string& name, RunOptions& run);
/// The part that needs the encoded source: places no finer than allowed, and event columns that may
/// not be shown at all (Options::withhold).
void complete_profile(RunOptions& run, const Encoded& encoded);

}  // namespace pt::pg
