#include "pg/owner.hpp"

#include "core/error.hpp"
#include "pg/datum.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace pt::pg {
namespace {

/// Owner of a relation, InvalidOid if it does not exist. May ereport.
Oid owner_of(Oid relation) {
  HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  Oid const owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  return owner;
}

/// What names mean, and how queries show them.
void settle_names() {
  set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                    GUC_ACTION_SAVE, true, 0, false);
  if (quote_all_identifiers)
    set_config_option("quote_all_identifiers", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
                      true, 0, false);
}

}  // namespace

Oid catalog_owner() {
  Oid const owner = guarded([] {
    Oid const schema = get_namespace_oid("personatwin", true);
    Oid const run = OidIsValid(schema) ? get_relname_relid("run", schema) : InvalidOid;
    return OidIsValid(run) ? owner_of(run) : InvalidOid;
  });
  if (!OidIsValid(owner))
    throw wrong_state("the catalog of personatwin is not in this database", {},
                      "Use CREATE EXTENSION personatwin.");
  return owner;
}

OwnerScope::OwnerScope() {
  Oid const owner = catalog_owner();
  GetUserIdAndSecContext(&user_, &security_);
  SetUserIdAndSecContext(owner,
                         security_ | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
  try {
    settings_ = guarded([] { return NewGUCNestLevel(); });
    guarded([] { settle_names(); });
  } catch (...) {
    SetUserIdAndSecContext(user_, security_);  // the settings go with the abort that must follow
    throw;
  }
}

OwnerScope::~OwnerScope() {
  int const level = settings_;
  try {
    guarded([level] { AtEOXact_GUC(true, level); });
  } catch (...) {  // NOLINT(bugprone-empty-catch): only memory can fail here; the end of the
                   // transaction restores them
  }
  SetUserIdAndSecContext(user_, security_);
}

void refuse_read_only(const char* what) {
  guarded([what] {
    PreventCommandIfReadOnly(what);
    PreventCommandIfParallelMode(what);
  });
}

bool owns_relation(Oid relation) {
  return guarded([relation] {
    Oid const owner = owner_of(relation);
    return OidIsValid(owner) && has_privs_of_role(GetUserId(), owner);
  });
}

void require_source_owner(Oid relation) {
  std::string const name = relation_name(relation);
  if (owns_relation(relation)) return;
  throw insufficient_privilege(
      "must be owner of " + name, "Runs and releases of a source belong to its owner.",
      "Ask the owner, or a member of the owning role, to do it. Superusers may as well.");
}

std::string current_user_name() {
  char* const name = guarded([] { return GetUserNameFromId(GetUserId(), false); });
  std::string result(name);
  pfree(name);
  return result;
}

}  // namespace pt::pg
