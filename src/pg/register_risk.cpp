// pt_register_risk: sql/46-register.sql. The released classes of a stored run against a register.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/risk/estimators_loglinear.hpp"
#include "core/risk/estimators_record.hpp"
#include "core/risk/estimators_table.hpp"
#include "core/risk/register.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/describe.hpp"
#include "pg/describe_relation.hpp"
#include "pg/hierarchies.hpp"
#include "pg/host.hpp"
#include "pg/json.hpp"
#include "pg/may_see.hpp"
#include "pg/owner.hpp"
#include "pg/population_table.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
}

namespace pt::pg {
namespace {

using Labels = std::vector<std::optional<std::string>>;

/// A released person column: its name in the source and what the run says of each class.
struct ReleasedColumn {
  const Column* column = nullptr;
  Labels labels;  // by class
  bool is_age = false;
};

/// The classes of a run.
struct Classes {
  std::vector<std::uint32_t> people;
  Labels age, gender, ethnicity, geography;
  std::map<std::string, Labels> others;  // by name
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
        "SELECT class_no, sum(merged_from)::int4, min(age_range::text), min(gender), "
        "min(ethnicity), min(geography) FROM " +
            table + " GROUP BY class_no ORDER BY class_no",
        [&](const Row& row) {
          place[row.int4(0)] = out.people.size();
          out.people.push_back(static_cast<std::uint32_t>(row.int4(1)));
          out.age.push_back(row.optional_text(2));
          out.gender.push_back(row.optional_text(3));
          out.ethnicity.push_back(row.optional_text(4));
          out.geography.push_back(row.optional_text(5));
        });
    spi.query("SELECT DISTINCT p.class_no, a.key, a.value FROM " + table +
                  " p, jsonb_each_text(p.attributes) a",
              [&](const Row& row) {
                Labels& labels = out.others[row.text(1)];
                labels.resize(out.people.size());
                labels[place.at(row.int4(0))] = row.optional_text(2);
              });
  });
  return out;
}

/// Released columns with the source's names: the first of each meaning, then the further ones.
std::vector<ReleasedColumn> released_columns(const Description& description,
                                             const Classes& classes) {
  const Relation& people = description.people ? *description.people : description.source;
  std::vector<ReleasedColumn> out;
  const auto add = [&](const Labels& labels, std::initializer_list<Kind> kinds, bool is_age) {
    for (const Column& column : people.columns)
      if (column.role == Role::quasi_identifier &&
          std::find(kinds.begin(), kinds.end(), column.kind) != kinds.end()) {
        out.push_back({&column, labels, is_age});
        return;
      }
  };
  add(classes.age, {Kind::age, Kind::birth_date, Kind::birth_year}, true);
  add(classes.gender, {Kind::gender}, false);
  add(classes.ethnicity, {Kind::ethnicity}, false);
  if (!description.geography_levels.empty())
    if (const Column* const column = people.find(description.geography_levels.front()))
      out.push_back({column, classes.geography, false});
  for (const auto& [name, labels] : classes.others)
    if (const Column* const column = people.find(name)) out.push_back({column, labels, false});
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

std::vector<std::string> names_where(const std::vector<ReleasedColumn>& columns,
                                     const PopulationTable* population, bool mapped) {
  std::vector<std::string> out;
  for (const ReleasedColumn& c : columns)
    if ((population != nullptr && population->find(c.column->name) != nullptr) == mapped)
      out.push_back(c.column->name);
  return out;
}

risk::Allowed allowed_of(const LoadedPopulation& population, std::size_t at, bool is_band,
                         const model::Attribute& attribute,
                         const std::optional<std::string>& label) {
  if (is_band) {
    const bool nothing = !label || *label == "not shown";
    return population.allowed(at, nothing ? std::nullopt : label);
  }
  const risk::LabelValues values = risk::values_under(attribute, label);
  if (values.everything) return population.allowed(at, std::optional<std::string>());
  return population.allowed(at, values.values);
}

/// People of the register in the cell of each class.
std::vector<double> count_classes(Host& host, const Description& description,
                                  const std::vector<ReleasedColumn>& columns,
                                  const PopulationTable& table, const LoadedPopulation& population,
                                  std::size_t classes) {
  std::vector<std::vector<risk::Allowed>> wanted(classes);
  std::size_t at = 0;
  for (const ReleasedColumn& column : columns) {
    const MappedColumn* const mapped = table.find(column.column->name);
    if (mapped == nullptr) continue;
    const bool is_band = mapped->is_band();
    if (column.is_age && !is_band)
      throw invalid_parameter(
          "the mapping of \"" + column.column->name + "\" must name a low and a high column",
          "Ages are released as ranges.");
    const model::Attribute attribute =
        is_band ? model::Attribute() : attribute_of(description, *column.column);
    for (std::size_t c = 0; c < classes; ++c)
      wanted[c].push_back(allowed_of(population, at, is_band, attribute, column.labels[c]));
    ++at;
  }
  std::vector<double> out;
  for (const auto& question : wanted) {
    host.poll();
    out.push_back(population.people().people(question));
  }
  return out;
}

/// Mean of E[1/F] by the independence model over the released cells.
double estimate(Host& host, const Classes& classes, const std::vector<ReleasedColumn>& columns,
                double fraction) {
  group::TupleTable tuples(host.memory());
  tuples.attributes = columns.size();
  tuples.people.assign(classes.people.begin(), classes.people.end());
  tuples.codes.resize(classes.people.size() * columns.size());
  for (std::size_t a = 0; a < columns.size(); ++a) {
    std::map<std::optional<std::string>, model::Code> codes;
    for (std::size_t c = 0; c < classes.people.size(); ++c)
      tuples.codes[c * columns.size() + a] =
          codes.emplace(columns[a].labels[c], static_cast<model::Code>(codes.size())).first->second;
  }
  double people = 0;
  for (const std::uint32_t n : classes.people) people += n;
  const auto mean = risk::independence_means(host, tuples);
  return risk::poisson_sums(host, tuples.people, mean, fraction).reidentifications / people;
}

/// pt_population_risk shows the figure from now on.
void record(std::int64_t run, std::optional<double> average, const std::string& why) {
  if (XactReadOnly) return;
  JsonObject json;
  json.add("external_linkage_risk", average).add("external_linkage_note", why);
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute("UPDATE personatwin.run SET metrics = metrics || $2::jsonb WHERE run_id = $1",
                Params{}.int8(run).text(json.text()));
  });
}

std::string explain(const PopulationTable& population, const risk::RegisterRisk& r,
                    const std::vector<std::string>& unmapped) {
  std::string why = "counted in population \"" + population.name + "\"";
  if (r.unknown_people > 0)
    why += "; it has nobody in the cells of " + std::to_string(r.unknown_people) + " people";
  if (r.short_classes > 0)
    why += "; " + std::to_string(r.short_classes) + " classes are larger than their cells there";
  for (std::size_t i = 0; i < unmapped.size(); ++i)
    why += (i == 0 ? "; it does not know " : ", ") + unmapped[i];
  return why;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_register_risk) {
  using namespace pt::pg;
  namespace risk = pt::risk;
  const Args args(fcinfo);
  const Oid source = args.oid(0, "source");
  const auto name = args.optional_text(1);
  const auto given_fraction = args.optional_float8(3);
  if (given_fraction && (!(*given_fraction > 0) || !(*given_fraction <= 1)))
    throw pt::invalid_parameter("sampling_fraction must be above 0 and at most 1", {},
                                "It is people in the source / people in the population.");
  const std::int64_t run = find_run(source, args.optional_int8(2));
  PgHost host("pt_register_risk");
  ResultSet out(fcinfo);
  SettingsScope settings;
  settings.set("row_security", "off");  // hidden rows: 42501
  const Classes classes = read_classes(run);
  std::uint64_t released = 0;
  for (const std::uint32_t n : classes.people) released += n;
  const Description description = describe_run(source, run);
  const auto columns = released_columns(description, classes);
  std::optional<PopulationTable> population;
  if (name) population = find_population(*name);
  const PopulationTable* const known = population ? &*population : nullptr;
  const auto mapped = names_where(columns, known, true);
  const auto unmapped = names_where(columns, known, false);
  std::optional<double> average, maximum, smallest, size, fraction = given_fraction, estimated;
  std::optional<std::int64_t> unknown_people, unknown_classes, short_classes;
  std::string why = released == 0 ? "the run has released nobody"
                                  : "not measured: it needs a table of the population";
  if (population && mapped.empty())
    throw pt::invalid_parameter("the mapping of population \"" + population->name +
                                    "\" names no released column of the run",
                                {}, "Map the columns of the source with pt_register_population.");
  if (population && released > 0) {
    const LoadedPopulation loaded(*population, mapped, host);
    size = loaded.people().total();
    if (*size < static_cast<double>(released))
      throw pt::data_error("population \"" + population->name +
                           "\" has fewer people than were released");
    if (!fraction) fraction = static_cast<double>(released) / *size;
    const auto counts =
        count_classes(host, description, columns, *population, loaded, classes.people.size());
    const risk::RegisterRisk r = risk::register_risk(classes.people, counts);
    if (r.people > 0) {
      average = r.average;
      maximum = r.maximum;
      smallest = r.least;
    }
    unknown_people = static_cast<std::int64_t>(r.unknown_people);
    unknown_classes = static_cast<std::int64_t>(r.unknown_classes);
    short_classes = static_cast<std::int64_t>(r.short_classes);
    why = explain(*population, r, unmapped);
    record(run, average, why);
  }
  if (fraction && released > 0) estimated = estimate(host, classes, columns, *fraction);
  const auto array = [](const std::vector<std::string>& names) {
    return ResultSet::Cell::datum(text_array(std::span<const std::string>(names)));
  };
  out.row({run, average, maximum, smallest, static_cast<std::int64_t>(released), unknown_people,
           unknown_classes, short_classes, size, array(mapped), array(unmapped), fraction,
           estimated, why});
  return out.done();
}
