#include "pg/two_sides.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "pg/datum.hpp"
#include "pg/domains.hpp"
#include "pg/encode.hpp"
#include "pg/release_columns.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

/// Whether a column of events counts as a number: details that are, outcomes only when described
/// so.
bool counts_as_number(const Column& column, model::EventPart part) {
  return is_number_type(column.type) &&
         (part == model::EventPart::detail || column.kind == Kind::number);
}

/// Whether a column of personas has one label for everybody, and none that the source has: then
/// nothing of it is released, as where no places are shown.
bool shows_nothing(const std::string& personas, const std::string& label, const std::string& people,
                   const std::string& value) {
  std::set<std::string> shown;
  Spi spi;
  spi.query("SELECT DISTINCT (" + label + ")::pg_catalog.text FROM " + personas + " p LIMIT 2",
            [&](const Row& row) { shown.insert(row.optional_text(0).value_or("")); });
  return shown.size() == 1 &&
         !spi.value("SELECT true FROM (SELECT (" + value + ")::pg_catalog.text AS v FROM " +
                        people + ") s WHERE s.v OPERATOR(pg_catalog.=) $1 LIMIT 1",
                    Params{}.text(*shown.begin()));
}

}  // namespace

std::optional<std::string> cell_text(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  std::string text = output_text(row.value(column), row.type(column));
  if (row.type(column) == BPCHAROID)
    while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string cast_value(const std::string& sql, bool number) {
  return "(" + sql + ")" + (number ? "::pg_catalog.float8" : "::pg_catalog.text");
}

TwoSides::TwoSides(const StoredRun& run, const ReleaseName& name) : run_(run), name_(name) {
  DescribeOptions options;
  options.source = run.source;
  options.people = run.people;
  options.person_key = run.person_key;
  options.domain = run.domain;
  options.record = false;
  options.quiet = true;
  description_ = describe(options);
  plan_ = make_plan(description_);
  find_columns();
}

void TwoSides::find_columns() {
  if (!has_events()) return;
  for (const EventColumn& column : run_.event_columns)
    if (column.role == EventRole::event_type) {
      event_type_ = "s." + quote_identifier(column.name);
      type_released_ = true;
    }
  for (const PublishedColumn& p : event_columns(run_)) {
    if (p.from < 0) continue;
    const EventColumn& column = run_.event_columns[static_cast<std::size_t>(p.from)];
    if (column.role != EventRole::outcome && column.role != EventRole::detail) continue;
    const Column* const described = description_.source.find(column.name);
    if (described == nullptr) continue;
    SideColumn c;
    c.name = column.name;
    c.source = "s." + quote_identifier(column.name);
    c.released = "e." + quote_identifier(p.name);
    c.part =
        column.role == EventRole::outcome ? model::EventPart::outcome : model::EventPart::detail;
    c.number = counts_as_number(*described, c.part);
    // Ranges have no mean: for means the release has nothing to show.
    if (c.number && !is_number_type(p.type)) {
      c.released.clear();
      c.withheld = "the column is released as ranges";
    }
    columns_.push_back(c);
  }
  add_unreleased();
}

/// Outcomes and details of the source that the run has not released.
void TwoSides::add_unreleased() {
  for (const EncodedColumn& e : plan_.events) {
    if (e.part != model::EventPart::outcome && e.part != model::EventPart::detail) continue;
    if (std::any_of(columns_.begin(), columns_.end(),
                    [&](const SideColumn& c) { return c.name == e.column.name; }))
      continue;
    SideColumn c;
    c.name = e.column.name;
    c.source = "s." + quote_identifier(c.name);
    c.withheld = "the column is not released";
    c.part = e.part;
    c.number = counts_as_number(e.column, e.part);
    columns_.push_back(c);
  }
}

std::vector<SideColumn> TwoSides::attributes() const {
  std::vector<SideColumn> result;
  const Relation& people = Plan::person_relation(description_);
  for (const PublishedColumn& p : persona_columns(run_, false)) {
    if (p.from < 0) continue;
    const PersonColumn& column = run_.person_columns[static_cast<std::size_t>(p.from)];
    const Column* const described = people.find(column.name);
    if (described == nullptr) continue;
    SideColumn c;
    c.name = column.name;
    c.source = "p." + quote_identifier(column.name);
    c.released = "p." + quote_identifier(p.name);
    c.number = is_number_type(described->type) && described->kind == Kind::number;
    if (c.number && !is_number_type(p.type)) {
      c.released.clear();
      c.withheld = "the column is released as ranges";
    } else if (!c.number &&
               shows_nothing(name_.view_sql(0), c.released, person_source(), c.source)) {
      c.released.clear();
      c.withheld = "the attribute is not released";
    }
    result.push_back(c);
  }
  return result;
}

SideColumn TwoSides::age() const {
  SideColumn c;
  for (const Column& column : plan_.people) {
    std::string const value = "p." + quote_identifier(column.name);
    if (column.kind == Kind::age && is_number_type(column.type))
      c.source = "pg_catalog.floor((" + value + ")::pg_catalog.float8)";
    else if (column.kind == Kind::birth_date && is_date_type(column.type) && !run_.as_of.empty())
      c.source = "pg_catalog.date_part('year', pg_catalog.age(" + quote_literal(run_.as_of) +
                 "::pg_catalog.date::pg_catalog.timestamp, (" + value +
                 ")::pg_catalog.date::pg_catalog.timestamp))";
    else if (column.kind == Kind::birth_year && is_number_type(column.type) && !run_.as_of.empty())
      c.source = "(pg_catalog.date_part('year', " + quote_literal(run_.as_of) +
                 "::pg_catalog.date) OPERATOR(pg_catalog.-) (" + value + ")::pg_catalog.float8)";
    else
      continue;
    c.name = column.name;
    c.source = "(CASE WHEN " + c.source + " OPERATOR(pg_catalog.>=) 0 AND " + c.source +
               " OPERATOR(pg_catalog.<=) 130 THEN " + c.source + " END)";
    c.released = "p.age_mean";
    c.number = true;
    break;
  }
  return c;
}

std::string TwoSides::event_date() const {
  if (!plan_.time || !has_events() || !is_date_type(plan_.time->type)) return {};
  return "(s." + quote_identifier(plan_.time->name) + ")::pg_catalog.date";
}

SideColumn TwoSides::period() const {
  SideColumn c;
  std::string const date = event_date();
  std::string first;
  switch (run_.period) {
    case model::Period::none:
      return c;
    case model::Period::day:
      first = date;
      break;
    case model::Period::half_year:
      first = "pg_catalog.make_date(pg_catalog.date_part('year', " + date +
              ")::pg_catalog.int4, CASE WHEN pg_catalog.date_part('month', " + date +
              ") OPERATOR(pg_catalog.<=) 6 THEN 1 ELSE 7 END, 1)";
      break;
    default:
      first = "pg_catalog.date_trunc(" + quote_literal(model::period_name(run_.period)) + ", (" +
              date + ")::pg_catalog.timestamp)::pg_catalog.date";
  }
  if (date.empty()) return c;
  auto const days = [](const std::string& day) {
    return "(" + day + " OPERATOR(pg_catalog.-) '2000-01-01'::pg_catalog.date)";
  };
  c.name = "period";
  c.number = true;
  c.source = "(CASE WHEN pg_catalog.isfinite(" + date + ") THEN " + days(first) + " END)";
  c.released = "(CASE WHEN pg_catalog.isfinite(pg_catalog.lower(e.period)) THEN " +
               days("pg_catalog.lower(e.period)") + " END)";
  return c;
}

std::string TwoSides::person_rows(std::span<const PersonValue> columns) const {
  std::string sql =
      "(SELECT (" + person_key() + ")::pg_catalog.text AS " + quote_identifier(kPersonKey);
  for (const PersonValue& c : columns)
    sql += ", " +
           (c.number ? "pg_catalog.max(" + cast_value(c.sql, true) + ")"
                     : "pg_catalog.mode() WITHIN GROUP (ORDER BY " + cast_value(c.sql, false) +
                           " COLLATE pg_catalog.\"C\")") +
           " AS " + quote_identifier(c.name);
  return sql + " FROM " + person_source() + " GROUP BY 1)";
}

std::string TwoSides::person_source() const {
  return Plan::person_relation(description_).sql_name + " p WHERE " + person_key() + " IS NOT NULL";
}

std::string TwoSides::joined_source() const {
  std::string const person = quote_identifier(description_.person_column);
  if (!description_.people)
    return description_.source.sql_name + " s, LATERAL (SELECT s.*) p WHERE s." + person +
           " IS NOT NULL";
  return description_.source.sql_name + " s JOIN " + description_.people->sql_name + " p ON (" +
         person_key() + ")::pg_catalog.text OPERATOR(pg_catalog.=) (s." + person +
         ")::pg_catalog.text WHERE true";
}

std::string TwoSides::person_key() const {
  return "p." + quote_identifier(description_.people ? description_.people_person_column
                                                     : description_.person_column);
}

const std::string& TwoSides::reoffence_condition() const {
  if (!reoffence_) reoffence_ = find_reoffence();
  return *reoffence_;
}

const std::array<ProtectedColumn, 3>& TwoSides::protected_columns() const {
  if (!protected_) protected_ = find_protected();
  return *protected_;
}

std::string TwoSides::groups_view() const {
  std::string const view = qualified_name(name_.schema, name_.name + "_groups");
  Spi spi;
  bool const there = spi.value(
                            "SELECT true FROM pg_catalog.pg_attribute a WHERE a.attrelid "
                            "OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1) AND a.attname "
                            "OPERATOR(pg_catalog.=) 'n_people'",
                            Params{}.text(view))
                         .has_value();
  return there ? view : std::string();
}

std::string TwoSides::find_reoffence() const {
  if (!has_events() || description_.domain == "custom") return {};
  model::Domain const domain = load_domain(description_.domain);
  std::string condition;
  auto const any_of = [&](const std::string& sql,
                          const std::function<bool(const std::string&)>& is) {
    std::string list;
    Spi spi;
    spi.query("SELECT DISTINCT " + sql + " FROM " + description_.source.sql_name + " s",
              [&](const Row& row) {
                std::optional<std::string> const text = cell_text(row, 0);
                if (text && is(*text)) list += (list.empty() ? "" : ", ") + quote_literal(*text);
              });
    if (list.empty()) return;
    condition += (condition.empty() ? "(" : " OR ") + ("(" + sql + ")::pg_catalog.text") +
                 " OPERATOR(pg_catalog.=) ANY (ARRAY[" + list + "]::pg_catalog.text[])";
  };
  if (type_released_)
    any_of(event_type_, [&](const std::string& t) { return domain.is_reoffence(t, ""); });
  for (const SideColumn& c : columns_)
    if (c.part == model::EventPart::outcome && !c.number)
      any_of(c.source, [&](const std::string& o) { return domain.is_reoffence("", o); });
  return condition.empty() ? condition : condition + ")";
}

void TwoSides::require_readable() const {
  if (run_.allow_row_security) return;
  require_all_rows(description_.source.oid);
  if (description_.people) require_all_rows(description_.people->oid);
}

std::array<ProtectedColumn, 3> TwoSides::find_protected() const {
  std::array<ProtectedColumn, 3> result;
  for (std::size_t i = 0; i < result.size(); ++i) {
    ProtectedColumn& chosen = result[i];
    std::vector<Column> candidates;
    for (const Column& column : plan_.people)
      if (column.kind == kProtectedKinds[i]) candidates.push_back(column);
    if (candidates.empty()) continue;
    if (kProtectedKinds[i] == Kind::geography)
      candidates.insert(candidates.end(), plan_.coarser_geography.begin(),
                        plan_.coarser_geography.end());
    std::set<std::string> shown;
    {
      Spi spi;
      spi.query(std::string("SELECT DISTINCT ") + kProtectedNames[i] + " FROM " +
                    name_.view_sql(0) + " WHERE " + kProtectedNames[i] + " IS NOT NULL",
                [&](const Row& row) { shown.insert(row.text(0)); });
    }
    std::size_t most = 0;
    for (const Column& column : candidates) {
      std::string const sql = "p." + quote_identifier(column.name);
      std::size_t found = 0;
      Spi spi;
      spi.query("SELECT DISTINCT " + sql + " FROM " + person_source(), [&](const Row& row) {
        std::optional<std::string> const text = cell_text(row, 0);
        if (text && shown.contains(*text)) ++found;
      });
      if (!chosen.in_source || found > most) {
        chosen.source = sql;
        chosen.name = column.name;
      }
      chosen.in_source = true;
      chosen.in_release = chosen.in_release || found > 0;
      most = std::max(most, found);
    }
  }
  return result;
}

}  // namespace pt::pg
