// Linkability, inference and membership in a pair of tables.
#include "core/attack/pair.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/attack/nearest.hpp"
#include "core/error.hpp"

namespace pt::attack {
namespace {

using model::Code;
using model::kMissing;

/// The error that is forgiven near 0, as a share of the range: a hundredth of the usual tolerance.
constexpr double kFloor = 0.0005;

/// At most `count` rows of n, drawn without replacement, in the order drawn.
std::vector<std::uint32_t> draw_targets(std::size_t n, std::uint64_t count, Random& random) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  count = std::min<std::uint64_t>(count, n);
  for (std::size_t i = 0; i < count; ++i) std::swap(rows[i], rows[i + random.below(n - i)]);
  rows.resize(count);
  return rows;
}

/// At most k different rows of n, drawn blindly.
std::vector<std::uint32_t> draw_few(std::size_t n, std::size_t k, Random& random) {
  std::vector<std::uint32_t> rows;
  while (rows.size() < std::min(n, k)) {
    const auto row = static_cast<std::uint32_t>(random.below(n));
    if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
  }
  return rows;
}

bool share_a_row(std::vector<std::uint32_t>& a, std::vector<std::uint32_t>& b) {
  std::sort(a.begin(), a.end());
  return std::any_of(b.begin(), b.end(), [&a](std::uint32_t row) {
    return std::binary_search(a.begin(), a.end(), row);
  });
}

/// Runs `attack(part, row)` on drawn originals and on drawn controls.
template <class Attack>
void run(Host& host, const Tables& tables, std::uint64_t attempts, Random& random, PairTried& out,
         Attack&& attack) {
  for (const std::uint32_t row : draw_targets(tables.size(Part::original), attempts, random)) {
    host.progress("attacking", out.attempts, attempts);
    ++out.attempts;
    out.successes += attack(Part::original, row);
  }
  if (!tables.has_control) return;
  for (const std::uint32_t row : draw_targets(tables.size(Part::control), attempts, random)) {
    host.progress("attacking the control group", out.control_attempts, attempts);
    ++out.control_attempts;
    out.control_successes += attack(Part::control, row);
  }
}

/// Whether a guess of a secret counts as right.
class Judge {
 public:
  Judge(const Tables& tables, std::size_t secret, double tolerance)
      : column_(tables.columns[secret]), tolerance_(tolerance) {
    if (column_.measure == Measure::category || column_.value.empty()) return;
    floor_ = kFloor * (column_.value.back() - column_.value.front());
    if (column_.measure == Measure::time) floor_ = tolerance * deviation(tables, secret);
  }

  bool is_right(Code guess, Code truth) const {
    if (guess == truth) return true;
    if (column_.measure == Measure::category || guess == kMissing || truth == kMissing)
      return false;
    const double error = std::fabs(column_.value[guess] - column_.value[truth]);
    const double relative =
        column_.measure == Measure::time ? 0 : tolerance_ * std::fabs(column_.value[truth]);
    return error <= std::max(relative, floor_);
  }

 private:
  double deviation(const Tables& tables, std::size_t secret) const {
    double n = 0, mean = 0, squares = 0;  // Welford 1962
    for (const Code code : tables.codes(secret, Part::original)) {
      if (code == kMissing) continue;
      const double difference = column_.value[code] - mean;
      mean += difference / ++n;
      squares += difference * (column_.value[code] - mean);
    }
    return n > 1 ? std::sqrt(squares / (n - 1)) : 0;
  }

  const SharedColumn& column_;
  double tolerance_;
  double floor_ = 0;
};

}  // namespace

PairTried link(Host& host, const Tables& tables, const std::vector<std::size_t>& left,
               const std::vector<std::size_t>& right, std::size_t k, std::uint64_t attempts,
               Random& random) {
  PairTried out;
  if (tables.size(Part::released) == 0) return out;
  Nearest by_left(host, tables, left), by_right(host, tables, right);
  std::vector<std::uint32_t> a, b;
  run(host, tables, attempts, random, out, [&](Part part, std::uint32_t row) {
    by_left.find(part, row, k, a);
    by_right.find(part, row, k, b);
    return share_a_row(a, b);
  });
  for (; out.baseline_attempts < out.attempts; ++out.baseline_attempts) {
    host.poll();
    a = draw_few(tables.size(Part::released), k, random);
    b = draw_few(tables.size(Part::released), k, random);
    out.baseline_successes += share_a_row(a, b);
  }
  return out;
}

PairTried infer(Host& host, const Tables& tables, std::size_t secret,
                const std::vector<std::size_t>& known, double tolerance, std::uint64_t attempts,
                Random& random) {
  PairTried out;
  const auto& released = tables.codes(secret, Part::released);
  if (released.empty()) return out;
  const Judge judge(tables, secret, tolerance);
  Nearest nearest(host, tables, known);
  std::vector<std::uint32_t> found;
  run(host, tables, attempts, random, out, [&](Part part, std::uint32_t row) {
    nearest.find(part, row, 1, found);
    return judge.is_right(released[found.front()], tables.codes(secret, part)[row]);
  });
  const auto& truth = tables.codes(secret, Part::original);
  for (; out.baseline_attempts < out.attempts; ++out.baseline_attempts) {
    host.poll();
    out.baseline_successes +=
        judge.is_right(released[random.below(released.size())], truth[random.below(truth.size())]);
  }
  return out;
}

PairTried tell_members(Host& host, const Tables& tables, std::uint64_t attempts, Random& random) {
  PairTried out;
  if (!tables.has_control)
    throw invalid_parameter("membership can't be attacked without a control group", {},
                            "Name people of whom nothing was released with control => '...'.");
  if (tables.size(Part::released) == 0) return out;
  std::vector<std::size_t> columns(tables.columns.size());
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  Nearest nearest(host, tables, columns);
  std::vector<std::uint32_t> found;
  std::vector<double> members, others;
  attempts =
      std::min<std::uint64_t>({attempts, tables.size(Part::original), tables.size(Part::control)});
  run(host, tables, attempts, random, out, [&](Part part, std::uint32_t row) {
    nearest.find(part, row, 1, found);
    (part == Part::original ? members : others)
        .push_back(nearest.distance(part, row, found.front()));
    return false;
  });
  std::vector<double> all(members);
  all.insert(all.end(), others.begin(), others.end());
  if (all.empty()) return out;
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) / 2);
  std::nth_element(all.begin(), middle, all.end());
  const double near = *middle;
  const auto count_near = [near](const std::vector<double>& distances) {
    return static_cast<std::uint64_t>(
        std::count_if(distances.begin(), distances.end(), [near](double d) { return d <= near; }));
  };
  out.successes = count_near(members);
  out.control_successes = count_near(others);
  for (; out.baseline_attempts < out.attempts; ++out.baseline_attempts)
    out.baseline_successes += random.below(2);
  return out;
}

}  // namespace pt::attack
