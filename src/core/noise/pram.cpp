#include "core/noise/pram.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/noise/jitter.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/proportion.hpp"

namespace pt::noise {
namespace {

void require_noise(double noise) {
  if (!(noise >= 0 && noise <= 1))
    throw invalid_parameter("noise must be between 0 and 1", {},
                            "It is the probability that a value is drawn anew.");
}

void require_invertible(double noise) {
  if (noise >= 1)
    throw invalid_parameter("noise 1 can't be corrected",
                            "Every value was drawn anew, so nothing is left of the true ones.");
}

}  // namespace

Pram::Pram(std::span<const double> shares, double noise)
    : shares_(shares.begin(), shares.end()), noise_(noise) {
  require_noise(noise);
  double sum = 0;
  for (const double s : shares) {
    if (!(s >= 0 && std::isfinite(s)))
      throw invalid_parameter("shares must be finite and not negative");
    sum += s;
  }
  if (!(sum > 0 && std::isfinite(sum)))
    throw invalid_parameter("shares must not all be 0", {}, "Give one share an alternative.");
  for (double& s : shares_) s /= sum;
}

std::size_t Pram::draw(std::size_t from, std::uint64_t whether, std::uint64_t which) const {
  if (unit(whether) >= noise_) return from;
  double left = unit(which);
  std::size_t last = from;
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    if (shares_[i] <= 0) continue;
    last = i;
    if (left < shares_[i]) return i;
    left -= shares_[i];
  }
  return last;  // the shares add up to a little less than 1 through rounding
}

std::vector<double> Pram::corrected(std::span<const double> published) const {
  require_invertible(noise_);
  if (published.size() != shares_.size())
    throw invalid_parameter("observed and shares must have as many elements");
  std::vector<double> out(published.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = (published[i] - noise_ * shares_[i]) / (1 - noise_);
  return out;
}

Band pram_band(std::uint64_t with, std::uint64_t total, double share, double noise,
               double confidence) {
  require_noise(noise);
  require_invertible(noise);
  if (total == 0 || with > total)
    throw invalid_parameter("total must be at least 1 and not below the number with the outcome");
  if (!(share >= 0 && share <= 1)) throw invalid_parameter("share must be between 0 and 1");
  if (!(confidence > 0 && confidence < 1))
    throw invalid_parameter("confidence must be above 0 and below 1");
  const auto n = static_cast<double>(total);
  const auto successes = static_cast<double>(with);
  const stats::Interval wilson =
      stats::wilson(successes, n, stats::normal_quantile((1 + confidence) / 2));
  const auto before = [&](double x) {
    return std::clamp((x - noise * share) / (1 - noise), 0.0, 1.0);
  };
  return {before(successes / n), before(wilson.low), before(wilson.high)};
}

}  // namespace pt::noise
