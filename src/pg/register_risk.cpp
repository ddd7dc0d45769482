// pt_register_risk: sql/46-register.sql. The released classes of a stored run against a register.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/risk/estimators_loglinear.hpp"
#include "core/risk/estimators_record.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/describe.hpp"
#include "pg/describe_relation.hpp"
#include "pg/hierarchies.hpp"
#include "pg/host.hpp"
#include "pg/json.hpp"
#include "pg/may_see.hpp"
#include "pg/owner.hpp"
#include "pg/register_cells.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
}

namespace pt::pg {
namespace {

/// The classes of a run.
struct Classes {
  std::vector<protect::ClassRow> rows;
  std::vector<std::string> others;  ///< names of further quasi-identifiers
};

/// The tables and labels that the run was made of, as they are now.
Description describe_run(Oid source, std::int64_t run) {
  DescribeOptions how;
  how.source = source;
  how.record = false;
  how.quiet = true;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT people::oid, parameters->>'person_key' FROM personatwin.run WHERE run_id = $1",
        Params{}.int8(run), Spi::ReadOnly::yes, [&](const Row& row) {
          if (!row.is_null(0)) how.people = row.oid(0);
          how.person_key = row.optional_text(1).value_or("");
        });
  });
  return describe(how);
}

Classes read_classes(std::int64_t run) {
  const std::string table = "personatwin.run_" + std::to_string(run) + "_persona";
  Classes out;
  std::map<std::int32_t, std::size_t> place;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT class_no, sum(merged_from)::int4, min(lower(age_range)), min(upper(age_range)), "
        "min(gender), min(ethnicity), min(geography) FROM " +
            table + " GROUP BY class_no ORDER BY class_no",
        [&](const Row& row) {
          place[row.int4(0)] = out.rows.size();
          protect::ClassRow& added = out.rows.emplace_back();
          added.people = static_cast<std::uint32_t>(row.int4(1));
          if (!row.is_null(2)) added.age_low = row.int4(2);
          if (!row.is_null(3)) added.age_high = row.int4(3);
          added.gender = row.optional_text(4);
          added.ethnicity = row.optional_text(5);
          added.geography = row.optional_text(6);
        });
    spi.query("SELECT DISTINCT p.class_no, a.key, a.value FROM " + table +
                  " p, jsonb_each_text(p.attributes) a ORDER BY a.key",
              [&](const Row& row) {
                if (out.others.empty() || out.others.back() != row.text(1)) {
                  out.others.push_back(row.text(1));
                  for (protect::ClassRow& each : out.rows) each.others.emplace_back();
                }
                out.rows[place.at(row.int4(0))].others.back() = row.optional_text(2);
              });
  });
  return out;
}

/// The values of a column and their hierarchy, as released labels refer to them. Reads the source
/// as the caller.
model::Attribute attribute_of(const Description& description, const Column& column) {
  const Relation& people = description.people ? *description.people : description.source;
  model::Attribute out;
  out.name = column.name;
  Spi spi;
  spi.query("SELECT DISTINCT " + text_expression(column) + " FROM " + people.sql_name,
            [&](const Row& row) {
              if (!row.is_null(0)) out.labels.push_back(row.text(0));
            });
  std::sort(out.labels.begin(), out.labels.end());
  if (auto known = load_hierarchy(people.oid, column.name, out.labels))
    out.hierarchy = std::move(known->hierarchy);
  else if (!description.geography_levels.empty() &&
           description.geography_levels.front() == column.name)
    out.hierarchy =
        hierarchy_of_columns(people.oid, description.geography_levels, out.labels).hierarchy;
  return out;
}

/// Released attributes with the source's names: the first of each meaning, then the further ones.
std::vector<ReleasedAttribute> attributes_of(const Description& description,
                                             const Classes& classes) {
  using Part = ReleasedAttribute::Part;
  const Relation& people = description.people ? *description.people : description.source;
  std::vector<ReleasedAttribute> out;
  const auto add = [&](Part part, std::initializer_list<Kind> kinds) {
    for (const Column& column : people.columns)
      if (column.role == Role::quasi_identifier &&
          std::find(kinds.begin(), kinds.end(), column.kind) != kinds.end()) {
        out.push_back({column.name, part, 0, {}});
        return;
      }
  };
  add(Part::age, {Kind::age, Kind::birth_date, Kind::birth_year});
  add(Part::gender, {Kind::gender});
  add(Part::ethnicity, {Kind::ethnicity});
  if (!description.geography_levels.empty())
    out.push_back({description.geography_levels.front(), Part::geography, 0, {}});
  for (std::size_t i = 0; i < classes.others.size(); ++i)
    out.push_back({classes.others[i], Part::other, i, {}});
  std::erase_if(out, [&](const ReleasedAttribute& a) { return people.find(a.column) == nullptr; });
  return out;
}

/// The register, with the values that the labels of mapped attributes stand for.
RegisterCells load_register(Host& host, const PopulationTable& table,
                            const Description& description,
                            std::vector<ReleasedAttribute> attributes) {
  const Relation& people = description.people ? *description.people : description.source;
  for (ReleasedAttribute& a : attributes) {
    const MappedColumn* const mapped = table.find(a.column);
    if (a.part != ReleasedAttribute::Part::age && mapped != nullptr && !mapped->is_band())
      a.values = attribute_of(description, *people.find(a.column));
  }
  return {table, std::move(attributes), std::nullopt, host};
}

/// Mean of E[1/F] by the independence model over the released cells.
double estimate(Host& host, const Classes& classes,
                const std::vector<ReleasedAttribute>& attributes, double fraction) {
  group::TupleTable tuples(host.memory());
  tuples.attributes = attributes.size();
  double people = 0;
  for (const protect::ClassRow& row : classes.rows) {
    tuples.people.push_back(row.people);
    people += row.people;
  }
  tuples.codes.resize(classes.rows.size() * attributes.size());
  for (std::size_t a = 0; a < attributes.size(); ++a) {
    std::map<std::vector<std::optional<std::string>>, model::Code> codes;
    for (std::size_t c = 0; c < classes.rows.size(); ++c)
      tuples.codes[c * attributes.size() + a] =
          codes.emplace(attributes[a].key(classes.rows[c]), static_cast<model::Code>(codes.size()))
              .first->second;
  }
  const auto mean = risk::independence_means(host, tuples);
  return risk::poisson_sums(host, tuples.people, mean, fraction).reidentifications / people;
}

/// pt_population_risk shows the figures from now on.
void record(std::int64_t run, const RegisterFigures& figures) {
  if (XactReadOnly) return;
  JsonObject json;
  json.add("external_linkage_risk", figures.average)
      .add("external_linkage_maximum", figures.maximum)
      .add("external_linkage_note", figures.note);
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute("UPDATE personatwin.run SET metrics = metrics || $2::jsonb WHERE run_id = $1",
                Params{}.int8(run).text(json.text()));
  });
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_register_risk) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const Oid source = args.oid(0, "source");
  const auto name = args.optional_text(1);
  auto fraction = args.optional_float8(3);
  if (fraction && (!(*fraction > 0) || !(*fraction <= 1)))
    throw pt::invalid_parameter("sampling_fraction must be above 0 and at most 1", {},
                                "It is people in the source / people in the population.");
  const std::int64_t run = find_run(source, args.optional_int8(2));
  PgHost host("pt_register_risk");
  ResultSet out(fcinfo);
  SettingsScope settings;
  settings.set("row_security", "off");  // hidden rows: 42501
  const Classes classes = read_classes(run);
  std::uint64_t released = 0;
  for (const pt::protect::ClassRow& row : classes.rows) released += row.people;
  const Description description = describe_run(source, run);
  const auto attributes = attributes_of(description, classes);
  std::optional<RegisterFigures> figures;
  std::vector<std::string> mapped, unmapped;
  for (const ReleasedAttribute& a : attributes) unmapped.push_back(a.column);
  std::optional<double> size, estimated;
  if (name) {
    RegisterCells cells = load_register(host, find_population(*name), description, attributes);
    mapped = cells.mapped();
    unmapped = cells.unmapped();
    size = cells.total();
    if (released > 0 && *size < static_cast<double>(released))
      throw pt::data_error("population \"" + *name + "\" has fewer people than were released");
    if (!fraction && released > 0) fraction = static_cast<double>(released) / *size;
    if (released > 0) figures = register_figures(cells, classes.rows);
    if (figures) record(run, *figures);
  }
  if (fraction && released > 0) estimated = estimate(host, classes, attributes, *fraction);
  const auto array = [](const std::vector<std::string>& names) {
    return ResultSet::Cell::datum(text_array(std::span<const std::string>(names)));
  };
  const auto value = [&figures](double RegisterFigures::*figure) {
    return figures ? std::optional((*figures).*figure) : std::nullopt;
  };
  const auto count = [&figures](std::uint64_t pt::risk::RegisterRisk::*figure) {
    return figures ? std::optional(static_cast<std::int64_t>(figures->counts.*figure))
                   : std::nullopt;
  };
  const std::string why = figures         ? figures->note
                          : released == 0 ? "the run has released nobody"
                                          : "not measured: it needs a table of the population";
  out.row({run, value(&RegisterFigures::average), value(&RegisterFigures::maximum),
           value(&RegisterFigures::smallest), static_cast<std::int64_t>(released),
           count(&pt::risk::RegisterRisk::unknown_people),
           count(&pt::risk::RegisterRisk::unknown_classes),
           count(&pt::risk::RegisterRisk::short_classes), size, array(mapped), array(unmapped),
           fraction, estimated, why});
  return out.done();
}
