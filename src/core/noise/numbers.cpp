#include "core/noise/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/noise/jitter.hpp"

namespace pt::noise {
namespace {

constexpr int kMostDecimals = 6;
constexpr std::size_t kMostDigits = 12;

bool is_digits(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<FixedNumbers> parse_fixed(std::span<const std::string> texts) {
  struct Parts {
    bool negative;
    std::string whole, fraction;
  };
  std::vector<Parts> all;
  FixedNumbers out;
  for (const std::string& text : texts) {
    std::string_view s = text;
    Parts p{s.starts_with('-'), {}, {}};
    if (p.negative) s.remove_prefix(1);
    const auto point = s.find('.');
    p.whole = s.substr(0, point);
    if (point != std::string_view::npos) p.fraction = s.substr(point + 1);
    while (!p.fraction.empty() && p.fraction.back() == '0') p.fraction.pop_back();
    if (p.whole.empty() || p.whole.size() > kMostDigits || !is_digits(p.whole) ||
        !is_digits(p.fraction) || p.fraction.size() > kMostDecimals)
      return std::nullopt;
    out.decimals = std::max(out.decimals, static_cast<int>(p.fraction.size()));
    all.push_back(std::move(p));
  }
  for (Parts& p : all) {
    p.fraction.resize(static_cast<std::size_t>(out.decimals), '0');
    if (p.whole.size() + p.fraction.size() > 18) return std::nullopt;
    const std::int64_t units = std::stoll(p.whole + p.fraction);
    out.units.emplace_back(p.negative ? -units : units);
  }
  return out;
}

std::string fixed_text(std::int64_t units, int decimals) {
  std::string digits = std::to_string(std::abs(units));
  const auto places = static_cast<std::size_t>(decimals);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  std::string text = digits.substr(0, digits.size() - places);
  std::string fraction = digits.substr(digits.size() - places);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) text += "." + fraction;
  return units < 0 ? "-" + text : text;
}

void transfer_noise(std::span<std::int64_t> units, std::span<const std::uint64_t> lots,
                    double share) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < units.size(); ++i)
    if (units[i] != 0) order.push_back(i);
  if (order.empty()) return;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (units[a] != units[b]) return units[a] < units[b];
    return lots[a] != lots[b] ? lots[a] < lots[b] : a < b;
  });
  const std::int64_t low = units[order.front()], high = units[order.back()];
  for (std::size_t i = 0; i + 1 < order.size(); i += 2) {
    std::int64_t& x = units[order[i]];
    std::int64_t& y = units[order[i + 1]];
    const auto room = [&](std::int64_t v) {
      const auto most = static_cast<std::int64_t>(share * static_cast<double>(std::abs(v)));
      // Never to zero or beyond: a zero is a statement of its own.
      return std::min({most, std::abs(v) - 1, v - low, high - v});
    };
    const std::int64_t reach = std::max<std::int64_t>(0, std::min(room(x), room(y)));
    const std::int64_t moved = static_cast<std::int64_t>(below(
                                   lots[order[i]], static_cast<std::uint64_t>(2 * reach + 1))) -
                               reach;
    x += moved;
    y -= moved;
  }
}

double perturb(double value, double share, double lowest, double highest, std::uint64_t bits) {
  const double reach =
      std::max(0.0, std::min({share * std::abs(value), value - lowest, highest - value}));
  return value + (2 * unit(bits) - 1) * reach;
}

}  // namespace pt::noise
