#pragma once

#include <cstdint>
#include <limits>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/host.hpp"
#include "core/model/attribute.hpp"
#include "core/model/dictionary.hpp"
#include "core/model/prf.hpp"

namespace pt::model {

/// No time known (SQL NULL, infinity). Days are counted from 2000-01-01, as PostgreSQL does.
inline constexpr std::int32_t kNoDay = std::numeric_limits<std::int32_t>::min();

/// What an attribute of people means; decides how it may be generalised.
enum class Meaning : std::uint8_t { age, gender, ethnicity, geography, other };

/// How rows of one person that disagree are reconciled: the most frequent value (ties: the first in
/// dictionary order) or the largest one (an age that grows from row to row).
enum class Reconcile : std::uint8_t { most_frequent, largest };

/// What an event column means.
enum class EventPart : std::uint8_t { type, outcome, location, detail };

struct PersonColumn {
  std::string name;
  Meaning meaning = Meaning::other;
  Scale scale = Scale::nominal;
  Reconcile reconcile = Reconcile::most_frequent;
};

struct EventColumn {
  std::string name;
  EventPart part = EventPart::detail;
};

/// The columns a population is encoded from, in the order in which codes are handed over.
struct Schema {
  std::vector<PersonColumn> people;    ///< released quasi-identifiers
  std::vector<std::string> sensitive;  ///< person-level sensitive columns, never released
  std::vector<EventColumn> events;     ///< released event columns; empty = people only
};

/// One event packed into 64 bits: person, day and combination of event columns, most significant
/// first, so that sorting the words sorts by person, then day. 8 bytes an event.
struct EventWord {
  static constexpr int kPersonBits = 26, kDayBits = 18, kComboBits = 20;
  static constexpr std::uint64_t kMaxPeople = std::uint64_t{1} << kPersonBits;
  static constexpr std::uint64_t kMaxDays = std::uint64_t{1} << kDayBits;
  static constexpr std::uint64_t kMaxCombos = std::uint64_t{1} << kComboBits;
  static constexpr std::uint64_t kMaxEvents = 0xFFFFFFFFu;

  static std::uint64_t pack(std::uint32_t person, std::uint32_t day, std::uint32_t combo) {
    return (std::uint64_t{person} << (kDayBits + kComboBits)) | (std::uint64_t{day} << kComboBits) |
           combo;
  }
  static std::uint32_t person(std::uint64_t w) {
    return static_cast<std::uint32_t>(w >> (kDayBits + kComboBits));
  }
  static std::uint32_t day(std::uint64_t w) {
    return static_cast<std::uint32_t>((w >> kComboBits) & (kMaxDays - 1));
  }
  static std::uint32_t combo(std::uint64_t w) {
    return static_cast<std::uint32_t>(w & (kMaxCombos - 1));
  }
};

/// Counts of what was met and repaired while reading; reported, never silent.
struct ReadCounts {
  std::uint64_t person_rows = 0;
  std::uint64_t event_rows = 0;
  std::uint64_t rows_without_person = 0;    ///< rows whose person key is NULL: left out
  std::uint64_t events_without_people = 0;  ///< events of people missing in the people table
  std::uint64_t people_without_events = 0;
  std::uint64_t events_without_time = 0;   ///< kept, with unknown period
  std::uint64_t contradicting_people = 0;  ///< rows disagreed; reconciled by rule
};

/// An encoded people-events source. Everything in it is in canonical order: people by keyed hash,
/// dictionaries by value, events by person, day and combination. Two sources with the same content
/// encode to the same population, whatever the order of their rows.
struct Population {
  explicit Population(std::pmr::memory_resource* memory)
      : key(memory), tuple(memory), weight(memory), words(memory), first(memory) {}

  std::size_t size() const { return key.size(); }
  std::size_t width() const { return attributes.size(); }
  std::size_t event_width() const { return event_columns.size(); }
  /// Codes of person attribute `a` of distinct tuple `t`; kMissing = NULL.
  Code value(std::size_t t, std::size_t a) const { return tuples[t * attributes.size() + a]; }
  /// Code of event column `c` of combination `combo`; kMissing = NULL.
  Code event_value(std::size_t combo, std::size_t c) const {
    return combos[combo * event_columns.size() + c];
  }
  std::span<const std::uint64_t> events_of(std::uint32_t person) const {
    return {words.data() + first[person], words.data() + first[person + 1]};
  }

  // people
  std::pmr::vector<Hash128> key;          ///< person -> keyed hash, ascending
  std::pmr::vector<std::uint32_t> tuple;  ///< person -> row of `tuples`
  std::pmr::vector<float> weight;         ///< sampling weight, or empty
  std::vector<Attribute> attributes;
  std::vector<Meaning> meaning;
  std::vector<Code> tuples;  ///< distinct rows x width, ascending
  std::size_t n_tuples = 0;
  std::vector<std::pmr::vector<Code>> sensitive;  ///< per sensitive column: person -> code

  // events
  std::vector<Attribute> event_columns;  ///< nominal
  std::vector<EventPart> event_parts;
  std::vector<Code> combos;  ///< distinct rows x event width, ascending
  std::size_t n_combos = 0;
  std::vector<std::int32_t> days;         ///< ascending; kNoDay first when some time is unknown
  std::pmr::vector<std::uint64_t> words;  ///< EventWord, ascending
  std::pmr::vector<std::uint32_t> first;  ///< size()+1 offsets into words

  ReadCounts counts;
  Hash128 fingerprint;  ///< of the rows read, independent of their order
};

/// How the raw dictionary of one column is read: text (nullopt = treat as missing) and, for ordered
/// attributes, number of each raw code. Raw values with equal text become one.
struct Decoded {
  std::vector<std::optional<std::string>> labels;
  std::vector<double> values;
};

/// The event columns of rows that hold the same. The builder notes in it what it works out, so a
/// reader that hands the same kind over for many rows saves most of their cost.
struct EventKind {
  explicit EventKind(std::vector<Code> codes) : columns(std::move(codes)) {}
  std::vector<Code> columns;

 private:
  friend class PopulationBuilder;
  Code combo_ = kMissing;
  std::optional<std::uint64_t> content_;
};

/// What rows say about people, likewise.
struct PersonKind {
  PersonKind(std::vector<Code> attributes_, std::vector<Code> sensitive_)
      : attributes(std::move(attributes_)), sensitive(std::move(sensitive_)) {}
  std::vector<Code> attributes, sensitive;

 private:
  friend class PopulationBuilder;
  Code tuple_ = kMissing;
  std::optional<std::uint64_t> content_;
};

/// Encodes rows as they come from a scan. Usage: intern values through the dictionaries, hand over
/// codes row by row, then finish. Not for concurrent use.
class PopulationBuilder {
 public:
  struct Hints {
    std::uint64_t people = 0, events = 0;  ///< expected numbers: memory is reserved, not used
    bool fingerprint_only = false;         ///< keep nothing but the fingerprint and the counts
  };

  PopulationBuilder(Host& host, const Prf& secret, Schema schema, Hints hints);

  Dictionary& person_dictionary(std::size_t column) { return person_values_[column]; }
  Dictionary& sensitive_dictionary(std::size_t column) { return sensitive_values_[column]; }
  Dictionary& event_dictionary(std::size_t column) { return event_values_[column]; }

  /// The person with this key (canonical text form), added when unseen. Throws Error 54000 above
  /// EventWord::kMaxPeople people.
  std::uint32_t person(std::string_view key) { return person(hash(key)); }
  std::uint32_t person(const Hash128& hash);
  /// Likewise, but nullopt when unseen (events whose person is not in the people table).
  std::optional<std::uint32_t> known_person(std::string_view key) const {
    return known_person(hash(key));
  }
  std::optional<std::uint32_t> known_person(const Hash128& hash) const;

  /// The keyed hash of a person key. People come in any order, so looking one up misses the cache
  /// twice; a reader that holds a few dozen rows back calls fetch_slot for each, then fetch_person
  /// for each, and finds both in the cache when it looks them up.
  Hash128 hash(std::string_view key) const { return prf_.hash(key); }
  // Always inlined: gcc takes a call of a function that only fetches for one without effect.
  [[gnu::always_inline]] void fetch_slot(const Hash128& hash) const {
    __builtin_prefetch(&index_[hash.lo & (index_.size() - 1)]);
  }
  [[gnu::always_inline]] void fetch_person(const Hash128& hash) const {
    const std::size_t mask = index_.size() - 1;
    for (std::size_t i = hash.lo & mask; index_[i] != kMissing; i = (i + 1) & mask) {
      if ((index_[i] & ~kPersonMask) != tag(hash)) continue;
      const std::uint32_t person = index_[i] & kPersonMask;
      __builtin_prefetch(&keys_[person]);
      __builtin_prefetch(&tuple_[person]);
      if (person < rows_.size()) __builtin_prefetch(&rows_[person]);
      return;
    }
  }

  /// One row's attributes and sensitive values of a person; later rows may disagree.
  void describe(std::uint32_t person, PersonKind& kind, std::optional<double> weight);
  void describe(std::uint32_t person, std::span<const Code> attributes,
                std::span<const Code> sensitive, std::optional<double> weight) {
    PersonKind kind({attributes.begin(), attributes.end()}, {sensitive.begin(), sensitive.end()});
    describe(person, kind, weight);
  }
  /// One event. `day` may be kNoDay.
  void event(std::uint32_t person, std::int32_t day, EventKind& kind);
  void event(std::uint32_t person, std::int32_t day, std::span<const Code> columns) {
    EventKind kind(std::vector<Code>(columns.begin(), columns.end()));
    event(person, day, kind);
  }

  ReadCounts& counts() { return counts_; }
  /// Greatest finite day seen that is not after `today`, or kNoDay.
  std::int32_t last_day(std::int32_t today) const;

  /// Sorts everything into canonical order. `people` and `events` decode the dictionaries, in
  /// schema order. O(n log n). The builder is empty afterwards.
  Population finish(std::span<const Decoded> people, std::span<const Decoded> events);
  /// For fingerprint_only.
  Hash128 fingerprint() const { return fingerprint_; }

 private:
  struct Disagreement {
    std::uint32_t person;
    std::uint32_t tuple;
  };

  /// An element of index_ is a person in its lower bits and bits of the person's hash above them,
  /// so that a slot of somebody else is nearly always passed over without a look at the key.
  static constexpr std::uint32_t kPersonMask = (std::uint32_t{1} << EventWord::kPersonBits) - 1;
  static std::uint32_t tag(const Hash128& hash) {
    return static_cast<std::uint32_t>(hash.hi >> 32) & ~kPersonMask;
  }
  std::size_t slot_of(const Hash128& key) const;
  void grow_index();
  std::uint32_t day_code(std::int32_t day);
  Code combo_of(std::span<const Code> columns);
  std::uint64_t content_of(std::span<const Code> columns) const;
  std::uint64_t content_of(const PersonKind& kind) const;
  void add_fingerprint(const Hash128& key, std::uint64_t content);
  std::vector<std::uint32_t> sort_people(Population& out);
  void finish_people(Population& out, std::span<const Decoded> decoded,
                     std::span<const std::uint32_t> rank);
  void finish_events(Population& out, std::span<const Decoded> decoded,
                     std::span<const std::uint32_t> rank);
  void reconcile(std::vector<Code>& tuples, std::size_t& n_tuples);

  Host& host_;
  Prf prf_;
  Schema schema_;
  bool fingerprint_only_;

  std::vector<Dictionary> person_values_, sensitive_values_, event_values_;
  Dictionary tuple_ids_, combo_ids_;

  std::pmr::vector<Hash128> keys_;
  std::pmr::vector<std::uint32_t> index_;  // open addressing over keys_; kMissing = free
  std::pmr::vector<std::uint32_t> tuple_;  // kMissing: not described yet
  std::pmr::vector<std::uint32_t> rows_;   // describing rows of a person, when more than one came
  std::pmr::vector<float> weight_;
  std::vector<std::pmr::vector<Code>> sensitive_;
  std::pmr::vector<Disagreement> disagreements_;

  std::pmr::vector<std::uint64_t> words_;
  std::vector<std::int32_t> days_;  // code -> day, in order of arrival
  std::pmr::vector<std::uint32_t> day_slots_;

  std::uint64_t day_factor_;  // of the day in the content of an event

  ReadCounts counts_;
  Hash128 fingerprint_;
};

}  // namespace pt::model
