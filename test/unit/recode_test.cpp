#include "core/group/recode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "shared.hpp"

namespace {

using pt::Host;
using pt::group::collect_tuples;
using pt::group::recode;
using pt::group::RecodedCell;
using pt::group::RecodeOptions;
using pt::group::Recoding;
using pt::group::TupleTable;
using pt::model::Attribute;
using pt::model::Code;
using pt::model::kMissing;
using pt::model::Level;
using pt::model::Scale;

using Row = std::vector<Code>;

Attribute nominal(std::size_t size, std::vector<Level> levels = {}) {
  Attribute out{"n", Scale::nominal, {}, {}, {std::move(levels)}};
  for (std::size_t i = 0; i < size; ++i) out.labels.push_back(std::to_string(1000 + i));
  return out;
}

Attribute ordered(const std::vector<double>& values) {
  Attribute out{"o", Scale::ordered, {}, values, {}};
  for (const double v : values) out.labels.push_back(std::to_string(v));
  return out;
}

Attribute numbers(std::size_t size) {  // 0, 1, 2, ...
  std::vector<double> values(size);
  std::iota(values.begin(), values.end(), 0.0);
  return ordered(values);
}

/// a, b under "ab"; c, d under "cd"; then everything.
Attribute letters() {
  return nominal(4, {Level{{0, 0, 1, 1}, {"ab", "cd"}}, Level{{0, 0, 0, 0}, {"*"}}});
}

struct Table {
  std::vector<Attribute> attributes;
  std::vector<Row> rows;
  std::vector<Code> person;  // empty: every row a person

  TupleTable tuples(Host& host) const {
    std::vector<std::vector<Code>> columns(attributes.size());
    for (const Row& row : rows)
      for (std::size_t j = 0; j < row.size(); ++j) columns[j].push_back(row[j]);
    const std::vector<std::span<const Code>> spans(columns.begin(), columns.end());
    return collect_tuples(spans, rows.size(), person, host);
  }
};

/// What a row is released as: a vector of cells, or nothing when it is suppressed.
using Released = std::vector<std::array<Code, 3>>;

std::vector<Released> released(const Table& table, const RecodeOptions& options) {
  Host host;
  const TupleTable tuples = table.tuples(host);
  const Recoding out = recode(table.attributes, tuples, options, host);
  std::vector<Released> result;
  for (const std::uint32_t tuple : tuples.tuple_of_row) {
    Released cells;
    const std::uint32_t c = out.class_of_tuple[tuple];
    if (c != Recoding::kSuppressed)
      for (const RecodedCell& cell : out.cells_of(c))
        cells.push_back({cell.level, cell.low, cell.high});
    result.push_back(cells);
  }
  return result;
}

/// Whether `cell` is a true statement about `code`.
bool holds(const Attribute& attribute, Code code, const std::array<Code, 3>& cell) {
  const auto [level, low, high] = cell;
  if (level == RecodedCell::kEverything) return true;
  if (code == kMissing || low == kMissing) return code == low;
  if (level > 0) return attribute.hierarchy.levels[level - 1].node_of_leaf[code] == low;
  return low <= code && code <= high;
}

/// Counts again, from the released rows alone: every class has k people, every cell is true.
void expect_k_holds(const Table& table, const std::vector<Released>& rows, std::int64_t k) {
  ASSERT_EQ(rows.size(), table.rows.size());
  std::map<Released, std::set<std::size_t>> people;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].empty()) continue;
    auto& members = people[rows[i]];
    if (table.person.empty())
      members.insert(i);
    else if (table.person[i] != kMissing)
      members.insert(table.person[i]);
    for (std::size_t j = 0; j < table.attributes.size(); ++j)
      ASSERT_TRUE(holds(table.attributes[j], table.rows[i][j], rows[i][j])) << "row " << i;
  }
  for (const auto& [cells, members] : people) EXPECT_GE(std::ssize(members), k);
}

double quality(const Table& table, const RecodeOptions& options) {
  Host host;
  const Recoding out = recode(table.attributes, table.tuples(host), options, host);
  double loss = static_cast<double>(out.suppressed);
  for (std::size_t c = 0; c < out.classes(); ++c)
    loss += out.loss[c] * static_cast<double>(out.people[c]);
  return 1 - loss / static_cast<double>(table.rows.size());
}

std::vector<Row> repeated(const std::vector<std::pair<Row, int>>& counts) {
  std::vector<Row> rows;
  for (const auto& [row, n] : counts) rows.insert(rows.end(), static_cast<std::size_t>(n), row);
  return rows;
}

TEST(Recode, IdenticalRowsKeepTheirValues) {
  const Table table{{letters()}, repeated({{{2}, 7}}), {}};
  EXPECT_EQ(released(table, {})[0], (Released{{0, 2, 2}}));
  EXPECT_DOUBLE_EQ(quality(table, {}), 1);
}

TEST(Recode, GeneralisesOnlyAsFarAsNeeded) {
  // a 3 + b 3 share "ab"; c has six of its own.
  const Table table{{letters()}, repeated({{{0}, 3}, {{1}, 3}, {{2}, 6}}), {}};
  const auto rows = released(table, {});
  EXPECT_EQ(rows[0], (Released{{1, 0, 0}}));
  EXPECT_EQ(rows[5], (Released{{1, 0, 0}}));
  EXPECT_EQ(rows[6], (Released{{0, 2, 2}}));
  EXPECT_DOUBLE_EQ(quality(table, {}), 1 - 6.0 / 12 / 3);  // (2 - 1) / (4 - 1) for half the rows
}

TEST(Recode, LeftoversJoinWhereTheyCostLeast) {
  // The single b joins the six a (as "ab"), not the fifty c.
  const Table table{{letters()}, repeated({{{0}, 6}, {{1}, 1}, {{2}, 50}}), {}};
  const auto rows = released(table, {});
  EXPECT_EQ(rows[0], (Released{{1, 0, 0}}));
  EXPECT_EQ(rows[6], (Released{{1, 0, 0}}));
  EXPECT_EQ(rows[7], (Released{{0, 2, 2}}));
}

TEST(Recode, RangesAreAsNarrowAsTheirPeople) {
  const Table table{{ordered({20, 21, 25, 60, 61, 63})},
                    repeated({{{0}, 2}, {{1}, 2}, {{2}, 2}, {{3}, 2}, {{4}, 2}, {{5}, 2}}),
                    {}};
  const auto rows = released(table, {});
  EXPECT_EQ(rows[0], (Released{{0, 0, 2}}));
  EXPECT_EQ(rows[11], (Released{{0, 3, 5}}));
  EXPECT_DOUBLE_EQ(quality(table, {}), 1 - (5.0 + 3.0) / 2 / 43);
}

TEST(Recode, MissingIsAValueOfItsOwn) {
  const Table enough{
      {letters(), numbers(2)}, repeated({{{kMissing, 0}, 5}, {{1, kMissing}, 5}}), {}};
  const auto rows = released(enough, {});
  EXPECT_EQ(rows[0], (Released{{0, kMissing, kMissing}, {0, 0, 0}}));
  EXPECT_EQ(rows[9], (Released{{0, 1, 1}, {0, kMissing, kMissing}}));
  const Table few{{letters(), numbers(2)}, repeated({{{kMissing, 0}, 1}, {{1, kMissing}, 5}}), {}};
  EXPECT_EQ(released(few, {})[0],
            (Released{{RecodedCell::kEverything, 0, 0}, {RecodedCell::kEverything, 0, 0}}));
}

TEST(Recode, CountsPeopleNotRows) {
  Table table{{letters()}, repeated({{{0}, 6}, {{1}, 5}}), {}};
  table.person = {0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5};  // six rows of one person
  const auto rows = released(table, {});
  EXPECT_EQ(rows[0], (Released{{1, 0, 0}}));
  EXPECT_EQ(rows[10], (Released{{1, 0, 0}}));
  table.person = {0, 0, 0, 0, 0, 0, 1, 2, 3, 4, kMissing};  // nobody knows whose the last row is
  expect_k_holds(table, released(table, {}), 5);
  table.person[9] = 3;
  EXPECT_THROW(released(table, {}), pt::Error);  // four people
}

TEST(Recode, SuppressesWhatCostsMost) {
  const Table table{{letters()}, repeated({{{0}, 95}, {{2}, 5}}), {}};
  RecodeOptions options{.k = 10, .suppression = 0.05};
  const auto rows = released(table, options);
  EXPECT_EQ(rows[0], (Released{{0, 0, 0}}));
  EXPECT_TRUE(rows[99].empty());
  options.suppression = 0.04;  // too little for all five
  EXPECT_EQ(released(table, options)[99], (Released{{2, 0, 0}}));
}

TEST(Recode, RefusesWhatCannotBe) {
  const Table table{{letters()}, repeated({{{0}, 4}}), {}};
  EXPECT_THROW(released(table, {}), pt::Error);
  EXPECT_THROW(released(table, {.k = 1}), pt::Error);
  EXPECT_THROW(released(table, {.k = 2, .suppression = 1.5}), pt::Error);
  EXPECT_THROW(released(table, {.k = 2, .suppression = std::nan("")}), pt::Error);
  EXPECT_TRUE(released(table, {.k = 5, .suppression = 1})[0].empty());
  EXPECT_TRUE(released({{letters()}, {}, {}}, {}).empty());
}

TEST(Recode, NoQuasiIdentifiersMakeOneClass) {
  const Table table{{}, std::vector<Row>(7), {}};
  Host host;
  const Recoding out = recode({}, table.tuples(host), {}, host);
  EXPECT_EQ(out.classes(), 1u);
  EXPECT_EQ(out.people[0], 7u);
}

/// Random table: letters, a two-level hierarchy of 12 leaves, plain values and numbers, with gaps.
Table random_table(std::mt19937& random, std::size_t rows, std::size_t columns) {
  const auto pick = [&random](std::size_t n) { return static_cast<Code>(random() % n); };
  Table table;
  for (std::size_t j = 0; j < columns; ++j) {
    Level quarters;
    for (Code leaf = 0; leaf < 12; ++leaf) quarters.node_of_leaf.push_back(leaf / 3);
    quarters.labels = {"w", "x", "y", "z"};
    switch (j % 4) {
      case 0:
        table.attributes.push_back(numbers(40));
        break;
      case 1:
        table.attributes.push_back(letters());
        break;
      case 2:
        table.attributes.push_back(nominal(12, {quarters}));
        break;
      default:
        table.attributes.push_back(nominal(3));
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    Row row;
    for (const Attribute& a : table.attributes)
      row.push_back(pick(30) == 0 ? kMissing
                                  : std::min(pick(a.labels.size()), pick(a.labels.size())));
    table.rows.push_back(row);
  }
  return table;
}

TEST(RecodeProperty, HoldsOnRandomTables) {
  std::mt19937 random(7);  // NOLINT: the same tables every time
  for (int round = 0; round < 60; ++round) {
    Table table = random_table(random, 20 + random() % 400, 1 + random() % 6);
    if (round % 3 == 0)
      for (std::size_t i = 0; i < table.rows.size(); ++i)
        table.person.push_back(random() % 20 == 0 ? kMissing : static_cast<Code>(random() % 90));
    RecodeOptions options{.k = 2 + static_cast<std::int64_t>(random() % 7)};
    if (round % 4 == 1) options.suppression = 0.1;
    if (round % 5 == 2) options.max_nodes = 1;      // split only
    if (round % 5 == 3) options.max_visits = 1000;  // freeze, then split
    const auto rows = released(table, options);
    expect_k_holds(table, rows, options.k);
    const auto gone = std::count_if(rows.begin(), rows.end(), [](auto& r) { return r.empty(); });
    if (table.person.empty()) {
      EXPECT_LE(static_cast<double>(gone),
                options.suppression * static_cast<double>(table.rows.size()));
    }
    if (options.suppression <= 0) {
      EXPECT_EQ(gone, 0);
    }

    std::vector<std::size_t> order(table.rows.size());  // the same rows in another order
    std::iota(order.begin(), order.end(), 0u);
    std::shuffle(order.begin(), order.end(), random);
    Table shuffled{table.attributes, {}, {}};
    std::vector<Released> expected;
    for (const std::size_t i : order) {
      shuffled.rows.push_back(table.rows[i]);
      if (!table.person.empty()) shuffled.person.push_back(table.person[i]);
      expected.push_back(rows[i]);
    }
    EXPECT_EQ(released(shuffled, options), expected);
  }
}

TEST(RecodeProperty, ScalesToManyColumns) {
  std::mt19937 random(8);  // NOLINT
  const Table table = random_table(random, 3000, 30);
  expect_k_holds(table, released(table, {}), 5);
}

TEST(RecodeProperty, StopsWhenCancelled) {
  struct Cancelled {};
  class Cancelling : public Host {
   public:
    void poll() override {
      if (--left_ == 0) throw Cancelled{};
    }

   private:
    int left_ = 40;
  };
  std::mt19937 random(9);  // NOLINT
  const Table table = random_table(random, 3000, 4);
  Host quiet;
  Cancelling host;
  const TupleTable tuples = table.tuples(quiet);
  EXPECT_THROW(recode(table.attributes, tuples, {}, host), Cancelled);
}

// ---------------------------------------------------------------- adult

/// Lines of a gzipped file of plain comma-separated fields (no quotes), without its header.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& file) {
  std::vector<std::vector<std::string>> lines;
  const std::string command = "gzip -dc '" + file.string() + "'";
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return lines;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    std::string line = buffer.data();
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    auto& fields = lines.emplace_back(1);
    for (const char c : line)
      if (c == ',')
        fields.emplace_back();
      else
        fields.back() += c;
  }
  pclose(pipe);
  if (!lines.empty()) lines.erase(lines.begin());
  return lines;
}

/// Hierarchies in the form attribute, value, level, generalised; level 0 is the value.
Attribute read_attribute(const std::vector<std::vector<std::string>>& lines,
                         const std::string& name) {
  std::map<std::string, std::map<std::size_t, std::string>> paths;
  for (const auto& line : lines)
    if (line[0] == name) paths[line[1]][std::stoul(line[2])] = line[3];
  Attribute out{name, Scale::nominal, {}, {}, {}};
  out.hierarchy.levels.resize(paths.begin()->second.size() - 1);
  std::vector<std::map<std::string, Code>> nodes(out.hierarchy.levels.size());
  for (const auto& [value, path] : paths) {
    out.labels.push_back(value);
    for (std::size_t l = 0; l < nodes.size(); ++l) {
      Level& level = out.hierarchy.levels[l];
      const auto [at, fresh] = nodes[l].emplace(path.at(l + 1), level.labels.size());
      if (fresh) level.labels.push_back(at->first);
      level.node_of_leaf.push_back(at->second);
    }
  }
  return out;
}

Table adult() {
  Table table;
  const auto hierarchies = read_csv(*pt::test::shared_file("data/adult_arx_hierarchies.csv.gz"));
  const auto rows = read_csv(*pt::test::shared_file("data/adult_arx.csv.gz"));
  for (const char* name : {"sex", "age", "race", "marital_status", "education", "native_country",
                           "workclass", "occupation"})
    table.attributes.push_back(read_attribute(hierarchies, name));
  for (const auto& fields : rows) {
    Row row;
    for (std::size_t j = 0; j < table.attributes.size(); ++j) {
      const auto& labels = table.attributes[j].labels;
      const auto at = std::lower_bound(labels.begin(), labels.end(), fields[j]);
      row.push_back(static_cast<Code>(at - labels.begin()));
    }
    table.rows.push_back(row);
  }
  return table;
}

TEST(RecodeAdult, KeepsTheQualityThatIsKnown) {
  if (!pt::test::shared_file("data/adult_arx.csv.gz"))
    GTEST_SKIP() << "no adult here (set PT_SHARED)";
  const Table table = adult();
  ASSERT_EQ(table.rows.size(), 30162u);
  for (const Attribute& a : table.attributes) ASSERT_EQ(find_fault(a), std::nullopt);
  EXPECT_GE(quality(table, {.k = 5}), 0.9512);  // ARX .9431, freezing by lattice node .9499
  EXPECT_GE(quality(table, {.k = 10}), 0.9281);
  expect_k_holds(table, released(table, {.k = 5}), 5);
  RecodeOptions split_only{.k = 5};
  split_only.max_nodes = 1;
  EXPECT_GE(quality(table, split_only), 0.93);
  expect_k_holds(table, released(table, split_only), 5);
}

}  // namespace
