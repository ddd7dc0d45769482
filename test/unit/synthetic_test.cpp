// Synthetic events: the rules as an automaton, the model of histories, balance, and the risk of
// personas that hold some.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "core/error.hpp"
#include "core/protect/assembly.hpp"
#include "core/protect/grouping.hpp"
#include "core/protect/protect.hpp"
#include "core/synth/automaton.hpp"
#include "core/synth/history_model.hpp"
#include "core/synth/quota.hpp"
#include "people.hpp"
#include "risk_by_definition.hpp"

using namespace pt;
using namespace pt::protect;
using model::Code;
using model::EventWord;

namespace {

const model::Prf kRandomness({5, 5});

/// Types a..d: b comes after a; c is at most once; d ends, but for a; a is closed by b.
model::SequenceRules four_types() {
  std::vector<model::TypeRule> rules(4);
  rules[0].closed_by = {1};
  rules[1].after = {0};
  rules[2].most = 1;
  rules[3].ends_history = true;
  rules[3].ends_except = {0};
  return model::SequenceRules(rules);
}

/// The rules of four_types, said once more for a whole history: events that break one.
std::uint32_t broken_by_hand(const std::vector<Code>& h) {
  std::uint32_t broken = 0;
  bool ended = false;
  for (std::size_t i = 0; i < h.size(); ++i) {
    const auto before = [&](Code c) {
      return std::count(h.begin(), h.begin() + static_cast<std::ptrdiff_t>(i), c);
    };
    bool bad = ended && h[i] != 0;
    if (h[i] == 1 && before(0) == 0) bad = true;
    if (h[i] == 2 && before(2) > 0) bad = true;
    if (h[i] == 0) {
      bool open = false;
      for (std::size_t j = 0; j < i; ++j) open = h[j] == 0 || (open && h[j] != 1);
      bad = bad || open;
      ended = false;
    }
    if (h[i] == 3) ended = true;
    broken += bad ? 1 : 0;
  }
  return broken;
}

}  // namespace

TEST(Synthetic, TheAutomatonIsTheRules) {
  const auto rules = four_types();
  synth::Automaton automaton(rules, 4);
  std::mt19937 random(3);
  std::uint32_t forbidden = 0, inserted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<Code> h(random() % 7);
    for (Code& c : h) c = static_cast<Code>(random() % 4);
    const std::uint32_t broken = automaton.broken(h);
    EXPECT_EQ(broken, broken_by_hand(h));
    forbidden += broken > 0 ? 1 : 0;
    const std::size_t at = random() % (h.size() + 1);
    const auto type = static_cast<Code>(random() % 4);
    std::vector<Code> longer = h;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(at), type);
    const std::vector<Code> until(longer.begin(),
                                  longer.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    const bool allowed =
        broken_by_hand(until) == broken_by_hand({until.begin(), until.end() - 1}) &&
        broken_by_hand(longer) <= broken_by_hand(h);
    EXPECT_EQ(automaton.may_insert(h, at, type), allowed);
    inserted += allowed ? 1 : 0;
  }
  EXPECT_GT(forbidden, 500U);
  EXPECT_GT(inserted, 500U);
  EXPECT_LT(inserted, 2500U);
}

TEST(Synthetic, QuotasAreBalancedOverEveryRun) {
  const std::vector<std::uint64_t> real{3, 0, 1, 250, 17, 17, 1, 1, 1, 999};
  constexpr int kSteps = 1000;
  std::vector<double> mean(real.size(), 0);
  for (int step = 0; step < kSteps; ++step) {
    const auto quota = synth::balanced_quota(real, 0.07, (step + 0.5) / kSteps);
    for (std::size_t i = 0; i < real.size(); ++i) {
      mean[i] += quota[i] / static_cast<double>(kSteps);
      double want = 0, got = 0;
      for (std::size_t j = i; j < real.size(); ++j) {
        want += 0.07 * static_cast<double>(real[j]);
        got += quota[j];
        EXPECT_LT(std::abs(want - got), 1) << "kinds " << i << " to " << j;
      }
    }
  }
  for (std::size_t i = 0; i < real.size(); ++i)
    EXPECT_NEAR(mean[i], 0.07 * static_cast<double>(real[i]), 1.1 / kSteps);
}

TEST(Synthetic, TheModelIsTheSharesAmongEnoughPeople) {
  Host host;
  // 30 people: a, then b after 10..39 days for 20 of them; one more with c, which nobody else has.
  std::vector<test::Person> people;
  for (int i = 0; i < 30; ++i) {
    test::Person p{"p" + std::to_string(i), "F", "white", "x", 30, {{100, "a", "", ""}}};
    if (i < 20) p.events.push_back({110 + i, "b", "", ""});
    people.push_back(p);
  }
  people.push_back(
      {"q", "M", "white", "x", 30, {{100, "a", "", ""}, {101, "c", "", ""}, {102, "b", "", ""}}});
  const auto population = test::encode(host, people);
  const model::SequenceRules rules;
  const synth::HistoryModel model(host, population, rules, 20);
  const std::uint32_t first = model.group_of(0);
  std::uint32_t other = first;
  for (std::uint32_t p = 0; p < 31; ++p)
    if (population.events_of(p).size() == 3) other = model.group_of(p);
  ASSERT_NE(first, other);
  const synth::State start{first, model::kMissing, 0}, after{first, 0, 1}, rare{other, 2, 5};
  EXPECT_DOUBLE_EQ(model.next(start, 0), 1);
  EXPECT_DOUBLE_EQ(model.next(after, 1), 20 / 30.0);
  EXPECT_DOUBLE_EQ(model.next({other, 0, 1}, 1), 20 / 31.0) << "one man alone is no context";
  // Everybody's 54 events and 31 ends: nobody else was where q was.
  EXPECT_DOUBLE_EQ(model.next(rare, 1), 21 / 84.0);
  EXPECT_DOUBLE_EQ(model.gap_within(after, 1, 10, 19), 0.5);
  EXPECT_DOUBLE_EQ(model.gap_within(rare, 1, 0, 100), 0) << "too few people have this pair";
  EXPECT_EQ(model.draw_gap(rare, 1, 0.5), -1);
  EXPECT_EQ(model.draw_gap(after, 1, 0), 10);
  EXPECT_GE(model.draw_gap(after, 1, 0.999), 28);
  EXPECT_LE(model.draw_gap(after, 1, 0.999), 29);
}

namespace {

struct Made {
  model::Population population;
  Protected result;
};

/// Random people at one setting with a share of synthetic events.
Made at_share(Host& host, double share, const model::SequenceRules& rules, unsigned shuffle = 0,
              const model::Prf& randomness = kRandomness,
              const std::vector<test::Person>& people = test::random_people(3000, 8),
              const std::vector<Succession>& successions = {}) {
  auto population = test::encode(host, people, shuffle);
  Options o;
  o.rules = rules;
  o.successions = successions;
  Setting s;
  s.period = model::Period::half_year;
  s.successions = !successions.empty();
  s.column_level.assign(population.event_width(), 0);
  s.geography_level = 9;
  s.classes = 12;
  s.synthetic = share;
  auto grouping = std::make_unique<Grouping>(host, population, o);
  Protected result = assemble(host, population, o, grouping, s, Complete::always, &randomness);
  return {std::move(population), std::move(result)};
}

using Cell = std::array<std::string, 2>;
using Counts = std::map<Cell, std::map<std::vector<std::optional<std::string>>, double>>;

/// Synthetic and real events by protected cell and released values.
std::pair<Counts, Counts> by_cell(const Protected& r) {
  Counts synthetic, real;
  const auto cell = [&](std::uint32_t persona) {
    const ClassRow& row = r.classes[r.personas[persona].class_no];
    return Cell{row.gender.value_or("-"), row.ethnicity.value_or("-")};
  };
  for (std::uint32_t p = 0; p < r.personas.size(); ++p)
    for (auto i = r.personas[p].event_begin; i < r.personas[p].event_end; ++i)
      real[cell(p)][r.combos[r.event(i).combo]] += r.event(i).weight;
  for (const SyntheticReport::Row& row : r.synthetic->rows) {
    synthetic[cell(row.persona)][r.combos[row.combo]] += row.weight;
    real[cell(row.persona)][r.combos[row.combo]] -= row.weight;
  }
  return {synthetic, real};
}

}  // namespace

TEST(Synthetic, RisksEqualTheDefinitionAndFall) {
  Host host;
  const model::SequenceRules none;
  double before = 1;
  for (const double share : {0.0, 0.05, 0.15}) {
    const Made made = at_share(host, share, none);
    double maximum = 0;
    const double average = test::average_by_definition(made.population, made.result, maximum);
    EXPECT_NEAR(average, made.result.average, 1e-9);
    EXPECT_NEAR(maximum, made.result.maximum, 1e-9);
    EXPECT_LT(average, before * 0.97) << "synthetic events are for something";
    before = average;
    EXPECT_EQ(made.result.synthetic.has_value(), share > 0);
    if (made.result.synthetic) {
      EXPECT_NEAR(made.result.synthetic->share, share, 0.005);
      std::printf("share %.2f: average risk %.4f, %llu events, %llu without a place\n", share,
                  average, static_cast<unsigned long long>(made.result.synthetic->added),
                  static_cast<unsigned long long>(made.result.synthetic->unplaced));
    } else {
      std::printf("share 0: average risk %.4f\n", average);
    }
  }
}

TEST(Synthetic, EventsAreBalancedWithinProtectedCells) {
  Host host;
  const Made made = at_share(host, 0.1, {});
  ASSERT_TRUE(made.result.synthetic);
  EXPECT_EQ(made.result.synthetic->unplaced, 0U);
  const auto [synthetic, real] = by_cell(made.result);
  std::size_t compared = 0;
  for (const auto& [cell, looks] : real) {
    double all = 0, added = 0;
    for (const auto& [look, n] : looks) {
      const auto c = synthetic.find(cell);
      const double s = c == synthetic.end() || !c->second.contains(look) ? 0 : c->second.at(look);
      EXPECT_LT(std::abs(s - n / 9), 1)
          << "a tenth of what is published is a ninth of what is real";
      all += n;
      added += s;
      ++compared;
    }
    EXPECT_LT(std::abs(added - all / 9), 1);
  }
  EXPECT_GT(compared, 50U);
  // Shares of outcomes, the disparities, stay within one event of a cell.
  std::uint64_t types = 0;
  for (const SyntheticReport::Type& t : made.result.synthetic->types) {
    EXPECT_NEAR(static_cast<double>(t.synthetic) / static_cast<double>(t.all), 0.1, 0.02);
    ++types;
  }
  EXPECT_EQ(types, 4U);
}

TEST(Synthetic, DependsOnContentSecretAndSeedAlone) {
  Host host;
  const auto rows = [&](unsigned shuffle, const model::Prf& randomness) {
    std::vector<std::array<std::int64_t, 4>> out;
    const Made made = at_share(host, 0.1, four_types(), shuffle, randomness);
    for (const SyntheticReport::Row& r : made.result.synthetic->rows)
      out.push_back({r.persona, r.period_start, r.combo, r.weight});
    return out;
  };
  const auto a = rows(0, kRandomness), b = rows(99, kRandomness), c = rows(0, model::Prf({6, 6}));
  EXPECT_GT(a.size(), 100U);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

TEST(Synthetic, WhatTheRulesForbidIsNotInvented) {
  Host host;
  // c follows d alone, d follows c alone: neither may begin, nor follow in a history without the
  // other; b ends a history.
  std::vector<model::TypeRule> rules(4);
  rules[1].ends_history = true;
  rules[2].after = {3};
  rules[3].after = {2};
  const Made made = at_share(host, 0.1, model::SequenceRules(rules));
  // Who has c has d in the personas of this source; so look at the people behind them.
  const auto& r = made.result;
  std::vector<std::array<bool, 2>> has(r.personas.size());
  for (std::uint32_t p = 0; p < made.population.size(); ++p)
    for (const std::uint64_t w : made.population.events_of(p)) {
      const Code type = made.population.event_value(EventWord::combo(w), 0);
      if (type >= 2) has[r.persona_of[p]][type - 2] = true;
    }
  std::uint64_t of_c = 0;
  for (const SyntheticReport::Row& row : r.synthetic->rows) {
    const std::string type = r.combos[row.combo][0].value_or("");
    if (type != "c") continue;
    ++of_c;
    EXPECT_TRUE(has[row.persona][1]) << "c follows d";
  }
  EXPECT_GT(of_c, 0U);
  // A rule that no history can keep: nothing of that type is invented, and it is counted.
  std::vector<model::TypeRule> impossible(4);
  impossible[0].after = {9};
  const Made none = at_share(host, 0.1, model::SequenceRules(impossible));
  for (const SyntheticReport::Row& row : none.result.synthetic->rows)
    EXPECT_NE(none.result.combos[row.combo][0].value_or(""), "a");
  EXPECT_GT(none.result.synthetic->unplaced, 50U);
}

TEST(Synthetic, ProposedSuccessionsAreFurtherPlacesUnderTheSameRules) {
  Host host;
  // Everybody has an a and a b at the same time; one in sixty a c years after it: a succession
  // that the model finds too unlikely to let somebody have one who needs it.
  std::mt19937 random(5);
  std::vector<test::Person> people;
  for (int i = 0; i < 3000; ++i) {
    test::Person p{"p" + std::to_string(i),
                   i % 2 == 0 ? "F" : "M",
                   i % 3 == 0 ? "white" : "black",
                   "x",
                   20 + static_cast<int>(random() % 30),
                   {{0, "a", "", ""}}};
    p.events.push_back({10 + static_cast<int>(random() % 100), "b", "", ""});
    if (random() % 60 == 0)
      p.events.push_back({200 + static_cast<int>(random() % 7000), "c", "x", ""});
    people.push_back(p);
  }
  constexpr Code kA = 0, kB = 1, kC = 2;
  const std::vector<Succession> said{{kB, kC, std::nullopt}};
  const auto rows = [](const Made& made) {
    std::vector<std::array<std::int64_t, 4>> out;
    for (const SyntheticReport::Row& r : made.result.synthetic->rows)
      out.push_back({r.persona, r.period_start, r.combo, r.weight});
    return out;
  };
  const auto at = [&](const std::vector<Succession>& successions, unsigned shuffle = 0,
                      const model::SequenceRules& rules = {}) {
    return at_share(host, 0.2, rules, shuffle, kRandomness, people, successions);
  };
  const Made plain = at({}), more = at(said);
  EXPECT_NE(rows(more), rows(plain)) << "they are for something";
  EXPECT_LT(more.result.average, plain.result.average) << "those who need it get it";
  EXPECT_EQ(rows(more), rows(at(said, 99))) << "the order of rows is nothing";
  // Without a place for anything else: an outcome that no event has, a type that is none.
  EXPECT_EQ(rows(at({{kB, kC, Code{9999}}, {kA, 77, std::nullopt}})), rows(plain));
  double maximum = 0;
  EXPECT_NEAR(test::average_by_definition(more.population, more.result, maximum),
              more.result.average, 1e-9);
  EXPECT_NEAR(maximum, more.result.maximum, 1e-9);
  EXPECT_NEAR(more.result.synthetic->share, 0.2, 0.005);
  std::printf("average risk %.6f, with a succession proposed %.6f\n", plain.result.average,
              more.result.average);
  const auto [synthetic, real] = by_cell(more.result);
  for (const auto& [cell, looks] : real)
    for (const auto& [look, n] : looks) {
      const auto c = synthetic.find(cell);
      const double s = c == synthetic.end() || !c->second.contains(look) ? 0 : c->second.at(look);
      EXPECT_LT(s, n / 4 + 1) << "no more than the quota";
    }
  // What the rules forbid is not invented, whoever proposes it.
  std::vector<model::TypeRule> impossible(3);
  impossible[kC].after = {9};
  const Made none = at(said, 0, model::SequenceRules(impossible));
  for (const SyntheticReport::Row& row : none.result.synthetic->rows)
    EXPECT_NE(none.result.combos[row.combo][0].value_or(""), "c");
}

TEST(Synthetic, ProposedSuccessionsCompeteInTheLadder) {
  Host host;
  const auto run = [&](const std::vector<Succession>& said) {
    auto population = test::encode(host, test::random_people(1500, 4));
    Options o;
    o.target_risk = 0.012;
    o.synthetic = 0.1;
    o.successions = said;
    o.successions_by = "model";
    return protect::protect(host, population, o, kRandomness);
  };
  std::vector<Succession> all;
  for (Code a = 0; a < 4; ++a)
    for (Code b = 0; b < 4; ++b) all.push_back({a, b, std::nullopt});
  const Protected plain = run({}), advised = run(all);
  EXPECT_GE(advised.utility, plain.utility) << "what the rules find always competes";
  EXPECT_TRUE(advised.target_met || !plain.target_met);
  std::size_t proposed = 0;
  for (const Decision& d : advised.decisions) {
    if (d.proposed_by == "rules") continue;
    ++proposed;
    EXPECT_EQ(d.proposed_by, "model");
    EXPECT_EQ(d.rung, 4U);
    EXPECT_NE(d.setting.find("with proposed successions"), std::string::npos);
    EXPECT_EQ(d.why.rfind("proposed: ", 0), 0U);
  }
  EXPECT_GT(proposed, 0U);
  for (const Decision& d : plain.decisions) EXPECT_EQ(d.proposed_by, "rules");
}

TEST(Synthetic, TheLadderUsesThemOnlyWhenTheyPay) {
  Host host;
  const auto run = [&](double synthetic, double target) {
    auto population = test::encode(host, test::random_people(1500, 4));
    Options o;
    o.target_risk = target;
    o.synthetic = synthetic;
    return protect::protect(host, population, o, kRandomness);
  };
  bool tried = false;
  for (const double target : {0.03, 0.02, 0.012}) {
    const Protected without = run(0, target), with = run(0.1, target), again = run(0.1, target);
    EXPECT_FALSE(without.synthetic);
    EXPECT_GE(with.utility, without.utility);
    EXPECT_EQ(with.target_met, with.average <= target);
    EXPECT_TRUE(with.target_met || !without.target_met);
    if (with.synthetic) {
      EXPECT_GT(with.utility, without.utility);
    }
    ASSERT_EQ(with.decisions.size(), again.decisions.size()) << "same input, same path";
    for (std::size_t i = 0; i < with.decisions.size(); ++i) {
      const Decision &d = with.decisions[i], &e = again.decisions[i];
      EXPECT_EQ(d.setting, e.setting);
      EXPECT_EQ(d.average_after, e.average_after);
      EXPECT_EQ(d.chosen, e.chosen);
      EXPECT_EQ(d.action == "add_synthetic_events", d.rung == 4);
      tried = tried || d.rung == 4;
    }
    std::printf("target %.3f: utility %.4f without, %.4f with synthetic events (%s)\n", target,
                without.utility, with.utility, with.synthetic ? "used" : "not used");
  }
  EXPECT_TRUE(tried);
  Options bad;
  bad.synthetic = 0.3;
  EXPECT_THROW(bad.validate(), Error);
}
