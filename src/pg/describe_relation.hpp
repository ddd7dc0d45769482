// Columns and statistics of one relation, for describe. Internal to src/pg/describe*.cpp.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/host.hpp"
#include "core/model/detect_profile.hpp"
#include "core/model/domain.hpp"
#include "pg/describe.hpp"

namespace pt::pg {

/// Locks a relation against removal (ACCESS SHARE, to the end of the transaction) and lists its
/// columns, without roles. 42P01 when it is gone, 42809 unless it is a table, view, materialized
/// view, foreign or partitioned table.
[[nodiscard]] Relation load_relation(Oid oid);

[[nodiscard]] model::TypeClass class_of(Oid type);

/// An SQL expression for the text of a column, NULL for NULL. Casts of user-defined types are code
/// of whoever defined them and are not run: such values go through their output function.
[[nodiscard]] std::string text_expression(const Column& column);

/// Names and classes of the columns, as detection wants them.
[[nodiscard]] std::vector<std::pair<std::string, model::TypeClass>> named_classes(
    const Relation& relation);

/// A profile with the names and types alone, as if the relation were empty.
[[nodiscard]] model::RelationProfile profile_names(const Relation& relation);

/// Statistics of the relation's rows, read as the caller. Relations with more values than a bound
/// are sampled: all rows of a fixed pseudo-random part of the people; if `person` is unknown, of
/// the rows.
[[nodiscard]] model::RelationProfile profile_rows(Host& host, const Relation& relation,
                                                  std::optional<std::size_t> person);

/// Spellings of a column with their numbers of rows, of at most 500 distinct ones, from a part of
/// a large relation.
[[nodiscard]] std::vector<model::CountedTerm> count_terms(const Relation& relation,
                                                          const Column& column);

/// The one-column foreign keys of a relation: column name, target relation, target column name.
struct ForeignKey {
  std::string column;
  Oid target = InvalidOid;
  std::string target_column;
};
[[nodiscard]] std::vector<ForeignKey> foreign_keys(const Relation& relation);

}  // namespace pt::pg
