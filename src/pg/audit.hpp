// The audit: what was done with sources, runs and releases (sql/56-audit.sql).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "pg/boundary.hpp"

namespace pt::pg {

struct Finished;

/// One row of personatwin.audit; time and roles are filled in.
struct AuditEntry {
  explicit AuditEntry(std::string what, Oid of = InvalidOid)
      : action(std::move(what)), source(of) {}
  std::string action;  ///< words such as "publish"
  Oid source;
  std::string source_name;  ///< needed only when the source may be gone; else looked up
  std::optional<std::int64_t> run;
  std::optional<std::string> release;  ///< schema.name
  std::optional<std::int32_t> version;
  std::string parameters = "{}";  ///< JSON object: what was asked for
  std::string result = "{}";      ///< JSON object: what was decided
};

/// Appends a row in the current transaction. To be called as the user who acts (not inside
/// run_as_extension_owner), after what it records has succeeded.
void audit(const AuditEntry& entry);

/// Records a stored run with its options and what it reached.
void audit_run(const Finished& run);

}  // namespace pt::pg
