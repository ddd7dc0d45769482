// A stored run as publication sees it, and the columns that its release has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/period.hpp"
#include "pg/boundary.hpp"
#include "pg/known_rows.hpp"

namespace pt::pg {

/// What an event column of a run is in the release.
enum class EventRole : std::uint8_t { event_type, outcome, location, detail };

struct EventColumn {
  std::string name;  ///< in the source
  EventRole role = EventRole::detail;
  Oid type = InvalidOid;  ///< text unless its values are the source's own
};

struct PersonColumn {
  std::string name;
  Oid type = InvalidOid;
};

/// A row of personatwin.run.
struct StoredRun {
  std::int64_t id = 0;
  Oid source = InvalidOid;
  Oid people = InvalidOid;  ///< InvalidOid: none
  std::string attacker;
  double target_risk = 0;
  double individual_limit = 0;
  std::string fingerprint;
  std::optional<KnownRows> known_rows;  ///< what the run has read, unless it can only be read again
  std::optional<std::int64_t> released;
  std::optional<double> average_risk;
  std::optional<double> maximum_risk;
  bool target_met = false;
  std::string status;
  model::Period period = model::Period::none;
  std::string seed;           ///< as text; never shown
  std::int32_t min_size = 5;  ///< least number of people in a persona that the run was asked for
  std::string person_key;     ///< empty: found by describe
  std::string domain;         ///< empty: none
  std::string as_of;          ///< day that ages refer to, ISO; empty: unknown
  bool allow_row_security = false;
  std::optional<std::string> profile;  ///< that the run was made under
  bool tables_only = false;            ///< no events and no counts of them (set by publication)
  bool counts_alone = false;           ///< its tables of people were made without regard to events
  bool no_counts = false;         ///< no counts of people beside the sizes of personas (likewise)
  bool counts_elsewhere = false;  ///< because another run of these people shows others (likewise)
  std::vector<EventColumn> event_columns;
  std::vector<PersonColumn> person_columns;

  /// Name of one of its tables, schema-qualified: "persona", "combo" or "member".
  [[nodiscard]] std::string table(const char* part) const;
};

/// The named run of `source`, or the newest one that the current user made; its row stays locked
/// against removal until the end of the transaction. 55000 with a hint when there is none, or when
/// its tables are gone. The caller has checked that the source is the current user's.
[[nodiscard]] StoredRun load_run(Oid source, std::optional<std::int64_t> run_id);

/// XX000: what is stored of the run can't be.
[[noreturn]] void broken_run(const StoredRun& run, const std::string& what);

}  // namespace pt::pg
