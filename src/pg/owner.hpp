// Who may do what with the catalog: it belongs to the owner of the extension and is reached by
// nobody else, so a function first checks that the caller owns the source and then switches to the
// catalog's owner for its statement.
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "pg/boundary.hpp"

namespace pt::pg {

/// The role that owns the catalog (table personatwin.run). 55000 when the extension is not
/// installed in this database.
[[nodiscard]] Oid catalog_owner();

/// While it lives the current user is the catalog's owner, restricted as in maintenance commands
/// (no SET ROLE, no temporary objects), and search_path is "pg_catalog, pg_temp", so that nothing
/// of the caller's can be looked up. Ends with the scope; after an error the abort of the
/// (sub)transaction would do the same. Nests.
class OwnerScope {
 public:
  OwnerScope();
  OwnerScope(const OwnerScope&) = delete;
  OwnerScope& operator=(const OwnerScope&) = delete;
  ~OwnerScope();

 private:
  Oid user_ = InvalidOid;
  int security_ = 0;
  int settings_ = 0;  // nest level of the settings to return to
};

/// 25006 in a read-only transaction and 25000 in a parallel worker: `what`, such as
/// "pt_drop_release()", writes to the catalog.
void refuse_read_only(const char* what);

/// Calls f as the catalog's owner and returns its result. Never run expressions, functions, views
/// or other code of the caller inside.
template <class F>
std::invoke_result_t<F> run_as_extension_owner(F&& f) {
  OwnerScope const scope;
  return std::forward<F>(f)();
}

/// Whether the current user owns the relation, directly or by membership in the owning role;
/// superusers own everything. False when there is no such relation.
[[nodiscard]] bool owns_relation(Oid relation);

/// 42501 with a hint unless owns_relation(); 42P01 when the relation does not exist.
void require_source_owner(Oid relation);

/// Name of the current user.
[[nodiscard]] std::string current_user_name();

}  // namespace pt::pg
