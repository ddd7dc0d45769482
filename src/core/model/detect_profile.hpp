// Statistics of the columns of a relation, gathered row by row: what detection judges. All figures
// depend on the set of rows alone, never on their order, and memory is bounded: a few kilobytes a
// column plus 4 bytes per person and column.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/host.hpp"
#include "core/model/domain.hpp"

namespace pt::model {

/// Coarse class of a column's type.
enum class TypeClass : std::uint8_t {
  boolean,
  integer,
  real,
  text,       ///< text, varchar, char, enum, ...
  date,       ///< date without time
  timestamp,  ///< with or without time zone
  uuid,
  network,   ///< inet, cidr, macaddr
  document,  ///< json, xml, arrays, bytea, composites: never looked into
  other
};

/// What is known of one column.
struct ColumnProfile {
  std::string name;
  TypeClass type = TypeClass::text;
  std::uint64_t rows = 0;      ///< rows seen
  std::uint64_t nulls = 0;     ///< of them NULL
  std::uint64_t distinct = 0;  ///< distinct values; exact up to ColumnStatistics::kExact, then
                               ///< within about 5 percent
  double minimum = std::numeric_limits<double>::quiet_NaN();  ///< finite numbers; dates as years AD
  double maximum = std::numeric_limits<double>::quiet_NaN();
  // Shares of the values that are not NULL, 0..1; texts only.
  double date_like = 0;
  double email_like = 0;
  double phone_like = 0;
  double ssn_like = 0;
  double id_like = 0;     ///< one word with a digit, 6 characters or more
  double prose_like = 0;  ///< five words or more, or longer than 60 bytes
  double name_like = 0;   ///< two to five words, one of the first three a common given name
  double gender_words = 0;
  double ethnicity_words = 0;
  double mean_length = 0;  ///< bytes
  /// Share of the people with two rows or more for whom all rows agree (NULL is a value); NaN when
  /// there is no such person or the person is unknown.
  double person_constant = std::numeric_limits<double>::quiet_NaN();
  std::vector<CountedTerm> terms;  ///< texts with at most kMostTerms values: all of them, sorted

  static constexpr std::size_t kMostTerms = 500;

  [[nodiscard]] std::uint64_t values() const { return rows - nulls; }
};

/// What is known of a relation.
struct RelationProfile {
  std::vector<ColumnProfile> columns;
  std::optional<std::size_t> person;  ///< column that tells people apart
  std::uint64_t people = 0;           ///< distinct persons seen
  std::uint64_t repeated_people = 0;  ///< of them with two rows or more
  /// Pairs (a, b) of watched columns where each value of a goes with one value of b.
  std::vector<std::pair<std::size_t, std::size_t>> determines;

  [[nodiscard]] bool is_determined(std::size_t by, std::size_t column) const;
};

/// A value as the profiler wants it. Numbers: the value; dates and timestamps: years AD with
/// fraction (infinite: infinity); texts: the text. `hash` tells values apart.
struct ProfiledValue {
  bool null = true;
  std::uint64_t hash = 0;
  double number = 0;
  std::string_view text;
};

/// 64-bit hash of bytes, the same on every platform.
[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes);
/// 64-bit hash of an integer.
[[nodiscard]] std::uint64_t hash_integer(std::uint64_t value);

/// Accumulates the statistics of one column.
class ColumnStatistics {
 public:
  /// Up to this many distinct values are counted exactly.
  static constexpr std::size_t kExact = 1024;

  ColumnStatistics(std::string name, TypeClass type);
  void add(const ProfiledValue& value);
  [[nodiscard]] ColumnProfile profile() const;

 private:
  struct Shares {
    std::uint64_t dates = 0, emails = 0, phones = 0, ssns = 0, ids = 0, prose = 0, names = 0,
                  genders = 0, ethnicities = 0, bytes = 0;
    void add(std::string_view text, std::uint64_t times);
  };
  struct Counted {
    std::string text;
    std::uint64_t rows = 0;
  };
  void count_distinct(const ProfiledValue& value);
  void overflow();

  ColumnProfile base_;
  std::unordered_map<std::uint64_t, Counted> exact_;
  bool overflowed_ = false;
  std::vector<std::uint8_t> registers_;  ///< HyperLogLog, after the overflow
  Shares shares_;                        ///< of texts seen after the overflow
};

/// Accumulates the statistics of a relation.
class Profiler {
 public:
  /// `person`: column that tells people apart, if known. `watched`: columns whose mutual
  /// dependence is of interest (a dozen at most).
  Profiler(Host& host, const std::vector<std::pair<std::string, TypeClass>>& columns,
           std::optional<std::size_t> person, std::vector<std::size_t> watched);

  /// Adds a row; one value a column. Rows whose person is NULL count for nobody's constancy.
  void add(const std::vector<ProfiledValue>& row);
  [[nodiscard]] RelationProfile profile() const;

 private:
  struct Pair {
    std::size_t a, b;
    bool holds = true;
    std::unordered_map<std::uint64_t, std::uint64_t> image;
  };
  void watch_person(const std::vector<ProfiledValue>& row);
  void watch_pairs(const std::vector<ProfiledValue>& row);

  std::vector<ColumnStatistics> columns_;
  std::optional<std::size_t> person_;
  std::vector<Pair> pairs_;
  std::pmr::unordered_map<std::uint64_t, std::uint32_t> person_index_;
  std::pmr::vector<std::uint32_t> first_;  ///< person x column: hash of the first value seen
  std::pmr::vector<bool> varies_;          ///< person x column
  std::pmr::vector<bool> repeated_;        ///< person
};

}  // namespace pt::model
