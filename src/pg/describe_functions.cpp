// The SQL functions about roles: pt_set_role, pt_roles, pt_detect_roles, pt_describe,
// pt_forget_roles, pt_set_domain.
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/model/role.hpp"
#include "pg/datum.hpp"
#include "pg/describe.hpp"
#include "pg/describe_relation.hpp"
#include "pg/domains.hpp"
#include "pg/labels.hpp"

namespace pt::pg {
namespace {

std::optional<std::string> word_or_null(std::string_view word) {
  if (word.empty()) return std::nullopt;
  return std::string(word);
}

/// A role and a kind, or "role: kind" in one text.
ColumnRole read_role(const std::string& role, const std::optional<std::string>& kind) {
  if (!kind) return model::parse_label(role);
  const Role parsed = model::parse_role(role);
  return {parsed, model::parse_kind(parsed, *kind)};
}

void list_columns(ResultSet& out, const Relation& relation) {
  for (const auto& column : relation.columns)
    out.row({column.name, word_or_null(model::word(column.role)),
             word_or_null(model::word(column.kind)), column.confidence, column.why,
             ResultSet::Cell::datum(ObjectIdGetDatum(relation.oid))});
}

/// The arguments source, people, domain and person_key.
DescribeOptions read_options(const Args& args) {
  DescribeOptions options;
  options.source = args.oid(0, "source");
  options.people = args.optional_oid(1).value_or(InvalidOid);
  options.domain = args.optional_text(2).value_or("");
  options.person_key = args.optional_text(3).value_or("");
  return options;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_set_role) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const Oid source = args.oid(0, "source");
  const std::string column = args.text(1, "column");
  const auto role = args.optional_text(2);
  ColumnRole wanted;
  if (role) wanted = read_role(*role, args.optional_text(3));
  static_cast<void>(load_relation(source));
  set_column_role(source, column, wanted);
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_roles) {
  using namespace pt::pg;
  const Oid source = Args(fcinfo).oid(0, "source");
  ResultSet out(fcinfo);
  const pt::pg::Relation relation = load_relation(source);
  const RelationLabels labels = read_labels(source);
  for (const auto& column : relation.columns) {
    const auto found = labels.columns.find(column.name);
    if (found == labels.columns.end()) {
      out.row({column.name, nullptr, nullptr, nullptr, nullptr});
      continue;
    }
    const ColumnLabel& label = found->second;
    ResultSet::Cell parent;
    if (label.relation != source) parent = ResultSet::Cell::datum(ObjectIdGetDatum(label.relation));
    out.row({column.name, word_or_null(pt::model::word(label.role.role)),
             word_or_null(pt::model::word(label.role.kind)), label.provider, parent});
  }
  return out.done();
}

PT_FUNCTION(pt_detect_roles) {
  using namespace pt::pg;
  const DescribeOptions options = read_options(Args(fcinfo));
  ResultSet out(fcinfo);
  const Detection found = detect_roles(options);
  list_columns(out, found.source);
  if (found.people) list_columns(out, *found.people);
  return out.done();
}

PT_FUNCTION(pt_describe) {
  using namespace pt::pg;
  const Args args(fcinfo);
  DescribeOptions options = read_options(args);
  options.record = !args.boolean(4, "dry_run");
  ResultSet out(fcinfo);
  const Description found = describe(options);
  list_columns(out, found.source);
  if (found.people) list_columns(out, *found.people);
  return out.done();
}

PT_FUNCTION(pt_forget_roles) {
  pt::pg::remove_labels(pt::pg::Args(fcinfo).oid(0, "source"));
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_set_domain) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const Oid source = args.oid(0, "source");
  const auto domain = args.optional_text(1);
  if (domain) static_cast<void>(load_domain(*domain));
  static_cast<void>(load_relation(source));
  set_described(source, domain.value_or(""));
  PG_RETURN_VOID();
}
