#include "core/risk/wildcard.hpp"

#include <map>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/group/recode_hash.hpp"

namespace pt::risk {
namespace {

using Present = std::vector<bool>;  // a column has a value

/// Entries with the same columns present.
struct Pattern {
  std::vector<ProfileEntry> entries;
  std::vector<std::uint64_t> matches;  // rows, for each entry
};

struct KeyHash {
  std::size_t operator()(const model::Hash128& key) const noexcept { return key.lo; }
};

/// 128 bits of the values of an entry in some columns, from the 64-bit hashes of the values.
model::Hash128 project(const ProfileEntry& entry, const std::vector<std::size_t>& columns) {
  model::Hash128 out;
  for (const std::size_t j : columns) {
    out.hi = group::spread(out.hi + entry.columns[j] * group::odd_factor(2 * j));
    out.lo = group::spread(out.lo + entry.columns[j] * group::odd_factor(2 * j + 1));
  }
  return out;
}

/// Adds to the entries of `to` the rows of `from` that have the same values in all columns that
/// both have.
void add_matches(const Present& a, Pattern& to, const Present& b, const Pattern& from, Host& host) {
  constexpr std::size_t kPollEvery = 4096;
  std::vector<std::size_t> common;
  for (std::size_t j = 0; j < a.size(); ++j)
    if (a[j] && b[j]) common.push_back(j);
  std::unordered_map<model::Hash128, std::uint64_t, KeyHash> rows;
  for (std::size_t i = 0; i < from.entries.size(); ++i) {
    if (i % kPollEvery == 0) host.poll();
    rows[project(from.entries[i], common)] += from.entries[i].count;
  }
  for (std::size_t i = 0; i < to.entries.size(); ++i) {
    if (i % kPollEvery == 0) host.poll();
    const auto found = rows.find(project(to.entries[i], common));
    if (found != rows.end()) to.matches[i] += found->second;
  }
}

}  // namespace

WildcardFigures wildcard_figures(const ClassProfile& profile, Host& host) {
  const std::size_t width = profile.shape().columns;
  if (width == 0) throw internal_error("the class profile has no columns");
  std::map<Present, Pattern> patterns;
  profile.for_each([&](const ProfileEntry& entry) {
    Present present(width);
    for (std::size_t j = 0; j < width; ++j) present[j] = entry.columns[j] != 0;
    Pattern& pattern = patterns[present];
    pattern.entries.push_back(entry);
    pattern.matches.push_back(0);
  });
  for (auto& [a, to] : patterns)
    for (const auto& [b, from] : patterns) add_matches(a, to, b, from, host);

  // Rows by the number of rows that match: sums in the order of that number.
  std::map<std::uint64_t, std::uint64_t> rows_with;
  for (const auto& [present, pattern] : patterns)
    for (std::size_t i = 0; i < pattern.entries.size(); ++i)
      rows_with[pattern.matches[i]] += pattern.entries[i].count;
  WildcardFigures out;
  for (const auto& [matches, rows] : rows_with) {
    out.rows += rows;
    out.average_risk += static_cast<double>(rows) / static_cast<double>(matches);
  }
  if (out.rows == 0) return out;
  out.k = rows_with.begin()->first;
  out.average_risk /= static_cast<double>(out.rows);
  if (out.k == 1)
    out.uniqueness = static_cast<double>(rows_with.begin()->second) / static_cast<double>(out.rows);
  return out;
}

}  // namespace pt::risk
