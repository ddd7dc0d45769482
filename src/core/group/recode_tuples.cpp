#include "core/group/recode_tuples.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/error.hpp"
#include "core/group/recode_hash.hpp"

namespace pt::group {
namespace {

using model::Code;
using model::kMissing;
using Columns = std::span<const std::span<const Code>>;

constexpr std::uint32_t kEmpty = 0xFFFFFFFFu;
constexpr std::size_t kPollEvery = 4096;

bool same_row(Columns columns, std::size_t a, std::size_t b) {
  return std::all_of(columns.begin(), columns.end(),
                     [a, b](const auto& column) { return column[a] == column[b]; });
}

std::uint64_t hash_row(Columns columns, std::size_t row) {
  std::uint64_t sum = 0;
  for (std::size_t j = 0; j < columns.size(); ++j) sum += columns[j][row] * odd_factor(j);
  return sum;
}

/// Numbers the tuples in order of first appearance; fills number_of_row and returns a row of each.
std::pmr::vector<std::uint32_t> number_tuples(Columns columns, std::size_t rows,
                                              std::pmr::vector<std::uint32_t>& number_of_row,
                                              Host& host) {
  std::pmr::vector<std::uint32_t> first_row(host.memory());
  std::pmr::vector<std::uint32_t> slots(1024, kEmpty, host.memory());
  const auto find_slot = [&](std::size_t row) {
    const std::size_t mask = slots.size() - 1;
    std::size_t slot = spread(hash_row(columns, row)) & mask;
    while (slots[slot] != kEmpty && !same_row(columns, first_row[slots[slot]], row))
      slot = (slot + 1) & mask;
    return slot;
  };
  for (std::size_t row = 0; row < rows; ++row) {
    if (row % kPollEvery == 0) host.poll();
    std::size_t slot = find_slot(row);
    if (slots[slot] == kEmpty) {
      if (first_row.size() * 2 >= slots.size()) {
        slots.assign(slots.size() * 4, kEmpty);
        for (std::size_t t = 0; t < first_row.size(); ++t)
          slots[find_slot(first_row[t])] = static_cast<std::uint32_t>(t);
        slot = find_slot(row);
      }
      slots[slot] = static_cast<std::uint32_t>(first_row.size());
      first_row.push_back(static_cast<std::uint32_t>(row));
    }
    number_of_row[row] = slots[slot];
  }
  return first_row;
}

/// Order of the tuples whose example rows are given: ascending codes, missing last.
std::pmr::vector<std::uint32_t> canonical_order(Columns columns,
                                                std::span<const std::uint32_t> first_row,
                                                Host& host) {
  std::pmr::vector<int> bits(columns.size(), 0, host.memory());
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (const std::uint32_t row : first_row)
      if (columns[j][row] != kMissing)
        bits[j] = std::max(bits[j], static_cast<int>(std::bit_width(columns[j][row] + 1u)));
  std::pmr::vector<std::uint32_t> order(first_row.size(), host.memory());
  std::iota(order.begin(), order.end(), 0u);
  host.poll();
  if (std::accumulate(bits.begin(), bits.end(), 0) <= 64) {  // whole tuple in one integer
    std::pmr::vector<std::uint64_t> key(first_row.size(), 0, host.memory());
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const std::uint64_t missing = (std::uint64_t{1} << bits[j]) - 1;
      for (std::size_t t = 0; t < key.size(); ++t) {
        const Code code = columns[j][first_row[t]];
        key[t] = (bits[j] == 64 ? 0 : key[t] << bits[j]) | (code == kMissing ? missing : code);
      }
    }
    std::sort(order.begin(), order.end(),
              [&key](std::uint32_t a, std::uint32_t b) { return key[a] < key[b]; });
  } else {
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      host.poll();
      for (const auto& column : columns) {
        const Code x = column[first_row[a]];
        const Code y = column[first_row[b]];
        if (x != y) return x < y;
      }
      return false;
    });
  }
  return order;
}

void count_people(TupleTable& table, std::span<const Code> person, Host& host) {
  if (person.empty()) {
    for (const std::uint32_t tuple : table.tuple_of_row) ++table.people[tuple];
    return;
  }
  Code last = 0;
  for (const Code p : person)
    if (p != kMissing) last = std::max(last, p);
  std::pmr::vector<std::uint32_t> home(std::size_t{last} + 1, kEmpty, host.memory());
  for (std::size_t row = 0; row < person.size(); ++row)
    if (person[row] != kMissing)
      home[person[row]] = std::min(home[person[row]], table.tuple_of_row[row]);
  for (const std::uint32_t tuple : home)
    if (tuple != kEmpty) ++table.people[tuple];
}

}  // namespace

TupleTable collect_tuples(Columns columns, std::size_t rows, std::span<const Code> person,
                          Host& host) {
  if (rows >= kEmpty) throw program_limit("too many rows to anonymize at once");
  TupleTable table(host.memory());
  table.attributes = columns.size();
  table.tuple_of_row.resize(rows);
  const auto first_row = number_tuples(columns, rows, table.tuple_of_row, host);
  const auto order = canonical_order(columns, first_row, host);
  std::pmr::vector<std::uint32_t> rank(order.size(), host.memory());
  table.codes.reserve(order.size() * columns.size());
  for (std::size_t t = 0; t < order.size(); ++t) {
    rank[order[t]] = static_cast<std::uint32_t>(t);
    for (const auto& column : columns) table.codes.push_back(column[first_row[order[t]]]);
  }
  for (std::uint32_t& tuple : table.tuple_of_row) tuple = rank[tuple];
  table.people.assign(order.size(), 0);
  count_people(table, person, host);
  return table;
}

}  // namespace pt::group
