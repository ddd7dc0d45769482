// Noise on whole sources, COMPAS (where it is) and invented patients: order, rules of sequence,
// mean shift and season under jitter; marginals, and disparities after correction, under outcome
// noise.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "compas.hpp"
#include "core/model/sequence.hpp"
#include "core/noise/mechanism.hpp"
#include "core/noise/pram.hpp"
#include "core/sample/health.hpp"
#include "people.hpp"

using namespace pt;
using model::Code;
using model::EventWord;
using model::kMissing;

namespace {

namespace health = sample::health;

const model::Prf kRandomness({5, 5});

Code code_of(const model::Attribute& column, std::string_view label) {
  const auto it = std::find(column.labels.begin(), column.labels.end(), label);
  if (it == column.labels.end()) throw std::runtime_error("no such value");
  return static_cast<Code>(it - column.labels.begin());
}

/// A demand for each type: one of the others comes before.
model::SequenceRules comes_after(
    const model::Population& population,
    const std::vector<std::pair<std::string, std::vector<std::string>>>& demands,
    const std::string& end = "") {
  const model::Attribute& types = population.event_columns[0];
  std::vector<model::TypeRule> rules(types.labels.size());
  for (const auto& [type, before] : demands)
    for (const std::string& b : before)
      rules[code_of(types, type)].after.push_back(code_of(types, b));
  if (!end.empty()) rules[code_of(types, end)].ends_history = true;
  return model::SequenceRules(rules);
}

/// COMPAS with the rules of its domain.
struct Court {
  static bool here() { return test::shared_file("data/compas_people.csv.gz").has_value(); }
  static model::Population population(Host& host) {
    return test::load_compas(host, model::Prf({1, 2, 3}));
  }
  static model::SequenceRules rules(const model::Population& p) {
    return comes_after(p, {{"jail_out", {"jail_in"}},
                           {"rejail_out", {"rejail_in"}},
                           {"custody_out", {"custody_in"}}});
  }
  static constexpr std::size_t kGroup = 1;  // race
};

/// Invented patients (core/sample) with the rules of their domain.
struct Hospital {
  static model::Population population(Host& host) {
    std::vector<test::Person> people;
    const health::Generator generator(11);
    std::vector<health::Event> events;
    for (std::uint64_t i = 0; i < 5'000; ++i) {
      const health::Person person = generator.person(i, false);
      generator.events(person, events);
      const auto word = [](const auto& words, auto value) {
        return std::string(words[static_cast<std::size_t>(value)]);
      };
      test::Person p{std::to_string(person.id()),
                     word(health::kSexes, person.sex),
                     word(health::kRaces, person.race),
                     std::string(health::kCities[person.city].county),
                     person.age,
                     {}};
      for (const health::Event& e : events)
        p.events.push_back({e.day, word(health::kEventTypes, e.type),
                            word(health::kOutcomes, e.outcome),
                            word(health::kConditions, e.condition)});
      people.push_back(std::move(p));
    }
    return test::encode(host, people);
  }
  static model::SequenceRules rules(const model::Population& p) {
    return comes_after(p,
                       {{"discharge", {"admission", "readmission"}},
                        {"readmission", {"discharge"}},
                        {"treatment", {"diagnosis"}},
                        {"prescription", {"diagnosis"}},
                        {"surgery", {"admission", "readmission", "visit"}},
                        {"follow_up", {"discharge", "visit", "treatment"}}},
                       "death");
  }
  static constexpr std::size_t kGroup = 1;  // race
};

std::map<std::int32_t, double> months(const model::Population& population) {
  std::map<std::int32_t, double> counts;
  for (const std::uint64_t w : population.words)
    counts[model::period_start(population.days[EventWord::day(w)], model::Period::month)] += 1;
  return counts;
}

/// Broken rules by person.
std::vector<std::uint32_t> violations(const model::Population& population,
                                      const model::SequenceRules& rules) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    std::vector<model::TypedDay> history;
    for (const std::uint64_t w : population.events_of(p))
      history.push_back(
          {population.days[EventWord::day(w)], population.event_value(EventWord::combo(w), 0)});
    out.push_back(rules.violations(history));
  }
  return out;
}

/// Pearson correlation of monthly counts.
double profile_correlation(const std::map<std::int32_t, double>& before,
                           const std::map<std::int32_t, double>& after) {
  std::map<std::int32_t, std::pair<double, double>> both;
  for (const auto& [m, c] : before) both[m].first = c;
  for (const auto& [m, c] : after) both[m].second = c;
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (const auto& [m, c] : both) {
    x += c.first;
    y += c.second;
    xx += c.first * c.first;
    yy += c.second * c.second;
    xy += c.first * c.second;
  }
  const auto k = static_cast<double>(both.size());
  return (xy - x * y / k) / std::sqrt((xx - x * x / k) * (yy - y * y / k));
}

struct Shift {
  double mean, error;  ///< days; standard error of the mean
};

/// The mean shift of all dates of a source. The variance is that of dates before they are sorted;
/// sorting leaves the sum as it is.
Shift jitter_shift(const std::vector<std::vector<std::int32_t>>& dates,
                   const noise::JitterRule& rule, const model::Prf& randomness) {
  double sum = 0, squares = 0, n = 0;
  std::vector<std::int32_t> moved;
  for (std::size_t p = 0; p < dates.size(); ++p) {
    moved.resize(dates[p].size());
    noise::jitter(rule, randomness, {p, 1}, dates[p], moved);
    for (std::size_t i = 0; i < moved.size(); ++i) {
      sum += moved[i] - dates[p][i];
      const double reach = rule.reach(dates[p][i]);
      squares += reach * (reach + 1) / 3;
      ++n;
    }
  }
  return {sum / n, std::sqrt(squares) / n};
}

/// Jitter of 14 days on a whole source.
template <class Source>
void expect_jitter_keeps() {
  Host host;
  auto population = Source::population(host);
  const auto rules = Source::rules(population);
  const auto before = months(population);
  const auto broken_before = violations(population, rules);
  std::vector<std::vector<std::int32_t>> original;
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    original.emplace_back();
    for (const std::uint64_t w : population.events_of(p))
      if (population.days[EventWord::day(w)] != model::kNoDay)
        original.back().push_back(population.days[EventWord::day(w)]);
  }
  noise::NoiseOptions options;
  options.jitter_days = 14;
  const noise::Mechanism mechanism(host, population, options, rules, kRandomness);
  double moved = 0, n = 0;
  std::uint64_t people_disordered = 0;
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    std::int32_t last = INT32_MIN;
    bool disordered = false;
    for (const noise::NoisyEvent& e : mechanism.events_of(p)) {
      const std::int32_t shown = population.days[EventWord::day(e.shown)];
      disordered = disordered || shown < last;
      last = shown;
      if (e.day == model::kNoDay) continue;
      moved += shown != e.day ? 1 : 0;
      ++n;
    }
    people_disordered += disordered ? 1 : 0;
  }
  const auto broken_after = violations(population, rules);
  std::uint64_t newly_broken = 0, broken = 0;
  for (std::size_t p = 0; p < broken_after.size(); ++p) {
    newly_broken += broken_after[p] > broken_before[p] ? 1 : 0;
    broken += broken_before[p];
  }
  const double r = profile_correlation(before, months(population));
  EXPECT_GT(moved / n, 0.8) << "dates do move";
  EXPECT_EQ(people_disordered, 0U);
  EXPECT_EQ(newly_broken, 0U) << "people with more rules broken than in the source";
  EXPECT_GE(r, 0.98);
  // The mean shift is a draw: with several secrets, each within 4 standard errors, all together
  // within 2.
  constexpr int kSecrets = 32;
  double all = 0, error = 0;
  for (std::uint8_t secret = 1; secret <= kSecrets; ++secret) {
    const Shift shift = jitter_shift(original, mechanism.jitter_rule(), model::Prf({secret, 77}));
    EXPECT_LE(std::abs(shift.mean), 4 * shift.error);
    all += shift.mean / kSecrets;
    error = shift.error / std::sqrt(kSecrets);
  }
  EXPECT_LE(std::abs(all), 2 * error);
  std::printf(
      "jitter 14 days: %.0f dates, mean shift %.4f (standard error %.4f), rules broken in the "
      "source %llu, people with more afterwards %llu, monthly profile r = %.4f\n",
      n, all, error, static_cast<unsigned long long>(broken),
      static_cast<unsigned long long>(newly_broken), r);
}

/// Events by (group, type, outcome).
using Table = std::map<std::array<Code, 3>, double>;

Table outcomes(const model::Population& population, std::size_t group) {
  Table out;
  for (std::uint32_t p = 0; p < population.size(); ++p)
    for (const std::uint64_t w : population.events_of(p)) {
      const std::uint32_t combo = EventWord::combo(w);
      const Code outcome = population.event_value(combo, 1);
      if (outcome == kMissing) continue;
      ++out[{population.value(population.tuple[p], group), population.event_value(combo, 0),
             outcome}];
    }
  return out;
}

/// Outcome noise of 0.2 on a whole source.
template <class Source>
void expect_outcome_noise_keeps() {
  Host host;
  auto population = Source::population(host);
  const Table truth = outcomes(population, Source::kGroup);
  noise::NoiseOptions options;
  options.outcome = 0.2;
  const noise::Mechanism mechanism(host, population, options, Source::rules(population),
                                   kRandomness);
  const Table shown = outcomes(population, Source::kGroup);
  const model::Attribute& types = population.event_columns[0];
  const model::Attribute& values = population.event_columns[1];
  const auto count = [](const Table& t, const std::array<Code, 3>& key) {
    const auto it = t.find(key);
    return it == t.end() ? 0.0 : it->second;
  };

  std::size_t marginals = 0, bands = 0, missed = 0;
  double worst = 0, squares = 0, farthest = 0;
  for (const noise::OutcomeMatrix& matrix : mechanism.matrices()) {
    if (matrix.outcomes.size() < 2) continue;
    const Code type = code_of(types, *matrix.event_type);
    std::vector<Code> codes;
    for (const std::string& o : matrix.outcomes) codes.push_back(code_of(values, o));
    // Marginals: published count of an outcome less the true one, in standard deviations of the
    // draws, which are independent Bernoulli trials with the probabilities of the matrix.
    std::map<Code, std::vector<double>> by_group;  // true counts by outcome
    std::vector<double> all(codes.size(), 0);
    for (std::size_t o = 0; o < codes.size(); ++o)
      for (const auto& [key, n] : truth)
        if (key[1] == type && key[2] == codes[o]) {
          by_group[key[0]].resize(codes.size(), 0);
          by_group[key[0]][o] += n;
          all[o] += n;
        }
    for (std::size_t to = 0; to < codes.size(); ++to) {
      double variance = 0, published = 0;
      for (std::size_t from = 0; from < codes.size(); ++from) {
        const double p = matrix.pram.probability(from, to);
        variance += all[from] * p * (1 - p);
      }
      for (const auto& [group, counts] : by_group)
        published += count(shown, {group, type, codes[to]});
      if (variance < 5) continue;
      const double z = (published - all[to]) / std::sqrt(variance);
      worst = std::max(worst, std::abs(z));
      squares += z * z;
      ++marginals;
    }
    // Disparities: the share of an outcome in a group after correction, and its interval.
    for (const auto& [group, counts] : by_group) {
      double total = 0;
      for (const double n : counts) total += n;
      if (total < 100) continue;
      for (std::size_t o = 0; o < codes.size(); ++o) {
        const double with = count(shown, {group, type, codes[o]});
        const noise::Band band =
            noise::pram_band(static_cast<std::uint64_t>(with), static_cast<std::uint64_t>(total),
                             matrix.pram.share(o), options.outcome, 0.95);
        const double share = counts[o] / total;
        ++bands;
        if (share < band.low || share > band.high) ++missed;
        farthest = std::max(farthest, std::abs(band.estimate - share));
      }
    }
  }
  ASSERT_GE(marginals, 3U);
  ASSERT_GE(bands, 9U);
  // The largest of a few dozen standard normals, and their mean square.
  EXPECT_LT(worst, 4);
  EXPECT_LT(squares / static_cast<double>(marginals),
            1 + 3 * std::sqrt(2.0 / static_cast<double>(marginals)));
  // The interval counts the published share as a sample; the truth is one set of events, hence at
  // most one in twenty should be missed, plus two standard deviations.
  const auto n = static_cast<double>(bands);
  EXPECT_LE(static_cast<double>(missed), 0.05 * n + 2 * std::sqrt(0.05 * 0.95 * n));
  EXPECT_GT(mechanism.changed_share(), 0.01);
  std::printf(
      "outcome noise 0.2: %zu marginals, largest %.2f standard deviations; %zu shares by group, "
      "type and outcome, %zu outside their 95 %% interval, farthest estimate %.4f away\n",
      marginals, worst, bands, missed, farthest);
}

}  // namespace

TEST(NoiseData, JitterKeepsOrderRulesMeanAndSeasonOnCompas) {
  if (!Court::here()) GTEST_SKIP() << "COMPAS is not here";
  expect_jitter_keeps<Court>();
}

TEST(NoiseData, JitterKeepsOrderRulesMeanAndSeasonOfPatients) { expect_jitter_keeps<Hospital>(); }

TEST(NoiseData, OutcomeNoiseKeepsMarginalsAndDisparitiesOnCompas) {
  if (!Court::here()) GTEST_SKIP() << "COMPAS is not here";
  expect_outcome_noise_keeps<Court>();
}

TEST(NoiseData, OutcomeNoiseKeepsMarginalsAndDisparitiesOfPatients) {
  expect_outcome_noise_keeps<Hospital>();
}
