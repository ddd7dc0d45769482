#include "core/model/population.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "people.hpp"

using namespace pt;
using namespace pt::model;

namespace {

PopulationBuilder two_column_builder(Host& host, Reconcile reconcile) {
  Schema schema;
  schema.people = {{"x", Meaning::other, Scale::ordered, reconcile}};
  schema.events = {{"type", EventPart::type}};
  return PopulationBuilder(host, Prf({1}), schema, {});
}

Decoded numbers(const Dictionary& d) {
  Decoded out;
  for (Code c = 0; c < d.size(); ++c) {
    out.labels.emplace_back(std::string(d[c]));
    out.values.push_back(std::stod(std::string(d[c])));
  }
  return out;
}

double value_after(Reconcile reconcile, const std::vector<std::string>& rows) {
  Host host;
  auto builder = two_column_builder(host, reconcile);
  for (const std::string& v : rows) {
    const Code code[] = {v.empty() ? kMissing : builder.person_dictionary(0).intern(v)};
    builder.describe(builder.person("one"), code, {}, std::nullopt);
  }
  const Decoded people[] = {numbers(builder.person_dictionary(0))};
  const Decoded events[] = {Decoded{}};
  const Population p = builder.finish(people, events);
  const Code c = p.value(p.tuple[0], 0);
  return c == kMissing ? -1 : p.attributes[0].values[c];
}

}  // namespace

TEST(Population, IsTheSameWhateverTheOrderOfRows) {
  Host host;
  const auto people = test::random_people(300, 1);
  const Population a = test::encode(host, people), b = test::encode(host, people, 99);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.tuple, b.tuple);
  EXPECT_EQ(a.tuples, b.tuples);
  EXPECT_EQ(a.combos, b.combos);
  EXPECT_EQ(a.days, b.days);
  EXPECT_EQ(a.words, b.words);
  EXPECT_EQ(a.first, b.first);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  for (std::size_t c = 0; c < a.width(); ++c)
    EXPECT_EQ(a.attributes[c].labels, b.attributes[c].labels);
}

TEST(Population, FingerprintSeesAChangedAddedOrDoubledRow) {
  Host host;
  auto people = test::random_people(50, 2);
  const Hash128 before = test::encode(host, people).fingerprint;
  auto changed = people;
  changed[7].age = 99;
  EXPECT_NE(before, test::encode(host, changed).fingerprint);
  changed = people;
  changed[7].events.push_back({1, "a", "", ""});
  EXPECT_NE(before, test::encode(host, changed).fingerprint);
  const Hash128 once = test::encode(host, changed).fingerprint;
  changed[7].events.push_back({1, "a", "", ""});
  EXPECT_NE(once, test::encode(host, changed).fingerprint);
}

TEST(Population, KeepsEveryEventWithItsPerson) {
  Host host;
  const auto people = test::random_people(200, 3);
  const Population p = test::encode(host, people);
  std::size_t events = 0;
  for (const auto& person : people) events += person.events.size();
  EXPECT_EQ(p.words.size(), events);
  EXPECT_EQ(p.first.back(), events);
  for (std::uint32_t i = 0; i < p.size(); ++i)
    for (const std::uint64_t w : p.events_of(i)) EXPECT_EQ(EventWord::person(w), i);
}

TEST(Population, ReconcilesRowsThatDisagree) {
  EXPECT_EQ(value_after(Reconcile::most_frequent, {"3", "5", "5"}), 5);
  EXPECT_EQ(value_after(Reconcile::most_frequent, {"5", "5", "3"}), 5);
  EXPECT_EQ(value_after(Reconcile::most_frequent, {"5", "3"}), 3) << "ties: the first in order";
  EXPECT_EQ(value_after(Reconcile::most_frequent, {"", "", "4"}), 4) << "a value beats NULL";
  EXPECT_EQ(value_after(Reconcile::largest, {"30", "31", "30"}), 31);
  EXPECT_EQ(value_after(Reconcile::largest, {"", ""}), -1);
}

TEST(Population, CountsPeopleWhoseRowsContradict) {
  Host host;
  auto builder = two_column_builder(host, Reconcile::most_frequent);
  for (const char* v : {"1", "2"}) {
    const Code code[] = {builder.person_dictionary(0).intern(v)};
    builder.describe(builder.person("one"), code, {}, std::nullopt);
    const Code same[] = {builder.person_dictionary(0).intern("1")};
    builder.describe(builder.person("two"), same, {}, std::nullopt);
  }
  const Decoded people[] = {numbers(builder.person_dictionary(0))};
  const Decoded events[] = {Decoded{}};
  EXPECT_EQ(builder.finish(people, events).counts.contradicting_people, 1U);
}

TEST(Population, EqualNumbersInOtherSpellingsAreOneValue) {
  Host host;
  auto builder = two_column_builder(host, Reconcile::most_frequent);
  for (const char* v : {"1.0", "1.00", "2"}) {
    const Code code[] = {builder.person_dictionary(0).intern(v)};
    builder.describe(builder.person(v), code, {}, std::nullopt);
  }
  const Decoded people[] = {numbers(builder.person_dictionary(0))};
  const Decoded events[] = {Decoded{}};
  EXPECT_EQ(builder.finish(people, events).attributes[0].values, (std::vector<double>{1, 2}));
}

TEST(Population, RefusesMoreCombinationsThanFit) {
  Host host;
  Schema schema;
  schema.events = {{"free text", EventPart::detail}};
  PopulationBuilder builder(host, Prf({1}), schema, {});
  const std::uint32_t p = builder.person("one");
  const auto add = [&](std::uint64_t i) {
    const Code code[] = {builder.event_dictionary(0).intern(std::to_string(i))};
    builder.event(p, 0, code);
  };
  for (std::uint64_t i = 0; i < EventWord::kMaxCombos; ++i) add(i);
  try {
    add(EventWord::kMaxCombos);
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.sqlstate(), sqlstate::kProgramLimitExceeded);
    EXPECT_NE(e.detail().find("free text"), std::string::npos);
  }
}
