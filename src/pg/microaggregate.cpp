// pt_microaggregate (sql/68-microaggregate.sql): numbers replaced by the means of groups of similar
// rows. One scan through the executor, as the caller; grouping in memory; one bulk write.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/group/microaggregate.hpp"
#include "pg/anonymize_plan.hpp"
#include "pg/boundary.hpp"
#include "pg/coded_table.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/owner.hpp"
#include "pg/refusal.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"
#include "pg/target_table.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

using group::Microaggregation;
using group::MicroMethod;

struct MicroOptions {
  Oid source = InvalidOid;
  std::string target;
  std::optional<std::vector<std::string>> columns;
  std::vector<std::string> keep;
  std::int32_t k = 5;
  MicroMethod method = MicroMethod::automatic;
  bool allow_row_security = false;
};

struct MicroPlan {
  Relation source;
  std::vector<const Column*> numbers, kept;
};

struct MicroRows {
  MicroRows(TupleDesc descriptor, Host& host) : values(host.memory()), kept(descriptor, host) {}
  std::pmr::vector<double> values;  // row-major
  KeptRows kept;
  std::size_t read = 0, count = 0;
};

bool is_number(Oid type) {
  switch (guarded([type] { return getBaseType(type); })) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
      return true;
    default:
      return false;
  }
}

void plan_columns(const MicroOptions& options, MicroPlan& plan) {
  plan.source = labelled_relation(options.source);
  std::vector<std::string> names;
  if (options.columns) {
    names = *options.columns;
  } else {
    for (const Column& column : plan.source.columns)
      if (column.role == Role::quasi_identifier && is_number(column.type))
        names.push_back(column.name);
  }
  if (names.empty())
    throw invalid_parameter("there is no column to microaggregate", {},
                            "Name numeric columns with columns => '{...}', or give them the role "
                            "quasi-identifier with pt_set_role.");
  check_names(plan.source, names, "columns");
  check_names(plan.source, options.keep, "keep");
  for (const std::string& name : names) {
    plan.numbers.push_back(plan.source.find(name));
    if (!is_number(plan.numbers.back()->type))
      throw Error(sqlstate::kDatatypeMismatch, "column \"" + name + "\" holds no numbers",
                  "Its type is " + type_name(plan.numbers.back()->type) + ".",
                  "Microaggregation takes means; pt_anonymize_table generalises other types.");
  }
  for (const std::string& name : options.keep) {
    if (std::find(names.begin(), names.end(), name) != names.end())
      throw Error("42701", "column \"" + name + "\" is given twice",
                  "It is in columns and in keep.");
    plan.kept.push_back(plan.source.find(name));
  }
}

Oid create_target(const MicroPlan& plan, const std::string& target) {
  std::string columns;
  for (const Column* const column : plan.numbers)
    columns +=
        (columns.empty() ? "" : ", ") + quote_identifier(column->name) + " pg_catalog.float8";
  for (const Column* const column : plan.kept)
    columns += ", " + quote_identifier(column->name) + " " + column_type(*column);
  Spi spi;
  spi.execute("CREATE TABLE " + target + " (" + columns + ")");
  return relation_named(spi, target);
}

void read_rows(const MicroPlan& plan, Host& host, MicroRows& rows) {
  std::string columns;
  std::vector<Oid> types;
  for (const Column* const column : plan.numbers) {
    columns +=
        (columns.empty() ? "" : ", ") + quote_identifier(column->name) + "::pg_catalog.float8";
    types.push_back(FLOAT8OID);
  }
  for (const Column* const column : plan.kept) {
    columns += ", " + quote_identifier(column->name);
    types.push_back(column->type);
  }
  const int width = static_cast<int>(plan.numbers.size());
  std::vector<double> values(plan.numbers.size());
  Spi spi;
  spi.query("SELECT " + columns + " FROM " + plan.source.sql_name, [&](const Row& row) {
    if (rows.read == 0) require_types(row, types, plan.source.sql_name);
    if (rows.read++ % 16384 == 0) host.progress("reading", rows.read, 0);
    for (int c = 0; c < width; ++c) {
      const double value = row.is_null(c) ? std::nan("") : row.float8(c);
      if (!std::isfinite(value)) return;
      values[static_cast<std::size_t>(c)] = value == 0 ? 0 : value;  // -0 is 0
    }
    rows.values.insert(rows.values.end(), values.begin(), values.end());
    if (!plan.kept.empty()) rows.kept.add(row, width);
    ++rows.count;
  });
}

/// Rows in the order of their values, then of what is kept of them: groups must not depend on where
/// rows lie.
std::pmr::vector<std::uint32_t> canonical_order(const MicroPlan& plan, const MicroRows& rows,
                                                Host& host) {
  const std::size_t width = plan.numbers.size();
  struct Key {
    double first;
    std::uint32_t row;
  };
  std::pmr::vector<Key> keys(rows.count, host.memory());
  for (std::uint32_t i = 0; i < rows.count; ++i) keys[i] = {rows.values[i * width], i};
  std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    if (a.first != b.first) return a.first < b.first;
    for (std::size_t c = 1; c < width; ++c) {
      const double x = rows.values[a.row * width + c], y = rows.values[b.row * width + c];
      if (x != y) return x < y;
    }
    return !plan.kept.empty() && rows.kept.hash(a.row) < rows.kept.hash(b.row);
  });
  host.poll();
  std::pmr::vector<std::uint32_t> order(host.memory());
  order.reserve(keys.size());
  for (const Key& key : keys) order.push_back(key.row);
  return order;
}

/// Positions in canonical order by group, within a group by what is kept: the order of rows tells
/// nothing about the values that were replaced.
std::pmr::vector<std::uint32_t> writing_order(const MicroPlan& plan, const MicroRows& rows,
                                              const std::pmr::vector<std::uint32_t>& order,
                                              const Microaggregation& result, Host& host) {
  std::pmr::vector<std::size_t> first(result.groups + std::size_t{1}, 0, host.memory());
  for (const std::uint32_t g : result.group) ++first[g + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::pmr::vector<std::size_t> next(first.begin(), first.end(), host.memory());
  std::pmr::vector<std::uint32_t> out(result.group.size(), host.memory());
  for (std::uint32_t i = 0; i < out.size(); ++i) out[next[result.group[i]]++] = i;
  if (plan.kept.empty()) return out;
  const auto at = [&out](std::size_t i) { return out.begin() + static_cast<std::ptrdiff_t>(i); };
  for (std::size_t g = 0; g < result.groups; ++g) {
    host.poll();
    std::sort(at(first[g]), at(first[g + 1]), [&](std::uint32_t a, std::uint32_t b) {
      return rows.kept.hash(order[a]) < rows.kept.hash(order[b]);
    });
  }
  return out;
}

void write_rows(const MicroPlan& plan, const MicroRows& rows,
                const std::pmr::vector<std::uint32_t>& order, const Microaggregation& result,
                Oid target, Host& host) {
  const int width = static_cast<int>(plan.numbers.size());
  const int kept_width = static_cast<int>(plan.kept.size());
  const auto positions = writing_order(plan, rows, order, result, host);
  KeptReader kept(rows.kept);
  TableWriter writer(target, TableWriter::Visibility::frozen);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (i % 16384 == 0) host.progress("writing", i, positions.size());
    const double* const mean =
        result.mean.data() + result.group[positions[i]] * plan.numbers.size();
    for (int c = 0; c < width; ++c) writer.set_float8(c, mean[c]);
    if (kept_width > 0) kept.load(order[positions[i]]);
    for (int c = 0; c < kept_width; ++c)
      if (!kept.is_null(static_cast<std::size_t>(c)))
        writer.copy_datum(width + c, kept.value(static_cast<std::size_t>(c)));
    writer.end_row();
  }
  writer.finish();
}

const char* method_word(MicroMethod method) {
  return method == MicroMethod::mdav ? "mdav" : "fast";
}

MicroMethod method_from(const std::string& word) {
  if (word == "auto") return MicroMethod::automatic;
  if (word == "mdav") return MicroMethod::mdav;
  if (word == "fast") return MicroMethod::fast;
  throw invalid_parameter("there is no method \"" + word + "\"", "Methods: auto, mdav, fast.");
}

void microaggregate(const MicroOptions& options, ResultSet& out) {
  if (options.k < 2)
    throw invalid_parameter("k must be at least 2", "It is " + std::to_string(options.k) + ".",
                            "A group of one hides nobody.");
  PgHost host("pt_microaggregate");
  SettingsScope settings;
  if (!options.allow_row_security) settings.set("row_security", "off");  // hidden rows: 42501
  MicroPlan plan;
  explaining_refusals(Recorded::no, [&] { plan_columns(options, plan); });
  const std::string target = target_name(options.target);
  const Oid table = create_target(plan, target);
  MicroRows rows(descriptor_of(plan.kept), host);
  explaining_refusals(Recorded::no, [&] { read_rows(plan, host, rows); });
  if (rows.count < rows.read)
    report(NOTICE,
           std::to_string(rows.read - rows.count) +
               " rows with a missing, NaN or infinite value are left out",
           {}, "There is no mean of such values: fill them in first, or leave the column out.");
  const auto order = canonical_order(plan, rows, host);
  const std::size_t width = plan.numbers.size();
  std::pmr::vector<double> values(host.memory());
  values.reserve(rows.values.size());
  for (const std::uint32_t row : order)
    for (std::size_t c = 0; c < width; ++c) values.push_back(rows.values[row * width + c]);
  std::pmr::vector<double>(host.memory()).swap(rows.values);
  const Microaggregation result = group::microaggregate(
      host, values, width, static_cast<std::uint32_t>(options.k), options.method);
  write_rows(plan, rows, order, result, table, host);
  out.row({static_cast<std::int64_t>(rows.read), static_cast<std::int64_t>(rows.count),
           static_cast<std::int64_t>(rows.read - rows.count),
           static_cast<std::int64_t>(result.groups), static_cast<std::int64_t>(result.smallest),
           static_cast<std::int64_t>(result.largest), result.loss_percent(), result.sse, result.sst,
           method_word(result.method)});
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_microaggregate) {
  using namespace pt::pg;
  Args const args(fcinfo);
  MicroOptions options;
  options.source = args.oid(0, "source");
  options.target = args.text(1, "target");
  options.columns = optional_names(fcinfo, 2, "columns");
  options.k = args.int4(3, "k");
  options.keep = optional_names(fcinfo, 4, "keep").value_or(std::vector<std::string>{});
  options.method = method_from(args.text(5, "method"));
  options.allow_row_security = args.boolean(6, "allow_row_security");
  ResultSet out(fcinfo);
  refuse_read_only("pt_microaggregate()");
  microaggregate(options, out);
  return out.done();
}
