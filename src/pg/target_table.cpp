#include "pg/target_table.hpp"

#include "pg/datum.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_collation_d.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/varlena.h"
}

namespace pt::pg {

std::string target_name(const std::string& target) {
  struct Name {
    Oid schema;
    const char* relation;
  };
  const Datum dotted = text_datum(target);
  const Name name = guarded([dotted] {
    RangeVar* const range =
        makeRangeVarFromNameList(textToQualifiedNameList(DatumGetTextPP(dotted)));
    return Name{RangeVarGetCreationNamespace(range), range->relname};
  });
  const char* const schema = guarded([&name] { return get_namespace_name(name.schema); });
  return qualified_name(schema == nullptr ? "" : schema, name.relation);
}

std::string column_type(const Column& column) {
  std::string type = type_name(column.type, column.typmod);
  if (!OidIsValid(column.collation) || column.collation == DEFAULT_COLLATION_OID) return type;
  const Oid oid = column.collation;
  return type + " COLLATE " + guarded([oid] { return generate_collation_name(oid); });
}

Oid relation_named(Spi& spi, const std::string& name) {
  const auto oid =
      spi.value("SELECT " + quote_literal(name) + "::pg_catalog.regclass::pg_catalog.oid", {},
                Spi::ReadOnly::no);
  return static_cast<Oid>(std::stoul(oid.value()));
}

TupleDesc descriptor_of(const std::vector<const Column*>& columns) {
  return guarded([&columns] {
    TupleDesc const descriptor = CreateTemplateTupleDesc(static_cast<int>(columns.size()));
    AttrNumber number = 0;
    for (const Column* const column : columns)
      TupleDescInitEntry(descriptor, ++number, column->name.c_str(), column->type, column->typmod,
                         0);
    return descriptor;
  });
}

}  // namespace pt::pg
