// The parameters of pt_create_personas, pt_build and pt_frontier: from SQL arguments over privacy
// levels and profiles to the options of the ladder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/domain.hpp"
#include "core/protect/options.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"

namespace pt::pg {

/// Which function is called. pt_frontier has an array of targets where the others have one; only
/// pt_create_personas has dry_run.
enum class CallKind : std::uint8_t { create, frontier, build };

/// The arguments as given; unset ones are the business of privacy_level, profile and defaults.
struct CreateArguments {
  SourceSpec spec;
  double target_risk = 0.01;
  std::vector<double> targets;  ///< CallKind::frontier only
  std::optional<std::string> privacy_level, geography_level, attacker, period, profile;
  std::optional<std::int32_t> min_size, max_size;
  std::optional<double> age_tolerance, cohesion, individual_limit;
  std::optional<bool> gender_match, ethnicity_match;
  std::vector<std::string> preserve;
  std::int64_t seed = 0;
  std::optional<std::int32_t> as_of;
  bool dry_run = false;
  std::int32_t jitter = 0;  ///< days
  double synthetic = 0;     ///< largest share of synthetic events
  double outcome_noise = 0, detail_noise = 0;
  double reserve = 0;     ///< share of the target to leave unused
  bool targeted = false;  ///< classes with the highest risk may be joined one by one
  std::optional<std::string> advisor, endpoint;
  std::int32_t advice_timeout = 60;       ///< seconds that pt_build waits for a model
  std::int32_t refreshes = 0;             ///< of a refreshed run: refreshes since the first version
  std::optional<std::string> population;  ///< name of a registered table of the population
};

/// Position of the arguments in the SQL declarations (sql/30-personas.sql). 22023 for a value that
/// can't be used.
CreateArguments read_arguments(const Args& args, CallKind kind);

/// Options and what they came from.
struct RunOptions {
  protect::Options options;
  std::uint32_t geography_steps = 0;    ///< from privacy_level, without an explicit geography_level
  std::string domain;                   ///< as recognised; complete_options sets it
  std::optional<std::int32_t> top_age;  ///< ages from this one on count as this one
  std::string finest_place, finest_period;  ///< rules of the profile, empty: none
};

/// Everything that can be known before the source is read: words, ranges, privacy level (table
/// personatwin.privacy_level) and profile (table personatwin.profile). 22023 with what, where and
/// how to mend it.
RunOptions resolve_options(const CreateArguments& arguments);

/// What needs the encoded source: geography level by name, columns to preserve, the domain's
/// vocabulary and cut points.
void complete_options(RunOptions& run, const CreateArguments& arguments, const Encoded& encoded,
                      const model::Domain& domain);

/// The effective options as a JSON object, for personatwin.run.parameters.
std::string parameters_json(const RunOptions& run, const CreateArguments& arguments,
                            const Encoded& encoded);

}  // namespace pt::pg
