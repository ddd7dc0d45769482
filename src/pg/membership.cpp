#include "pg/membership.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/model/prf.hpp"
#include "core/release/differencing.hpp"
#include "pg/datum.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/array.h"
}

namespace pt::pg {
namespace {

using model::Hash128;

constexpr std::size_t kKeyBytes = 16, kContentBytes = 8;

std::uint64_t big_endian(const char* bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

std::vector<std::int64_t> int8_elements(Datum array) {
  std::vector<std::int64_t> out;
  Datum* elements = nullptr;
  int count = 0;
  guarded([array, &elements, &count] {
    deconstruct_array(DatumGetArrayTypeP(array), INT8OID, 8, true, TYPALIGN_DOUBLE, &elements,
                      nullptr, &count);
  });
  for (int i = 0; i < count; ++i) out.push_back(DatumGetInt64(elements[i]));
  return out;
}

Datum int8_array(std::span<const std::int64_t> values) {
  std::vector<Datum> elements;
  for (std::int64_t const value : values) elements.push_back(Int64GetDatum(value));
  return guarded([&elements] {
    return PointerGetDatum(construct_array(elements.data(), static_cast<int>(elements.size()),
                                           INT8OID, 8, true, TYPALIGN_DOUBLE));
  });
}

/// A member of a published persona.
struct Member {
  Hash128 key;
  std::uint64_t content;
};

/// Members of published personas by unit, loaded when first asked for.
class Units {
 public:
  explicit Units(Host& host) : host_(host) {}

  void load(std::span<const std::int64_t> units) {
    std::vector<std::int64_t> missing;
    for (std::int64_t const unit : units)
      if (members_.find(unit) == members_.end()) missing.push_back(unit);
    if (missing.empty()) return;
    Spi spi;
    Params params;
    params.add(INT8ARRAYOID, int8_array(missing));
    spi.query(
        "SELECT unit, members, contents FROM personatwin.published_persona WHERE unit = ANY ($1)",
        params, Spi::ReadOnly::no, [&](const Row& row) {
          host_.poll();
          std::string_view const keys = text_view(row.value(1));
          std::string_view const contents =
              row.is_null(2) ? std::string_view() : text_view(row.value(2));
          Loaded& loaded = members_[row.int8(0)];
          loaded.with_contents = !row.is_null(2);
          for (std::size_t i = 0; i < keys.size() / kKeyBytes; ++i)
            loaded.members.push_back(
                {{big_endian(keys.data() + i * kKeyBytes),
                  big_endian(keys.data() + i * kKeyBytes + 8)},
                 loaded.with_contents ? big_endian(contents.data() + i * kContentBytes) : 0});
        });
    for (std::int64_t const unit : missing)
      if (members_.find(unit) == members_.end())
        throw internal_error("published persona " + std::to_string(unit) +
                             " is missing from the catalog");
  }

  struct Loaded {
    std::vector<Member> members;
    bool with_contents = false;
  };
  const Loaded& at(std::int64_t unit) const { return members_.at(unit); }

 private:
  Host& host_;
  std::unordered_map<std::int64_t, Loaded> members_;
};

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

/// How the people of two sets of personas overlap, and whether they are the same people.
struct Comparison {
  std::vector<release::Overlap> overlaps;
  std::uint64_t common = 0, same_content = 0;
};

struct KeyHash {
  std::size_t operator()(const Hash128& key) const noexcept {
    return static_cast<std::size_t>(key.lo);
  }
};

/// The personas of a version to be: units, or members of new ones (unit 0).
struct Mine {
  std::vector<std::int64_t> units;
  std::vector<Units::Loaded> fresh;
};

Comparison compare(Host& host, Units& units, const Earlier& earlier, const Mine& mine) {
  std::vector<std::int64_t> sorted = mine.units;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::int64_t> before, mine_only;
  std::set_difference(earlier.units.begin(), earlier.units.end(), sorted.begin(), sorted.end(),
                      std::back_inserter(before));
  std::vector<std::uint32_t> after;
  for (std::uint32_t p = 0; p < mine.units.size(); ++p) {
    if (std::binary_search(earlier.units.begin(), earlier.units.end(), mine.units[p])) continue;
    after.push_back(p);
    if (mine.units[p] != 0) mine_only.push_back(mine.units[p]);
  }
  units.load(before);
  units.load(mine_only);
  struct Place {
    std::uint32_t persona;
    std::uint64_t content;
    bool with_content;
  };
  std::pmr::unordered_map<Hash128, Place, KeyHash> place(host.memory());
  for (std::uint32_t p = 0; p < before.size(); ++p) {
    const Units::Loaded& persona = units.at(before[p]);
    for (const Member& m : persona.members)
      place.emplace(m.key, Place{p, m.content, persona.with_contents});
    host.poll();
  }
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::uint64_t> people;
  Comparison out;
  for (const std::uint32_t p : after) {
    const Units::Loaded& persona = mine.units[p] != 0 ? units.at(mine.units[p]) : mine.fresh[p];
    host.poll();
    for (const Member& m : persona.members) {
      auto const found = place.find(m.key);
      if (found == place.end()) {
        ++people[{release::kOutside, p, false}];
        continue;
      }
      const Place& was = found->second;
      bool const comparable = earlier.same_setting && was.with_content && persona.with_contents;
      bool const changed = comparable && was.content != m.content;
      ++people[{was.persona, p, changed}];
      ++out.common;
      if (comparable && !changed) ++out.same_content;
      place.erase(found);
    }
  }
  for (auto const& [key, was] : place) ++people[{was.persona, release::kOutside, false}];
  for (auto const& [cell, n] : people)
    out.overlaps.push_back({std::get<0>(cell), std::get<1>(cell), n, std::get<2>(cell)});
  return out;
}

/// Another source whose people have the same keys and mostly the same events holds the same people:
/// a copy.
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

/// Whoever was expunged is never published again.
void refuse_expunged(const StoredRun& run) {
  Spi spi;
  auto const people =
      spi.value("SELECT count(*) FROM personatwin.expunged x JOIN " + run.table("member") +
                    " m USING (person_key) WHERE x.source = $1::regclass AND "
                    "m.persona_no IS NOT NULL HAVING count(*) > 0",
                Params{}.oid(run.source), Spi::ReadOnly::no);
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
  std::vector<std::int64_t> all(known.begin(), known.end());
  Params params;
  params.int8(run).add(INT8ARRAYOID, int8_array(all));
  spi.execute(
      "WITH persona AS MATERIALIZED (SELECT persona_no, "
      "string_agg(person_key, ''::bytea ORDER BY person_key) AS members, " +
          std::string(with_contents ? "string_agg(int8send(content), ''::bytea ORDER BY person_key)"
                                    : "NULL::bytea") +
          " AS contents FROM " + table +
          " WHERE persona_no IS NOT NULL AND coalesce(($2::int8[])[persona_no], 0) = 0 "
          "GROUP BY persona_no ORDER BY persona_no), "
          "numbered AS MATERIALIZED (SELECT persona_no, "
          "nextval('personatwin.published_persona_seq') AS unit, members, contents FROM persona), "
          "stored AS (INSERT INTO personatwin.published_persona (unit, members, contents) "
          "SELECT unit, members, contents FROM numbered) "
          "INSERT INTO personatwin.membership (run_id, source, people, source_name, min_size, "
          "setting, kept_at, units) SELECT r.run_id, r.source, r.people, (SELECT "
          "quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN "
          "pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = r.source), "
          "coalesce((r.parameters->>'min_size')::int4, 5), " +
          setting_sql("r") +
          ", now(), (SELECT coalesce(array_agg(unit ORDER BY persona_no), '{}') FROM (SELECT "
          "persona_no, unit FROM numbered UNION ALL SELECT n, u FROM unnest($2::int8[]) WITH "
          "ORDINALITY AS k(u, n) WHERE u <> 0) AS x) FROM personatwin.run r WHERE r.run_id = $1",
      params);
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
        "kept_at) SELECT $1, l.source, l.source_name, 5, '', v.published_at FROM "
        "personatwin.release_version v JOIN personatwin.release l USING (release_id) WHERE "
        "v.run_id = $1 ORDER BY v.published_at LIMIT 1",
        Params{}.int8(o.run));
  }
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

void require_no_difference(Host& host, const StoredRun& run) {
  keep_older_memberships();
  keep_membership(run.id);
  refuse_expunged(run);
  Mine mine{units_of(run.id), {}};
  Units units(host);
  for (const Earlier& earlier : earlier_memberships(run, false)) {
    if (!earlier.related && (!earlier.known || !earlier.same_setting)) continue;
    if (!earlier.known)
      throw wrong_state(
          "run " + std::to_string(run.id) + " can't be compared with what was published before",
          "Run " + std::to_string(earlier.run) + " of the same source was published as " +
              earlier.published_as + ", and its data are gone.",
          "What a comparison gives away can't be measured; keep to the release that exists.");
    auto const least = static_cast<std::uint64_t>(std::max(run.min_size, earlier.min_size));
    Comparison const comparison = compare(host, units, earlier, mine);
    if (!earlier.related && !same_people(comparison, least)) continue;
    if (auto const found = release::find_small_difference(host, comparison.overlaps, least))
      refuse(run, earlier, found->people, least);
  }
}

std::optional<std::vector<std::uint32_t>> blamed_personas(
    Host& host, const StoredRun& run, std::span<const release::Placement> placements) {
  Mine mine;
  for (const release::Placement& placement : placements) {
    mine.units.push_back(placement.unit);
    Units::Loaded& fresh = mine.fresh.emplace_back();
    fresh.with_contents = true;
    for (auto const& [key, content] : placement.members) fresh.members.push_back({key, content});
  }
  Units units(host);
  for (const Earlier& earlier : earlier_memberships(run, true)) {
    if (!earlier.known) continue;  // publication refuses what can't be compared
    auto const least = static_cast<std::uint64_t>(std::max(run.min_size, earlier.min_size));
    if (!earlier.related && !earlier.same_setting) continue;
    Comparison const comparison = compare(host, units, earlier, mine);
    if (!earlier.related && !same_people(comparison, least)) continue;
    if (auto const found = release::find_small_difference(host, comparison.overlaps, least))
      return found->later;
  }
  return std::nullopt;
}

}  // namespace pt::pg
