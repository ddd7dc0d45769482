// Any table read as the caller into codes and distinct tuples, people counted once: what the risk
// functions for plain tables compute on.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "core/group/recode_tuples.hpp"
#include "core/host.hpp"
#include "core/model/code.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

struct CodedOptions {
  Oid source = InvalidOid;
  /// Nothing: the columns with the role quasi-identifier, by labels or detected (never recorded).
  std::optional<std::vector<std::string>> quasi_identifiers;
  const char* argument = "quasi_identifiers";  ///< that names them, for errors
  std::string person_key;                      ///< empty: the column labelled person, if any
  std::string weight;                          ///< column of sampling weights; empty: none
  std::string household;                       ///< column that tells households apart; empty: none
  bool allow_row_security = false;
  bool keep_rows = false;  ///< CodedTable::person_of_row and tuples.tuple_of_row are wanted
};

/// A quasi-identifier: its name and the texts of its values by code, sorted.
struct CodedColumn {
  std::string name;
  std::vector<std::string> labels;
};

/// The people of a table. Codes, tuples and their order depend on the values alone.
struct CodedTable {
  explicit CodedTable(std::pmr::memory_resource* memory)
      : tuples(memory),
        tuple_of_person(memory),
        weight(memory),
        household(memory),
        key(memory),
        person_of_row(memory) {}

  std::string sql_name;
  std::vector<CodedColumn> columns;  ///< in the order of the source, or as they were named
  std::uint64_t rows = 0;
  std::uint64_t rows_without_person = 0;            ///< counted for nobody
  group::TupleTable tuples;                         ///< tuple_of_row is empty unless kept
  std::pmr::vector<std::uint32_t> tuple_of_person;  ///< each person in the first of its tuples
  std::pmr::vector<double> weight;                  ///< by person; empty without weights
  std::pmr::vector<model::Code> household;  ///< by person, kMissing = of its own; empty: none
  std::pmr::vector<model::Code> key;        ///< by person: code of key_labels; empty without a key
  std::vector<std::string> key_labels;
  std::pmr::vector<model::Code> person_of_row;  ///< code of key_labels, kMissing; empty unless kept

  [[nodiscard]] std::size_t people() const { return tuple_of_person.size(); }
  [[nodiscard]] std::vector<std::string> names() const;
  /// Sum of the weights; 0 without.
  [[nodiscard]] double weights() const;
};

/// Reads the table. Values are equal when their texts are (numbers: when they are equal numbers);
/// NULL is a value of its own. Several rows of a person count once, in the first of their tuples.
/// Errors: 42P01, 42809, 42501 (also for hidden rows), 42703, 42701 for a column given twice, 22023
/// without any quasi-identifier, 42804 for weights that are no numbers, 22000 for weights that are
/// NULL, not finite or not positive, or that differ between rows of a person (households likewise).
[[nodiscard]] CodedTable read_coded_table(const CodedOptions& options, Host& host);

/// Elements of a text[] argument: nothing when it is NULL; 22004 when it holds one.
[[nodiscard]] std::optional<std::vector<std::string>> optional_names(FunctionCallInfo fcinfo,
                                                                     int at, const char* what);

}  // namespace pt::pg
