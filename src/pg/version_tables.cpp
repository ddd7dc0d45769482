#include "pg/version_tables.hpp"

#include <algorithm>

#include "pg/datum.hpp"
#include "pg/membership.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

std::string digests_table(std::int64_t release_id, std::int32_t number) {
  return "personatwin.release_" + std::to_string(release_id) + "_v" + std::to_string(number) +
         "_digests";
}

Oid oid_of(const std::string& table) {
  Oid oid = InvalidOid;
  Spi spi;
  spi.query("SELECT to_regclass($1)::oid", Params{}.text(table), Spi::ReadOnly::no,
            [&](const Row& row) { oid = row.is_null(0) ? InvalidOid : row.oid(0); });
  return oid;
}

Oid create_table(const std::string& table, const std::string& definition,
                 const std::string& comment) {
  Spi spi;
  spi.execute("CREATE TABLE " + table + " (" + definition + ")");
  spi.execute("REVOKE ALL ON " + table + " FROM PUBLIC");
  // Else a publication FOR ALL TABLES refuses to delete rows, or its subscribers keep them.
  spi.execute("ALTER TABLE " + table + " REPLICA IDENTITY FULL");
  spi.execute("COMMENT ON TABLE " + table + " IS " + quote_literal(comment));
  return oid_of(table);
}

std::string definition_of(const std::vector<PublishedColumn>& columns) {
  std::string definition;
  for (const PublishedColumn& column : columns)
    definition += (definition.empty() ? "" : ", ") + quote_identifier(column.name) + " " +
                  type_name(column.type);
  return definition;
}

/// Whether a view shows all rows of a table, read with rights that its owner has: as publication
/// has made it. Who publishes owns the views and may have replaced or given them away.
bool shows_all(Oid view, Oid table, const std::vector<PublishedColumn>& columns) {
  std::string bare, prefixed;  // a single table's name is left out since PostgreSQL 16
  std::string const name = relation_name(table);  // quoted as pg_get_viewdef quotes
  std::string const prefix = name.substr(name.find('.') + 1) + ".";
  for (const PublishedColumn& column : columns) {
    std::string const quoted = quote_identifier(column.name);
    bare += (bare.empty() ? "SELECT " : ", ") + quoted;
    prefixed += (prefixed.empty() ? "SELECT " : ", ") + prefix + quoted;
  }
  Spi spi;
  return spi
      .value(
          "SELECT 1 FROM pg_class v, regexp_replace(btrim(pg_get_viewdef(v.oid)), '\\s+', ' ', "
          "'g') d WHERE v.oid = $1 AND v.reloptions IS NULL AND has_table_privilege(v.relowner, "
          "$2, 'SELECT') AND (d = "
          "regexp_replace($3, '\\s+', ' ', 'g') OR d = regexp_replace($4, '\\s+', ' ', 'g'))",
          Params{}
              .oid(view)
              .oid(table)
              .text(bare + " FROM " + name + ";")
              .text(prefixed + " FROM " + name + ";"),
          Spi::ReadOnly::no)
      .has_value();
}

/// Whether a view shows exactly these columns of a table, with these comments.
bool shows(Oid view, Oid table, const std::vector<PublishedColumn>& columns) {
  std::size_t next = 0;
  bool same = true;
  Spi spi;
  spi.query(
      "SELECT v.attname::text, t.attname::text, t.atttypid, coalesce(col_description(v.attrelid, "
      "v.attnum), '') FROM (SELECT * FROM pg_attribute WHERE attrelid = $1 AND attnum > 0) v FULL "
      "JOIN (SELECT * FROM pg_attribute WHERE attrelid = $2 AND attnum > 0) t USING (attnum) "
      "ORDER BY attnum",
      Params{}.oid(view).oid(table), Spi::ReadOnly::no, [&](const Row& row) {
        same = same && next < columns.size() && !row.is_null(0) && !row.is_null(1) &&
               row.text(0) == columns[next].name && row.text(1) == columns[next].name &&
               row.oid(2) == columns[next].type && row.text(3) == columns[next].comment;
        ++next;
      });
  return same && next == columns.size();
}

}  // namespace

VersionTables make_version_tables(const ReleaseName& name, std::int64_t release_id,
                                  std::int32_t number, const PartColumns& columns) {
  VersionTables tables;
  tables.number = number;
  std::string const comment =
      "rows of release " + name.text() + ", from version " + std::to_string(number) + " on";
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    tables.names[part] = version_table(release_id, number, part);
    tables.oids[part] = create_table(tables.names[part], definition_of(columns[part]),
                                     comment + ", read through the view of that name");
  }
  tables.digests = create_table(digests_table(release_id, number),
                                "persona_id uuid, personas bytea, events bytea, people int4, "
                                "event_rows int8, source_events int8",
                                comment + ": SHA-256 and sums of the rows of each persona");
  return tables;
}

std::optional<VersionTables> tables_in_service(std::int64_t release_id,
                                               const std::array<Oid, kParts.size()>& views,
                                               const PartColumns& columns, bool with_events) {
  VersionTables tables;
  bool had_events = false;
  {
    Spi spi;
    spi.query(
        "SELECT tables, events > 0 FROM personatwin.release_version WHERE release_id = $1 AND "
        "in_service",
        Params{}.int8(release_id), Spi::ReadOnly::no, [&](const Row& row) {
          if (!row.is_null(0)) tables.number = row.int4(0);
          had_events = row.boolean(1);
        });
  }
  if (tables.number == 0 || !had_events || !with_events) return std::nullopt;
  tables.digests = oid_of(digests_table(release_id, tables.number));
  if (!OidIsValid(tables.digests)) return std::nullopt;
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    tables.names[part] = version_table(release_id, tables.number, part);
    tables.oids[part] = oid_of(tables.names[part]);
    if (!OidIsValid(tables.oids[part]) || !OidIsValid(views[part]) ||
        !shows(views[part], tables.oids[part], columns[part]) ||
        !shows_all(views[part], tables.oids[part], columns[part]))
      return std::nullopt;
  }
  tables.taken_over = true;
  return tables;
}

std::vector<bool> same_personas(std::int64_t run, std::int64_t earlier) {
  std::vector<std::int64_t> before = units_of(earlier);
  std::sort(before.begin(), before.end());
  std::vector<bool> same;
  for (std::int64_t const unit : units_of(run))
    same.push_back(std::binary_search(before.begin(), before.end(), unit));
  return same;
}

}  // namespace pt::pg
