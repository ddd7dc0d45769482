// The attack on the mix that a refreshed release is: counts of people of the first version beside
// the events of personas of every later one.
//
// A reader of all versions knows, of each persona there ever was and of those who left a pool of
// withdrawn personas before it was dealt anew, how many events of a kind they have together: of n
// people with k > 0 events, 1 to min(k, n) have one. Those of the withdrawn personas and those of
// the personas dealt from them are the same people. The counts say how many people of all first
// personas of a group have one. All of these are equations between whole numbers with bounds; the
// reader narrows the bounds until nothing changes.

#include <algorithm>
#include <map>
#include <set>

#include "history.hpp"

using namespace pt;
using namespace pt::release;
using namespace pt::test;
using model::Hash128;

namespace {

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
    const bool somebody = events > 0 && figure_.kind != Figure::Kind::life_reoffence &&
                          figure_.kind != Figure::Kind::life_next &&
                          (figure_.kind != Figure::Kind::first_outcome || events == of_type);
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
