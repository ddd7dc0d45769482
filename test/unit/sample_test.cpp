// The sample data: the same for the same seed, prefixes agree, sequences are those of the domain,
// and what is planted is there within three standard errors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/sample/court.hpp"
#include "core/sample/health.hpp"
#include "core/sample/stream.hpp"
#include "core/sample/truth.hpp"

namespace {

namespace court = pt::sample::court;
namespace health = pt::sample::health;

/// The mean of draws and how far it lies from what is planted, in standard errors.
class Sample {
 public:
  void add(double value) {
    ++n_;
    sum_ += value;
    squares_ += value * value;
  }
  [[nodiscard]] double n() const { return n_; }
  [[nodiscard]] double mean() const { return sum_ / n_; }
  [[nodiscard]] double errors_from(double expected) const {
    const double variance = std::max(squares_ / n_ - mean() * mean(), 1e-12);
    return (mean() - expected) / std::sqrt(variance / n_);
  }

 private:
  double n_ = 0, sum_ = 0, squares_ = 0;
};

void expect_planted(const Sample& sample, double expected, const std::string& what) {
  EXPECT_GE(sample.n(), 100) << what;
  EXPECT_LE(std::abs(sample.errors_from(expected)), 3.0)
      << what << ": " << sample.mean() << " of " << sample.n() << ", planted " << expected;
}

template <class Enum>
std::size_t at(Enum value) {
  return static_cast<std::size_t>(value);
}

constexpr std::uint64_t kPeople = 40'000;

template <class Generator, class Event, class Visit>
void for_everybody(std::uint64_t seed, Visit visit) {
  const Generator generator(seed);
  std::vector<Event> events;
  for (std::uint64_t i = 0; i < kPeople; ++i) {
    const auto person = generator.person(i, false);
    generator.events(person, events);
    visit(person, events);
  }
}

template <class Visit>
void for_every_defendant(std::uint64_t seed, Visit visit) {
  for_everybody<court::Generator, court::Event>(seed, visit);
}
template <class Visit>
void for_every_patient(std::uint64_t seed, Visit visit) {
  for_everybody<health::Generator, health::Event>(seed, visit);
}

std::string text_of(const court::Person& p, const std::vector<court::Event>& events) {
  std::string text = std::to_string(p.id()) + p.identity.full_name + p.identity.ssn +
                     p.identity.email + std::to_string(p.birth) + std::to_string(at(p.race));
  for (const court::Event& e : events) {
    text += '|' + std::to_string(e.id) + ' ' + std::to_string(e.day) + ' ' +
            std::string{court::kEventTypes[at(e.type)]} + ' ' +
            std::string{court::kOutcomes[at(e.outcome)]} + ' ' + court::case_number(p, e.file) +
            ' ' + std::to_string(e.months) + ' ' + court::note_text(p, e);
  }
  return text;
}

TEST(SampleStream, IsKeyedBySeedPurposeAndPerson) {
  pt::sample::Stream a(1, 1, 5), same(1, 1, 5), seed(2, 1, 5), purpose(1, 2, 5), person(1, 1, 6);
  const auto first = a.next();
  EXPECT_EQ(first, same.next());
  EXPECT_NE(first, seed.next());
  EXPECT_NE(first, purpose.next());
  EXPECT_NE(first, person.next());
  EXPECT_NE(first, a.next());
}

TEST(SampleStream, StaysInItsRanges) {
  pt::sample::Stream random(7, 1, 0);
  const std::array<double, 3> weights = {0.5, 0.0, 0.5};
  for (int i = 0; i < 10'000; ++i) {
    const double u = random.uniform();
    EXPECT_GE(u, 0.0);
    EXPECT_LT(u, 1.0);
    const auto b = random.between(-3, 3);
    EXPECT_GE(b, -3);
    EXPECT_LE(b, 3);
    EXPECT_NE(random.pick(weights), 1u);
  }
  EXPECT_FALSE(random.chance(0.0));
  EXPECT_TRUE(random.chance(1.0));
}

TEST(SampleIdentity, NumbersAreDistinctAndBelongToNobody) {
  std::set<std::string> ssns, emails;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto who = pt::sample::make_identity(3, i, i % 2 == 0);
    ASSERT_EQ(who.ssn.size(), 11u);
    EXPECT_EQ(who.ssn.front(), '9');
    EXPECT_NE(who.phone.find(") 555-01"), std::string::npos);
    EXPECT_TRUE(who.email.ends_with("@example.org"));
    EXPECT_GE(who.full_name.size(), 6u);
    ssns.insert(who.ssn);
    emails.insert(who.email);
  }
  EXPECT_EQ(ssns.size(), 20'000u);
  EXPECT_EQ(emails.size(), 20'000u);
}

TEST(SampleIdentity, SerialNumbersArePermutations) {
  std::set<std::uint32_t> seen;
  for (std::uint64_t i = 0; i < 10'000; ++i) seen.insert(pt::sample::serial_number(i, 4));
  EXPECT_EQ(seen.size(), 10'000u);
  EXPECT_EQ(*seen.rbegin(), 9'999u);
  EXPECT_THROW((void)pt::sample::serial_number(1, 0), pt::Error);
  EXPECT_THROW((void)pt::sample::serial_number(1, 10), pt::Error);
}

TEST(SampleCourt, IsDeterministicAndIndependentOfOrder) {
  const court::Generator one(5), again(5), other(6);
  std::vector<court::Event> a, b;
  std::vector<std::string> forwards;
  bool differs = false;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const auto person = one.person(i);
    one.events(person, a);
    forwards.push_back(text_of(person, a));
    const auto another = other.person(i);
    other.events(another, b);
    differs = differs || text_of(another, b) != forwards.back();
  }
  EXPECT_TRUE(differs);
  for (std::uint64_t i = 500; i-- > 0;) {  // backwards: person i does not depend on those before
    const auto person = again.person(i);
    again.events(person, b);
    ASSERT_EQ(text_of(person, b), forwards[i]) << i;
  }
}

TEST(SampleCourt, IdsAreSentinels) {
  std::int64_t last = 0;
  for_every_defendant(2, [&](const court::Person& p, const std::vector<court::Event>& events) {
    ASSERT_GE(p.id(), 1'000'000'000'000);
    ASSERT_GE(events.size(), 1u);
    ASSERT_LE(events.size(), pt::sample::kEventsPerPerson);
    for (const court::Event& e : events) {
      ASSERT_GT(e.id, last);
      last = e.id;
    }
  });
  EXPECT_GE(last, 2'000'000'000'000);
}

/// What must have happened earlier in the same case.
bool legal(court::EventType type, const std::set<court::EventType>& before) {
  using T = court::EventType;
  const auto any = [&](std::initializer_list<T> types) {
    return std::any_of(types.begin(), types.end(), [&](T t) { return before.contains(t); });
  };
  switch (type) {
    case T::reoffense:
      return before.empty();
    case T::arrest:
      return !any({T::arrest, T::charge});
    case T::charge:
    case T::bail_hearing:
      return any({T::arrest});
    case T::pretrial_detention:
      return any({T::bail_hearing});
    case T::arraignment:
    case T::plea:
    case T::trial:
      return any({T::charge});
    case T::sentencing:
      return any({T::trial, T::plea});
    case T::incarceration:
    case T::probation:
    case T::community_service:
      return any({T::sentencing});
    case T::release:
      return any({T::incarceration, T::pretrial_detention, T::arrest});
    case T::violation:
      return any({T::probation});
  }
  return false;
}

TEST(SampleCourt, SequencesAreLegal) {
  for_every_defendant(3, [&](const court::Person& p, const std::vector<court::Event>& events) {
    std::map<std::uint32_t, std::set<court::EventType>> cases;
    pt::sample::Day last = court::kWindowStart;
    bool inside = false;
    for (const court::Event& e : events) {
      ASSERT_GE(e.day, last);
      ASSERT_LE(e.day, court::kWindowEnd);
      last = e.day;
      auto& before = cases[e.file.number];
      ASSERT_TRUE(legal(e.type, before)) << p.index << ' ' << court::kEventTypes[at(e.type)];
      ASSERT_TRUE(before.insert(e.type).second || e.type == court::EventType::release);
      if (e.type == court::EventType::arrest) {
        ASSERT_FALSE(inside) << "arrested in prison";
      }
      if (e.type == court::EventType::incarceration) inside = true;
      if (e.type == court::EventType::release) inside = false;
      if (before.contains(court::EventType::charge)) {
        ASSERT_NE(e.file.attorney, court::Attorney::none);
      }
      ASSERT_TRUE(e.months == 0 || e.type == court::EventType::sentencing);
    }
    ASSERT_EQ(cases.begin()->first, 1u);
    ASSERT_FALSE(cases.begin()->second.contains(court::EventType::reoffense));
    for (const auto& [number, types] : cases) {
      ASSERT_EQ(number > 1, types.contains(court::EventType::reoffense));
    }
  });
}

TEST(SampleCourt, EventsHaveAHeavyTail) {
  Sample number;
  std::size_t many = 0;
  for_every_defendant(4, [&](const court::Person&, const std::vector<court::Event>& events) {
    number.add(static_cast<double>(events.size()));
    if (events.size() >= 30) ++many;
  });
  EXPECT_GT(number.mean(), 4.5);
  EXPECT_LT(number.mean(), 6.5);
  EXPECT_GT(many, kPeople / 1000);
  EXPECT_LT(many, kPeople / 50);
}

TEST(SampleCourt, FirstCasesFollowTheSeason) {
  std::array<double, 12> starts{};
  for_every_defendant(5, [&](const court::Person&, const std::vector<court::Event>& events) {
    starts[pt::sample::month_index(events.front().day)] += 1;
  });
  const double expected = court::kSeason[0] / court::kSeason[6];  // January to July, 31 days each
  const double found = starts[0] / starts[6];
  EXPECT_LE(std::abs(found - expected), 3 * found * std::sqrt(1 / starts[0] + 1 / starts[6]));
}

TEST(SampleCourt, PlantedDisparitiesAreThere) {
  constexpr std::size_t kRaces = court::kRaces.size();
  std::array<Sample, kRaces> convicted, bail, felony, reoffends;
  std::array<std::array<Sample, 2>, 2> months;
  std::array<Sample, 2> young;
  std::array<Sample, 4> with_private;
  for_every_defendant(6, [&](const court::Person& p, const std::vector<court::Event>& events) {
    bool again = false;
    for (const court::Event& e : events) {
      const bool is_felony = e.file.degree == court::Degree::felony;
      again = again || e.type == court::EventType::reoffense;
      if (e.type == court::EventType::arrest) felony[at(p.race)].add(is_felony);
      if (e.type == court::EventType::bail_hearing && is_felony) {
        bail[at(p.race)].add(e.outcome == court::Outcome::granted);
      }
      if (e.months > 0) months[at(e.file.degree)][at(p.sex)].add(e.months);
      if (e.type != court::EventType::charge) continue;
      with_private[at(p.income)].add(e.file.attorney == court::Attorney::private_counsel);
      if (e.outcome != court::Outcome::pending && is_felony &&
          e.file.attorney == court::Attorney::public_defender) {
        convicted[at(p.race)].add(e.outcome == court::Outcome::convicted);
      }
    }
    if (p.age < 25) young[at(p.sex)].add(again);
    if (p.age < 25 && p.sex == court::Sex::male) reoffends[at(p.race)].add(again);
  });
  for (std::size_t r = 0; r < kRaces; ++r) {
    const std::string race{court::kRaces[r]};
    if (r < 3) {  // the others have too few felonies in this sample
      expect_planted(convicted[r],
                     court::convicted(court::Degree::felony, static_cast<court::Race>(r),
                                      court::Attorney::public_defender),
                     "conviction, " + race);
      expect_planted(bail[r],
                     court::bail_granted(static_cast<court::Race>(r), court::Degree::felony),
                     "bail, " + race);
      expect_planted(reoffends[r], court::reoffends(24, court::Sex::male), "reoffense, " + race);
    }
    expect_planted(felony[r], court::kFelonyGivenRace[r], "felony, " + race);
  }
  for (std::size_t s = 0; s < 2; ++s) {
    const auto sex = static_cast<court::Sex>(s);
    for (std::size_t d = 0; d < 2; ++d) {
      expect_planted(months[d][s], court::mean_months(static_cast<court::Degree>(d), sex),
                     "months, " + std::string{court::kSexes[s]});
    }
    expect_planted(young[s], court::reoffends(24, sex), "reoffense under 25");
  }
  for (std::size_t i = 0; i < 4; ++i) {
    expect_planted(with_private[i], court::kPrivateGivenIncome[i], "private attorney");
  }
}

TEST(SampleCourt, NotesNamePeople) {
  const court::Generator generator(1);
  std::vector<court::Event> events;
  std::size_t rows = 0, notes = 0, names = 0;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    const auto person = generator.person(i);
    generator.events(person, events);
    for (const court::Event& e : events) {
      const std::string note = court::note_text(person, e);
      ++rows;
      notes += note.empty() ? 0 : 1;
      names += note.find(person.identity.full_name) != std::string::npos ? 1 : 0;
    }
  }
  EXPECT_GT(notes, rows / 12);
  EXPECT_GT(names, notes / 3);
}

TEST(SampleHealth, IsDeterministicAndLegal) {
  using T = health::EventType;
  const health::Generator again(3);
  std::vector<health::Event> repeated;
  for_every_patient(3, [&](const health::Person& p, const std::vector<health::Event>& events) {
    ASSERT_GE(events.size(), 1u);
    ASSERT_LE(events.size(), pt::sample::kEventsPerPerson);
    if (p.index % 1000 == 0) {
      again.events(again.person(p.index), repeated);
      ASSERT_EQ(repeated.size(), events.size());
      for (std::size_t i = 0; i < events.size(); ++i) {
        ASSERT_EQ(repeated[i].id, events[i].id);
        ASSERT_EQ(repeated[i].day, events[i].day);
        ASSERT_EQ(repeated[i].type, events[i].type);
      }
    }
    pt::sample::Day last = health::kWindowStart;
    bool open = false, diagnosed = false, dead = false, again_expected = false;
    for (const health::Event& e : events) {
      ASSERT_FALSE(dead) << "something after death";
      ASSERT_GE(e.day, last) << p.index;
      last = e.day;
      if (e.type == T::diagnosis) diagnosed = true;
      if (e.type == T::treatment || e.type == T::prescription) {
        ASSERT_TRUE(diagnosed);
      }
      if (e.type == T::admission || e.type == T::readmission) {
        ASSERT_FALSE(open);
        ASSERT_EQ(e.type == T::readmission, again_expected);
        open = true;
      }
      again_expected =
          (again_expected && e.type != T::readmission) || e.outcome == health::Outcome::readmitted;
      if (e.type == T::surgery || e.type == T::discharge || e.type == T::death) {
        ASSERT_TRUE(open);
      }
      ASSERT_EQ(e.type == T::discharge, e.stay > 0);
      if (e.type == T::discharge || e.type == T::death) open = false;
      dead = e.type == T::death;
    }
    ASSERT_FALSE(open) << "an admission without end";
    ASSERT_FALSE(again_expected) << "readmitted, but never admitted again";
  });
}

TEST(SampleHealth, PlantedDisparitiesAreThere) {
  std::array<Sample, 3> readmitted;
  std::array<Sample, 2> by_sex, operated;
  std::array<Sample, health::kRaces.size()> relieved;
  for_every_patient(8, [&](const health::Person& p, const std::vector<health::Event>& events) {
    for (const health::Event& e : events) {
      if (e.type == health::EventType::discharge) {
        const bool again = e.outcome == health::Outcome::readmitted;
        readmitted[at(p.insurance)].add(again);
        if (p.insurance == health::Insurance::private_plan) by_sex[at(p.sex)].add(again);
      }
      const bool admitted =
          e.type == health::EventType::admission || e.type == health::EventType::readmission;
      if (admitted && e.condition == health::Condition::cardiac) {
        operated[at(p.sex)].add(e.treatment == health::Treatment::operation);
      }
      if (e.type == health::EventType::emergency_visit &&
          e.condition == health::Condition::injury) {
        relieved[at(p.race)].add(e.treatment == health::Treatment::analgesic);
      }
    }
  });
  for (std::size_t i = 0; i < 3; ++i) {
    expect_planted(readmitted[i], health::kReadmitted[i], "readmission");
  }
  for (std::size_t s = 0; s < 2; ++s) {
    expect_planted(operated[s], health::kCardiacSurgery[s], "cardiac surgery");
    expect_planted(by_sex[s], health::kReadmitted[0], "readmission, private, by sex");
  }
  for (std::size_t r = 0; r < 4; ++r) {
    expect_planted(relieved[r], health::kAnalgesic[r], "analgesic");
  }
}

TEST(SampleTruth, StatementsAreProbabilitiesOrMeans) {
  const auto list = pt::sample::truth();
  EXPECT_GE(list.size(), 80u);
  std::set<std::string> seen;
  for (const auto& s : list) {
    EXPECT_TRUE(s.sample == "court" || s.sample == "health");
    EXPECT_TRUE(seen.insert(std::string{s.measure} + std::string{s.kind} + s.among).second);
    EXPECT_GT(s.expected, 0.0);
    if (!s.counted.ends_with("_months") && !s.counted.ends_with("_stay")) {
      EXPECT_LT(s.expected, 1.0);
    }
  }
}

}  // namespace
