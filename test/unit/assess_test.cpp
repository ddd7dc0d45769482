// Risks of a version being made: measured step by step, at once, and by the definition.
#include "core/release/assess.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "core/release/content.hpp"
#include "people.hpp"

using namespace pt;
using namespace pt::protect;
using namespace pt::release;

namespace {

const model::Prf kContentKey({9, 9});

/// A version in service, and the people of a later day: some have other events, some are new.
/// Risk of the version before, kept as a float: one person fewer than now, so that it counts.
float one_fewer(float risk) { return static_cast<float>(1.0 / (std::round(1.0 / risk) - 1)); }

class Assess : public testing::Test {
 protected:
  Assess() {
    std::vector<test::Person> people = test::random_people(600, 8);
    model::Population before = test::encode(host_, people);
    options_.target_risk = 0.05;
    options_.individual_limit = 0.2;
    options_.max_size = 10;
    publish(before, protect::protect(host_, before, options_, model::Prf({5, 5})));
    for (std::size_t i = 0; i < people.size(); i += 9)
      people[i].events.push_back({5100 + static_cast<std::int32_t>(i), "late", "guilty", "F"});
    for (const test::Person& p : test::random_people(40, 9)) {
      people.push_back(p);
      people.back().id += " new";
    }
    population_ = test::encode(host_, people);
    released_.emplace(population_, setting_);
    read();
  }

  /// The personas of a result, with events fine enough to tell them apart: quarters, types and
  /// outcomes.
  void publish(const model::Population& before, const Protected& first) {
    setting_.period = model::Period::quarter;
    setting_.column_level = {0, 0, levels_of(before.event_columns[2])};
    const Released released(before, setting_);
    const Contents contents(before, released);
    for (std::uint32_t i = 0; i < released.combos(); ++i)
      known_.combos.push_back({released.value(i, 0), released.value(i, 1)});
    known_.classes = first.classes;
    std::vector<std::map<std::uint64_t, std::uint32_t>> pooled(first.personas.size());
    for (std::uint32_t p = 0; p < before.size(); ++p) {
      const std::uint32_t persona = first.persona_of[p];
      if (persona == Protected::kSuppressed) continue;
      std::vector<std::uint64_t> codes;
      for (const std::uint64_t w : before.events_of(p)) codes.push_back(released.code(w));
      for (const std::uint64_t code : codes) ++pooled[persona][code];
      known_.members.push_back({before.key[p], persona,
                                keyed_content(kContentKey, contents.of(before.events_of(p))),
                                one_fewer(first.risk[p])});
    }
    for (std::uint32_t k = 0; k < first.personas.size(); ++k) {
      KnownPersona& persona = known_.personas.emplace_back(
          KnownPersona{first.personas[k].key, first.personas[k].class_no, k + 1, {}});
      for (const auto& [code, n] : pooled[k])
        persona.events.push_back({released.period_starts()[code / released.combos()],
                                  static_cast<std::uint32_t>(code % released.combos()), n});
    }
  }

  void read() {
    const Contents contents(population_, *released_);
    present_.resize(known_.personas.size());
    member_.assign(population_.size(), nullptr);
    for (std::uint32_t p = 0; p < population_.size(); ++p) {
      content_.push_back(keyed_content(kContentKey, contents.of(population_.events_of(p))));
      const auto known = std::lower_bound(
          known_.members.begin(), known_.members.end(), population_.key[p],
          [](const KnownMember& m, const model::Hash128& key) { return m.key < key; });
      if (known != known_.members.end() && known->key == population_.key[p]) {
        member_[p] = &*known;
        present_[known->persona].push_back(p);
      } else {
        newcomers_.push_back(p);
      }
    }
  }

  AssessmentInput input() const {
    return {population_, options_, setting_, *released_, known_, content_, member_};
  }
  Item as_published(std::uint32_t k) const {
    const KnownPersona& persona = known_.personas[k];
    return {persona.key, persona.class_no, &persona, persona.unit, present_[k]};
  }
  Item with_present_events(std::uint32_t k) const {
    return {known_.personas[k].key, known_.personas[k].class_no, nullptr, 0, present_[k]};
  }
  /// Everybody as published; newcomers in two personas of the first and the last class.
  std::vector<Item> everybody() const {
    std::vector<Item> items;
    for (std::uint32_t k = 0; k < known_.personas.size(); ++k) items.push_back(as_published(k));
    const auto half = newcomers_.begin() + static_cast<std::ptrdiff_t>(newcomers_.size() / 2);
    items.push_back({{1, 1}, 0, nullptr, 0, {newcomers_.begin(), half}});
    items.push_back({{2, 2},
                     static_cast<std::uint32_t>(known_.classes.size() - 1),
                     nullptr,
                     0,
                     {half, newcomers_.end()}});
    return items;
  }

  /// A history as texts, so that nothing depends on codes.
  using Bag = std::map<std::vector<std::optional<std::string>>, std::uint32_t>;
  Bag bag_of(std::uint32_t person) const {
    Bag bag;
    for (const std::uint64_t w : population_.events_of(person)) {
      const std::uint64_t code = released_->code(w);
      std::vector<std::optional<std::string>> row{
          std::to_string(released_->period_starts()[code / released_->combos()])};
      for (std::size_t c = 0; c < released_->columns().size(); ++c)
        row.push_back(released_->value(static_cast<std::uint32_t>(code % released_->combos()), c));
      ++bag[row];
    }
    return bag;
  }
  Bag bag_of(const Item& item) const {
    Bag bag;
    if (item.known == nullptr) {
      for (const std::uint32_t person : item.people)
        for (const auto& [row, n] : bag_of(person)) bag[row] += n;
      return bag;
    }
    for (const EventRow& e : item.known->events) {
      std::vector<std::optional<std::string>> row{std::to_string(e.period_start)};
      row.insert(row.end(), known_.combos[e.combo].begin(), known_.combos[e.combo].end());
      bag[row] += e.weight;
    }
    return bag;
  }
  static bool contains(const Bag& all, const Bag& part) {
    return std::all_of(part.begin(), part.end(), [&](const auto& entry) {
      const auto it = all.find(entry.first);
      return it != all.end() && it->second >= entry.second;
    });
  }

  /// Averages of the attackers who know demographics, with any 1 event, any 2, all, and of the one
  /// who knows all events and nothing else: word for word as doc/privacy-model.md has them.
  std::vector<double> by_definition(const std::vector<Item>& items) const {
    std::vector<Bag> bags;
    for (const Item& item : items) bags.push_back(bag_of(item));
    std::vector<double> sums(5, 0);
    double people = 0;
    for (std::size_t i = 0; i < items.size(); ++i)
      for (const std::uint32_t person : items[i].people) {
        Bag history = bag_of(person);
        const bool waits =
            items[i].known != nullptr && !show_the_same(member_[person]->content, content_[person]);
        if (waits)
          for (auto& [row, n] : history) {
            const auto shown = bags[i].find(row);
            n = std::min(n, shown == bags[i].end() ? 0 : shown->second);
          }
        std::erase_if(history, [](const auto& entry) { return entry.second == 0; });
        const auto within = [&](const Bag& known, bool any_class) {
          std::uint64_t n = 0;
          for (std::size_t j = 0; j < items.size(); ++j)
            if ((any_class || items[j].class_no == items[i].class_no) && contains(bags[j], known))
              n += items[j].people.size();
          return n;
        };
        std::uint64_t one = within({}, false), two = one;
        std::uint32_t events = 0;
        for (const auto& [row, n] : history) {
          events += n;
          one = std::min(one, within({{row, 1}}, false));
          if (n > 1) two = std::min(two, within({{row, 2}}, false));
          for (const auto& [other, m] : history)
            if (row < other) two = std::min(two, within({{row, 1}, {other, 1}}, false));
        }
        if (events < 2) two = one;
        double all = 1.0 / static_cast<double>(within(history, false));
        // one of n people, whatever the last digits of the float that is kept
        if (waits) all = std::max(all, 1.0 / std::round(1.0 / member_[person]->risk));
        sums[0] += 1.0 / static_cast<double>(within({}, false));
        sums[1] += 1.0 / static_cast<double>(one);
        sums[2] += 1.0 / static_cast<double>(two);
        sums[3] += all;
        sums[4] += 1.0 / static_cast<double>(within(history, true));
        ++people;
      }
    for (double& s : sums) s /= people;
    return sums;
  }

  Host host_;
  Options options_;
  Setting setting_;
  Known known_;
  model::Population population_{std::pmr::get_default_resource()};
  std::optional<Released> released_;
  std::vector<std::uint64_t> content_;
  std::vector<const KnownMember*> member_;
  std::vector<std::vector<std::uint32_t>> present_;  // by known persona
  std::vector<std::uint32_t> newcomers_;
};

void expect_same(const Protected& a, const Protected& b) {
  EXPECT_EQ(a.average, b.average);
  EXPECT_EQ(a.maximum, b.maximum);
  EXPECT_EQ(a.released, b.released);
  const auto figures = [](const Risks& r) {
    return std::vector<double>{r.demographics_average, r.demographics_maximum, r.one_event_average,
                               r.one_event_maximum,    r.two_events_average,   r.two_events_maximum,
                               r.all_events_average,   r.all_events_maximum,   r.events_average,
                               r.events_maximum};
  };
  EXPECT_EQ(figures(a.risks), figures(b.risks));
  EXPECT_TRUE(std::equal(a.risk.begin(), a.risk.end(), b.risk.begin(), b.risk.end()));
  ASSERT_EQ(a.personas.size(), b.personas.size());
  for (std::size_t p = 0; p < a.personas.size(); ++p) {
    EXPECT_EQ(a.personas[p].key, b.personas[p].key);
    EXPECT_EQ(a.personas[p].risk, b.personas[p].risk);
    EXPECT_EQ(a.personas[p].event_end - a.personas[p].event_begin,
              b.personas[p].event_end - b.personas[p].event_begin);
  }
}

TEST_F(Assess, StepByStepIsTheSameAsAtOnceForEveryAttacker) {
  for (const Attacker attacker :
       {Attacker::demographics_and_events, Attacker::demographics, Attacker::events}) {
    options_.attacker = attacker;
    std::vector<Item> start = everybody(), middle = start, end;
    for (std::uint32_t k = 0; k < known_.personas.size(); k += 3)
      middle[k] = with_present_events(k);
    end = middle;
    end.erase(end.begin() + 4, end.begin() + 9);
    end.pop_back();
    Assessment steps(host_, input()), once(host_, input());
    steps.measure(known_.classes, start);
    const double first = steps.average();
    steps.measure(known_.classes, middle);
    steps.measure(known_.classes, end);
    once.measure(known_.classes, end);
    EXPECT_NE(first, steps.average());
    EXPECT_EQ(steps.average(), once.average());
    EXPECT_EQ(steps.highest_risks(), once.highest_risks());
    for (std::uint32_t c = 0; c < known_.classes.size(); ++c) {
      EXPECT_EQ(steps.people(c), once.people(c));
      EXPECT_EQ(steps.mean_risk(c), once.mean_risk(c));
    }
    std::vector<std::uint32_t> order, other;
    const Protected a = steps.result(order), b = once.result(other);
    EXPECT_EQ(order, other);
    expect_same(a, b);
  }
}

TEST_F(Assess, StepByStepEqualsTheDefinition) {
  std::vector<Item> items = everybody();
  Assessment assessment(host_, input());
  assessment.measure(known_.classes, items);
  for (std::uint32_t k = 0; k < known_.personas.size(); k += 2) items[k] = with_present_events(k);
  std::vector<Item> fewer(items.begin() + 3, items.end());
  assessment.measure(known_.classes, fewer);
  std::vector<std::uint32_t> order;
  const Risks r = assessment.result(order).risks;
  const std::vector<double> expected = by_definition(fewer);
  EXPECT_NEAR(r.demographics_average, expected[0], 1e-12);
  EXPECT_NEAR(r.one_event_average, expected[1], 1e-12);
  EXPECT_NEAR(r.two_events_average, expected[2], 1e-12);
  EXPECT_NEAR(r.all_events_average, expected[3], 1e-12);
  EXPECT_NEAR(r.events_average, expected[4], 1e-12);
  // The attackers differ, so that none stands in for another.
  for (std::size_t a = 1; a < 4; ++a) EXPECT_GT(expected[a], expected[a - 1]);
}

}  // namespace
