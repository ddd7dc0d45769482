#include "pg/hierarchies.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.hpp"
#include "core/model/hierarchy_table.hpp"
#include "pg/datum.hpp"
#include "pg/describe_relation.hpp"
#include "pg/owner.hpp"
#include "pg/same_source.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

using model::HierarchyTable;

/// Where a hierarchy is kept: a row of personatwin.hierarchy.
struct Place {
  Oid relation = InvalidOid;
  std::vector<std::string> levels;       ///< empty: long form
  std::optional<std::string> attribute;  ///< long form
};

/// A table of a hierarchy with the names of its levels above the value.
struct Loaded {
  HierarchyTable table;
  std::vector<std::string> level_names;
};

std::vector<std::string> plain_strings(Datum array) {
  std::vector<std::string> out;
  for (const auto& element : text_array_elements(array, "levels")) {
    if (!element) throw invalid_parameter("levels must not hold NULL");
    out.push_back(*element);
  }
  return out;
}

std::optional<Place> find_place(Oid relation, const std::string& column) {
  std::optional<Place> place;
  std::optional<std::string> source_name, hierarchy_name;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT hierarchy::oid, levels, attribute, source_name, hierarchy_name FROM "
        "personatwin.hierarchy WHERE source = $1 AND column_name = $2::name",
        Params{}.oid(relation).text(column), Spi::ReadOnly::no, [&](const Row& row) {
          Place found;
          found.relation = row.oid(0);
          if (!row.is_null(1)) found.levels = plain_strings(row.value(1));
          found.attribute = row.optional_text(2);
          source_name = row.optional_text(3);
          hierarchy_name = row.optional_text(4);
          place = std::move(found);
        });
  });
  if (!place) return place;
  std::string const what = "the hierarchy of column \"" + column + "\"";
  std::string const hint = "call pt_set_hierarchy again, or pt_drop_hierarchy.";
  require_same_name(relation, source_name, what + " is that", hint);
  require_same_name(place->relation, hierarchy_name, what + " was made", hint);
  return place;
}

const Column& require_column(const Relation& relation, const std::string& name) {
  const Column* const column = relation.find(name);
  if (column == nullptr)
    throw Error(sqlstate::kUndefinedColumn,
                "column \"" + name + "\" of " + relation.sql_name + " does not exist");
  return *column;
}

Loaded read_long_form(const Relation& relation, const std::optional<std::string>& attribute) {
  const std::string leaf = text_expression(require_column(relation, "value"));
  const std::string generalised = text_expression(require_column(relation, "generalised"));
  if (class_of(require_column(relation, "level").type) != model::TypeClass::integer)
    throw Error(sqlstate::kDatatypeMismatch,
                "column \"level\" of " + relation.sql_name + " is not an integer");
  std::string filter;
  if (attribute)
    filter = " AND " + text_expression(require_column(relation, "attribute")) +
             " OPERATOR(pg_catalog.=) $1";
  std::map<std::string, std::map<std::int32_t, std::string>> nodes;
  std::int32_t top = 0;
  Spi spi;
  spi.query("SELECT " + leaf + ", level::pg_catalog.int4, " + generalised + " FROM " +
                relation.sql_name + " WHERE value IS NOT NULL AND level IS NOT NULL" + filter,
            attribute ? Params{}.text(*attribute) : Params{}, Spi::ReadOnly::no,
            [&](const Row& row) {
              const std::int32_t level = row.int4(1);
              if (level < 0 || level > 100)
                throw data_error("levels of a hierarchy are numbered from 0 to 100");
              top = std::max(top, level);
              auto& labels = nodes[row.text(0)];
              const std::string label = row.optional_text(2).value_or("");
              const auto [entry, is_new] = labels.try_emplace(level, label);
              if (!is_new && entry->second != label)
                throw data_error("a value of the hierarchy has two labels at level " +
                                 std::to_string(level));
            });
  std::vector<std::string> names;
  for (std::int32_t level = 1; level <= top; ++level)
    names.push_back("level " + std::to_string(level));
  Loaded loaded{HierarchyTable(names), names};
  for (const auto& [value, labels] : nodes) {
    std::vector<std::string> row;
    for (std::int32_t level = 1; level <= top; ++level) {
      const auto at = labels.find(level);
      row.push_back(at == labels.end() ? std::string() : at->second);
    }
    loaded.table.add(value, std::move(row));
  }
  return loaded;
}

using TextRows = std::vector<std::vector<std::string>>;

/// Distinct combinations of the columns as texts, NULL as an empty one; rows without the first are
/// left out.
TextRows read_distinct(const Relation& relation, std::span<const std::string> columns) {
  std::string list;
  for (const auto& column : columns) {
    list += (list.empty() ? "" : ", ") + text_expression(require_column(relation, column));
  }
  TextRows rows;
  Spi spi;
  spi.query("SELECT DISTINCT " + list + " FROM " + relation.sql_name, Params{}, Spi::ReadOnly::no,
            [&](const Row& row) {
              if (row.is_null(0)) return;
              auto& texts = rows.emplace_back();
              for (int c = 0; c < row.columns(); ++c)
                texts.push_back(row.optional_text(c).value_or(""));
            });
  return rows;
}

/// Whether every value of column `fine` goes with one of column `coarse`.
bool nests(const TextRows& rows, std::size_t fine, std::size_t coarse) {
  std::map<std::string, std::string> parent;
  return std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
    const auto [entry, is_new] = parent.try_emplace(row[fine], row[coarse]);
    return is_new || entry->second == row[coarse];
  });
}

/// The table that the columns at `chain` make.
Loaded table_of(const TextRows& rows, std::span<const std::string> columns,
                const std::vector<std::size_t>& chain) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < chain.size(); ++i) names.push_back(columns[chain[i]]);
  Loaded loaded{HierarchyTable(names), names};
  for (const auto& row : rows) {
    std::vector<std::string> nodes;
    for (std::size_t i = 1; i < chain.size(); ++i) nodes.push_back(row[chain[i]]);
    loaded.table.add(row[chain[0]], std::move(nodes));
  }
  return loaded;
}

Loaded read_columns(const Relation& relation, std::span<const std::string> columns) {
  std::vector<std::size_t> all(columns.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return table_of(read_distinct(relation, columns), columns, all);
}

Loaded read_place(const Place& place) {
  const Relation relation = load_relation(place.relation);
  Loaded loaded = place.levels.empty() ? read_long_form(relation, place.attribute)
                                       : read_columns(relation, place.levels);
  if (loaded.level_names.empty() || loaded.table.values().empty())
    throw data_error("the hierarchy " + relation.sql_name + " has no levels above its values");
  loaded.table.check();
  return loaded;
}

void write_place(Oid source, const std::string& column, const Place& place) {
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute(
        "DELETE FROM personatwin.hierarchy AS h WHERE NOT EXISTS (SELECT FROM pg_class c WHERE "
        "c.oid = h.source)");
    Params params;
    params.oid(source).text(column).oid(place.relation);
    if (place.levels.empty())
      params.null(TEXTARRAYOID);
    else
      params.add(TEXTARRAYOID, text_array(place.levels));
    params.optional_text(place.attribute)
        .text(relation_name(source))
        .text(relation_name(place.relation));
    spi.execute(
        "INSERT INTO personatwin.hierarchy AS h (source, column_name, hierarchy, levels, "
        "attribute, source_name, hierarchy_name) "
        "VALUES ($1::regclass, $2::name, $3::regclass, $4, $5, $6, $7) "
        "ON CONFLICT (source, column_name) DO UPDATE SET hierarchy = excluded.hierarchy, "
        "levels = excluded.levels, attribute = excluded.attribute, "
        "source_name = excluded.source_name, hierarchy_name = excluded.hierarchy_name",
        params);
  });
}

}  // namespace

std::optional<LoadedHierarchy> load_hierarchy(Oid relation, const std::string& column,
                                              std::span<const std::string> labels) {
  const auto place = find_place(relation, column);
  if (!place) return std::nullopt;
  Loaded loaded = read_place(*place);
  LoadedHierarchy out;
  out.level_names = std::move(loaded.level_names);
  out.hierarchy = loaded.table.build(labels, out.not_shown);
  return out;
}

std::optional<KnownHierarchy> load_known_hierarchy(Oid relation, const std::string& column) {
  const auto place = find_place(relation, column);
  if (!place) return std::nullopt;
  Loaded loaded = read_place(*place);
  KnownHierarchy out;
  out.labels = loaded.table.values();
  out.level_names = std::move(loaded.level_names);
  std::uint64_t not_shown = 0;
  out.hierarchy = loaded.table.build(out.labels, not_shown);
  return out;
}

LoadedHierarchy hierarchy_of_columns(Oid relation_oid, std::span<const std::string> columns,
                                     std::span<const std::string> labels) {
  LoadedHierarchy out;
  if (columns.size() < 2) return out;
  const Relation relation = load_relation(relation_oid);
  const TextRows rows = read_distinct(relation, columns);
  std::vector<std::size_t> chain{0};
  for (std::size_t c = 1; c < columns.size(); ++c) {
    if (nests(rows, chain.back(), c))
      chain.push_back(c);
    else
      report(WARNING,
             "column \"" + columns[c] + "\" of " + relation.sql_name +
                 " is not used as a level above \"" + columns[chain.back()] + "\"",
             "It has several values for one of \"" + columns[chain.back()] + "\".");
  }
  if (chain.size() < 2) return out;
  Loaded loaded = table_of(rows, columns, chain);
  out.level_names = std::move(loaded.level_names);
  out.hierarchy = loaded.table.build(labels, out.not_shown);
  return out;
}

}  // namespace pt::pg

PT_FUNCTION(pt_set_hierarchy) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const Oid source = args.oid(0, "source");
  const std::string column = args.text(1, "column");
  Place place;
  place.relation = args.oid(2, "hierarchy");
  if (!args.is_null(3)) {
    place.levels = plain_strings(args.value(3, "levels"));
    if (place.levels.size() < 2)
      throw pt::invalid_parameter(
          "levels must name at least two columns", {},
          "The first holds the values of the column, the others are coarser and coarser.");
  }
  place.attribute = args.optional_text(4);
  if (place.attribute && !place.levels.empty())
    throw pt::invalid_parameter(
        "levels and attribute exclude each other", {},
        "attribute is for a table with columns attribute, value, level and generalised.");
  require_source_owner(source);
  static_cast<void>(require_column(load_relation(source), column));
  refuse_read_only("pt_set_hierarchy()");
  static_cast<void>(read_place(place));
  write_place(source, column, place);
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_drop_hierarchy) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const Oid source = args.oid(0, "source");
  const std::string column = args.text(1, "column");
  require_source_owner(source);
  refuse_read_only("pt_drop_hierarchy()");
  bool removed = false;
  run_as_extension_owner([&] {
    Spi spi;
    removed = spi.execute(
                  "DELETE FROM personatwin.hierarchy WHERE source = $1 AND column_name = $2::name",
                  Params{}.oid(source).text(column)) > 0;
  });
  PG_RETURN_BOOL(removed);
}

PT_FUNCTION(pt_hierarchies) {
  using namespace pt::pg;
  const Oid source = Args(fcinfo).oid(0, "source");
  require_source_owner(source);
  ResultSet out(fcinfo);
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT column_name::text, hierarchy::oid, levels, attribute FROM personatwin.hierarchy "
        "WHERE source = $1 AND (source_name IS NULL OR source_name = $2) ORDER BY column_name",
        Params{}.oid(source).text(relation_name(source)), Spi::ReadOnly::yes, [&](const Row& row) {
          ResultSet::Cell levels;
          if (!row.is_null(2)) levels = ResultSet::Cell::datum(row.value(2));
          out.row(
              {row.text(0), ResultSet::Cell::datum(row.value(1)), levels, row.optional_text(3)});
        });
  });
  return out.done();
}
