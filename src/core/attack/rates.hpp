// Success rates of attacks with their uncertainty, and the risk that is left over a control group.
#pragma once

#include <cstdint>

namespace pt::attack {

/// A rate in 0..1 with the ends of its confidence interval.
struct Interval {
  double centre = 0;
  double error = 0;  ///< half the width
  double low = 0, high = 1;
};

/// The score interval of a proportion (Wilson 1927) at a two-sided `confidence` in (0, 1):
/// centre (s + z^2/2) / (n + z^2), half width z / (n + z^2) sqrt(s (n - s) / n + z^2 / 4).
/// `successes` in 0..attempts, may be fractional; `attempts` > 0. Error 22023 otherwise.
Interval wilson(double successes, double attempts, double confidence);

/// A rate that is known without error.
Interval exactly(double rate);

/// What an attack gains over the same attack on people that the release says nothing of (Giomi et
/// al. 2023): (a - c) / (1 - c) of the two centres, with the error propagated to first order; all
/// of it cut to 0..1. A control that always succeeds leaves nothing to gain: 0.
Interval residual(const Interval& attack, const Interval& control);

}  // namespace pt::attack
