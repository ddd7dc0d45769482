// The rows of a release: read from the tables of a run, put into the order of their keyed ids and
// written into the tables of a new version in one pass.
#pragma once

#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "pg/crypto.hpp"
#include "pg/release_columns.hpp"
#include "pg/release_run.hpp"
#include "pg/release_values.hpp"
#include "pg/version_tables.hpp"

extern "C" {
#include "storage/itemptr.h"
}

namespace pt::pg {

/// What publication has written.
struct WrittenRows {
  std::uint64_t personas = 0;
  std::uint64_t events = 0;         ///< rows
  std::uint64_t source_events = 0;  ///< sum of weights
  std::uint64_t people = 0;         ///< sum of merged_from
  std::string personas_sha256;
  std::string events_sha256;
};

/// What the rows of one persona add to WrittenRows.
struct PersonaSums {
  Digest personas{};             ///< SHA-256 of its row
  std::optional<Digest> events;  ///< of the rows of its events; nothing: there are none
  std::int32_t people = 0;
  std::int64_t event_rows = 0, source_events = 0;
};

/// The published id of the persona with this key, as stored in run_<id>_persona: a keyed hash under
/// the release's name.
[[nodiscard]] Uuid published_persona_id(const Secret& secret, std::string_view schema,
                                        std::string_view name, std::string_view seed,
                                        std::string_view key);

/// The content of a release. Made, asked for its columns and written as owner of the catalog, under
/// StableText.
class ReleaseRows {
 public:
  /// `release` is schema and name, the part of every keyed id that differs between releases.
  ReleaseRows(Host& host, const Secret& secret, StoredRun& run, std::string_view schema,
              std::string_view name);

  [[nodiscard]] const std::vector<PublishedColumn>& personas() const noexcept { return personas_; }
  [[nodiscard]] const std::vector<PublishedColumn>& events() const noexcept { return events_; }

  /// Published ids of classes, by class_no of the run.
  [[nodiscard]] const std::map<std::int32_t, Uuid>& class_ids() const noexcept {
    return class_ids_;
  }

  /// Writes the tables of personas and events, which have these columns, and their digests:
  /// personas in the order of persona_id, the events of each in the order of period (unknown last)
  /// and row text. O(rows log(rows of a persona)).
  [[nodiscard]] WrittenRows write(const VersionTables& tables);
  /// Turns the rows of the version before, which the tables hold, into those of this one: rows of
  /// personas that are `same` (by number in the run from 0) stay, others go, new ones come behind
  /// them, or where there is room, in the same order. The rows are those that write() would give,
  /// their order is not. XX000 when a persona that is the same has no digest there. O(personas +
  /// rows that change), and one scan of the tables.
  [[nodiscard]] WrittenRows exchange(const VersionTables& tables, const std::vector<bool>& same);

 private:
  friend class RowsWriter;
  struct Persona {
    Uuid id;
    Uuid class_id;
    ItemPointerData place;
    std::int32_t number;
  };
  void load_personas(const Secret& secret, std::string_view schema, std::string_view name);
  WrittenRows write_rows(const VersionTables& tables,
                         const std::map<Uuid, PersonaSums>& written_before);

  Host& host_;
  StoredRun& run_;
  EventValues values_;
  std::vector<ValueMap> attributes_;  // by person column
  std::map<std::int32_t, Uuid> class_ids_;
  std::pmr::vector<Persona> order_;
  bool with_sampling_weight_ = false;
  std::vector<PublishedColumn> personas_;
  std::vector<PublishedColumn> events_;
};

/// Begins a query that turns rows into text: sets what their text depends on for the transaction,
/// in the common table expression "settings" (one row), before the first row is read.
extern const char* const kRowTextSettings;

/// The query (one row, one text) that recomputes a checksum from a view given as an SQL name.
[[nodiscard]] std::string personas_checksum_sql(const std::string& view);
[[nodiscard]] std::string events_checksum_sql(const std::string& view);

}  // namespace pt::pg
