// What pt_anonymize_table does with each column of its source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/group/recode.hpp"
#include "pg/boundary.hpp"
#include "pg/describe.hpp"

namespace pt::pg {

struct AnonymizeOptions {
  Oid source = InvalidOid;
  std::string target;  ///< name, or schema.name, as in SQL
  group::RecodeOptions recode;
  /// Nothing: by the roles of the columns, detected and recorded if the source has none.
  std::optional<std::vector<std::string>> quasi_identifiers;
  std::vector<std::string> keep;  ///< further columns to release as they are
  std::string person_key;         ///< empty: the column labelled person, if any
  bool allow_row_security = false;
};

/// The source's columns by what becomes of them, each list in the order of the source.
struct AnonymizePlan {
  Relation source;
  std::vector<const Column*> released;  ///< quasi-identifiers and kept columns
  std::vector<const Column*> quasi_identifiers;
  std::vector<const Column*> kept;
  const Column* person = nullptr;     ///< people are counted by it; never released
  std::vector<std::string> left_out;  ///< for the message
};

/// A relation with the roles that its labels give; nothing is detected.
[[nodiscard]] Relation labelled_relation(Oid oid);

/// The column that tells people apart: the named one (42703 if there is none), or with an empty
/// name the one with the role person, if any.
[[nodiscard]] const Column* find_person(const Relation& source, const std::string& person_key);

/// Every name is a column of the source (42703), once (42701), and its role does not tell who a
/// person is (22023). `what` is the argument that names them.
void check_names(const Relation& source, const std::vector<std::string>& names, const char* what);

/// Decides by the options and the labels. Fails closed: only quasi-identifiers (recoded), columns
/// in `keep`, and columns with a role outcome, detail (but no free text), event type or sensitive
/// are released. With quasi-identifiers given, nothing is detected and only labels already set
/// count. Errors: 42703 for a column that does not exist; 42701 for one given twice; 22023 for no
/// quasi-identifier at all, or for releasing a column whose label says it tells who a person is.
void plan_columns(const AnonymizeOptions& options, AnonymizePlan& plan);

}  // namespace pt::pg
