// Figures of a run in words and as JSON: pt_risk_metrics, status words and warnings.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/model/period.hpp"
#include "core/protect/measure.hpp"
#include "pg/json.hpp"
#include "pg/run.hpp"
#include "pg/run_synthetic.hpp"

namespace pt::pg {
namespace {

using protect::ClassRow;
using protect::PersonaRow;
using protect::Protected;

constexpr double kReview = .10, kHigh = .25, kMust = .50;

struct LevelBound {
  const char* word;
  double average, maximum;
};
constexpr std::array<LevelBound, 3> kLevels{{{"SAFE_FOR_PUBLIC_RELEASE", .01, .10},
                                             {"SAFE_FOR_RESEARCH", .05, .25},
                                             {"INTERNAL_USE_ONLY", .15, .50}}};

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string recommendation(const Finished& run, const std::string& status) {
  if (run.prepared.population().size() == 0) return "NO_DATA";
  if (!run.result.target_met)
    return run.result.size_that_would_do ? "INCREASE_MERGING" : "NOT_REACHABLE";
  if (status == kLevels[0].word) return "SAFE";
  return status == kLevels[1].word ? status : "INCREASE_PROTECTION";
}

/// The shortest text that reads back as the same float.
std::string json_float(float value) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

/// Quantiles of the risk over released people.
std::string individual_risks(const Protected& result) {
  std::vector<float> risks;
  for (std::size_t i = 0; i < result.persona_of.size(); ++i)
    if (result.persona_of[i] != Protected::kSuppressed) risks.push_back(result.risk[i]);
  JsonObject json;
  json.add("people", risks.size());
  static constexpr std::array<std::pair<const char*, double>, 7> kQuantiles{{{"minimum", 0},
                                                                             {"p25", .25},
                                                                             {"median", .5},
                                                                             {"p75", .75},
                                                                             {"p90", .9},
                                                                             {"p99", .99},
                                                                             {"maximum", 1}}};
  for (auto const& [name, q] : kQuantiles) {
    if (risks.empty()) {
      json.raw(name, "null");
      continue;
    }
    auto const at = static_cast<std::ptrdiff_t>(q * static_cast<double>(risks.size() - 1));
    std::nth_element(risks.begin(), risks.begin() + at, risks.end());
    json.raw(name, json_float(risks[static_cast<std::size_t>(at)]));
  }
  return json.text();
}

/// How events were perturbed, as it is published: everything but the draws.
std::string noise_json(const protect::NoiseReport& noise) {
  std::vector<std::string> types;
  for (const noise::OutcomeMatrix& matrix : noise.matrices) {
    JsonObject shares;
    for (std::size_t i = 0; i < matrix.outcomes.size(); ++i)
      shares.add(matrix.outcomes[i], matrix.pram.share(i));
    types.push_back(
        JsonObject().add("event_type", matrix.event_type).raw("shares", shares.text()).text());
  }
  return JsonObject()
      .add("jitter_days", noise.options.jitter_days)
      .add("outcome_noise", noise.options.outcome)
      .add("detail_noise", noise.options.detail)
      .add("numeric_details", noise.options.numeric_details)
      .raw("outcomes", json_array(types))
      .text();
}

std::string percent(double share) {
  std::array<char, 32> text{};
  snprintf(text.data(), text.size(), "%.3g %%", share * 100);
  return text.data();
}

}  // namespace

std::string status_word(double average, double maximum, std::uint64_t released) {
  if (released == 0) return "NO_DATA";
  constexpr double kRounding = 1e-12;
  for (const LevelBound& level : kLevels)
    if (average <= level.average + kRounding && maximum <= level.maximum + kRounding)
      return level.word;
  return "UNSAFE";
}

std::string individual_word(double risk) {
  if (risk < kReview) return "ACCEPTABLE";
  if (risk <= kHigh) return "REVIEW_REQUIRED";
  return risk <= kMust ? "HIGH" : "MUST_INCREASE_PROTECTION";
}

std::string metrics_json(const Finished& run) {
  const Protected& r = run.result;
  const protect::Options& o = run.prepared.run.options;
  const model::Population& population = run.prepared.population();
  std::string const status = status_word(r.average, r.maximum, r.released);
  std::uint32_t k = 0, smallest = 0, largest = 0;
  std::uint64_t review = 0;
  for (const ClassRow& row : r.classes) k = k == 0 ? row.people : std::min(k, row.people);
  for (const PersonaRow& persona : r.personas) {
    smallest = smallest == 0 ? persona.people : std::min(smallest, persona.people);
    largest = std::max(largest, persona.people);
    if (persona.risk >= kReview && persona.risk <= kHigh) ++review;
  }
  const bool any = r.released > 0;
  const auto risk = [any](double value) { return any ? finite(value) : std::nullopt; };
  const auto count = [any](std::uint32_t n) { return any ? std::optional(n) : std::nullopt; };
  JsonObject json;
  json.add("run_id", run.run_id)
      .add("attacker", protect::word(o.attacker))
      .add("target_risk", o.target_risk)
      .add("individual_limit", o.individual_limit)
      .add("population_average_risk", risk(r.average))
      .add("maximum_risk", risk(r.maximum))
      .raw("individual_risks", individual_risks(r))
      .add("demographic_concentration_risk", risk(r.risks.demographics_average))
      .add("event_pattern_concentration_risk", risk(r.risks.events_average))
      .add("external_linkage_risk", risk(r.risks.register_average))
      .add("external_linkage_maximum", risk(r.risks.register_maximum))
      .add("external_linkage_note",
           run.prepared.register_cells
               ? register_figures(*run.prepared.register_cells, r.classes).note
               : "not measured: it needs a table of the population")
      .add("high_risk_personas", r.high_risk_personas)
      .add("review_personas", review)
      .add("k_anonymity", count(k))
      .add("demographics_average", risk(r.risks.demographics_average))
      .add("demographics_maximum", risk(r.risks.demographics_maximum))
      .add("one_event_average", risk(r.risks.one_event_average))
      .add("one_event_maximum", risk(r.risks.one_event_maximum))
      .add("two_events_average", risk(r.risks.two_events_average))
      .add("two_events_maximum", risk(r.risks.two_events_maximum))
      .add("all_events_average", risk(r.risks.all_events_average))
      .add("all_events_maximum", risk(r.risks.all_events_maximum))
      .add("events_average", risk(r.risks.events_average))
      .add("events_maximum", risk(r.risks.events_maximum))
      .add("people", population.size())
      .add("events", population.counts.event_rows)
      .add("released", r.released)
      .add("suppressed", r.suppressed)
      .add("label_generalized", r.label_generalized)
      .add("personas", r.personas.size())
      .add("classes", r.classes.size())
      .add("smallest_persona", count(smallest))
      .add("largest_persona", count(largest))
      .add("homogeneous_personas", r.homogeneous_personas)
      .add("mean_age_width", risk(r.mean_age_width))
      .add("period", model::period_name(r.setting.period))
      .add("utility", risk(r.utility))
      .add("status", status)
      .add("target_met", r.target_met)
      .add("recommendation", recommendation(run, status))
      .add("help", r.help.empty() ? std::nullopt : std::optional(r.help))
      .add("size_that_would_do", r.size_that_would_do);
  if (r.noise) json.add("noise_share", r.noise->changed_share).raw("noise", noise_json(*r.noise));
  if (r.synthetic)
    json.add("synthetic_share", r.synthetic->share)
        .raw("synthetic", synthetic_json(*r.synthetic, o.min_size));
  return json.text();
}

void warn_about(const Finished& run) {
  const Protected& r = run.result;
  const protect::Options& o = run.prepared.run.options;
  if (run.prepared.population().size() == 0) {
    report(WARNING, "NO_DATA: " + run.prepared.description.source.sql_name + " has no people",
           "No row has a person key, so there are no personas.");
    return;
  }
  const bool short_of_reserve =
      r.target_met && !protect::Measured{r.average, r.maximum}.holds(o.with_reserve_kept());
  if (r.target_met && !short_of_reserve) return;
  std::string detail =
      "Required against the attacker " + std::string(protect::word(o.attacker)) + ": average " +
      percent(o.target_risk) +
      (o.reserve > 0 ? " less a reserve of " + percent(o.reserve) + " of it" : "") +
      ", nobody above " + percent(o.individual_limit) + ". ";
  if (r.released == 0)
    detail += "Nobody could be released.";
  else
    detail += "Reached: average " + percent(r.average) + ", maximum " + percent(r.maximum) +
              "; status " + status_word(r.average, r.maximum, r.released) + ".";
  if (short_of_reserve) {
    report(WARNING, "the target holds, but its reserve was not reached", detail, r.help);
    return;
  }
  report(WARNING, "the target was not reached: these personas can't be published", detail, r.help);
}

}  // namespace pt::pg
