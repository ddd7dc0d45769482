#include "core/group/personas.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

using namespace pt;
using namespace pt::group;

namespace {

risk::Histories histories_of(const std::vector<std::vector<std::uint64_t>>& people) {
  risk::Histories h(std::pmr::get_default_resource());
  h.first.push_back(0);
  for (const auto& codes : people) {
    h.codes.insert(h.codes.end(), codes.begin(), codes.end());
    h.first.push_back(h.codes.size());
  }
  return h;
}

}  // namespace

TEST(Personas, SizesStayWithinLimitsAndDifferByOneAtMost) {
  for (const double cohesion : {0.0, 0.3, 1.0})
    for (std::uint32_t n = 10; n < 400; n += 7) {
      std::vector<std::vector<std::uint64_t>> people;
      for (std::uint32_t i = 0; i < n; ++i) people.push_back({i % 13});
      const PersonaRules rules{10, 50, 50, cohesion};
      const auto persona = deal(histories_of(people), rules);
      std::map<std::uint32_t, std::uint32_t> sizes;
      for (const std::uint32_t p : persona) ++sizes[p];
      EXPECT_EQ(sizes.size(), persona_count(n, rules));
      std::uint32_t least = n, most = 0;
      for (const auto& [p, size] : sizes)
        least = std::min(least, size), most = std::max(most, size);
      EXPECT_GE(least, 10U) << n;
      EXPECT_LE(most, 50U) << n;
      EXPECT_LE(most - least, 1U) << n;
    }
}

TEST(Personas, CohesionSortsHistoriesAndItsAbsenceMixesThem) {
  std::vector<std::vector<std::uint64_t>> people;
  for (std::uint64_t i = 0; i < 100; ++i) people.push_back({i / 50});
  const auto values_in = [&](double cohesion) {
    const auto persona = deal(histories_of(people), {10, 50, 50, cohesion});
    std::map<std::uint32_t, std::map<std::uint64_t, int>> values;
    for (std::size_t i = 0; i < 100; ++i) ++values[persona[i]][people[i][0]];
    return values;
  };
  for (const auto& [p, values] : values_in(1)) EXPECT_EQ(values.size(), 1U);
  for (const auto& [p, values] : values_in(0)) {
    EXPECT_EQ(values.at(0), 25);
    EXPECT_EQ(values.at(1), 25);
  }
}

TEST(Personas, HomogeneousOnesAreMendedWithoutChangingSizes) {
  std::vector<std::uint32_t> persona(40), value(40);
  for (std::size_t i = 0; i < 40; ++i) {
    persona[i] = static_cast<std::uint32_t>(i / 10);
    value[i] = i < 10 ? 1 : static_cast<std::uint32_t>(i % 2);
  }
  std::vector<bool> before(4, false), after(4, false);
  mark_homogeneous(persona, value, before);
  EXPECT_EQ(std::count(before.begin(), before.end(), true), 1);
  mend_homogeneous(persona, 4, value);
  mark_homogeneous(persona, value, after);
  EXPECT_EQ(std::count(after.begin(), after.end(), true), 0);
  for (std::uint32_t p = 0; p < 4; ++p)
    EXPECT_EQ(std::count(persona.begin(), persona.end(), p), 10);
}
