// The rules of release profiles, measured on a stored run: doc/profiles.md says what each means.
#include "pg/release_checks.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "core/error.hpp"
#include "core/release/us_states.hpp"
#include "pg/datum.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

std::optional<double> metric(const StoredRun& run, const char* name) {
  return query_number("SELECT (metrics->>$2)::float8 FROM personatwin.run WHERE run_id = $1",
                      Params{}.int8(run.id).text(name));
}

std::optional<std::string> parameter(const StoredRun& run, const char* name) {
  Spi spi;
  return spi.value("SELECT parameters->>$2 FROM personatwin.run WHERE run_id = $1",
                   Params{}.int8(run.id).text(name), Spi::ReadOnly::no);
}

/// The worse of the run's own attacker and the one who knows demographics and all events: a profile
/// is not met by asking for a weaker attacker.
std::optional<double> worst_risk(const StoredRun& run, std::optional<double> own,
                                 const char* all_events) {
  auto const other = metric(run, all_events);
  return own && other ? std::max(*own, *other) : own;
}

/// Distinct values of every sensitive attribute in a persona, at least: 1 when a persona is
/// homogeneous, 2 when none is. More than 2 is not measured.
std::optional<double> least_diversity(const StoredRun& run) {
  auto const homogeneous = metric(run, "homogeneous_personas");
  if (!homogeneous) return std::nullopt;
  return *homogeneous > 0 ? 1 : 2;
}

/// SQL: every released text with the name of its column, (name, value). $1 is the run.
std::string released_values(const StoredRun& run) {
  return "SELECT e->>'name' AS name, v.value FROM personatwin.run r "
         "CROSS JOIN jsonb_array_elements(r.event_columns) WITH ORDINALITY AS x(e, n) "
         "CROSS JOIN LATERAL (SELECT DISTINCT c.values[n] AS value FROM " +
         run.table("combo") + " c) v WHERE r.run_id = $1 UNION SELECT p.key, p.value FROM " +
         run.table("persona") +
         " q CROSS JOIN LATERAL jsonb_each_text(q.attributes) p UNION SELECT 'gender', gender "
         "FROM " +
         run.table("persona") + " UNION SELECT 'ethnicity', ethnicity FROM " +
         run.table("persona") + " UNION SELECT 'geography', geography FROM " + run.table("persona");
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// SQL condition on `value`: it has the form of an identifier. Mail and web addresses, IP
/// addresses, social security and phone numbers, runs of 7 digits or more, and codes of 10 or more
/// letters and digits.
constexpr const char* kLooksLikeIdentifier =
    "(value ~* '[a-z0-9._%+-]+@[a-z0-9-]+[.][a-z]' OR value ~* '(https?|ftp)://|^www[.]' "
    "OR value ~ '(^|[^0-9.])([0-9]{1,3}[.]){3}[0-9]{1,3}([^0-9.]|$)' "
    "OR value ~* '([0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}' "
    "OR value ~ '(^|[^0-9])[0-9]{3}-[0-9]{2}-[0-9]{4}([^0-9]|$)' "
    "OR value ~ '(^|[^0-9])[(]?[0-9]{3}[)]?[ .-]?[0-9]{3}[ .-][0-9]{4}([^0-9]|$)' "
    "OR value ~ '[0-9]{7,}' "
    "OR value ~ '(^|[^A-Za-z0-9])(?=[A-Z0-9-]*[0-9])(?=[A-Z0-9-]*[A-Z])[A-Z0-9-]{10,}')";

/// Released columns that are labelled as identifiers or persons, or whose values look like them.
std::vector<std::string> identifying_columns(const StoredRun& run) {
  std::vector<std::string> names;
  Spi spi;
  spi.query("SELECT DISTINCT name FROM (" + released_values(run) + ") x WHERE " +
                kLooksLikeIdentifier +
                " OR EXISTS (SELECT FROM personatwin.run r JOIN pg_attribute a "
                "ON a.attrelid IN (r.source, r.people) AND a.attname = x.name JOIN pg_seclabel l "
                "ON l.classoid = 'pg_class'::regclass AND l.objoid = a.attrelid AND l.objsubid = "
                "a.attnum AND l.provider = 'personatwin' WHERE r.run_id = $1 AND l.label ~ "
                "'^(identifier|person|related person)') ORDER BY name",
            Params{}.int8(run.id), Spi::ReadOnly::no,
            [&](const Row& row) { names.push_back(row.text(0)); });
  return names;
}

/// Released columns, beside the period, that are dates in the source.
std::vector<std::string> date_columns(const StoredRun& run) {
  std::vector<std::string> names;
  Spi spi;
  spi.query(
      "SELECT DISTINCT a.attname::text FROM personatwin.run r CROSS JOIN LATERAL (SELECT "
      "e->>'name' "
      "AS name FROM jsonb_array_elements(r.event_columns || r.person_columns) e) x JOIN "
      "pg_attribute "
      "a ON a.attrelid IN (r.source, r.people) AND a.attname = x.name JOIN pg_type t ON t.oid = "
      "a.atttypid WHERE r.run_id = $1 AND coalesce(nullif(t.typbasetype, 0), t.oid) IN "
      "('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) ORDER BY 1",
      Params{}.int8(run.id), Spi::ReadOnly::no,
      [&](const Row& row) { names.push_back(row.text(0)); });
  return names;
}

Rule period_rule(const StoredRun& run, const std::string& required) {
  Rule rule;
  rule.required = required + " or longer";
  model::Period const finest = model::parse_period(required).value_or(model::Period::none);
  auto const dates = finest > model::Period::day ? date_columns(run) : std::vector<std::string>{};
  rule.found = std::string(model::period_name(run.period)) +
               (dates.empty() ? "" : " and days in " + list_of(dates));
  rule.passed = run.period >= finest && dates.empty();
  rule.remedy = dates.empty()
                    ? "Make the run with period => '" + required + "' or with this profile."
                    : "Give " + list_of(dates) +
                          " the role ignore with pt_set_role, or make the run "
                          "with this profile, which leaves days of events out.";
  return rule;
}

/// Places of personas and locations of events that are finer than a state.
Rule place_rule(const StoredRun& run) {
  std::size_t finer_places = 0, finer_locations = 0;
  Spi spi;
  spi.query(
      "SELECT DISTINCT geography FROM " + run.table("persona") + " WHERE geography IS NOT NULL", {},
      Spi::ReadOnly::no,
      [&](const Row& row) { finer_places += release::is_state_or_wider(row.text(0)) ? 0 : 1; });
  spi.query(
      "SELECT DISTINCT c.values[n] FROM personatwin.run r CROSS JOIN "
      "jsonb_array_elements(r.event_columns) WITH ORDINALITY AS x(e, n) CROSS JOIN " +
          run.table("combo") +
          " c WHERE r.run_id = $1 AND e->>'role' = 'location' AND c.values[n] IS NOT NULL",
      Params{}.int8(run.id), Spi::ReadOnly::no,
      [&](const Row& row) { finer_locations += release::is_state_or_wider(row.text(0)) ? 0 : 1; });
  Rule rule;
  rule.required = "states of the USA or wider";
  rule.passed = finer_places == 0 && finer_locations == 0;
  rule.found = rule.passed ? "states or wider, or no places"
                           : std::to_string(finer_places) + " finer places of people, " +
                                 std::to_string(finer_locations) + " finer locations of events";
  rule.remedy =
      "Make the run with this profile: it shows states only, where a level of the geography has "
      "them, "
      "and no locations of events that are no states.";
  return rule;
}

Rule age_rule(const StoredRun& run, double top) {
  auto const finer = query_number("SELECT count(*) FROM " + run.table("persona") +
                                      " WHERE lower(age_range) > $1 OR upper(age_range) > $1 OR "
                                      "age_mean > $1",
                                  Params{}.float8(top));
  Rule rule;
  rule.required = "ages from " + number_text(top) + " pooled";
  auto const pooled_from = parameter(run, "top_age");
  rule.passed = finer && *finer == 0;
  rule.found = rule.passed ? (pooled_from ? "pooled from " + *pooled_from : "no such ages shown")
                           : number_text(finer.value_or(0)) + " personas show ages beyond it";
  rule.remedy = "Make the run with this profile: it pools these ages.";
  return rule;
}

Rule identifier_rule(const StoredRun& run) {
  auto const columns = identifying_columns(run);
  Rule rule;
  rule.required = "none";
  rule.found = columns.empty() ? "none" : list_of(columns);
  rule.passed = columns.empty();
  rule.remedy =
      "Give these columns the role ignore (or identifier) with pt_set_role and make a new run.";
  return rule;
}

/// The limit that counts of people in tables were protected with when the run was made.
Rule cell_rule(const StoredRun& run, double people) {
  auto const smallest = smallest_persona(run);
  Rule rule;
  rule.required = "0 or >= " + number_text(people) + " people behind every count";
  rule.passed = run.min_size >= people && smallest && *smallest >= people;
  rule.found = "counts are held back below " + std::to_string(run.min_size) +
               " people, the smallest persona has " +
               (smallest ? number_text(*smallest) : "unknown");
  rule.remedy = "Make the run with this profile, or with min_size => " + number_text(people) + ".";
  return rule;
}

Rule share_rule(const StoredRun& run, double share) {
  auto const found = parameter(run, "min_share");
  Rule rule;
  rule.required = "shares from " + number_text(share) + " to " + number_text(1 - share);
  rule.found = found ? "held back below " + *found : "not held back";
  rule.passed = found && std::strtod(found->c_str(), nullptr) >= share;
  rule.remedy = "Make the run with this profile.";
  return rule;
}

Rule zero_rule(const StoredRun& run) {
  auto const zeros = parameter(run, "zero_cells");
  Rule rule;
  rule.required = "counts of 0 held back";
  rule.passed = zeros && *zeros == "false";
  rule.found = rule.passed ? "held back" : "shown";
  rule.remedy = "Make the run with this profile.";
  return rule;
}

/// What publication itself does under the profile: it leaves out (release_profile.hpp,
/// withhold_for).
Rule done_rule(const std::string& required, const std::string& found) {
  Rule rule;
  rule.required = required;
  rule.found = found;
  rule.passed = true;
  return rule;
}

Rule measured_rule(const StoredRun& run, const std::string& name, const Profile& profile) {
  double const limit = profile.number(name).value_or(0);
  if (name == "average_risk")
    return rule_at_most(name, limit, worst_risk(run, run.average_risk, "all_events_average"));
  if (name == "maximum_risk")
    return rule_at_most(name, limit, worst_risk(run, run.maximum_risk, "all_events_maximum"));
  if (name == "event_linkage_risk") return rule_at_most(name, limit, metric(run, "events_average"));
  if (name == "min_size") return rule_at_least(name, limit, smallest_persona(run));
  if (name == "min_diversity") return rule_at_least(name, limit, least_diversity(run));
  if (name == "min_cell") return cell_rule(run, limit);
  if (name == "min_share") return share_rule(run, limit);
  if (name == "hide_zero") return zero_rule(run);
  if (name == "finest_period") return period_rule(run, profile.word(name).value_or(""));
  if (name == "finest_place") return place_rule(run);
  if (name == "top_age") return age_rule(run, limit);
  if (name == "no_identifiers") return identifier_rule(run);
  if (name == "round_to" || name == "random_round")
    return done_rule("no count that is not rounded to " + number_text(limit),
                     "no counts are published but the sizes of personas, which are weights");
  if (name == "tables_only") return done_rule("no events one by one", "no events are published");
  throw internal_error("rule " + name + " is known but not measured");
}

constexpr const char* kLowerRisk =
    "Make a new run with a lower target_risk or individual_limit, a coarser period, a larger "
    "max_size "
    "or fewer released columns, or with this profile as its goal; pt_decisions() shows what was "
    "tried.";
constexpr const char* kLargerPersonas =
    "Make a new run with a larger min_size, or with this profile as its goal.";
constexpr const char* kMoreDiversity =
    "Make a new run with larger personas (min_size, max_size), or coarser values of the sensitive "
    "columns.";

}  // namespace

std::optional<double> query_number(const std::string& sql, const Params& params) {
  Spi spi;
  auto const text = spi.value("SELECT (" + sql + ")::float8", params, Spi::ReadOnly::no);
  if (!text) return std::nullopt;
  return std::strtod(text->c_str(), nullptr);
}

std::string number_text(double value) {
  char buffer[32];
  auto const [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end};
}

Rule rule_at_most(const std::string& name, double limit, std::optional<double> found) {
  return {name, "<= " + number_text(limit), found ? number_text(*found) : "unknown",
          found && *found <= limit * (1 + 1e-12), kLowerRisk};
}

Rule rule_at_least(const std::string& name, double limit, std::optional<double> found) {
  return {name, ">= " + number_text(limit), found ? number_text(*found) : "unknown",
          found && *found >= limit, name == "min_diversity" ? kMoreDiversity : kLargerPersonas};
}

std::optional<double> smallest_persona(const StoredRun& run) {
  return query_number("SELECT min(merged_from) FROM " + run.table("persona"));
}

std::vector<Rule> check_profile(const StoredRun& run, const Profile& profile) {
  std::vector<Rule> rules;
  for (auto const& [name, value] : profile.rules) {
    rules.push_back(measured_rule(run, name, profile));
    rules.back().name = name;
  }
  return rules;
}

}  // namespace pt::pg
