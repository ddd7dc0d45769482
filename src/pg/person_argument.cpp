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

/// The person column by label; nothing where there is none, or where the relation is gone.
std::optional<Column> person_column(Oid source) {
  if (!guarded([source] { return get_rel_name(source) != nullptr; })) return std::nullopt;
  const RelationLabels labels = read_labels(source);
  for (const Column& column : load_relation(source).columns) {
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

/// The table of people of the latest run on a source; InvalidOid without one.
Oid people_of(Oid source) {
  std::optional<std::string> people;
  run_as_extension_owner([&] {
    Spi spi;
    people = spi.value(
        "SELECT people::oid::text FROM personatwin.run WHERE source = $1::regclass AND people IS "
        "NOT NULL ORDER BY run_id DESC LIMIT 1",
        Params{}.oid(source));
  });
  return people ? static_cast<Oid>(std::stoul(*people)) : InvalidOid;
}

}  // namespace

std::string canonical_person_key(Oid source, const std::string& text) {
  std::optional<Column> column = person_column(source);
  const Oid people = people_of(source);
  if (const auto other = OidIsValid(people) ? person_column(people) : std::nullopt)
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
