#include "pg/options.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/model/period.hpp"
#include "core/text/json.hpp"
#include "pg/json.hpp"
#include "pg/owner.hpp"
#include "pg/reader.hpp"
#include "pg/release_profile.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "utils/date.h"
}

namespace pt::pg {
namespace {

using protect::Options;

/// Positions of the SQL arguments.
enum Argument : int {
  kSource,
  kTarget,
  kPeople,
  kPersonKey,
  kDomain,
  kPrivacyLevel,
  kMinSize,
  kMaxSize,
  kAgeTolerance,
  kGeographyLevel,
  kGenderMatch,
  kEthnicityMatch,
  kCohesion,
  kPreserve,
  kAttacker,
  kIndividualLimit,
  kPeriod,
  kProfile,
  kSeed,
  kAsOf,
  kAllowRowSecurity,
  kDryRun
};
/// Arguments that version 1.0 had not; they follow those of each function, in the order of
/// new_arguments().
enum NewArgument : int {
  kJitter,
  kOutcomeNoise,
  kDetailNoise,
  kSynthetic,
  kAdvisor,
  kEndpoint,
  kAdviceTimeout,
  kPopulation,
  kReserve,
  kTargeted,
};

std::vector<NewArgument> new_arguments(CallKind kind) {
  switch (kind) {
    case CallKind::create:
      return {kJitter,   kOutcomeNoise, kDetailNoise, kSynthetic, kAdvisor,
              kEndpoint, kPopulation,   kReserve,     kTargeted};
    case CallKind::frontier:
      return {kJitter, kOutcomeNoise, kDetailNoise, kSynthetic, kPopulation, kReserve, kTargeted};
    case CallKind::build:
      break;
  }
  return {kJitter,   kOutcomeNoise,  kDetailNoise, kSynthetic, kAdvisor,
          kEndpoint, kAdviceTimeout, kPopulation,  kReserve,   kTargeted};
}

/// Position of a new argument; -1 where the function has none, or is declared as in 1.0.
int position(const Args& args, CallKind kind, NewArgument which) {
  int const first = kind == CallKind::create ? kDryRun + 1 : kDryRun;
  int const last = kind == CallKind::build ? 1 : 0;  // the run number that pt_build returns
  std::vector<NewArgument> const order = new_arguments(kind);
  auto const at = static_cast<int>(std::find(order.begin(), order.end(), which) - order.begin());
  bool const declared = at < static_cast<int>(order.size()) && at < args.count() - first - last;
  return declared ? first + at : -1;
}

/// A share with 0 as default.
double share(const Args& args, int at) { return at < 0 ? 0 : args.optional_float8(at).value_or(0); }

std::string quoted(std::string_view word) { return "\"" + std::string(word) + "\""; }

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

double target(std::optional<double> value) {
  if (value && *value > 0 && *value <= 1) return *value;
  throw invalid_parameter(
      "target_risk must be above 0 and at most 1",
      value ? "It is " + (std::isnan(*value) ? "NaN" : text::json_number(*value)) + "."
            : "It is NULL.",
      "It is the largest average probability that a person in the release is "
      "identified; 0.01 is one percent.");
}

bool required_flag(const Args& args, int position, const char* name) {
  if (auto const value = args.optional_boolean(position)) return *value;
  throw invalid_parameter(std::string(name) + " must be true or false, not NULL", {},
                          "Leave it out: the default is false.");
}

std::optional<std::string> non_empty(std::optional<std::string> word, const char* name) {
  if (word && word->empty())
    throw invalid_parameter(std::string(name) + " must not be empty", {},
                            "Leave it out to use the default.");
  return word;
}

/// The bundle of a privacy level.
void apply_level(const std::string& name, RunOptions& run) {
  bool found = false;
  std::vector<std::string> names;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT name, min_size, max_size, age_tolerance, geography_steps, period, individual_limit "
        "FROM personatwin.privacy_level ORDER BY strictness",
        [&](const Row& row) {
          names.push_back(row.text(0));
          if (names.back() != name) return;
          found = true;
          Options& o = run.options;
          o.min_size = static_cast<std::uint32_t>(row.int4(1));
          o.max_size = static_cast<std::uint32_t>(row.int4(2));
          o.age_tolerance = row.float8(3);
          run.geography_steps = static_cast<std::uint32_t>(row.int4(4));
          o.period = model::parse_period(row.text(5));
          o.individual_limit = row.float8(6);
        });
  });
  if (!found)
    throw invalid_parameter("unknown privacy_level " + quoted(name), {},
                            "The levels are: " + join(names) + ".");
}

protect::Attacker attacker(const std::string& word) {
  static const std::vector<std::string> kMeasured = {"demographics+1", "demographics+2"};
  if (std::find(kMeasured.begin(), kMeasured.end(), word) != kMeasured.end())
    throw not_supported("attacker " + quoted(word) + " can't be the target",
                        "It is measured in every run: see pt_population_risk.",
                        "Use 'demographics+events', which knows more and therefore bounds it.");
  return protect::parse_attacker(word);
}

std::uint32_t size(std::int32_t value, const char* name) {
  if (value >= 2) return static_cast<std::uint32_t>(value);
  throw invalid_parameter(
      std::string(name) + " must be at least 2", "It is " + std::to_string(value) + ".",
      "It counts people in a persona; 5 is the default minimum, 50 the default maximum.");
}

/// Whether `word` names a level of geography: its number, its column, or a word of its column's
/// name.
bool names_level(const std::string& word, const std::string& level) {
  std::string const a = model::normal_term(word), b = model::normal_term(level);
  return !a.empty() && ("_" + b + "_").find("_" + a + "_") != std::string::npos;
}

std::uint32_t geography_level(const std::string& word, const std::vector<std::string>& levels) {
  if (levels.empty())
    throw invalid_parameter("geography_level is given, but no column has the geography of people",
                            {},
                            "Leave it out, or label a column: SELECT pt_set_role(source, column, "
                            "'quasi-identifier: geography').");
  auto const number = parse_number(word);
  // Behind the last level places are not shown: profiles ask for that, and a run keeps its number.
  for (std::size_t i = 0; i < levels.size() + (number ? 1 : 0); ++i)
    if (number ? *number == static_cast<double>(i) : names_level(word, levels[i]))
      return static_cast<std::uint32_t>(i);
  throw invalid_parameter(
      "unknown geography_level " + quoted(word), {},
      "The levels are, finest first: " + join(levels) + "; or their numbers from 0.");
}

/// Names of the event columns that a word of `preserve` means: the column's own name or its role.
std::vector<std::string> preserved(const std::string& word, const Encoded& encoded) {
  std::vector<std::string> out, known;
  for (const EncodedColumn& event : encoded.event_columns) {
    const std::string& name = event.column.name;
    known.push_back(name);
    if (name == word || model::normal_term(name) == model::normal_term(word) ||
        model::normal_term(model::word(event.column.role)) == model::normal_term(word))
      out.push_back(name);
  }
  if (out.empty())
    throw invalid_parameter(
        "preserve names " + quoted(word) + ", which is no released event column", {},
        known.empty() ? "The source has no event columns."
                      : "The event columns are: " + join(known) + ".");
  return out;
}

}  // namespace

CreateArguments read_arguments(const Args& args, CallKind kind) {
  CreateArguments a;
  if (args.is_null(kSource))
    throw invalid_parameter("source must not be NULL", {}, "Name a table or view.");
  a.spec.source = args.oid(kSource, "source");
  if (kind != CallKind::frontier) {
    a.target_risk = target(args.optional_float8(kTarget));
  } else {
    if (args.is_null(kTarget))
      throw invalid_parameter("targets must not be NULL", {}, "Give an array: ARRAY[0.01, 0.05].");
    for (auto const& element : float8_array_elements(args.value(kTarget, "targets"), "targets"))
      a.targets.push_back(target(element));
    if (a.targets.empty())
      throw invalid_parameter("targets must not be empty", {}, "Give an array: ARRAY[0.01, 0.05].");
    constexpr std::size_t kMostTargets = 100;
    if (a.targets.size() > kMostTargets)
      throw invalid_parameter("targets has more than 100 elements");
    a.target_risk = a.targets.front();
  }
  a.spec.people = args.optional_oid(kPeople).value_or(InvalidOid);
  a.spec.person_key = non_empty(args.optional_text(kPersonKey), "person_key").value_or("");
  a.spec.domain = non_empty(args.optional_text(kDomain), "domain").value_or("");
  a.privacy_level = args.optional_text(kPrivacyLevel);
  a.min_size = args.optional_int4(kMinSize);
  a.max_size = args.optional_int4(kMaxSize);
  a.age_tolerance = args.optional_float8(kAgeTolerance);
  a.geography_level = non_empty(args.optional_text(kGeographyLevel), "geography_level");
  a.gender_match = args.optional_boolean(kGenderMatch);
  a.ethnicity_match = args.optional_boolean(kEthnicityMatch);
  a.cohesion = args.optional_float8(kCohesion);
  if (!args.is_null(kPreserve))
    for (auto const& element : text_array_elements(args.value(kPreserve, "preserve"), "preserve")) {
      if (!element)
        throw invalid_parameter("preserve must not hold NULL", {}, "List names of event columns.");
      a.preserve.push_back(*element);
    }
  a.attacker = args.optional_text(kAttacker);
  a.individual_limit = args.optional_float8(kIndividualLimit);
  a.period = args.optional_text(kPeriod);
  a.profile = args.optional_text(kProfile);
  a.seed = args.optional_int8(kSeed).value_or(0);
  if (!args.is_null(kAsOf)) {
    DateADT const day = DatumGetDateADT(args.value(kAsOf, "as_of"));
    if (DATE_NOT_FINITE(day))
      throw invalid_parameter("as_of must be a finite date", {},
                              "It is the day that ages refer to.");
    a.as_of = day;
  }
  a.spec.allow_row_security = required_flag(args, kAllowRowSecurity, "allow_row_security");
  int const jitter = position(args, kind, kJitter);
  a.jitter = jitter < 0 ? 0 : args.optional_int4(jitter).value_or(0);
  if (a.jitter < 0)
    throw invalid_parameter("jitter must be between 0 and 366 days", {},
                            "It is how far a date may move either way.");
  a.outcome_noise = share(args, position(args, kind, kOutcomeNoise));
  a.detail_noise = share(args, position(args, kind, kDetailNoise));
  a.synthetic = share(args, position(args, kind, kSynthetic));
  a.reserve = share(args, position(args, kind, kReserve));
  if (int const at = position(args, kind, kTargeted); at >= 0)
    a.targeted = args.optional_boolean(at).value_or(false);
  if (int const at = position(args, kind, kAdvisor); at >= 0) a.advisor = args.optional_text(at);
  if (int const at = position(args, kind, kEndpoint); at >= 0) a.endpoint = args.optional_text(at);
  if (int const at = position(args, kind, kPopulation); at >= 0)
    a.population = non_empty(args.optional_text(at), "population");
  if (int const at = position(args, kind, kAdviceTimeout); at >= 0)
    a.advice_timeout = args.optional_int4(at).value_or(a.advice_timeout);
  if (a.advice_timeout < 0 || a.advice_timeout > 3600)
    throw invalid_parameter("advice_timeout must be between 0 and 3600 seconds");
  a.dry_run = kind == CallKind::frontier ||
              (kind == CallKind::create && required_flag(args, kDryRun, "dry_run"));
  return a;
}

RunOptions resolve_options(const CreateArguments& a) {
  RunOptions run;
  Options& o = run.options;
  o.target_risk = a.target_risk;
  o.reserve = a.reserve;
  o.targeted = a.targeted;
  if (a.privacy_level) apply_level(*a.privacy_level, run);
  if (a.min_size) o.min_size = size(*a.min_size, "min_size");
  if (a.max_size) o.max_size = size(*a.max_size, "max_size");
  if (a.min_size && !a.max_size) o.max_size = std::max(o.max_size, o.min_size);
  if (a.max_size && !a.min_size) o.min_size = std::min(o.min_size, o.max_size);
  if (a.age_tolerance) o.age_tolerance = *a.age_tolerance;
  if (a.cohesion) o.cohesion = a.cohesion;
  if (a.individual_limit) o.individual_limit = *a.individual_limit;
  if (a.gender_match) o.gender_match = *a.gender_match;
  if (a.ethnicity_match) o.ethnicity_match = *a.ethnicity_match;
  if (a.attacker) o.attacker = attacker(*a.attacker);
  if (o.attacker == protect::Attacker::with_register && !a.population)
    throw invalid_parameter(
        "attacker \"register\" needs a table of the population", {},
        "Name one in population (see pt_register_population), or use 'demographics+events', "
        "'demographics' or 'events'.");
  if (a.period) {
    o.period = model::parse_period(*a.period);
    if (!o.period)
      throw invalid_parameter("unknown period " + quoted(*a.period), {},
                              "The periods are: day, week, month, quarter, half-year, year, none.");
  }
  o.seed = static_cast<std::uint64_t>(a.seed);
  o.noise.jitter_days = static_cast<std::uint32_t>(a.jitter);
  o.noise.outcome = a.outcome_noise;
  o.noise.detail = a.detail_noise;
  o.synthetic = a.synthetic;
  // Last: a profile is the goal, so nothing loosens it again.
  if (a.profile) apply_profile(*a.profile, run);
  o.validate();
  return run;
}

void complete_options(RunOptions& run, const CreateArguments& a, const Encoded& encoded,
                      const model::Domain& domain) {
  Options& o = run.options;
  const std::vector<std::string>& levels = encoded.geography_levels;
  if (a.geography_level)
    o.geography_level = geography_level(*a.geography_level, levels);
  else
    o.geography_level = std::min(
        run.geography_steps, levels.empty() ? 0U : static_cast<std::uint32_t>(levels.size()) - 1);
  complete_profile(run, encoded);
  for (const std::string& word : a.preserve)
    for (std::string& name : preserved(word, encoded))
      if (std::find(o.preserve.begin(), o.preserve.end(), name) == o.preserve.end())
        o.preserve.push_back(std::move(name));
  o.wanted = domain.preserve_fields;
  run.domain = domain.name;
  for (const EncodedColumn& event : encoded.event_columns)
    if (event.part == model::EventPart::detail && is_number_type(event.column.type))
      o.noise.numeric_details.push_back(event.column.name);
  o.cut_points = domain.age_cut_points;
  const model::Population& population = encoded.population;
  bool outcomes = false;
  for (std::size_t c = 0; c < population.event_width(); ++c) {
    const std::vector<std::string>& labels = population.event_columns[c].labels;
    if (population.event_parts[c] == model::EventPart::type) {
      for (const std::string& label : labels) {
        const model::EventType* const type = domain.find_event_type(label);
        o.vocabulary.category_of_type.push_back(type != nullptr ? type->category : label);
        o.vocabulary.type_is_reoffence.push_back(domain.is_reoffence(label, ""));
      }
      o.rules = model::SequenceRules(domain, labels);
    } else if (population.event_parts[c] == model::EventPart::outcome &&
               !std::exchange(outcomes, true)) {
      for (const std::string& label : labels)
        o.vocabulary.outcome_is_reoffence.push_back(domain.is_reoffence("", label));
    }
  }
}

std::string parameters_json(const RunOptions& run, const CreateArguments& a,
                            const Encoded& encoded) {
  const Options& o = run.options;
  JsonObject json;
  json.add("target_risk", o.target_risk)
      .add("individual_limit", o.individual_limit)
      .add("attacker", protect::word(o.attacker))
      .add("privacy_level", a.privacy_level)
      .add("profile", a.profile)
      .add("min_size", o.min_size)
      .add("max_size", o.max_size)
      .add("age_tolerance", o.age_tolerance)
      .add("geography_level", o.geography_level)
      .add("gender_match", o.gender_match)
      .add("ethnicity_match", o.ethnicity_match)
      .add("cohesion", o.cohesion);
  if (o.period)
    json.add("period", model::period_name(*o.period));
  else
    json.raw("period", "null");
  json.add("preserve", o.preserve)
      .add("person_key", a.spec.person_key)
      .add("domain", a.spec.domain)
      .add("seed", a.seed)
      .add("as_of", model::period_label(encoded.as_of, model::Period::day))
      .add("allow_row_security", a.spec.allow_row_security)
      .add("top_age", run.top_age)
      .add("min_share", o.table_cells.min_share)
      .add("zero_cells", o.table_cells.zero_allowed);
  // Without noise the parameters of a first version are those of 1.0.
  if (a.refreshes > 0) json.add("refreshes", a.refreshes);
  if (a.jitter > 0) json.add("jitter", a.jitter);
  if (a.outcome_noise > 0) json.add("outcome_noise", a.outcome_noise);
  if (a.detail_noise > 0) json.add("detail_noise", a.detail_noise);
  if (a.synthetic > 0) json.add("synthetic", a.synthetic);
  if (a.population) json.add("population", a.population);
  if (a.reserve > 0) json.add("reserve", a.reserve);
  if (a.targeted) json.add("targeted", true);
  if (a.advisor && *a.advisor != "rules")
    json.add("advisor", a.advisor).add("endpoint", a.endpoint);
  return json.text();
}

}  // namespace pt::pg
