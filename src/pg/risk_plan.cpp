#include "pg/risk_plan.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "core/error.hpp"
#include "pg/anonymize_plan.hpp"

namespace pt::pg {
namespace {

const Column& named_column(const Relation& source, const std::string& name, const char* what) {
  if (const Column* const column = source.find(name)) return *column;
  throw Error(sqlstate::kUndefinedColumn,
              "column \"" + name + "\" of " + source.sql_name + " does not exist",
              "It is named in " + std::string(what) + ".");
}

/// The columns of a list, each once.
std::vector<const Column*> named_columns(const Relation& source,
                                         const std::vector<std::string>& names, const char* what) {
  std::vector<const Column*> out;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second)
      throw Error("42701", "column \"" + name + "\" is given twice",
                  "It is named in " + std::string(what) + ".");
    out.push_back(&named_column(source, name, what));
  }
  return out;
}

std::vector<const Column*> columns_with(const Relation& source, std::initializer_list<Role> roles) {
  std::vector<const Column*> out;
  for (const Column& column : source.columns)
    if (std::find(roles.begin(), roles.end(), column.role) != roles.end()) out.push_back(&column);
  return out;
}

bool contains(const std::vector<const Column*>& columns, const Column* column) {
  return column != nullptr && std::find(columns.begin(), columns.end(), column) != columns.end();
}

void check_plan(const RiskPlan& plan) {
  if (plan.quasi_identifiers.empty())
    throw invalid_parameter(plan.source.sql_name + " has no quasi-identifiers",
                            "Without columns that an attacker may know everybody is in one class.",
                            "Name them in quasi_identifiers, or label them with pt_set_role.");
  for (const Column* const column : plan.sensitive)
    if (contains(plan.quasi_identifiers, column))
      throw invalid_parameter(
          "column \"" + column->name + "\" is both a quasi-identifier and sensitive",
          "Everybody in a class would share its value: an attacker who knows it has nothing to "
          "learn.",
          "Leave it out of one of the two.");
  if (contains(plan.quasi_identifiers, plan.person) || contains(plan.sensitive, plan.person))
    throw invalid_parameter(
        "column \"" + plan.person->name + "\" tells one person from another and can't be measured",
        "It is the person column of " + plan.source.sql_name + ".",
        "Leave it out, or name another column in person_key.");
}

}  // namespace

RiskPlan make_risk_plan(const RiskOptions& options) {
  RiskPlan plan;
  if (options.quasi_identifiers) {
    plan.source = labelled_relation(options.source);
  } else {
    DescribeOptions how;
    how.source = options.source;
    how.person_key = options.person_key;
    how.table_only = true;
    plan.source = describe(how).source;
  }
  const Relation& source = plan.source;
  plan.quasi_identifiers =
      options.quasi_identifiers
          ? named_columns(source, *options.quasi_identifiers, "quasi_identifiers")
          : columns_with(source, {Role::quasi_identifier});
  plan.person = find_person(source, options.person_key);
  if (options.sensitive) {
    plan.sensitive = named_columns(source, *options.sensitive, "sensitive");
  } else {
    plan.sensitive = columns_with(source, {Role::sensitive, Role::outcome});
    std::erase_if(plan.sensitive,
                  [&plan](const Column* c) { return contains(plan.quasi_identifiers, c); });
  }
  plan.weight = options.weight.empty() ? source.find(Role::weight)
                                       : &named_column(source, options.weight, "weight");
  check_plan(plan);
  return plan;
}

}  // namespace pt::pg
