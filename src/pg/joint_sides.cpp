#include "pg/joint_sides.hpp"

#include <utility>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

using Side = utility::JointTable::Side;

/// More combinations than this would not fit beside the rest of the session's memory.
constexpr std::uint64_t kMostCombinations = 5'000'000;

/// The columns that both have, the others into `withheld`.
std::vector<SideColumn> people_columns(const TwoSides& sides, JointSides& joint) {
  std::vector<SideColumn> result;
  auto const take = [&](const SideColumn& c) {
    (c.released.empty() ? joint.withheld : result).push_back(c);
  };
  if (SideColumn const age = sides.age(); !age.name.empty()) take(age);
  std::array<ProtectedColumn, 3> const& attributes = sides.protected_columns();
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (!attributes[i].in_source) continue;
    SideColumn c;
    c.name = attributes[i].name;
    c.source = attributes[i].source;
    if (attributes[i].in_release) c.released = std::string("p.") + kProtectedNames[i];
    c.withheld = "the attribute is not released";
    take(c);
  }
  for (const SideColumn& c : sides.attributes()) take(c);
  return result;
}

std::vector<SideColumn> event_columns_of(const TwoSides& sides, JointSides& joint) {
  std::vector<SideColumn> result;
  SideColumn type;
  type.name = "event_type";
  type.source = sides.event_type();
  type.released = "e.event_type";
  if (sides.event_type_released()) result.push_back(type);
  if (SideColumn const period = sides.period(); !period.name.empty()) result.push_back(period);
  for (const SideColumn& c : sides.columns())
    (c.released.empty() ? joint.withheld : result).push_back(c);
  return result;
}

/// "a, b, c" with one of the two texts of each column.
std::string list(const std::vector<SideColumn>& columns, std::string SideColumn::*sql) {
  std::string text;
  for (const SideColumn& c : columns) text += cast_value(c.*sql, c.number) + ", ";
  return text;
}

std::string group_by(std::size_t columns) {
  std::string text;
  for (std::size_t i = 1; i <= columns; ++i)
    text += (i == 1 ? " GROUP BY " : ", ") + std::to_string(i);
  return text;
}

void read(const std::string& sql, Side side, JointSides& joint, PgHost& host) {
  const auto& columns = joint.table.columns();
  std::uint64_t rows = 0;
  Spi spi;
  spi.query(sql, [&](const Row& row) {
    if (++rows % 65536 == 0) host.progress("reading combinations", rows, 0);
    if (rows > kMostCombinations)
      throw program_limit("there are more than 5,000,000 combinations of values to compare", {},
                          "Compare a sample, as a source of its own.");
    int at = 0;
    for (const utility::JointColumn& c : columns) {
      if (c.number)
        joint.table.number(row.is_null(at) ? std::optional<double>() : row.float8(at));
      else
        joint.table.text(row.optional_text(at));
      ++at;
    }
    joint.table.end_row(side, row.is_null(at) ? 0 : row.float8(at));
  });
}

void add_columns(JointSides& joint, const std::vector<SideColumn>& columns) {
  for (const SideColumn& c : columns) joint.table.add_column(c.name, c.number);
}

}  // namespace

void read_people(const TwoSides& sides, JointSides& joint, PgHost& host) {
  std::vector<SideColumn> const columns = people_columns(sides, joint);
  joint.people_columns = columns.size();
  add_columns(joint, columns);
  std::vector<TwoSides::PersonValue> values;
  std::string names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    values.push_back({"c" + std::to_string(i), columns[i].source, columns[i].number});
    names += "c" + std::to_string(i) + ", ";
  }
  read("SELECT " + names + "pg_catalog.count(*)::pg_catalog.float8 FROM " +
           sides.person_rows(values) + " g" + group_by(columns.size()),
       Side::source, joint, host);
  read("SELECT " + list(columns, &SideColumn::released) +
           "pg_catalog.sum(p.merged_from)::pg_catalog.float8 FROM " + sides.personas() +
           group_by(columns.size()),
       Side::release, joint, host);
  joint.table.finish();
}

void read_events(const TwoSides& sides, JointSides& joint, PgHost& host) {
  if (!sides.has_events()) return;
  std::vector<SideColumn> columns = people_columns(sides, joint);
  joint.people_columns = columns.size();
  joint.withheld.clear();  // those of people were told with the people
  for (const SideColumn& c : event_columns_of(sides, joint)) columns.push_back(c);
  add_columns(joint, columns);
  read("SELECT " + list(columns, &SideColumn::source) +
           "pg_catalog.count(*)::pg_catalog.float8 FROM " + sides.joined_source() +
           group_by(columns.size()),
       Side::source, joint, host);
  read("SELECT " + list(columns, &SideColumn::released) +
           "pg_catalog.sum(e.weight)::pg_catalog.float8 FROM " + sides.released_events() +
           group_by(columns.size()),
       Side::release, joint, host);
  joint.table.finish();
}

}  // namespace pt::pg
