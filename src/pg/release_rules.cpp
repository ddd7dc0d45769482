#include "pg/release_rules.hpp"

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"
#include "pg/json.hpp"
#include "pg/release_checks.hpp"
#include "pg/release_profile.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

std::string listing(const std::vector<Rule>& rules) {
  std::string text;
  for (const Rule& rule : rules) {
    if (!text.empty()) text += '\n';
    text += rule.name + ": required " + rule.required + ", found " + rule.found +
            (rule.passed ? " (holds)" : " (fails)");
  }
  return text;
}

/// What would make the failing rules hold, a line each.
std::string remedies(const std::vector<Rule>& rules) {
  std::string text;
  for (const Rule& rule : rules)
    if (!rule.passed && text.find(rule.remedy) == std::string::npos)
      text += (text.empty() ? "" : "\n") + rule.remedy;
  return text;
}

}  // namespace

std::vector<Rule> check_rules(const StoredRun& run, const std::optional<std::string>& profile) {
  if (profile) return check_profile(run, load_profile(*profile));
  return {rule_at_most("average_risk", run.target_risk, run.average_risk),
          rule_at_most("maximum_risk", run.individual_limit, run.maximum_risk),
          rule_at_least("min_size", run.min_size, smallest_persona(run))};
}

void require_publishable(const StoredRun& run, const std::vector<Rule>& rules,
                         const std::optional<std::string>& profile) {
  std::string const name = "run " + std::to_string(run.id);
  if (run.released.value_or(0) == 0)
    throw wrong_state(name + " releases nobody and can't be published",
                      "It was made of too few people for one persona.",
                      "Make a new run when at least min_size (" + std::to_string(run.min_size) +
                          ") people have a key; pt_roles() shows the column that holds it.");
  if (!run.target_met) {
    const std::vector<Rule> bounds{
        rule_at_most("average_risk", run.target_risk, run.average_risk),
        rule_at_most("maximum_risk", run.individual_limit, run.maximum_risk)};
    const bool at_the_target = bounds[0].passed && bounds[1].passed;
    throw wrong_state(
        name + " did not reach its target and can't be published",
        listing(bounds) + (at_the_target ? "\nThe average is the target itself, and who adds up in "
                                           "another order may get above it."
                                         : ""),
        "Make a new run with a higher target_risk, a coarser period, a larger max_size or fewer "
        "released columns; pt_decisions() shows what was tried.");
  }
  for (const Rule& rule : rules) {
    if (rule.passed) continue;
    throw wrong_state(name + (profile ? " does not keep the rules of profile \"" + *profile + "\""
                                      : " does not keep its own rules"),
                      listing(rules), remedies(rules));
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
