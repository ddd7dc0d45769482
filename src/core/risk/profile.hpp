// The class profile: a mergeable summary from which every class-based figure is read. One flat
// block of memory, changed in place and doubled when it fills up; the same block is the state of
// the SQL aggregates and the value of the SQL type pt_class_profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "core/model/prf.hpp"
#include "core/risk/histogram.hpp"

namespace pt::risk {

/// What a profile holds beside the size of each class.
struct ProfileShape {
  bool sensitive = false;     ///< counts of a sensitive value
  bool weight = false;        ///< sums of sampling weights
  std::uint16_t columns = 0;  ///< hashes of the single quasi-identifiers (NULL as wildcard)
  friend bool operator==(const ProfileShape&, const ProfileShape&) = default;
};

/// Where blocks come from. Blocks are aligned to 8 bytes.
class ProfileMemory {
 public:
  ProfileMemory() = default;
  ProfileMemory(const ProfileMemory&) = delete;
  ProfileMemory& operator=(const ProfileMemory&) = delete;
  virtual ~ProfileMemory() = default;
  virtual void* allocate(std::size_t bytes) = 0;
  /// A block that was replaced by a bigger one.
  virtual void release(void* block) noexcept = 0;
  /// The largest block there may be.
  [[nodiscard]] virtual std::size_t limit() const noexcept = 0;
  /// Like Host::poll(), while a block is filled: a profile that grows has no other way to be
  /// cancelled.
  virtual void poll() {}
};

/// A sum of weights, exact: 64 bits before the point and 64 behind it, so that sums don't depend on
/// their order.
class ExactSum {
 public:
  static constexpr double kLeast = 1e-12;  ///< weights are at least that, so that none vanishes
  static constexpr double kMost = 1e12;    ///< and below it
  static bool takes(double weight) noexcept { return weight >= kLeast && weight < kMost; }
  /// 22003 when the sum would pass 2^64, about that of 18 million of the largest weights.
  void add(double weight);
  void add(const ExactSum& other) { add_wide(other.value_); }
  [[nodiscard]] double value() const noexcept;

  /// The two halves of the 128-bit number, as they lie in a block.
  [[nodiscard]] std::uint64_t low() const noexcept { return static_cast<std::uint64_t>(value_); }
  [[nodiscard]] std::uint64_t high() const noexcept {
    return static_cast<std::uint64_t>(value_ >> 64);
  }
  static ExactSum from(std::uint64_t low, std::uint64_t high) noexcept {
    ExactSum out;
    out.value_ = (Wide{high} << 64) | low;
    return out;
  }

 private:
  __extension__ using Wide = unsigned __int128;
  void add_wide(Wide value);
  Wide value_ = 0;
};

/// One counted entry: a class, with a sensitive value where the shape has one.
struct ProfileEntry {
  model::Hash128 key;
  std::uint64_t count = 0;
  std::int64_t code = 0;  ///< ClassHistogram::kNull for a missing value
  ExactSum weight;
  std::span<const std::uint64_t> columns;  ///< 0: NULL
};

/// A profile on a block it does not own. The first 4 bytes of the block belong to the host (the
/// length word of a database value).
///
/// Two forms: *live*, an open-addressing table that grows, and *packed*, entries in ascending order
/// of (key, code) and nothing else: equal profiles are equal bytes, whatever the order of rows and
/// merges. Both can be read and merged from; only the live form is added to.
class ClassProfile {
 public:
  /// Reads a block that add(), merge(), pack() or decode() made. 22000 when it is none: nothing is
  /// read beyond `bytes`.
  ClassProfile(void* block, std::size_t bytes);

  /// A new, empty profile in live form.
  static ClassProfile make(const ProfileShape& shape, ProfileMemory& memory);

  [[nodiscard]] void* block() const noexcept { return block_; }
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] ProfileShape shape() const noexcept;
  [[nodiscard]] bool is_live() const noexcept;
  [[nodiscard]] std::uint64_t entries() const noexcept;
  [[nodiscard]] std::uint64_t rows() const noexcept;  ///< sum of all counts

  /// Two numbers that travel with the state: arguments of an aggregate that its final function
  /// needs. 22023 when one is set to another value than before.
  void set_parameter(std::size_t index, double value);
  [[nodiscard]] std::optional<double> parameter(std::size_t index) const noexcept;

  /// Counts an entry. Live form only. The block may be replaced by one twice as large; O(1) on
  /// average. 54000 when it would exceed the memory's limit.
  void add(const ProfileEntry& entry, ProfileMemory& memory);

  /// Adds everything that `other` counted. 22023 when the shapes differ.
  void merge(const ClassProfile& other, ProfileMemory& memory, Host& host);

  /// The same profile in packed form, in a new block.
  [[nodiscard]] ClassProfile pack(ProfileMemory& memory, Host& host) const;
  /// The same profile in live form, in a new block.
  [[nodiscard]] ClassProfile unpack(ProfileMemory& memory, Host& host) const;

  /// The classes, their sizes and counts. O(entries). 22000 when a sum passes 64 bits.
  [[nodiscard]] ClassHistogram histogram(Host& host) const;

  /// F of each class of this profile from the sizes of `population`, in the order of histogram();
  /// 22023 when the population has fewer people in a class than this profile, naming how many
  /// classes. O(entries).
  [[nodiscard]] std::pmr::vector<double> population_of_classes(const ClassProfile& population,
                                                               Host& host) const;

  /// The transport format, version 1: the same bytes for equal profiles on every machine.
  [[nodiscard]] std::string encode(Host& host) const;
  /// Reads the transport format into a new block in packed form. 22P03 for anything that encode()
  /// does not write; never reads beyond the bytes.
  static ClassProfile decode(std::string_view bytes, ProfileMemory& memory);

  /// Calls f(const ProfileEntry&) for every entry, in the order of the block.
  template <class F>
  void for_each(F&& f) const {
    const std::uint64_t n = slots();
    for (std::uint64_t i = 0; i < n; ++i)
      if (const auto entry = at(i)) f(*entry);
  }

 private:
  explicit ClassProfile(void* block) : block_(block) {}
  [[nodiscard]] std::uint64_t slots() const noexcept;
  [[nodiscard]] std::optional<ProfileEntry> at(std::uint64_t slot) const noexcept;
  static constexpr std::uint64_t kMostRows = std::uint64_t{1} << 62;
  static ClassProfile packed_block(const ProfileShape& shape, std::uint64_t entries,
                                   std::uint64_t rows, ProfileMemory& memory);
  void put_packed(std::uint64_t index, const ProfileEntry& entry) noexcept;
  void grow(ProfileMemory& memory);
  void insert(const ProfileEntry& entry);
  struct Classes;
  [[nodiscard]] Classes number_classes(Host& host) const;

  void* block_;
};

}  // namespace pt::risk
