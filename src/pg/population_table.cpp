// pt_register_population, pt_drop_population, pt_populations: sql/43-population.sql.
#include "pg/population_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/describe_relation.hpp"
#include "pg/forward.hpp"
#include "pg/host.hpp"
#include "pg/owner.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/acl.h"
}

namespace pt::pg {
namespace {

constexpr const char* kMappingHint =
    "Write {\"count\": \"population\", \"columns\": {\"sex\": \"sex\", \"race\": {\"column\": "
    "\"race\", \"values\": {\"Asian\": \"Other\"}}, \"age\": {\"low\": \"age_lo\", \"high\": "
    "\"age_hi\"}}}.";

Error bad_mapping(const std::string& what) { return invalid_parameter(what, {}, kMappingHint); }

/// Names in an object other than those given, to refuse them.
void refuse_unknown_members(Spi& spi, const Params& mapping) {
  const auto unknown = spi.value(
      "SELECT pg_catalog.string_agg(pg_catalog.quote_literal(m), ', ' ORDER BY m) FROM ("
      "SELECT m FROM pg_catalog.jsonb_object_keys($1) m WHERE m NOT IN ('count', 'columns') "
      "UNION ALL SELECT c.key || '.' || m FROM pg_catalog.jsonb_each($1->'columns') c, "
      "pg_catalog.jsonb_object_keys(CASE pg_catalog.jsonb_typeof(c.value) WHEN 'object' THEN "
      "c.value ELSE '{}' END) m WHERE m NOT IN ('column', 'values', 'low', 'high')) x",
      mapping);
  if (unknown) throw bad_mapping("the mapping has members that mean nothing: " + *unknown);
}

void read_values(Spi& spi, const Params& mapping, PopulationTable& table) {
  spi.query(
      "SELECT c.key, v.key, e.value FROM pg_catalog.jsonb_each($1->'columns') c, "
      "pg_catalog.jsonb_each(CASE pg_catalog.jsonb_typeof(c.value->'values') WHEN 'object' THEN "
      "c.value->'values' ELSE '{}' END) v, LATERAL (SELECT v.value #>> '{}' AS value WHERE "
      "pg_catalog.jsonb_typeof(v.value) = 'string' UNION ALL SELECT a FROM "
      "pg_catalog.jsonb_array_elements_text(CASE pg_catalog.jsonb_typeof(v.value) WHEN 'array' "
      "THEN v.value ELSE '[]' END) a) e ORDER BY 1, 2, 3",
      mapping, Spi::ReadOnly::yes, [&](const Row& row) {
        const std::string source = row.text(0);
        if (row.is_null(2)) throw bad_mapping("values of \"" + source + "\" hold a null");
        for (MappedColumn& column : table.columns)
          if (column.source == source) column.values[row.text(1)].push_back(row.text(2));
      });
}

/// Reads a mapping from jsonb; runs nothing but functions of pg_catalog, in its search path.
PopulationTable parse_mapping(Datum mapping) {
  PopulationTable table;
  Params params;
  params.add(JSONBOID, mapping);
  SettingsScope settings;
  settings.set("search_path", "pg_catalog, pg_temp");
  Spi spi;
  const auto shape = spi.value(
      "SELECT CASE WHEN pg_catalog.jsonb_typeof($1) = 'object' AND "
      "pg_catalog.jsonb_typeof($1->'count') = 'string' AND "
      "pg_catalog.jsonb_typeof($1->'columns') = 'object' THEN $1->>'count' END",
      params);
  if (!shape) throw bad_mapping("the mapping needs a member \"count\" and an object \"columns\"");
  table.count = *shape;
  refuse_unknown_members(spi, params);
  spi.query(
      "SELECT key, CASE pg_catalog.jsonb_typeof(value) WHEN 'string' THEN value #>> '{}' ELSE "
      "value->>'column' END, value->>'low', value->>'high', "
      "coalesce(pg_catalog.jsonb_typeof(value->'values'), 'object') = 'object' FROM "
      "pg_catalog.jsonb_each($1->'columns') ORDER BY key",
      params, Spi::ReadOnly::yes, [&](const Row& row) {
        MappedColumn column;
        column.source = row.text(0);
        column.value = row.optional_text(1).value_or("");
        column.low = row.optional_text(2).value_or("");
        column.high = row.optional_text(3).value_or("");
        const bool band = !column.low.empty() && !column.high.empty();
        if (column.value.empty() == !band || (!band && !(column.low + column.high).empty()) ||
            !row.boolean(4))
          throw bad_mapping("the mapping of \"" + column.source +
                            "\" names neither a column nor a low and a high one");
        table.columns.push_back(std::move(column));
      });
  if (table.columns.empty()) throw bad_mapping("the mapping has no columns");
  read_values(spi, params, table);
  return table;
}

std::string number_expression(const Relation& relation, const std::string& name) {
  const Column* const column = relation.find(name);
  if (column == nullptr)
    throw Error(sqlstate::kUndefinedColumn,
                "column \"" + name + "\" of " + relation.sql_name + " does not exist",
                "It is named in the mapping of the population.");
  const model::TypeClass type = class_of(column->type);
  if (type != model::TypeClass::integer && type != model::TypeClass::real)
    throw Error(sqlstate::kDatatypeMismatch,
                "column \"" + name + "\" of " + relation.sql_name + " is not a number",
                "It is named in the mapping of the population.");
  return quote_identifier(name) + "::pg_catalog.float8";
}

std::string value_expression(const Relation& relation, const std::string& name) {
  const Column* const column = relation.find(name);
  if (column == nullptr)
    throw Error(sqlstate::kUndefinedColumn,
                "column \"" + name + "\" of " + relation.sql_name + " does not exist",
                "It is named in the mapping of the population.");
  return text_expression(*column);
}

std::vector<bool> band_flags(const std::vector<MappedColumn>& columns) {
  std::vector<bool> out;
  for (const MappedColumn& column : columns) out.push_back(column.is_band());
  return out;
}

std::vector<MappedColumn> select_columns(const PopulationTable& table,
                                         const std::vector<std::string>& names) {
  std::vector<MappedColumn> out;
  for (const std::string& name : names) {
    const MappedColumn* const column = table.find(name);
    if (column == nullptr)
      throw invalid_parameter(
          "the population \"" + table.name + "\" says nothing of column \"" + name + "\"", {},
          "Leave the column out of quasi_identifiers, or map it with pt_register_population.");
    out.push_back(*column);
  }
  return out;
}

risk::Band band_of(const Row& row, int at) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  if (row.is_null(at) && row.is_null(at + 1)) return {kUnknown, kUnknown};  // fits no question
  return {row.is_null(at) ? -kInfinite : row.float8(at),
          row.is_null(at + 1) ? kInfinite : row.float8(at + 1) + 1};
}

/// Whether the caller may drop or replace an entry: the one who made it, or who owns its table.
bool may_change(Oid relation, const std::string& owner_name) {
  return owns_relation(relation) || owner_name == current_user_name();
}

struct Entry {
  Oid relation = InvalidOid;
  std::string owner_name;
};

std::optional<Entry> find_entry(const std::string& name) {
  std::optional<Entry> entry;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query("SELECT relation::oid, owner_name::text FROM personatwin.population WHERE name = $1",
              Params{}.text(name), Spi::ReadOnly::no, [&](const Row& row) {
                entry = Entry{row.oid(0), row.text(1)};
              });
  });
  return entry;
}

std::string name_argument(const Args& args) {
  std::string name = args.text(0, "name");
  if (name.empty()) throw invalid_parameter("name must not be empty");
  return name;
}

}  // namespace

const MappedColumn* PopulationTable::find(const std::string& source) const {
  for (const MappedColumn& column : columns)
    if (column.source == source) return &column;
  return nullptr;
}

PopulationTable find_population(const std::string& name) {
  PopulationTable table;
  Oid relation = InvalidOid;
  bool found = false;
  std::string mapping;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT p.relation::oid, p.mapping::text, c.oid IS NOT NULL FROM personatwin.population p "
        "LEFT JOIN pg_class c ON c.oid = p.relation WHERE p.name = $1",
        Params{}.text(name), Spi::ReadOnly::no, [&](const Row& row) {
          found = true;
          if (row.boolean(2)) relation = row.oid(0);
          mapping = row.text(1);
        });
  });
  if (!found)
    throw Error(sqlstate::kUndefinedObject, "there is no population \"" + name + "\"", {},
                "See pt_populations(), or register one with pt_register_population.");
  if (!OidIsValid(relation))
    throw Error(sqlstate::kUndefinedTable,
                "the table of population \"" + name + "\" does not exist any more", {},
                "Register another one with pt_register_population, or forget it with "
                "pt_drop_population.");
  table = parse_mapping(jsonb_datum(mapping));
  table.name = name;
  table.relation = relation;
  return table;
}

LoadedPopulation::LoadedPopulation(const PopulationTable& table,
                                   const std::vector<std::string>& source_columns, Host& host)
    : columns_(select_columns(table, source_columns)), register_(band_flags(columns_)) {
  const Relation relation = load_relation(table.relation);
  std::string list = number_expression(relation, table.count);
  std::vector<Oid> types{FLOAT8OID};
  for (const MappedColumn& column : columns_)
    if (!column.is_band()) {
      list += ", " + value_expression(relation, column.value);
      types.push_back(TEXTOID);
    }
  for (const MappedColumn& column : columns_)
    if (column.is_band()) {
      list += ", " + number_expression(relation, column.low) + ", " +
              number_expression(relation, column.high);
      types.insert(types.end(), {FLOAT8OID, FLOAT8OID});
    }
  SettingsScope settings;
  settings.set("row_security", "off");  // hidden rows: 42501
  std::uint64_t rows = 0;
  std::vector<model::Code> values;
  std::vector<risk::Band> bands;
  Spi spi;
  spi.query("SELECT " + list + " FROM " + relation.sql_name, [&](const Row& row) {
    constexpr std::uint64_t kProgressEvery = 16384;
    if (rows == 0) require_types(row, types, relation.sql_name);
    if (rows++ % kProgressEvery == 0) host.progress("reading the population", rows, 0);
    const double people = row.is_null(0) ? std::numeric_limits<double>::quiet_NaN() : row.float8(0);
    if (!std::isfinite(people) || people < 0)
      throw data_error("column \"" + table.count + "\" of " + relation.sql_name +
                           " holds a value that is no number of people",
                       "Counts of a population are finite and not negative, and not NULL.");
    values.clear();
    bands.clear();
    int at = 1;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (!columns_[c].is_band()) {
        values.push_back(row.is_null(at)
                             ? model::kMissing
                             : register_.intern(c, std::string(text_view(row.value(at)))));
        ++at;
      }
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (columns_[c].is_band()) {
        bands.push_back(band_of(row, at));
        at += 2;
      }
    register_.add(values, bands, people);
  });
  if (!(register_.total() > 0))
    throw data_error("the population table " + relation.sql_name + " has no people");
}

void LoadedPopulation::add_value(std::size_t column, const std::string& value,
                                 risk::Allowed& out) const {
  const auto add = [&](const std::string& there) {
    const model::Code code = register_.find(column, there);
    if (code != model::kMissing) out.values.push_back(code);
  };
  const auto mapped = columns_[column].values.find(value);
  if (mapped == columns_[column].values.end())
    add(value);
  else
    for (const std::string& there : mapped->second) add(there);
}

risk::Allowed LoadedPopulation::allowed(std::size_t column,
                                        const std::optional<std::string>& value) const {
  risk::Allowed out;
  if (!value) {
    out.everything = true;
  } else if (!columns_[column].is_band()) {
    add_value(column, *value, out);
  } else if (const auto band = risk::parse_band(*value)) {
    out.band = *band;
  }
  return out;
}

risk::Allowed LoadedPopulation::allowed(std::size_t column,
                                        const std::vector<std::string>& values) const {
  risk::Allowed out;
  for (const std::string& value : values) add_value(column, value, out);
  return out;
}

}  // namespace pt::pg

PT_FUNCTION(pt_register_population) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const std::string name = name_argument(args);
  const Oid relation = args.oid(1, "relation");
  const Datum mapping = args.value(2, "mapping");
  require_source_owner(relation);
  refuse_read_only("pt_register_population()");
  PgHost host("pt_register_population");
  PopulationTable table = parse_mapping(mapping);
  table.name = name;
  table.relation = relation;
  std::vector<std::string> columns;
  for (const MappedColumn& column : table.columns) columns.push_back(column.source);
  const LoadedPopulation loaded(table, columns, host);
  const auto entry = find_entry(name);
  if (entry && !may_change(entry->relation, entry->owner_name))
    throw pt::Error(pt::sqlstate::kDuplicateObject,
                    "there is a population \"" + name + "\" already", {},
                    "It belongs to somebody else; choose another name.");
  const std::string user = current_user_name();
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute(
        "INSERT INTO personatwin.population AS p (name, relation, owner_name, created_at, mapping) "
        "VALUES ($1, $2::regclass, $3::name, now(), $4) ON CONFLICT (name) DO UPDATE SET relation "
        "= excluded.relation, owner_name = excluded.owner_name, created_at = excluded.created_at, "
        "mapping = excluded.mapping",
        Params{}.text(name).oid(relation).text(user).add(JSONBOID, mapping));
  });
  PG_RETURN_FLOAT8(loaded.people().total());
}

PT_FUNCTION(pt_drop_population) {
  using namespace pt::pg;
  const std::string name = name_argument(Args(fcinfo));
  const auto entry = find_entry(name);
  if (!entry) PG_RETURN_BOOL(false);
  if (!may_change(entry->relation, entry->owner_name))
    throw pt::insufficient_privilege("population \"" + name + "\" belongs to somebody else");
  refuse_read_only("pt_drop_population()");
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute("DELETE FROM personatwin.population WHERE name = $1", Params{}.text(name));
  });
  PG_RETURN_BOOL(true);
}

PT_FUNCTION(pt_populations) {
  using namespace pt::pg;
  const std::string user = current_user_name();
  const Oid user_oid = GetUserId();
  ResultSet out(fcinfo);
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT p.name, c.oid::regclass, p.owner_name::text, p.created_at, (SELECT array_agg(k "
        "ORDER BY k) FROM jsonb_object_keys(p.mapping->'columns') k), p.mapping FROM "
        "personatwin.population p LEFT JOIN pg_class c ON c.oid = p.relation WHERE p.owner_name = "
        "$1::name OR has_any_column_privilege($2, c.oid, 'SELECT') ORDER BY p.name",
        Params{}.text(user).oid(user_oid), Spi::ReadOnly::yes,
        [&](const Row& row) { forward(row, out); });
  });
  return out.done();
}
