// The security label provider "personatwin": roles of columns as labels. A column's label is
// "role" or "role: kind" (core/model/role.hpp); a relation's label is "described", followed by
// ": domain" where the domain is known, and says that the roles of its columns are complete: what
// has no role there stays out. Labels hold nothing but these words; everybody can read them.
#pragma once

#include <map>
#include <string>

#include "core/model/role.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

using model::ColumnRole;
using model::Kind;
using model::Role;

/// Registers the provider with the server; called once from _PG_init.
void register_label_provider();

/// The role of a column and where it comes from.
struct ColumnLabel {
  ColumnRole role;
  std::string provider;       ///< personatwin, or k_anonymity or pg_diffix where ours is missing
  Oid relation = InvalidOid;  ///< that holds the label: the relation itself or an ancestor
};

/// The labels of a relation.
struct RelationLabels {
  std::map<std::string, ColumnLabel> columns;  ///< by column name; columns without a role missing
  bool described = false;
  std::string domain;  ///< of "described: domain"; empty if unknown
};

/// Reads the labels of a relation. A column without a label has that of its parent (inheritance,
/// partitions). 55000 where the labels of the relation, its ancestors and its descendants differ;
/// 22023 for words this version doesn't know.
[[nodiscard]] RelationLabels read_labels(Oid relation);

/// Sets the label of a column, or removes it (Role::none). 42501 unless the caller owns the
/// relation, 42703 without such a column, 25006 in a read-only transaction.
void set_column_role(Oid relation, const std::string& column, ColumnRole role);

/// Says that the roles of a relation are complete (an empty domain: unknown). Errors as above.
void set_described(Oid relation, const std::string& domain);

/// Removes every label of ours from the relation and its columns. Errors as above.
void remove_labels(Oid relation);

}  // namespace pt::pg
