#include "pg/release_views.hpp"

#include <algorithm>
#include <chrono>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/guc.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "common/hashfn.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

constexpr std::string_view kNameTooLong = "42622";
constexpr std::string_view kReservedName = "42939";
constexpr std::string_view kDependentObjects = "2BP01";
constexpr std::string_view kSerializationFailure = "40001";

/// May the current user create in the schema? May ereport.
bool may_create_in(Oid schema) {
  return compat_schema_aclcheck(schema, GetUserId(), ACL_CREATE) == ACLCHECK_OK;
}

bool is_reserved(const std::string& schema) {
  return schema == "personatwin" || schema == "information_schema" || schema.starts_with("pg_");
}

/// Waits for one view at most `timeout` ms (0: without end).
void wait_for_view(Oid view, int timeout) {
  try {
    guarded([view, timeout] {
      int const level = NewGUCNestLevel();
      char text[16];
      snprintf(text, sizeof text, "%d", timeout);
      set_config_option("lock_timeout", text, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                        false);
      LockRelationOid(view, AccessExclusiveLock);
      AtEOXact_GUC(true, level);
    });
  } catch (const PgError& error) {
    if (error.edata->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE) throw;
    throw Error(sqlstate::kLockNotAvailable,
                "readers hold " + relation_name(view) + " for longer than personatwin.swap_timeout",
                "The version in service stays as it was.",
                "Try again when the transactions that read it have ended, or raise the setting.");
  }
}

std::string column_list(const std::vector<PublishedColumn>& columns) {
  std::string list;
  for (const PublishedColumn& column : columns) {
    if (!list.empty()) list += ", ";
    list += quote_identifier(column.name);
  }
  return list;
}

/// Can CREATE OR REPLACE VIEW turn `view` into one over `table`? It may only add columns at the
/// end.
bool columns_fit(Spi& spi, Oid view, const std::string& table) {
  return !spi.value(
      "SELECT 1 FROM pg_attribute o LEFT JOIN pg_attribute n "
      "ON n.attrelid = $2::regclass AND n.attnum = o.attnum AND n.attname = o.attname "
      "AND n.atttypid = o.atttypid AND n.atttypmod = o.atttypmod "
      "AND n.attcollation = o.attcollation "
      "WHERE o.attrelid = $1 AND o.attnum > 0 AND NOT o.attisdropped "
      "AND n.attnum IS NULL LIMIT 1",
      Params{}.oid(view).text(table), Spi::ReadOnly::no);
}

/// GRANT statements that give a new view what the old one had; a column that is gone is left out.
std::vector<std::string> grants_of(Spi& spi, Oid view, const std::string& view_sql,
                                   const std::vector<PublishedColumn>& columns) {
  std::vector<std::string> statements;
  spi.query(
      "SELECT g.privilege_type, g.grantee, g.is_grantable, NULL::text "
      "FROM pg_class c, aclexplode(c.relacl) g WHERE c.oid = $1 AND g.grantee <> c.relowner "
      "UNION ALL SELECT g.privilege_type, g.grantee, g.is_grantable, a.attname::text "
      "FROM pg_attribute a, aclexplode(a.attacl) g WHERE a.attrelid = $1 AND NOT a.attisdropped",
      Params{}.oid(view), Spi::ReadOnly::no, [&](const Row& row) {
        std::string what = row.text(0);
        if (!row.is_null(3)) {
          std::string const column = row.text(3);
          if (std::none_of(columns.begin(), columns.end(),
                           [&](const PublishedColumn& c) { return c.name == column; }))
            return;
          what += " (" + quote_identifier(column) + ")";
        }
        Oid const grantee = row.oid(1);
        char* const role = OidIsValid(grantee)
                               ? guarded([grantee] { return GetUserNameFromId(grantee, false); })
                               : nullptr;
        statements.push_back("GRANT " + what + " ON " + view_sql + " TO " +
                             (role == nullptr ? "PUBLIC" : quote_identifier(role)) +
                             (row.boolean(2) ? " WITH GRANT OPTION" : ""));
      });
  return statements;
}

std::string dependents_of(Spi& spi, Oid view) {
  auto const names = spi.value(
      "SELECT string_agg(DISTINCT pg_describe_object('pg_class'::regclass, r.ev_class, 0), E'\\n') "
      "FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid "
      "WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass "
      "AND d.refobjid = $1 AND r.ev_class <> $1",
      Params{}.oid(view), Spi::ReadOnly::no);
  return names.value_or("");
}

}  // namespace

std::string ReleaseName::view_sql(std::size_t part) const {
  return qualified_name(schema, view(part));
}

std::string ReleaseName::text() const { return qualified_name(schema, name); }

void check_name(const ReleaseName& name) {
  if (name.name.empty() || name.schema.empty())
    throw invalid_parameter("schema and name of a release must not be empty");
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    if (name.view(part).size() < NAMEDATALEN && name.schema.size() < NAMEDATALEN) continue;
    throw Error(kNameTooLong, "name of the release is too long: " + name.text(),
                "The views are called after it and names have at most " +
                    std::to_string(NAMEDATALEN - 1) + " bytes.",
                "Give a shorter one with name => '...'.");
  }
}

Oid ensure_schema(const std::string& schema) {
  if (is_reserved(schema))
    throw Error(kReservedName, "schema " + quote_identifier(schema) + " can't hold a release", {},
                "Name a schema of its own, such as safe.");
  auto const find = [&schema] {
    return guarded([&schema] { return get_namespace_oid(schema.c_str(), true); });
  };
  Oid oid = find();
  if (!OidIsValid(oid)) {
    Spi spi;
    spi.execute("CREATE SCHEMA " + quote_identifier(schema));
    oid = find();
  }
  if (!guarded([oid] { return may_create_in(oid); }))
    throw insufficient_privilege("permission denied for schema " + quote_identifier(schema),
                                 "Publication makes views in it.",
                                 "Its owner can GRANT CREATE ON SCHEMA " +
                                     quote_identifier(schema) + " TO " +
                                     quote_identifier(current_user_name()) + ".");
  // Nobody drops or renames it until the end of the transaction.
  guarded([oid] { LockDatabaseObject(NamespaceRelationId, oid, 0, AccessShareLock); });
  return oid;
}

void require_views_in(const ReleaseName& name, Oid schema, std::int64_t release_id) {
  std::vector<Oid> const ours = views_of(release_id);
  bool same = guarded([&] { return get_namespace_oid(name.schema.c_str(), true); }) == schema;
  for (std::size_t part = 0; same && part < kParts.size(); ++part) {
    Oid const view =
        guarded([&, view = name.view(part)] { return get_relname_relid(view.c_str(), schema); });
    same = std::find(ours.begin(), ours.end(), view) != ours.end();
  }
  if (!same)
    throw Error(kSerializationFailure,
                "schema " + quote_identifier(name.schema) +
                    " was renamed or replaced while a release was published into it",
                "Nothing was published.", "Publish again.");
}

void lock_release_name(const ReleaseName& name) {
  std::string const key = name.schema + '.' + name.name;
  guarded([&key] {
    Oid const table = get_relname_relid("release", get_namespace_oid("personatwin", false));
    std::uint32_t const hash =
        hash_bytes(static_cast<const unsigned char*>(static_cast<const void*>(key.data())),
                   static_cast<int>(key.size()));
    LockDatabaseObject(table, hash, 0, ExclusiveLock);
  });
}

std::string version_table(std::int64_t release_id, std::int32_t tables, std::size_t part) {
  return "personatwin.release_" + std::to_string(release_id) + "_v" + std::to_string(tables) + "_" +
         kParts[part];
}

std::vector<Oid> views_of(std::int64_t release_id) {
  std::vector<Oid> views;
  Spi spi;
  spi.query(
      "SELECT DISTINCT v.oid FROM pg_class t JOIN pg_depend d "
      "ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid "
      "AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite r ON r.oid = d.objid "
      "JOIN pg_class v ON v.oid = r.ev_class "
      "WHERE t.relnamespace = 'personatwin'::regnamespace AND t.relname ~ $1 AND v.relkind = 'v' "
      "AND right(v.relname, 1 + length(substring(t.relname FROM '[a-z]+$'))) = '_' || "
      "substring(t.relname FROM '[a-z]+$') ORDER BY v.oid",
      Params{}.text("^release_" + std::to_string(release_id) + "_v[0-9]+_" + kPartsPattern + "$"),
      Spi::ReadOnly::no, [&](const Row& row) { views.push_back(row.oid(0)); });
  return views;
}

std::array<Oid, kParts.size()> find_views(const ReleaseName& name, std::int64_t release_id) {
  std::vector<Oid> const ours = views_of(release_id);
  std::array<Oid, kParts.size()> views{};
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    Spi spi;
    spi.query(
        "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = $1 AND c.relname = $2",
        Params{}.text(name.schema).text(name.view(part)), Spi::ReadOnly::no,
        [&](const Row& row) { views[part] = row.oid(0); });
    if (!OidIsValid(views[part]) || std::find(ours.begin(), ours.end(), views[part]) != ours.end())
      continue;
    throw Error(sqlstate::kDuplicateTable,
                "relation " + name.view_sql(part) + " exists and is not a view of this release", {},
                "Publish under another name with name => '...', or into another schema.");
  }
  return views;
}

void lock_views(std::span<const Oid> views) {
  using Clock = std::chrono::steady_clock;
  int const timeout = swap_timeout_ms();
  auto const deadline = Clock::now() + std::chrono::milliseconds(timeout);
  std::size_t waited_for = views.size();  // held already, after a wait
  for (;;) {
    std::vector<bool> held(views.size());
    std::size_t busy = views.size();
    for (std::size_t i = 0; i < views.size() && busy == views.size(); ++i) {
      if (!OidIsValid(views[i])) continue;
      held[i] = i == waited_for || guarded([view = views[i]] {
                  return ConditionalLockRelationOid(view, AccessExclusiveLock);
                });
      if (!held[i]) busy = i;
    }
    if (busy == views.size()) return;
    if (waited_for < views.size()) held[waited_for] = true;
    for (std::size_t i = 0; i < views.size(); ++i)
      if (held[i]) guarded([view = views[i]] { UnlockRelationOid(view, AccessExclusiveLock); });
    auto const left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    wait_for_view(views[busy], timeout == 0 ? 0 : static_cast<int>(std::max<long>(left, 1)));
    waited_for = busy;
  }
}

void replace_view(const ReleaseName& name, std::size_t part, Oid existing, const std::string& table,
                  const std::vector<PublishedColumn>& columns, const std::string& owner) {
  std::string const view = name.view_sql(part);
  std::string const body = " AS SELECT " + column_list(columns) + " FROM " + table;
  Spi spi;
  std::string view_owner = owner;
  if (OidIsValid(existing)) {
    auto const present = spi.value("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = $1",
                                   Params{}.oid(existing), Spi::ReadOnly::no);
    if (!present)
      throw Error(kSerializationFailure, "view " + view + " was dropped by another session", {},
                  "Publish again.");
    view_owner = *present;
  }
  spi.execute("GRANT SELECT ON " + table + " TO " + quote_identifier(view_owner));
  if (OidIsValid(existing) && columns_fit(spi, existing, table)) {
    spi.execute("CREATE OR REPLACE VIEW " + view + body);
  } else {
    std::vector<std::string> grants;
    if (OidIsValid(existing)) {
      std::string const dependents = dependents_of(spi, existing);
      if (!dependents.empty())
        throw Error(
            kDependentObjects, "the columns of " + view + " change and other objects depend on it",
            dependents,
            "Drop these first and make them again afterwards, or publish under another name.");
      grants = grants_of(spi, existing, view, columns);
      spi.execute("DROP VIEW " + view);
    }
    spi.execute("CREATE VIEW " + view + body);
    spi.execute("ALTER VIEW " + view + " OWNER TO " + quote_identifier(view_owner));
    for (const std::string& grant : grants) spi.execute(grant);
  }
  for (const PublishedColumn& column : columns)
    spi.execute("COMMENT ON COLUMN " + view + "." + quote_identifier(column.name) + " IS " +
                quote_literal(column.comment));
}

Oid reader_role(const std::string& reader) {
  return guarded([&reader] { return get_role_oid(reader.c_str(), false); });
}

void grant_schema(const std::string& schema, const std::string& reader) {
  auto const usable = [&](Spi& spi) {
    return spi.value("SELECT 1 WHERE pg_catalog.has_schema_privilege($1::name, $2, 'USAGE')",
                     Params{}.text(reader).text(schema), Spi::ReadOnly::no);
  };
  Spi spi;
  if (usable(spi)) return;
  spi.execute("GRANT USAGE ON SCHEMA " + quote_identifier(schema) + " TO " +
              quote_identifier(reader));
  if (usable(spi)) return;
  throw insufficient_privilege(
      "role " + quote_identifier(reader) + " can't be given schema " + quote_identifier(schema),
      "Only its owner may grant USAGE on it.",
      "Ask the owner for GRANT USAGE ON SCHEMA " + quote_identifier(schema) + " TO " +
          quote_identifier(reader) + ".");
}

void grant_views(const ReleaseName& name, const std::string& reader) {
  Spi spi;
  for (std::size_t part = 0; part < kParts.size(); ++part)
    spi.execute("GRANT SELECT ON " + name.view_sql(part) + " TO " + quote_identifier(reader));
}

}  // namespace pt::pg
