// Describe: which relations a source consists of and what each of their columns is. Roles come from
// labels (pg/labels.hpp); an undescribed source is looked at once (core/model/detect.hpp), and what
// is found is recorded as labels, so that later runs need no scan and a column added later stays
// out until it is given a role.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/role.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

using model::Kind;
using model::Role;

/// A column of a source with its role.
struct Column {
  std::string name;
  int attnum = 0;
  Oid type = InvalidOid;
  std::int32_t typmod = -1;
  Oid collation = InvalidOid;
  Role role = Role::none;
  Kind kind = Kind::none;
  double confidence = 0;    ///< 0..1; 1 for roles from labels
  std::string why;          ///< one sentence
  bool from_label = false;  ///< false: detected in this call, or without a role
};

/// A relation of a source: all its columns in order, dropped ones left out.
struct Relation {
  Oid oid = InvalidOid;
  std::string sql_name;  ///< schema-qualified and quoted, for SQL text and messages
  std::vector<Column> columns;

  /// The column with a name; nullptr if there is none.
  [[nodiscard]] const Column* find(const std::string& name) const;
  /// The first column with a role; nullptr if there is none.
  [[nodiscard]] const Column* find(Role role) const;
};

enum class Shape : std::uint8_t {
  wide,               ///< one relation of events, the person's attributes repeated in each row
  people_and_events,  ///< events with a relation of people beside them
  people_only         ///< one relation of people, no events
};

/// What a source is.
struct Description {
  Shape shape = Shape::wide;
  Relation source;                   ///< events, or people (people_only)
  std::optional<Relation> people;    ///< people_and_events only
  std::string person_column;         ///< in source; empty only with table_only
  std::string people_person_column;  ///< in people
  std::string domain;                ///< never empty; "custom" when none was given or recognised
  /// Columns of the people (or of the wide source) with kind geography, smallest area first: the
  /// first is the quasi-identifier, the others are the levels above it.
  std::vector<std::string> geography_levels;
  /// Columns without a role, which stay out: "events.column" where there are two relations.
  std::vector<std::string> unlabelled;
  /// Labels set in this call: "column = role: kind".
  std::vector<std::string> recorded;
};

struct DescribeOptions {
  Oid source = InvalidOid;
  Oid people = InvalidOid;  ///< InvalidOid: the target of a foreign key on the person, else none
  std::string person_key;   ///< name of the person column in both relations; empty: to be found
  std::string domain;       ///< empty: from the label, else recognised from the event types
  bool record = true;       ///< labels may be set (false in dry runs)
  bool table_only = false;  ///< any table as it stands: no people, no required role
  bool quiet = false;       ///< no NOTICE
};

/// Describes a source as the caller. Roles without a kind get the natural one of name and type.
/// Detected roles are recorded if options.record, the caller owns the relation and the transaction
/// may write; one NOTICE lists them, or the columns that stay out. Errors: 42P01, 42809 (no table
/// or view), 42703 (person_key), 42704 (unknown domain, or a required role is missing), 22023 (a
/// role given twice), 55000 (labels that differ between parents and children). Costs a few
/// milliseconds when the source is described; otherwise one scan of the relation (of a sample of
/// people, if it is large).
[[nodiscard]] Description describe(const DescribeOptions& options);

/// What detection finds, as a report.
struct Detection {
  Relation source;
  std::optional<Relation> people;
};

/// Detects the roles of a source whatever its labels say, records nothing and requires nothing:
/// columns without a role say why.
[[nodiscard]] Detection detect_roles(const DescribeOptions& options);

}  // namespace pt::pg
