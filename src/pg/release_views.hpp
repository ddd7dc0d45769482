// The views of a release: their names, whether they are ours, waiting for their readers, and the
// switch to a new version.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pg/release_columns.hpp"

namespace pt::pg {

/// The views of a release, in this order everywhere.
inline constexpr std::array<const char*, 5> kParts{"personas", "events", "about", "groups",
                                                   "intervals"};
inline constexpr std::size_t kPersonas = 0, kEvents = 1, kAbout = 2, kGroups = 3, kIntervals = 4;
/// The same as part of a regular expression.
inline constexpr const char* kPartsPattern = "(personas|events|about|groups|intervals)";

/// Schema and name of a release.
struct ReleaseName {
  std::string schema;
  std::string name;
  [[nodiscard]] std::string view(std::size_t part) const { return name + "_" + kParts[part]; }
  /// The same as an SQL name.
  [[nodiscard]] std::string view_sql(std::size_t part) const;
  [[nodiscard]] std::string text() const;  ///< schema.name, quoted as needed
};

/// 42622 when a view's name would be longer than PostgreSQL keeps, 22023 for an empty one.
void check_name(const ReleaseName& name);

/// Makes the schema if it is missing, as the current user, and returns its OID; nobody can drop or
/// rename it until the end of the transaction. 42501 without the right to create in it, 42939 for
/// the schemas of the system and of the catalog.
[[nodiscard]] Oid ensure_schema(const std::string& schema);

/// 40001 unless the views of a release stand in the schema that ensure_schema() found, which still
/// has its name: views are made by name, with the rights of the
/// catalog's owner.
void require_views_in(const ReleaseName& name, Oid schema, std::int64_t release_id);

/// Serialises publications and drops of one release until the end of the transaction.
void lock_release_name(const ReleaseName& name);

/// Name of a table of a release, in schema personatwin, as an SQL name. `tables`: the version that
/// they were made for; later ones may have taken them over (personatwin.release_version.tables).
[[nodiscard]] std::string version_table(std::int64_t release_id, std::int32_t tables,
                                        std::size_t part);

/// The views of a release, found by what they read and how their names end, whatever schema they
/// are in now. As owner of the catalog.
[[nodiscard]] std::vector<Oid> views_of(std::int64_t release_id);

/// OIDs of the views, InvalidOid where there is none. 42P07 when a relation of that name exists
/// that is not a view of release `release_id` (0: there is no such release yet). As owner of the
/// catalog.
[[nodiscard]] std::array<Oid, kParts.size()> find_views(const ReleaseName& name,
                                                        std::int64_t release_id);

/// Takes AccessExclusiveLock on all of them (InvalidOid: none). Never waits for one while it holds
/// another, so that no reader's deadlock can come from it. 55P03 after personatwin.swap_timeout.
void lock_views(std::span<const Oid> views);

/// Makes the view or switches it to `table`. A new view belongs to `owner`; an existing one keeps
/// owner and grants. When the columns do not fit it is dropped and made anew with its grants,
/// unless something depends on it (2BP01). As owner of the catalog.
void replace_view(const ReleaseName& name, std::size_t part, Oid existing, const std::string& table,
                  const std::vector<PublishedColumn>& columns, const std::string& owner);

/// Role of the reader, 42704 when there is none. As any user.
[[nodiscard]] Oid reader_role(const std::string& reader);

/// USAGE on the schema as the current user; 42501 when it cannot be given.
void grant_schema(const std::string& schema, const std::string& reader);

/// SELECT on the views. As owner of the catalog.
void grant_views(const ReleaseName& name, const std::string& reader);

}  // namespace pt::pg
