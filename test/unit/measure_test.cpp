#include "core/protect/measure.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "people.hpp"

using namespace pt;
using namespace pt::protect;

TEST(Measure, ClassesMeasuredBeforeGiveTheSameRisksAtEachSetting) {
  Host host;
  const auto population = test::encode(host, test::random_people(900, 3));
  Options options;
  options.target_risk = 0.04;
  Grouping grouping(host, population, options, nullptr);
  const model::Prf randomness({5, 5});
  Setting setting;
  setting.column_level.assign(population.event_width(), 0);
  setting.persona_size = options.max_size;
  setting.cell_people = grouping.smallest_persona();
  ClassRisks known;
  std::size_t different = 0;
  double last = 0;
  for (const model::Period period : {model::Period::year, model::Period::month})
    for (const double cohesion : {0.0, 1.0})
      for (const std::uint32_t place : {1U, 0U})
        for (const std::uint32_t classes : {6U, 12U, 9U, 12U, 10U, 11U}) {
          setting.period = period;
          setting.cohesion = cohesion;
          setting.geography_level = place;
          const auto& tree = *grouping.grown(setting).tree;
          setting.classes = std::clamp(classes, tree.forced(), tree.most());
          for (const std::uint64_t people : {std::uint64_t{300}, std::uint64_t{5000}}) {
            const Measured anew =
                measure(host, population, options, grouping, setting, randomness, people);
            const Measured again =
                measure(host, population, options, grouping, setting, randomness, people, &known);
            EXPECT_EQ(anew.average, again.average);
            EXPECT_EQ(anew.maximum, again.maximum);
            EXPECT_EQ(anew.sampled, again.sampled);
            EXPECT_EQ(anew.sampled, people == 300);
            if (anew.average != last) ++different;
            last = anew.average;
          }
        }
  EXPECT_GT(different, 20U) << "settings that differ have different risks";
}
