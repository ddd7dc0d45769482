#include "pg/anonymize_plan.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/describe_relation.hpp"
#include "pg/labels.hpp"

namespace pt::pg {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool tells_who(Role role) {
  return role == Role::person || role == Role::identifier || role == Role::related_person;
}

bool is_kept_by_role(const Column& column) {
  switch (column.role) {
    case Role::outcome:
    case Role::event_type:
    case Role::sensitive:
      return true;
    case Role::detail:
      return column.kind != Kind::text;
    default:
      return false;
  }
}

Relation described_relation(const AnonymizeOptions& options) {
  DescribeOptions how;
  how.source = options.source;
  how.person_key = options.person_key;
  how.table_only = true;
  return describe(how).source;
}

}  // namespace

void check_names(const Relation& source, const std::vector<std::string>& names, const char* what) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    const Column* const column = source.find(name);
    if (column == nullptr)
      throw Error(sqlstate::kUndefinedColumn,
                  "column \"" + name + "\" of " + source.sql_name + " does not exist",
                  "It is named in " + std::string(what) + ".");
    if (!seen.insert(name).second)
      throw Error("42701", "column \"" + name + "\" is given twice",
                  "It is named in " + std::string(what) + ".");
    if (tells_who(column->role))
      throw invalid_parameter(
          "column \"" + name + "\" can't be released",
          "Its role is " + std::string(word(column->role)) + ".",
          "Leave it out of " + std::string(what) + ", or give it another role with pt_set_role.");
  }
}

Relation labelled_relation(Oid oid) {
  Relation relation = load_relation(oid);
  const RelationLabels labels = read_labels(oid);
  for (Column& column : relation.columns) {
    const auto at = labels.columns.find(column.name);
    if (at == labels.columns.end()) continue;
    column.role = at->second.role.role;
    column.kind = at->second.role.kind;
    column.from_label = true;
  }
  return relation;
}

const Column* find_person(const Relation& source, const std::string& person_key) {
  if (person_key.empty()) return source.find(Role::person);
  const Column* const column = source.find(person_key);
  if (column == nullptr)
    throw Error(sqlstate::kUndefinedColumn,
                "column \"" + person_key + "\" of " + source.sql_name + " does not exist",
                "It is named in person_key.");
  return column;
}

void plan_columns(const AnonymizeOptions& options, AnonymizePlan& plan) {
  plan.source =
      options.quasi_identifiers ? labelled_relation(options.source) : described_relation(options);
  const Relation& source = plan.source;
  std::vector<std::string> given;
  if (options.quasi_identifiers) {
    given = *options.quasi_identifiers;
  } else {
    for (const Column& column : source.columns)
      if (column.role == Role::quasi_identifier) given.push_back(column.name);
  }
  check_names(source, given, "quasi_identifiers");
  check_names(source, options.keep, "keep");
  plan.person = find_person(source, options.person_key);
  if (given.empty())
    throw invalid_parameter(source.sql_name + " has no quasi-identifiers",
                            "Without columns that an attacker may know there is nothing to recode.",
                            "Name them in quasi_identifiers, or label them with pt_set_role.");
  for (const Column& column : source.columns) {
    const bool is_kept = contains(options.keep, column.name);
    if (&column == plan.person) {
      if (is_kept || contains(given, column.name))
        throw invalid_parameter("column \"" + column.name + "\" can't be released",
                                "It tells one person from another.");
    } else if (contains(given, column.name)) {
      if (is_kept)
        throw invalid_parameter("column \"" + column.name +
                                "\" is both in quasi_identifiers and in keep");
      plan.quasi_identifiers.push_back(&column);
      plan.released.push_back(&column);
    } else if (is_kept || is_kept_by_role(column)) {
      plan.kept.push_back(&column);
      plan.released.push_back(&column);
    } else {
      plan.left_out.push_back(column.name);
    }
  }
}

}  // namespace pt::pg
