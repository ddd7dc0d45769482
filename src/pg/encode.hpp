// From tables to codes: which columns of a described source are read, one scan of it (two with a
// table of people) as the caller, and the population that the core works on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "pg/crypto.hpp"
#include "pg/describe.hpp"
#include "pg/known_rows.hpp"
#include "pg/plan.hpp"

namespace pt::pg {

/// A source as the caller names it.
struct SourceSpec {
  Oid source = InvalidOid;
  Oid people = InvalidOid;          ///< InvalidOid: found by describe, or none
  std::string person_key;           ///< column that tells people apart; empty: found by describe
  std::string domain;               ///< empty: recognised
  bool allow_row_security = false;  ///< false: hidden rows are an error (42501)
};

/// While it lives, reading is the same in every session: row security is an error instead of a
/// filter (unless allowed), times are in UTC, and texts of dates, intervals and floats have their
/// ISO or shortest form.
class ReadScope {
 public:
  explicit ReadScope(bool allow_row_security);
  ReadScope(const ReadScope&) = delete;
  ReadScope& operator=(const ReadScope&) = delete;
  ~ReadScope();

 private:
  int level_;
};

/// Counts of values that could not be used as they are; rows, not people. Beside
/// Population::counts.
struct Repairs {
  std::uint64_t ages_out_of_range = 0;  ///< outside 0..130 or no number: treated as missing
  std::uint64_t births_in_future = 0;   ///< after the reference date: treated as missing
  std::uint64_t unusable_numbers =
      0;  ///< NaN, infinity or text in a numeric attribute: treated as missing
  std::uint64_t unusable_weights = 0;  ///< not a positive finite number: treated as missing
  std::uint64_t unknown_to_hierarchy =
      0;                           ///< distinct values (not rows) that a hierarchy doesn't know
  std::uint64_t empty_events = 0;  ///< neither time nor any other value: no event
};

/// An encoded source.
struct Encoded {
  explicit Encoded(model::Population&& p) : population(std::move(p)) {}
  model::Population population;
  std::vector<Column> person_columns;        ///< order of Population::attributes
  std::vector<EncodedColumn> event_columns;  ///< order of Population::event_columns
  std::vector<std::string>
      geography_levels;  ///< names of the levels of geography, finest first; empty: no geography
  std::vector<std::string> skipped;  ///< described columns that are not used, each with the reason
  std::int32_t as_of = model::kNoDay;  ///< day that ages refer to
  bool has_time = false;               ///< there is an event time column
  Repairs repairs;
  std::string fingerprint;  ///< hex, see compute_fingerprint
  std::string state;        ///< see KnownRows; empty when the source is more than plain tables
};

/// Reads the source as the current user and encodes it. `as_of`: day that ages are computed at,
/// where there are birth dates; unset: the last event that is not in the future, without events
/// today. Ages above `top_age` become `top_age`. One scan a table, parallel plans allowed. Needs a
/// ReadScope. O(rows), 8 bytes an event and about 24 a person.
Encoded encode(Host& host, const Secret& secret, const Description& description,
               std::optional<std::int32_t> as_of,
               std::optional<std::int32_t> top_age = std::nullopt);

/// The fingerprint of what a run on this source would read now: 32 hex digits, a keyed hash of the
/// columns with a role that matters and of all rows, whatever their order. Equal to
/// Encoded::fingerprint while nothing changed. Reads as the current user; 42501 when row security
/// would hide rows and this is not allowed. The rows are not read again where `known` is given and
/// the tables are in the same state.
std::string compute_fingerprint(Host& host, const Secret& secret, const SourceSpec& spec,
                                const std::optional<KnownRows>& known = std::nullopt);

/// 42501 with a hint when row security hides rows of `relation` from the current user. Views are
/// left to PostgreSQL, which raises the same SQLSTATE inside a ReadScope.
void require_all_rows(Oid relation);

/// The stored hash of a person, as in Population::key, from the canonical text of its key.
model::Hash128 person_hash(Host& host, const Secret& secret, std::string_view key);

/// The generator of all that is random in a run, keyed by the secret and the seed.
model::Prf run_randomness(const Secret& secret, std::int64_t seed);

}  // namespace pt::pg
