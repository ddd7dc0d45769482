#include "pg/attack_tables.hpp"

#include <algorithm>
#include <iterator>

#include "core/attack/identification.hpp"
#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/row_text.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/uuid.h"
}

namespace pt::pg {
void AttackTables::read(const Secret& secret) {
  StableText const stable;
  read_claims();
  read_noise();
  read_personas(secret);
  read_events();
  read_levels();
  read_members();
}

std::optional<std::uint32_t> AttackTables::persona_of(const Key& key) const {
  const auto it = std::lower_bound(
      members_.begin(), members_.end(), key,
      [](const std::pair<Key, std::uint32_t>& a, const Key& b) { return a.first < b; });
  if (it == members_.end() || it->first != key) return std::nullopt;
  return it->second;
}

std::string AttackTables::table(std::size_t part) const {
  return version_table(which_.release_id, which_.tables, part);
}

void AttackTables::misfit(const std::string& detail) const {
  throw wrong_state("the published tables of " + which_.name.text() + " do not fit run " +
                        std::to_string(run_.id),
                    detail, "Publish the release again.");
}

std::string AttackTables::published_name(std::size_t column) const {
  for (const PublishedColumn& published : columns_)
    if (published.from == static_cast<int>(column)) return published.name;
  misfit("No published column belongs to column " + run_.event_columns[column].name + ".");
}

void AttackTables::read_claims() {
  static constexpr std::array<const char*, 5> kFigures{"demographics", "one_event", "two_events",
                                                       "all_events", "events"};
  static constexpr std::array<const char*, 5> kNames{
      "demographics", "demographics+1", "demographics+2", "demographics+events", "events"};
  std::string sql = "SELECT attacker, population_average_risk, maximum_risk";
  for (const char* const figure : kFigures)
    for (const char* const what : {"average", "maximum"})
      sql += std::string(", (risks->>'") + figure + "_" + what + "')::float8";
  const auto number = [](const Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.float8(column));
  };
  bool found = false;
  Spi spi;
  spi.query(sql + " FROM " + table(2), {}, Spi::ReadOnly::no, [&](const Row& row) {
    found = true;
    out_.headline = {number(row, 1), number(row, 2)};
    for (int k = 0; k < 5; ++k) {
      const auto at = static_cast<std::size_t>(k);
      out_.claims[at] = row.text(0) == kNames[at]
                            ? out_.headline
                            : Claim{number(row, 3 + 2 * k), number(row, 4 + 2 * k)};
    }
    // Whoever attacks here knows that the person is in the release, which the owner of a register
    // does not.
    if (row.text(0) == "register") {
      const Claim& events = out_.claims[static_cast<std::size_t>(attack::Knowledge::all_events)];
      out_.headline = events.average ? events : out_.claims.front();
    }
  });
  if (!found) misfit("Its view _about has no row.");
}

void AttackTables::read_noise() {
  Spi spi;
  spi.query(
      "SELECT (n->>'jitter_days')::int4, (n->>'outcome_noise')::float8, "
      "(n->>'detail_noise')::float8, "
      "ARRAY(SELECT jsonb_array_elements_text(n->'numeric_details')) FROM "
      "(SELECT to_jsonb(a)->'noise' AS n FROM " +
          table(2) + " a) x WHERE jsonb_typeof(n) = 'object'",
      {}, Spi::ReadOnly::no, [&](const Row& row) {
        noise_.jitter_days = static_cast<std::uint32_t>(row.int4(0));
        noise_.outcome = row.float8(1);
        noise_.detail = row.float8(2);
        for (const auto& name : text_array_elements(row.value(3), "numeric_details"))
          noise_.numeric_details.push_back(name.value_or(""));
      });
}

void AttackTables::read_personas(const Secret& secret) {
  static constexpr std::array<std::string_view, 4> kFixed{"age_range", "gender", "ethnicity",
                                                          "geography"};
  std::string sql = "SELECT persona_id, merged_from, class_id::text";
  int width = 0;
  for (const PublishedColumn& column : persona_columns(run_, false)) {
    if (column.from < 0 && std::find(kFixed.begin(), kFixed.end(), column.name) == kFixed.end())
      continue;
    sql += ", " + quote_identifier(column.name) + "::text";
    ++width;
  }
  out_.release.width = static_cast<std::size_t>(width);
  std::map<Values, std::uint32_t> cells;
  std::map<std::pair<int, std::optional<std::string>>, std::uint32_t> codes;
  Spi spi;
  spi.query(sql + " FROM " + table(0) + " ORDER BY persona_id", {}, Spi::ReadOnly::no,
            [&](const Row& row) {
              host_.poll();
              personas_.emplace(uuid_bytes(row.value(0)),
                                static_cast<std::uint32_t>(personas_.size()));
              out_.release.size.push_back(static_cast<std::uint32_t>(row.int4(1)));
              Values values{row.text(2)};
              for (int a = 0; a < width; ++a) {
                values.push_back(row.optional_text(3 + a));
                out_.release.attributes.push_back(code_of(codes, {a, values.back()}));
              }
              out_.release.cell.push_back(code_of(cells, values));
            });
  spi.query("SELECT persona_no, persona_key FROM " + run_.table("persona"), {}, Spi::ReadOnly::no,
            [&](const Row& row) {
              Uuid const id = published_persona_id(secret, which_.name.schema, which_.name.name,
                                                   run_.seed, row.text(1));
              const auto it = personas_.find(id);
              if (it == personas_.end()) misfit("A persona of the run is not published.");
              persona_of_number_.emplace(row.int4(0), it->second);
            });
  if (persona_of_number_.size() != personas_.size())
    misfit("A published persona is none of the run.");
}

void AttackTables::read_events() {
  std::string sql = "SELECT persona_id, lower(period) - '2000-01-01'::date, weight";
  const int width = static_cast<int>(run_.event_columns.size());
  for (int c = 0; c < width; ++c)
    sql += ", " + quote_identifier(published_name(static_cast<std::size_t>(c))) + "::text";
  published_.resize(static_cast<std::size_t>(width));
  std::uint64_t rows = 0;
  Values values(static_cast<std::size_t>(width));
  Spi spi;
  spi.query(sql + " FROM " + table(1), {}, Spi::ReadOnly::no, [&](const Row& row) {
    if (rows++ % 16384 == 0) host_.progress("reading events", rows, 0);
    const auto persona = personas_.find(uuid_bytes(row.value(0)));
    if (persona == personas_.end()) misfit("An event belongs to no persona.");
    for (int c = 0; c < width; ++c) {
      auto& value = values[static_cast<std::size_t>(c)];
      value = row.optional_text(3 + c);
      if (value) published_[static_cast<std::size_t>(c)].insert(*value);
    }
    const std::int32_t period = row.is_null(1) ? model::kNoDay : row.int4(1);
    out_.release.items.push_back(
        {items.number(period, values), persona->second, static_cast<std::uint32_t>(row.int8(2))});
  });
  out_.release.arrange();
}

void AttackTables::read_levels() {
  Spi spi;
  spi.query(
      "SELECT coalesce((e->>'level')::int4, 0) FROM personatwin.run r, "
      "jsonb_array_elements(r.event_columns) WITH ORDINALITY AS x(e, n) WHERE r.run_id = $1 "
      "ORDER BY n",
      Params{}.int8(run_.id), Spi::ReadOnly::no,
      [&](const Row& row) { levels_.push_back(static_cast<std::uint32_t>(row.int4(0))); });
}

void AttackTables::read_members() {
  Spi spi;
  spi.query("SELECT person_key, persona_no FROM " + run_.table("member") +
                " WHERE persona_no IS NOT NULL",
            {}, Spi::ReadOnly::no, [&](const Row& row) {
              const std::string key = row.text(0);
              Key bytes{};
              if (key.size() != bytes.size()) misfit("A person has no key.");
              std::copy(key.begin(), key.end(), bytes.begin());
              const auto persona = persona_of_number_.find(row.int4(1));
              if (persona == persona_of_number_.end()) misfit("A person is in no persona.");
              members_.emplace_back(bytes, persona->second);
            });
  std::sort(members_.begin(), members_.end());
}

}  // namespace pt::pg
