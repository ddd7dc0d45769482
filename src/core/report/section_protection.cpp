// How people are protected: what was left out or made coarser, the ladder, the rules.
#include <algorithm>

#include "core/report/plot.hpp"
#include "core/report/sections.hpp"
#include "core/report/table.hpp"
#include "core/report/words.hpp"

namespace pt::report {
namespace {

std::string suppression_sentence(const Report& r) {
  std::string text;
  if (r.suppressed.count == 0)
    text = "Nobody was left out";
  else
    text =
        count(r.suppressed) + " people were left out, because no group was large enough for them";
  if (r.label_generalized.count == 0)
    return text + ", and nobody's gender or ethnicity is hidden. ";
  return text + ". The gender or ethnicity of " + count(r.label_generalized) +
         " people is shown under a wider label, because too few people share it. ";
}

void write_coarsening(Html& html, const Report& r) {
  html.open("ul");
  html.element("li", suppression_sentence(r));
  if (r.period == "none")
    html.element("li", "No times of events are released.");
  else if (!r.period.empty())
    html.element("li", "Dates are shown as periods: " + r.period + ".");
  if (r.mean_age_width)
    html.element("li", "Ages are shown as ranges, " + number(*r.mean_age_width, 2) +
                           " years wide on average.");
  html.element("li",
               r.noise_share > 0
                   ? percent(r.noise_share) + " of the event rows were perturbed at random."
                   : "No noise was added: figures by the released attributes are exact for the "
                     "people in the release.");
  html.element("li", r.synthetic_share > 0
                         ? percent(r.synthetic_share) + " of the event rows are invented."
                         : "No event is invented.");
  if (r.release)
    html.element("li",
                 "What was published of these people before was compared with it: no difference "
                 "between versions or releases tells of fewer than " +
                     std::to_string(r.min_size) + " people.");
  html.close();
}

void write_columns(Html& html, const std::vector<Column>& columns, const std::string& caption,
                   const std::string& fate, Host& host) {
  if (columns.empty()) return;
  Table table(caption);
  table.column("Column").column("Of").column(fate == "About" ? "Type" : "Taken for").column(fate);
  for (const Column& column : columns) {
    host.poll();
    table.row({shorten(column.name), shorten(column.relation), shorten(column.role),
               shorten(column.fate, 300)});
  }
  table.write_folded(html, caption + " (" + count(static_cast<std::int64_t>(columns.size())) + ")");
}

void write_left_out(Html& html, const Report& r) {
  if (r.left_out.empty()) return;
  Table table("People without a row, by reason");
  table.column("Reason").column("People", true);
  for (const Bar& bar : r.left_out)
    table.row({shorten(bar.label, 200), count(static_cast<std::int64_t>(bar.value))});
  table.write(html);
}

void write_ladder_plot(Html& html, const Report& r, Host& host) {
  ScatterPlot plot;
  double const goal = r.target_risk * (1 - r.reserve);
  double smallest = goal;
  std::vector<ScatterPlot::Dot> chosen;
  for (const Step& step : r.steps) {
    host.poll();
    if (!step.average || !step.utility) continue;
    smallest = std::min(smallest, *step.average);
    ScatterPlot::Dot const dot{*step.average, *step.utility, step.holds ? Shape::dot : Shape::ring,
                               step.holds ? "after" : "before"};
    (step.chosen ? chosen : plot.dots).push_back(dot);
  }
  for (ScatterPlot::Dot dot : chosen) {
    dot.shape = Shape::diamond;
    dot.css = "good";
    plot.dots.push_back(dot);
  }
  if (plot.dots.empty()) return;
  plot.title = "Every setting that was tried: risk against utility";
  plot.description =
      "A dot for each setting: average risk from left to right, utility from bottom to top. Left "
      "of the "
      "dashed line the target for the average holds. The table below has the figures.";
  plot.across = risk_axis(smallest, "average risk, each step ten times the last");
  plot.up = linear_axis(1, false, "utility (1: nothing lost)");
  plot.legend = {{Shape::dot, "after", "holds target and limit"},
                 {Shape::ring, "before", "does not"},
                 {Shape::diamond, "good", "chosen"},
                 {std::nullopt, "target", r.reserve > 0 ? "target less its reserve" : "target"}};
  plot.lines = {{goal, "target"}};
  plot.write(html);
}

void write_steps(Html& html, const Report& r, Host& host) {
  Table table("Steps of the ladder");
  table.column("Step", true)
      .column("Action")
      .column("Setting")
      .column("Average risk", true)
      .column("Highest", true)
      .column("Utility", true)
      .column("Target and limit")
      .column("Why")
      .column("Proposed by");
  for (const Step& s : r.steps) {
    host.poll();
    Cell holds = verdict_cell(s.holds, s.chosen ? "hold, chosen" : "hold", "missed");
    table.row({std::to_string(s.number), plain(s.action), shorten(s.setting, 600),
               s.average ? risk_percent(*s.average) : "\u2013",
               s.maximum ? risk_percent(*s.maximum) : "\u2013",
               s.utility ? number(*s.utility) : "\u2013", holds, shorten(s.why, 300),
               shorten(s.proposed_by)});
  }
  table.write_folded(html, "All " + count(static_cast<std::int64_t>(r.steps.size())) + " steps");
}

}  // namespace

void write_protection(Html& html, const Report& r, Host& host) {
  html.element("h3", "What was left out or made coarser");
  write_coarsening(html, r);
  write_left_out(html, r);
  write_columns(html, r.source_columns, "Columns of the source, and what became of them",
                "In the release", host);
  if (r.release) write_columns(html, r.release->columns, "Columns of the release", "About", host);
  if (r.steps_tried == 0) return;
  html.element("h3", "How the protection was found");
  paragraph(html,
            "Protection was raised until target and limit held" +
                (r.reserve > 0 ? ", " + percent(r.reserve) +
                                     " of the target being kept in reserve for people who leave"
                               : std::string()) +
                ": more people merged, coarser "
                "dates and details, coarser demographics last. " +
                count(r.steps_tried) + " settings were measured, " + count(r.steps_held) +
                " of them hold. The one that keeps most of the data's use was taken.");
  if (r.steps.empty()) return;
  write_ladder_plot(html, r, host);
  write_steps(html, r, host);
}

void write_rules(Html& html, const Report& r, Host&) {
  std::string const profile = r.release && r.release->profile ? *r.release->profile : "";
  paragraph(html,
            profile.empty()
                ? "No profile was asked for; the rules are the target, limit and minimum size of "
                  "the run."
                : "Profile: " + shorten(profile) +
                      ". doc/profiles.md says where its rules come from and how each is checked. "
                      "Passing them is not legal compliance.");
  bool const internal = r.audience == Audience::internal;
  Table table("Rules, what they require and what was found");
  table.column("Rule").column("Required").column("Found").column("Verdict");
  if (internal) table.column("What would help");
  for (const Rule& rule : r.rules) {
    std::vector<Cell> cells{shorten(plain(rule.name)), rule_value(rule.name, rule.required),
                            rule_value(rule.name, rule.found),
                            verdict_cell(rule.passed, "passes", "fails")};
    if (internal)
      cells.emplace_back(rule.passed || rule.remedy.empty() ? "\u2013" : shorten(rule.remedy, 300));
    table.row(std::move(cells));
  }
  table.write(html);
}

}  // namespace pt::report
