#include "core/report/public_form.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace pt::report {
namespace {

bool equal(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

bool is_exact(const Comparison& c) {
  return c.source && c.release && equal(c.source->n1, c.release->n1) &&
         equal(c.source->n0, c.release->n0) && equal(c.source->value1, c.release->value1) &&
         equal(c.source->value0, c.release->value0) && equal(c.source->effect, c.release->effect);
}

/// Whether members and others of a group of n are both enough.
bool share_is_safe(double n, double share, double minimum) {
  double const with = n * share, without = n - with;
  constexpr double kRounding = 1e-6;
  return with >= minimum - kRounding && without >= minimum - kRounding;
}

void copy_comparisons(const Report& from, Report& to) {
  for (const Comparison& comparison : from.comparisons) {
    if (!comparison.release ||
        !is_cell_safe(comparison, *comparison.release, static_cast<double>(from.min_size))) {
      ++to.comparisons_hidden;
      continue;
    }
    Comparison shown = comparison;
    if (!is_exact(comparison)) shown.source.reset();
    shown.why.clear();  // may quote how many people of a group the source has
    to.comparisons.push_back(std::move(shown));
  }
  to.comparisons_kept = from.comparisons_kept;
  to.comparisons_judged = from.comparisons_judged;
}

void copy_attacks(const Report& from, Report& to) {
  for (const Attack& attack : from.attacks) {
    Attack shown;
    shown.name = attack.name;
    shown.attempts = attack.attempts;
    shown.rate = attack.rate;
    shown.low = attack.low;
    shown.high = attack.high;
    shown.control = attack.control;
    shown.residual = attack.residual;
    shown.claimed = attack.claimed;
    shown.exact = attack.exact;
    shown.within_claim = attack.within_claim;
    to.attacks.push_back(std::move(shown));
  }
}

/// Verdicts, and the questions that the release answers; of the others how many there are.
void copy_utility(const Report& from, Report& to) {
  to.utility_passed = from.utility_passed;
  for (Part part : from.utility_parts) {
    part.why.clear();
    to.utility_parts.push_back(std::move(part));
  }
  to.questions_in_source = from.questions_in_source;
  to.questions_kept = from.questions_kept;
  for (Question question : from.questions) {
    if (!question.answerable) continue;
    question.source.reset();
    question.why.clear();
    to.questions.push_back(std::move(question));
  }
}

}  // namespace

bool is_cell_safe(const Comparison& comparison, const Side& side, double minimum) {
  if (side.n1 < minimum || (!comparison.compared.empty() && side.n0 < minimum)) return false;
  if (comparison.scale == "log odds ratio")
    return share_is_safe(side.n1, side.value1, minimum) &&
           share_is_safe(side.n0, side.value0, minimum);
  if (comparison.scale == "log rate ratio")
    return side.n1 * side.value1 >= minimum && side.n0 * side.value0 >= minimum;
  return true;
}

Report public_form(const Report& report) {
  if (!report.release)
    throw wrong_state("there is no release to report to the public", {},
                      "Publish one with pt_publish_release, or ask for the internal form.");
  Report shown;
  shown.audience = Audience::open;
  shown.domain = report.domain;
  shown.release = report.release;
  shown.attacker = report.attacker;
  shown.target_risk = report.target_risk;
  shown.reserve = report.reserve;
  shown.individual_limit = report.individual_limit;
  shown.average_risk = report.average_risk;
  shown.maximum_risk = report.maximum_risk;
  shown.target_met = report.target_met;
  shown.status = report.status;
  shown.min_size = report.min_size;
  shown.people = report.people;
  shown.events = report.events;
  shown.personas = report.personas;
  shown.classes = report.classes;
  shown.smallest_persona = report.smallest_persona;
  shown.largest_persona = report.largest_persona;
  shown.k_anonymity = report.k_anonymity;
  shown.mean_age_width = report.mean_age_width;
  shown.period = report.period;
  shown.suppressed = {report.suppressed.count, report.min_size};
  shown.label_generalized = {report.label_generalized.count, report.min_size};
  shown.homogeneous_personas = report.homogeneous_personas;
  shown.high_risk_personas = report.high_risk_personas;
  shown.noise_share = report.noise_share;
  shown.synthetic_share = report.synthetic_share;
  shown.risks = report.risks;
  shown.persona_sizes = report.persona_sizes;
  shown.class_risks = report.class_risks;
  for (Group group : report.groups) {
    group.people.minimum = report.min_size;
    shown.groups.push_back(std::move(group));
  }
  shown.steps_tried = report.steps_tried;
  shown.steps_held = report.steps_held;
  for (Rule rule : report.rules) {
    rule.remedy.clear();
    shown.rules.push_back(std::move(rule));
  }
  copy_comparisons(report, shown);
  copy_attacks(report, shown);
  if (!report.remarks.empty())
    shown.remarks = {
        "Not everything could be measured when this report was made; the owner of the data knows "
        "what."};
  copy_utility(report, shown);
  shown.version = report.version;
  return shown;
}

}  // namespace pt::report
