// Singling out in a pair of tables.
#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <tuple>

#include "core/attack/pair.hpp"

namespace pt::attack {
namespace {

using model::Code;
using model::kMissing;

constexpr std::uint64_t kTriesPerAttempt = 50;
constexpr Code kLargest = kMissing - 1;

/// The code of a column lies in [low, high].
struct Condition {
  std::size_t column;
  Code low, high;
  friend auto operator<=>(const Condition&, const Condition&) = default;
};
using Predicate = std::vector<Condition>;  // by column

/// Some rows of a table, column by column, for counting those that fit a predicate.
class Subset {
 public:
  Subset(Host& host, const Tables& tables, Part part, std::span<const std::uint32_t> rows)
      : rows_(rows.size()) {
    for (std::size_t c = 0; c < tables.columns.size(); ++c) {
      const auto& codes = tables.codes(c, part);
      auto& column = columns_.emplace_back(host.memory());
      column.reserve(rows.size());
      for (const std::uint32_t row : rows) column.push_back(codes[row]);
      host.poll();
    }
  }
  std::size_t size() const { return rows_; }
  const std::pmr::vector<Code>& column(std::size_t c) const { return columns_[c]; }

  /// Whether exactly one row fits.
  bool has_one(const Predicate& predicate) const {
    constexpr std::size_t kBlock = 1024;
    std::array<std::uint32_t, kBlock> fits;
    std::uint64_t count = 0;
    for (std::size_t begin = 0; begin < rows_ && count < 2; begin += kBlock) {
      const std::size_t n = std::min(kBlock, rows_ - begin);
      std::fill_n(fits.begin(), n, 1u);
      for (const Condition& condition : predicate) {
        const Code* const codes = columns_[condition.column].data() + begin;
        const Code low = condition.low, width = condition.high - condition.low;
        for (std::size_t i = 0; i < n; ++i)
          fits[i] &= static_cast<std::uint32_t>(codes[i] - low <= width);
      }
      count += std::accumulate(fits.begin(), fits.begin() + static_cast<std::ptrdiff_t>(n), 0u);
    }
    return count == 1;
  }

 private:
  std::size_t rows_;
  std::vector<std::pmr::vector<Code>> columns_;
};

/// `count` of the rows, drawn without replacement, in their order.
std::pmr::vector<std::uint32_t> draw_rows(Host& host, const std::pmr::vector<std::uint32_t>& rows,
                                          std::size_t count, Random& random) {
  std::pmr::vector<std::uint32_t> out(rows, host.memory());
  if (count >= out.size()) return out;
  for (std::size_t i = 0; i < count; ++i) std::swap(out[i], out[i + random.below(out.size() - i)]);
  out.resize(count);
  std::sort(out.begin(), out.end());
  return out;
}

/// The tables as singling out sees them.
struct Arena {
  Subset released, original, control;
};

Arena make_arena(Host& host, const Tables& tables, Random& random) {
  const auto released = distinct_rows(host, tables, Part::released);
  auto original = distinct_rows(host, tables, Part::original);
  auto control = distinct_rows(host, tables, Part::control);
  if (tables.has_control) {
    const std::size_t n = std::min(original.size(), control.size());
    original = draw_rows(host, original, n, random);
    control = draw_rows(host, control, n, random);
  }
  return {Subset(host, tables, Part::released, released),
          Subset(host, tables, Part::original, original),
          Subset(host, tables, Part::control, control)};
}

void evaluate(Host& host, const Tables& tables, const Arena& arena, const Predicate& predicate,
              PairTried& out) {
  host.poll();
  ++out.attempts;
  out.successes += arena.original.has_one(predicate);
  if (!tables.has_control) return;
  ++out.control_attempts;
  out.control_successes += arena.control.has_one(predicate);
}

/// Blind predicates: columns, values and comparisons drawn without looking at rows.
void guess_blindly(Host& host, const Tables& tables, const Arena& arena, std::size_t things,
                   Random& random, PairTried& out) {
  std::vector<std::size_t> columns(tables.columns.size());
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  for (; out.baseline_attempts < out.attempts; ++out.baseline_attempts) {
    host.poll();
    Predicate predicate;
    for (std::size_t i = 0; i < things; ++i) {
      std::swap(columns[i], columns[i + random.below(columns.size() - i)]);
      const auto& codes = arena.released.column(columns[i]);
      const Code value = codes[random.below(codes.size())];
      const std::uint64_t comparison =
          tables.columns[columns[i]].measure == Measure::category || value == kMissing
              ? 0
              : random.below(3);
      predicate.push_back(
          {columns[i], comparison == 2 ? 0 : value, comparison == 1 ? kLargest : value});
    }
    out.baseline_successes += arena.original.has_one(predicate);
  }
}

/// Every predicate on one column that singles a released row out.
std::vector<Condition> univariate_conditions(Host& host, const Tables& tables,
                                             const Subset& released) {
  std::vector<Condition> out;
  for (std::size_t c = 0; c < tables.columns.size(); ++c) {
    host.poll();
    std::pmr::vector<Code> codes(released.column(c), host.memory());
    std::sort(codes.begin(), codes.end());
    const auto last = std::find(codes.begin(), codes.end(), kMissing);  // missing ones come last
    for (auto it = codes.begin(); it != codes.end();) {
      const auto end = std::upper_bound(it, codes.end(), *it);
      if (end - it == 1) out.push_back({c, *it, *it});
      it = end;
    }
    if (tables.columns[c].measure == Measure::category || last == codes.begin()) continue;
    out.push_back({c, 0, codes.front()});
    out.push_back({c, *(last - 1), kLargest});
  }
  return out;
}

/// Median code of the present values of each column.
std::vector<Code> medians(Host& host, const Tables& tables, const Subset& released) {
  std::vector<Code> out;
  for (std::size_t c = 0; c < tables.columns.size(); ++c) {
    host.poll();
    std::pmr::vector<Code> codes(host.memory());
    for (const Code code : released.column(c))
      if (code != kMissing) codes.push_back(code);
    const auto middle = codes.begin() + static_cast<std::ptrdiff_t>(codes.size() / 2);
    if (middle != codes.end()) std::nth_element(codes.begin(), middle, codes.end());
    out.push_back(middle == codes.end() ? 0 : *middle);
  }
  return out;
}

}  // namespace

PairTried single_out_univariate(Host& host, const Tables& tables, std::uint64_t attempts,
                                Random& random) {
  PairTried out;
  const Arena arena = make_arena(host, tables, random);
  std::vector<Condition> conditions = univariate_conditions(host, tables, arena.released);
  for (std::size_t i = 0; i < conditions.size() && out.attempts < attempts; ++i) {
    std::swap(conditions[i], conditions[i + random.below(conditions.size() - i)]);
    evaluate(host, tables, arena, {conditions[i]}, out);
  }
  guess_blindly(host, tables, arena, 1, random, out);
  return out;
}

PairTried single_out_multivariate(Host& host, const Tables& tables, std::size_t things,
                                  std::uint64_t attempts, Random& random) {
  PairTried out;
  const Arena arena = make_arena(host, tables, random);
  things = std::min(things, tables.columns.size());
  if (arena.released.size() == 0 || things == 0) return out;
  const std::vector<Code> median = medians(host, tables, arena.released);
  std::vector<std::size_t> columns(tables.columns.size());
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  std::set<Predicate> seen;
  for (std::uint64_t tries = 0; out.attempts < attempts && tries < kTriesPerAttempt * attempts;
       ++tries) {
    host.progress("singling out", out.attempts, attempts);
    const std::size_t row = random.below(arena.released.size());
    Predicate predicate;
    for (std::size_t i = 0; i < things; ++i) {
      std::swap(columns[i], columns[i + random.below(columns.size() - i)]);
      const std::size_t c = columns[i];
      const Code value = arena.released.column(c)[row];
      if (tables.columns[c].measure == Measure::category || value == kMissing)
        predicate.push_back({c, value, value});
      else if (value > median[c])
        predicate.push_back({c, value, kLargest});
      else
        predicate.push_back({c, 0, value});
    }
    if (!arena.released.has_one(predicate)) continue;
    std::sort(predicate.begin(), predicate.end());
    if (seen.insert(predicate).second) evaluate(host, tables, arena, predicate, out);
  }
  guess_blindly(host, tables, arena, things, random, out);
  return out;
}

}  // namespace pt::attack
