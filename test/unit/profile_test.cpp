#include "core/risk/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/risk/identity.hpp"

namespace {

using pt::Host;
using pt::model::Hash128;
using pt::risk::ClassHistogram;
using pt::risk::ClassProfile;
using pt::risk::ExactSum;
using pt::risk::ProfileEntry;
using pt::risk::ProfileShape;

/// Blocks of the C heap, all freed at the end.
class HeapMemory final : public pt::risk::ProfileMemory {
 public:
  explicit HeapMemory(std::size_t limit = std::size_t{1} << 30) : limit_(limit) {}
  ~HeapMemory() override {
    for (void* const block : blocks_) std::free(block);
  }
  void* allocate(std::size_t bytes) override {
    void* const block = std::malloc(bytes);
    blocks_.insert(block);
    return block;
  }
  void release(void* block) noexcept override {
    if (blocks_.erase(block) > 0) std::free(block);
  }
  std::size_t limit() const noexcept override { return limit_; }
  void poll() override {
    if (cancelled) throw Cancelled();
  }

  struct Cancelled {};
  bool cancelled = false;

 private:
  std::set<void*> blocks_;
  std::size_t limit_;
};

struct Row {
  std::uint64_t key;
  std::int64_t code;
  double weight;
};

ProfileEntry entry_of(const Row& row) {
  ProfileEntry entry;
  entry.key = {row.key * 77, row.key};
  entry.count = 1;
  entry.code = row.code;
  entry.weight.add(row.weight);
  return entry;
}

ClassProfile profile_of(const std::vector<Row>& rows, const ProfileShape& shape,
                        HeapMemory& memory) {
  ClassProfile profile = ClassProfile::make(shape, memory);
  for (const Row& row : rows) profile.add(entry_of(row), memory);
  return profile;
}

std::vector<Row> random_rows(std::mt19937_64& random, std::size_t n, std::uint64_t keys) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < n; ++i) {
    const auto code = static_cast<std::int64_t>(random() % 5);
    rows.push_back({random() % keys, code == 4 ? ClassHistogram::kNull : code - 2,
                    static_cast<double>(random() % 1000 + 1) / 7});
  }
  return rows;
}

std::string bytes_of(const ClassProfile& profile, HeapMemory& memory) {
  Host host;
  return profile.pack(memory, host).encode(host);
}

TEST(Profile, CountsClassesValuesAndWeights) {
  Host host;
  std::mt19937_64 random(1);
  for (const ProfileShape shape :
       {ProfileShape{}, ProfileShape{true, false, 0}, ProfileShape{true, true, 0}}) {
    HeapMemory memory;
    const auto rows = random_rows(random, 5000, 700);
    const ClassProfile profile = profile_of(rows, shape, memory);
    std::map<std::uint64_t, std::uint64_t> sizes;
    std::map<std::pair<std::uint64_t, std::int64_t>, std::uint64_t> cells;
    std::map<std::uint64_t, double> weights;
    for (const Row& row : rows) {
      ++sizes[row.key];
      ++cells[{row.key, row.code}];
      weights[row.key] += row.weight;
    }
    for (const ClassProfile& p : {profile, profile.pack(memory, host)}) {
      EXPECT_EQ(p.rows(), rows.size());
      EXPECT_EQ(p.entries(), shape.sensitive ? cells.size() : sizes.size());
      const ClassHistogram histogram = p.histogram(host);
      ASSERT_EQ(histogram.classes(), sizes.size());
      std::multiset<std::uint64_t> expected, found;
      for (const auto& [key, size] : sizes) expected.insert(size);
      for (const std::uint64_t size : histogram.size) found.insert(size);
      EXPECT_EQ(found, expected);
      if (shape.weight) {
        double most = 0;
        for (const auto& [key, weight] : weights) most = std::max(most, weight);
        EXPECT_NEAR(*std::max_element(histogram.weight.begin(), histogram.weight.end()), most,
                    1e-9);
      }
      if (!shape.sensitive) continue;
      EXPECT_EQ(histogram.counts.size(), cells.size());
      EXPECT_EQ(histogram.values.back(), ClassHistogram::kNull);
      for (std::size_t c = 0; c < histogram.classes(); ++c) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < histogram.of(c).size(); ++i) {
          sum += histogram.of(c)[i].count;
          EXPECT_TRUE(i == 0 || histogram.of(c)[i - 1].value < histogram.of(c)[i].value);
        }
        EXPECT_EQ(sum, histogram.size[c]);
      }
    }
  }
}

// Any partition, merged in any order and shape of tree: the same bytes.
TEST(Profile, MergeOfPartsIsTheWhole) {
  Host host;
  std::mt19937_64 random(2);
  for (int round = 0; round < 40; ++round) {
    HeapMemory memory;
    const ProfileShape shape{round % 3 > 0, round % 3 == 2, 0};
    auto rows = random_rows(random, random() % 400, 1 + random() % 200);
    const std::string whole = bytes_of(profile_of(rows, shape, memory), memory);
    std::shuffle(rows.begin(), rows.end(), random);
    EXPECT_EQ(bytes_of(profile_of(rows, shape, memory), memory), whole) << "order of rows";
    std::vector<std::vector<Row>> parts(1 + random() % 6);
    for (const Row& row : rows) parts[random() % parts.size()].push_back(row);
    std::vector<ClassProfile> profiles;
    for (const auto& part : parts) {
      profiles.push_back(profile_of(part, shape, memory));
      if (random() % 2 == 0) profiles.back() = profiles.back().pack(memory, host);
    }
    while (profiles.size() > 1) {
      std::shuffle(profiles.begin(), profiles.end(), random);
      ClassProfile target = profiles.back().unpack(memory, host);
      target.merge(profiles[profiles.size() - 2], memory, host);
      profiles.pop_back();
      profiles.back() = target;
    }
    EXPECT_EQ(bytes_of(profiles[0], memory), whole);
  }
}

TEST(Profile, EncodesAndDecodes) {
  Host host;
  std::mt19937_64 random(3);
  HeapMemory memory;
  for (const ProfileShape shape :
       {ProfileShape{}, ProfileShape{true, false, 0}, ProfileShape{true, true, 0}}) {
    for (const std::size_t n : {0U, 1U, 30U}) {
      const std::string bytes =
          bytes_of(profile_of(random_rows(random, n, 20), shape, memory), memory);
      EXPECT_EQ(ClassProfile::decode(bytes, memory).encode(host), bytes);
      // Every byte changed: refused, or another profile that is sound.
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << (random() % 8)));
        try {
          const ClassProfile decoded = ClassProfile::decode(damaged, memory);
          EXPECT_EQ(decoded.encode(host), damaged);
          (void)decoded.histogram(host);
        } catch (const pt::Error& e) {
          EXPECT_EQ(e.sqlstate(), "22P03");
        }
      }
      for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_THROW((void)ClassProfile::decode(bytes.substr(0, length), memory), pt::Error);
      EXPECT_THROW((void)ClassProfile::decode(bytes + "x", memory), pt::Error);
    }
  }
}

// A block that some other program wrote into: never read beyond its end.
TEST(Profile, DamagedBlocksAreRefusedOrRead) {
  Host host;
  std::mt19937_64 random(4);
  HeapMemory memory;
  for (const ProfileShape shape : {ProfileShape{}, ProfileShape{true, true, 0}}) {
    const ClassProfile sound = profile_of(random_rows(random, 40, 20), shape, memory);
    const std::size_t bytes = sound.bytes();
    for (std::size_t i = 4; i < bytes; ++i) {
      void* const copy = memory.allocate(bytes);
      std::memcpy(copy, sound.block(), bytes);
      static_cast<char*>(copy)[i] = static_cast<char>(random());
      try {
        ClassProfile damaged(copy, bytes);
        (void)damaged.histogram(host);
        if (damaged.is_live()) damaged.add(entry_of({999, 1, 1}), memory);
      } catch (const pt::Error&) {
      }
    }
  }
}

TEST(Profile, LimitNamesTheStatementThatDoesTheSame) {
  HeapMemory memory(100000);
  ClassProfile profile = ClassProfile::make({}, memory);
  std::uint64_t added = 0;
  try {
    for (;; ++added) profile.add(entry_of({added, 0, 0}), memory);
  } catch (const pt::Error& e) {
    EXPECT_EQ(e.sqlstate(), "54000");
    EXPECT_NE(e.hint().find("GROUP BY"), std::string::npos);
  }
  EXPECT_GT(added, 100000 / 24 / 2 * 7 / 8);
  EXPECT_EQ(profile.entries(), added);  // what was counted is still there
}

TEST(Profile, RefusesOtherKinds) {
  Host host;
  HeapMemory memory;
  ClassProfile plain = ClassProfile::make({}, memory);
  const ClassProfile other = ClassProfile::make({true, false, 0}, memory);
  EXPECT_THROW(plain.merge(other, memory, host), pt::Error);
  plain.set_parameter(0, 2);
  plain.set_parameter(0, 2);
  EXPECT_THROW(plain.set_parameter(0, 3), pt::Error);
}

TEST(Profile, WeightsAreSummedExactly) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> exponent(-3, 11);
  std::vector<double> weights;
  for (int i = 0; i < 1000; ++i) weights.push_back(std::pow(10, exponent(random)));
  ExactSum forward, backward;
  long double sum = 0;
  for (const double w : weights) forward.add(w), sum += w;
  for (auto at = weights.rbegin(); at != weights.rend(); ++at) backward.add(*at);
  EXPECT_EQ(forward.low(), backward.low());
  EXPECT_EQ(forward.high(), backward.high());
  EXPECT_NEAR(forward.value() / static_cast<double>(sum), 1, 1e-15);
  ExactSum one;
  one.add(0.1);
  EXPECT_EQ(one.value(), 0.1);

  ExactSum most = ExactSum::from(0, ~std::uint64_t{0});
  EXPECT_THROW(most.add(1), pt::Error);
  EXPECT_THROW(most.add(most), pt::Error);
  most.add(0.5);
  EXPECT_FALSE(ExactSum::takes(1e-13));
  EXPECT_TRUE(ExactSum::takes(ExactSum::kLeast));
  EXPECT_FALSE(ExactSum::takes(ExactSum::kMost));
}

TEST(Profile, PopulationOfClasses) {
  Host host;
  HeapMemory memory;
  const std::vector<Row> population = {{1, 0, 1}, {1, 0, 1}, {2, 0, 1}, {3, 0, 1}, {3, 0, 1}};
  const std::vector<Row> sample = {{1, 0, 1}, {3, 0, 1}, {3, 0, 1}};
  const auto p = profile_of(population, {}, memory);
  const auto s = profile_of(sample, {}, memory);
  auto F = s.population_of_classes(p, host);
  std::sort(F.begin(), F.end());
  EXPECT_EQ(std::vector<double>(F.begin(), F.end()), (std::vector<double>{2, 2}));
  EXPECT_THROW((void)p.population_of_classes(s, host), pt::Error);
}

TEST(Profile, CanBeCancelledWhileItGrowsAndPacks) {
  class CancellingHost final : public Host {
   public:
    void poll() override { throw HeapMemory::Cancelled(); }
  };
  Host host;
  CancellingHost cancelling;
  HeapMemory memory;
  ClassProfile profile = ClassProfile::make({}, memory);
  std::uint64_t key = 0;
  const auto add = [&] { profile.add(entry_of({key, 0, 1}), memory), ++key; };
  while (key < 90'000) add();
  memory.cancelled = true;
  EXPECT_THROW(while (key < 200'000) add(), HeapMemory::Cancelled);
  EXPECT_EQ(profile.entries(), key);  // nothing was lost
  memory.cancelled = false;
  while (key < 100'000) add();
  EXPECT_EQ(profile.rows(), key);
  EXPECT_THROW((void)profile.pack(memory, cancelling), HeapMemory::Cancelled);
  const std::string bytes = profile.pack(memory, host).encode(host);
  memory.cancelled = true;
  EXPECT_THROW((void)ClassProfile::decode(bytes, memory), HeapMemory::Cancelled);
}

}  // namespace
