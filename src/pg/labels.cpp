#include "pg/labels.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class_d.h"
#include "commands/seclabel.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {

namespace {

constexpr const char* kProvider = "personatwin";
constexpr std::string_view kDescribed = "described";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_domain_name(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (name.empty() || name.size() > 63 || !is_letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

/// The domain in a relation's label, empty if it names none. Throws 22023 for any other text.
std::string parse_description(std::string_view label) {
  const std::size_t colon = label.find(':');
  const std::string_view domain =
      colon == std::string_view::npos ? std::string_view{} : trimmed(label.substr(colon + 1));
  if (trimmed(label.substr(0, colon)) != kDescribed ||
      (colon != std::string_view::npos && !is_domain_name(domain)))
    throw invalid_parameter(
        "a relation's personatwin label is \"described\" or \"described: domain\"", {},
        "Roles belong on columns: SECURITY LABEL FOR personatwin ON COLUMN table.column IS "
        "'quasi-identifier'.");
  return std::string(domain);
}

/// Hook of the server: accepts a label or raises an error.
void check_label(const ObjectAddress* object, const char* label) {
  boundary([object, label] {
    if (label == nullptr) return;  // removal
    if (object->classId != RelationRelationId)
      throw Error(sqlstate::kWrongObjectType, "personatwin labels belong on columns and relations",
                  {}, "SECURITY LABEL FOR personatwin ON COLUMN table.column IS 'identifier'");
    if (object->objectSubId == 0)
      parse_description(label);
    else
      static_cast<void>(model::parse_label(label));
  });
}

/// A label as it is stored somewhere in the inheritance tree of a relation.
struct StoredLabel {
  Oid relation;
  int depth;           // 0: the relation, above 0: ancestors, below 0: descendants
  std::string column;  // empty: of the relation
  std::string provider;
  std::string text;
};

constexpr const char* kTreeLabels = R"(
WITH RECURSIVE up AS (
  SELECT $1 AS relid, 0 AS depth
  UNION
  SELECT i.inhparent, up.depth OPERATOR(pg_catalog.+) 1
    FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid OPERATOR(pg_catalog.=) up.relid
), down AS (
  SELECT $1 AS relid, 0 AS depth
  UNION
  SELECT i.inhrelid, down.depth OPERATOR(pg_catalog.-) 1
    FROM down JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) down.relid
), tree AS (
  SELECT relid, depth FROM up UNION SELECT relid, depth FROM down
)
SELECT t.relid, t.depth, coalesce(a.attname::pg_catalog.text, ''), s.provider, s.label
  FROM tree t
  JOIN pg_catalog.pg_seclabel s ON s.objoid OPERATOR(pg_catalog.=) t.relid
       AND s.classoid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) t.relid
       AND a.attnum OPERATOR(pg_catalog.=) s.objsubid AND s.objsubid OPERATOR(pg_catalog.>) 0
 WHERE s.provider OPERATOR(pg_catalog.=) ANY (ARRAY['personatwin', 'k_anonymity', 'pg_diffix'])
   AND (s.objsubid OPERATOR(pg_catalog.=) 0 OR NOT a.attisdropped)
 ORDER BY pg_catalog.abs(t.depth), t.depth DESC, t.relid, s.objsubid)";

std::vector<StoredLabel> stored_labels(Oid relation) {
  std::vector<StoredLabel> labels;
  Spi spi;
  spi.query(kTreeLabels, Params{}.oid(relation), Spi::ReadOnly::yes, [&](const Row& row) {
    labels.push_back({row.oid(0), row.int4(1), row.text(2), row.text(3), row.text(4)});
  });
  return labels;
}

/// A label of another product as a role of ours; none for words we have no use for.
ColumnRole foreign_role(const StoredLabel& label) {
  std::string word = label.text;
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (label.provider == "k_anonymity" &&
      (word == "quasi identifier" || word == "indirect identifier"))
    return {Role::quasi_identifier, Kind::none};
  if (label.provider == "pg_diffix" && word == "aid") return {Role::person, Kind::none};
  return {};
}

std::string described_as(const ColumnLabel* label) {
  return label == nullptr ? "no role" : "the role \"" + model::label_text(label->role) + "\"";
}

[[noreturn]] void throw_mixed(const std::string& column, Oid relation, const ColumnLabel* resolved,
                              const StoredLabel& other) {
  const bool other_is_parent = resolved != nullptr && other.depth > 0;
  const Oid child = other_is_parent ? resolved->relation : other.relation;
  throw wrong_state("column \"" + column + "\" has " + described_as(resolved) + " in " +
                        relation_name(resolved == nullptr ? relation : resolved->relation) +
                        " and \"" + other.text + "\" in " + relation_name(other.relation),
                    "Parents and children have to agree on the roles of their columns.",
                    "Set the role on the parent with pt_set_role, and remove it from the child: "
                    "SELECT pt_set_role(" +
                        quote_literal(relation_name(child)) + ", " + quote_literal(column) +
                        ", NULL).");
}

/// Sets or removes (nullptr) a label, through the server's own command: it looks the object up,
/// locks it and checks the ownership. An empty column means the relation.
void execute_label(Oid relation, const std::string& column, const char* label) {
  guarded([&] {
    char* const schema = get_namespace_name(get_rel_namespace(relation));
    char* const name = get_rel_name(relation);
    if (schema == nullptr || name == nullptr)
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                      errmsg("relation with OID %u does not exist", relation)));
    List* names = list_make2(makeString(schema), makeString(name));
    auto* const statement = makeNode(SecLabelStmt);
    statement->objtype = OBJECT_COLUMN;
    if (column.empty()) {
      switch (get_rel_relkind(relation)) {
        case RELKIND_VIEW:
          statement->objtype = OBJECT_VIEW;
          break;
        case RELKIND_MATVIEW:
          statement->objtype = OBJECT_MATVIEW;
          break;
        case RELKIND_FOREIGN_TABLE:
          statement->objtype = OBJECT_FOREIGN_TABLE;
          break;
        default:
          statement->objtype = OBJECT_TABLE;
          break;
      }
    } else {
      names = lappend(names, makeString(pstrdup(column.c_str())));
    }
    statement->object = reinterpret_cast<Node*>(names);
    statement->provider = pstrdup(kProvider);
    statement->label = label == nullptr ? nullptr : pstrdup(label);
    ExecSecLabelStmt(statement);
    CommandCounterIncrement();
  });
}

}  // namespace

void register_label_provider() { ::register_label_provider(kProvider, check_label); }

RelationLabels read_labels(Oid relation) {
  RelationLabels result;
  const auto labels = stored_labels(relation);
  for (const auto& label : labels) {  // own ones first, then by distance
    if (label.provider != kProvider || label.depth < 0) continue;
    if (label.column.empty()) {
      const std::string domain = parse_description(label.text);
      if (!result.described) result.domain = domain;
      result.described = true;
      continue;
    }
    const ColumnLabel found{model::parse_label(label.text), label.provider, label.relation};
    const auto [entry, is_new] = result.columns.try_emplace(label.column, found);
    if (!is_new && entry->second.role != found.role)
      throw_mixed(label.column, relation, &entry->second, label);
  }
  for (const auto& label : labels) {
    if (label.provider != kProvider || label.depth >= 0 || label.column.empty()) continue;
    const auto entry = result.columns.find(label.column);
    const ColumnLabel* resolved = entry == result.columns.end() ? nullptr : &entry->second;
    if (resolved == nullptr || resolved->role != model::parse_label(label.text))
      throw_mixed(label.column, relation, resolved, label);
  }
  for (const auto& label : labels) {
    if (label.provider == kProvider || label.depth < 0 || label.column.empty()) continue;
    const ColumnRole role = foreign_role(label);
    if (role.role != Role::none)
      result.columns.try_emplace(label.column, ColumnLabel{role, label.provider, label.relation});
  }
  return result;
}

void set_column_role(Oid relation, const std::string& column, ColumnRole role) {
  refuse_read_only("pt_set_role()");
  const std::string text = model::label_text(role);
  execute_label(relation, column, role.role == Role::none ? nullptr : text.c_str());
}

void set_described(Oid relation, const std::string& domain) {
  refuse_read_only("pt_set_domain()");
  std::string text(kDescribed);
  if (!domain.empty()) text += ": " + domain;
  execute_label(relation, {}, text.c_str());
}

void remove_labels(Oid relation) {
  require_source_owner(relation);
  refuse_read_only("pt_forget_roles()");
  for (const auto& label : stored_labels(relation))
    if (label.depth == 0 && label.provider == kProvider)
      execute_label(relation, label.column, nullptr);
}

}  // namespace pt::pg
