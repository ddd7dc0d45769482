// Plots as inline SVG, 400 units wide, so that their text stays readable on a telephone. A plot
// says in title and description what it shows; its figures stand in a table beside it. Marks differ
// in shape as well as in colour.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/report/html.hpp"
#include "core/report/model.hpp"

namespace pt::report {

/// Where values lie on an axis. Values outside are drawn at its ends.
struct Axis {
  double from = 0, to = 1;
  bool logarithmic = false;  ///< from > 0
  struct Tick {
    double at;
    std::string label;
  };
  std::vector<Tick> ticks;
  std::string title;

  /// 0 at `from`, 1 at `to`.
  [[nodiscard]] double place(double value) const noexcept;
};

/// .1 %, 1 %, 10 %, 100 %, as far as the values need; smaller ones are drawn at the left end.
[[nodiscard]] Axis risk_axis(double smallest, std::string title);
/// Ratios around 1: a quarter, a half, 1, 2, 4, as far as the values need.
[[nodiscard]] Axis ratio_axis(double smallest, double largest, std::string title);
/// 0 to the next round number at or above `largest` (> 0), four or five ticks, in percent if asked.
[[nodiscard]] Axis linear_axis(double largest, bool as_percent, std::string title);

enum class Shape : std::uint8_t { dot, ring, diamond, square };

struct Mark {
  double value = 0;
  std::optional<double> low, high;  ///< an interval, drawn as a line
  Shape shape = Shape::dot;
  std::string css;  ///< class of the colour: before, after, bad, limit
};

/// A line across all rows.
struct Reference {
  double at = 0;
  std::string css;
};

struct LegendItem {
  std::optional<Shape> shape;  ///< none: a line
  std::string css, label;
};

/// Rows of marks on one axis: label on the left, a value in words on the right, marks below.
struct DotPlot {
  std::string title, description;
  Axis axis;
  std::vector<LegendItem> legend;
  std::vector<Reference> lines;
  struct Row {
    std::string label, value;
    std::vector<Mark> marks;
  };
  std::vector<Row> rows;
  void write(Html& html) const;
};

/// Horizontal bars with their labels, one below the other.
struct BarPlot {
  std::string title, description;
  std::vector<Bar> bars;
  bool as_percent = false;  ///< of the sum, as words beside each bar
  std::string unit;         ///< word behind each value
  void write(Html& html) const;
};

/// Dots over two axes.
struct ScatterPlot {
  std::string title, description;
  Axis across, up;
  std::vector<LegendItem> legend;
  std::vector<Reference> lines;  ///< vertical
  struct Dot {
    double x, y;
    Shape shape;
    std::string css;
  };
  std::vector<Dot> dots;
  void write(Html& html) const;
};

}  // namespace pt::report
