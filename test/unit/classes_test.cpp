#include "core/group/classes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "people.hpp"

using namespace pt;
using namespace pt::group;
using test::Person;

namespace {

std::vector<std::uint32_t> people_per_tuple(const model::Population& p) {
  std::vector<std::uint32_t> n(p.n_tuples, 0);
  for (const std::uint32_t t : p.tuple) ++n[t];
  return n;
}

void add(std::vector<Person>& people, int n, const std::string& gender,
         const std::string& ethnicity, const std::string& county = "c", int age = 30) {
  for (int i = 0; i < n; ++i)
    people.push_back({std::to_string(people.size()), gender, ethnicity, county, age, {}});
}

const Cell* cell_of(const Cells& cells, const std::string& gender, const std::string& ethnicity) {
  for (const Cell& c : cells.cells)
    if (c.gender == gender && c.ethnicity == ethnicity) return &c;
  return nullptr;
}

}  // namespace

TEST(Cells, SmallOnesShareAListLabelInsideOneGender) {
  // The shape of COMPAS: 7 Asian and 10 Native American women.
  Host host;
  std::vector<Person> people;
  add(people, 100, "F", "White");
  add(people, 7, "F", "Asian");
  add(people, 10, "F", "Native American");
  add(people, 51, "M", "Asian");
  const auto population = test::encode(host, people);
  const auto n = people_per_tuple(population);
  const Cells cells = make_cells(population, n, {10, 10, 0, true, true});
  ASSERT_NE(cell_of(cells, "F", "Asian or Native American"), nullptr);
  EXPECT_EQ(cell_of(cells, "F", "Asian or Native American")->people, 17U);
  EXPECT_TRUE(cell_of(cells, "F", "Asian or Native American")->relabelled);
  ASSERT_NE(cell_of(cells, "M", "Asian"), nullptr);
  EXPECT_FALSE(cell_of(cells, "M", "Asian")->relabelled);
  EXPECT_FALSE(cell_of(cells, "F", "White")->relabelled);
  EXPECT_TRUE(cells.suppressed.empty());
}

TEST(Cells, ASmallGenderSharesALabelWithTheSmallestCell) {
  Host host;
  std::vector<Person> people;
  add(people, 40, "F", "A");
  add(people, 30, "M", "A");
  add(people, 3, "X", "A");
  const auto population = test::encode(host, people);
  const Cells cells = make_cells(population, people_per_tuple(population), {10, 10, 0, true, true});
  ASSERT_NE(cell_of(cells, "M or X", "A"), nullptr);
  EXPECT_EQ(cell_of(cells, "M or X", "A")->people, 33U);
}

TEST(Cells, TooFewPeopleInAllAreSuppressed) {
  Host host;
  std::vector<Person> people;
  add(people, 4, "F", "A");
  const auto population = test::encode(host, people);
  const Cells cells = make_cells(population, people_per_tuple(population), {5, 5, 0, true, true});
  EXPECT_TRUE(cells.cells.empty());
  EXPECT_EQ(cells.suppressed.size(), 1U) << "the one tuple they share";
}

TEST(Cells, SmallPlacesMoveUpTheHierarchyOnlyThemselves) {
  Host host;
  std::vector<Person> people;
  add(people, 30, "F", "A", "c1");
  add(people, 4, "F", "A", "c2");
  add(people, 7, "F", "A", "c3");
  auto population = test::encode(host, people);
  auto& place = population.attributes[2];
  ASSERT_EQ(place.labels, (std::vector<std::string>{"c1", "c2", "c3"}));
  place.hierarchy.levels = {{{0, 0, 0}, {"District"}}};
  const Cells cells = make_cells(population, people_per_tuple(population), {10, 10, 0, true, true});
  ASSERT_EQ(cells.cells.size(), 2U);
  std::map<std::string, std::uint64_t> sizes;
  for (const Cell& c : cells.cells) sizes[*c.geography] = c.people;
  EXPECT_EQ(sizes, (std::map<std::string, std::uint64_t>{{"c1", 30}, {"District", 11}}));
}

TEST(Cells, APlaceIsShownInAllItsCellsOrInNone) {
  // c2 has more women of A than c1 has men of B, but fewer people in all.
  Host host;
  std::vector<Person> people;
  add(people, 60, "F", "A", "c1");
  add(people, 20, "M", "B", "c1");
  add(people, 40, "F", "A", "c2");
  add(people, 15, "M", "B", "c2");
  add(people, 30, "F", "A", "c3");
  add(people, 12, "M", "B", "c3");
  add(people, 14, "F", "A", "c4");
  add(people, 11, "M", "B", "c4");
  const auto population = test::encode(host, people);
  const auto shown = [&](std::uint32_t place_people, std::uint32_t place_total) {
    std::map<std::string, std::uint64_t> sizes;
    for (const Cell& c : make_cells(population, people_per_tuple(population),
                                    {10, place_people, 0, true, true, place_total})
                             .cells)
      sizes[*c.geography] += c.people;
    return sizes;
  };
  using Sizes = std::map<std::string, std::uint64_t>;
  EXPECT_EQ(shown(10, 0), (Sizes{{"c1", 80}, {"c2", 55}, {"c3", 42}, {"c4", 25}}));
  EXPECT_EQ(shown(10, 55), (Sizes{{"c1", 80}, {"c2", 55}, {"not shown", 67}}));
  EXPECT_EQ(shown(10, 56), (Sizes{{"c1", 80}, {"not shown", 122}}));
  EXPECT_EQ(shown(35, 0), (Sizes{{"c1", 60}, {"c2", 40}, {"not shown", 102}})) << "by cell: parts";
}

TEST(Cells, AListIsNeverAValueOfTheSource) {
  Host host;
  std::vector<Person> people;
  add(people, 3, "F", "A");
  add(people, 3, "F", "B");
  add(people, 3, "F", "C");
  add(people, 50, "F", "A, B or C");
  const auto population = test::encode(host, people);
  const Cells cells = make_cells(population, people_per_tuple(population), {9, 9, 0, true, true});
  EXPECT_NE(cell_of(cells, "F", "A, B or C (generalized)"), nullptr);
  EXPECT_EQ(cell_of(cells, "F", "A, B or C")->people, 50U);
}

TEST(Cells, TheSmallestCellJoinsThoseTooFewEvenIfALargerOneKeepsTheirEthnicity) {
  // Four people of gender X: with the 40 women of their own ethnicity 44 people would lose their
  // gender's label, with the 12 men of another one 16 people lose both labels. Fewer count more.
  Host host;
  std::vector<Person> people;
  add(people, 40, "F", "A");
  add(people, 60, "M", "A");
  add(people, 12, "M", "B");
  add(people, 4, "X", "A");
  const auto population = test::encode(host, people);
  const Cells cells = make_cells(population, people_per_tuple(population), {10, 10, 0, true, true});
  ASSERT_NE(cell_of(cells, "M or X", "A or B"), nullptr);
  EXPECT_EQ(cell_of(cells, "M or X", "A or B")->people, 16U);
  EXPECT_FALSE(cell_of(cells, "F", "A")->relabelled);
  EXPECT_FALSE(cell_of(cells, "M", "A")->relabelled);
}

TEST(Cells, RelabelNobodyOfAGroupOrEnoughOfItWhateverThePopulation) {
  // Of each gender and ethnicity those whose label is generalised, and those who keep it, are 0 or
  // at least the smallest number allowed, unless the whole group is smaller: otherwise the totals
  // of the group would give the few away. Many tiny places, rare groups, with and without a
  // hierarchy.
  for (unsigned seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&random](unsigned n) { return static_cast<int>(random() % n); };
    Host host;
    const int genders = 1 + below(3), ethnicities = 1 + below(5), places = 1 + below(40);
    const int rarity = 1 + below(5);
    const auto rare = [&](int values) {  // 0 is frequent, the last one rare
      int value = 0;
      while (value + 1 < values && below(6) < rarity) ++value;
      return value;
    };
    std::vector<Person> people;
    const int n = 5 + below(120);
    for (int i = 0; i < n; ++i)
      add(people, 1, "g" + std::to_string(rare(genders)), "e" + std::to_string(rare(ethnicities)),
          "p" + std::to_string(below(static_cast<unsigned>(places))));
    auto population = test::encode(host, people);
    if (auto& place = population.attributes[2]; seed % 2 == 0 && place.labels.size() > 2) {
      model::Level districts{{}, {"d0", "d1", "d2"}};
      for (model::Code c = 0; c < place.labels.size(); ++c) districts.node_of_leaf.push_back(c % 3);
      place.hierarchy.levels = {districts};
    }
    const auto per_tuple = people_per_tuple(population);
    const auto least = static_cast<std::uint32_t>(2 + below(9));
    const auto least_at_place = std::max(least, static_cast<std::uint32_t>(below(60)));
    const Cells cells = make_cells(population, per_tuple, {least, least_at_place, 0, true, true});

    struct Group {
      std::uint64_t people = 0, changed = 0;
    };
    std::map<std::pair<model::Code, model::Code>, Group> groups;
    std::vector<int> met(population.n_tuples, 0);
    const auto count = [&](std::uint32_t t, bool changed) {
      Group& group = groups[{population.value(t, 0), population.value(t, 1)}];
      group.people += per_tuple[t];
      if (changed) group.changed += per_tuple[t];
      ++met[t];
    };
    for (const Cell& cell : cells.cells) {
      EXPECT_GE(cell.people, least);
      for (const std::uint32_t t : cell.tuples) count(t, cell.relabelled);
    }
    for (const std::uint32_t t : cells.suppressed) count(t, true);
    for (std::size_t t = 0; t < met.size(); ++t) EXPECT_EQ(met[t], per_tuple[t] > 0 ? 1 : 0);
    for (const auto& [key, group] : groups) {
      const std::uint64_t kept = group.people - group.changed;
      EXPECT_TRUE(group.changed == 0 || kept == 0 || group.changed >= least)
          << group.changed << " of " << group.people << ", least " << least;
      EXPECT_TRUE(kept == 0 || kept >= least)
          << kept << " of " << group.people << ", least " << least;
    }
  }
}

TEST(Classes, PartitionTheirCellsKeepTheirSizeAndDoNotOverlap) {
  Host host;
  for (unsigned seed = 1; seed <= 2; ++seed) {
    const auto population = test::encode(host, test::random_people(1000, seed));
    const auto n = people_per_tuple(population);
    const Cells cells = make_cells(population, n, {10, 10, 0, true, true});
    ClassRules rules;
    rules.min_people = 20;
    rules.cut_points = {18, 25, 45};
    const ClassTree tree(host, population, n, cells, rules);
    double last_loss = INFINITY;
    for (std::uint32_t budget = tree.forced(); budget <= tree.most(); budget += 3) {
      const auto classes = tree.prune(budget);
      EXPECT_EQ(classes.size(), budget);
      std::set<std::uint32_t> seen;
      std::uint64_t people = 0;
      for (const auto& c : classes) {
        people += c.people;
        for (const std::uint32_t t : c.tuples) EXPECT_TRUE(seen.insert(t).second);
        const Cell& cell = cells.cells[c.cell];
        if (c.people < cell.people) {
          EXPECT_GE(c.people, rules.min_people);
        }
        const auto range = tree.age_range(c);
        for (const std::uint32_t t : c.tuples) {
          const model::Code v = population.value(t, 3);
          if (!range) continue;
          ASSERT_NE(v, model::kMissing);
          EXPECT_LE(range->first, population.attributes[3].values[v]);
          EXPECT_GT(range->second, population.attributes[3].values[v]);
        }
        for (const auto& d : classes) {
          if (&d == &c || d.cell != c.cell) continue;
          const auto other = tree.age_range(d);
          if (range && other) {
            EXPECT_TRUE(range->second <= other->first || other->second <= range->first);
          }
        }
      }
      EXPECT_EQ(people, 1000U);
      EXPECT_LE(tree.cost(budget).loss, last_loss + 1e-12) << "finer never loses more";
      last_loss = tree.cost(budget).loss;
    }
  }
}

TEST(Classes, DoNotStraddleCutPointsWhileBothSidesCarryAClass) {
  Host host;
  std::vector<Person> people;
  for (int age = 20; age < 60; ++age) add(people, 10, "F", "A", "c", age);
  const auto population = test::encode(host, people);
  const auto n = people_per_tuple(population);
  const Cells cells = make_cells(population, n, {10, 10, 0, true, true});
  ClassRules rules;
  rules.min_people = 50;
  rules.cut_points = {25, 45};
  const ClassTree tree(host, population, n, cells, rules);
  EXPECT_EQ(tree.forced(), 3U) << "20-24, 25-44, 45-59";
  for (const auto& c : tree.prune(1)) {
    const auto range = tree.age_range(c);
    for (const int cut : {25, 45}) EXPECT_FALSE(range->first < cut && cut < range->second);
  }
}

TEST(Classes, CutPointsNeedFewerPeopleThanOtherSplits) {
  Host host;
  std::vector<Person> people;
  for (int age = 20; age < 60; ++age) add(people, age < 25 ? 3 : 10, "F", "A", "c", age);
  const auto population = test::encode(host, people);
  const auto n = people_per_tuple(population);
  const Cells cells = make_cells(population, n, {10, 10, 0, true, true});
  ClassRules rules;
  rules.min_people = 50;
  rules.cut_points = {25};
  rules.min_people_at_cut = 16;
  const auto first_split = [](const ClassTree& tree) {
    EXPECT_EQ(tree.forced(), 1U) << "15 people below 25 do not force a class";
    int lower = 99;
    for (const auto& c : tree.prune(2)) lower = std::min(lower, tree.age_range(c)->second);
    return lower;
  };
  EXPECT_NE(first_split(ClassTree(host, population, n, cells, rules)), 25);
  rules.min_people_at_cut = 15;
  const ClassTree tree(host, population, n, cells, rules);
  EXPECT_EQ(first_split(tree), 25) << "yet it comes before every other split";
  for (const auto& c : tree.prune(tree.most()))
    if (tree.age_range(c)->first >= 25) {
      EXPECT_GE(c.people, 50U);
    }
}

TEST(Classes, DoNotSplitOffPeopleWhoShareASensitiveValue) {
  Host host;
  std::vector<Person> people;
  for (int age = 20; age < 60; ++age) add(people, 10, "F", "A", "c", age);
  const auto population = test::encode(host, people);
  const auto n = people_per_tuple(population);
  const Cells cells = make_cells(population, n, {10, 10, 0, true, true});
  ClassRules rules;
  rules.min_people = 20;
  // Everybody from 40 on has value 0; the younger have 0 and 1.
  std::vector<std::vector<Spread>> spreads(1, std::vector<Spread>(population.n_tuples));
  for (std::uint32_t t = 0; t < population.n_tuples; ++t) {
    const model::Code v = population.value(t, 3);
    if (v == model::kMissing) continue;
    const bool old = population.attributes[3].values[v] >= 40;
    spreads[0][t] = {0, old ? 0U : 1U, n[t], old ? n[t] : n[t] / 2};
  }
  rules.sensitive = spreads;
  const ClassTree tree(host, population, n, cells, rules);
  const auto classes = tree.prune(tree.most());
  EXPECT_GT(classes.size(), 1U);
  for (const auto& c : classes) EXPECT_LT(tree.age_range(c)->first, 40);
}

TEST(Classes, ReleasedCostDoesNotTellTheOldestWhoseAgeIsRounded) {
  // Two agencies that differ in nothing but the age of one person, which both show as [20,75).
  for (const bool some_ages_missing : {false, true}) {
    std::vector<ClassTree::Cost> told, true_costs;
    for (const int oldest : {71, 74}) {
      Host host;
      std::vector<Person> people;
      for (int age = 20; age < 70; ++age) add(people, 1, "F", "A", "c", age);
      add(people, 1, "F", "A", "c", oldest);
      if (some_ages_missing) add(people, 1, "F", "A", "c", -1);
      const auto population = test::encode(host, people);
      const auto n = people_per_tuple(population);
      const Cells cells = make_cells(population, n, {10, 10, 0, true, true});
      ClassRules rules;
      rules.min_people = 50;
      rules.age_tolerance = 60;
      const ClassTree tree(host, population, n, cells, rules);
      const auto classes = tree.prune(1);
      ASSERT_EQ(classes.size(), 1U);
      EXPECT_EQ(tree.age_range(classes[0]).has_value(), !some_ages_missing);
      told.push_back(tree.released_cost(classes[0]));
      true_costs.push_back({classes[0].loss, classes[0].age_width});
    }
    EXPECT_NE(true_costs[0].loss, true_costs[1].loss);
    EXPECT_EQ(told[0].loss, told[1].loss);
    EXPECT_EQ(told[0].age_width, told[1].age_width);
    EXPECT_EQ(told[0].age_width, 55) << "20 to 74 years";
    // (54 / 120) of an age range of 54 years between first and last; twice 55 / 120 of no ages
    const double age_loss = some_ages_missing ? 110. / 120 : 54. / 120;
    EXPECT_NEAR(told[0].loss, age_loss / 1, 1e-12);
  }
}

TEST(Classes, WideRangesOfNumbersAreShownRounded) {
  // Somebody's income must not stand in the label to the last digit; a few visits may.
  Host host;
  std::vector<Person> people;
  add(people, 40, "F", "A");
  auto population = test::encode(host, people);
  const auto shown = [&](const std::vector<std::string>& labels) {
    // The age becomes another number: one distinct tuple for each value.
    model::Attribute& a = population.attributes[3];
    population.meaning[3] = model::Meaning::other;
    a.labels = labels;
    a.values.clear();
    for (const std::string& label : labels) a.values.push_back(std::stod(label));
    population.tuples.clear();
    population.n_tuples = labels.size();
    for (model::Code v = 0; v < labels.size(); ++v)
      population.tuples.insert(population.tuples.end(), {0, 0, 0, v});
    population.tuple.assign(population.size(), 0);
    for (std::size_t p = 0; p < population.size(); ++p)
      population.tuple[p] = static_cast<std::uint32_t>(p % labels.size());
    const auto n = people_per_tuple(population);
    const Cells cells = make_cells(population, n, {5, 5, 0, true, true});
    ClassRules rules;
    rules.min_people = 40;
    const ClassTree tree(host, population, n, cells, rules);
    const auto classes = tree.prune(1);
    return std::pair{tree.label(classes.at(0), 3).value_or("-"),
                     tree.released_cost(classes.at(0)).loss};
  };
  EXPECT_EQ(shown({"95545", "109887", "5176520"}).first, "0 to 5200000");
  EXPECT_EQ(shown({"-70542", "109262"}).first, "-80000 to 110000");
  EXPECT_EQ(shown({"0", "3", "99"}).first, "0 to 99");
  EXPECT_EQ(shown({"1.5", "3.25"}).first, "1.5 to 3.25");
  EXPECT_EQ(shown({"10", "12", "1010"}).first, "0 to 1100");
  EXPECT_EQ(shown({"1.5", "1000000.5"}).first, "0 to 1010000");
}
