#include "core/protect/count_tables.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>

#include "core/protect/person_facts.hpp"
#include "core/protect/recidivism.hpp"
#include "core/protect/tally.hpp"
#include "people.hpp"

using namespace pt;
using namespace pt::protect;

namespace {

/// What a published number of people with an event tells of the members of one set of personas:
/// the smallest and largest number of them that fits everything published, by trying all.
struct Range {
  std::uint64_t low = std::numeric_limits<std::uint64_t>::max(), high = 0;
};

struct Bag {
  std::uint64_t people, low, high;
};

/// Ranges of every set of personas; `n`: the published number, or nothing.
std::map<unsigned, Range> ranges(const std::vector<Bag>& bags, std::optional<std::uint64_t> n) {
  std::map<unsigned, Range> out;
  std::vector<std::uint64_t> x(bags.size());
  const std::function<void(std::size_t, std::uint64_t)> go = [&](std::size_t i, std::uint64_t sum) {
    if (i < bags.size()) {
      for (x[i] = bags[i].low; x[i] <= bags[i].high; ++x[i]) go(i + 1, sum + x[i]);
      return;
    }
    if (n && sum != *n) return;
    for (unsigned set = 1; set < 1U << bags.size(); ++set) {
      std::uint64_t in = 0;
      for (std::size_t k = 0; k < bags.size(); ++k)
        if ((set >> k & 1U) != 0) in += x[k];
      Range& r = out[set];
      r.low = std::min(r.low, in);
      r.high = std::max(r.high, in);
    }
  };
  go(0, 0);
  return out;
}

bool small(const Range& r, std::uint64_t least) { return r.low >= 1 && r.high < least; }

TEST(EventBounds, KeepsWhatEventsDoNotTell) {
  std::mt19937 random(3);
  const auto below = [&](unsigned k) { return static_cast<unsigned>(random() % k); };
  constexpr std::uint64_t kLeast = 3;
  int kept = 0, refused = 0, rightly = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<Bag> bags;
    EventBounds bounds;
    std::uint64_t people = 0;
    for (unsigned k = 0; k < 1 + below(3); ++k) {
      const std::uint64_t size = kLeast + below(4), events = 1 + below(8);
      const std::uint64_t high = std::min(events, size);
      bags.push_back({size, below(3) == 0 ? 0U : 1U, high});
      bounds.add(size, bags.back().low, high, kLeast);
      people += size;
    }
    std::uint64_t low = 0, high = 0;
    for (const Bag& b : bags) low += b.low, high += b.high;
    const std::uint64_t n = low + below(static_cast<unsigned>(high - low) + 1);
    if ((n > 0 && n < kLeast) || (people > n && people - n < kLeast)) continue;
    const auto before = ranges(bags, std::nullopt), after = ranges(bags, n);
    bool told = false;
    for (const auto& [set, r] : after) {
      std::uint64_t size = 0;
      for (std::size_t k = 0; k < bags.size(); ++k)
        if ((set >> k & 1U) != 0) size += bags[k].people;
      const Range was = before.at(set);
      const Range out{size - r.high, size - r.low}, out_was{size - was.high, size - was.low};
      told = told || (small(r, kLeast) && !small(was, kLeast)) ||
             (small(out, kLeast) && !small(out_was, kLeast));
    }
    if (bounds.keeps(n, kLeast)) {
      EXPECT_FALSE(told) << "round " << round << " n " << n;
      ++kept;
    } else {
      ++refused;
      rightly += told ? 1 : 0;
    }
  }
  EXPECT_GT(kept, 100);
  EXPECT_GT(refused, 100);
  EXPECT_GT(rightly, 100);
}

// ----------------------------------------------------------------------------------------------

Options options_for(const model::Population& population, std::uint32_t least) {
  Options o;
  o.target_risk = 1;
  o.individual_limit = 1;
  o.min_size = least;
  o.max_size = 20;
  o.period = model::Period::quarter;
  // 'a' means reoffence, and so does 'b': the union of two types that are published themselves.
  for (const std::string& label : population.event_columns[0].labels)
    o.vocabulary.type_is_reoffence.push_back(label == "a" || label == "b");
  o.vocabulary.category_of_type.assign(population.event_columns[0].labels.size(), "");
  return o;
}

/// What each released person is, told independently of PersonFacts: the first outcome of each
/// type, when life ends.
struct Truth {
  std::map<std::string, std::string> first;  // type -> outcome of the first event
  bool reoffence = false, seen = false, event = false;
  int periods = 0;
};

Truth truth_of(const test::Person& person, int last) {
  Truth t;
  std::map<std::string, std::pair<std::int32_t, std::string>> first;
  std::int32_t begin = std::numeric_limits<std::int32_t>::max(), next = begin;
  for (const test::Event& e : person.events) begin = std::min(begin, e.day);
  for (const test::Event& e : person.events) {
    const std::pair<std::int32_t, std::string> at{e.day, e.outcome};
    const auto [it, fresh] = first.emplace(e.type, at);
    if (!fresh && at.first < it->second.first) it->second = at;
    if (e.type != "a" && e.type != "b") continue;
    t.reoffence = true;
    if (e.day > begin) next = std::min(next, e.day);
  }
  for (const auto& [type, at] : first) t.first[type] = at.second;
  const auto quarter = [](std::int32_t day) {
    const model::Civil c = model::civil_from_day(day);
    return c.year * 4 + (c.month - 1) / 3;
  };
  t.seen = !person.events.empty();
  t.event = next != std::numeric_limits<std::int32_t>::max();
  if (t.seen) t.periods = (t.event ? quarter(next) : last) - quarter(begin);
  return t;
}

struct Case {
  std::vector<test::Person> people;
  std::vector<Truth> truth;        // by person of the population
  std::vector<std::uint32_t> cls;  // by person of the population
  Protected result;
  CountTables tables;
};

Case make_case(Host& host, std::size_t n, unsigned seed, std::uint32_t least, bool tables_only) {
  auto people = test::random_people(n, seed);
  std::mt19937 random(seed + 1000);
  std::int32_t last_day = 0;
  std::int32_t day = 4000;
  for (auto& p : people) {
    // no two events on one day, and a type that implies another: 'd' follows 'c'
    std::vector<test::Event> events;
    for (test::Event e : p.events) {
      if (e.type == "d") {
        events.push_back({day += 1 + static_cast<std::int32_t>(random() % 3), "c", "x", ""});
      }
      e.day = day += 1 + static_cast<std::int32_t>(random() % 60);
      events.push_back(e);
    }
    p.events = events;
    day = 4000 + static_cast<std::int32_t>(random() % 500);
    for (const auto& e : p.events) last_day = std::max(last_day, e.day);
  }
  model::Population population = test::encode(host, people);
  const Options o = options_for(population, least);
  Protected result = protect::protect(host, population, o, model::Prf({5, 5}));
  EXPECT_TRUE(result.target_met);
  Case out{people, {}, {}, std::move(result), {}};
  out.tables = count_tables(host, population, o, out.result, !tables_only);
  std::map<model::Hash128, std::size_t> place;
  const model::Prf secret({7, 7, 7});
  const model::Civil last = model::civil_from_day(last_day);
  for (std::size_t i = 0; i < people.size(); ++i) place[secret.hash(people[i].id)] = i;
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    out.truth.push_back(
        truth_of(people[place.at(population.key[p])], last.year * 4 + (last.month - 1) / 3));
    const std::uint32_t persona = out.result.persona_of[p];
    out.cls.push_back(persona == Protected::kSuppressed ? persona
                                                        : out.result.personas[persona].class_no);
  }
  return out;
}

using Set = std::set<std::uint32_t>;  // of people

/// The people that a published row stands for: at most one set a column.
std::vector<Set> sets_of(const Case& c, const CountRow& row) {
  const Block& block = c.tables.blocks[row.block];
  Set base, with, censored;
  for (std::uint32_t p = 0; p < c.truth.size(); ++p) {
    if (!std::binary_search(block.begin(), block.end(), c.cls[p])) continue;
    const Truth& t = c.truth[p];
    if (row.kind == CountRow::Kind::life) {
      if (!t.seen || t.periods < static_cast<int>(row.begin)) continue;
      base.insert(p);
      if (row.end && t.periods >= static_cast<int>(*row.end)) continue;
      (t.event ? with : censored).insert(p);
      continue;
    }
    const auto first = t.first.find(row.type);
    if (row.kind == CountRow::Kind::any || first != t.first.end()) base.insert(p);
    if (first == t.first.end()) continue;
    const std::string outcome = first->second.empty() ? "not known" : first->second;
    if (row.kind == CountRow::Kind::any || outcome == row.outcome ||
        row.outcome == "other outcomes")
      with.insert(p);
  }
  return {base, with, censored};
}

class CountTablesTest : public ::testing::TestWithParam<std::tuple<unsigned, bool>> {};

// Every row counts what it says, and nothing that sums and differences of rows, of sizes of
// personas and of recidivism_indicators give stands for 1 to least - 1 people.
TEST_P(CountTablesTest, NothingSmallFollows) {
  Host host;
  constexpr std::uint32_t kLeast = 4;
  const auto [seed, tables_only] = GetParam();
  const Case c = make_case(host, 700, seed, kLeast, tables_only);
  ASSERT_FALSE(c.tables.rows.empty());
  std::vector<Set> published;
  std::vector<std::set<std::uint32_t>> blocks_of;
  for (const CountRow& row : c.tables.rows) {
    const auto sets = sets_of(c, row);
    if (row.outcome != "other outcomes") {
      EXPECT_EQ(sets[0].size(), row.people);
      EXPECT_EQ(sets[1].size(), row.with) << row.type << " " << row.outcome;
      EXPECT_EQ(sets[2].size(), row.censored);
      for (const Set& set : sets)
        if (!set.empty()) published.push_back(set);
    }
    for (const std::uint64_t n : {row.people, row.with, row.people - row.with, row.censored})
      EXPECT_TRUE(n == 0 || n >= kLeast) << row.type << " " << n;
  }
  // classes, and the people of each class with a reoffence (a pool is a sum of classes)
  std::map<std::uint32_t, Set> classes;
  std::vector<Reoffence> reoffence;
  for (std::uint32_t k = 0; k < c.result.classes.size(); ++k) reoffence.push_back({k, 0, 0});
  for (std::uint32_t p = 0; p < c.truth.size(); ++p)
    if (c.cls[p] != Protected::kSuppressed) classes[c.cls[p]].insert(p);
  for (const auto& [k, people] : classes) published.push_back(people);
  std::map<std::string, Set> pools;
  for (const auto& [k, people] : classes) {
    const std::string& json = c.result.classes[k].recidivism_json;
    if (json.find("withheld") != std::string::npos) continue;
    const ClassRow& row = c.result.classes[k];
    const std::string cell = row.gender.value_or("") + row.ethnicity.value_or("") +
                             row.geography.value_or("") +
                             (json.find("\"class\"") != std::string::npos ? std::to_string(k) : "");
    for (const std::uint32_t p : people)
      if (c.truth[p].reoffence) pools[cell + json].insert(p);
  }
  for (const auto& [key, people] : pools)
    if (!people.empty()) published.push_back(people);
  // Sums of rows of one kind over the blocks that another kind is published for, less rows of the
  // other: whatever is a subset of something else can be subtracted from it.
  std::map<std::tuple<CountRow::Kind, std::string, std::string>, std::vector<Set>> by_what;
  for (const CountRow& row : c.tables.rows) {
    if (row.outcome == "other outcomes") continue;
    const auto sets = sets_of(c, row);
    if (row.kind == CountRow::Kind::life) {
      by_what[{row.kind, "event", ""}].push_back(sets[1]);
      by_what[{row.kind, "seen", ""}].push_back(sets[0]);
    } else {
      by_what[{row.kind, row.type, row.outcome}].push_back(sets[1]);
    }
  }
  const auto check = [&](const Set& large, const Set& small_one) {
    if (small_one.size() >= large.size() ||
        !std::includes(large.begin(), large.end(), small_one.begin(), small_one.end()))
      return;
    EXPECT_GE(large.size() - small_one.size(), kLeast);
  };
  for (const Set& a : published)
    for (const Set& b : published) check(a, b);
  for (const auto& [x, sets_x] : by_what)
    for (const auto& [y, sets_y] : by_what) {
      Set all_x, all_y;
      for (const Set& s : sets_x) all_x.insert(s.begin(), s.end());
      for (const Set& s : sets_y) all_y.insert(s.begin(), s.end());
      for (const Set& s : sets_x) check(all_y, s);
      check(all_y, all_x);
      // two disjoint sets of a third: what is left of it
      for (const Set& s : published) {
        Set both;
        std::set_union(all_x.begin(), all_x.end(), all_y.begin(), all_y.end(),
                       std::inserter(both, both.begin()));
        if (both.size() == all_x.size() + all_y.size()) check(s, both);
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Random, CountTablesTest,
                         ::testing::Combine(::testing::Range(1U, 9U), ::testing::Bool()));

TEST(CountTables, SameForAnyOrderOfRows) {
  Host host;
  const auto people = test::random_people(900, 5);
  model::Population a = test::encode(host, people), b = test::encode(host, people, 7);
  const Options oa = options_for(a, 5), ob = options_for(b, 5);
  const Protected x = protect::protect(host, a, oa, model::Prf({5, 5}));
  const Protected y = protect::protect(host, b, ob, model::Prf({5, 5}));
  const CountTables s = count_tables(host, a, oa, x, true), t = count_tables(host, b, ob, y, true);
  ASSERT_EQ(s.rows.size(), t.rows.size());
  EXPECT_GT(s.rows.size(), 5U);
  EXPECT_EQ(s.blocks, t.blocks);
  for (std::size_t i = 0; i < s.rows.size(); ++i) {
    EXPECT_EQ(s.rows[i].type, t.rows[i].type);
    EXPECT_EQ(s.rows[i].outcome, t.rows[i].outcome);
    EXPECT_EQ(s.rows[i].with, t.rows[i].with);
    EXPECT_EQ(s.rows[i].people, t.rows[i].people);
  }
}

TEST(CountTables, HidesZeroAndSmallShares) {
  Host host;
  const auto people = test::random_people(3000, 6);
  model::Population population = test::encode(host, people);
  Options o = options_for(population, 10);
  o.table_cells = {0.05, false};
  const Protected result = protect::protect(host, population, o, model::Prf({5, 5}));
  const CountTables tables = count_tables(host, population, o, result, false);
  EXPECT_FALSE(tables.rows.empty());
  for (const CountRow& row : tables.rows) {
    EXPECT_GE(row.with, 10U);
    EXPECT_GE(static_cast<double>(row.with), 0.05 * static_cast<double>(row.people));
    if (row.kind == CountRow::Kind::life) continue;
    EXPECT_GE(static_cast<double>(row.people - row.with), 0.05 * static_cast<double>(row.people));
  }
}

TEST(CountTables, NobodyAndNothing) {
  Host host;
  std::vector<test::Person> people;
  for (int i = 0; i < 60; ++i)
    people.push_back(
        {"p" + std::to_string(i), i % 2 == 0 ? "F" : "M", "white", "county 1", 30, {}});
  model::Population population = test::encode(host, people);
  Options o;
  o.target_risk = o.individual_limit = 1;
  const Protected result = protect::protect(host, population, o, model::Prf({5, 5}));
  EXPECT_TRUE(count_tables(host, population, o, result, false).rows.empty());
}

}  // namespace
