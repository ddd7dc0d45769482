// Risk by attacker against target and limit, its distribution, and the attacks that were run.
#include <algorithm>

#include "core/report/plot.hpp"
#include "core/report/sections.hpp"
#include "core/report/table.hpp"
#include "core/report/words.hpp"

namespace pt::report {
namespace {

std::string or_dash(const std::optional<double>& value, std::string (*format)(double)) {
  return value ? format(*value) : std::string("\u2013");
}

void write_attacker_plot(Html& html, const Report& r) {
  double smallest = std::min(r.target_risk, r.individual_limit);
  DotPlot plot;
  for (const AttackerRisk& risk : r.risks) {
    if (!risk.average || !risk.maximum) continue;
    smallest = std::min({smallest, *risk.average, *risk.maximum});
    plot.rows.push_back(
        {"Knows " + attacker_words(risk.attacker) + (risk.judged ? " (judged)" : ""),
         one_in(*risk.average),
         {{*risk.average, {}, {}, Shape::dot, "after"},
          {*risk.maximum, {}, {}, Shape::diamond, "before"}}});
  }
  if (plot.rows.empty()) return;
  plot.title = "The chance that an attacker names the right person";
  plot.description =
      "One row for each attacker with the average and the highest chance, on a scale on which "
      "every "
      "step is ten times as likely. The table below has the figures.";
  plot.axis = risk_axis(smallest, "chance, each step ten times the last");
  plot.legend = {{Shape::dot, "after", "average over all people"},
                 {Shape::diamond, "before", "the most exposed person"},
                 {std::nullopt, "target", "target for the average"},
                 {std::nullopt, "limit", "limit for anybody"}};
  plot.lines = {{r.target_risk, "target"}, {r.individual_limit, "limit"}};
  plot.write(html);
}

void write_attacker_table(Html& html, const Report& r) {
  Table table("Risk by attacker");
  table.column("The attacker knows")
      .column("Average", true)
      .column("That is", true)
      .column("Highest of anybody", true)
      .column("Against the limits");
  for (const AttackerRisk& risk : r.risks) {
    Cell judged = "not held against this one";
    if (risk.judged && risk.average && risk.maximum)
      judged = verdict_cell(r.target_met, "target and limit hold", "target or limit missed");
    if (!risk.note.empty()) judged = shorten(risk.note, 200);
    table.row({attacker_words(risk.attacker), or_dash(risk.average, risk_percent),
               or_dash(risk.average, one_in), or_dash(risk.maximum, risk_percent), judged});
  }
  table.write(html);
}

void write_distribution(Html& html, const std::string& title, const std::string& caption,
                        const std::vector<Bar>& bars, bool with_counts) {
  if (bars.empty()) return;
  html.open("div");
  BarPlot plot;
  plot.title = title;
  plot.description = "Bars for ranges of risk; the table below has the figures.";
  plot.bars = bars;
  plot.as_percent = true;
  plot.write(html);
  double sum = 0;
  for (const Bar& bar : bars) sum += bar.value;
  Table table(caption);
  table.column("Risk").column("Share of people", true);
  if (with_counts) table.column("People", true);
  for (const Bar& bar : bars) {
    std::vector<Cell> cells{bar.label, percent(sum > 0 ? bar.value / sum : 0)};
    if (with_counts) cells.emplace_back(count(static_cast<std::int64_t>(bar.value)));
    table.row(std::move(cells));
  }
  table.write_folded(html, "Figures of this plot");
  html.close();
}

/// Rates of success against what was claimed, for attacks that have a claim.
void write_attack_plot(Html& html, const Report& r) {
  DotPlot plot;
  double largest = 0;
  for (const Attack& a : r.attacks) {
    if (!a.claimed || !a.rate || !a.low || !a.high ||
        a.residual.has_value() != a.control.has_value())
      continue;
    if (is_guess(a)) continue;  // judged by the gain over the control, not by the rate
    largest = std::max({largest, *a.high, *a.claimed});
    bool const bad = a.within_claim && !*a.within_claim;
    plot.rows.push_back(
        {plain(a.name),
         percent(*a.rate) + " of " + count(a.attempts),
         {{*a.claimed, {}, {}, Shape::ring, "before"},
          {*a.rate, a.low, a.high, bad ? Shape::square : Shape::dot, bad ? "bad" : "after"}}});
  }
  if (plot.rows.empty()) return;
  plot.title = "Attempts that named the right person, against what is claimed";
  plot.description =
      "One row for each attack: the measured share of successful attempts with its 95 % interval, "
      "and "
      "the risk that the release claims. The table below has the figures.";
  plot.axis = linear_axis(largest, true, "share of attempts");
  plot.legend = {{Shape::dot, "after", "measured, with interval"},
                 {Shape::ring, "before", "claimed risk"}};
  plot.write(html);
}

}  // namespace

void write_risk(Html& html, const Report& r, Host&) {
  paragraph(
      html,
      "Risk is the chance that a stated attacker, who knows how the release was made, picks the "
      "right person out of all who look alike in it. \u201c1 in 100\u201d means: of a hundred such "
      "attackers, each after one person, one is right, and none can tell which one.");
  write_attacker_plot(html, r);
  write_attacker_table(html, r);
  paragraph(
      html,
      "Risks are rounded up. The average is over all people in the release; target and limit are "
      "held against the attacker that is marked. Those who know less are less dangerous; they are "
      "shown for comparison.",
      "note");
  bool const internal = r.audience == Audience::internal;
  html.open("div", {{"class", "pair"}});
  write_distribution(html, "People by their risk", "People by risk, judged attacker",
                     r.person_risks, internal);
  write_distribution(html, "People by risk, when only demographics are known",
                     "People by risk, attacker who knows the demographics", r.class_risks,
                     internal);
  html.close();
  if (r.high_risk_personas > 0)
    paragraph(html, count(r.high_risk_personas) + " of " + count(r.personas) +
                        " personas have a member with a risk above 25 %.");
  if (r.homogeneous_personas > 0)
    paragraph(
        html,
        count(r.homogeneous_personas) + " of " + count(r.personas) +
            " personas have a sensitive attribute or outcome with one value only: of their members "
            "that value is known without anybody being named.");
}

void write_attacks(Html& html, const Report& r, Host& host) {
  paragraph(html,
            "A claimed risk is a calculation; an attack is a trial. These attacks were run on the "
            "release "
            "as a reader sees it, and judged with what only the owner knows. An attack is within "
            "the claim "
            "when its success does not contradict the risk stated above.");
  write_attack_plot(html, r);
  Table table("Attacks on the release");
  table.column("Attack")
      .column("The attacker tries to")
      .column("Attempts", true)
      .column("Success, 95 % interval", true)
      .column("Without the release", true)
      .column("Gain", true)
      .column("Claimed", true)
      .column("By enumeration", true)
      .column("Within the claim");
  for (const Attack& a : r.attacks) {
    host.poll();
    std::string success = or_dash(a.rate, percent);
    if (a.low && a.high) success += " (" + percent(*a.low) + " to " + percent(*a.high) + ")";
    Cell verdict = verdict_cell(a.within_claim);
    if (!a.note.empty() && !a.within_claim) verdict.text += ": " + shorten(a.note, 160);
    table.row({shorten(plain(a.name)), attack_words(a.name), count(a.attempts), success,
               or_dash(a.control, percent), or_dash(a.residual, percent),
               or_dash(a.claimed, percent), or_dash(a.exact, percent), verdict});
  }
  table.write(html);
  paragraph(html,
            "\u201cWithout the release\u201d is the success of the same attack by somebody who "
            "does not have it, "
            "or on people who are not in it. \u201cGain\u201d is what the release adds to that, "
            "and what linking and "
            "guessing are judged by: guessing that a common outcome is common succeeds without any "
            "release.",
            "note");
}

}  // namespace pt::report
