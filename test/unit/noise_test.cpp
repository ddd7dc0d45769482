// Noise as pure functions: jitter, PRAM, numbers, addresses, and rules of sequence.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/model/sequence.hpp"
#include "core/noise/jitter.hpp"
#include "core/noise/location.hpp"
#include "core/noise/numbers.hpp"
#include "core/noise/pram.hpp"

using namespace pt;
using namespace pt::noise;

namespace {
const model::Prf kRandomness({3, 1, 4});
}

TEST(Jitter, KeepsTheOrderAndTheSumOfUnsortedNoise) {
  const JitterRule rule{10, 0, 1000};
  double shift = 0, squares = 0;
  std::size_t dates = 0;
  for (std::uint64_t person = 0; person < 4000; ++person) {
    std::vector<std::int32_t> days, moved;
    for (std::uint64_t i = 0; i < person % 9; ++i)
      days.push_back(static_cast<std::int32_t>(below(kRandomness.at(person * 16 + i), 1001)));
    std::sort(days.begin(), days.end());
    moved.resize(days.size());
    jitter(rule, kRandomness, {person, 1}, days, moved);
    EXPECT_TRUE(std::is_sorted(moved.begin(), moved.end()));
    for (std::size_t i = 0; i < days.size(); ++i) {
      EXPECT_GE(moved[i], 0);
      EXPECT_LE(moved[i], 1000);
      const double d = moved[i] - days[i];
      shift += d;
      squares += d * d;
      ++dates;
    }
    std::vector<std::int32_t> again(days.size());
    jitter(rule, kRandomness, {person, 1}, days, again);
    EXPECT_EQ(moved, again);
  }
  const auto n = static_cast<double>(dates);
  EXPECT_GT(squares / n, 20) << "dates do move";
  EXPECT_LT(std::abs(shift / n), 3 * std::sqrt(squares / n / n)) << "no drift";
}

TEST(Jitter, ReachesAsFarOneWayAsTheOther) {
  const JitterRule rule{10, 100, 200};
  EXPECT_EQ(rule.reach(100), 0U);
  EXPECT_EQ(rule.reach(104), 4U);
  EXPECT_EQ(rule.reach(150), 10U);
  EXPECT_EQ(rule.reach(199), 1U);
  EXPECT_DOUBLE_EQ(rule.not_after(150, 139), 0);
  EXPECT_DOUBLE_EQ(rule.not_after(150, 140), 1.0 / 21);
  EXPECT_DOUBLE_EQ(rule.not_after(150, 150), 11.0 / 21);
  EXPECT_DOUBLE_EQ(rule.not_after(150, 160), 1);
  EXPECT_DOUBLE_EQ(rule.not_after(104, 104), 5.0 / 9);
}

TEST(Jitter, DependsOnSecretPersonAndDayAlone) {
  const JitterRule rule{30, 0, 10000};
  std::vector<std::int32_t> days{500, 900, 5000}, more{500, 900, 2500, 5000};
  std::vector<std::int32_t> a(3), b(4), c(3);
  jitter(rule, kRandomness, {1, 2}, days, a);
  jitter(rule, kRandomness, {1, 2}, more, b);
  jitter(rule, kRandomness.derive("other seed"), {1, 2}, days, c);
  EXPECT_EQ(a, (std::vector<std::int32_t>{b[0], b[1], b[3]}))
      << "a later event does not move the others";
  EXPECT_NE(a, c);
}

TEST(Pram, LeavesTheSharesAsTheyAre) {
  const std::vector<double> counts{60, 30, 10};
  const Pram pram(counts, 0.3);
  for (std::size_t to = 0; to < 3; ++to) {
    double share = 0, row = 0;
    for (std::size_t from = 0; from < 3; ++from) {
      share += counts[from] / 100 * pram.probability(from, to);
      row += pram.probability(to, from);
    }
    EXPECT_NEAR(share, counts[to] / 100, 1e-15);
    EXPECT_NEAR(row, 1, 1e-15);
  }
  // What is drawn has the probabilities of the matrix.
  constexpr int n = 200000;
  std::vector<int> drawn(3, 0);
  for (int i = 0; i < n; ++i)
    ++drawn[pram.draw(1, kRandomness.at(static_cast<std::uint64_t>(2 * i)),
                      kRandomness.at(static_cast<std::uint64_t>(2 * i + 1)))];
  double chi = 0;
  for (std::size_t to = 0; to < 3; ++to) {
    const double expected = n * pram.probability(1, to);
    chi += (drawn[to] - expected) * (drawn[to] - expected) / expected;
  }
  EXPECT_LT(chi, 13.8) << "chi-square with 2 degrees of freedom, p = .001";
}

TEST(Pram, IsCorrectedByItsInverse) {
  const Pram pram(std::vector<double>{0.7, 0.3}, 0.4);
  const std::vector<double> truth{0.55, 0.45};
  std::vector<double> published(2, 0);
  for (std::size_t to = 0; to < 2; ++to)
    for (std::size_t from = 0; from < 2; ++from)
      published[to] += truth[from] * pram.probability(from, to);
  const auto corrected = pram.corrected(published);
  EXPECT_NEAR(corrected[0], truth[0], 1e-15);
  EXPECT_NEAR(corrected[1], truth[1], 1e-15);
  EXPECT_THROW((void)Pram(std::vector<double>{1}, 1).corrected(std::vector<double>{1}), Error);
  EXPECT_THROW(Pram(std::vector<double>{0, 0}, 0.1), Error);
  EXPECT_THROW(Pram(std::vector<double>{1, -1}, 0.1), Error);
  EXPECT_THROW(Pram(std::vector<double>{1, 1}, std::nan("")), Error);
}

TEST(Pram, BandsHoldTheTruthAsOftenAsTheySay) {
  // Wilson interval of 20 of 50 at 95 %, from the formula of Wilson (1927) by hand.
  const Band plain = pram_band(20, 50, 0.3, 0, 0.95);
  EXPECT_NEAR(plain.estimate, 0.4, 1e-12);
  EXPECT_NEAR(plain.low, 0.2760839, 1e-6);
  EXPECT_NEAR(plain.high, 0.5381856, 1e-6);
  const Pram pram(std::vector<double>{0.3, 0.7}, 0.25);
  int held = 0;
  constexpr int rounds = 600, events = 200;
  std::uint64_t at = 0;
  for (int r = 0; r < rounds; ++r) {
    std::uint64_t with = 0;
    for (int e = 0; e < events; ++e) {
      const std::size_t from = unit(kRandomness.at(at++)) < 0.45 ? 0 : 1;
      const std::uint64_t whether = kRandomness.at(at++), which = kRandomness.at(at++);
      with += pram.draw(from, whether, which) == 0 ? 1 : 0;
    }
    const Band band = pram_band(with, events, 0.3, 0.25, 0.95);
    held += band.low <= 0.45 && 0.45 <= band.high ? 1 : 0;
  }
  EXPECT_NEAR(held / static_cast<double>(rounds), 0.95, 0.03);
  EXPECT_THROW(pram_band(3, 2, 0.3, 0.1, 0.95), Error);
  EXPECT_THROW(pram_band(0, 0, 0.3, 0.1, 0.95), Error);
}

TEST(Numbers, KeepTotalsZerosAndLimits) {
  std::vector<std::int64_t> units;
  std::vector<std::uint64_t> lots;
  for (std::uint64_t i = 0; i < 501; ++i) {
    units.push_back(i % 7 == 0 ? 0 : 1 + static_cast<std::int64_t>(below(kRandomness.at(i), 600)));
    lots.push_back(kRandomness.at(1000 + i));
  }
  auto moved = units;
  transfer_noise(moved, lots, 0.2);
  EXPECT_EQ(std::accumulate(units.begin(), units.end(), std::int64_t{0}),
            std::accumulate(moved.begin(), moved.end(), std::int64_t{0}));
  std::size_t changed = 0;
  const auto most = *std::max_element(units.begin(), units.end());
  for (std::size_t i = 0; i < units.size(); ++i) {
    EXPECT_EQ(units[i] == 0, moved[i] == 0);
    EXPECT_GE(moved[i], 0);
    EXPECT_LE(moved[i], most);
    EXPECT_LE(static_cast<double>(std::abs(moved[i] - units[i])),
              0.2 * static_cast<double>(units[i]));
    changed += moved[i] != units[i] ? 1 : 0;
  }
  EXPECT_GT(changed, 300U);
  std::vector<std::int64_t> one{5}, none;
  transfer_noise(one, std::vector<std::uint64_t>{1}, 0.5);
  transfer_noise(none, std::vector<std::uint64_t>{}, 0.5);
  EXPECT_EQ(one[0], 5);
}

TEST(Numbers, ReadAndWriteDecimals) {
  const auto read = parse_fixed(std::vector<std::string>{"12", "-3.50", "0", "0.125"});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->decimals, 3);
  EXPECT_EQ(*read->units[1], -3500);
  EXPECT_EQ(fixed_text(-3500, 3), "-3.5");
  EXPECT_EQ(fixed_text(125, 3), "0.125");
  EXPECT_EQ(fixed_text(12000, 3), "12");
  EXPECT_EQ(fixed_text(7, 0), "7");
  for (const char* bad : {"", "-", "1e5", "NaN", "Infinity", "1.2.3", "9999999999999", "0.1234567"})
    EXPECT_FALSE(parse_fixed(std::vector<std::string>{bad})) << bad;
}

TEST(Location, DropsTheMostSpecificPart) {
  const std::string a = "123 Main St Apt 4, Springfield, Sangamon County, IL 62704, USA";
  const auto at = [&](const char* level) {
    return generalize_address(a, *parse_address_level(level)).value_or("(withheld)");
  };
  EXPECT_EQ(at("address"), a);
  EXPECT_EQ(at("street"), "Main St, Springfield, Sangamon County, IL 62704, USA");
  EXPECT_EQ(at("zip"), "Springfield, Sangamon County, IL 62704, USA");
  EXPECT_EQ(at("city"), "Springfield, Sangamon County, IL, USA");
  EXPECT_EQ(at("county"), "Sangamon County, IL, USA");
  EXPECT_EQ(at("state"), "IL, USA");
  EXPECT_EQ(at("country"), "USA");
  EXPECT_EQ(
      generalize_address("12 5th Ave, Suite 3, Naples, Florida 34102-1234", AddressLevel::street),
      "5th Ave, Naples, Florida 34102");
  EXPECT_EQ(generalize_address("Naples, FL", AddressLevel::state), "FL");
  EXPECT_EQ(generalize_address("PO Box 12, Naples, FL", AddressLevel::street), "Naples, FL");
  // What can't be parsed is withheld, whatever was asked for.
  for (const char* text : {"", "Springfield", "behind the old mill", "12 Main St",
                           "Main St 12, 62704", "1, 2, 3, 4, 5, 6", "12 Main St,, IL",
                           "12 Main St, 62704 Springfield", "5th Ave, Naples, FL"})
    EXPECT_FALSE(generalize_address(text, AddressLevel::address)) << text;
  EXPECT_FALSE(parse_address_level("house"));
}

TEST(Location, MakesAHierarchyOfAColumnOfAddresses) {
  const std::vector<std::string> labels{"1 Oak St, Ames, IA 50010", "2 Oak St, Ames, IA 50010",
                                        "7 Elm St, Ames, IA 50014", "behind the mill"};
  const auto h = address_hierarchy(labels);
  ASSERT_TRUE(h);
  EXPECT_FALSE(model::find_fault(*h, labels.size()));
  EXPECT_EQ(h->levels.front().labels.size(), 3U);
  for (const auto& level : h->levels) EXPECT_EQ(level.labels[level.node_of_leaf[3]], "not shown");
  EXPECT_FALSE(address_hierarchy(std::vector<std::string>{"north", "south"}));
  EXPECT_FALSE(address_hierarchy({}));
}

TEST(Sequence, OrdersADayAsTheRulesAllow) {
  // 0 arrest, 1 charge (after arrest), 2 sentencing (after charge), 3 death
  std::vector<model::TypeRule> rules(4);
  rules[1].after = {0};
  rules[2].after = {1};
  rules[3].ends_history = true;
  const model::SequenceRules sequence(rules);
  const std::vector<model::Code> types{3, 2, 1, model::kMissing, 0};
  const auto order = sequence.order_of_day(types, {});
  std::vector<model::Code> sorted;
  for (const auto i : order) sorted.push_back(types[i]);
  EXPECT_EQ(sorted, (std::vector<model::Code>{model::kMissing, 0, 1, 2, 3}));
  const std::vector<model::TypedDay> good{{1, 0}, {1, 1}, {5, 2}, {5, 3}};
  const std::vector<model::TypedDay> bad{{1, 1}, {2, 0}, {3, 3}, {4, 0}};
  EXPECT_EQ(sequence.violations(good), 0U);
  EXPECT_EQ(sequence.violations(bad), 2U) << "charge before arrest, and an event after death";
}
