#include "core/attack/tables.hpp"

#include <algorithm>
#include <numeric>

namespace pt::attack {

std::pmr::vector<std::uint32_t> distinct_rows(Host& host, const Tables& tables, Part part) {
  const std::size_t n = tables.size(part);
  // A hash decides nearly every comparison; equal hashes are compared column by column.
  std::pmr::vector<std::uint64_t> hash(n, 0, host.memory());
  for (std::size_t c = 0; c < tables.columns.size(); ++c) {
    const auto& codes = tables.codes(c, part);
    for (std::size_t i = 0; i < n; ++i) {
      hash[i] = (hash[i] ^ codes[i]) * 0x9E3779B97F4A7C15u;
      hash[i] ^= hash[i] >> 29;
    }
    host.poll();
  }
  const auto compare = [&](std::uint32_t a, std::uint32_t b) {
    if (hash[a] != hash[b]) return hash[a] < hash[b] ? -1 : 1;
    for (std::size_t c = 0; c < tables.columns.size(); ++c) {
      const auto& codes = tables.codes(c, part);
      if (codes[a] != codes[b]) return codes[a] < codes[b] ? -1 : 1;
    }
    return 0;
  };
  std::pmr::vector<std::uint32_t> rows(n, host.memory());
  std::iota(rows.begin(), rows.end(), 0u);
  std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int order = compare(a, b);
    return order != 0 ? order < 0 : a < b;
  });
  host.poll();
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [&](std::uint32_t a, std::uint32_t b) { return compare(a, b) == 0; }),
             rows.end());
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace pt::attack
