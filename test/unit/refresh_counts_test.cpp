// The attack on the mix that a refreshed release is: counts of people of the first version beside
// the events of personas of every later one.
//
// A reader of all versions knows, of each persona there ever was and of those who left a pool of
// withdrawn personas before it was dealt anew, how many events of a kind they have together: of n
// people with k > 0 events, 1 to min(k, n) have one. Those of the withdrawn personas and those of
// the personas dealt from them are the same people. The counts say how many people of all first
// personas of a group have one. All of these are equations between whole numbers with bounds; the
// reader narrows the bounds until nothing changes.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "core/protect/count_tables.hpp"
#include "core/release/refresh.hpp"
#include "people.hpp"
#include "versions.hpp"

using namespace pt;
using namespace pt::protect;
using namespace pt::release;
using model::Hash128;

namespace {

constexpr std::uint64_t kLeast = 4;
constexpr unsigned kVersions = 5;

using People = std::set<Hash128>;

/// Events of each person by figure, told independently of release::Figures.
using Facts = std::map<Hash128, std::map<Figure, std::uint64_t>>;

/// One redeal: personas that went, and what became of their people.
struct Redeal {
  std::vector<People> before, after;  ///< after: the new personas, then those who left
};

/// Everything that was published, as sets of people.
struct History {
  std::map<std::uint32_t, std::vector<People>> first;  ///< by class
  std::vector<Redeal> redeals;
  std::vector<Told> counts;
  std::uint64_t returned = 0, withdrawn = 0;
};

struct Interval {
  std::uint64_t low = 0, high = 0;
};

/// Narrows what is known of the number of people with a kind of event.
class Reader {
 public:
  Reader(const History& history, const Facts& facts, const Figure& figure, bool counts)
      : facts_(facts), figure_(figure) {
    for (const Redeal& redeal : history.redeals)
      equations_.push_back({numbers(redeal.before), numbers(redeal.after), 0});
    for (const Told& told : history.counts) {
      if (told.figure != figure) continue;
      Equation e;
      e.constant = told.n;
      for (const std::uint32_t c : told.classes)
        for (const std::uint32_t n : numbers(history.first.at(c))) e.left.push_back(n);
      if (counts) equations_.push_back(std::move(e));
    }
    while (narrow()) {
    }
  }

  /// Cells and pairs of cells of which 1 to kLeast - 1 people are known to have such an event, or
  /// to have none.
  std::set<std::vector<std::uint32_t>> told() const {
    std::set<std::vector<std::uint32_t>> out;
    const auto judge = [&](std::vector<std::uint32_t> cells, Interval with) {
      std::uint64_t people = 0;
      for (const std::uint32_t c : cells) people += people_[c];
      const auto small = [](std::uint64_t low, std::uint64_t high) {
        return low >= 1 && high < kLeast;
      };
      if (!small(with.low, with.high) && !small(people - with.high, people - with.low)) return;
      out.insert(std::move(cells));
    };
    for (std::uint32_t c = 0; c < bounds_.size(); ++c) judge({c}, bounds_[c]);
    for (const Equation& e : equations_)
      for (std::size_t i = 0; i < e.right.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          judge({e.right[j], e.right[i]}, pair(e, e.right[j], e.right[i]));
    return out;
  }

 private:
  /// Sum of the left cells = sum of the right cells + constant.
  struct Equation {
    std::vector<std::uint32_t> left, right;
    std::uint64_t constant = 0;
  };

  std::vector<std::uint32_t> numbers(const std::vector<People>& cells) {
    std::vector<std::uint32_t> out;
    for (const People& cell : cells) {
      const auto [at, fresh] = number_.emplace(cell, static_cast<std::uint32_t>(bounds_.size()));
      out.push_back(at->second);
      if (!fresh) continue;
      people_.push_back(cell.size());
      bounds_.push_back(by_events(cell));
    }
    return out;
  }

  Interval by_events(const People& cell) const {
    std::uint64_t events = 0, of_type = 0;
    for (const Hash128& person : cell) {
      const auto& own = facts_.at(person);
      const auto add = [&own](const Figure& f, std::uint64_t& to) {
        const auto at = own.find(f);
        if (at != own.end()) to += at->second;
      };
      add(figure_, events);
      add({Figure::Kind::any, figure_.type}, of_type);
    }
    const bool somebody =
        events > 0 && (figure_.kind != Figure::Kind::first_outcome || events == of_type);
    return {somebody ? 1U : 0U, std::min<std::uint64_t>(events, cell.size())};
  }

  Interval sum(const std::vector<std::uint32_t>& cells) const {
    Interval out;
    for (const std::uint32_t c : cells) {
      out.low += bounds_[c].low;
      out.high += bounds_[c].high;
    }
    return out;
  }

  /// What the others of an equation leave of a part of one side.
  static Interval rest(Interval part, Interval same, Interval other) {
    const auto minus = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; };
    return {std::max(part.low, minus(other.low + part.high, same.high)),
            std::min(part.high, minus(other.high + part.low, same.low))};
  }

  Interval pair(const Equation& e, std::uint32_t a, std::uint32_t b) const {
    return rest(sum({a, b}), sum(e.right), sum(e.left));
  }

  bool narrow() {
    bool changed = false;
    for (const Equation& e : equations_)
      for (const bool left : {true, false})
        for (const std::uint32_t c : left ? e.left : e.right) {
          Interval mine = sum(left ? e.left : e.right), other = sum(left ? e.right : e.left);
          Interval& with = left ? other : mine;
          with.low += e.constant;
          with.high += e.constant;
          if (!left) {  // the constant stands on this side: take it over
            mine.low -= e.constant, mine.high -= e.constant;
            const auto minus = [&](std::uint64_t v) { return v > e.constant ? v - e.constant : 0; };
            other = {minus(other.low), minus(other.high)};
          }
          const Interval now = rest(bounds_[c], mine, other);
          EXPECT_LE(now.low, now.high);
          if (now.low == bounds_[c].low && now.high == bounds_[c].high) continue;
          bounds_[c] = now;
          changed = true;
        }
    return changed;
  }

  const Facts& facts_;
  const Figure& figure_;
  std::map<People, std::uint32_t> number_;
  std::vector<std::uint64_t> people_;
  std::vector<Interval> bounds_;
  std::vector<Equation> equations_;
};

/// The counts that a first version shows of people, but for the life table.
std::vector<Told> counts_of(const CountTables& tables, const Protected& result) {
  std::vector<Told> out;
  for (const CountRow& row : tables.rows) {
    if (row.kind == CountRow::Kind::life) continue;
    const bool any = row.kind == CountRow::Kind::any;
    out.push_back({{any ? Figure::Kind::any : Figure::Kind::first_outcome, row.type, row.outcome},
                   tables.blocks[row.block],
                   row.with});
  }
  const auto number = [](const std::string& json, const std::string& field) {
    return std::stoull(json.substr(json.find(field) + field.size() + 2));
  };
  for (std::uint32_t c = 0; c < tables.recidivism.size(); ++c) {
    const std::string& json = tables.recidivism[c];
    if (json.find("\"class\"") == std::string::npos) continue;
    EXPECT_EQ(number(json, "\"people\""), result.classes[c].people);
    out.push_back({{Figure::Kind::reoffence}, {c}, number(json, "\"with_reoffence\"")});
  }
  return out;
}

Options options_for(const model::Population& population) {
  Options o;
  o.target_risk = o.individual_limit = 1;
  o.min_size = kLeast;
  o.max_size = 20;
  o.period = model::Period::quarter;
  for (const std::string& label : population.event_columns[0].labels)
    o.vocabulary.type_is_reoffence.push_back(label == "a");
  o.vocabulary.category_of_type.assign(population.event_columns[0].labels.size(), "");
  return o;
}

Facts facts_of(const std::vector<test::Person>& people, const std::vector<Told>& counts) {
  Facts facts;
  const model::Prf secret = model::Prf({7, 7, 7}).derive("person key");  // as test::encode
  for (const test::Person& p : people) {
    auto& own = facts[secret.hash(p.id)];
    for (const test::Event& e : p.events) {
      ++own[{Figure::Kind::any, e.type}];
      if (e.type == "a") ++own[{Figure::Kind::reoffence}];
      const auto shown = [&](const std::string& outcome) {
        return std::any_of(counts.begin(), counts.end(), [&](const Told& t) {
          return t.figure == Figure{Figure::Kind::first_outcome, e.type, outcome};
        });
      };
      const std::string own_outcome = e.outcome.empty() ? "not known" : e.outcome;
      ++own[{Figure::Kind::first_outcome, e.type,
             shown(own_outcome) ? own_outcome : "other outcomes"}];
    }
  }
  return facts;
}

/// Personas of a version by their people, with their classes.
std::map<People, std::uint32_t> personas_of(const Known& known) {
  std::vector<People> people(known.personas.size());
  for (const KnownMember& m : known.members) people[m.persona].insert(m.key);
  std::map<People, std::uint32_t> out;
  for (std::size_t k = 0; k < people.size(); ++k)
    out.emplace(std::move(people[k]), known.personas[k].class_no);
  return out;
}

/// Notes the redeals of a refresh: by what class the new personas are in.
void note_redeals(const Known& before, const Known& after, History& history) {
  std::vector<People> gone;  // in service or withdrawn before
  for (const auto& [people, c] : personas_of(before)) gone.push_back(people);
  for (const Withdrawn& w : before.withdrawn) gone.emplace_back(w.members.begin(), w.members.end());
  People known;
  for (const People& p : gone) known.insert(p.begin(), p.end());
  std::map<std::uint32_t, Redeal> by_class;
  const auto old = personas_of(before);
  for (const auto& [people, c] : personas_of(after))
    if (old.count(people) == 0 && known.count(*people.begin()) > 0)  // the others are newcomers
      by_class[c].after.push_back(people);
  for (auto& [c, redeal] : by_class) {
    People now, then;
    for (const People& p : redeal.after) now.insert(p.begin(), p.end());
    for (const People& p : gone)
      if (std::any_of(p.begin(), p.end(), [&](const Hash128& k) { return now.count(k) > 0; })) {
        redeal.before.push_back(p);
        then.insert(p.begin(), p.end());
      }
    People left;
    std::set_difference(then.begin(), then.end(), now.begin(), now.end(),
                        std::inserter(left, left.end()));
    EXPECT_GE(left.size(), kLeast);
    EXPECT_EQ(then.size(), now.size() + left.size());
    redeal.after.push_back(std::move(left));
    history.redeals.push_back(std::move(redeal));
  }
}

/// A first version and what becomes of it when some people leave each time.
History publish(Host& host, std::vector<test::Person> people, unsigned seed, bool rule) {
  model::Population population = test::encode(host, people);
  const Options options = options_for(population);
  Protected result = protect::protect(host, population, options, model::Prf({5, 5}));
  EXPECT_TRUE(result.target_met);
  const CountTables tables = count_tables(host, population, options, result, true);
  History history;
  history.counts = counts_of(tables, result);
  Setting setting = result.setting;
  setting.place_people = setting.cell_people = setting.classes = 0;
  Known known = test::known_of(population, result);
  for (const auto& [members, c] : personas_of(known)) history.first[c].push_back(members);
  if (rule) known.told = history.counts;
  known.first = true;
  std::mt19937 random(seed);
  for (unsigned v = 1; v < kVersions; ++v) {
    people.erase(std::remove_if(people.begin(), people.end(),
                                [&](const test::Person&) { return random() % 16 == 0; }),
                 people.end());
    population = test::encode(host, people);
    const RefreshInput input{
        known, setting, {}, test::kContentKey, std::to_string(v), [](auto) { return std::nullopt; },
        false};
    const Refreshed next = refresh(host, population, options_for(population), input);
    history.returned += next.counts.redealt;
    history.withdrawn += next.counts.withdrawn;
    Known after = test::known_of(population, next);
    note_redeals(known, after, history);
    known = std::move(after);
  }
  return history;
}

/// Figures and cells of which the counts of the first version tell, and the events alone do not.
std::size_t leaks(const History& history, const Facts& facts) {
  std::set<Figure> figures;
  for (const Told& told : history.counts) figures.insert(told.figure);
  std::size_t n = 0;
  for (const Figure& figure : figures) {
    const auto alone = Reader(history, facts, figure, false).told();
    for (const auto& cells : Reader(history, facts, figure, true).told())
      n += alone.count(cells) > 0 ? 0U : 1U;
  }
  return n;
}

class CountsOverVersions : public ::testing::TestWithParam<unsigned> {};

}  // namespace

// With the rule the attack finds nobody in any of these sources; without it, in some (the next
// test).
TEST_P(CountsOverVersions, NothingSmallFollowsFromAllVersions) {
  Host host;
  const auto people = test::random_people(700, GetParam());
  const History history = publish(host, people, GetParam(), true);
  ASSERT_FALSE(history.counts.empty());
  EXPECT_GT(history.redeals.size(), 0U);
  EXPECT_EQ(leaks(history, facts_of(people, history.counts)), 0U);
}

INSTANTIATE_TEST_SUITE_P(Random, CountsOverVersions, ::testing::Range(1U, 9U));

TEST(CountsOverVersionsAttack, SucceedsWithoutTheRule) {
  Host host;
  bool told = false;
  for (unsigned seed = 1; seed < 13 && !told; ++seed) {
    const auto people = test::random_people(700, seed);
    const History history = publish(host, people, seed, false);
    told = leaks(history, facts_of(people, history.counts)) > 0;
  }
  EXPECT_TRUE(told);
}

TEST(CountsOverVersionsAttack, TheRuleLetsMostPeopleReturn) {
  Host host;
  std::size_t returned = 0, without = 0;
  for (unsigned seed = 1; seed < 4; ++seed) {
    const auto people = test::random_people(700, seed);
    returned += publish(host, people, seed, true).returned;
    without += publish(host, people, seed, false).returned;
  }
  EXPECT_GT(without, 500U);
  EXPECT_GT(10 * returned, 8 * without);
}
