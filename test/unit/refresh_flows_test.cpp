// The strongest attack on the counts of a first version beside the events of all versions: what
// follows from every linear combination of all of them together, with the bounds that the events
// give.
//
// How many people of each persona there ever was have an event of a kind are whole numbers between
// bounds (refresh_counts_test.cpp). The personas withdrawn together hold as many as those that were
// dealt from them and those who left; a count says how many the first personas of its classes hold.
// Taken as arcs between counts and redeals, these numbers are a flow. So the least and the most
// people that any set of personas can hold are found by pushing flow along cycles, and because
// flows have whole solutions nothing more follows, by whatever coefficients (Hoffman & Kruskal
// 1956; duality of linear programming: each such bound is a linear combination of equations and
// bounds). A reader who knows which type alone means reoffence takes both counts for one.

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "history.hpp"

using namespace pt;
using namespace pt::release;
using namespace pt::test;
using model::Hash128;

namespace {

/// Who is counted, by figure, told independently of protect::count_tables.
using Truth = std::map<Figure, People>;

/// The one figure that a reader takes a figure for.
Figure known_as(const Figure& figure) {
  return figure.kind == Figure::Kind::reoffence ? Figure{Figure::Kind::any, "a"} : figure;
}

Truth truth_of(const std::vector<Person>& people, const std::vector<Told>& counts) {
  Truth truth;
  const auto shown = [&](const Figure& figure) {
    return std::any_of(counts.begin(), counts.end(),
                       [&](const Told& t) { return t.figure == figure; });
  };
  const model::Prf secret = model::Prf({7, 7, 7}).derive("person key");  // as in encode()
  for (const Person& p : people) {
    const Hash128 key = secret.hash(p.id);
    std::map<std::string, std::vector<Event>> by_type;
    std::int32_t first = INT32_MAX;
    for (const Event& e : p.events) {
      by_type[e.type].push_back(e);
      first = std::min(first, e.day);
    }
    for (auto& [type, events] : by_type) {
      truth[{Figure::Kind::any, type}].insert(key);
      const auto earliest =
          std::min_element(events.begin(), events.end(), [](const Event& a, const Event& b) {
            return std::tuple(a.day, a.outcome.empty(), a.outcome) <
                   std::tuple(b.day, b.outcome.empty(), b.outcome);
          });
      Figure ended{Figure::Kind::first_outcome, type,
                   earliest->outcome.empty() ? "not known" : earliest->outcome};
      if (!shown(ended)) ended.outcome = "other outcomes";
      truth[ended].insert(key);
    }
    for (const Event& e : p.events) {
      if (e.day <= first) continue;
      truth[{Figure::Kind::life_next}].insert(key);
      if (e.type == "a") truth[{Figure::Kind::life_reoffence}].insert(key);
    }
  }
  return truth;
}

/// All that is known of one figure, as a flow that starts at the truth.
class Flows {
 public:
  /// `counts`: whether the reader has them.
  Flows(const History& history, const Facts& facts, const Truth& truth, const Figure& figure,
        bool counts)
      : facts_(facts), figure_(figure) {
    if (const auto at = truth.find(figure); at != truth.end()) counted_ = at->second;
    std::map<std::uint32_t, std::uint32_t> from;  // class -> where its first personas come from
    if (counts) add_counts(history, from);
    for (const auto& [c, personas] : history.first)
      for (const People& persona : personas)
        arc_of(persona).tail = from.count(c) > 0 ? from.at(c) : kOutside;
    for (const Redeal& redeal : history.redeals) {
      const std::uint32_t node = nodes_++;
      for (const People& persona : redeal.before) arc_of(persona).head = node;
      for (const People& persona : redeal.after) arc_of(persona).tail = node;
    }
    std::vector<std::int64_t> excess(nodes_, 0);
    for (const Arc& arc : arcs_) {
      EXPECT_TRUE(arc.low <= arc.flow && arc.flow <= arc.high) << "the truth is within bounds";
      excess[arc.tail] -= arc.flow;
      excess[arc.head] += arc.flow;
    }
    EXPECT_TRUE(std::all_of(excess.begin(), excess.end(), [](std::int64_t e) { return e == 0; }))
        << "the truth fulfils every equation";
  }

  /// Cells that have to do with each other: those connected by counts and redeals.
  std::vector<std::vector<std::uint32_t>> components() const {
    std::vector<std::uint32_t> root(nodes_);
    std::iota(root.begin(), root.end(), 0U);
    const auto find = [&](std::uint32_t node) {
      while (root[node] != node) node = root[node];
      return node;
    };
    for (const Arc& arc : arcs_)
      if (arc.tail != kOutside && arc.head != kOutside) root[find(arc.tail)] = find(arc.head);
    std::map<std::uint32_t, std::vector<std::uint32_t>> cells;
    for (std::uint32_t c = 0; c < cells_.size(); ++c) {
      const Arc& arc = arcs_[cells_[c].arc];
      if (arc.tail != kOutside || arc.head != kOutside)
        cells[find(arc.tail != kOutside ? arc.tail : arc.head)].push_back(c);
    }
    std::vector<std::vector<std::uint32_t>> out;
    for (auto& [node, of] : cells) out.push_back(std::move(of));
    return out;
  }
  /// Leaves all arcs aside but those of some cells and of counts.
  void keep_to(const std::vector<std::uint32_t>& cells) {
    used_ = counts_;
    for (const std::uint32_t c : cells) used_.push_back(cells_[c].arc);
  }

  std::size_t cells() const { return cells_.size(); }
  const People& people(std::uint32_t cell) const { return *cells_[cell].people; }

  /// The least and most people with such an event in some cells together; beyond `enough` it does
  /// not matter by how much.
  std::int64_t least(const std::vector<std::uint32_t>& cells) { return extreme(cells, 1, 0); }
  std::int64_t most(const std::vector<std::uint32_t>& cells, std::int64_t enough) {
    return extreme(cells, -1, enough);
  }

 private:
  static constexpr std::uint32_t kOutside = 0;
  struct Arc {
    std::uint32_t tail = kOutside, head = kOutside;
    std::int64_t low = 0, high = 0, flow = 0;
  };
  struct Cell {
    const People* people;
    std::uint32_t arc;
  };

  /// A node for each count, the larger groups before the smaller ones inside them.
  void add_counts(const History& history, std::map<std::uint32_t, std::uint32_t>& from) {
    std::vector<const Told*> counts;
    for (const Told& told : history.counts)
      if (known_as(told.figure) == figure_) counts.push_back(&told);
    std::stable_sort(counts.begin(), counts.end(), [](const Told* a, const Told* b) {
      return a->classes.size() > b->classes.size();
    });
    for (const Told* told : counts) {
      const std::uint32_t node = nodes_++;
      const auto n = static_cast<std::int64_t>(told->n);
      const std::uint32_t c = told->classes.front();
      const std::uint32_t parent = from.count(c) > 0 ? from.at(c) : kOutside;
      for (const std::uint32_t other : told->classes) {
        EXPECT_EQ(from.count(other) > 0 ? from.at(other) : kOutside, parent) << "laminar";
        from[other] = node;
      }
      counts_.push_back(static_cast<std::uint32_t>(arcs_.size()));
      arcs_.push_back({parent, node, n, n, n});
    }
  }

  Arc& arc_of(const People& persona) {
    const auto [at, fresh] = number_.emplace(persona, static_cast<std::uint32_t>(cells_.size()));
    if (fresh) {
      cells_.push_back({&at->first, static_cast<std::uint32_t>(arcs_.size())});
      arcs_.push_back(by_events(persona));
    }
    return arcs_[cells_[at->second].arc];
  }

  Arc by_events(const People& persona) const {
    std::int64_t events = 0, of_type = 0, with = 0;
    for (const Hash128& person : persona) {
      const auto& own = facts_.at(person);
      if (const auto at = own.find(figure_); at != own.end())
        events += static_cast<std::int64_t>(at->second);
      if (const auto at = own.find({Figure::Kind::any, figure_.type}); at != own.end())
        of_type += static_cast<std::int64_t>(at->second);
      with += static_cast<std::int64_t>(counted_.count(person));
    }
    const bool somebody =
        events > 0 && (figure_.kind == Figure::Kind::any ||
                       (figure_.kind == Figure::Kind::first_outcome && events == of_type));
    const auto size = static_cast<std::int64_t>(persona.size());
    return {kOutside, kOutside, somebody ? 1 : 0, std::min(events, size), with};
  }

  /// Sum of flow over the cells when `sign` x it is as small as it can be: flow goes along cycles
  /// of negative cost until there are none.
  std::int64_t extreme(const std::vector<std::uint32_t>& cells, std::int64_t sign,
                       std::int64_t enough) {
    std::vector<std::int64_t> cost(arcs_.size(), 0);
    for (const std::uint32_t c : cells) cost[cells_[c].arc] = sign;
    const auto sum = [&] {
      std::int64_t n = 0;
      for (const std::uint32_t c : cells) n += arcs_[cells_[c].arc].flow;
      return n;
    };
    while (sign > 0 ? sum() > enough : sum() < enough)
      if (!push_along_negative_cycle(cost)) break;
    return sum();
  }

  /// Bellman and Ford: a cycle of residual arcs of negative cost gets one more unit of flow.
  bool push_along_negative_cycle(const std::vector<std::int64_t>& cost) {
    std::vector<std::int64_t> distance(nodes_, 0);
    struct Step {
      std::uint32_t arc;
      bool forward;
    };
    std::vector<std::optional<Step>> by(nodes_);
    std::optional<std::uint32_t> touched;
    for (std::uint32_t round = 0; round <= nodes_; ++round) {
      touched.reset();
      for (const std::uint32_t a : used_) {
        const Arc& arc = arcs_[a];
        for (const bool forward : {true, false}) {
          if (forward ? arc.flow >= arc.high : arc.flow <= arc.low) continue;
          const std::uint32_t tail = forward ? arc.tail : arc.head;
          const std::uint32_t head = forward ? arc.head : arc.tail;
          const std::int64_t way = distance[tail] + (forward ? cost[a] : -cost[a]);
          if (way >= distance[head]) continue;
          distance[head] = way;
          by[head] = Step{a, forward};
          touched = head;
        }
      }
      if (!touched) return false;
    }
    const auto before = [&](std::uint32_t node) {
      const Step& step = *by[node];
      return step.forward ? arcs_[step.arc].tail : arcs_[step.arc].head;
    };
    std::uint32_t node = *touched;
    for (std::uint32_t k = 0; k < nodes_; ++k) node = before(node);  // into the cycle
    std::uint32_t at = node;
    do {
      arcs_[by[at]->arc].flow += by[at]->forward ? 1 : -1;
      at = before(at);
    } while (at != node);
    return true;
  }

  const Facts& facts_;
  Figure figure_;
  People counted_;
  std::map<People, std::uint32_t> number_;
  std::deque<Cell> cells_;
  std::vector<Arc> arcs_;
  std::vector<std::uint32_t> counts_, used_;  // arcs
  std::uint32_t nodes_ = 1;
};

/// Finds sets of personas, disjoint and of whatever versions, of which the counts tell that 1 to
/// kLeast - 1 people have such an event (or have none), and the events alone do not. Numbers of
/// cells that nothing connects have nothing to do with each other.
class Attack {
 public:
  Attack(const History& history, const Facts& facts, const Truth& truth, const Figure& figure)
      : with_counts_(history, facts, truth, figure, true),
        alone_(history, facts, truth, figure, false) {
    EXPECT_EQ(with_counts_.cells(), alone_.cells());
  }

  std::size_t run() {
    for (const auto& cells : with_counts_.components()) {
      with_counts_.keep_to(cells);
      alone_.keep_to(cells);
      for (const bool with : {true, false}) {
        with_ = with;
        candidates_.clear();
        for (const std::uint32_t c : cells)
          if (const std::int64_t high = most(with_counts_, {c}, kLeast); high > 0 && small(high))
            candidates_.push_back(c);
        std::vector<std::uint32_t> chosen;
        People people;
        extend(chosen, people, 0);
      }
    }
    return found_;
  }

 private:
  static bool small(std::int64_t n) { return n < static_cast<std::int64_t>(kLeast); }

  std::int64_t all(const std::vector<std::uint32_t>& cells) const {
    std::int64_t n = 0;
    for (const std::uint32_t c : cells)
      n += static_cast<std::int64_t>(with_counts_.people(c).size());
    return n;
  }
  std::int64_t most(Flows& flows, const std::vector<std::uint32_t>& cells,
                    std::int64_t enough) const {
    return with_ ? flows.most(cells, enough) : all(cells) - flows.least(cells);
  }
  std::int64_t least(Flows& flows, const std::vector<std::uint32_t>& cells) const {
    return with_ ? flows.least(cells) : all(cells) - flows.most(cells, all(cells));
  }
  bool tells(Flows& flows, const std::vector<std::uint32_t>& cells) const {
    return small(most(flows, cells, kLeast)) && least(flows, cells) >= 1;
  }

  /// Whether the counts can tell more than the events do of some of these cells: that somebody has
  /// it, of cells of which the events don't say so (who has it in all of them has it in no part,
  /// if nobody need have it in all); or that no more than a few do.
  bool may_tell(const std::vector<std::uint32_t>& cells) {
    std::vector<std::uint32_t> open;
    for (const std::uint32_t c : cells)
      if (least(alone_, {c}) == 0) open.push_back(c);
    return least(with_counts_, open) >= 1 ||
           most(with_counts_, cells, all(cells)) < most(alone_, cells, all(cells));
  }

  void extend(std::vector<std::uint32_t>& chosen, People& people, std::size_t from) {
    std::vector<std::uint32_t> reach = chosen;
    for (std::size_t i = from; i < candidates_.size(); ++i) reach.push_back(candidates_[i]);
    if (!may_tell(reach)) return;
    for (std::size_t i = from; i < candidates_.size(); ++i) {
      const People& own = with_counts_.people(candidates_[i]);
      if (std::any_of(own.begin(), own.end(),
                      [&](const Hash128& p) { return people.count(p) > 0; }))
        continue;
      chosen.push_back(candidates_[i]);
      if (small(most(with_counts_, chosen, kLeast))) {  // more cells hold no fewer
        if (least(with_counts_, chosen) >= 1 && !tells(alone_, chosen)) ++found_;
        people.insert(own.begin(), own.end());
        extend(chosen, people, i + 1);
        for (const Hash128& p : own) people.erase(p);
      }
      chosen.pop_back();
    }
  }

  Flows with_counts_, alone_;
  bool with_ = true;
  std::vector<std::uint32_t> candidates_;
  std::size_t found_ = 0;
};

std::size_t leaks(const History& history, const std::vector<Person>& people) {
  std::set<Figure> figures;
  for (const Told& told : history.counts) figures.insert(known_as(told.figure));
  const Facts facts = facts_of(people, history.counts);
  const Truth truth = truth_of(people, history.counts);
  std::size_t n = 0;
  for (const Figure& figure : figures) n += Attack(history, facts, truth, figure).run();
  return n;
}

/// Sources of which it succeeds without the rule (the last test), and two others.
constexpr unsigned kWithoutRule[] = {5, 10, 14, 18};

class FlowsOverVersions : public ::testing::TestWithParam<unsigned> {};

}  // namespace

TEST_P(FlowsOverVersions, NoCombinationTellsOfAFew) {
  Host host;
  const auto people = random_people(700, GetParam());
  const History history = publish(host, people, GetParam(), true);
  EXPECT_GT(history.redeals.size(), 0U);
  EXPECT_TRUE(std::any_of(history.counts.begin(), history.counts.end(), [](const Told& told) {
    return told.figure.kind == Figure::Kind::life_reoffence;
  })) << "totals of the life table are among the counts";
  EXPECT_EQ(leaks(history, people), 0U);
}

INSTANTIATE_TEST_SUITE_P(Leaking, FlowsOverVersions, ::testing::ValuesIn(kWithoutRule));
INSTANTIATE_TEST_SUITE_P(Others, FlowsOverVersions, ::testing::Values(1U, 2U));

TEST(FlowsOverVersionsAttack, SucceedsWithoutTheRule) {
  Host host;
  bool told = false;
  for (const unsigned seed : kWithoutRule) {
    const auto people = random_people(700, seed);
    told = told || leaks(publish(host, people, seed, false), people) > 0;
  }
  EXPECT_TRUE(told);
}
