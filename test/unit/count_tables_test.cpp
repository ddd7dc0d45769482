#include "core/protect/count_tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "core/protect/person_facts.hpp"
#include "core/protect/recidivism.hpp"
#include "core/protect/tally.hpp"
#include "derivable.hpp"
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
  std::map<std::string, std::string> first;     // type -> outcome of the first event
  std::map<std::string, std::uint64_t> events;  // by type
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
    ++t.events[e.type];
    if (e.type != "a" && e.type != "b") continue;
    ++t.events["reoffence"];
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
  const model::Prf secret = model::Prf({7, 7, 7}).derive("person key");  // as test::encode
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

/// Category of a person in a published facet of a block: 0 = none.
using CategoryOf = std::function<std::uint32_t(std::uint32_t person)>;

struct PublishedFacet {
  std::string what;
  std::uint32_t categories;  ///< with 0
  CategoryOf category;
  std::vector<std::optional<std::uint64_t>> counts;  ///< as published
};

/// The parts of a block that have recidivism_indicators of their own.
std::vector<Block> parts_of(const Case& c, std::uint32_t block) {
  std::map<std::string, Block> parts;
  for (const std::uint32_t k : c.tables.blocks[block]) {
    const std::string& json = c.tables.recidivism[k];
    if (json.find("withheld") != std::string::npos) return {};
    const bool alone = json.find("\"class\"") != std::string::npos;
    parts[json + (alone ? std::to_string(k) : "")].push_back(k);
  }
  std::vector<Block> out;
  for (const auto& [json, classes] : parts) out.push_back(classes);
  return out;
}

/// Category: 2 x part, and 1 more with a reoffence.
std::optional<PublishedFacet> reoffence_of(const Case& c, std::uint32_t block) {
  const auto parts = parts_of(c, block);
  if (parts.empty()) return std::nullopt;
  PublishedFacet f{"reoffence", static_cast<std::uint32_t>(2 * parts.size()), {}, {}};
  std::map<std::uint32_t, std::uint32_t> part_of;
  for (std::uint32_t k = 0; k < parts.size(); ++k) {
    for (const std::uint32_t cls : parts[k]) part_of[cls] = k;
    const std::string& json = c.tables.recidivism[parts[k].front()];
    std::uint64_t people = 0;
    for (const std::uint32_t cls : parts[k]) people += c.result.classes[cls].people;
    const auto number = [&](const char* field) {
      return std::stoull(json.substr(json.find(field) + std::string(field).size() + 2));
    };
    const std::uint64_t alike = people / number("\"people\"");  // parts with the same figures
    f.counts.emplace_back(people - alike * number("\"with_reoffence\""));
    f.counts.emplace_back(alike * number("\"with_reoffence\""));
  }
  f.category = [&c, part_of](std::uint32_t p) {
    return part_of.at(c.cls[p]) * 2 + (c.truth[p].reoffence ? 1 : 0);
  };
  return f;
}

/// Facets of a block as its rows tell them.
std::vector<PublishedFacet> facets_of(const Case& c, std::uint32_t block) {
  std::vector<PublishedFacet> out;
  std::map<std::string, std::vector<const CountRow*>> types;
  std::vector<const CountRow*> life;
  for (const CountRow& row : c.tables.rows) {
    if (row.block != block) continue;
    if (row.kind == CountRow::Kind::life)
      life.push_back(&row);
    else
      types[row.type].push_back(&row);
  }
  for (const auto& [type, rows] : types) {
    PublishedFacet f{type, 0, {}, {std::nullopt}};
    std::vector<std::string> outcomes;
    for (const CountRow* row : rows)
      if (row->kind == CountRow::Kind::first_outcome) outcomes.push_back(row->outcome);
    for (const CountRow* row : rows)
      if (outcomes.empty() || row->kind == CountRow::Kind::first_outcome)
        f.counts.emplace_back(row->with);
    f.category = [&c, type, outcomes](std::uint32_t p) -> std::uint32_t {
      const auto first = c.truth[p].first.find(type);
      if (first == c.truth[p].first.end()) return 0;
      if (outcomes.empty()) return 1;
      const auto is = [&](const std::string& outcome) {
        const auto at = std::find(outcomes.begin(), outcomes.end(), outcome);
        return static_cast<std::uint32_t>(at - outcomes.begin()) + 1;
      };
      const auto exact = is(first->second.empty() ? "not known" : first->second);
      return exact <= outcomes.size() ? exact : is("other outcomes");
    };
    f.categories = static_cast<std::uint32_t>(f.counts.size());
    out.push_back(std::move(f));
  }
  if (auto reoffence = reoffence_of(c, block)) out.push_back(std::move(*reoffence));
  if (!life.empty()) {
    PublishedFacet f{"life", 0, {}, {std::nullopt}};
    std::vector<std::uint32_t> begins;
    for (const CountRow* row : life) {
      begins.push_back(row->begin);
      f.counts.emplace_back(row->with);
      f.counts.emplace_back(row->censored);
    }
    f.category = [&c, begins](std::uint32_t p) -> std::uint32_t {
      const Truth& t = c.truth[p];
      if (!t.seen) return 0;
      const auto at =
          std::upper_bound(begins.begin(), begins.end(), static_cast<std::uint32_t>(t.periods));
      return static_cast<std::uint32_t>(at - begins.begin()) * 2 - (t.event ? 1 : 0);
    };
    f.categories = static_cast<std::uint32_t>(f.counts.size());
    out.push_back(std::move(f));
  }
  return out;
}

bool positive(const PublishedFacet& facet, std::uint32_t category) {
  return facet.what == "reoffence" ? category % 2 == 1 : category > 0;
}

/// The people of a block with everything that is published of them; beside events a reader also
/// knows which personas have no event of a type.
test::PublishedGroup group_of(const Case& c, const Block& block,
                              const std::vector<PublishedFacet>& facets, bool beside_events) {
  test::PublishedGroup group;
  std::map<std::uint32_t, std::uint32_t> personas;
  std::set<std::pair<std::uint32_t, std::uint32_t>> present;  // facet and persona with such events
  std::map<std::uint32_t, std::uint32_t> part_of;             // by persona
  for (std::uint32_t p = 0; p < c.truth.size(); ++p) {
    if (!std::binary_search(block.begin(), block.end(), c.cls[p])) continue;
    const auto number = static_cast<std::uint32_t>(personas.size());
    const std::uint32_t persona = personas.emplace(c.result.persona_of[p], number).first->second;
    test::Tuple tuple{persona};
    for (std::size_t f = 0; f < facets.size(); ++f) {
      tuple.push_back(facets[f].category(p));
      EXPECT_LT(tuple.back(), facets[f].categories);
      if (positive(facets[f], tuple.back())) present.emplace(f, persona);
      if (facets[f].what == "reoffence") part_of[persona] = tuple.back() / 2;
    }
    ++group.people[tuple];
  }
  group.categories.push_back(static_cast<std::uint32_t>(personas.size()));
  group.unknown.insert(0);
  for (std::uint32_t f = 0; f < facets.size(); ++f) {
    group.categories.push_back(facets[f].categories);
    if (facets[f].what == "life") {
      // that it came, or did not, may exclude something; in which interval, nobody knows
      auto& numbers = group.alike[f + 1];
      for (std::uint32_t k = 0; k < facets[f].categories; ++k)
        numbers.push_back(k == 0 ? 0 : 2 - k % 2);
      continue;
    }
    const bool reoffence = facets[f].what == "reoffence";
    if (reoffence)
      for (std::uint32_t k = 0; k < facets[f].categories; ++k) group.alike[f + 1].push_back(k % 2);
    for (std::uint32_t persona = 0; persona < personas.size(); ++persona)
      for (std::uint32_t k = 0; k < facets[f].categories; ++k)
        if ((reoffence && part_of.at(persona) != k / 2) ||
            (beside_events && positive(facets[f], k) && !present.count({f, persona})))
          group.excluded.insert({0, persona, f + 1, k});
  }
  // Who has a reoffence has one of its types, who was seen has one of all types.
  std::map<std::string, std::size_t> at;
  for (std::size_t f = 0; f < facets.size(); ++f) at[facets[f].what] = f + 1;
  const auto defines = [at](const char* whole, const std::vector<std::string>& parts) {
    std::vector<std::size_t> out;
    if (!at.count(whole)) return out;
    for (const std::string& part : parts) {
      if (!at.count(part)) return std::vector<std::size_t>{};
      out.push_back(at.at(part));
    }
    out.push_back(at.at(whole));
    return out;
  };
  const std::vector<std::vector<std::size_t>> known{defines("reoffence", {"a", "b"}),
                                                    defines("life", {"a", "b", "c", "d"})};
  group.contradicts = [known, &facets](const test::Tuple& t) {
    const auto has = [&](std::size_t f) { return positive(facets[f - 1], t[f]); };
    return std::any_of(known.begin(), known.end(), [&](const std::vector<std::size_t>& of) {
      if (of.empty()) return false;
      return std::any_of(of.begin(), of.end() - 1, has) != has(of.back());
    });
  };
  return group;
}

std::string text_of(const std::vector<test::Tuple>& set,
                    const std::vector<PublishedFacet>& facets) {
  std::string out;
  for (const test::Tuple& t : set) {
    out += "persona " + std::to_string(t[0]);
    for (std::size_t f = 0; f < facets.size(); ++f)
      out += ", " + facets[f].what + " " + std::to_string(t[f + 1]);
    out += "; ";
  }
  return out;
}

/// What the events of personas and the number of people with such events tell together, of one or
/// two personas (the test above tries all sets): the ranges that go on to lie within 1..least-1.
void expect_events_tell_no_more(const Case& c, const Block& block, const PublishedFacet& facet,
                                std::uint64_t least) {
  std::map<std::uint32_t, Bag> personas;
  std::uint64_t n = 0;
  for (std::uint32_t p = 0; p < c.truth.size(); ++p) {
    if (!std::binary_search(block.begin(), block.end(), c.cls[p])) continue;
    Bag& bag = personas[c.result.persona_of[p]];
    ++bag.people;
    const auto events = c.truth[p].events.find(facet.what);
    if (events != c.truth[p].events.end()) bag.high += events->second;
    if (positive(facet, facet.category(p))) ++n;
  }
  std::vector<Bag> bags;
  std::uint64_t low = 0, high = 0;
  for (const auto& [persona, found] : personas) {
    if (found.high == 0) continue;
    bags.push_back({found.people, 1, std::min(found.high, found.people)});
    low += 1;
    high += bags.back().high;
  }
  std::vector<Bag> sets = bags;
  for (std::size_t i = 0; i < bags.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const Bag& a = bags[i];
      const Bag& b = bags[j];
      sets.push_back({a.people + b.people, a.low + b.low, a.high + b.high});
    }
  for (const Bag& in : sets) {
    const Range was{in.low, in.high};
    const std::uint64_t others_high = high - in.high;
    const Range now{std::max(in.low, n > others_high ? n - others_high : 0),
                    std::min(in.high, n - (low - in.low))};
    const auto rest = [&](const Range& r) { return Range{in.people - r.high, in.people - r.low}; };
    EXPECT_FALSE(small(now, least) && !small(was, least)) << facet.what << " " << n;
    EXPECT_FALSE(small(rest(now), least) && !small(rest(was), least)) << facet.what << " " << n;
  }
}

class CountTablesTest : public ::testing::TestWithParam<std::tuple<unsigned, bool>> {};

// Every row counts what it says, and nothing that follows from all rows, the sizes of personas,
// recidivism_indicators and, where they are published, from which events personas have stands for 1
// to least - 1 people.
TEST_P(CountTablesTest, NothingSmallFollows) {
  Host host;
  constexpr std::uint32_t kLeast = 4;
  const auto [seed, tables_only] = GetParam();
  const Case c = make_case(host, 700, seed, kLeast, tables_only);
  ASSERT_FALSE(c.tables.rows.empty());
  std::size_t facets_seen = 0, everything = 0;
  for (std::uint32_t b = 0; b < c.tables.blocks.size(); ++b) {
    const auto facets = facets_of(c, b);
    facets_seen += facets.size();
    const auto group = group_of(c, c.tables.blocks[b], facets, !tables_only);
    for (std::size_t f = 0; f < facets.size(); ++f) {
      std::vector<std::uint64_t> people(facets[f].categories, 0);
      for (const auto& [tuple, n] : group.people) people[tuple[f + 1]] += n;
      for (std::size_t k = 0; k < people.size(); ++k) {
        EXPECT_EQ(facets[f].counts[k].value_or(people[k]), people[k]) << facets[f].what << " " << k;
        EXPECT_TRUE(people[k] == 0 || people[k] >= kLeast) << facets[f].what << " " << k;
      }
    }
    for (const PublishedFacet& facet : facets) {
      if (tables_only || facet.what == "life") continue;
      const bool reoffence = facet.what == "reoffence";
      for (const Block& part : reoffence ? parts_of(c, b) : std::vector<Block>{c.tables.blocks[b]})
        expect_events_tell_no_more(c, part, facet, kLeast);
    }
    for (const auto& [tuple, n] : group.people) EXPECT_FALSE(group.contradicts(tuple));
    test::Derivable solver(group, kLeast, test::Knows::pairs);
    for (const auto& set : solver.run())
      ADD_FAILURE() << "block " << b << " gives away " << text_of(set, facets);
    everything += solver.by_everything();
  }
  EXPECT_GT(facets_seen, 3 * c.tables.blocks.size());
  RecordProperty("by_everything", static_cast<int>(everything));
}

INSTANTIATE_TEST_SUITE_P(Random, CountTablesTest,
                         ::testing::Combine(::testing::Range(1U, 11U), ::testing::Bool()));

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
