#include "core/attack/rates.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "core/error.hpp"

namespace pt::attack {

Interval wilson(double successes, double attempts, double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw invalid_parameter("confidence must lie between 0 and 1",
                            "It is " + std::to_string(confidence) + ".", "Use 0.95.");
  if (!(attempts > 0 && std::isfinite(attempts) && successes >= 0 && successes <= attempts))
    throw invalid_parameter("successes must be 0 to attempts, and attempts above 0");
  const double z = boost::math::quantile(boost::math::normal(), 0.5 + confidence / 2);
  const double scale = attempts + z * z;
  Interval out;
  out.centre = (successes + z * z / 2) / scale;
  out.error = z / scale * std::sqrt(successes * (attempts - successes) / attempts + z * z / 4);
  // Without or with nothing but successes an end is known, and rounding must not move it.
  out.low = successes == 0 ? 0 : std::max(0.0, out.centre - out.error);
  out.high = successes == attempts ? 1 : std::min(1.0, out.centre + out.error);
  return out;
}

Interval exactly(double rate) { return {rate, 0, rate, rate}; }

Interval residual(const Interval& attack, const Interval& control) {
  const double left = 1 - control.centre;
  if (!(left > 0)) return exactly(0);
  const double risk = (attack.centre - control.centre) / left;
  const double error =
      std::hypot(attack.error / left, control.error * (attack.centre - 1) / (left * left));
  return {std::clamp(risk, 0.0, 1.0), error, std::clamp(risk - error, 0.0, 1.0),
          std::clamp(risk + error, 0.0, 1.0)};
}

}  // namespace pt::attack
