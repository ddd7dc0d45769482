// pt_granularity (sql/65-granularity.sql): how much a generalised table still tells.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/group/granularity.hpp"
#include "pg/anonymize_columns.hpp"
#include "pg/coded_table.hpp"
#include "pg/crypto.hpp"
#include "pg/datum.hpp"
#include "pg/describe_relation.hpp"
#include "pg/encode.hpp"
#include "pg/host.hpp"
#include "pg/refusal.hpp"
#include "pg/risk_plan.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
}

namespace pt::pg {
namespace {

using group::CellLoss;
using model::kMissing;

/// Types whose values can be compared with those of an ordered column.
struct OrderedType {
  Oid value;
  Oid range;  // over the type, if there is one
  enum class Family : std::uint8_t { number, date, timestamp, timestamptz } family;
  bool is_discrete;  // the range's upper bound is the value after the last
};

using Family = OrderedType::Family;
constexpr std::array kOrdered = {
    OrderedType{INT2OID, InvalidOid, Family::number, true},
    OrderedType{INT4OID, INT4RANGEOID, Family::number, true},
    OrderedType{INT8OID, INT8RANGEOID, Family::number, true},
    OrderedType{FLOAT4OID, InvalidOid, Family::number, false},
    OrderedType{FLOAT8OID, InvalidOid, Family::number, false},
    OrderedType{NUMERICOID, NUMRANGEOID, Family::number, false},
    OrderedType{DATEOID, DATERANGEOID, Family::date, true},
    OrderedType{TIMESTAMPOID, TSRANGEOID, Family::timestamp, false},
    OrderedType{TIMESTAMPTZOID, TSTZRANGEOID, Family::timestamptz, false},
};

Oid base_type(const Column& column) {
  return guarded([&column] { return getBaseType(column.type); });
}

const OrderedType* ordered_type(Oid type) {
  const auto* const found = std::find_if(kOrdered.begin(), kOrdered.end(), [type](const auto& t) {
    return t.value == type || (OidIsValid(t.range) && t.range == type);
  });
  return found == kOrdered.end() ? nullptr : found;
}

/// The position of a value on the scale of QuasiIdentifier's: days, microseconds, or the number.
double position(Oid type, Datum value) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (type) {
    case INT2OID:
      return DatumGetInt16(value);
    case INT4OID:
      return DatumGetInt32(value);
    case INT8OID:
      return static_cast<double>(DatumGetInt64(value));
    case FLOAT4OID:
      return static_cast<double>(DatumGetFloat4(value));
    case FLOAT8OID:
      return DatumGetFloat8(value);
    case DATEOID: {
      const DateADT date = DatumGetDateADT(value);
      if (DATE_IS_NOBEGIN(date)) return -kInfinity;
      return DATE_IS_NOEND(date) ? kInfinity : static_cast<double>(date);
    }
    case TIMESTAMPOID:
    case TIMESTAMPTZOID: {
      const Timestamp time = DatumGetTimestamp(value);
      if (TIMESTAMP_IS_NOBEGIN(time)) return -kInfinity;
      return TIMESTAMP_IS_NOEND(time) ? kInfinity : static_cast<double>(time);
    }
    default:
      return guarded([value] {
        return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
      });
  }
}

/// Released cells of a column: how many have which loss, and how many are NULL.
struct Cells {
  std::map<double, std::uint64_t> with_loss;
  std::uint64_t missing = 0;
  std::uint64_t unknown = 0;  ///< neither value nor label nor range
  std::uint64_t total = 0;

  void add(std::optional<double> loss, std::uint64_t count) {
    if (loss)
      with_loss[*loss] += count;
    else
      unknown += count;
  }
};

/// Cells of a column whose type is ordered, or a range over such a type.
void read_ordered(Spi& spi, const Relation& released, const Column& column, const OrderedType& type,
                  const CellLoss& losses, Cells& out) {
  const std::string name = quote_identifier(column.name);
  const bool is_range = base_type(column) == type.range;
  const auto bound = [&name, is_range](const char* function) {
    return is_range ? "pg_catalog." + std::string(function) + "(" + name + ")" : name;
  };
  const std::string sql = "SELECT pg_catalog.count(*), " + name + " IS NULL, " +
                          (is_range ? "pg_catalog.isempty(" + name + ")" : std::string("false")) +
                          ", " + bound("lower") + ", " + bound("upper") + " FROM " +
                          released.sql_name + " GROUP BY " + name;
  spi.query(sql, Params{}, Spi::ReadOnly::no, [&](const Row& row) {
    const auto count = static_cast<std::uint64_t>(row.int8(0));
    out.total += count;
    if (row.boolean(1)) {
      out.missing += count;
      return;
    }
    if (row.boolean(2)) {
      out.unknown += count;
      return;
    }
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const Oid element = guarded([&row] { return getBaseType(row.type(3)); });
    if (element != type.value)
      throw Error("55000", "column " + name + " of " + released.sql_name + " changed its type");
    const double low = row.is_null(3) ? -kInfinity : position(element, row.value(3));
    double high = row.is_null(4) ? kInfinity : position(element, row.value(4));
    if (!is_range && !std::isfinite(low)) {  // as in the original
      out.missing += count;
      return;
    }
    if (is_range && type.is_discrete) high -= 1;
    out.add(losses.of_range(low, high), count);
  });
}

void read_labels(Spi& spi, const Relation& released, const Column& column, const CellLoss& losses,
                 Cells& out) {
  // Texts that a collation holds equal are different labels.
  spi.query("SELECT (" + text_expression(column) +
                ")::pg_catalog.text COLLATE pg_catalog.\"C\", pg_catalog.count(*) FROM " +
                released.sql_name + " GROUP BY 1",
            Params{}, Spi::ReadOnly::no, [&](const Row& row) {
              const auto count = static_cast<std::uint64_t>(row.int8(1));
              out.total += count;
              if (row.is_null(0))
                out.missing += count;
              else
                out.add(losses.of_label(row.text(0)), count);
            });
}

/// The figures of one quasi-identifier.
struct Granularity {
  std::string name;
  std::uint64_t leaves = 0;
  std::uint64_t suppressed = 0;
  std::optional<double> loss;
};

Granularity measure_column(Spi& spi, const QuasiIdentifier& known, const Column& original,
                           const Relation& released, std::uint64_t rows, Host& host) {
  const Column& column = *released.find(known.name());
  const auto missing =
      static_cast<std::uint64_t>(std::count(known.codes().begin(), known.codes().end(), kMissing));
  const CellLoss losses(known.attribute(), missing > 0, known.everything(), host.memory());
  const OrderedType* const from = ordered_type(base_type(original));
  const OrderedType* const to = ordered_type(base_type(column));
  const bool has_ranges = known.attribute().scale == model::Scale::ordered;
  Cells cells;
  if (has_ranges && from != nullptr && to != nullptr && from->family == to->family)
    read_ordered(spi, released, column, *to, losses, cells);
  else
    read_labels(spi, released, column, losses, cells);

  if (cells.unknown > 0)
    throw data_error("column \"" + column.name + "\" of " + released.sql_name + " holds " +
                         std::to_string(cells.unknown) +
                         " cells that don't generalise the original's values",
                     "They are neither values of the original, nor labels of its hierarchy, nor '" +
                         known.everything() + "', nor ranges that hold such values.",
                     "Set the hierarchy that the release was made with (pt_set_hierarchy), or give "
                     "ranges a range type.");
  if (cells.total > rows)
    throw data_error("the release has more rows than the original",
                     std::to_string(cells.total) + " in " + released.sql_name + ", " +
                         std::to_string(rows) + " in the original.");
  Granularity out{known.name(), losses.leaves(), rows - cells.total, std::nullopt};
  if (cells.missing > missing) out.suppressed += cells.missing - missing;
  if (rows == 0) return out;
  auto sum = static_cast<double>(out.suppressed);
  for (const auto& [loss, count] : cells.with_loss) sum += loss * static_cast<double>(count);
  out.loss = sum / static_cast<double>(rows);
  return out;
}

/// Reads the original once; returns its number of rows.
std::uint64_t read_original(const RiskPlan& plan, std::vector<QuasiIdentifier>& columns,
                            Host& host) {
  constexpr std::size_t kProgressEvery = 16384;
  std::string list;
  std::vector<Oid> types;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string expression = columns[i].expression();
    list += (list.empty() ? "" : ", ") + expression;
    types.push_back(expression.ends_with("::pg_catalog.text") ? Oid{TEXTOID}
                                                              : plan.quasi_identifiers[i]->type);
  }
  std::uint64_t rows = 0;
  Spi spi;
  spi.query("SELECT " + list + " FROM " + plan.source.sql_name, [&](const Row& row) {
    if (rows == 0) require_types(row, types, plan.source.sql_name);
    if (rows++ % kProgressEvery == 0) host.progress("reading", rows, 0);
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].add(row, static_cast<int>(i));
  });
  for (QuasiIdentifier& column : columns) column.finish();
  return rows;
}

void measure(const RiskOptions& options, Oid release, ResultSet& out) {
  PgHost host("pt_granularity");
  const ReadScope scope(options.allow_row_security);
  SettingsScope settings;
  settings.set("datestyle", "ISO, YMD");    // texts of values are compared
  settings.set("extra_float_digits", "1");  // and must hold the exact value
  const RiskPlan plan = make_risk_plan(options);
  const Relation released = load_relation(release);
  const Secret secret;
  const model::Prf prf(secret.derive_key("granularity: dictionaries"));
  std::vector<QuasiIdentifier> columns;
  columns.reserve(plan.quasi_identifiers.size());
  for (const Column* const column : plan.quasi_identifiers) {
    if (released.find(column->name) == nullptr)
      throw Error(sqlstate::kUndefinedColumn,
                  "column \"" + column->name + "\" of " + released.sql_name + " does not exist");
    columns.emplace_back(plan.source.oid, column->name, column->type, prf, host);
  }
  const std::uint64_t rows = read_original(plan, columns, host);

  const auto as_int = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  const auto quality = [](std::optional<double> loss) {
    return loss ? std::optional<double>(1 - *loss) : std::nullopt;
  };
  Spi spi;
  std::optional<double> mean;
  std::uint64_t suppressed = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Granularity g =
        measure_column(spi, columns[i], *plan.quasi_identifiers[i], released, rows, host);
    out.row(
        {g.name, as_int(g.leaves), as_int(rows), as_int(g.suppressed), g.loss, quality(g.loss)});
    suppressed += g.suppressed;
    if (g.loss) mean = mean.value_or(0) + *g.loss / static_cast<double>(columns.size());
  }
  out.row({"(all)", std::optional<std::int64_t>(), as_int(rows * columns.size()),
           as_int(suppressed), mean, quality(mean)});
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_granularity) {
  using namespace pt::pg;
  const Args args(fcinfo);
  RiskOptions options;
  options.source = args.oid(0, "original");
  const Oid released = args.oid(1, "released");
  options.quasi_identifiers = optional_names(fcinfo, 2, "quasi_identifiers");
  options.sensitive.emplace();
  options.allow_row_security = args.boolean(3, "allow_row_security");
  ResultSet out(fcinfo);
  explaining_refusals(Recorded::no, [&] { measure(options, released, out); });
  return out.done();
}
