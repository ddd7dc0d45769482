#include "pg/person_argument.hpp"

#include <optional>

#include "pg/describe_relation.hpp"
#include "pg/labels.hpp"
#include "pg/owner.hpp"
#include "pg/reader.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

/// The person column of a run: that of the name that the call gave as person_key where the relation
/// has it, else the one by label; nothing where there is none, or where the relation is gone.
std::optional<Column> person_column(Oid relation, const std::string& named) {
  if (!guarded([relation] { return get_rel_name(relation) != nullptr; })) return std::nullopt;
  const Relation loaded = load_relation(relation);
  for (const Column& column : loaded.columns)
    if (column.name == named) return column;
  const RelationLabels labels = read_labels(relation);
  for (const Column& column : loaded.columns) {
    const auto label = labels.columns.find(column.name);
    if (label != labels.columns.end() && label->second.role.role == Role::person) return column;
  }
  return std::nullopt;
}

/// Whether different texts may stand for one value of the type.
bool has_several_texts(Oid type) {
  const Oid base = guarded([type] { return getBaseType(type); });
  return base == NUMERICOID || base == UUIDOID || is_citext(base);
}

/// What a run was told of the people.
struct Told {
  Oid people = InvalidOid;
  std::string person_key;
};

/// Of the run of that number; without one, of the newest in service, else of the newest.
Told told(Oid source, std::optional<std::int64_t> run) {
  Told out;
  Params params;
  params.oid(source);
  if (run)
    params.int8(*run);
  else
    params.null(INT8OID);
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT coalesce(r.people::oid, 0::oid), coalesce(r.parameters->>'person_key', '') FROM "
        "personatwin.run r WHERE r.source = $1::regclass AND ($2 IS NULL OR r.run_id = $2) ORDER "
        "BY EXISTS (SELECT FROM personatwin.release_version v WHERE v.run_id = r.run_id AND "
        "v.in_service) DESC, r.run_id DESC LIMIT 1",
        params, Spi::ReadOnly::no, [&](const Row& row) {
          out = {row.oid(0), row.text(1)};
        });
  });
  return out;
}

}  // namespace

std::string canonical_person_key(Oid source, const std::string& text,
                                 std::optional<std::int64_t> run) {
  const Told of_run = told(source, run);
  std::optional<Column> column = person_column(source, of_run.person_key);
  if (const auto other = OidIsValid(of_run.people) ? person_column(of_run.people, of_run.person_key)
                                                   : std::nullopt)
    if (!column || !has_several_texts(column->type)) column = other;  // citext beside text
  if (!column || !has_several_texts(column->type)) return text;
  const Datum value = guarded([&column, &text] {
    Oid input = InvalidOid, parameter = InvalidOid;
    getTypeInputInfo(column->type, &input, &parameter);
    return OidInputFunctionCall(input, const_cast<char*>(text.c_str()), parameter, -1);
  });
  return std::string(KeyReader(column->type, column->collation, column->type).key(value));
}

}  // namespace pt::pg
