// Axes of plots.
#include <algorithm>
#include <cmath>

#include "core/report/plot.hpp"
#include "core/report/words.hpp"

namespace pt::report {

double Axis::place(double value) const noexcept {
  double const share = logarithmic ? std::log(std::max(value, from) / from) / std::log(to / from)
                                   : (value - from) / (to - from);
  return std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : (value > from ? 1.0 : 0.0);
}

Axis risk_axis(double smallest, std::string title) {
  Axis axis;
  axis.logarithmic = true;
  axis.from = .001;
  axis.to = 1;
  while (axis.from > 1e-6 && smallest < axis.from) axis.from /= 10;
  for (double at = axis.from; at < 1.5; at *= 10) axis.ticks.push_back({at, percent(at)});
  axis.title = std::move(title);
  return axis;
}

Axis ratio_axis(double smallest, double largest, std::string title) {
  Axis axis;
  axis.logarithmic = true;
  axis.from = .5;
  axis.to = 2;
  while (axis.from > 1.0 / 256 && smallest < axis.from) axis.from /= 2;
  while (axis.to < 256 && largest > axis.to) axis.to *= 2;
  double const step = axis.to / axis.from > 64 ? 4 : 2;
  for (double at = 1; at >= axis.from; at /= step) axis.ticks.insert(axis.ticks.begin(), {at, {}});
  for (double at = step; at <= axis.to; at *= step) axis.ticks.push_back({at, {}});
  for (Axis::Tick& tick : axis.ticks)
    tick.label = tick.at < 1 ? "1/" + number(1 / tick.at) : number(tick.at);
  axis.title = std::move(title);
  return axis;
}

Axis linear_axis(double largest, bool as_percent, std::string title) {
  double const rough = std::max(largest, 1e-9) / 4;
  double const power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (double const factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  Axis axis;
  int const steps = std::max(1, static_cast<int>(std::ceil(largest / step - 1e-9)));
  axis.to = step * steps;
  for (int i = 0; i <= steps; ++i)
    axis.ticks.push_back({step * i, as_percent ? percent(step * i) : number(step * i)});
  axis.title = std::move(title);
  return axis;
}

}  // namespace pt::report
