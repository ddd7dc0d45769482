#pragma once

// Small populations for tests, built from plain rows.

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "core/model/population.hpp"

namespace pt::test {

struct Event {
  std::int32_t day;
  std::string type, outcome, detail;
};

struct Person {
  std::string id, gender, ethnicity, county;
  int age;  // negative: missing
  std::vector<Event> events;
};

/// Encodes people (gender, ethnicity, county, age; type, outcome, detail), rows in the order given
/// or shuffled by `shuffle`. "" is missing. `districts`: county -> district as a hierarchy level.
inline model::Population encode(Host& host, const std::vector<Person>& people,
                                unsigned shuffle = 0) {
  using namespace model;
  Schema schema;
  schema.people = {{"gender", Meaning::gender, Scale::nominal, Reconcile::most_frequent},
                   {"ethnicity", Meaning::ethnicity, Scale::nominal, Reconcile::most_frequent},
                   {"county", Meaning::geography, Scale::nominal, Reconcile::most_frequent},
                   {"age", Meaning::age, Scale::ordered, Reconcile::largest}};
  schema.events = {
      {"type", EventPart::type}, {"outcome", EventPart::outcome}, {"detail", EventPart::detail}};
  const Prf secret({7, 7, 7});
  PopulationBuilder builder(host, secret, schema, {});
  std::vector<std::size_t> order(people.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937 random(shuffle);
  if (shuffle != 0) std::shuffle(order.begin(), order.end(), random);
  const auto code = [](Dictionary& d, const std::string& v) {
    return v.empty() ? kMissing : d.intern(v);
  };
  for (const std::size_t i : order) {
    const Person& p = people[i];
    const Code codes[] = {
        code(builder.person_dictionary(0), p.gender),
        code(builder.person_dictionary(1), p.ethnicity),
        code(builder.person_dictionary(2), p.county),
        code(builder.person_dictionary(3), p.age < 0 ? "" : std::to_string(p.age))};
    const std::uint32_t number = builder.person(p.id);
    builder.describe(number, codes, {}, std::nullopt);
    std::vector<Event> events = p.events;
    if (shuffle != 0) std::shuffle(events.begin(), events.end(), random);
    for (const Event& e : events) {
      const Code columns[] = {code(builder.event_dictionary(0), e.type),
                              code(builder.event_dictionary(1), e.outcome),
                              code(builder.event_dictionary(2), e.detail)};
      builder.event(number, e.day, columns);
    }
  }
  const auto decode = [](const Dictionary& d, bool number) {
    Decoded out;
    for (Code c = 0; c < d.size(); ++c) {
      out.labels.emplace_back(std::string(d[c]));
      if (number) out.values.push_back(std::stod(*out.labels.back()));
    }
    return out;
  };
  std::vector<Decoded> columns, parts;
  for (std::size_t a = 0; a < 4; ++a)
    columns.push_back(decode(builder.person_dictionary(a), a == 3));
  for (std::size_t c = 0; c < 3; ++c) parts.push_back(decode(builder.event_dictionary(c), false));
  return builder.finish(columns, parts);
}

/// `n` people drawn at random: 2 genders, 4 ethnicities of very different sizes, 3 counties.
inline std::vector<Person> random_people(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned k) { return static_cast<unsigned>(random() % k); };
  std::vector<Person> people;
  for (std::size_t i = 0; i < n; ++i) {
    const unsigned e = below(100);
    Person p{"person-" + std::to_string(i),
             below(3) == 0 ? "F" : "M",
             e < 55   ? "white"
             : e < 90 ? "black"
             : e < 99 ? "asian"
                      : "native",
             "county " + std::to_string(below(3)),
             static_cast<int>(16 + below(30) + below(30)),
             {}};
    if (below(50) == 0) p.age = -1;
    if (below(60) == 0) p.ethnicity = "";
    const unsigned events = below(6);
    for (unsigned k = 0; k < events; ++k)
      p.events.push_back({static_cast<std::int32_t>(5000 + below(900)),
                          std::string(1, static_cast<char>('a' + below(4))),
                          below(3) == 0   ? "guilty"
                          : below(2) == 0 ? "dismissed"
                                          : "",
                          std::string(1, static_cast<char>('F' + below(2)))});
    people.push_back(std::move(p));
  }
  return people;
}

}  // namespace pt::test
