#pragma once

// What is published of made-up people over several versions: counts of the first one, and personas
// of each, of which some people leave every time.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/protect/count_tables.hpp"
#include "core/release/refresh.hpp"
#include "people.hpp"
#include "versions.hpp"

namespace pt::test {

using namespace pt::protect;
using namespace pt::release;
using model::Hash128;

inline constexpr std::uint64_t kLeast = 4;
inline constexpr unsigned kVersions = 5;

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

/// The counts that a first version shows of people; of a life table, how many have the event.
inline std::vector<Told> counts_of(const CountTables& tables, const Protected& result) {
  std::vector<Told> out;
  std::map<std::uint32_t, std::uint64_t> life;  // by block
  for (const CountRow& row : tables.rows) {
    if (row.kind == CountRow::Kind::life) {
      life[row.block] += row.with;
      continue;
    }
    const bool any = row.kind == CountRow::Kind::any;
    out.push_back({{any ? Figure::Kind::any : Figure::Kind::first_outcome, row.type, row.outcome},
                   tables.blocks[row.block],
                   row.with});
  }
  for (const auto& [block, with] : life)
    out.push_back({{tables.reoffence ? Figure::Kind::life_reoffence : Figure::Kind::life_next},
                   tables.blocks[block],
                   with});
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

inline Options options_for(const model::Population& population) {
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

inline Facts facts_of(const std::vector<Person>& people, const std::vector<Told>& counts) {
  Facts facts;
  const model::Prf secret = model::Prf({7, 7, 7}).derive("person key");  // as in encode()
  for (const Person& p : people) {
    auto& own = facts[secret.hash(p.id)];
    for (const Event& e : p.events) {
      ++own[{Figure::Kind::any, e.type}];
      ++own[{Figure::Kind::life_next}];
      if (e.type == "a") ++own[{Figure::Kind::reoffence}];
      if (e.type == "a") ++own[{Figure::Kind::life_reoffence}];
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
inline std::map<People, std::uint32_t> personas_of(const Known& known) {
  std::vector<People> people(known.personas.size());
  for (const KnownMember& m : known.members) people[m.persona].insert(m.key);
  std::map<People, std::uint32_t> out;
  for (std::size_t k = 0; k < people.size(); ++k)
    out.emplace(std::move(people[k]), known.personas[k].class_no);
  return out;
}

/// Notes the redeals of a refresh: by what class the new personas are in.
inline void note_redeals(const Known& before, const Known& after, History& history) {
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
inline History publish(Host& host, std::vector<Person> people, unsigned seed, bool rule) {
  model::Population population = encode(host, people);
  const Options options = options_for(population);
  Protected result = protect::protect(host, population, options, model::Prf({5, 5}));
  EXPECT_TRUE(result.target_met);
  const CountTables tables = count_tables(host, population, options, result, true);
  History history;
  history.counts = counts_of(tables, result);
  Setting setting = result.setting;
  setting.place_people = setting.cell_people = setting.classes = 0;
  Known known = known_of(population, result);
  for (const auto& [members, c] : personas_of(known)) history.first[c].push_back(members);
  if (rule) known.told = history.counts;
  known.first = true;
  std::mt19937 random(seed);
  for (unsigned v = 1; v < kVersions; ++v) {
    people.erase(std::remove_if(people.begin(), people.end(),
                                [&](const Person&) { return random() % 16 == 0; }),
                 people.end());
    population = encode(host, people);
    const RefreshInput input{known,       setting,           {},
                             kContentKey, std::to_string(v), [](auto) { return std::nullopt; },
                             false};
    const Refreshed next = refresh(host, population, options_for(population), input);
    history.returned += next.counts.redealt;
    history.withdrawn += next.counts.withdrawn;
    Known after = known_of(population, next);
    note_redeals(known, after, history);
    known = std::move(after);
  }
  return history;
}

}  // namespace pt::test
