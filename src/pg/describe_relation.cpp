#include "pg/describe_relation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "core/error.hpp"
#include "core/model/detect.hpp"
#include "pg/datum.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_class_d.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
}

namespace pt::pg {
namespace {

using model::ProfiledValue;
using model::TypeClass;

/// Values that one profile looks at, at most (rows times columns).
constexpr std::uint64_t kMostValues = 6000000;
constexpr std::uint64_t kMostRows = 200000;
constexpr std::uint64_t kLeastRows = 2000;

std::uint64_t row_bound(const Relation& relation) {
  const std::uint64_t columns = std::max<std::uint64_t>(1, relation.columns.size());
  return std::clamp(kMostValues / columns, kLeastRows, kMostRows);
}

bool is_readable_kind(char kind) {
  return kind == RELKIND_RELATION || kind == RELKIND_VIEW || kind == RELKIND_MATVIEW ||
         kind == RELKIND_FOREIGN_TABLE || kind == RELKIND_PARTITIONED_TABLE;
}

/// An expression that yields a column's value in the form that `read_value` expects.
std::string value_expression(const Column& column, TypeClass type, bool is_person) {
  const std::string name = quote_identifier(column.name);
  switch (type) {
    case TypeClass::boolean:
    case TypeClass::integer:
    case TypeClass::real:
    case TypeClass::date:
    case TypeClass::timestamp:
    case TypeClass::uuid:
      return name;
    case TypeClass::text:
      return text_expression(column);
    default:
      break;
  }
  if (is_person) return text_expression(column);
  return "(" + name + " IS NULL)";
}

/// The type of that expression.
Oid value_type(const Column& column, TypeClass type, bool is_person) {
  switch (type) {
    case TypeClass::boolean:
    case TypeClass::integer:
    case TypeClass::real:
    case TypeClass::date:
    case TypeClass::timestamp:
    case TypeClass::uuid:
      return column.type;
    case TypeClass::text:
      return TEXTOID;
    default:
      return is_person ? TEXTOID : BOOLOID;
  }
}

double year_of_days(double days_since_2000) { return 2000 + days_since_2000 / 365.2425; }

double number_of(Datum value, Oid type) {
  switch (type) {
    case FLOAT4OID:
      return static_cast<double>(DatumGetFloat4(value));
    case FLOAT8OID:
      return DatumGetFloat8(value);
    default:
      return guarded([value] {
        return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
      });
  }
}

std::uint64_t hash_number(double number) {
  if (std::isnan(number)) return model::hash_integer(1);
  const double plain = number == 0 ? 0.0 : number;  // one zero
  std::uint64_t bits = 0;
  static_assert(sizeof bits == sizeof plain);
  memcpy(&bits, &plain, sizeof bits);
  return model::hash_integer(bits);
}

ProfiledValue integer_value(std::int64_t number) {
  return {false,
          model::hash_integer(static_cast<std::uint64_t>(number)),
          static_cast<double>(number),
          {}};
}

ProfiledValue read_value(const Row& row, int at, TypeClass type) {
  if (type == TypeClass::network || type == TypeClass::document || type == TypeClass::other)
    return {row.boolean(at), 1, 0, {}};
  if (row.is_null(at)) return {};
  const Datum value = row.value(at);
  switch (type) {
    case TypeClass::boolean:
      return integer_value(DatumGetBool(value) ? 1 : 0);
    case TypeClass::integer:
      if (row.type(at) == INT2OID) return integer_value(DatumGetInt16(value));
      if (row.type(at) == INT4OID) return integer_value(DatumGetInt32(value));
      return integer_value(DatumGetInt64(value));
    case TypeClass::real: {
      const double number = number_of(value, row.type(at));
      return {false, hash_number(number), number, {}};
    }
    case TypeClass::date: {
      const DateADT days = DatumGetDateADT(value);
      ProfiledValue out = integer_value(days);
      out.number = DATE_NOT_FINITE(days) ? INFINITY : year_of_days(days);
      return out;
    }
    case TypeClass::timestamp: {
      const Timestamp at_time = DatumGetTimestamp(value);
      ProfiledValue out = integer_value(at_time);
      out.number = TIMESTAMP_NOT_FINITE(at_time)
                       ? INFINITY
                       : year_of_days(static_cast<double>(at_time) / USECS_PER_DAY);
      return out;
    }
    case TypeClass::uuid: {
      const auto* uuid = DatumGetUUIDP(value);
      const std::string_view bytes(reinterpret_cast<const char*>(uuid->data), UUID_LEN);
      return {false, model::hash_bytes(bytes), 0, {}};
    }
    default: {
      const std::string_view text = text_view(value);
      return {false, model::hash_bytes(text), 0, text};
    }
  }
}

/// Whether the relation has at most `bound` rows.
bool has_at_most(Spi& spi, const Relation& relation, std::uint64_t bound) {
  const auto rows = spi.value("SELECT pg_catalog.count(*) FROM (SELECT FROM " + relation.sql_name +
                              " LIMIT " + std::to_string(bound + 1) + ") AS s");
  return std::stoull(rows.value_or("0")) <= bound;
}

/// Rows of a relation that has more than `bound`: the planner's estimate, or counted where that
/// must be wrong.
double estimate_rows(Spi& spi, const Relation& relation, std::uint64_t bound) {
  const std::string plan =
      spi.value("EXPLAIN (FORMAT JSON) SELECT 1 FROM " + relation.sql_name, {}, Spi::ReadOnly::no)
          .value_or("");
  constexpr std::string_view kKey = "\"Plan Rows\":";
  const std::size_t at = plan.find(kKey);  // the first is that of the whole plan
  if (at != std::string::npos) {
    const double estimate = std::strtod(plan.c_str() + at + kKey.size(), nullptr);
    if (estimate > static_cast<double>(bound)) return estimate;
  }
  const auto counted = spi.value("SELECT pg_catalog.count(*) FROM " + relation.sql_name);
  return std::strtod(counted.value_or("0").c_str(), nullptr);
}

bool can_sample_blocks(Oid oid) {
  const char kind = guarded([oid] { return get_rel_relkind(oid); });
  return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW || kind == RELKIND_PARTITIONED_TABLE;
}

/// What follows FROM: the whole relation, or a part of about `bound` rows. Parts are whole people
/// where the person is known: everybody whose hash ends in so many zero bits.
std::string from_clause(Spi& spi, const Relation& relation, std::uint64_t bound,
                        const Column* person) {
  if (has_at_most(spi, relation, bound)) return relation.sql_name;
  const double rows = estimate_rows(spi, relation, bound);
  const auto wanted = static_cast<double>(bound);
  if (person != nullptr) {
    std::uint64_t parts = 1;
    while (rows / static_cast<double>(parts) > wanted) parts *= 2;
    const std::string hash = class_of(person->type) == TypeClass::integer
                                 ? "pg_catalog.hashint8extended(" + quote_identifier(person->name) +
                                       "::pg_catalog.int8, 0)"
                                 : "pg_catalog.hashtextextended((" + text_expression(*person) +
                                       ") COLLATE pg_catalog.\"C\", 0)";
    return relation.sql_name + " WHERE (" + hash + " OPERATOR(pg_catalog.&) " +
           std::to_string(parts - 1) + "::pg_catalog.int8) OPERATOR(pg_catalog.=) 0";
  }
  if (!can_sample_blocks(relation.oid))
    return relation.sql_name + " LIMIT " + std::to_string(bound);
  return relation.sql_name + " TABLESAMPLE pg_catalog.system (" +
         std::to_string(std::max(0.01, 100 * wanted / rows)) + ") REPEATABLE (0)";
}

}  // namespace

TypeClass class_of(Oid type) {
  struct Found {
    Oid base;
    char category;
    char kind;
  };
  const Found found = guarded([type] {
    Found f{};
    f.base = getBaseType(type);
    bool preferred = false;
    get_type_category_preferred(f.base, &f.category, &preferred);
    f.kind = get_typtype(f.base);
    return f;
  });
  switch (found.base) {
    case BOOLOID:
      return TypeClass::boolean;
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return TypeClass::integer;
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
      return TypeClass::real;
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
    case NAMEOID:
    case CHAROID:
      return TypeClass::text;
    case DATEOID:
      return TypeClass::date;
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return TypeClass::timestamp;
    case UUIDOID:
      return TypeClass::uuid;
    case INETOID:
    case CIDROID:
    case MACADDROID:
    case MACADDR8OID:
      return TypeClass::network;
    case JSONOID:
    case JSONBOID:
    case XMLOID:
    case BYTEAOID:
      return TypeClass::document;
    default:
      break;
  }
  if (found.kind == TYPTYPE_ENUM || found.category == TYPCATEGORY_STRING) return TypeClass::text;
  if (found.category == TYPCATEGORY_ARRAY || found.kind == TYPTYPE_COMPOSITE)
    return TypeClass::document;
  return TypeClass::other;
}

std::string text_expression(const Column& column) {
  const std::string name = quote_identifier(column.name);
  switch (guarded([&column] { return getBaseType(column.type); })) {
    case TEXTOID:
      return column.type == TEXTOID ? name : name + "::pg_catalog.text";
    case VARCHAROID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return name + "::pg_catalog.text";
    default:
      return "CASE WHEN " + name + " IS NOT NULL THEN pg_catalog.concat(" + name + ") END";
  }
}

Relation load_relation(Oid oid) {
  guarded([oid] { LockRelationOid(oid, AccessShareLock); });
  Relation relation;
  relation.oid = oid;
  relation.sql_name = relation_name(oid);
  if (!is_readable_kind(guarded([oid] { return get_rel_relkind(oid); })))
    throw Error(sqlstate::kWrongObjectType, relation.sql_name + " is not a table or view");
  Spi spi;
  spi.query(
      "SELECT a.attname::pg_catalog.text, a.attnum::pg_catalog.int4, a.atttypid, a.atttypmod, "
      "a.attcollation FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) $1 "
      "AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped ORDER BY a.attnum",
      Params{}.oid(oid), Spi::ReadOnly::no, [&](const Row& row) {
        Column column;
        column.name = row.text(0);
        column.attnum = row.int4(1);
        column.type = row.oid(2);
        column.typmod = row.int4(3);
        column.collation = row.oid(4);
        relation.columns.push_back(std::move(column));
      });
  return relation;
}

std::vector<std::pair<std::string, TypeClass>> named_classes(const Relation& relation) {
  std::vector<std::pair<std::string, TypeClass>> out;
  for (const auto& column : relation.columns) out.emplace_back(column.name, class_of(column.type));
  return out;
}

model::RelationProfile profile_names(const Relation& relation) {
  model::RelationProfile profile;
  for (const auto& [name, type] : named_classes(relation)) {
    model::ColumnProfile column;
    column.name = name;
    column.type = type;
    profile.columns.push_back(std::move(column));
  }
  return profile;
}

model::RelationProfile profile_rows(Host& host, const Relation& relation,
                                    std::optional<std::size_t> person) {
  auto columns = named_classes(relation);
  const Column* key = person ? &relation.columns[*person] : nullptr;
  std::string list;
  std::vector<Oid> types;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (c > 0) list += ", ";
    types.push_back(value_type(relation.columns[c], columns[c].second, person == c));
    list += value_expression(relation.columns[c], columns[c].second, person == c);
  }
  if (person) {  // a key of an unusual type is read as text
    TypeClass& type = columns[*person].second;
    if (type == TypeClass::network || type == TypeClass::document || type == TypeClass::other)
      type = TypeClass::text;
  }
  model::Profiler profiler(host, columns, person, model::columns_to_watch(columns));
  Spi spi;
  const std::string from = from_clause(spi, relation, row_bound(relation), key);
  std::vector<ProfiledValue> values(columns.size());
  bool checked = false;
  spi.query("SELECT " + list + " FROM " + from, Params{}, Spi::ReadOnly::no, [&](const Row& row) {
    if (!std::exchange(checked, true)) require_types(row, types, relation.sql_name);
    for (std::size_t c = 0; c < columns.size(); ++c)
      values[c] = read_value(row, static_cast<int>(c), columns[c].second);
    profiler.add(values);
  });
  return profiler.profile();
}

std::vector<model::CountedTerm> count_terms(const Relation& relation, const Column& column) {
  std::vector<model::CountedTerm> terms;
  Spi spi;
  const std::string from = from_clause(spi, relation, kMostRows / 4, nullptr);
  spi.query("SELECT v, pg_catalog.count(*) FROM (SELECT (" + text_expression(column) +
                ") COLLATE pg_catalog.\"C\" AS v FROM " + from +
                ") AS s WHERE v IS NOT NULL GROUP BY v ORDER BY v LIMIT 500",
            Params{}, Spi::ReadOnly::no, [&](const Row& row) {
              terms.push_back({row.text(0), static_cast<double>(row.int8(1))});
            });
  return terms;
}

std::vector<ForeignKey> foreign_keys(const Relation& relation) {
  std::vector<ForeignKey> keys;
  Spi spi;
  spi.query(
      "SELECT a.attname::pg_catalog.text, k.confrelid, b.attname::pg_catalog.text "
      "FROM pg_catalog.pg_constraint k "
      "JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) k.conrelid "
      "AND a.attnum OPERATOR(pg_catalog.=) k.conkey[1] "
      "JOIN pg_catalog.pg_attribute b ON b.attrelid OPERATOR(pg_catalog.=) k.confrelid "
      "AND b.attnum OPERATOR(pg_catalog.=) k.confkey[1] "
      "JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) k.confrelid "
      "WHERE k.conrelid OPERATOR(pg_catalog.=) $1 AND k.contype OPERATOR(pg_catalog.=) "
      "'f'::pg_catalog.\"char\" AND pg_catalog.cardinality(k.conkey) OPERATOR(pg_catalog.=) 1 "
      "AND k.confrelid OPERATOR(pg_catalog.<>) k.conrelid "
      "ORDER BY a.attnum, t.relispartition, k.conname",
      Params{}.oid(relation.oid), Spi::ReadOnly::no, [&](const Row& row) {
        keys.push_back({row.text(0), row.oid(1), row.text(2)});
      });
  return keys;
}

}  // namespace pt::pg
