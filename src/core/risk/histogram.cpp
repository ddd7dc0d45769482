#include "core/risk/histogram.hpp"

#include <algorithm>
#include <unordered_map>

namespace pt::risk {
namespace {

constexpr std::size_t kPollEvery = 1 << 16;

/// The distinct codes, ascending. Most tables have few: those seen last are checked first.
std::pmr::vector<std::int64_t> distinct_codes(std::span<const Cell> cells, Host& host) {
  std::pmr::vector<std::int64_t> codes(host.memory());
  std::pmr::unordered_map<std::int64_t, bool> seen(host.memory());
  std::int64_t last = 0;
  bool any = false;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i % kPollEvery == 0) host.poll();
    if (any && cells[i].code == last) continue;
    any = true;
    last = cells[i].code;
    if (seen.emplace(last, true).second) codes.push_back(last);
  }
  std::sort(codes.begin(), codes.end());
  return codes;
}

}  // namespace

void set_counts(std::span<const Cell> cells, ClassHistogram& out, Host& host) {
  std::pmr::memory_resource* const memory = host.memory();
  out.values = distinct_codes(cells, host);
  out.totals.assign(out.values.size(), 0);
  std::pmr::unordered_map<std::int64_t, std::uint32_t> index(memory);
  for (std::uint32_t v = 0; v < out.values.size(); ++v) index.emplace(out.values[v], v);

  // Two stable counting sorts, by value and then by class, so that a class lists its values in
  // their order and sums over them come out the same whatever the order of the cells.
  std::pmr::vector<std::uint32_t> value_of(cells.size(), memory);
  std::pmr::vector<std::uint64_t> next(out.values.size() + 1, 0, memory);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i % kPollEvery == 0) host.poll();
    value_of[i] = index.find(cells[i].code)->second;
    out.totals[value_of[i]] += cells[i].count;
    ++next[value_of[i] + 1];
  }
  for (std::size_t v = 1; v < next.size(); ++v) next[v] += next[v - 1];
  std::pmr::vector<std::uint64_t> order(cells.size(), memory);
  for (std::size_t i = 0; i < cells.size(); ++i) order[next[value_of[i]]++] = i;
  host.poll();

  std::pmr::vector<std::uint64_t> start(out.size.size() + 1, 0, memory);
  for (const Cell& cell : cells) ++start[cell.class_index + 1];
  for (std::size_t c = 1; c < start.size(); ++c) start[c] += start[c - 1];
  out.first.assign(start.begin(), start.end());
  out.counts.assign(cells.size(), ValueCount{0, 0});
  for (const std::uint64_t i : order)
    out.counts[start[cells[i].class_index]++] = {value_of[i], cells[i].count};
  host.poll();

  // Cells of one class and value are neighbours now.
  std::size_t kept = 0;
  for (std::size_t c = 0; c + 1 < out.first.size(); ++c) {
    const std::size_t begin = out.first[c];
    const std::size_t end = out.first[c + 1];
    out.first[c] = kept;
    for (std::size_t i = begin; i < end; ++i) {
      if (kept > out.first[c] && out.counts[kept - 1].value == out.counts[i].value)
        out.counts[kept - 1].count += out.counts[i].count;
      else
        out.counts[kept++] = out.counts[i];
    }
  }
  out.first.back() = kept;
  out.counts.resize(kept);
}

}  // namespace pt::risk
