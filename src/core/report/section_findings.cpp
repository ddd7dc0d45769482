// Differences between groups before and after, the stored verdict on utility, research questions.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/report/plot.hpp"
#include "core/report/sections.hpp"
#include "core/report/table.hpp"
#include "core/report/words.hpp"

namespace pt::report {
namespace {

constexpr std::size_t kPlotRows = 14, kRowsOfAttribute = 7, kLostRows = 4;

bool is_ratio(const Comparison& c) { return c.scale.starts_with("log "); }

const Side* measured(const Comparison& c) {
  return c.release ? &*c.release : c.source ? &*c.source : nullptr;
}

/// How far the effect is from nothing, in standard errors; 0 when that is not known.
double strength(const Comparison& c) {
  const Side* const side = c.source ? &*c.source : measured(c);
  if (!side || !side->low || !side->high || !(*side->high > *side->low)) return 0;
  return std::abs(side->effect) / (*side->high - *side->low);
}

int rank(const Comparison& c) {
  if (c.measure == "outcome rate" || c.measure == "reoffence") return 0;
  return c.measure == "category rate" ? 2 : 1;
}

bool is_lost(const Comparison& c) { return c.kept && !*c.kept; }

/// The rows of the plot: the clearest differences, outcomes before other measures, some of every
/// attribute. The clearest that are not kept have a place in any case.
std::vector<const Comparison*> chosen_rows(const Report& r) {
  std::vector<const Comparison*> all;
  for (const Comparison& c : r.comparisons)
    if (is_ratio(c) && measured(c) && strength(c) > 0) all.push_back(&c);
  std::stable_sort(all.begin(), all.end(), [](const Comparison* a, const Comparison* b) {
    if (rank(*a) != rank(*b)) return rank(*a) < rank(*b);
    return strength(*a) > strength(*b);
  });
  auto const lost = static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const Comparison* c) { return is_lost(*c); }));
  std::size_t places_for_lost = std::min(lost, kLostRows);
  std::size_t places = kPlotRows - places_for_lost;
  std::map<std::string, std::size_t> of_attribute;
  std::vector<const Comparison*> rows;
  for (const Comparison* c : all) {
    if (is_lost(*c)) {
      if (places_for_lost == 0) continue;
      --places_for_lost;
      rows.push_back(c);
    } else if (places > 0 && of_attribute[c->attribute]++ < kRowsOfAttribute) {
      --places;
      rows.push_back(c);
    }
  }
  return rows;
}

Mark mark(const Side& side, Shape shape, const char* css) {
  Mark result{std::exp(side.effect), {}, {}, shape, css};
  if (side.low && side.high) {
    result.low = std::exp(*side.low);
    result.high = std::exp(*side.high);
  }
  return result;
}

void write_forest(Html& html, const Report& r) {
  auto const rows = chosen_rows(r);
  if (rows.empty()) return;
  DotPlot plot;
  double smallest = 1, largest = 1;
  bool any_lost = false;
  for (const Comparison* c : rows) {
    DotPlot::Row row{comparison_words(*c), number(std::exp(measured(*c)->effect)) + "\u00d7", {}};
    if (c->source) row.marks.push_back(mark(*c->source, Shape::ring, "before"));
    if (c->release) {
      bool const lost = is_lost(*c);
      any_lost = any_lost || lost;
      row.marks.push_back(
          mark(*c->release, lost ? Shape::square : Shape::dot, lost ? "bad" : "after"));
    }
    for (const Mark& m : row.marks) {
      smallest = std::min(smallest, m.low.value_or(m.value));
      largest = std::max(largest, m.high.value_or(m.value));
    }
    plot.rows.push_back(std::move(row));
  }
  plot.title = "The clearest differences between groups, in the source and in the release";
  plot.description =
      "One row for each comparison: the odds ratio, or the ratio of rates, of the first group "
      "against the "
      "second with its 95 % interval, in the source and in the release. Right of 1 the first group "
      "has "
      "more. The table below has the figures.";
  plot.axis = ratio_axis(smallest, largest, "odds ratio or ratio of rates; 1: no difference");
  plot.legend = {{Shape::ring, "before",
                  r.audience == Audience::internal ? "source" : "source, where it is the same"},
                 {Shape::dot, "after", "release"},
                 {std::nullopt, "one", "no difference"}};
  if (any_lost) plot.legend.push_back({Shape::square, "bad", "release, not kept"});
  plot.lines = {{1, "one"}};
  plot.write(html);
}

std::string shown_effect(const Comparison& c, const std::optional<Side>& side) {
  if (!side) return "\u2013";
  auto const convert = [&](double x) { return number(is_ratio(c) ? std::exp(x) : x); };
  std::string text = convert(side->effect);
  if (side->low && side->high)
    text += " (" + convert(*side->low) + " to " + convert(*side->high) + ")";
  return text;
}

/// "47.5 % and 59.9 %" for shares, plain numbers for means and rates.
std::string shown_values(const Comparison& c, const Side& side) {
  if (c.compared.empty()) return "\u2013";
  auto const format = [&](double x) {
    return c.scale == "log odds ratio" ? percent(x) : number(x);
  };
  return format(side.value1) + " and " + format(side.value0);
}

void write_comparisons(Html& html, const Report& r, bool lost, const std::string& caption,
                       const std::string& summary, Host& host) {
  bool const internal = r.audience == Audience::internal;
  Table table(caption);
  table.column("Comparison")
      .column("By")
      .column("Both groups, release", true)
      .column(internal ? "Effect in the source" : "Effect in the source, where the same", true)
      .column("Effect in the release", true)
      .column("Kept");
  if (internal) table.column("Why not");
  std::int64_t rows = 0;
  for (const Comparison& c : r.comparisons) {
    host.poll();
    if (lost != is_lost(c)) continue;
    ++rows;
    std::vector<Cell> cells{comparison_words(c),
                            plain(c.attribute),
                            c.release ? shown_values(c, *c.release) : "\u2013",
                            shown_effect(c, c.source),
                            shown_effect(c, c.release),
                            verdict_cell(c.kept, "kept", "not kept")};
    if (internal) cells.emplace_back(c.why.empty() ? "\u2013" : shorten(c.why, 200));
    table.row(std::move(cells));
  }
  if (rows > 0) table.write_folded(html, summary + " (" + count(rows) + ")");
}

void write_parts(Html& html, const Report& r) {
  if (r.utility_parts.empty()) return;
  Table table("Verdict on utility, as stored with the release");
  table.column("Part")
      .column("Required", true)
      .column("Found", true)
      .column("Judged", true)
      .column("Kept", true)
      .column("Verdict");
  auto const figure = [](const std::optional<double>& x) { return x ? number(*x) : "\u2013"; };
  for (const Part& part : r.utility_parts)
    table.row({shorten(plain(part.name)), figure(part.required), figure(part.found),
               count(part.judged), count(part.preserved),
               verdict_cell(part.passed, "passes", "fails")});
  table.write(html);
  for (const Part& part : r.utility_parts)
    if (!part.why.empty())
      paragraph(html, plain(shorten(part.name)) + ": " + shorten(part.why, 400), "note");
}

}  // namespace

void write_findings(Html& html, const Report& r, Host& host) {
  paragraph(
      html,
      "Bias analysis is what such data are released for. Every difference between groups that the "
      "source shows was computed again from the release. It is kept when its size is at least 90 % "
      "the same, its direction is the same, and it is statistically significant in both or in "
      "neither: a release must neither lose a finding nor invent one.");
  if (r.comparisons_judged > 0)
    paragraph(html, count(r.comparisons_kept) + " of " + count(r.comparisons_judged) +
                        " differences that can be judged are kept (" +
                        percent(static_cast<double>(r.comparisons_kept) /
                                static_cast<double>(r.comparisons_judged)) +
                        ").");
  write_parts(html, r);
  write_forest(html, r);
  write_comparisons(html, r, true, "Differences that are not kept", "Differences that are not kept",
                    host);
  write_comparisons(html, r, false, "Differences that are kept or can't be judged",
                    "Differences that are kept or can't be judged", host);
  if (r.comparisons_hidden > 0)
    paragraph(
        html,
        count(r.comparisons_hidden) +
            " comparisons are not shown here: the release does not show their groups, or a count "
            "behind them is below " +
            std::to_string(r.min_size) + ".",
        "note");
  paragraph(
      html,
      "Ratios are odds ratios for shares and ratios of rates for events per person; means are "
      "compared by Hedges' g and associations of all groups by Cram\u00e9r's V. Intervals are of "
      "95 %.",
      "note");
}

void write_questions(Html& html, const Report& r, Host& host) {
  bool const internal = r.audience == Audience::internal;
  paragraph(
      html,
      "Questions that researchers ask of such data, each as a comparison or a regression, in the "
      "source and in the release. Power is the chance that a test on the release finds the effect "
      "that the source has.");
  if (r.questions_in_source > 0)
    paragraph(html,
              count(r.questions_kept) + " of " + count(r.questions_in_source) +
                  " questions that the source can answer have the same answer in the release (" +
                  percent(static_cast<double>(r.questions_kept) /
                          static_cast<double>(r.questions_in_source)) +
                  ")." + (internal ? "" : " Those that the release answers are listed."));
  if (r.questions.empty()) return;
  Table table("Research questions, and whether the release answers them");
  table.column("Question").column("Answerable").column("Power", true);
  if (internal) table.column("Source", true);
  table.column("Release", true).column("Measured by").column("Same answer");
  if (internal) table.column("Why not");
  auto const figure = [](const std::optional<double>& x) { return x ? number(*x) : "\u2013"; };
  auto const or_dash = [](const std::string& text) {
    return text.empty() ? std::string("\u2013") : shorten(text, 300);
  };
  for (const Question& q : r.questions) {
    host.poll();
    std::vector<Cell> cells{shorten(q.text, 300), verdict_cell(q.answerable),
                            q.power ? percent(*q.power) : "\u2013"};
    if (internal) cells.emplace_back(figure(q.source));
    cells.emplace_back(figure(q.release));
    cells.emplace_back(or_dash(q.scale));
    cells.push_back(verdict_cell(q.kept));
    if (internal) cells.emplace_back(or_dash(q.why));
    table.row(std::move(cells));
  }
  table.write(html);
}

}  // namespace pt::report
