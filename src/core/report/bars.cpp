#include "core/report/bars.hpp"

#include <algorithm>
#include <array>

#include "core/report/words.hpp"

namespace pt::report {

std::vector<Bar> size_bars(const std::vector<std::pair<std::int64_t, std::int64_t>>& sizes) {
  if (sizes.empty()) return {};
  auto const [least, most] = std::minmax_element(sizes.begin(), sizes.end());
  constexpr std::int64_t kBars = 12, kFactors[] = {1, 2, 5};
  std::int64_t width = 1;
  auto const bars = [&] { return most->first / width - least->first / width + 1; };
  for (std::int64_t power = 1; bars() > kBars; power *= 10)
    for (std::int64_t const factor : kFactors)
      if (bars() > kBars) width = factor * power;
  std::int64_t const first = least->first / width;
  std::vector<Bar> result;
  for (std::int64_t i = first; i < first + bars(); ++i) {
    std::int64_t const from = i * width, to = from + width - 1;
    result.push_back({from == to ? count(from) : count(from) + " to " + count(to), 0});
  }
  for (const auto& [size, personas] : sizes)
    result[static_cast<std::size_t>(size / width - first)].value += static_cast<double>(personas);
  return result;
}

std::vector<Bar> risk_bars(const std::vector<std::pair<double, std::int64_t>>& risks) {
  constexpr std::array kBounds{.001, .002, .005, .01, .02, .05, .1, .25, 1.0};
  std::vector<Bar> all;
  for (std::size_t i = 0; i < kBounds.size(); ++i)
    all.push_back({i == 0 ? "up to " + percent(kBounds[0])
                          : percent(kBounds[i - 1]).substr(0, percent(kBounds[i - 1]).size() - 2) +
                                " to " + percent(kBounds[i]),
                   0});
  for (const auto& [risk, people] : risks) {
    auto const* const bound = std::find_if(kBounds.begin(), kBounds.end() - 1,
                                           [r = risk](double b) { return r <= b * (1 + 1e-6); });
    all[static_cast<std::size_t>(bound - kBounds.begin())].value += static_cast<double>(people);
  }
  auto const holds = [](const Bar& bar) { return bar.value > 0; };
  auto const first = std::find_if(all.begin(), all.end(), holds);
  auto const last = std::find_if(all.rbegin(), std::make_reverse_iterator(first), holds).base();
  return {first, last};
}

}  // namespace pt::report
