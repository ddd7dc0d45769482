#include "pg/membership.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/release/differencing.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/published_members.hpp"
#include "pg/run.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

/// A run that was published before.
struct Earlier {
  std::int64_t run = 0;
  std::string published_as;
  std::int32_t min_size = 0;
  bool same_setting = false;
  bool related = false;  ///< same source or people by name, or by the tables below views
  bool known = false;
  std::vector<std::int64_t> units;  ///< ascending
};

/// Tables and views that a source ($1) and its table of people ($2) are made of, partitions and
/// parents included; then all that these are part of. Tables with far fewer rows than run $3 has
/// people, such as lists of places, tie no two sources together.
constexpr const char* kRelated =
    "WITH RECURSIVE base(oid) AS (SELECT unnest(ARRAY[$1, $2]) UNION "
    "SELECT x.oid FROM base b CROSS JOIN LATERAL ("
    "SELECT d.refobjid FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass "
    "AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass WHERE w.ev_class = b.oid "
    "UNION ALL SELECT inhparent FROM pg_inherits WHERE inhrelid = b.oid "
    "UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = b.oid) AS x(oid)), "
    "related(oid) AS (SELECT c.oid FROM base JOIN pg_class c USING (oid) WHERE c.oid IN ($1, $2) "
    "OR c.relkind <> 'r' OR c.reltuples < 0 OR 2 * c.reltuples >= coalesce((SELECT n_people FROM "
    "personatwin.run WHERE run_id = $3), 0) UNION SELECT w.ev_class FROM related b "
    "JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = b.oid "
    "AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite w ON w.oid = d.objid) ";

std::vector<Earlier> earlier_memberships(const StoredRun& run, bool with_own) {
  std::vector<Earlier> found;
  Spi spi;
  spi.query(
      std::string(kRelated) +
          "SELECT m.run_id, coalesce((SELECT string_agg(DISTINCT quote_ident(r.schema_name) || '.' "
          "|| quote_ident(r.name), ', ') FROM personatwin.release_version v JOIN "
          "personatwin.release r USING (release_id) WHERE v.run_id = m.run_id), 'a release'), "
          "m.min_size, m.setting = self.setting, coalesce(m.source::oid IN (SELECT oid FROM "
          "related) OR m.people::oid IN (SELECT oid FROM related) OR m.source_name = "
          "self.source_name, false), m.units FROM personatwin.membership m JOIN "
          "personatwin.membership self ON self.run_id = $3 WHERE m.run_id <> $3 OR $4 ORDER BY "
          "m.run_id",
      Params{}.oid(run.source).oid(run.people).int8(run.id).boolean(with_own), Spi::ReadOnly::no,
      [&](const Row& row) {
        Earlier e;
        e.run = row.int8(0);
        e.published_as = row.text(1);
        e.min_size = row.int4(2);
        e.same_setting = row.boolean(3);
        e.related = row.boolean(4);
        e.known = !row.is_null(5);
        if (e.known) e.units = int8_elements(row.value(5));
        std::sort(e.units.begin(), e.units.end());
        found.push_back(std::move(e));
      });
  return found;
}

/// Another source whose people have the same keys and mostly the same events holds the same people:
/// a copy, whatever columns and periods either shows.
bool same_people(const Comparison& comparison, std::uint64_t least) {
  return comparison.same_content >= least && 2 * comparison.same_content >= comparison.common;
}

[[noreturn]] void refuse(const StoredRun& run, const Earlier& earlier, std::uint64_t people,
                         std::uint64_t least) {
  throw wrong_state(
      "run " + std::to_string(run.id) + " of " + relation_name(run.source) +
          " can't be published beside what was published before",
      "Compared with run " + std::to_string(earlier.run) + ", published as " +
          earlier.published_as + ", it tells of a group of " + std::to_string(people) +
          (people == 1 ? " person" : " people") + "; a difference must hold nobody or at least " +
          std::to_string(least) + ".",
      "pt_refresh_release() publishes new people and events and keeps the personas that are known. "
      "Dropping the earlier release does not help: it may have been read.");
}

/// Whoever was expunged is never published again, nor from a view of the same rows.
void refuse_expunged(const StoredRun& run) {
  Spi spi;
  auto const people =
      spi.value(std::string(kRelated) +
                    "SELECT count(DISTINCT person_key) FROM personatwin.expunged x JOIN " +
                    run.table("member") +
                    " m USING (person_key) WHERE x.source::oid IN (SELECT oid FROM related) AND "
                    "m.persona_no IS NOT NULL HAVING count(*) > 0",
                Params{}.oid(run.source).oid(run.people).int8(run.id), Spi::ReadOnly::no);
  if (people)
    throw wrong_state("run " + std::to_string(run.id) + " has people who were expunged",
                      "Expunged people in its personas: " + *people + ".",
                      "Delete them from the source, or leave them out with a view, and make a new "
                      "run.");
}

std::string setting_sql(const char* run) {
  return std::string(run) + ".period || ' ' || " + run + ".event_columns::text";
}

}  // namespace

void lock_publications() {
  Spi spi;
  if (spi.execute("UPDATE personatwin.publication_lock SET publications = publications + 1") != 1)
    throw internal_error("table personatwin.publication_lock must have one row");
}

void keep_membership(std::int64_t run, std::span<const std::int64_t> known) {
  Spi spi;
  if (spi.value("SELECT 1 FROM personatwin.membership WHERE run_id = $1", Params{}.int8(run),
                Spi::ReadOnly::no))
    return;
  std::string const table = "personatwin.run_" + std::to_string(run) + "_member";
  std::optional<std::string> const contents = spi.value(
      "SELECT count(*) FILTER (WHERE attname = 'content') FROM pg_attribute WHERE attrelid = "
      "to_regclass($1) AND attnum > 0 HAVING count(*) > 0",
      Params{}.text(table), Spi::ReadOnly::no);
  if (!contents)
    throw wrong_state("the data of run " + std::to_string(run) + " are gone",
                      "Table " + table + " does not exist.",
                      "Make a new run with pt_create_personas.");
  bool const with_contents = *contents == "1";
  PgHost host("fingerprints");
  std::vector<std::int64_t> const units = keep_members(host, table, with_contents, known);
  spi.execute(
      "INSERT INTO personatwin.membership (run_id, source, people, source_name, min_size, "
      "setting, kept_at, units, counts) SELECT r.run_id, r.source, r.people, (SELECT "
      "quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN "
      "pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = r.source), "
      "coalesce((r.parameters->>'min_size')::int4, 5), " +
          setting_sql("r") +
          ", now(), $2, (SELECT '{}'::uuid[] FROM personatwin.release_version v WHERE v.run_id = "
          "r.run_id LIMIT 1) FROM personatwin.run r WHERE r.run_id = $1",
      Params{}.int8(run).add(INT8ARRAYOID, int8_array(units)));
}

void keep_older_memberships() {
  struct Older {
    std::int64_t run;
    bool exists;
  };
  std::vector<Older> older;
  Spi spi;
  spi.query(
      "SELECT DISTINCT v.run_id, r.run_id IS NOT NULL AND to_regclass('personatwin.run_' || "
      "v.run_id || '_member') IS NOT NULL FROM personatwin.release_version v "
      "LEFT JOIN personatwin.run r USING (run_id) WHERE NOT EXISTS (SELECT FROM "
      "personatwin.membership m WHERE m.run_id = v.run_id) ORDER BY 1",
      Params{}, Spi::ReadOnly::no, [&](const Row& row) {
        older.push_back({row.int8(0), row.boolean(1)});
      });
  for (const Older& o : older) {
    if (o.exists) {
      keep_membership(o.run);
      continue;
    }
    spi.execute(
        "INSERT INTO personatwin.membership (run_id, source, source_name, min_size, setting, "
        "kept_at, counts) SELECT $1, l.source, l.source_name, 5, '', v.published_at, '{}' FROM "
        "personatwin.release_version v JOIN personatwin.release l USING (release_id) WHERE "
        "v.run_id = $1 ORDER BY v.published_at LIMIT 1",
        Params{}.int8(o.run));
  }
}

std::vector<model::Hash128> expunged_people(const StoredRun& run) {
  std::vector<model::Hash128> out;
  Spi spi;
  spi.query(std::string(kRelated) +
                "SELECT DISTINCT person_key FROM personatwin.expunged WHERE source::oid IN (SELECT "
                "oid FROM related)",
            Params{}.oid(run.source).oid(run.people).int8(run.id), Spi::ReadOnly::no,
            [&](const Row& row) {
              std::string_view const bytes = text_view(row.value(0));
              model::Hash128 hash;
              for (std::size_t i = 0; i < 8 && bytes.size() == 16; ++i) {
                hash.hi = hash.hi << 8 | static_cast<std::uint8_t>(bytes[i]);
                hash.lo = hash.lo << 8 | static_cast<std::uint8_t>(bytes[8 + i]);
              }
              out.push_back(hash);
            });
  std::sort(out.begin(), out.end());
  return out;
}

std::string related_releases(Oid source) {
  Spi spi;
  auto const run = spi.value("SELECT max(run_id) FROM personatwin.run WHERE source = $1::regclass",
                             Params{}.oid(source), Spi::ReadOnly::no);
  Params params;
  params.oid(source).oid(InvalidOid);
  if (run) {
    params.int8(std::stoll(*run));
  } else {
    params.null(INT8OID);
  }
  auto const names = spi.value(
      std::string(kRelated) +
          "SELECT string_agg(DISTINCT quote_ident(r.schema_name) || '.' || quote_ident(r.name), ', "
          "') FROM personatwin.release r WHERE r.dropped_at IS NULL AND r.source::oid <> $1 AND "
          "r.source::oid IN (SELECT oid FROM related)",
      params, Spi::ReadOnly::no);
  return names.value_or("");
}

bool was_published(Oid source, const model::Hash128& key) {
  auto const bytes = key_bytes(key);
  Spi spi;
  // Keys of 16 random bytes stand one after the other in `members`: none is found across two
  // others.
  return spi
      .value(
          "SELECT 1 FROM personatwin.membership m JOIN personatwin.published_persona u ON u.unit = "
          "ANY (m.units) WHERE m.source = $1::regclass AND position($2 IN u.members) > 0 LIMIT 1",
          Params{}.oid(source).add(
              BYTEAOID, text_datum({reinterpret_cast<const char*>(bytes.data()), bytes.size()})),
          Spi::ReadOnly::no)
      .has_value();
}

std::vector<std::int64_t> units_of(std::int64_t run) {
  std::optional<std::vector<std::int64_t>> units;
  Spi spi;
  spi.query("SELECT units FROM personatwin.membership WHERE run_id = $1 AND units IS NOT NULL",
            Params{}.int8(run), Spi::ReadOnly::no,
            [&](const Row& row) { units = int8_elements(row.value(0)); });
  if (!units)
    throw wrong_state("there is no fingerprint of run " + std::to_string(run),
                      "It was not published, or its data were gone before fingerprints were kept.");
  return *std::move(units);
}

std::vector<std::int64_t> require_no_difference(Host& host, const StoredRun& run) {
  keep_older_memberships();
  keep_membership(run.id);
  refuse_expunged(run);
  LaidOver const mine{units_of(run.id), {}};
  std::vector<std::int64_t> shared;
  for (const Earlier& earlier : earlier_memberships(run, false)) {
    if (!earlier.related && !earlier.known) continue;
    if (!earlier.known)
      throw wrong_state(
          "run " + std::to_string(run.id) + " can't be compared with what was published before",
          "Run " + std::to_string(earlier.run) + " of the same source was published as " +
              earlier.published_as + ", and its data are gone.",
          "What a comparison gives away can't be measured; keep to the release that exists.");
    auto const least = static_cast<std::uint64_t>(std::max(run.min_size, earlier.min_size));
    Comparison const comparison = lay_over(host, earlier.units, mine, earlier.same_setting);
    if (!earlier.related && !same_people(comparison, least)) continue;
    if (auto const found = release::find_small_difference(host, comparison.overlaps, least))
      refuse(run, earlier, found->people, least);
    if (comparison.common > 0) shared.push_back(earlier.run);
  }
  return shared;
}

release::DifferenceCheck difference_check(Host& host, const StoredRun& run) {
  return [&host, &run, memberships = earlier_memberships(run, true)](
             std::span<const release::Placement> placements)
             -> std::optional<std::vector<std::uint32_t>> {
    LaidOver mine;
    for (const release::Placement& placement : placements) {
      mine.units.push_back(placement.unit);
      FreshPersona& fresh = mine.fresh.emplace_back();
      for (auto const& [key, content] : placement.members) fresh.members.push_back({key, content});
    }
    for (const Earlier& earlier : memberships) {
      if (!earlier.known) continue;  // publication refuses what can't be compared
      auto const least = static_cast<std::uint64_t>(std::max(run.min_size, earlier.min_size));
      Comparison const comparison = lay_over(host, earlier.units, mine, earlier.same_setting);
      if (!earlier.related && !same_people(comparison, least)) continue;
      if (auto const found = release::find_small_difference(host, comparison.overlaps, least))
        return found->later;
    }
    return std::nullopt;
  };
}

}  // namespace pt::pg
