#include "pg/release_rules.hpp"

#include <charconv>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"
#include "pg/json.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

std::string number_text(double value) {
  char buffer[32];
  auto const [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end};
}

/// A mean of many fractions may lie above its limit by rounding alone; the run allows as much.
Rule at_most(std::string name, double limit, std::optional<double> found) {
  return {std::move(name), "<= " + number_text(limit), found ? number_text(*found) : "unknown",
          found && *found <= limit * (1 + 1e-12)};
}

Rule at_least(std::string name, double limit, std::optional<double> found) {
  return {std::move(name), ">= " + number_text(limit), found ? number_text(*found) : "unknown",
          found && *found >= limit};
}

std::optional<double> number(const std::string& sql, const Params& params = {}) {
  Spi spi;
  auto const text = spi.value("SELECT (" + sql + ")::float8", params, Spi::ReadOnly::no);
  if (!text) return std::nullopt;
  return std::strtod(text->c_str(), nullptr);
}

std::optional<double> smallest_persona(const StoredRun& run) {
  return number("SELECT min(merged_from) FROM " + run.table("persona"));
}

/// Distinct values of every sensitive attribute in a persona, at least: 1 when a persona is
/// homogeneous, 2 when none is. More than 2 is not measured.
std::optional<double> least_diversity(const StoredRun& run) {
  auto const homogeneous = number(
      "SELECT (metrics->>'homogeneous_personas')::float8 FROM personatwin.run WHERE run_id = $1",
      Params{}.int8(run.id));
  if (!homogeneous) return std::nullopt;
  return *homogeneous > 0 ? 1 : 2;
}

Rule profile_rule(const StoredRun& run, const std::string& profile, const std::string& name,
                  double limit) {
  if (name == "average_risk") return at_most(name, limit, run.average_risk);
  if (name == "maximum_risk") return at_most(name, limit, run.maximum_risk);
  if (name == "min_size") return at_least(name, limit, smallest_persona(run));
  if (name == "min_diversity") return at_least(name, limit, least_diversity(run));
  throw not_supported("profile \"" + profile + "\" has a rule that is not known here: " + name, {},
                      "Known rules are average_risk, maximum_risk, min_size and min_diversity.");
}

std::string listing(const std::vector<Rule>& rules) {
  std::string text;
  for (const Rule& rule : rules) {
    if (!text.empty()) text += '\n';
    text += rule.name + ": required " + rule.required + ", found " + rule.found +
            (rule.passed ? " (holds)" : " (fails)");
  }
  return text;
}

}  // namespace

std::vector<Rule> check_rules(const StoredRun& run, const std::optional<std::string>& profile) {
  if (!profile)
    return {at_most("average_risk", run.target_risk, run.average_risk),
            at_most("maximum_risk", run.individual_limit, run.maximum_risk),
            at_least("min_size", run.min_size, smallest_persona(run))};
  std::vector<std::pair<std::string, double>> limits;
  bool known = false;
  {
    Spi spi;
    spi.query(
        "SELECT r.key, r.value::float8 FROM personatwin.profile p "
        "LEFT JOIN LATERAL jsonb_each_text(p.rules) r ON true WHERE p.name = $1 ORDER BY r.key",
        Params{}.text(*profile), Spi::ReadOnly::no, [&](const Row& row) {
          known = true;
          if (!row.is_null(0)) limits.emplace_back(row.text(0), row.float8(1));
        });
  }
  if (!known)
    throw Error(sqlstate::kUndefinedObject, "profile \"" + *profile + "\" does not exist", {},
                "Profiles are rows of personatwin.profile, such as public_1pct, research_5pct and "
                "internal_15pct.");
  std::vector<Rule> rules;
  for (auto const& [name, limit] : limits)
    rules.push_back(profile_rule(run, *profile, name, limit));
  return rules;
}

void require_publishable(const StoredRun& run, const std::vector<Rule>& rules,
                         const std::optional<std::string>& profile) {
  std::string const name = "run " + std::to_string(run.id);
  if (!run.target_met)
    throw wrong_state(
        name + " did not reach its target and can't be published",
        listing({at_most("average_risk", run.target_risk, run.average_risk),
                 at_most("maximum_risk", run.individual_limit, run.maximum_risk)}),
        "Make a new run with a higher target_risk, a coarser period, a larger max_size or fewer "
        "released columns; pt_decisions() shows what was tried.");
  for (const Rule& rule : rules) {
    if (rule.passed) continue;
    throw wrong_state(name + (profile ? " does not keep the rules of profile \"" + *profile + "\""
                                      : " does not keep its own rules"),
                      listing(rules), "Make a new run under which these rules hold.");
  }
}

std::string present_fingerprint(Host& host, const Secret& secret, const StoredRun& run) {
  SourceSpec spec;
  spec.source = run.source;
  spec.people = run.people;
  spec.person_key = run.person_key;
  spec.domain = run.domain;
  spec.allow_row_security = run.allow_row_security;
  return compute_fingerprint(host, secret, spec, run.known_rows);
}

void require_unchanged(Host& host, const Secret& secret, const StoredRun& run) {
  if (present_fingerprint(host, secret, run) == run.fingerprint) return;
  throw wrong_state(relation_name(run.source) + " has changed since run " + std::to_string(run.id),
                    "The rows, the columns or their roles are not those that the run has read.",
                    "Make a new run with pt_create_personas and publish that.");
}

std::string to_json(const std::vector<Rule>& rules) {
  std::string json = "[";
  for (const Rule& rule : rules) {
    if (json.size() > 1) json += ", ";
    json += JsonObject()
                .add("rule", rule.name)
                .add("required", rule.required)
                .add("found", rule.found)
                .add("passed", rule.passed)
                .text();
  }
  return json + "]";
}

}  // namespace pt::pg
