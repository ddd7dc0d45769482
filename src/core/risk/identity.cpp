#include "core/risk/identity.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pt::risk {

std::vector<SizeCount> size_distribution(std::span<const std::uint64_t> sizes) {
  constexpr std::size_t kSmall = 4096;
  std::vector<std::uint64_t> small(kSmall, 0);
  std::vector<std::uint64_t> large;
  for (const std::uint64_t size : sizes) {
    if (size < kSmall)
      ++small[size];
    else
      large.push_back(size);
  }
  std::sort(large.begin(), large.end());
  std::vector<SizeCount> out;
  for (std::size_t size = 0; size < kSmall; ++size)
    if (small[size] > 0) out.push_back({size, small[size]});
  for (const std::uint64_t size : large) {
    if (!out.empty() && out.back().size == size)
      ++out.back().classes;
    else
      out.push_back({size, 1});
  }
  return out;
}

IdentityFigures identity_figures(std::span<const SizeCount> sizes) {
  IdentityFigures out;
  if (sizes.empty()) return out;
  double inverse = 0;
  for (const SizeCount& s : sizes) {
    const auto size = static_cast<double>(s.size);
    const auto classes = static_cast<double>(s.classes);
    out.people += s.size * s.classes;
    out.classes += s.classes;
    if (s.size == 1) out.uniques = s.classes;
    if (s.size == 2) out.pairs = s.classes;
    inverse += classes / size;
    out.discernibility += classes * size * size;
  }
  const auto n = static_cast<double>(out.people);
  const auto classes = static_cast<double>(out.classes);
  out.k = sizes.front().size;
  out.largest = sizes.back().size;
  out.at_maximum = sizes.front().size * sizes.front().classes;
  out.uniqueness = static_cast<double>(out.uniques) / n;
  out.average_risk = classes / n;
  out.class_average = inverse / classes;
  out.maximum_risk = 1 / static_cast<double>(out.k);
  out.minimum_risk = 1 / static_cast<double>(out.largest);
  out.average_size = n / classes;
  out.normalized_average_size = n / (classes * static_cast<double>(out.k));
  return out;
}

std::optional<double> share_above(std::span<const SizeCount> sizes, double threshold) {
  std::uint64_t people = 0;
  std::uint64_t above = 0;
  for (const SizeCount& s : sizes) {
    people += s.size * s.classes;
    if (1 / static_cast<double>(s.size) > threshold) above += s.size * s.classes;
  }
  if (people == 0) return std::nullopt;
  return static_cast<double>(above) / static_cast<double>(people);
}

std::vector<RiskBucket> risk_distribution(std::span<const SizeCount> sizes) {
  constexpr std::array<std::uint64_t, 10> kLow = {1, 2, 3, 4, 5, 10, 20, 50, 100, 1000};
  std::vector<RiskBucket> out;
  for (std::size_t i = 0; i < kLow.size(); ++i)
    out.push_back({kLow[i], i + 1 < kLow.size() ? kLow[i + 1] - 1 : 0});
  for (const SizeCount& s : sizes) {
    const auto above = std::upper_bound(kLow.begin(), kLow.end(), s.size);
    RiskBucket& bucket = out[static_cast<std::size_t>(above - kLow.begin()) - 1];
    bucket.classes += s.classes;
    bucket.people += s.size * s.classes;
  }
  return out;
}

PopulationFigures population_figures(std::span<const std::uint64_t> sizes,
                                     std::span<const double> population) {
  PopulationFigures out;
  // Sums are taken in the order of the values, so that they don't depend on that of the classes.
  std::vector<std::pair<double, double>> classes;  // F, f
  for (std::size_t c = 0; c < sizes.size(); ++c)
    classes.emplace_back(population[c], static_cast<double>(sizes[c]));
  if (classes.empty()) return out;
  std::sort(classes.begin(), classes.end());
  double people = 0;
  double matches = 0;
  out.least_presence = classes.front().second / classes.front().first;
  for (const auto& [F, f] : classes) {
    out.population += F;
    people += f;
    matches += f / F;
    out.least_presence = std::min(out.least_presence, f / F);
    out.greatest_presence = std::max(out.greatest_presence, f / F);
  }
  out.smallest = classes.front().first;
  out.maximum_risk = 1 / out.smallest;
  out.marketer_risk = matches / people;
  out.average_risk =
      std::max(static_cast<double>(classes.size()) / out.population, out.marketer_risk);
  return out;
}

}  // namespace pt::risk
