#include "core/report/plot.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "core/report/words.hpp"

namespace pt::report {
namespace {

// Units of the drawing; text is 11 or 12 units high.
constexpr double kWidth = 400, kLeft = 10, kRight = 390, kRow = 40, kText = 11, kLegendRow = 18;

std::string units(double value) {
  std::array<char, 32> text;
  auto const end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1).ptr;
  return {text.data(), end};
}

void line(Html& html, double x1, double y1, double x2, double y2, std::string css) {
  html.leaf("line",
            {{"x1", units(x1)},
             {"y1", units(y1)},
             {"x2", units(x2)},
             {"y2", units(y2)},
             {"class", std::move(css)}},
            true);
}

void label(Html& html, double x, double y, std::string_view text, std::string css) {
  html.element("text", text, {{"x", units(x)}, {"y", units(y)}, {"class", std::move(css)}});
}

void shape(Html& html, Shape kind, double x, double y, const std::string& css) {
  if (kind == Shape::dot || kind == Shape::ring) {
    html.leaf("circle",
              {{"cx", units(x)},
               {"cy", units(y)},
               {"r", kind == Shape::dot ? "4" : "5.5"},
               {"class", (kind == Shape::ring ? "ring " : "fill ") + css}},
              true);
    return;
  }
  double const r = kind == Shape::diamond ? 5.5 : 4;
  std::string const points =
      kind == Shape::diamond
          ? units(x) + "," + units(y - r) + " " + units(x + r) + "," + units(y) + " " + units(x) +
                "," + units(y + r) + " " + units(x - r) + "," + units(y)
          : units(x - r) + "," + units(y - r) + " " + units(x + r) + "," + units(y - r) + " " +
                units(x + r) + "," + units(y + r) + " " + units(x - r) + "," + units(y + r);
  html.leaf("polygon", {{"points", points}, {"class", "fill " + css}}, true);
}

/// Opens the figure and its drawing; what is drawn is hidden from readers of screens, who get title
/// and description.
void begin(Html& html, const std::string& title, const std::string& description, double height) {
  std::string const id = std::to_string(html.next_id());
  html.open("figure").element("figcaption", title);
  html.open("svg", {{"viewBox", "0 0 400 " + units(height)},
                    {"role", "img"},
                    {"aria-labelledby", "p" + id + " d" + id}});
  html.element("title", title, {{"id", "p" + id}});
  html.element("desc", description, {{"id", "d" + id}});
  html.open("g", {{"aria-hidden", "true"}});
}

void end(Html& html) { html.close().close().close(); }

/// Draws the legend, two items a line, and returns the height it takes.
double legend(Html& html, const std::vector<LegendItem>& items) {
  double y = 10;
  bool right = false;
  for (const LegendItem& item : items) {
    bool const wide = item.label.size() > 30;
    if (wide && right) {
      y += kLegendRow;
      right = false;
    }
    double const x = right ? 208 : kLeft + 6;
    if (item.shape)
      shape(html, *item.shape, x, y, item.css);
    else
      line(html, x, y - 6, x, y + 6, "across " + item.css);
    label(html, x + 12, y + 4, item.label, "");
    if (right || wide) y += kLegendRow;
    right = !right && !wide;
  }
  if (right) y += kLegendRow;
  return items.empty() ? 0 : y - 2;
}

double legend_height(const std::vector<LegendItem>& items) {
  Html measure;
  return legend(measure, items);
}

double across(const Axis& axis, double value) {
  return kLeft + 8 + (kRight - kLeft - 16) * axis.place(value);
}

/// Ticks with their labels below `bottom`, grid lines up to `top`, the title of the axis.
void draw_axis(Html& html, const Axis& axis, double top, double bottom) {
  for (const Axis::Tick& tick : axis.ticks) {
    double const x = across(axis, tick.at);
    line(html, x, top, x, bottom, "grid");
    std::string anchor = "tick";
    if (x < kLeft + 20) anchor += " start";
    if (x > kRight - 20) anchor += " end";
    label(html,
          x < kLeft + 20    ? kLeft
          : x > kRight - 20 ? kRight
                            : x,
          bottom + 14, tick.label, anchor);
  }
  label(html, kWidth / 2, bottom + 30, axis.title, "tick");
}

}  // namespace

void DotPlot::write(Html& html) const {
  double const top = legend_height(legend);
  double const bottom = top + kRow * static_cast<double>(rows.size()) + 4;
  begin(html, title, description, bottom + 36);
  pt::report::legend(html, legend);
  draw_axis(html, axis, top, bottom);
  for (const Reference& reference : lines) {
    double const x = across(axis, reference.at);
    line(html, x, top, x, bottom, "across " + reference.css);
  }
  double y = top;
  for (const Row& row : rows) {
    label(html, kLeft, y + kText + 2, fit(row.label, 54), "");
    label(html, kRight, y + kText + 2, row.value, "end");
    double const middle = y + kText + 12;
    line(html, kLeft, middle, kRight, middle, "track");
    bool const intervals = std::any_of(row.marks.begin(), row.marks.end(),
                                       [](const Mark& m) { return m.low && m.high; });
    for (const Mark& mark : row.marks) {
      double const offset = !intervals ? 0 : mark.css == "before" ? -3.5 : 3.5;
      if (mark.low && mark.high)
        line(html, across(axis, *mark.low), middle + offset, across(axis, *mark.high),
             middle + offset, "interval " + mark.css);
      shape(html, mark.shape, across(axis, mark.value), middle + offset, mark.css);
    }
    y += kRow;
  }
  end(html);
}

void BarPlot::write(Html& html) const {
  constexpr double kBar = 22, kLabels = 112, kWords = 96;
  double largest = 0, sum = 0;
  for (const Bar& bar : bars) {
    largest = std::max(largest, bar.value);
    sum += bar.value;
  }
  begin(html, title, description, kBar * static_cast<double>(bars.size()) + 6);
  double y = 2;
  double const room = kRight - kLabels - kWords;
  line(html, kLabels, 0, kLabels, kBar * static_cast<double>(bars.size()) + 4, "track");
  for (const Bar& bar : bars) {
    label(html, kLabels - 8, y + 14, fit(bar.label, 18), "end");
    double const width = largest > 0 ? room * bar.value / largest : 0;
    html.leaf("rect",
              {{"x", units(kLabels)},
               {"y", units(y + 2)},
               {"width", units(width)},
               {"height", units(kBar - 6)},
               {"class", "fill after"}},
              true);
    std::string words = count(static_cast<std::int64_t>(bar.value));
    if (as_percent && sum > 0) words = percent(bar.value / sum);
    if (!unit.empty()) words += " " + unit;
    label(html, kLabels + width + 6, y + 14, words, "");
    y += kBar;
  }
  end(html);
}

void ScatterPlot::write(Html& html) const {
  constexpr double kHeight = 200;
  double const top = legend_height(legend) + 4;
  double const bottom = top + kHeight;
  begin(html, title, description, bottom + 36);
  pt::report::legend(html, legend);
  draw_axis(html, across, top, bottom);
  for (const Axis::Tick& tick : up.ticks) {
    double const y = bottom - kHeight * up.place(tick.at);
    line(html, kLeft + 8, y, kRight - 8, y, "grid");
    label(html, kLeft + 10, y - 3, tick.label, "tick start");
  }
  label(html, kLeft + 10, top + 10, up.title, "tick start");
  for (const Reference& reference : lines) {
    double const x = pt::report::across(across, reference.at);
    line(html, x, top, x, bottom, "across " + reference.css);
  }
  for (const Dot& dot : dots)
    shape(html, dot.shape, pt::report::across(across, dot.x), bottom - kHeight * up.place(dot.y),
          dot.css);
  end(html);
}

}  // namespace pt::report
